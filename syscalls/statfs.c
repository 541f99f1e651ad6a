/*
 * statfs(2), fstatfs(2). The host's file systems answer for themselves; a skeleton is a tmpfs that
 * stands for procfs or sysfs and answers as those do.
 *
 * #syscalls: openat statfs fstatfs fstat close
 */
#include "syscalls/common.h"
#include "syscalls/table.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/cleanup.h"

#define NAME_LENGTH  255
#define STATFS_VALID 0x20 /* the kernel's ST_VALID: f_flags means something */

static void statfs_of_tree(const struct worker *w, dev_t dev, struct statfs *sf)
{
	*sf = (struct statfs){
	    .f_type = dev == w->sentry->sys_dev ? SYSFS_MAGIC : PROC_SUPER_MAGIC,
	    .f_bsize = 4096,
	    .f_namelen = NAME_LENGTH,
	    .f_frsize = 4096,
	    .f_flags = STATFS_VALID | ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_RELATIME,
	};
}

static int statfs_of_fd(const struct worker *w, int fd, struct statfs *sf)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (vfs_is_skeleton(w->sentry, &st)) {
		statfs_of_tree(w, st.st_dev, sf);
		return 0;
	}
	return (int)host_result(fstatfs(fd, sf));
}

static int64_t statfs_op(struct worker *w, const struct name *n, const void *arg)
{
	struct statfs *sf = *(struct statfs *const *)arg;
	if (n->node) {
		struct stat st;
		int r = vfs_stat(w, n->node, &st);
		if (r == 0)
			statfs_of_tree(w, st.st_dev, sf);
		return r;
	}
	if (n->dirfd == AT_FDCWD && statfs(n->path, sf) < 0)
		return -errno;
	if (n->dirfd == AT_FDCWD && sf->f_type != TMPFS_MAGIC)
		return 0;
	/* A skeleton looks like any tmpfs. */
	_cleanup_close_ int fd = (int)host_result(openat(n->dirfd, n->path, O_PATH | O_CLOEXEC));
	return fd < 0 ? fd : statfs_of_fd(w, fd, sf);
}

int64_t sys_statfs(struct worker *w, struct trap *t)
{
	struct statfs buffer, *sf = &buffer;
	struct path_arg p = {AT_FDCWD, t->args[0], NAME_QUERY};
	int64_t r = path_call(w, p, statfs_op, &sf);
	return r < 0 ? r : trap_write(t, t->args[1], sf, sizeof *sf);
}

int64_t sys_fstatfs(struct worker *w, struct trap *t)
{
	struct statfs sf;
	_cleanup_close_ int fd = trap_fetch_fd(t, (int)t->args[0]);
	int r = fd < 0 ? fd : statfs_of_fd(w, fd, &sf);
	return r < 0 ? r : trap_write(t, t->args[1], &sf, sizeof sf);
}
