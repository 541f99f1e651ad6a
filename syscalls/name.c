/*
 * Names: the path arguments of system calls. See name.h for the use and sentry/vfs/walk.c for the
 * walk through the synthesized trees. On the hot path (an absolute name outside of them) nothing
 * here makes a system call but the one that reads the string.
 */
#include "syscalls/name.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "lib/cleanup.h"
#include "platform/platform.h"
#include "sentry/worker.h"

/* Where the walk of n->path starts: the worker is dressed, so its root and cwd are the guest's. */
static int name_start(struct worker *w, int guest_dirfd, struct name *n)
{
	bool absolute = n->path && n->path[0] == '/' && !(n->flags & NAME_BENEATH);

	n->dirfd = AT_FDCWD;
	if (absolute || guest_dirfd == AT_FDCWD)
		return 0;
	n->owned_fd = trap_fetch_fd(&w->trap, guest_dirfd);
	n->dirfd = n->owned_fd;
	return n->owned_fd < 0 ? n->owned_fd : 0;
}

int name_read(struct worker *w, int guest_dirfd, uint64_t address, char *buffer, unsigned flags,
	      struct name *n)
{
	n->flags = flags;
	n->path = NULL;
	if (!address && flags & NAME_NULL_OK && guest_dirfd != AT_FDCWD)
		return name_start(w, guest_dirfd, n);

	int length = trap_read_string(&w->trap, address, buffer, PATH_MAX);
	if (length < 0)
		return length;
	if (!length && !(flags & NAME_EMPTY_OK))
		return -ENOENT;
	n->path = buffer;
	return name_start(w, guest_dirfd, n);
}

int name_from_string(struct worker *w, char *path, unsigned flags, struct name *n)
{
	n->flags = flags;
	n->path = path;
	if (!*path)
		return -ENOENT;
	return name_start(w, AT_FDCWD, n);
}

bool name_reconsider(struct worker *w, struct name *n, int64_t result)
{
	return false;
}

void name_release(struct name *n)
{
	close_fd(&n->owned_fd);
	free(n->node);
	n->node = NULL;
}
