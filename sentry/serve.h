/* Serving one trap: who calls, in whose clothes, by which handler, with what answer. */
#ifndef CAPBOX_SENTRY_SERVE_H
#define CAPBOX_SENTRY_SERVE_H

#include "sentry/dress.h"
#include "sentry/worker.h"

/* Answers w->trap, whatever happens. */
void serve(struct worker *w, struct dress *dress);

#endif
