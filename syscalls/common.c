/*
 * The loop over a name, and what its callers share: see common.h.
 *
 * #syscalls: close
 */
#include "syscalls/common.h"

#include <fcntl.h>
#include <unistd.h>

#include "lib/cleanup.h"

unsigned name_flags_of_at(int at_flags)
{
	return (at_flags & AT_SYMLINK_NOFOLLOW ? NAME_NOFOLLOW : 0) |
	       (at_flags & AT_EMPTY_PATH ? NAME_EMPTY_OK : 0);
}

int64_t path_call(struct worker *w, struct path_arg path, name_op *op, const void *arg)
{
	_cleanup_(name_release) struct name n = NAME_EMPTY;
	int64_t r = name_read(w, path.dirfd, path.address, w->path, path.flags, &n);
	if (r < 0)
		return r;
	do
		r = op(w, &n, arg);
	while (name_reconsider(w, &n, r));
	return r;
}

struct change {
	name_op *op;
	const void *arg;
};

static int64_t change(struct worker *w, const struct name *n, const void *arg)
{
	const struct change *c = arg;
	int r = name_may_change(w, n);
	if (r < 0)
		return r;
	return n->node ? vfs_refuse_change(w, n->node) : c->op(w, n, c->arg);
}

int64_t path_change(struct worker *w, struct path_arg path, name_op *op, const void *arg)
{
	return path_call(w, path, change, &(struct change){op, arg});
}

int64_t pair_change(struct worker *w, struct path_arg a, struct path_arg b, pair_op *op,
		    const void *arg)
{
	_cleanup_(name_release) struct name na = NAME_EMPTY, nb = NAME_EMPTY;
	int64_t r = name_read(w, a.dirfd, a.address, w->path, a.flags, &na);
	if (r == 0)
		r = name_read(w, b.dirfd, b.address, w->path2, b.flags, &nb);
	if (r < 0)
		return r;
	do {
		if (na.node && nb.node)
			r = vfs_refuse_change(w, nb.node);
		else if (na.node || nb.node)
			r = -EXDEV;
		else
			r = op(w, &na, &nb, arg);
	} while (name_reconsider(w, &na, r) || name_reconsider(w, &nb, r));
	return r;
}

int64_t grant(struct trap *t, int fd, int flags)
{
	int64_t r = trap_install_fd(t, fd, flags);
	if (r == -EBADF) {
		r = trap_grant_path(t, fd, flags);
		r = r < 0 ? r : TRAP_ANSWERED;
	}
	close(fd);
	return r;
}
