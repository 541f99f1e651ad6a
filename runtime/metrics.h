/*
 * What all containers of a state root do, in Prometheus's text format (version 0.0.4). It is read
 * from the memory that the sentries share, from control groups and procfs; no sentry is asked, so
 * that one that hangs is shown like any other and none is held up.
 */
#ifndef CAPBOX_RUNTIME_METRICS_H
#define CAPBOX_RUNTIME_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/error.h"
#include "sentry/counters.h"

/* One container at one moment. */
struct metrics {
	char *id;
	bool running;
	struct counters *counters; /* a copy; NULL: none that this version can read */
	double cpu_seconds;
	uint64_t memory_bytes, memory_limit, pids, pids_limit; /* limits: UINT64_MAX: none */
	uint64_t io_read, io_written;			       /* bytes */
	uint64_t sentry_bytes;				       /* resident */
};

struct metrics_list {
	struct metrics *containers;
	size_t count;
};

/* Fills *list, for metrics_release. */
int metrics_collect(const char *root, struct metrics_list *list, struct error *e);
void metrics_release(struct metrics_list *list);

/* Traps of one call, or of all (row COUNTERS_ROWS), with any outcome. */
uint64_t metrics_traps(const struct counters *c, size_t row);
uint64_t metrics_outcome(const struct counters *c, enum outcome outcome);

/* Workers there are, and those that serve a trap. */
void metrics_workers(const struct counters *c, unsigned *workers, unsigned *busy);

const char *metrics_outcome_name(enum outcome outcome);
/* "other" for a row without a call. */
const char *metrics_call_name(size_t row);

/* Prints the list. */
void metrics_print(const struct metrics_list *list, FILE *f);

/*
 * Serves the metrics over HTTP at unix:PATH or 127.0.0.1:PORT until SIGINT or SIGTERM. At most
 * METRICS_CLIENTS_MAX at once are attended to, and none for longer than METRICS_TIMEOUT_S.
 */
#define METRICS_CLIENTS_MAX 1024
#define METRICS_TIMEOUT_S   10
int metrics_serve(const char *root, const char *address, struct error *e);

#endif
