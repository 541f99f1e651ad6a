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

/* How many numbers the rest of a line has: one a pid namespace, from the reader's down. */
static size_t pid_levels(const char *numbers)
{
	size_t count = 0;
	for (; *numbers && *numbers != '\n'; numbers++)
		count += *numbers == '\t';
	return count;
}

/*
 * Whether the process is the sentry's nursery (sentry/nursery.h): its child, in its own pid
 * namespace. Guests that it has made are in the nested one.
 */
static bool is_nursery(pid_t pid, pid_t sentry)
{
	char path[40], status[4096];
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	if (sentry <= 0 || read_file_at(AT_FDCWD, path, status, sizeof status) < 0)
		return false;
	const char *parent = strstr(status, "\nPPid:"), *own = strstr(status, "\nNSpid:");
	if (!parent || !own || atoi(parent + 6) != sentry)
		return false;
	size_t levels = pid_levels(own + 7);
	snprintf(path, sizeof path, "/proc/%d/status", (int)sentry);
	if (read_file_at(AT_FDCWD, path, status, sizeof status) < 0)
		return false;
	own = strstr(status, "\nNSpid:");
	return own && pid_levels(own + 7) == levels;
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
		if (pid > 0 && pid != sentry && !is_nursery(pid, sentry))
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

/* --- without control groups ----------------------------------------------------------------- */

/* The parent of a process, field 4 of proc_pid_stat(5); 0 when it is gone. */
static pid_t parent_of(pid_t pid)
{
	char path[40], text[1024];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (read_file_at(AT_FDCWD, path, text, sizeof text) < 0)
		return 0;
	char *bracket = strrchr(text, ')');
	return bracket && strlen(bracket) > 4 ? atoi(bracket + 4) : 0;
}

/* Whether the process comes from the sentry, as all guests do: orphans fall to the first of them.
 */
static bool is_below(pid_t pid, pid_t sentry)
{
	while (pid > 1 && pid != sentry)
		pid = parent_of(pid);
	return pid == sentry;
}

static int add_descendants(struct pid_list *list, pid_t sentry)
{
	_cleanup_dir_ DIR *dir = opendir("/proc");
	struct dirent *entry;
	int r = dir ? 0 : -errno;
	while (r == 0 && dir && (entry = readdir(dir))) {
		pid_t pid = atoi(entry->d_name);
		if (pid > 0 && pid != sentry && is_below(pid, sentry) && !is_nursery(pid, sentry))
			r = add(list, pid);
	}
	return r;
}

/* The processes in the container's control groups, or those that the sentry is an ancestor of. */
static int find_processes(struct pid_list *list, const struct state *s)
{
	if (!s->cgroup.count)
		return s->pid > 0 ? add_descendants(list, s->pid) : 0;
	_cleanup_close_ int dirfd = cgroup_directory_open(&s->cgroup.directories[0]);
	if (dirfd == -ENOENT)
		return 0;
	return dirfd < 0 ? dirfd : add_group(list, dirfd, s->pid);
}

static int compare(const void *a, const void *b)
{
	return *(const pid_t *)a - *(const pid_t *)b;
}

int ps_list(const struct state *s, struct pid_list *out, struct error *e)
{
	*out = (struct pid_list){0};
	int r = find_processes(out, s);
	if (r < 0 && r != -ENODEV)
		return error_set(e, -r, "container %s: list its processes", s->id);
	if (out->count)
		qsort(out->pids, out->count, sizeof *out->pids, compare);
	return 0;
}
