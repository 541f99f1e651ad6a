/* Thin wrappers: futex(2) on private words, and small threads. */
#ifndef CAPBOX_SENTRY_FUTEX_H
#define CAPBOX_SENTRY_FUTEX_H

#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Sleeps while *word == expected, at most for the relative timeout (NULL: without limit). */
static inline void futex_wait(uint32_t *word, uint32_t expected, const struct timespec *timeout)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout, NULL, 0);
}

static inline void futex_wake(uint32_t *word, int count)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

/* A detached thread with a small stack. Returns 0 or a negative errno. */
int thread_start(pthread_t *thread, void *(*run)(void *), void *arg);

#endif
