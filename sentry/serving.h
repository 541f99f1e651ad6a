/*
 * What each worker serves and since when, published by the worker for those who look: the watchdog,
 * the report of a crash, `capbox debug stacks`. Costs a trap four stores and a look at a clock that
 * is no system call.
 */
#ifndef CAPBOX_SENTRY_SERVING_H
#define CAPBOX_SENTRY_SERVING_H

#include <jansson.h>
#include <stdint.h>
#include <time.h>

#include "sentry/worker.h"

struct worker_pool;

/* CLOCK_MONOTONIC in ns, some milliseconds behind. */
static inline uint64_t serving_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline void serving_begin(struct worker *w)
{
	__atomic_store_n(&w->serving.nr, w->trap.nr, __ATOMIC_RELAXED);
	__atomic_store_n(&w->serving.caller, w->trap.tid, __ATOMIC_RELAXED);
	__atomic_store_n(&w->serving.since, serving_now(), __ATOMIC_RELEASE);
}

static inline void serving_end(struct worker *w)
{
	__atomic_store_n(&w->serving.since, 0, __ATOMIC_RELEASE);
}

/* A copy; since is 0 when the worker serves nothing. */
static inline struct serving serving_look(const struct worker *w)
{
	return (struct serving){.since = __atomic_load_n(&w->serving.since, __ATOMIC_ACQUIRE),
				.nr = __atomic_load_n(&w->serving.nr, __ATOMIC_RELAXED),
				.caller = __atomic_load_n(&w->serving.caller, __ATOMIC_RELAXED)};
}

/*
 * The workers that serve a trap, an array of objects: tid (sentry pid), number of the call, caller
 * (guest pid), microseconds. NULL without memory. From the main thread.
 */
json_t *serving_list(struct worker_pool *pool);

#endif
