/*
 * ioctl(2) requests that the filter does not let through. The host's drivers see none of them:
 * requests about network interfaces and owners are names, which the sentry serves; the rest fails
 * as on a descriptor that has no such request.
 *
 * #syscalls: fcntl:F_GETFL fstat fstatfs ioctl:NS_GET_NSTYPE,TCGETS close
 */
#include <asm/ioctls.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "sentry/worker.h"
#include "syscalls/netdevice.h"
#include "syscalls/owner.h"
#include "syscalls/table.h"

static int set_owner(struct worker *w, struct trap *t, int fd)
{
	int who;
	int r = trap_read(t, t->args[2], &who, sizeof who);
	return r < 0 ? r : owner_set(w, fd, who);
}

/* Typing for others (TIOCSTI), the virtual console, line disciplines, the system console. */
static int refuse_terminal(struct worker *w, int fd)
{
	return worker_refuse(w, isatty(fd) ? EPERM : ENOTTY);
}

/* ioctl_ns(2). All other namespaces are outside of what a guest may see. */
static int on_namespace(struct worker *w, int fd, unsigned request)
{
	struct statfs fs;
	if (fstatfs(fd, &fs) < 0 || fs.f_type != NSFS_MAGIC)
		return -ENOTTY;
	int type = request == NS_GET_NSTYPE ? ioctl(fd, NS_GET_NSTYPE) : -1;
	return type < 0 ? worker_refuse(w, EPERM) : type;
}

static int64_t on_socket(struct worker *w, struct trap *t, int fd, unsigned request)
{
	if (request == FIOSETOWN || request == SIOCSPGRP)
		return set_owner(w, t, fd);
	return netdevice_ioctl(w, t, fd, request);
}

int64_t sys_ioctl(struct worker *w, struct trap *t)
{
	unsigned request = (unsigned)t->args[1];
	_cleanup_close_ int fd = trap_fetch_fd(t, (int)t->args[0]);
	struct stat st;
	if (fd < 0)
		return fd;
	if (fcntl(fd, F_GETFL) & O_PATH)
		return -EBADF;
	switch (request) {
	case TIOCSTI:
	case TIOCLINUX:
	case TIOCSETD:
	case TIOCCONS:
		return refuse_terminal(w, fd);
	case FICLONE:
	case FICLONERANGE:
	case FIDEDUPERANGE:
	case FS_IOC_FIEMAP:
	case FS_IOC_SETFLAGS:
	case FS_IOC_FSGETXATTR:
	case FS_IOC_FSSETXATTR:
		return worker_refuse(w, EOPNOTSUPP);
	case NS_GET_USERNS:
	case NS_GET_PARENT:
	case NS_GET_NSTYPE:
		return on_namespace(w, fd, request);
	default:
		if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
			return on_socket(w, t, fd, request);
		return worker_refuse(w, ENOTTY);
	}
}
