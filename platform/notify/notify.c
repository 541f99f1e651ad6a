/*
 * Receiving and answering traps.
 *
 * The listener runs with SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP where the kernel has it (6.6): caller
 * and worker then hand over on one CPU. With WAIT_KILLABLE_RECV (5.19) a caller whose trap has been
 * received can only be killed, not interrupted, so that what the sentry does for it is never done
 * twice; interruption is decided by the sentry (worker_block_begin).
 *
 * #syscalls: ioctl:SECCOMP_IOCTL_NOTIF_RECV,SECCOMP_IOCTL_NOTIF_SEND
 * #syscalls: ioctl:SECCOMP_IOCTL_NOTIF_ID_VALID,SECCOMP_IOCTL_NOTIF_ADDFD
 * #syscalls: ioctl:SECCOMP_IOCTL_NOTIF_SET_FLAGS poll prlimit64 close
 */
#include "platform/notify/notify.h"

#include "lib/cleanup.h"
#include "lib/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOTIF_SYNC_WAKE_UP 1UL

int notify_install(const struct sock_fprog *filter)
{
	unsigned long flags =
	    SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, filter);
	return fd < 0 ? -errno : (int)fd;
}

int notify_open(int listener, int proc_fd, pid_t child, struct platform **platform)
{
	_cleanup_close_ int fd = listener;
	struct platform *p = malloc(sizeof *p);
	if (!p)
		return -ENOMEM;
	/* Older kernels refuse; traps then cost a wake-up across CPUs, and nothing else changes. */
	ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, NOTIF_SYNC_WAKE_UP);
	p->listener = steal_fd(&fd);
	p->proc_fd = proc_fd;
	p->child = child;
	*platform = p;
	return 0;
}

void notify_close(struct platform *platform)
{
	close(platform->listener);
	free(platform);
}

/* ENOENT from RECV means that one caller died first, or that no task has the filter any more. */
static bool listener_dead(struct platform *p)
{
	struct pollfd poller = {.fd = p->listener, .events = POLLIN};
	return poll(&poller, 1, 0) > 0 && (poller.revents & POLLHUP);
}

int platform_next(struct platform *p, struct trap *t)
{
	struct seccomp_notif n = {0};
	while (ioctl(p->listener, SECCOMP_IOCTL_NOTIF_RECV, &n) < 0) {
		if (errno == ENOENT && listener_dead(p))
			return -ENOENT;
		if (errno != ENOENT && errno != EINTR)
			return -errno;
		n = (struct seccomp_notif){0};
	}
	t->platform = p;
	t->cookie = n.id;
	t->tid = (pid_t)n.pid;
	t->nr = n.data.nr;
	t->granted = -1;
	t->copies = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(t->args); i++)
		t->args[i] = n.data.args[i];
	return 0;
}

int trap_check(struct trap *t)
{
	return ioctl(t->platform->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &t->cookie) < 0 ? -ESRCH
											  : 0;
}

int notify_send(struct trap *t, int64_t value, uint32_t flags)
{
	struct seccomp_notif_resp r = {.id = t->cookie, .flags = flags};
	if (value < 0 && value >= -4095)
		r.error = (int)value;
	else
		r.val = value;
	while (ioctl(t->platform->listener, SECCOMP_IOCTL_NOTIF_SEND, &r) < 0)
		if (errno != EINTR)
			return errno == ENOENT ? 0 : -errno;
	return 0;
}

int trap_return(struct trap *t, int64_t value_or_negative_errno)
{
	return notify_send(t, value_or_negative_errno, 0);
}

int trap_pass(struct trap *t)
{
	return notify_send(t, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

/*
 * ADDFD: the caller itself installs the descriptor, so its own RLIMIT_NOFILE counts. Never with
 * SECCOMP_ADDFD_FLAG_SEND: when this thread is interrupted before the caller has come to it (by the
 * freezer of `capbox pause`, by a debugger), the kernel takes the descriptor back, but not the
 * answer, and the caller sees 0.
 */
int trap_install_fd(struct trap *t, int host_fd, int flags)
{
	struct seccomp_notif_addfd a = {
	    .id = t->cookie, .srcfd = (uint32_t)host_fd, .newfd_flags = (uint32_t)flags};
	int fd;
	do
		fd = ioctl(t->platform->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &a);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return -errno;
	t->granted = fd;
	return fd;
}

/* The soft limit alone is raised: the hard one is the most that the caller may ever have. */
int trap_lend_fd(struct trap *t, int host_fd)
{
	struct rlimit limit;
	int fd = trap_install_fd(t, host_fd, O_CLOEXEC);
	if (fd != -EMFILE || prlimit(t->tid, RLIMIT_NOFILE, NULL, &limit) < 0)
		return fd;
	const struct rlimit raised = {limit.rlim_max, limit.rlim_max};
	prlimit(t->tid, RLIMIT_NOFILE, &raised, NULL);
	fd = trap_install_fd(t, host_fd, O_CLOEXEC);
	prlimit(t->tid, RLIMIT_NOFILE, &limit, NULL);
	return fd;
}
