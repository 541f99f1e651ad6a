/*
 * The ticker (see pool.h): every 2 ms while traps come, every 10 ms while calls are blocked, every
 * second while any is served (watchdog.h), and not at all when the container is idle.
 *
 * It also stands in for the signals that a guest blocked in the sentry cannot receive: such a
 * caller sleeps in the kernel and wakes only to be killed, so the ticker looks at its pending
 * signals and gets the worker out of its host call.
 *
 * #syscalls: tgkill getpid clock_nanosleep
 */
#include "sentry/pool.h"

#include "lib/io.h"
#include "sentry/futex.h"
#include "sentry/sentry.h"
#include "sentry/watchdog.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TICK_NS	      2000000
#define SLOW_TICK_NS  10000000
#define SLEEPY_TICKS  25  /* without traps: nothing more to watch */
#define CONTENT_TICKS 250 /* with workers to spare: one fewer */
#define STARVED_TICKS 2	  /* for each worker that is at work already */

void ticker_wake(struct worker_pool *pool)
{
	__atomic_store_n(&pool->ticker_awake, 1, __ATOMIC_RELEASE);
	futex_wake(&pool->ticker_awake, 1);
}

/* Adjusts how many workers wait on l. True when traps came since the last tick or are stuck. */
static bool tick_listener(struct worker_pool *pool, struct listener *l, int max_wanted)
{
	uint64_t served = __atomic_load_n(&l->served, __ATOMIC_RELAXED);
	bool active = served != l->served_at_tick;
	l->served_at_tick = served;
	int waiting = __atomic_load_n(&l->waiting, __ATOMIC_ACQUIRE);
	if (waiting == 0 && !__atomic_load_n(&l->dead, __ATOMIC_ACQUIRE)) {
		l->idle_ticks = 0;
		/* On a machine that has no time for them more workers are of no use. */
		if (++l->starved_ticks >= STARVED_TICKS * (l->workers - l->held)) {
			l->starved_ticks = 0;
			if (l->wanted < max_wanted)
				__atomic_add_fetch(&l->wanted, 1, __ATOMIC_RELAXED);
			pool_summon_locked(pool, l);
		}
		return true;
	}
	l->starved_ticks = 0;
	if (waiting > 1 && l->wanted > 1 && ++l->idle_ticks >= CONTENT_TICKS) {
		l->idle_ticks = 0;
		__atomic_sub_fetch(&l->wanted, 1, __ATOMIC_RELAXED);
	}
	return active;
}

static uint64_t status_mask(const char *status, const char *field)
{
	const char *line = strstr(status, field);
	return line ? strtoull(line + strlen(field), NULL, 16) : 0;
}

/* Whether the caller of a blocked call has died or has a signal to handle. */
static bool caller_interrupted(struct sentry *s, struct trap *t)
{
	if (trap_check(t) < 0)
		return true;
	char path[32], status[4096];
	snprintf(path, sizeof path, "%d/status", (int)t->tid);
	if (read_file_at(s->proc_fd, path, status, sizeof status) < 0)
		return true;
	uint64_t pending = status_mask(status, "\nSigPnd:") | status_mask(status, "\nShdPnd:");
	return (pending & ~status_mask(status, "\nSigBlk:")) != 0;
}

/* True while any call is blocked. */
static bool tick_blocked(struct worker_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	bool any = pool->blocked > 0;
	for (struct worker_private *p = any ? pool->all : NULL; p; p = p->next)
		if (p->blocking && caller_interrupted(pool->sentry, &p->worker->trap))
			syscall(SYS_tgkill, getpid(), p->tid, INTERRUPT_SIGNAL);
	pthread_mutex_unlock(&pool->lock);
	return any;
}

static bool tick_listeners(struct worker_pool *pool, int max_wanted)
{
	bool active = false;
	pthread_mutex_lock(&pool->lock);
	for (struct listener *l = pool->listeners; l; l = l->next)
		active |= tick_listener(pool, l, max_wanted);
	pthread_mutex_unlock(&pool->lock);
	return active;
}

static void *ticker(void *arg)
{
	static const struct timespec second = {.tv_sec = 1};
	struct worker_pool *pool = arg;
	int max_wanted = (int)sysconf(_SC_NPROCESSORS_ONLN);
	int quiet = 0;
	for (;;) {
		quiet = tick_listeners(pool, max_wanted) ? 0 : quiet + 1;
		bool blocked = tick_blocked(pool);
		bool serving = watchdog_look(pool);
		bool sleepy = quiet > SLEEPY_TICKS;
		if (sleepy && !blocked) {
			__atomic_store_n(&pool->ticker_awake, 0, __ATOMIC_RELEASE);
			futex_wait(&pool->ticker_awake, 0, serving ? &second : NULL);
			if (__atomic_load_n(&pool->ticker_awake, __ATOMIC_ACQUIRE))
				quiet = 0;
		}
		long ns = sleepy || blocked ? SLOW_TICK_NS : TICK_NS;
		nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
	}
	return NULL;
}

int ticker_start(struct worker_pool *pool)
{
	pthread_t thread;
	return thread_start(&thread, ticker, pool);
}

int worker_block_begin(struct worker *w)
{
	struct worker_pool *pool = w->sentry->workers;
	if (caller_interrupted(w->sentry, &w->trap))
		return -EINTR;
	pthread_mutex_lock(&pool->lock);
	bool full = pool->blocked >= BLOCKED_MAX || !pool_hold_locked(pool, w->private->listener);
	if (!full) {
		pool->blocked++;
		w->private->blocking = true;
	}
	pthread_mutex_unlock(&pool->lock);
	if (full)
		return -EAGAIN;
	ticker_wake(pool);
	return 0;
}

void worker_block_end(struct worker *w)
{
	struct worker_pool *pool = w->sentry->workers;
	pthread_mutex_lock(&pool->lock);
	pool->blocked--;
	w->private->listener->held--;
	w->private->blocking = false;
	pthread_mutex_unlock(&pool->lock);
}
