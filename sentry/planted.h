/*
 * Faults on demand, so that tests can prove what is said of them. Only in builds with the CMake
 * option CAPBOX_PLANTED_FAULTS (preset "faulty"), where the environment variable CAPBOX_FAULT of
 * the runtime names one, which the first mkdir(2) of a guest then meets; in all others this is
 * nothing.
 */
#ifndef CAPBOX_SENTRY_PLANTED_H
#define CAPBOX_SENTRY_PLANTED_H

struct trap;

#ifdef CAPBOX_PLANTED_FAULTS
void planted_fault(const struct trap *t);

/* Of the watchdog, in place of its own; 0: none is set. */
unsigned planted_patience_s(void);
#else
static inline void planted_fault(const struct trap *t)
{
}

static inline unsigned planted_patience_s(void)
{
	return 0;
}
#endif

#endif
