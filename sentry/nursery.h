/*
 * The nursery: where the processes of `capbox exec` come from once the sentry is confined.
 *
 * A child inherits the seccomp filters of who forks it, and a stub has calls to make that the
 * sentry must never make (setns, other ids, a filter of its own with a listener). So before the
 * sentry installs its filter (filter.h) it forks this process, which has none, knows one request,
 * and does one thing for it: it makes a sibling of itself, a child of the sentry in the guests' pid
 * namespace, which becomes a stub (stub.h). What the request says is looked at by that new process
 * alone.
 *
 * The nursery is beyond the sentry's reach. It is not dumpable and its memory belongs to the user
 * namespace of the runtime, in which the sentry has no capability: it can neither be traced, nor
 * can its memory or descriptors be reached. It keeps three descriptors: its socket, the procfs and
 * guest pid 1. The sentry can stop or kill it, and has then no more `exec`.
 */
#ifndef CAPBOX_SENTRY_NURSERY_H
#define CAPBOX_SENTRY_NURSERY_H

#include <sys/types.h>

#include "lib/error.h"

struct sentry;
struct spec;

struct nursery {
	pid_t pid; /* sentry pid */
	int sock;  /* -1: it is gone */
};

/* Forks the nursery of s, which must have one thread, guest pid 1, and not yet its filter. */
int nursery_start(struct sentry *s, struct error *e);

/*
 * A stub for the process, which joins guest pid 1; fds (borrowed, at most STUB_FDS_MAX) become its
 * 0, 1, 2 ... Returns its sentry pid, with the sentry's end of its socket pair in *sock, or a
 * negative errno: -EPIPE when the nursery is gone.
 */
pid_t nursery_spawn(struct nursery *n, const struct spec *process, const int *fds, int fd_count,
		    int *sock);

#endif
