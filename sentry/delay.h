/*
 * Makes every trap slower by CAPBOX_TRAP_DELAY_US microseconds, so that a test can prove that
 * `tools/bench --compare` notices. Only in builds with the CMake option CAPBOX_TRAP_DELAY (preset
 * "slow"); in all others it is nothing.
 */
#ifndef CAPBOX_SENTRY_DELAY_H
#define CAPBOX_SENTRY_DELAY_H

#ifdef CAPBOX_TRAP_DELAY
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static inline int64_t trap_delay_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline void trap_delay(void)
{
	const char *text = getenv("CAPBOX_TRAP_DELAY_US");
	int64_t until = trap_delay_now() + (text ? atoi(text) : 0) * 1000LL;
	while (trap_delay_now() < until)
		;
}
#else
static inline void trap_delay(void)
{
}
#endif

#endif
