/*
 * The inside of context.c, shared with the sweep, the workers and the boot code only.
 */
#ifndef CAPBOX_SENTRY_CONTEXT_TABLE_H
#define CAPBOX_SENTRY_CONTEXT_TABLE_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#include "sentry/context.h"

#define SLOT_BITS     16
#define SLOTS	      (1u << SLOT_BITS) /* contexts a container can have at once */
#define CONTEXT_SLACK 1024u		/* contexts without a process that are no crowd yet */
#define STRIPES	      64u		/* divides SLOTS, so slot and tag name the same stripe */

struct context_slot {
	struct context *context; /* comes by a release store, goes under the stripe */
	uint64_t tag;		 /* of the context; the sweep compares it without the stripe */
	uint32_t next_free;	 /* under free_lock, while unused */
	uint32_t settled;	 /* the sweep may drop it */
	uint32_t born;		 /* the sweep that was current when it settled */
	uint32_t seen;		 /* the last sweep that found a process with it (sweep.c only) */
};

struct context_table {
	pthread_mutex_t stripes[STRIPES];
	pthread_mutex_t free_lock;
	uint64_t generation;
	uint32_t first_free, unused; /* free list; slots never used so far start at `unused` */
	uint32_t used;
	uint64_t *gauge;      /* where `used` is shown; NULL: nowhere */
	uint32_t sweep;	      /* number of the current sweep */
	uint32_t sweeper_due; /* futex: 1 when the sweep has work */
	uint32_t
	    crowded; /* futex: 1 while the sweep must hurry, since more than `crowd` are used */
	uint32_t crowd;
	struct context_slot slots[SLOTS];
};

/* Memory is touched as slots are used; NULL without memory. */
struct context_table *context_table_new(void);

/* Gives c a tag and a slot; the table takes a reference of its own. -ENOMEM when full. The sweep
 * leaves it alone until it is settled: when its process carries the tag, or never will. */
int context_table_add(struct context_table *t, struct context *c);
void context_table_settle(struct context_table *t, const struct context *c);
void context_table_remove(struct context_table *t, uint32_t slot);

/* A reference, or NULL when no context has that tag. */
struct context *context_table_lookup(struct context_table *t, uint64_t tag);

/* Tells the sweep that contexts come. */
void context_table_pressure(struct context_table *t);

int context_read_tag(pid_t pid, uint64_t *tag);
int context_write_tag(pid_t pid, uint64_t tag);

/* context_edit_begin and _commit for any process; the caller knows that pid is who it thinks. */
struct context *context_edit_process(struct sentry *s, pid_t pid);
int context_commit_process(struct sentry *s, pid_t pid, struct context *new);

/* sweep.c: starts the thread that drops contexts without processes. */
int sweep_start(struct sentry *s);

#endif
