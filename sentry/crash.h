/*
 * What a sentry that crashes says before it is gone: which signal, which trap was being served, and
 * its own stack, function by function.
 */
#ifndef CAPBOX_SENTRY_CRASH_H
#define CAPBOX_SENTRY_CRASH_H

#include <signal.h>
#include <stddef.h>

struct sentry;
struct worker;

/* From here on the process, and each thread from its own crash_thread_begin() on, reports its crash
 * to the log and to report_fd (borrowed for life; -1: to the log alone). 0 or a negative errno. */
int crash_init(struct sentry *s, int report_fd);

/*
 * For a new thread that has room to report the overflow of its stack; worker: whose trap is told,
 * NULL for a thread that serves none. The thread calls crash_thread_end() before it ends.
 */
int crash_thread_begin(const struct worker *worker);
void crash_thread_end(void);

/* Leaves these signals as they are in a set that is about to be blocked. */
void crash_signals_spare(sigset_t *set);

/*
 * In a signal's handler, which then ends the process: reports to both what has happened, the trap
 * and the stack. Returns in one thread only; others wait for the end.
 */
void crash_report(int number, const char *what, void *ucontext);

/*
 * The stack of the calling thread from the context that a signal handler was given, a line a frame,
 * to line(). Async-signal-safe.
 */
void crash_stack(struct sentry *s, void *ucontext, void (*line)(const char *text));

#endif
