/*
 * getdents64(2) and the older getdents. A directory of the container is listed by the kernel: the
 * descriptor is a handle. One of a synthesized tree is a bare skeleton, which the sentry lists.
 *
 * #syscalls: fstat close
 */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "sentry/vfs.h"
#include "sentry/worker.h"
#include "syscalls/table.h"

/* struct linux_dirent64 and, for the older call, struct linux_dirent: getdents(2). */
struct entry64 {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

struct entry {
	unsigned long ino, off;
	uint16_t reclen;
	char name[]; /* and the type in the last byte of reclen */
};

/* Entries of the newer form become entries of the older, which are as long: in place. */
static void to_older(char *buffer, size_t size)
{
	for (size_t at = 0; at < size;) {
		struct entry64 *from = (struct entry64 *)(buffer + at);
		struct entry *to = (struct entry *)(buffer + at);
		size_t length = from->reclen, room = length - offsetof(struct entry, name) - 1;
		uint8_t type = from->type;
		memmove(to->name, from->name, strnlen(from->name, room - 1) + 1);
		buffer[at + length - 1] = (char)type;
		at += length;
	}
}

static int64_t list(struct worker *w, struct trap *t, bool older)
{
	struct stat st;
	size_t size = (unsigned)t->args[2];

	_cleanup_close_ int fd = trap_fetch_fd(t, (int)t->args[0]);
	if (fd < 0)
		return fd;
	/* A handle, and the kernel writes to the caller's own memory: nothing is named. */
	if (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode) || !vfs_is_skeleton(w->sentry, &st))
		return TRAP_PASS;
	ssize_t n =
	    vfs_getdents(w, fd, w->buffer, size < sizeof w->buffer ? size : sizeof w->buffer);
	if (n <= 0)
		return n;
	if (older)
		to_older(w->buffer, (size_t)n);
	int r = trap_write(t, t->args[1], w->buffer, (size_t)n);
	return r < 0 ? r : n;
}

int64_t sys_getdents64(struct worker *w, struct trap *t)
{
	return list(w, t, false);
}

int64_t sys_getdents(struct worker *w, struct trap *t)
{
	return list(w, t, true);
}
