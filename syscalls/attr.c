/*
 * Mode and owner: chmod(2), chown(2), their *at and descriptor forms. The worker wears the guest's
 * file credentials, so the kernel decides as it would for the guest.
 *
 * #syscalls: fchmodat fchmodat2 fchmod fchownat fchown close
 */
#include "syscalls/common.h"
#include "syscalls/table.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

struct chmod_call {
	mode_t mode;
	int flags;
};

/* Raw: libc emulates the flags through /proc, which is not there. Without flags any kernel will do.
 */
static int64_t chmod_op(struct worker *w, const struct name *n, const void *arg)
{
	const struct chmod_call *c = arg;
	if (!c->flags)
		return host_result(syscall(SYS_fchmodat, n->dirfd, n->path, c->mode));
	return host_result(syscall(SYS_fchmodat2, n->dirfd, n->path, c->mode, c->flags));
}

static int64_t chmod_at(struct worker *w, int dirfd, uint64_t path, mode_t mode, int flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	struct path_arg p = {dirfd, path, name_flags_of_at(flags)};
	return path_change(w, p, chmod_op, &(struct chmod_call){mode, flags});
}

int64_t sys_chmod(struct worker *w, struct trap *t)
{
	return chmod_at(w, AT_FDCWD, t->args[0], (mode_t)t->args[1], 0);
}

int64_t sys_fchmodat(struct worker *w, struct trap *t)
{
	return chmod_at(w, (int)t->args[0], t->args[1], (mode_t)t->args[2], 0);
}

int64_t sys_fchmodat2(struct worker *w, struct trap *t)
{
	return chmod_at(w, (int)t->args[0], t->args[1], (mode_t)t->args[2], (int)t->args[3]);
}

int64_t sys_fchmod(struct worker *w, struct trap *t)
{
	_cleanup_close_ int fd = fetch_fd_to_change(t, (int)t->args[0]);
	return fd < 0 ? fd : host_result(fchmod(fd, (mode_t)t->args[1]));
}

struct chown_call {
	uid_t uid;
	gid_t gid;
	int flags;
};

static int64_t chown_op(struct worker *w, const struct name *n, const void *arg)
{
	const struct chown_call *c = arg;
	return host_result(fchownat(n->dirfd, n->path, c->uid, c->gid, c->flags));
}

static int64_t chown_at(struct worker *w, struct path_arg path, uid_t uid, gid_t gid, int flags)
{
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	path.flags = name_flags_of_at(flags);
	return path_change(w, path, chown_op, &(struct chown_call){uid, gid, flags});
}

int64_t sys_chown(struct worker *w, struct trap *t)
{
	return chown_at(w, (struct path_arg){AT_FDCWD, t->args[0], 0}, (uid_t)t->args[1],
			(gid_t)t->args[2], 0);
}

int64_t sys_lchown(struct worker *w, struct trap *t)
{
	return chown_at(w, (struct path_arg){AT_FDCWD, t->args[0], 0}, (uid_t)t->args[1],
			(gid_t)t->args[2], AT_SYMLINK_NOFOLLOW);
}

int64_t sys_fchownat(struct worker *w, struct trap *t)
{
	return chown_at(w, (struct path_arg){(int)t->args[0], t->args[1], 0}, (uid_t)t->args[2],
			(gid_t)t->args[3], (int)t->args[4]);
}

int64_t sys_fchown(struct worker *w, struct trap *t)
{
	_cleanup_close_ int fd = fetch_fd_to_change(t, (int)t->args[0]);
	return fd < 0 ? fd : host_result(fchown(fd, (uid_t)t->args[1], (gid_t)t->args[2]));
}
