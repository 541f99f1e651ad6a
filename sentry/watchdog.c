/*
 * The watchdog: see watchdog.h.
 *
 * The stack is told by the worker itself, in the handler of a signal, since no thread can unwind
 * another of its process. One that sleeps in the kernel where no signal reaches it tells when it
 * wakes. Host calls that the signal interrupts start over (SA_RESTART) but for the few that never
 * do.
 *
 * #syscalls: rt_sigaction tgkill getpid
 */
#include "sentry/watchdog.h"

#include "lib/log.h"
#include "sentry/counters.h"
#include "sentry/crash.h"
#include "sentry/planted.h"
#include "sentry/pool.h"
#include "sentry/sentry.h"
#include "syscalls/table.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECOND	    UINT64_C(1000000000)
#define REPORTS_MAX 100 /* in a sentry's life: what a guest can provoke is bounded */

/* The sentry, for the handler. */
static struct sentry *watched;

static void on_stack_wanted(int number, siginfo_t *info, void *context)
{
	int saved = errno;
	crash_stack(watched, context, log_crash);
	errno = saved;
}

void watchdog_init(struct sentry *s)
{
	struct sigaction action = {.sa_sigaction = on_stack_wanted,
				   .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
	watched = s;
	sigfillset(&action.sa_mask);
	crash_signals_spare(&action.sa_mask);
	sigaction(STACK_SIGNAL, &action, NULL);
}

/*
 * Whether a worker is found for the PATIENCE_Sth time at what it serves. Looks are counted, not
 * seconds: a machine or a container that stood still meanwhile has not looked either.
 */
static bool is_stuck(struct worker_private *p, const struct worker_slot *s)
{
	unsigned planted = planted_patience_s();
	if (p->watched != s->since) {
		p->watched = s->since;
		p->looks = 0;
	}
	return s->since && !p->blocking &&
	       __atomic_load_n(&p->excused, __ATOMIC_RELAXED) != s->since &&
	       ++p->looks == (planted ? planted : PATIENCE_S);
}

/* The thread of the first such worker, with what it serves; 0: none. */
static pid_t find_stuck(struct worker_pool *pool, bool *busy, struct worker_slot *serving)
{
	pid_t found = 0;
	*busy = false;
	pthread_mutex_lock(&pool->lock);
	for (struct worker_private *p = pool->all; p && !found; p = p->next) {
		*serving = counters_look(p->worker->slot);
		*busy |= serving->since != 0;
		if (is_stuck(p, serving))
			found = p->tid;
	}
	pthread_mutex_unlock(&pool->lock);
	return found;
}

bool watchdog_look(struct worker_pool *pool)
{
	uint64_t now = counters_now();
	struct worker_slot serving;
	bool busy;
	if (now < pool->next_look)
		return true;
	pool->next_look = now + SECOND;
	pid_t tid = find_stuck(pool, &busy, &serving);
	if (!tid || pool->reports == REPORTS_MAX)
		return busy;
	pool->reports++;
	const struct syscall_info *info = syscall_by_number(serving.nr);
	log_warning(
	    "%s (system call %d) of thread %d has been served for %u s; its worker is here:",
	    info ? info->name : "?", serving.nr, (int)serving.caller,
	    (unsigned)((now - serving.since) / SECOND));
	syscall(SYS_tgkill, getpid(), tid, STACK_SIGNAL);
	return true;
}
