/*
 * What a sentry counts, in memory that it shares with the commands that show it (`capbox metrics`,
 * `top`, `debug`): a file of the state directory, made before the sentry is and mapped by both, by
 * the commands for reading alone. The sentry adds and stores, with relaxed atomics; nobody ever
 * waits for anybody, and the figures outlive the sentry. Guests never see the file.
 *
 * To a reader every value is a claim of a sentry that its guests may have taken over: numbers are
 * only printed, and whatever serves as an index is checked first. No descriptor of the file is left
 * to the sentry, which therefore cannot make it shorter.
 */
#ifndef CAPBOX_SENTRY_COUNTERS_H
#define CAPBOX_SENTRY_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "sentry/refusals.h"
#include "syscalls/table.h"

struct worker;

/* What became of a trap. */
enum outcome {
	OUTCOME_ANSWERED, /* by a value */
	OUTCOME_GRANTED,  /* a descriptor was installed, or a program is executed */
	OUTCOME_PASSED,	  /* the host kernel runs the call */
	OUTCOME_FAILED,	  /* an errno, as Linux would have given it */
	OUTCOME_REFUSED,  /* an errno, because containers may not do this */
	OUTCOME_COUNT,
};

#define COUNTERS_ROWS	512 /* rows; a number beyond is counted in the last, which no call has */
#define LATENCY_BUCKETS 24  /* bucket i: below 2^i microseconds; the last: all the rest */
#define SLOTS_MAX	512 /* workers, WORKERS_MAX */

/* One cache line a call. */
struct call_counters {
	uint64_t outcomes[OUTCOME_COUNT];
	uint64_t ns; /* all its traps together, from receipt to answer */
	uint64_t unused[2];
} __attribute__((aligned(64)));

/* What a worker does now, for those who look: the commands, the watchdog, the report of a crash. */
struct worker_slot {
	uint64_t since; /* CLOCK_MONOTONIC, ns, when its trap came; 0: it waits for one */
	int32_t nr;	/* of that trap, when since is not 0 */
	int32_t caller; /* its thread, a sentry pid */
	int32_t tid;	/* the worker's own, a sentry pid; 0: no such worker */
} __attribute__((aligned(64)));

struct counters {
	uint64_t layout;  /* COUNTERS_LAYOUT: what another version has written is not read */
	uint64_t started; /* CLOCK_MONOTONIC, ns */
	uint64_t contexts;
	uint64_t egress_denied;

	struct call_counters calls[COUNTERS_ROWS];
	/* By the class of the call; one row more for numbers without a call. */
	uint64_t latency[CLASS_COUNT + 1][LATENCY_BUCKETS];
	struct worker_slot slots[SLOTS_MAX];

	/* The first refusals_used of them are there (store: release); only their count changes
	 * then. */
	uint32_t refusals_used;
	uint64_t refusals_lost; /* of kinds that found no room */
	struct refusal refusals[REFUSALS_MAX];
};

#define COUNTERS_NAME "counters" /* in the state directory */
#define COUNTERS_LAYOUT                                                                            \
	(UINT64_C(1) << 48 | (uint64_t)SYSCALL_COUNT << 24 | sizeof(struct counters))

static inline void counters_add(uint64_t *counter, uint64_t n)
{
	__atomic_add_fetch(counter, n, __ATOMIC_RELAXED);
}

static inline uint64_t counters_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Around the serving of a trap; `begin` also when the worker takes one that was put off. */
void counters_trap_begin(struct worker *w);
void counters_trap_over(struct worker *w);
/* In between, when it is answered; not if it was none of a guest's own, or is put off. */
void counters_trap_answered(struct worker *w, enum outcome outcome);

/* A copy of what another thread is writing. */
static inline struct worker_slot counters_look(const struct worker_slot *slot)
{
	return (struct worker_slot){.since = __atomic_load_n(&slot->since, __ATOMIC_ACQUIRE),
				    .nr = __atomic_load_n(&slot->nr, __ATOMIC_RELAXED),
				    .caller = __atomic_load_n(&slot->caller, __ATOMIC_RELAXED),
				    .tid = __atomic_load_n(&slot->tid, __ATOMIC_RELAXED)};
}

/* The row of a call, and the class it is counted under (CLASS_COUNT: none). */
size_t counters_row(int nr);
size_t counters_class(int nr);

#endif
