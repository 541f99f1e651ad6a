/*
 * The stub: the process that becomes guest pid 1, or the process of a `capbox exec`. It is a fork
 * of the sentry while that is made, later of the nursery (nursery.h), and strips itself: empty
 * root, no network, no privilege, the filter. Then it calls execve, which is a trap like any other
 * and is served as one.
 *
 * Between stub and sentry is a SOCK_SEQPACKET pair. The stub sends one message a step, the sentry
 * one STUB_GO; the end of the socket without a STUB_FAILED means that the exec has succeeded.
 *
 * From the moment it has the filter until the sentry serves it, the stub can make no call that the
 * container's policy might have made a trap. So the sentry fetches the listener itself, and the
 * stub's first call under the filter is to read STUB_GO.
 *
 * Until it has neither id nor capability left it is not dumpable, so that nobody in the container's
 * user namespace can take hold of it, not even a sentry that has been taken over.
 */
#ifndef CAPBOX_SENTRY_STUB_H
#define CAPBOX_SENTRY_STUB_H

#include <linux/filter.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/spec.h"

enum stub_step {
	STUB_PROC,     /* with a descriptor: procfs of the guests' pid namespace */
	STUB_LISTENER, /* the number that the listener of the filter will have in the stub */
	STUB_GO,       /* to the stub: execute; with a descriptor: on this terminal */
	STUB_FAILED,   /* with the errno and what failed */
};

#define STUB_FDS_MAX 16

struct stub_message {
	int32_t step;
	int32_t value;	/* STUB_FAILED: an errno; STUB_LISTENER: a descriptor */
	char what[256]; /* STUB_FAILED: what failed; STUB_GO: one more variable for the environment,
			   or "" */
};

struct stub {
	const struct spec_process *process;
	const struct sock_fprog *filter;
	const struct sock_fprog *profile; /* one more, for the last moment; len 0: none */
	uint32_t profile_flags;
	int proc_fd;	   /* procfs in which the stub is visible */
	int oom_score_adj; /* when the process has none configured */
	uid_t uid;	   /* the guests' host identity */
	gid_t gid;
	const int *fds; /* what becomes 0, 1, 2 ... of the process; may be those themselves */
	int fd_count;	/* 3 to STUB_FDS_MAX */
	int join;	/* pidfd of guest pid 1, whose namespaces are joined; -1: new namespaces */
};

struct sentry;

/* What stubs have in common; process, descriptors and join are the caller's to fill in. */
void stub_init(struct stub *stub, const struct sentry *s);

/*
 * Forks a stub with new namespaces; *sock is the sentry's end of the pair (close-on-exec). The pid
 * or a negative errno.
 */
pid_t stub_spawn(const struct stub *stub, int *sock);

/*
 * The calling process becomes a stub, with `sock` as its end of the pair. With join, it must have
 * been born in the guests' pid namespace. It must have one thread.
 */
_Noreturn void stub_main(const struct stub *stub, int sock);

#endif
