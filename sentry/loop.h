/*
 * The sentry's main thread after boot: the control socket, the ends of the entries, and the signals
 * that the outside sends to the sentry in place of the container.
 */
#ifndef CAPBOX_SENTRY_LOOP_H
#define CAPBOX_SENTRY_LOOP_H

#include "sentry/sentry.h"

/* Runs until guest pid 1 ends; returns its exit status (128 + N for a signal). */
int loop_run(struct sentry *s, int control_fd);

#endif
