/*
 * Entries into the container: guest pid 1, and later each `capbox exec`. An entry is a stub
 * (stub.h), a platform of its own, and the context its process starts with.
 *
 * All of this belongs to the sentry's main thread, which is the parent of every entry.
 */
#ifndef CAPBOX_SENTRY_ENTRY_H
#define CAPBOX_SENTRY_ENTRY_H

#include <stdbool.h>

#include "lib/error.h"
#include "runtime/spec.h"
#include "sentry/sentry.h"

struct entry {
	pid_t pid;    /* sentry pid */
	int pidfd;    /* becomes readable when it ends */
	int sock;     /* to the stub; -1 when the exec has succeeded or failed */
	int terminal; /* slave of its terminal until it is let go, or -1 */
	int listener; /* until a platform serves it; then -1 */
	struct entry *next;
};

/*
 * Makes guest pid 1, which waits; takes over the procfs of the guests' pid namespace. Before the
 * pivot. `preserved` descriptors from 3 on are its too.
 */
int entry_init(struct sentry *s, const struct spec_process *process, int preserved,
	       struct error *e);

/*
 * After the pivot: gives pid 1 its context and, when it shall have one, its terminal, whose master
 * is left in *master (the caller's; -1 without); finds its program, so that a missing one fails
 * `create`.
 */
int entry_prepare_init(struct sentry *s, int *master, struct error *e);

/*
 * A further process, which joins pid 1's namespaces. fds become its 0, 1, 2 ... (borrowed; at most
 * STUB_FDS_MAX). When it has a terminal, that takes the place of 0, 1, 2, and its master is left in
 * *master (the caller's; -1 without).
 */
int entry_exec(struct sentry *s, const struct spec *spec, const int *fds, int fd_count, int *master,
	       struct entry **out, struct error *e);

/* Serves the entry and lets its stub execute. */
int entry_go(struct sentry *s, struct entry *entry, const struct spec_process *process,
	     struct error *e);

/*
 * Reads what the stub says after entry_go, when its socket is readable: 0 when the program runs, or
 * a negative errno with the message. Closes the socket.
 */
int entry_result(struct sentry *s, struct entry *entry, const struct spec_process *process,
		 struct error *e);

/* The exit status of an entry whose pidfd is readable (once): 128 + N for a signal. */
int entry_status(struct entry *entry);

/* Takes an ended entry out of the list. */
void entry_free(struct sentry *s, struct entry *entry);

#endif
