/*
 * Counting traps: see counters.h.
 *
 * #syscalls: clock_gettime
 */
#include "sentry/counters.h"

#include "lib/cleanup.h"
#include "sentry/pool.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"

_Static_assert(SLOTS_MAX == WORKERS_MAX, "a slot for each worker");
_Static_assert(sizeof(struct call_counters) == 64, "a cache line for each call");

/* One more than the class, so that numbers without a call have 0. */
static const uint8_t classes[COUNTERS_ROWS] = {
#define ROW(number, class)                                                                         \
	[(number) < COUNTERS_ROWS ? (number) : COUNTERS_ROWS - 1] = CLASS_##class + 1,
#define NATIVE(number, name, arguments, class, dial, reason)		       ROW(number, class)
#define NATIVE_ELSE_SENTRY(number, name, arguments, class, rule, dial, reason) ROW(number, class)
#define NATIVE_ELSE_DENY(number, name, arguments, class, rule, error, dial, reason)                \
	ROW(number, class)
#define SENTRY(number, name, arguments, class, dial, reason)	  ROW(number, class)
#define DENY(number, name, arguments, class, error, dial, reason) ROW(number, class)
#include "syscalls/table.def"
};

size_t counters_row(int nr)
{
	return (unsigned)nr < COUNTERS_ROWS ? (size_t)nr : COUNTERS_ROWS - 1;
}

size_t counters_class(int nr)
{
	uint8_t class = classes[counters_row(nr)];
	return class ? class - 1u : CLASS_COUNT;
}

void counters_trap_begin(struct worker *w)
{
	struct worker_slot *slot = w->slot;
	__atomic_store_n(&slot->nr, w->trap.nr, __ATOMIC_RELAXED);
	__atomic_store_n(&slot->caller, w->trap.tid, __ATOMIC_RELAXED);
	__atomic_store_n(&slot->since, counters_now(), __ATOMIC_RELEASE);
}

void counters_trap_over(struct worker *w)
{
	__atomic_store_n(&w->slot->since, 0, __ATOMIC_RELEASE);
}

void counters_trap_answered(struct worker *w, enum outcome outcome)
{
	struct counters *c = w->sentry->counters;
	struct call_counters *call = &c->calls[counters_row(w->trap.nr)];
	uint64_t ns = counters_now() - w->slot->since;
	uint64_t us = ns / 1000;
	size_t bucket = us ? 64 - (size_t)__builtin_clzll(us) : 0;
	counters_add(&call->outcomes[outcome], 1);
	counters_add(&call->ns, ns);
	counters_add(&c->latency[counters_class(w->trap.nr)][MIN(bucket, LATENCY_BUCKETS - 1)], 1);
}
