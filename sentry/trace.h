/*
 * Tracing: what traps were about, written to a ring of records that `capbox trace` reads while it
 * is connected. Not traced, a trap costs one look at a flag.
 *
 * The ring is a memfd, made for the first reader and sealed: nobody can make it shorter, and
 * whoever gets it from the control socket can only read. Writers never wait: they overwrite the
 * oldest record. A reader keeps its own place, finds out by the sequence numbers what it has
 * missed, and disturbs nobody, also when it stops reading.
 *
 * A record holds the bytes that handlers read from the caller's memory and wrote to it, as they saw
 * them; nothing is read again for the trace. What no handler reads (the arguments of an exec, names
 * and addresses of calls that are passed or refused) is read for the trace, and may be changed
 * before the kernel reads it. To a reader all of it is a claim of a sentry that may
 * have been taken over: trace_take() checks what serves as a length or a place, the rest is for
 * printing.
 */
#ifndef CAPBOX_SENTRY_TRACE_H
#define CAPBOX_SENTRY_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "platform/copies.h"

struct sentry;
struct worker;

#define TRACE_RECORDS 2048u /* a power of 2 */

struct trace_record {
	uint64_t sequence; /* 2n + 1 while record n is written, 2n + 2 when it is there */
	uint64_t since;	   /* CLOCK_MONOTONIC, ns, when the trap came */
	uint64_t ns;	   /* to its answer */
	int64_t result;	   /* of a call that was not passed; a descriptor's number when granted */
	uint64_t args[6];
	int32_t nr;
	int32_t tid, pid; /* thread and process as guests know them; 0: gone */
	uint32_t uid;	  /* effective */
	uint32_t outcome; /* enum outcome */
	char program[32]; /* the end of its path */
	struct copies copies;
};

#define TRACE_LAYOUT                                                                               \
	(UINT64_C(2) << 48 | (uint64_t)TRACE_RECORDS << 16 | sizeof(struct trace_record))

struct trace_ring {
	uint64_t layout; /* TRACE_LAYOUT */
	uint64_t next;	 /* the record that is written next */
	uint64_t lost;	 /* records that were not written, since writers met at one place */
	uint64_t unused[5];
	struct trace_record records[TRACE_RECORDS];
};

/* --- the sentry's side ----------------------------------------------------------------------- */

struct tracing {
	int readers; /* connected ones (atomic); nothing is traced while there is none */
	int fd;	     /* of the ring; -1: there was no reader yet. The main thread's */
	struct trace_ring *ring;
};

/* What a worker keeps between the begin and the end of a trap that is traced. */
struct trace_pending {
	pid_t known; /* the caller whose numbers are in record.tid and .pid */
	struct trace_record record;
};

/* One reader more: the ring, borrowed, or a negative errno. One reader less. */
int trace_open(struct sentry *s);
void trace_close(struct sentry *s);

/* Around a handler, when anybody reads; the worker wears w->ctx already. It ends before the answer,
 * unless the handler has answered. */
void trace_begin(struct worker *w);
void trace_end(struct worker *w, uint32_t outcome, int64_t result);

/* The same, for an exec: before the new program runs, which may be the container's last act. */
void trace_exec(struct worker *w);

/* --- the reader's side ----------------------------------------------------------------------- */

/*
 * Takes the record at *place, if it is there, and moves on. 1: *out is it, whole and with copies in
 * their bounds; 0: there is none yet. *lost grows by what was overwritten or given up.
 */
int trace_take(const struct trace_ring *ring, uint64_t *place, uint64_t *lost,
	       struct trace_record *out);

#endif
