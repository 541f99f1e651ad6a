/*
 * truncate(2). The file size limit of the caller would be the sentry's, so it is looked up;
 * ftruncate works on a handle and is native.
 *
 * #syscalls: openat truncate ftruncate prlimit64 pidfd_send_signal close
 */
#include "syscalls/common.h"
#include "syscalls/table.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"

/* Whether length is beyond the caller's RLIMIT_FSIZE; the caller then has its SIGXFSZ. */
static bool beyond_limit(struct trap *t, off_t length)
{
	struct rlimit limit;
	if (prlimit(t->tid, RLIMIT_FSIZE, NULL, &limit) < 0 || (rlim_t)length <= limit.rlim_cur)
		return false;
	int pidfd = trap_pidfd(t);
	if (pidfd >= 0)
		syscall(SYS_pidfd_send_signal, pidfd, SIGXFSZ, NULL, 0);
	return true;
}

static int64_t truncate_op(struct worker *w, const struct name *n, const void *arg)
{
	off_t length = *(const off_t *)arg;
	if (n->dirfd == AT_FDCWD)
		return host_result(truncate(n->path, length));
	int r = name_may_open(w, n, O_WRONLY);
	if (r < 0)
		return r;
	/* A name that led through a synthesized tree has no path any more. */
	_cleanup_close_ int fd =
	    (int)host_result(openat(n->dirfd, n->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC));
	return fd < 0 ? fd : host_result(ftruncate(fd, length));
}

int64_t sys_truncate(struct worker *w, struct trap *t)
{
	off_t length = (off_t)t->args[1];
	if (length < 0)
		return -EINVAL;
	if (length > 0 && beyond_limit(t, length))
		return -EFBIG;
	return path_change(w, (struct path_arg){AT_FDCWD, t->args[0], 0}, truncate_op, &length);
}
