/*
 * prlimit(2), getrlimit(2), setrlimit(2) where the filter does not let them run: on other
 * processes, and on RLIMIT_LOCKS, whose place in the kernel holds the context's tag. What guests
 * believe that limit to be is kept in the context.
 *
 * #syscalls: prlimit64
 */
#include <errno.h>
#include <linux/capability.h>
#include <sys/resource.h>

#include "lib/cleanup.h"
#include "sentry/context_table.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"
#include "syscalls/table.h"
#include "syscalls/target.h"

/* prlimit(2): all user and group ids of the target are the caller's real ones, or CAP_SYS_RESOURCE.
 */
static bool may_limit(const struct worker *w, const struct target *target)
{
	const struct cred *us = w->ctx->cred, *them = target->context->cred;
	bool same = us->uid == them->uid && us->uid == them->euid && us->uid == them->suid &&
		    us->gid == them->gid && us->gid == them->egid && us->gid == them->sgid;
	return target->tid == w->trap.tid || same || cred_capable(us, CAP_SYS_RESOURCE);
}

static int set_locks(struct worker *w, const struct target *target, const struct rlimit *limit,
		     struct rlimit *old)
{
	if (limit->rlim_cur > limit->rlim_max)
		return -EINVAL;
	struct context *new = target->tid == w->trap.tid
				  ? context_edit_begin(w)
				  : context_edit_process(w->sentry, target->tid);
	if (!new)
		return -errno;
	*old = new->locks;
	if (limit->rlim_max > old->rlim_max && !cred_capable(w->ctx->cred, CAP_SYS_RESOURCE)) {
		context_edit_abort(w, new);
		return -EPERM;
	}
	new->locks = *limit;
	return context_commit_process(w->sentry, target->tid, new);
}

/* new and old as in prlimit(2), in the sentry's memory; new may be NULL. */
static int limit_target(struct worker *w, const struct target *target, int resource,
			const struct rlimit *new, struct rlimit *old)
{
	if (resource == RLIMIT_LOCKS) {
		*old = target->context->locks;
		return new ? set_locks(w, target, new, old) : 0;
	}
	/* The host lets nobody raise a hard limit without CAP_SYS_RESOURCE there: EPERM, as for
	 * any root without it. */
	return prlimit(target->tid, (enum __rlimit_resource)resource, new, old) < 0 ? -errno : 0;
}

static int64_t do_prlimit(struct worker *w, pid_t guest_pid, int resource, uint64_t new_address,
			  uint64_t old_address)
{
	struct rlimit new, old;
	int r = new_address ? trap_read(&w->trap, new_address, &new, sizeof new) : 0;
	if (r < 0)
		return r;
	_cleanup_(target_release) struct target target = TARGET_NONE;
	r = target_find(w, guest_pid, &target);
	if (r < 0)
		return r;
	if (!may_limit(w, &target))
		return -EPERM;
	if ((unsigned)resource >= RLIMIT_NLIMITS)
		return -EINVAL;
	r = limit_target(w, &target, resource, new_address ? &new : NULL, &old);
	if (r == 0 && old_address)
		r = trap_write(&w->trap, old_address, &old, sizeof old);
	return r;
}

int64_t sys_prlimit64(struct worker *w, struct trap *t)
{
	return do_prlimit(w, (pid_t)t->args[0], (int)t->args[1], t->args[2], t->args[3]);
}

int64_t sys_setrlimit(struct worker *w, struct trap *t)
{
	/* A null pointer, which prlimit takes for "do not set", is a bad address here. */
	return t->args[1] ? do_prlimit(w, 0, (int)t->args[0], t->args[1], 0) : -EFAULT;
}

int64_t sys_getrlimit(struct worker *w, struct trap *t)
{
	if ((unsigned)t->args[0] >= RLIMIT_NLIMITS)
		return -EINVAL;
	return t->args[1] ? do_prlimit(w, 0, (int)t->args[0], 0, t->args[1]) : -EFAULT;
}
