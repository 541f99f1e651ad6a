/*
 * What a sentry would do that has been taken over, for the tests of its own walls (tests/escape,
 * walls.py): the control request {"op":"hostile","call":NAME} makes it. Only in builds with the
 * CMake option CAPBOX_HOSTILE (preset "hostile"); no other has the request.
 */
#ifndef CAPBOX_SENTRY_HOSTILE_HOSTILE_H
#define CAPBOX_SENTRY_HOSTILE_HOSTILE_H

struct sentry;

/* Makes the call from a thread like a worker's, if it has a name here: the result or a negative
 * errno.
 */
long hostile_call(const struct sentry *s, const char *name);

#endif
