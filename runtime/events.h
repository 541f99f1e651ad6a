/*
 * What goes on in a container, as JSON lines on standard output: its statistics at intervals, and
 * that it has run out of memory.
 */
#ifndef CAPBOX_RUNTIME_EVENTS_H
#define CAPBOX_RUNTIME_EVENTS_H

#include <stdint.h>

#include "lib/error.h"
#include "runtime/state.h"

/* Prints the statistics once. */
int events_print_stats(const struct state *s, struct error *e);

/* Prints events until the container ends. */
int events_stream(const struct state *s, uint64_t interval_ns, struct error *e);

/* A duration such as 5s, 1m30s or 500ms, in nanoseconds; -EINVAL. */
int events_parse_interval(const char *text, uint64_t *ns);

#endif
