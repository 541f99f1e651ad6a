/*
 * mknod(2): regular files, FIFOs and sockets. Devices are made by whoever sets up the container,
 * never from inside, as in every user namespace.
 *
 * #syscalls: mknodat
 */
#include "syscalls/common.h"
#include "syscalls/table.h"

#include <fcntl.h>

static int64_t mknod_op(struct worker *w, const struct name *n, const void *arg)
{
	return host_result(mknodat(n->dirfd, n->path, *(const mode_t *)arg, 0));
}

static int64_t mknod_at(struct worker *w, int dirfd, uint64_t path, mode_t mode)
{
	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
		break;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFDIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
	struct path_arg p = {dirfd, path, NAME_CREATE | NAME_NOFOLLOW};
	return path_change(w, p, mknod_op, &mode);
}

int64_t sys_mknod(struct worker *w, struct trap *t)
{
	return mknod_at(w, AT_FDCWD, t->args[0], (mode_t)t->args[1]);
}

int64_t sys_mknodat(struct worker *w, struct trap *t)
{
	return mknod_at(w, (int)t->args[0], t->args[1], (mode_t)t->args[2]);
}
