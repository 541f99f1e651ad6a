/*
 * Making and removing names: mkdir(2), rmdir(2), unlink(2), rename(2) and their *at forms.
 *
 * #syscalls: mkdirat unlinkat renameat renameat2
 */
#include "syscalls/common.h"
#include "syscalls/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int64_t mkdir_op(struct worker *w, const struct name *n, const void *arg)
{
	return host_result(mkdirat(n->dirfd, n->path, *(const mode_t *)arg));
}

static int64_t mkdir_at(struct worker *w, int dirfd, uint64_t path, mode_t mode)
{
	struct path_arg p = {dirfd, path, NAME_CREATE | NAME_NOFOLLOW};
	return path_change(w, p, mkdir_op, &mode);
}

int64_t sys_mkdir(struct worker *w, struct trap *t)
{
	return mkdir_at(w, AT_FDCWD, t->args[0], (mode_t)t->args[1]);
}

int64_t sys_mkdirat(struct worker *w, struct trap *t)
{
	return mkdir_at(w, (int)t->args[0], t->args[1], (mode_t)t->args[2]);
}

static int64_t unlink_op(struct worker *w, const struct name *n, const void *arg)
{
	return host_result(unlinkat(n->dirfd, n->path, *(const int *)arg));
}

static int64_t unlink_at(struct worker *w, int dirfd, uint64_t path, int flags)
{
	if (flags & ~AT_REMOVEDIR)
		return -EINVAL;
	struct path_arg p = {dirfd, path, NAME_NOFOLLOW};
	return path_change(w, p, unlink_op, &flags);
}

int64_t sys_rmdir(struct worker *w, struct trap *t)
{
	return unlink_at(w, AT_FDCWD, t->args[0], AT_REMOVEDIR);
}

int64_t sys_unlink(struct worker *w, struct trap *t)
{
	return unlink_at(w, AT_FDCWD, t->args[0], 0);
}

int64_t sys_unlinkat(struct worker *w, struct trap *t)
{
	return unlink_at(w, (int)t->args[0], t->args[1], (int)t->args[2]);
}

static int64_t rename_op(struct worker *w, const struct name *a, const struct name *b,
			 const void *arg)
{
	return host_result(renameat2(a->dirfd, a->path, b->dirfd, b->path, *(const unsigned *)arg));
}

static int64_t rename_at(struct worker *w, struct path_arg from, struct path_arg to, unsigned flags)
{
	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT))
		return -EINVAL;
	return pair_change(w, from, to, rename_op, &flags);
}

int64_t sys_rename(struct worker *w, struct trap *t)
{
	return rename_at(w, (struct path_arg){AT_FDCWD, t->args[0], NAME_NOFOLLOW},
			 (struct path_arg){AT_FDCWD, t->args[1], NAME_NOFOLLOW | NAME_CREATE}, 0);
}

int64_t sys_renameat(struct worker *w, struct trap *t)
{
	return rename_at(
	    w, (struct path_arg){(int)t->args[0], t->args[1], NAME_NOFOLLOW},
	    (struct path_arg){(int)t->args[2], t->args[3], NAME_NOFOLLOW | NAME_CREATE}, 0);
}

int64_t sys_renameat2(struct worker *w, struct trap *t)
{
	return rename_at(
	    w, (struct path_arg){(int)t->args[0], t->args[1], NAME_NOFOLLOW},
	    (struct path_arg){(int)t->args[2], t->args[3], NAME_NOFOLLOW | NAME_CREATE},
	    (unsigned)t->args[4]);
}
