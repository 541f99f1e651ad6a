/*
 * The pool: which threads wait for traps, and how many.
 *
 * A waiting thread costs: callers are handed to waiting workers in turn, and with several of them a
 * single-threaded guest meets a cold one each time (find over /usr: 0.75 s with one, 1.0 s with
 * four). So a listener has one waiting worker as a rule. More are summoned
 *   - by a worker that knows that it may block (worker_may_block), and
 *   - by the ticker, a thread that looks every 2 ms, while traps come, for a listener that nobody
 *     waits on: its worker is busy too long, or guests on several CPUs keep it busy.
 * A worker that finds enough others waiting when it is done parks itself; the parked serve
 * whichever listener needs them next.
 */
#ifndef CAPBOX_SENTRY_POOL_H
#define CAPBOX_SENTRY_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "sentry/dress.h"
#include "sentry/worker.h"

#define WORKERS_MAX 512 /* threads; each blocked guest call holds one */
#define PARKED_MAX  4
#define BLOCKED_MAX 384 /* calls that may wait for the outside at once */
#define EXECS_MAX                                                                                  \
	4		  /* under way at once on a listener: each takes a thread, but no longer   \
			     than the processor takes, and threads count as the container's tasks */
#define DEFERRED_MAX 4096 /* execs that wait for their turn */

/* A call whose turn has not come. */
struct deferred {
	struct trap trap;
	struct deferred *next;
};

/* One entry into the container: its platform and the workers on it. */
struct listener {
	struct platform *platform;
	int waiting;	 /* workers in platform_next, or on their way there (atomic) */
	int wanted;	 /* how many shall wait (the ticker's choice)                */
	uint64_t served; /* traps so far (atomic)      */
	uint64_t served_at_tick;
	int starved_ticks, idle_ticks;
	bool dead;   /* its guests are gone */
	int workers; /* under the pool's lock, as is the next */
	int held;    /* of them: blocked, or in a call that needs one more worker to end */
	int execs;   /* of the held: such calls */
	int deferred_count;
	struct deferred *deferred, **deferred_end; /* in their order */
	struct listener *next;
};

struct worker_private {
	struct worker *worker;
	pthread_t thread;
	pid_t tid;
	struct listener *listener;
	struct dress dress;
	uint32_t summoned; /* futex: 1 when a parked worker shall go on */
	uint64_t excused;  /* the slot's since, of a trap that may take its time (atomic) */
	uint64_t watched;  /* and of the one that the watchdog has seen last, */
	unsigned looks;	   /* so often; the watchdog's, as the former */
	bool blocking;	   /* under the pool's lock: inside worker_block_begin/end */
	struct worker_private *next_parked, *next;
};

struct worker_pool {
	struct sentry *sentry;
	pthread_mutex_t lock;
	struct listener *listeners;
	struct worker_private *parked, *all;
	int workers, parked_count, blocked;
	uint32_t ticker_awake; /* futex and flag */
	uint64_t next_look;    /* the ticker's: when the watchdog looks again */
	int reports;	       /* and how often it has found something */
};

int pool_start(struct sentry *s);

/* Serves a platform (owned by the pool from here on) until its guests are gone. */
int pool_add(struct worker_pool *pool, struct platform *platform);

/* Makes sure that a worker waits on l. The caller holds the pool's lock. */
void pool_summon_locked(struct worker_pool *pool, struct listener *l);

/* Counts one worker of l as held, unless it is the last one that could still serve a trap: as many
 * calls at once would wait for one another for good. The caller holds the pool's lock. */
bool pool_hold_locked(struct worker_pool *pool, struct listener *l);

/* Puts w's trap off until its turn comes: TRAP_ANSWERED for now, or -EAGAIN. */
int64_t pool_defer(struct worker *w);

/* ticker.c */
int ticker_start(struct worker_pool *pool);
void ticker_wake(struct worker_pool *pool);

/* The signal that gets a worker out of a host call. */
#define INTERRUPT_SIGNAL SIGRTMAX /* nobody sends it by chance */

#endif
