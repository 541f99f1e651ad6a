/*
 * The pool of workers: see pool.h.
 *
 * #syscalls: rt_sigaction rt_sigprocmask unshare:CLONE_FS gettid exit_group close
 */
#include "sentry/pool.h"

#include "lib/clear.h"
#include "lib/log.h"
#include "platform/notify/notify.h"
#include "sentry/counters.h"
#include "sentry/crash.h"
#include "sentry/futex.h"
#include "sentry/sentry.h"
#include "sentry/serve.h"
#include "sentry/watchdog.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STACK_SIZE (128 * 1024)

int thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	int r = pthread_create(thread, &attributes, run, arg);
	pthread_attr_destroy(&attributes);
	return -r;
}

/* Signals are the main thread's, except the one that interrupts a blocked worker. */
static void on_interrupt(int signal)
{
}

static int worker_prepare(struct worker_private *p)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, INTERRUPT_SIGNAL);
	sigaddset(&set, STACK_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	p->tid = (pid_t)syscall(SYS_gettid);
	__atomic_store_n(&p->worker->slot->tid, p->tid, __ATOMIC_RELAXED);
	if (unshare(CLONE_FS) < 0)
		return -errno;
	int r = crash_thread_begin(p->worker);
	return r < 0 ? r : dress_init(&p->dress);
}

/* The last worker of a dead listener takes it away. The caller holds the lock. */
static void leave_listener(struct worker_pool *pool, struct listener *l)
{
	if (--l->workers > 0 || !l->dead)
		return;
	for (struct listener **p = &pool->listeners; *p; p = &(*p)->next)
		if (*p == l) {
			*p = l->next;
			break;
		}
	notify_close(l->platform);
	free(l);
}

/* Whether one worker more may be held, and whether it may be for an exec. The caller holds the
 * lock. */
static bool hold_may_begin(const struct listener *l)
{
	return l->held + 1 < l->workers;
}

static bool exec_may_begin(const struct listener *l)
{
	return l->execs < EXECS_MAX && hold_may_begin(l);
}

/* Waits until another listener needs this worker. False when it is one too many and shall end. */
static bool park(struct worker_pool *pool, struct worker_private *p)
{
	explicit_bzero(p->worker->path, sizeof p->worker->path);
	explicit_bzero(p->worker->path2, sizeof p->worker->path2);
	explicit_bzero(p->worker->buffer, sizeof p->worker->buffer);
	pthread_mutex_lock(&pool->lock);
	leave_listener(pool, p->listener);
	bool stay = pool->parked_count < PARKED_MAX;
	if (stay) {
		p->summoned = 0;
		p->next_parked = pool->parked;
		pool->parked = p;
		pool->parked_count++;
	}
	pthread_mutex_unlock(&pool->lock);
	while (stay && !__atomic_load_n(&p->summoned, __ATOMIC_ACQUIRE))
		futex_wait(&p->summoned, 0, NULL);
	return stay;
}

static void worker_free(struct worker_pool *pool, struct worker_private *p)
{
	pthread_mutex_lock(&pool->lock);
	for (struct worker_private **q = &pool->all; *q; q = &(*q)->next)
		if (*q == p) {
			*q = p->next;
			break;
		}
	pool->workers--;
	p->worker->slot->tid = 0;
	pthread_mutex_unlock(&pool->lock);
	crash_thread_end();
	dress_release(&p->dress);
	close_fd(&p->worker->trap.pidfd);
	free(p->worker->traced);
	clear_free(p->worker);
	free(p);
}

/*
 * Takes the first trap that was put off, if its turn has come. Whoever puts one off and whoever
 * ends an exec asks here next, so none is forgotten. With no exec under way its turn has come in
 * any case: no end of one would bring it back.
 */
static bool next_deferred(struct worker_pool *pool, struct worker_private *p)
{
	struct listener *l = p->listener;
	if (!__atomic_load_n(&l->deferred, __ATOMIC_ACQUIRE))
		return false;
	_cleanup_free_ struct deferred *d = NULL;
	pthread_mutex_lock(&pool->lock);
	if (l->deferred && (l->execs == 0 || exec_may_begin(l))) {
		d = l->deferred;
		__atomic_store_n(&l->deferred, d->next, __ATOMIC_RELEASE);
		if (!d->next)
			l->deferred_end = &l->deferred;
		l->deferred_count--;
	}
	pthread_mutex_unlock(&pool->lock);
	if (!d)
		return false;
	struct trap *t = &p->worker->trap;
	d->trap.pidfd = t->pidfd; /* the worker's, as in platform_next */
	d->trap.pidfd_tid = t->pidfd_tid;
	*t = d->trap;
	return true;
}

int64_t pool_defer(struct worker *w)
{
	struct worker_pool *pool = w->sentry->workers;
	struct listener *l = w->private->listener;
	struct deferred *d = malloc(sizeof *d);
	if (!d)
		return -EAGAIN;
	*d = (struct deferred){.trap = w->trap};
	pthread_mutex_lock(&pool->lock);
	bool full = l->deferred_count >= DEFERRED_MAX;
	if (!full) {
		l->deferred_count++;
		__atomic_store_n(l->deferred_end, d, __ATOMIC_RELEASE);
		l->deferred_end = &d->next;
	}
	pthread_mutex_unlock(&pool->lock);
	if (full)
		free(d);
	return full ? -EAGAIN : TRAP_ANSWERED;
}

/* Sends one worker more to l. The caller holds the lock. */
static void summon_one(struct worker_pool *pool, struct listener *l);

/* Serves one listener until it is dead or has waiting workers enough. */
static void work(struct worker_pool *pool, struct worker_private *p)
{
	struct listener *l = p->listener;
	do {
		/* Whoever sent this worker here has counted it as waiting already. */
		int r = 0;
		if (!next_deferred(pool, p))
			r = platform_next(l->platform, &p->worker->trap);
		__atomic_sub_fetch(&l->waiting, 1, __ATOMIC_ACQ_REL);
		if (r < 0) {
			__atomic_store_n(&l->dead, true, __ATOMIC_RELEASE);
			return;
		}
		__atomic_add_fetch(&l->served, 1, __ATOMIC_RELAXED);
		if (!__atomic_load_n(&pool->ticker_awake, __ATOMIC_RELAXED))
			ticker_wake(pool);
		do {
			serve(p->worker, &p->dress);
			if (p->worker->trap.misled) {
				pthread_mutex_lock(&pool->lock);
				summon_one(pool, l); /* who also asks what was put off */
				pthread_mutex_unlock(&pool->lock);
				return;
			}
		} while (next_deferred(pool, p));
	} while (__atomic_add_fetch(&l->waiting, 1, __ATOMIC_ACQ_REL) <=
		 __atomic_load_n(&l->wanted, __ATOMIC_RELAXED));
	__atomic_sub_fetch(&l->waiting, 1, __ATOMIC_ACQ_REL);
}

static void *worker_main(void *arg)
{
	struct worker_private *p = arg;
	struct worker_pool *pool = p->worker->sentry->workers;
	int r = worker_prepare(p);
	if (r < 0) {
		log_error("worker: cannot prepare its credentials: %s", strerror(-r));
		_exit(255);
	}
	do
		work(pool, p);
	while (!p->worker->trap.misled && park(pool, p));
	if (p->worker->trap.misled) {
		pthread_mutex_lock(&pool->lock);
		leave_listener(pool, p->listener);
		pthread_mutex_unlock(&pool->lock);
	}
	worker_free(pool, p);
	return NULL;
}

/* One that no worker has; there are as many as workers. The caller holds the lock. */
static struct worker_slot *free_slot(const struct sentry *s)
{
	struct worker_slot *slot = s->counters->slots;
	while (__atomic_load_n(&slot->tid, __ATOMIC_RELAXED))
		slot++;
	*slot = (struct worker_slot){.tid = -1};
	return slot;
}

/* A new worker for l. The caller holds the lock. */
static int worker_new(struct worker_pool *pool, struct listener *l)
{
	if (pool->workers >= WORKERS_MAX)
		return -EAGAIN;
	_cleanup_free_ struct worker *w = malloc(sizeof *w);
	_cleanup_free_ struct worker_private *p = calloc(1, sizeof *p);
	if (!w || !p)
		return -ENOMEM;
	w->sentry = pool->sentry;
	w->trap = (struct trap){.pidfd = -1};
	w->private = p;
	w->traced = NULL;
	p->worker = w;
	p->listener = l;
	w->slot = free_slot(pool->sentry);
	int r = thread_start(&p->thread, worker_main, p);
	if (r < 0) {
		w->slot->tid = 0;
		return r;
	}
	l->workers++;
	pool->workers++;
	p->next = pool->all;
	pool->all = steal_pointer(&p);
	steal_pointer(&w);
	return 0;
}

static void summon_one(struct worker_pool *pool, struct listener *l)
{
	__atomic_add_fetch(&l->waiting, 1, __ATOMIC_ACQ_REL);
	struct worker_private *p = pool->parked;
	if (p) {
		pool->parked = p->next_parked;
		pool->parked_count--;
		p->listener = l;
		l->workers++;
		__atomic_store_n(&p->summoned, 1, __ATOMIC_RELEASE);
		futex_wake(&p->summoned, 1);
	} else if (worker_new(pool, l) < 0) {
		__atomic_sub_fetch(&l->waiting, 1, __ATOMIC_ACQ_REL);
	}
}

void pool_summon_locked(struct worker_pool *pool, struct listener *l)
{
	if (__atomic_load_n(&l->waiting, __ATOMIC_ACQUIRE) < l->wanted)
		summon_one(pool, l);
}

int pool_add(struct worker_pool *pool, struct platform *platform)
{
	struct listener *l = calloc(1, sizeof *l);
	if (!l) {
		notify_close(platform);
		return -ENOMEM;
	}
	l->platform = platform;
	l->deferred_end = &l->deferred;
	l->wanted = 1;
	l->waiting = 1;
	pthread_mutex_lock(&pool->lock);
	int r = worker_new(pool, l);
	if (r == 0) {
		l->next = pool->listeners;
		pool->listeners = l;
	}
	pthread_mutex_unlock(&pool->lock);
	if (r < 0) {
		notify_close(platform);
		free(l);
	}
	return r;
}

int pool_start(struct sentry *s)
{
	struct worker_pool *pool = calloc(1, sizeof *pool);
	if (!pool)
		return -ENOMEM;
	pool->sentry = s;
	pthread_mutex_init(&pool->lock, NULL);
	s->workers = pool;
	/* No SA_RESTART: its one purpose is to end host calls with EINTR. */
	struct sigaction action = {.sa_handler = on_interrupt};
	sigaction(INTERRUPT_SIGNAL, &action, NULL);
	watchdog_init(s);
	return ticker_start(pool);
}

void worker_may_block(struct worker *w)
{
	__atomic_store_n(&w->private->excused, w->slot->since, __ATOMIC_RELAXED);
	struct worker_pool *pool = w->sentry->workers;
	struct listener *l = w->private->listener;
	if (__atomic_load_n(&l->waiting, __ATOMIC_ACQUIRE) > 0)
		return;
	pthread_mutex_lock(&pool->lock);
	pool_summon_locked(pool, l);
	pthread_mutex_unlock(&pool->lock);
}

bool pool_hold_locked(struct worker_pool *pool, struct listener *l)
{
	pool_summon_locked(pool, l);
	if (!hold_may_begin(l))
		return false;
	l->held++;
	return true;
}

int64_t worker_hold_begin(struct worker *w)
{
	struct worker_pool *pool = w->sentry->workers;
	struct listener *l = w->private->listener;
	pthread_mutex_lock(&pool->lock);
	bool others = l->execs > 0;
	bool held = l->execs < EXECS_MAX && pool_hold_locked(pool, l);
	if (held)
		l->execs++;
	pthread_mutex_unlock(&pool->lock);
	if (held)
		return 0;
	return others ? TRAP_LATER : -EAGAIN;
}

void worker_hold_end(struct worker *w)
{
	struct worker_pool *pool = w->sentry->workers;
	pthread_mutex_lock(&pool->lock);
	w->private->listener->held--;
	w->private->listener->execs--;
	pthread_mutex_unlock(&pool->lock);
}

void worker_as_sentry(struct worker *w)
{
	if (dress_as_sentry(&w->private->dress) < 0)
		log_error("worker: cannot put on the sentry's own credentials");
}

void worker_dress_again(struct worker *w)
{
	if (dress_back(&w->private->dress) < 0) {
		/* A thread that may still be root must not act for a guest. */
		log_error("worker: cannot put on a guest's credentials");
		_exit(255);
	}
}

int worker_dress_real(struct worker *w)
{
	return dress_as_real(&w->private->dress);
}

void worker_hide_ids(struct worker *w)
{
	if (dress_hide_ids(&w->private->dress) < 0) {
		log_error("worker: cannot take off a guest's ids");
		_exit(255);
	}
}

int worker_show_ids(struct worker *w)
{
	int r = dress_show_ids(&w->private->dress);
	if (r < 0)
		worker_hide_ids(w);
	return r;
}
