/*
 * getpriority(2), setpriority(2), ioprio_get(2), ioprio_set(2) on others than the caller.
 *
 * One thread by its number: the emulated credentials decide, then the call is passed, since all
 * arguments are values. A process group or a user is a set that only the sentry knows (the host has
 * one uid for all guests): it goes through the threads of the set itself, with the capabilities
 * that it has over guests; the host still keeps to the limits of each (RLIMIT_NICE).
 *
 * #syscalls: getpriority setpriority ioprio_get
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "sentry/worker.h"
#include "syscalls/table.h"
#include "syscalls/target.h"

/* May the caller change this one thread? Then the host does it. */
static int64_t pass_if_ours(struct worker *w, pid_t guest_tid)
{
	_cleanup_(target_release) struct target target = TARGET_NONE;
	int r = target_find(w, guest_tid, &target);
	if (r < 0)
		return r;
	return target_is_ours(w, &target, CAP_SYS_NICE) ? TRAP_PASS : -EPERM;
}

static int each_of(struct worker *w, bool group, int who, target_visit *visit, void *arg)
{
	if (group)
		return target_each_of_group(w, who, visit, arg);
	/* who is 0 for the user of the caller, so uid 0 has no other name than its own processes'.
	 */
	return target_each_of_user(w, who ? (uid_t)who : w->ctx->cred->uid, visit, arg);
}

/* setpriority: what the kernel's loop over a set answers. */
struct renice {
	int nice;
	int result; /* -ESRCH until the first success; then the last failure */
};

static int renice_one(struct worker *w, const struct target *target, void *arg)
{
	struct renice *change = arg;
	if (!target_is_ours(w, target, CAP_SYS_NICE))
		change->result = -EPERM;
	else if (setpriority(PRIO_PROCESS, (id_t)target->tid, change->nice) == 0)
		change->result = change->result == -ESRCH ? 0 : change->result;
	else if (errno != ESRCH)
		change->result = -errno;
	return 0;
}

int64_t sys_setpriority(struct worker *w, struct trap *t)
{
	int which = (int)t->args[0], who = (int)t->args[1];
	if (which == PRIO_PROCESS)
		return pass_if_ours(w, who);
	if (which != PRIO_PGRP && which != PRIO_USER)
		return -EINVAL;
	struct renice change = {.nice = (int)t->args[2], .result = -ESRCH};
	each_of(w, which == PRIO_PGRP, who, renice_one, &change);
	return change.result;
}

/* The system call gives 20 - nice, so that no result is negative; libc turns it back. */
static int best_nice(struct worker *w, const struct target *target, void *arg)
{
	long *best = arg;
	long value = syscall(SYS_getpriority, PRIO_PROCESS, target->tid);
	if (value > *best)
		*best = value;
	return 0;
}

int64_t sys_getpriority(struct worker *w, struct trap *t)
{
	int which = (int)t->args[0], who = (int)t->args[1];
	if (which == PRIO_PROCESS || which == PRIO_PGRP)
		return TRAP_PASS; /* anyone may ask; numbers of the guests' own namespace */
	if (which != PRIO_USER)
		return -EINVAL;
	long best = -ESRCH;
	each_of(w, false, who, best_nice, &best);
	return best;
}

static int check_ours(struct worker *w, const struct target *target, void *arg)
{
	*(bool *)arg = true;
	return target_is_ours(w, target, CAP_SYS_NICE) ? 0 : -EPERM;
}

int64_t sys_ioprio_set(struct worker *w, struct trap *t)
{
	int which = (int)t->args[0], who = (int)t->args[1];
	if (which == IOPRIO_WHO_PROCESS)
		return pass_if_ours(w, who);
	if (which != IOPRIO_WHO_PGRP && which != IOPRIO_WHO_USER)
		return -EINVAL;
	bool found = false;
	int r = each_of(w, which == IOPRIO_WHO_PGRP, who, check_ours, &found);
	if (r < 0 || !found)
		return r < 0 ? r : -ESRCH;
	/* The host lets nobody but its own root do this to another's process, the sentry neither;
	 * and for it all guests are one user. A group it can do for the caller. */
	return which == IOPRIO_WHO_PGRP ? TRAP_PASS : -EPERM;
}

/* The lower value is the higher priority; class none is what the nice value makes of it. */
static int best_ioprio(struct worker *w, const struct target *target, void *arg)
{
	long *best = arg;
	long value = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, target->tid);
	if (value >= 0 && (*best < 0 || value < *best))
		*best = value;
	return 0;
}

int64_t sys_ioprio_get(struct worker *w, struct trap *t)
{
	int which = (int)t->args[0], who = (int)t->args[1];
	if (which == IOPRIO_WHO_PROCESS || which == IOPRIO_WHO_PGRP)
		return TRAP_PASS; /* as getpriority */
	if (which != IOPRIO_WHO_USER)
		return -EINVAL;
	long best = -ESRCH;
	each_of(w, false, who, best_ioprio, &best);
	return best;
}
