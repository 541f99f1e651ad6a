/*
 * A worker is a sentry thread that serves traps. While it serves one it is *dressed* as the
 * caller's context: its root, cwd, umask, fsuid, fsgid, supplementary groups and file-related
 * capabilities (CAP_CHOWN, DAC_*, FOWNER, FSETID, MKNOD, LINUX_IMMUTABLE, SETFCAP, LEASE) are the
 * guest's. So a handler makes the plain system call with the guest's own string, and the kernel
 * does the walking, the permission checks and the errno, confined to the container's tree.
 */
#ifndef CAPBOX_SENTRY_WORKER_H
#define CAPBOX_SENTRY_WORKER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "platform/platform.h"
#include "sentry/context.h"
#include "sentry/refusals.h"

struct worker {
	struct sentry *sentry;
	struct trap trap;
	const struct context *ctx; /* of the call being served; valid until the handler returns */

	/* Scratch of the call being served: the strings a handler reads from the guest. */
	char path[PATH_MAX], path2[PATH_MAX];
	char buffer[65536];

	enum refused_by refused; /* by whom the call is, if at all */

	struct worker_private *private;
	struct worker_slot *slot;     /* counters.h; its own */
	struct trace_pending *traced; /* trace.h; owned; NULL: there was nothing to trace yet */
};

/*
 * A handler serves one system call. It returns the call's result (a value or a negative errno,
 * also -ERESTARTSYS for an interrupted call that Linux restarts), or one of these:
 */
#define TRAP_ANSWERED INT64_MIN	      /* already answered: trap_grant_path, trap_exec     */
#define TRAP_PASS     (INT64_MIN + 1) /* let the host kernel run it; say in a comment why */
#define TRAP_LATER    (INT64_MIN + 2) /* what worker_hold_begin() said; the handler runs again */
typedef int64_t syscall_handler(struct worker *w, struct trap *t);

#ifndef ERESTARTSYS
#define ERESTARTSYS 512
#endif

/*
 * What a handler returns when it refuses what Linux might have done, because no container may: the
 * errno, negative. It is counted, and told once (refusals.h).
 */
static inline int worker_refuse_by(struct worker *w, enum refused_by who, int error)
{
	w->refused = who;
	return -error;
}

static inline int worker_refuse(struct worker *w, int error)
{
	return worker_refuse_by(w, REFUSED_BY_SENTRY, error);
}

/*
 * For the sentry's own business in the middle of a call (skeletons, unreadable programs): from here
 * to worker_dress_again() or the end of the call the thread has root's credentials of the
 * container, all capabilities of its user namespace, and umask 0; root directory and cwd stay.
 */
void worker_as_sentry(struct worker *w);
void worker_dress_again(struct worker *w);

/* For access(2), which asks for the real ids: wears those until worker_dress_again(). */
int worker_dress_real(struct worker *w);

/* Around a call that shows the caller to somebody outside (connect, SO_PEERCRED). */
int worker_show_ids(struct worker *w);
void worker_hide_ids(struct worker *w);

/* Before anything that can block (FIFO, connect, lock, slow I/O): lets another worker serve, and
 * keeps the watchdog quiet until the end of the trap. */
void worker_may_block(struct worker *w);

/*
 * Around a call that another worker must help to end (an exec). 0, or what the handler returns:
 * TRAP_LATER when enough such calls are under way, -EAGAIN when blocked ones leave no worker.
 */
int64_t worker_hold_begin(struct worker *w);
void worker_hold_end(struct worker *w);

/*
 * Around a host call that blocks until something outside happens. Between begin and end, the
 * host call fails with EINTR when the guest dies or has a signal to handle; the handler then
 *returns -ERESTARTSYS (or -EINTR where signal(7) says so). begin returns -EINTR when that is
 *already so.
 *
 *	int r = worker_block_begin(w);
 *	if (r < 0) return -ERESTARTSYS;
 *	r = connect(...);   // errno EINTR when interrupted
 *	worker_block_end(w);
 */
int worker_block_begin(struct worker *w);
void worker_block_end(struct worker *w);

#endif
