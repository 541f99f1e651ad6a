/*
 * fcntl(2) commands that the filter does not let through: they say whom signals about a descriptor
 * go to, and which. The host would deliver to any guest, since all have one uid there; Linux asks
 * kill(2)'s question when it delivers, the sentry asks it when the owner is set.
 *
 * #syscalls: fcntl:F_SETOWN,F_SETOWN_EX close
 */
#include "syscalls/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>

#include "lib/cleanup.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"
#include "syscalls/table.h"
#include "syscalls/target.h"

#define FIRST_REALTIME 32 /* SIGRTMIN of the kernel */

/* kill(2). */
static int check_signal(struct worker *w, const struct target *target, void *arg)
{
	const struct cred *us = w->ctx->cred, *them = target->context->cred;
	bool may = us->euid == them->suid || us->euid == them->uid || us->uid == them->suid ||
		   us->uid == them->uid || cred_capable(us, CAP_KILL);
	*(bool *)arg = true;
	return may ? 0 : -EPERM;
}

int owner_allowed(struct worker *w, int who)
{
	if (who == 0)
		return 0; /* nobody */
	if (who == INT_MIN)
		return -EINVAL;
	bool found = false;
	int r;
	if (who < 0) {
		r = target_each_of_group(w, -who, check_signal, &found);
	} else {
		_cleanup_(target_release) struct target target = TARGET_NONE;
		r = target_find(w, who, &target);
		if (r == 0)
			r = check_signal(w, &target, &found);
	}
	return r < 0 ? r : found ? 0 : -ESRCH;
}

int owner_set(struct worker *w, int fd, int who)
{
	int r = owner_allowed(w, who);
	if (r < 0)
		return r;
	if (who < 0)
		return -EPERM; /* see owner.h */
	return fcntl(fd, F_SETOWN, who ? pid_to_sentry(w->sentry, who) : 0) < 0 ? -errno : 0;
}

/* The structure lies in memory that the guest can change after a check, so the sentry sets the
 * owner itself, on its own copy. */
static int set_owner_ex(struct worker *w, struct trap *t, int fd)
{
	struct f_owner_ex owner;
	int r = trap_read(t, t->args[2], &owner, sizeof owner);
	if (r < 0)
		return r;
	if (owner.type != F_OWNER_TID && owner.type != F_OWNER_PID && owner.type != F_OWNER_PGRP)
		return -EINVAL;
	if (owner.pid < 0)
		return -ESRCH;
	r = owner_allowed(w, owner.type == F_OWNER_PGRP ? -owner.pid : owner.pid);
	if (r < 0)
		return r;
	if (owner.type == F_OWNER_PGRP && owner.pid)
		return -EPERM;
	owner.pid = owner.pid ? pid_to_sentry(w->sentry, owner.pid) : 0;
	return fcntl(fd, F_SETOWN_EX, &owner) < 0 ? -errno : 0;
}

/* SIGKILL and SIGSTOP to the group of a terminal would be more than its owner may send. */
static int64_t set_signal(int signal)
{
	if (signal < 0 || signal > _NSIG - 1)
		return -EINVAL;
	bool told = signal == 0 || signal == SIGIO || signal == SIGURG || signal >= FIRST_REALTIME;
	return told ? TRAP_PASS : -EPERM; /* passed: a value, about the descriptor */
}

int64_t sys_fcntl(struct worker *w, struct trap *t)
{
	_cleanup_close_ int fd = trap_fetch_fd(t, (int)t->args[0]);
	if (fd < 0)
		return fd;
	switch ((int)t->args[1]) {
	case F_SETOWN: {
		int r = owner_allowed(w, (int)t->args[2]);
		/* Passed: the number is a register, of the guests' own namespace. */
		return r < 0 ? r : TRAP_PASS;
	}
	case F_SETOWN_EX:
		return set_owner_ex(w, t, fd);
	case F_SETSIG:
		return set_signal((int)t->args[2]);
	default:
		/* Leases and dnotify as on a filesystem without them; commands nobody knows. */
		return worker_refuse(w, EINVAL);
	}
}
