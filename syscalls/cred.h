/*
 * Changes of a process's credentials: the rules of setuid(2) and its family as plain functions, and
 * the one way in which a handler applies such a rule to its caller.
 *
 * Linux keeps credentials per thread; here a process has one set. libc keeps the threads of a
 * process alike, so only programs that circumvent it can tell.
 */
#ifndef CAPBOX_SYSCALLS_CRED_H
#define CAPBOX_SYSCALLS_CRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sentry/cred.h"

struct worker;

/* Makes of `new`, a copy of old, what the call demands. Returns the call's result or a negative
 * errno. */
typedef int64_t cred_change(struct cred *new, const struct cred *old, const void *arg);

/* Applies a change to the caller's credentials, with room for ngroups groups in the copy. */
#define CRED_SAME_GROUPS SIZE_MAX
int64_t cred_apply(struct worker *w, size_t ngroups, cred_change *change, const void *arg);

/* Whether the container's user namespace has both. */
bool cred_ids_exist(struct worker *w, uid_t uid, gid_t gid);

/* The arguments of the set*id calls in their order; (uint32_t)-1 leaves an id alone where a call
 * says so. The ids exist in the user namespace. */
struct cred_ids {
	uint32_t id[3];
};
cred_change cred_setuid, cred_setreuid, cred_setresuid, cred_setfsuid;
cred_change cred_setgid, cred_setregid, cred_setresgid, cred_setfsgid;

#endif
