/*
 * The watchdog: a trap that is served for longer than PATIENCE_S, and not by a call that waits for
 * the outside on the guest's behalf (worker.h), is told to the log with the stack of its worker. It
 * looks once a second while traps are served, on the ticker's thread, and costs a trap nothing.
 */
#ifndef CAPBOX_SENTRY_WATCHDOG_H
#define CAPBOX_SENTRY_WATCHDOG_H

#include <signal.h>
#include <stdbool.h>

struct sentry;
struct worker_pool;

#define PATIENCE_S   30
#define STACK_SIGNAL (SIGRTMAX - 1) /* to a worker: tell your stack */

void watchdog_init(struct sentry *s);

/* Looks, when it is time. False when no trap is served: nothing to look at until one comes. */
bool watchdog_look(struct worker_pool *pool);

#endif
