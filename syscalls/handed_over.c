/*
 * Files of the host that were handed over: standard input and output, descriptors that were passed.
 *
 * Linux asks a file's permissions when its link in /proc/PID/fd is opened anew and when its mode,
 * owner, times or extended attributes are changed, and a container's root that is the host's root
 * by number has them all: what was given for reading could be written, a log file made a
 * set-user-ID program, /dev/null closed to the host. So what lies outside the container's tree
 * gives what it was opened for and no more.
 *
 * #syscalls: statmount statx fstatfs fcntl:F_GETFL close
 */
#include "syscalls/name.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "platform/platform.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"

/* Of newer kernels (6.8) than the headers of Debian 12. */
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000U
#endif
#ifndef SYS_statmount
#define SYS_statmount 457
#endif

struct mount_request { /* struct mnt_id_req, its first version */
	uint32_t size, spare;
	uint64_t mount, parameters;
};

/* Whether the file's mount is in no mount namespace of the container. Where the kernel cannot tell,
 * it is taken for one that is. */
static bool is_foreign(int fd)
{
	struct statx x;
	struct statfs fs;
	char answer[1024];
	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID_UNIQUE, &x) < 0 ||
	    !(x.stx_mask & STATX_MNT_ID_UNIQUE))
		return false;
	struct mount_request request = {.size = sizeof request, .mount = x.stx_mnt_id};
	if (syscall(SYS_statmount, &request, answer, sizeof answer, 0) == 0 || errno != ENOENT)
		return false;
	/* It has never had a name in the container, nor has it one elsewhere: a memfd, epoll. */
	if (!(x.stx_mode & S_IFMT) || (S_ISREG(x.stx_mode) && x.stx_nlink == 0))
		return false;
	/* Nor have these, or the kernel itself says that they cannot be changed (EPERM). */
	return fstatfs(fd, &fs) == 0 && fs.f_type != PIPEFS_MAGIC && fs.f_type != SOCKFS_MAGIC &&
	       fs.f_type != NSFS_MAGIC;
}

/* The name is a link in /proc/PID/fd: n->owned_fd is what is open there. */
static bool is_open_file(const struct worker *w, const struct name *n)
{
	return n->owned_fd >= 0 && n->dirfd == w->sentry->proc_fd;
}

int name_may_open(struct worker *w, const struct name *n, int flags)
{
	if (!is_open_file(w, n) || flags & O_PATH)
		return 0;
	int has = fcntl(n->owned_fd, F_GETFL);
	if (has < 0)
		return -errno;
	bool reads = (flags & O_ACCMODE) != O_WRONLY;
	bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC;
	bool may_read = !(has & O_PATH) && (has & O_ACCMODE) != O_WRONLY;
	bool may_write = !(has & O_PATH) && (has & O_ACCMODE) != O_RDONLY;
	bool more = (reads && !may_read) || (writes && !may_write);
	return more && is_foreign(n->owned_fd) ? -EACCES : 0;
}

int name_may_change(struct worker *w, const struct name *n)
{
	bool itself = n->owned_fd >= 0 && (!n->path || !*n->path);
	return (itself || is_open_file(w, n)) && is_foreign(n->owned_fd) ? -EPERM : 0;
}

int fetch_fd_to_change(struct trap *t, int guest_fd)
{
	_cleanup_close_ int fd = trap_fetch_fd(t, guest_fd);
	if (fd >= 0 && is_foreign(fd))
		return -EPERM;
	return steal_fd(&fd);
}
