/*
 * What `capbox top` shows: per container the traps of the last interval, computed from two samples
 * of the metrics. The screen is top_screen.c's.
 */
#ifndef CAPBOX_RUNTIME_TOP_H
#define CAPBOX_RUNTIME_TOP_H

#include "runtime/metrics.h"

#define TOP_CALLS 3 /* busiest calls of a container that are shown */

enum top_order { TOP_BY_TRAPS, TOP_BY_REFUSALS, TOP_BY_CPU, TOP_BY_MEMORY, TOP_BY_NAME };

struct top_row {
	const char *id;	   /* borrowed from the sample */
	double traps;	   /* a second */
	double cpu;	   /* in hundredths of a processor */
	uint64_t refusals; /* in all */
	uint64_t memory;   /* bytes */
	uint64_t tasks;
	unsigned workers, busy;
	bool running;
	size_t calls[TOP_CALLS]; /* rows of the counters, the busiest first; COUNTERS_ROWS: none */
	double rates[TOP_CALLS]; /* a second */
};

/*
 * A row for each container of `now`, sorted; the caller frees it. `before` is the sample of
 * `seconds` ago; a container that was not in it has no rates yet. NULL without memory or
 * containers.
 */
struct top_row *top_rows(const struct metrics_list *before, const struct metrics_list *now,
			 double seconds, enum top_order order);

/* The terminal view, until the user leaves it. */
int top_show(const char *root, double interval, struct error *e);

#endif
