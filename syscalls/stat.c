/*
 * stat(2), lstat(2), newfstatat, statx(2): one host call on the name, one write to the guest. What
 * lies on a bare skeleton is described by the synthesized tree it belongs to.
 *
 * #syscalls: newfstatat statx
 */
#include "syscalls/common.h"
#include "syscalls/table.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "lib/cleanup.h"

#define STAT_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE)

struct stat_call {
	int flags;
	unsigned mask; /* statx only */
	struct stat *stat;
	struct statx *statx;
};

static int64_t stat_op(struct worker *w, const struct name *n, const void *arg)
{
	const struct stat_call *c = arg;
	if (n->node)
		return vfs_stat(w, n->node, c->stat);
	return host_result(fstatat(n->dirfd, n->path ?: "", c->stat, c->flags));
}

static int64_t stat_at(struct worker *w, int dirfd, uint64_t path, uint64_t buffer, int flags)
{
	struct stat st;
	struct stat_call call = {.flags = flags, .stat = &st};
	if (flags & ~STAT_FLAGS)
		return -EINVAL;
	unsigned null_ok = flags & AT_EMPTY_PATH ? NAME_NULL_OK : 0;
	struct path_arg p = {dirfd, path, name_flags_of_at(flags) | null_ok | NAME_QUERY};
	int64_t r = path_call(w, p, stat_op, &call);
	return r < 0 ? r : trap_write(&w->trap, buffer, &st, sizeof st);
}

int64_t sys_stat(struct worker *w, struct trap *t)
{
	return stat_at(w, AT_FDCWD, t->args[0], t->args[1], 0);
}

int64_t sys_lstat(struct worker *w, struct trap *t)
{
	return stat_at(w, AT_FDCWD, t->args[0], t->args[1], AT_SYMLINK_NOFOLLOW);
}

int64_t sys_newfstatat(struct worker *w, struct trap *t)
{
	return stat_at(w, (int)t->args[0], t->args[1], t->args[2], (int)t->args[3]);
}

static struct statx_timestamp statx_time(struct timespec ts)
{
	return (struct statx_timestamp){.tv_sec = ts.tv_sec, .tv_nsec = (uint32_t)ts.tv_nsec};
}

/* procfs and sysfs give statx the basic fields only. */
static void statx_from_stat(struct statx *x, const struct stat *st)
{
	*x = (struct statx){
	    .stx_mask = STATX_BASIC_STATS,
	    .stx_blksize = (uint32_t)st->st_blksize,
	    .stx_nlink = (uint32_t)st->st_nlink,
	    .stx_uid = st->st_uid,
	    .stx_gid = st->st_gid,
	    .stx_mode = (uint16_t)st->st_mode,
	    .stx_ino = st->st_ino,
	    .stx_size = (uint64_t)st->st_size,
	    .stx_blocks = (uint64_t)st->st_blocks,
	    .stx_atime = statx_time(st->st_atim),
	    .stx_ctime = statx_time(st->st_ctim),
	    .stx_mtime = statx_time(st->st_mtim),
	    .stx_rdev_major = major(st->st_rdev),
	    .stx_rdev_minor = minor(st->st_rdev),
	    .stx_dev_major = major(st->st_dev),
	    .stx_dev_minor = minor(st->st_dev),
	};
}

static int64_t statx_op(struct worker *w, const struct name *n, const void *arg)
{
	const struct stat_call *c = arg;
	if (!n->node)
		return host_result(statx(n->dirfd, n->path ?: "", c->flags, c->mask, c->statx));
	struct stat st;
	int r = vfs_stat(w, n->node, &st);
	if (r == 0)
		statx_from_stat(c->statx, &st);
	return r;
}

int64_t sys_statx(struct worker *w, struct trap *t)
{
	struct statx x;
	int flags = (int)t->args[2];
	struct stat_call call = {.flags = flags, .mask = (unsigned)t->args[3], .statx = &x};
	if (call.mask & STATX__RESERVED || flags & ~STAT_FLAGS ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	unsigned null_ok = flags & AT_EMPTY_PATH ? NAME_NULL_OK : 0;
	struct path_arg p = {(int)t->args[0], t->args[1],
			     name_flags_of_at(flags) | null_ok | NAME_QUERY};
	int64_t r = path_call(w, p, statx_op, &call);
	return r < 0 ? r : trap_write(t, t->args[4], &x, sizeof x);
}
