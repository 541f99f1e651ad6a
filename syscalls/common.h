/*
 * What the handlers of named calls share: the loop over a name that may lead into a synthesized
 * tree (syscalls/name.h), written once, so that a handler says only what it does with the name.
 *
 * An operation gets a name and its argument, makes one host call and returns its value or a
 * negative errno. It may run twice, when the name turns out to lead elsewhere.
 */
#ifndef CAPBOX_SYSCALLS_COMMON_H
#define CAPBOX_SYSCALLS_COMMON_H

#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>

#include "sentry/sentry.h"
#include "sentry/vfs.h"
#include "sentry/worker.h"
#include "syscalls/name.h"

typedef int64_t name_op(struct worker *w, const struct name *n, const void *arg);
typedef int64_t pair_op(struct worker *w, const struct name *a, const struct name *b,
			const void *arg);

/* A path argument of the guest: the descriptor it is relative to, its address, NAME_* flags. */
struct path_arg {
	int dirfd;
	uint64_t address;
	unsigned flags;
};

/* libc's way of reporting turned into ours. */
static inline int64_t host_result(int64_t r)
{
	return r < 0 ? -errno : r;
}

/* NAME_* flags for the AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH of a call's flags. */
unsigned name_flags_of_at(int at_flags);

/* Runs op on the name, which may be a node (n->node). */
int64_t path_call(struct worker *w, struct path_arg path, name_op *op, const void *arg);

/* Runs op on a real name only: a call that would change a node gets the tree's refusal. */
int64_t path_change(struct worker *w, struct path_arg path, name_op *op, const void *arg);

/* The same for two names. Between a synthesized tree and any other is a mount boundary: EXDEV. */
int64_t pair_change(struct worker *w, struct path_arg a, struct path_arg b, pair_op *op,
		    const void *arg);

/*
 * Grants fd as the call's result, to be returned by the handler, and closes it. The sentry has let
 * go of the file before the caller goes on, so that when the caller closes it, it is closed: a
 * program that was written can be executed, a port be bound again, a FIFO is at its end.
 */
int64_t grant(struct trap *t, int fd, int flags);

#endif
