/*
 * sched_*(2) on other threads. The filter lets the host kernel run those on the caller itself.
 *
 * The host knows one uid for all guests, so it would let anyone schedule anyone. Here the emulated
 * credentials decide, then the call is passed: the thread's number is a register, and what the
 * pointer leads to (a priority, a mask of processors) may be anything the caller likes, since the
 * host checks it against the target's limits and cpuset.
 *
 * #syscalls: sched_getaffinity
 */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "sentry/sentry.h"
#include "sentry/vfs/cpu.h"
#include "sentry/worker.h"
#include "syscalls/table.h"
#include "syscalls/target.h"

static int64_t change_other(struct worker *w, pid_t guest_tid)
{
	if (guest_tid < 0)
		return TRAP_PASS; /* no thread has such a number; the kernel knows which error it is
				   */
	_cleanup_(target_release) struct target target = TARGET_NONE;
	int r = target_find(w, guest_tid, &target);
	if (r < 0)
		return r;
	return target_is_ours(w, &target, CAP_SYS_NICE) ? TRAP_PASS : -EPERM;
}

int64_t sys_sched_setparam(struct worker *w, struct trap *t)
{
	return change_other(w, (pid_t)t->args[0]);
}

int64_t sys_sched_setscheduler(struct worker *w, struct trap *t)
{
	return change_other(w, (pid_t)t->args[0]);
}

int64_t sys_sched_setaffinity(struct worker *w, struct trap *t)
{
	return change_other(w, (pid_t)t->args[0]);
}

int64_t sys_sched_setattr(struct worker *w, struct trap *t)
{
	return change_other(w, (pid_t)t->args[0]);
}

/* The rest only asks, which Linux allows anyone, about a number of the guests' own namespace. */

int64_t sys_sched_getparam(struct worker *w, struct trap *t)
{
	return TRAP_PASS;
}

int64_t sys_sched_getscheduler(struct worker *w, struct trap *t)
{
	return TRAP_PASS;
}

/*
 * A thread that may run anywhere is told as many processors as the container's quota is worth, as
 * /proc and /sys are: that is how nproc and language runtimes size themselves. One that has been
 * given a mask of its own is told it.
 */
int64_t sys_sched_getaffinity(struct worker *w, struct trap *t)
{
	cpu_set_t all, online, own;
	cpu_set(w->sentry, &all);
	cpu_online(w->sentry, &online);
	if (CPU_EQUAL(&all, &online))
		return TRAP_PASS;
	pid_t guest = (pid_t)t->args[0], tid = guest ? pid_to_sentry(w->sentry, guest) : t->tid;
	if (guest < 0 || !tid)
		return guest < 0 ? -EINVAL : -ESRCH;
	size_t size = (unsigned)t->args[1];
	if (size % sizeof(unsigned long))
		return -EINVAL;
	CPU_ZERO(&own);
	long n = syscall(SYS_sched_getaffinity, tid, MIN(size, sizeof own), &own);
	if (n < 0)
		return -errno;
	if (CPU_EQUAL(&own, &all))
		own = online;
	int r = trap_write(t, t->args[2], &own, (size_t)n);
	return r < 0 ? r : n;
}

int64_t sys_sched_getattr(struct worker *w, struct trap *t)
{
	return TRAP_PASS;
}

int64_t sys_sched_rr_get_interval(struct worker *w, struct trap *t)
{
	return TRAP_PASS;
}
