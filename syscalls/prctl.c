/*
 * prctl(2), as far as the filter does not let it through: options about credentials, which are
 * emulated, and options that name memory layout or filters. An option that is not here is unknown,
 * as it is to a kernel built without it.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>

#include "sentry/worker.h"
#include "syscalls/cred.h"
#include "syscalls/seccomp.h"
#include "syscalls/table.h"

/* Restrictions that a process puts on itself and on interpreters, so anyone may set them. Linux
 * only keeps them. Each has a lock bit above it, as all securebits have. */
#define EXEC_RESTRICT_FILE     (1u << 8)
#define EXEC_DENY_INTERACTIVE  (1u << 10)
#define UNPRIVILEGED_BITS      (EXEC_RESTRICT_FILE | EXEC_DENY_INTERACTIVE)
#define UNPRIVILEGED_AND_LOCKS (UNPRIVILEGED_BITS | UNPRIVILEGED_BITS << 1)
#define ALL_BITS	       (SECURE_ALL_BITS | UNPRIVILEGED_BITS)
#define ALL_LOCKS	       (ALL_BITS << 1)

static bool is_capability(uint64_t number)
{
	return number <= CAP_LAST_CAP;
}

static int64_t drop_bounding(struct cred *new, const struct cred *old, const void *arg)
{
	uint64_t capability = *(const uint64_t *)arg;
	if (!cred_capable(old, CAP_SETPCAP))
		return -EPERM;
	if (!is_capability(capability))
		return -EINVAL;
	new->bounding &= ~(UINT64_C(1) << capability);
	return 0;
}

static int64_t set_securebits(struct cred *new, const struct cred *old, const void *arg)
{
	uint64_t bits = *(const uint64_t *)arg, changed = old->securebits ^ bits;
	uint64_t locked = (old->securebits & ALL_LOCKS) >> 1;
	if (changed & locked || old->securebits & ALL_LOCKS & ~bits ||
	    bits & ~(uint64_t)(ALL_BITS | ALL_LOCKS))
		return -EPERM;
	/* Without privilege even a change of nothing is refused, as it always was. */
	if (!cred_capable(old, CAP_SETPCAP) &&
	    (!changed || changed & ~(uint64_t)UNPRIVILEGED_AND_LOCKS))
		return -EPERM;
	new->securebits = (uint32_t)bits;
	return 0;
}

static int64_t set_keep_caps(struct cred *new, const struct cred *old, const void *arg)
{
	uint64_t keep = *(const uint64_t *)arg;
	if (keep > 1)
		return -EINVAL;
	if (old->securebits & SECBIT_KEEP_CAPS_LOCKED)
		return -EPERM;
	new->securebits &= ~(uint32_t)SECBIT_KEEP_CAPS;
	new->securebits |= keep ? SECBIT_KEEP_CAPS : 0;
	return 0;
}

static int64_t change_ambient(struct cred *new, const struct cred *old, const void *arg)
{
	const uint64_t *args = arg;
	uint64_t operation = args[1], capability = args[2];
	if (operation == PR_CAP_AMBIENT_CLEAR_ALL) {
		if (capability | args[3] | args[4])
			return -EINVAL;
		new->ambient = 0;
		return 0;
	}
	if (!is_capability(capability) || args[3] | args[4])
		return -EINVAL;
	uint64_t bit = UINT64_C(1) << capability;
	switch (operation) {
	case PR_CAP_AMBIENT_IS_SET:
		return !!(old->ambient & bit);
	case PR_CAP_AMBIENT_LOWER:
		new->ambient &= ~bit;
		return 0;
	case PR_CAP_AMBIENT_RAISE:
		if (!(old->permitted & old->inheritable & bit) ||
		    old->securebits & SECBIT_NO_CAP_AMBIENT_RAISE)
			return -EPERM;
		new->ambient |= bit;
		return 0;
	}
	return -EINVAL;
}

static int64_t set_no_new_privs(struct worker *w, const uint64_t *args)
{
	if (args[1] != 1 || args[2] || args[3] || args[4])
		return -EINVAL;
	struct context *context = context_edit_begin(w);
	if (!context)
		return -errno;
	context->no_new_privs = true;
	return context_edit_commit(w, context);
}

static int64_t set_seccomp(struct worker *w, struct trap *t)
{
	if (t->args[1] == SECCOMP_MODE_FILTER)
		return seccomp_filter_allowed(w, t, t->args[2]);
	/* Passed: strict mode can only take away. */
	return t->args[1] == SECCOMP_MODE_STRICT ? TRAP_PASS : -EINVAL;
}

static int64_t set_mm(struct worker *w, const uint64_t *args)
{
	int option = (int)args[1];
	/* PR_SET_MM_MAP and PR_SET_MM_MAP_SIZE are native: they need no privilege, and what does in
	 * them (exe_fd) the host refuses. The others need CAP_SYS_RESOURCE on the host. */
	return args[4] || (args[3] && option != PR_SET_MM_AUXV) ? -EINVAL : worker_refuse(w, EPERM);
}

int64_t sys_prctl(struct worker *w, struct trap *t)
{
	const struct cred *c = w->ctx->cred;
	const uint64_t *args = t->args;
	switch ((int)args[0]) {
	case PR_CAPBSET_READ:
		return is_capability(args[1]) ? (int64_t)(c->bounding >> args[1] & 1) : -EINVAL;
	case PR_CAPBSET_DROP:
		return cred_apply(w, CRED_SAME_GROUPS, drop_bounding, &args[1]);
	case PR_GET_SECUREBITS:
		return c->securebits;
	case PR_SET_SECUREBITS:
		return cred_apply(w, CRED_SAME_GROUPS, set_securebits, &args[1]);
	case PR_GET_KEEPCAPS:
		return !!(c->securebits & SECBIT_KEEP_CAPS);
	case PR_SET_KEEPCAPS:
		return cred_apply(w, CRED_SAME_GROUPS, set_keep_caps, &args[1]);
	case PR_CAP_AMBIENT:
		return cred_apply(w, CRED_SAME_GROUPS, change_ambient, args);
	case PR_GET_NO_NEW_PRIVS:
		return args[1] || args[2] || args[3] || args[4] ? -EINVAL : w->ctx->no_new_privs;
	case PR_SET_NO_NEW_PRIVS:
		return set_no_new_privs(w, args);
	case PR_SET_SECCOMP:
		return set_seccomp(w, t);
	case PR_SET_MM:
		return set_mm(w, args);
	}
	return worker_refuse(w, EINVAL);
}
