/*
 * Opening an open file anew, by its link in /proc/PID/fd.
 *
 * Linux asks the file's permissions again, and a container's root that is the host's root by number
 * has them all: a file of the host that was handed over for reading (standard input, a descriptor
 * that was passed) could be written that way. So what lies outside the container's tree gives what
 * it was opened for and no more.
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
	/* A namespace cannot be written, as the kernel itself says (EPERM). */
	if (fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC)
		return false;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID_UNIQUE, &x) < 0 ||
	    !(x.stx_mask & STATX_MNT_ID_UNIQUE))
		return false;
	/* It has never had a name in the container, nor has it one elsewhere: a memfd, a pipe. */
	if (!S_ISREG(x.stx_mode) || x.stx_nlink == 0)
		return false;
	struct mount_request request = {.size = sizeof request, .mount = x.stx_mnt_id};
	return syscall(SYS_statmount, &request, answer, sizeof answer, 0) < 0 && errno == ENOENT;
}

int name_may_write(struct worker *w, const struct name *n)
{
	if (n->owned_fd < 0 || n->dirfd != w->sentry->proc_fd)
		return 0;
	int flags = fcntl(n->owned_fd, F_GETFL);
	if (flags < 0)
		return -errno;
	bool writable = !(flags & O_PATH) && (flags & O_ACCMODE) != O_RDONLY;
	return !writable && is_foreign(n->owned_fd) ? -EACCES : 0;
}
