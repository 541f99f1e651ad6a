/*
 * Reading and printing the trace of a container (sentry/trace.h). Tracing is on for as long as
 * somebody is connected; whoever reads too slowly misses records, which are counted.
 */
#ifndef CAPBOX_RUNTIME_TRACE_H
#define CAPBOX_RUNTIME_TRACE_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/error.h"
#include "runtime/state.h"
#include "sentry/counters.h"
#include "sentry/trace.h"

struct trace_options {
	bool json, count;
	pid_t pid; /* a process or thread as the container numbers them; 0: all */
	bool some; /* only the calls of `calls` */
	bool calls[COUNTERS_ROWS];
	FILE *out;
};

/* A connection; trace_disconnect ends it. */
struct trace {
	int sock;
	const struct trace_ring *ring;
	uint64_t place, lost,
	    started; /* started: of the clock of day, ns, less the monotonic one */
};
#define TRACE_EMPTY                                                                                \
	{                                                                                          \
		.sock = -1                                                                         \
	}

/* Chooses classes and calls by a list of names with commas; *e says which is none. */
int trace_choose(struct trace_options *o, const char *list, struct error *e);

/* What is traced from here on can be read. */
int trace_connect(const struct state *s, struct trace *t, struct error *e);
void trace_disconnect(struct trace *t);

/* Prints until the container ends, or SIGINT or SIGTERM comes where the caller has blocked them. */
int trace_stream(struct trace *t, const struct trace_options *o, struct error *e);

/* The same in a process of its own, whose pid is returned. */
pid_t trace_fork(const struct state *s, const struct trace_options *o, struct error *e);

/* --- trace_print.c --- */

/* One line for one record; t turns its time into the time of day. */
void trace_print(const struct trace *t, const struct trace_options *o,
		 const struct trace_record *r);

/* What -c prints at the end. */
struct trace_count {
	uint64_t calls, errors, ns;
};
void trace_print_counts(const struct trace_options *o,
			const struct trace_count counts[COUNTERS_ROWS], uint64_t lost);

#endif
