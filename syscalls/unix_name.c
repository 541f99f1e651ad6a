/*
 * A unix(7) path that leads through a synthesized tree: /proc/self/fd/N/socket, as programs write
 * it whose path is longer than an address. The kernel, walking for connect(2) or bind(2), finds
 * nothing on the bare skeleton. The name is then walked as any other (name.h), and the call made
 * once more with what is left of it, the worker standing for so long in the directory it is
 * relative to.
 *
 * A peer's file is held before it is looked at, and reached by the descriptor that holds it, the
 * worker standing among the sentry's own descriptors: what has been checked (unix_bound.h) is what
 * is connected, whoever renames files meanwhile.
 *
 * #syscalls: fchdir openat close
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
#include "sentry/sentry.h"
#include "syscalls/sockaddr.h"
#include "syscalls/unix_bound.h"

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
	if (fchdir(w->ctx->cwd->fd) < 0 && stand_in(w, w->ctx->cwd->fd) < 0) {
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

static int64_t call_held(struct worker *w, int fd, int file, address_op *op, void *arg)
{
	struct address held = {.storage.ss_family = AF_UNIX};
	char name[16];
	snprintf(name, sizeof name, "%d", file);
	if (!set_path(&held, name))
		return -ENAMETOOLONG;
	int files = unix_bound_files(w);
	if (files < 0 || fchdir(files) < 0)
		return files < 0 ? files : -errno;
	int64_t r = op(w, fd, &held, arg);
	stand_back(w);
	return r;
}

/* The call with the peer that a path leads to. */
static int64_t call_peer(struct worker *w, int fd, int dirfd, const char *path, address_op *op,
			 void *arg)
{
	_cleanup_close_ int file = openat(dirfd, path, O_PATH | O_CLOEXEC);
	int r = file < 0 ? -errno : unix_bound_check(w, file);
	return r < 0 ? r : call_held(w, fd, file, op, arg);
}

int64_t unix_address_call(struct worker *w, int fd, const struct address *a, unsigned name_flags,
			  address_op *op, void *arg)
{
	if (!is_path(w, a))
		return op(w, fd, a, arg);
	bool is_peer = !(name_flags & NAME_CREATE) && !w->sentry->network.host_uds;
	int64_t r = is_peer ? call_peer(w, fd, AT_FDCWD, w->path, op, arg) : op(w, fd, a, arg);
	if (r != -ENOENT && r != -EROFS)
		return r;
	_cleanup_(name_release) struct name n = NAME_EMPTY;
	if (name_from_string(w, w->path, name_flags, &n) < 0)
		return r;
	while (!n.node && n.dirfd == AT_FDCWD)
		if (!name_reconsider(w, &n, r))
			return r;
	struct address rest = *a;
	if (!n.node && is_peer)
		return call_peer(w, fd, n.dirfd, n.path, op, arg);
	if (n.node || !set_path(&rest, n.path) || stand_in(w, n.dirfd) < 0)
		return r;
	r = op(w, fd, &rest, arg);
	stand_back(w);
	return r;
}
