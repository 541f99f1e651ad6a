/* See ps.h. */
#include "runtime/ps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/cgroup_limits.h"

#define PROCS_MAX (16u << 20) /* bytes of a list */

void pid_list_release(struct pid_list *list)
{
	free(list->pids);
	*list = (struct pid_list){0};
}

static int add(struct pid_list *list, pid_t pid)
{
	pid_t *more = realloc(list->pids, (list->count + 1) * sizeof *more);
	if (!more)
		return -ENOMEM;
	list->pids = more;
	list->pids[list->count++] = pid;
	return 0;
}

/* The processes of one group, then of those below it. */
static int add_group(struct pid_list *list, int dirfd, pid_t sentry)
{
	_cleanup_free_ char *text = NULL;
	char *save;
	ssize_t n = read_file_alloc(dirfd, "cgroup.procs", PROCS_MAX, &text);
	int r = n < 0 ? (int)n : 0;
	for (char *p = r == 0 ? strtok_r(text, "\n", &save) : NULL; p && r == 0;
	     p = strtok_r(NULL, "\n", &save)) {
		pid_t pid = atoi(p);
		if (pid > 0 && pid != sentry)
			r = add(list, pid);
	}
	int copy = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_dir_ DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	while (r == 0 && dir && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		_cleanup_close_ int child =
		    openat(dirfd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child >= 0)
			r = add_group(list, child, sentry);
	}
	return r;
}

static int compare(const void *a, const void *b)
{
	return *(const pid_t *)a - *(const pid_t *)b;
}

int ps_list(const struct state *s, struct pid_list *out, struct error *e)
{
	*out = (struct pid_list){0};
	if (!s->cgroup.count)
		return error_set(e, ENOENT, "container %s: control groups", s->id);
	_cleanup_close_ int dirfd = cgroup_directory_open(&s->cgroup.directories[0]);
	if (dirfd == -ENOENT)
		return 0;
	int r = dirfd < 0 ? dirfd : add_group(out, dirfd, s->pid);
	if (r < 0 && r != -ENODEV)
		return error_set(e, -r, "container %s: list its processes", s->id);
	if (out->count)
		qsort(out->pids, out->count, sizeof *out->pids, compare);
	return 0;
}
