/*
 * mq_open(2), mq_unlink(2): POSIX message queues are names in the ipc namespace, which the sentry
 * shares with its guests. What is done with an open queue is native.
 *
 * #syscalls: mq_open mq_unlink close
 */
#include "syscalls/common.h"
#include "syscalls/table.h"

#include <fcntl.h>
#include <mqueue.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"

int64_t sys_mq_open(struct worker *w, struct trap *t)
{
	struct mq_attr attr;
	int flags = (int)t->args[1];
	bool has_attr = flags & O_CREAT && t->args[3];
	int r = has_attr ? trap_read(t, t->args[3], &attr, sizeof attr) : 0;
	if (r == 0)
		r = trap_read_string(t, t->args[0], w->path, sizeof w->path);
	if (r < 0)
		return r;
	/* Raw: libc wants the leading slash that the system call does not take. The descriptor is
	 * close-on-exec in any case. */
	_cleanup_close_ int fd = (int)host_result(
	    syscall(SYS_mq_open, w->path, flags, (mode_t)t->args[2], has_attr ? &attr : NULL));
	return fd < 0 ? fd : grant(t, steal_fd(&fd), O_CLOEXEC);
}

int64_t sys_mq_unlink(struct worker *w, struct trap *t)
{
	int r = trap_read_string(t, t->args[0], w->path, sizeof w->path);
	return r < 0 ? r : host_result(syscall(SYS_mq_unlink, w->path));
}
