/*
 * sync(2): flushes the filesystems of the container's mount tree, each once. The host's sync would
 * flush those of all its containers.
 *
 * #syscalls: openat2 syncfs fstat close
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"
#include "syscalls/table.h"

#define MOUNTINFO_LIMIT (1u << 20)
#define DEVICES_MAX	64

/* Devices flushed so far. When there are more, some are flushed twice. */
struct flushed {
	unsigned count;
	unsigned device[DEVICES_MAX][2];
};

static bool first_time(struct flushed *f, unsigned major, unsigned minor)
{
	for (unsigned i = 0; i < f->count; i++)
		if (f->device[i][0] == major && f->device[i][1] == minor)
			return false;
	if (f->count < DEVICES_MAX) {
		f->device[f->count][0] = major;
		f->device[f->count++][1] = minor;
	}
	return true;
}

/* Mount points are below the container's root, wherever the caller's own root is. */
static int open_mount(struct worker *w, const char *path, int flags)
{
	struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC),
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS};
	return (int)syscall(SYS_openat2, w->sentry->root_fd, path, &how, sizeof how);
}

static void flush(struct worker *w, const char *path)
{
	struct stat st;
	_cleanup_close_ int look = open_mount(w, path, O_PATH);
	/* Opening a device or a FIFO would do more than flush. */
	if (look < 0 || fstat(look, &st) < 0 || !(S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)))
		return;
	_cleanup_close_ int fd = open_mount(w, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0)
		syncfs(fd);
}

/* A space or backslash in a mount point is written as \ooo. */
static void unescape(char *s)
{
	char *out = s;
	for (; *s; out++) {
		unsigned code;
		if (s[0] == '\\' && sscanf(s + 1, "%3o", &code) == 1 && strlen(s) >= 4) {
			*out = (char)code;
			s += 4;
		} else {
			*out = *s++;
		}
	}
	*out = '\0';
}

int64_t sys_sync(struct worker *w, struct trap *t)
{
	_cleanup_free_ char *text = NULL;
	worker_may_block(w);
	worker_as_sentry(w);
	/* Pid 1 there is the sentry, whose root is the container's. */
	if (read_file_alloc(w->sentry->proc_fd, "1/mountinfo", MOUNTINFO_LIMIT, &text) >= 0) {
		struct flushed flushed = {0};
		char *rest = text, *line, *point;
		unsigned major, minor;
		while ((line = strtok_r(rest, "\n", &rest))) {
			point = NULL;
			if (sscanf(line, "%*d %*d %u:%u %*s %ms", &major, &minor, &point) == 3 &&
			    first_time(&flushed, major, minor)) {
				unescape(point);
				flush(w, point);
			}
			free(point);
		}
	}
	worker_dress_again(w);
	return 0; /* sync(2) cannot fail */
}
