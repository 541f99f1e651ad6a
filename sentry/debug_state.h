/* What the sentry holds at this moment, as JSON, for `capbox debug state`. */
#ifndef CAPBOX_SENTRY_DEBUG_STATE_H
#define CAPBOX_SENTRY_DEBUG_STATE_H

#include <jansson.h>

struct sentry;

/*
 * A memfd (the caller's to close) with an object: contexts, listeners, workers, descriptors,
 * entries. Locks are taken for one entry at a time, and the pool's for as long as its lists are
 * copied.
 */
int debug_state(struct sentry *s);

/* The workers alone, an array of objects: tid (sentry pid) and, while it serves a trap, call,
 * number, caller (guest pid), microseconds. NULL without memory. */
json_t *debug_workers(struct sentry *s);

#endif
