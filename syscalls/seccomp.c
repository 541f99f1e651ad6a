/*
 * Filters that guests install for themselves. The host stacks them on the container's and obeys the
 * strictest, so they can only take away; it runs them itself, for they must hold before the sentry
 * sees a call.
 *
 * What the host cannot check is seccomp(2)'s condition that the caller has no_new_privs or
 * CAP_SYS_ADMIN: for the host, all guests have no_new_privs. Without the emulated one, a guest
 * could make setuid fail silently in a set-user-ID program that it executes next.
 */
#include "syscalls/seccomp.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "sentry/context.h"
#include "sentry/worker.h"
#include "syscalls/table.h"

/* Not SECCOMP_FILTER_FLAG_NEW_LISTENER: the kernel has one listener, the sentry, in a line of
 * filters. */
#define FLAGS                                                                                      \
	(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW |    \
	 SECCOMP_FILTER_FLAG_TSYNC_ESRCH)

int64_t seccomp_filter_allowed(struct worker *w, struct trap *t, uint64_t program)
{
	struct sock_fprog header;
	/* Read only to fail as Linux does, in its order: programs probe with bad addresses. */
	int r = trap_read(t, program, &header, sizeof header);
	if (r < 0)
		return r;
	if (header.len == 0 || header.len > BPF_MAXINSNS)
		return -EINVAL;
	/* Before its first program a guest is still the sentry's own code, and has the container's
	 * configured filter to install. */
	if (w->ctx->program && !w->ctx->no_new_privs && !cred_capable(w->ctx->cred, CAP_SYS_ADMIN))
		return -EACCES;
	/* Passed: whatever program the kernel finds there now, the caller may install it. */
	return TRAP_PASS;
}

int64_t sys_seccomp(struct worker *w, struct trap *t)
{
	if ((unsigned)t->args[0] != SECCOMP_SET_MODE_FILTER || (unsigned)t->args[1] & ~FLAGS)
		return -EINVAL;
	return seccomp_filter_allowed(w, t, t->args[2]);
}
