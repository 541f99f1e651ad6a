/*
 * A unix(7) path that leads through a synthesized tree: /proc/self/fd/N/socket, as programs write
 * it whose path is longer than an address. The kernel, walking for connect(2) or bind(2), finds
 * nothing on the bare skeleton. The name is then walked as any other (name.h), and the call made
 * once more with what is left of it, the worker standing for so long in the directory it is
 * relative to.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "syscalls/name.h"
#include "syscalls/sockaddr.h"

#define PATH_OFFSET offsetof(struct sockaddr_un, sun_path)

/* As the sentry: the guest may stand where it could not walk to. */
static int stand_in(struct worker *w, int dirfd)
{
	worker_as_sentry(w);
	int r = fchdir(dirfd) < 0 ? -errno : 0;
	worker_dress_again(w);
	return r;
}

static void stand_back(struct worker *w)
{
	if (stand_in(w, w->ctx->cwd->fd) < 0) {
		log_error("a worker cannot return to its caller's directory");
		abort(); /* it would serve others from the wrong one */
	}
}

/* The path of the address as a string in w->path. False when it is none, or an abstract name. */
static bool is_path(struct worker *w, const struct address *a)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&a->storage;
	if (a->length <= PATH_OFFSET || un->sun_family != AF_UNIX || !un->sun_path[0])
		return false;
	size_t size = a->length - PATH_OFFSET;
	memcpy(w->path, un->sun_path, size);
	w->path[size] = '\0';
	return true;
}

static bool set_path(struct address *a, const char *path)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&a->storage;
	size_t size = strlen(path) + 1;
	if (size > sizeof un->sun_path)
		return false;
	memcpy(un->sun_path, path, size);
	a->length = (socklen_t)(PATH_OFFSET + size);
	return true;
}

int64_t unix_address_call(struct worker *w, int fd, const struct address *a, unsigned name_flags,
			  address_op *op, void *arg)
{
	int64_t r = op(w, fd, a, arg);
	if ((r != -ENOENT && r != -EROFS) || !is_path(w, a))
		return r;
	_cleanup_(name_release) struct name n = NAME_EMPTY;
	if (name_from_string(w, w->path, name_flags, &n) < 0)
		return r;
	while (!n.node && n.dirfd == AT_FDCWD)
		if (!name_reconsider(w, &n, r))
			return r;
	struct address rest = *a;
	if (n.node || !set_path(&rest, n.path) || stand_in(w, n.dirfd) < 0)
		return r;
	r = op(w, fd, &rest, arg);
	stand_back(w);
	return r;
}
