/*
 * Stopping all processes of a container where they are, and letting them go on: the freezer of
 * control groups. The sentry is in the group too, so a frozen container answers nothing.
 */
#ifndef CAPBOX_RUNTIME_FREEZER_H
#define CAPBOX_RUNTIME_FREEZER_H

#include <stdbool.h>

#include "lib/error.h"
#include "runtime/cgroup.h"

/* Freezes or thaws; returns when that is done. A container that could not be frozen is thawed. */
int freezer_set(const struct cgroup *c, bool frozen, struct error *e);

/* Whether it is frozen, or about to be. */
bool freezer_is_frozen(const struct cgroup *c);

#endif
