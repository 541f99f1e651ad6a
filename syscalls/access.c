/*
 * access(2), faccessat(2), faccessat2: whether the caller's *real* ids may do something, unless
 * AT_EACCESS asks for the effective ones. The worker wears the effective ones; mostly both mean the
 * same, and nothing has to be changed for the call.
 *
 * #syscalls: faccessat faccessat2
 */
#include "syscalls/common.h"
#include "syscalls/table.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <unistd.h>

struct access_call {
	int mode, flags;
};

/* access(2) is done with the real ids, and, unless SECBIT_NO_SETUID_FIXUP, root's capabilities go
 * with them. */
static bool real_is_effective(const struct cred *c)
{
	uint64_t real = c->uid == 0 ? c->permitted : 0;
	return c->uid == c->fsuid && c->gid == c->fsgid &&
	       (c->effective == real || c->securebits & SECBIT_NO_SETUID_FIXUP);
}

static int64_t access_op(struct worker *w, const struct name *n, const void *arg)
{
	const struct access_call *c = arg;
	if (n->node)
		return vfs_access(w, n->node, c->mode);
	return host_result(faccessat(n->dirfd, n->path, c->mode, c->flags | AT_EACCESS));
}

static int64_t access_at(struct worker *w, int dirfd, uint64_t path, int mode, int flags)
{
	struct access_call call = {mode, flags & ~AT_EACCESS};
	struct path_arg p = {dirfd, path, name_flags_of_at(flags) | NAME_QUERY};
	if (mode & ~(R_OK | W_OK | X_OK) ||
	    flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EACCESS || real_is_effective(w->ctx->cred))
		return path_call(w, p, access_op, &call);
	int64_t r = worker_dress_real(w);
	if (r == 0)
		r = path_call(w, p, access_op, &call);
	worker_dress_again(w);
	return r;
}

int64_t sys_access(struct worker *w, struct trap *t)
{
	return access_at(w, AT_FDCWD, t->args[0], (int)t->args[1], 0);
}

int64_t sys_faccessat(struct worker *w, struct trap *t)
{
	return access_at(w, (int)t->args[0], t->args[1], (int)t->args[2], 0);
}

int64_t sys_faccessat2(struct worker *w, struct trap *t)
{
	return access_at(w, (int)t->args[0], t->args[1], (int)t->args[2], (int)t->args[3]);
}
