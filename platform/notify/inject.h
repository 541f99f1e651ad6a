/*
 * System calls that the caller of a trap makes on the sentry's behalf, by ptrace (exec.c,
 * path_fd.c).
 *
 * The caller is seized and told to stop, and its trap is answered with EINTR. It stops before it
 * sees the answer. From then on its registers can be set in front of the very `syscall` instruction
 * that trapped, and it can be single-stepped over it; at last it is let go with its own registers
 * and whatever result its call shall have.
 *
 * Meanwhile it has all signals blocked but the one of the single step: they wait in the kernel's
 * queue, whatever their number, and can neither interrupt an injected call nor keep it from being
 * made. SIGSTOP, which cannot be blocked, is sent again at the end.
 *
 * The guest can change everything in its memory meanwhile, also the instruction that is stepped
 * over; whatever happens then is a stop like any other, and the caller is let go with what it has.
 */
#ifndef CAPBOX_PLATFORM_NOTIFY_INJECT_H
#define CAPBOX_PLATFORM_NOTIFY_INJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

struct trap;

struct injection {
	struct trap *trap;
	pid_t tid;
	struct user_regs_struct saved; /* as the caller was when its trap was answered */
	uint64_t mask;		       /* its blocked signals */
	bool blocked;		       /* and whether they are others now */
	bool stop;		       /* a SIGSTOP has come meanwhile */
};

/*
 * Stops the caller of in->trap, whose trap is answered with that. 0: stopped, in->saved is set.
 * 1: it is dead, or stopped by job control and will make its call anew: nothing is left to do.
 * Negative errno: it could not be seized, the trap is unanswered; in->trap->misled is set when
 * somebody else was.
 */
int inject_stop(struct injection *in);

/* Lets the caller run one system call instruction with these registers, and returns at once. */
void inject_step(struct injection *in, uint64_t nr, const uint64_t args[6]);

/*
 * The next stop of the caller: its wait status, with its tid (which an exec may change) in *tid; -1
 * when it is gone.
 */
int inject_wait(struct injection *in, pid_t *tid);

/* What a stop is: PTRACE_EVENT_*, or 0 for the stop of a signal. */
static inline int inject_event(int status)
{
	return status >> 16;
}

/*
 * One whole call: its result (a negative errno too), -ESRCH with the caller gone, or -EFAULT when
 * the guest has made something else of the instruction.
 */
long inject_call(struct injection *in, uint64_t nr, const uint64_t args[6]);

/* The caller goes on as if its own call had returned `result`. */
void inject_release(struct injection *in, long result);

/* The caller goes on as if it had not made its call yet. */
void inject_restart(struct injection *in);

/* Lets the caller go as it stands, under its present tid; one that is being killed in this moment is
 * waited for instead. */
void inject_detach(struct injection *in, pid_t tid);

#endif
