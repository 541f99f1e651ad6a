/*
 * The systemd driver: the container's control groups belong to a transient scope, so that systemd
 * knows of them and leaves them alone (Delegate=). It makes the group of its own hierarchy, or in
 * version 2 the only one; everything else is done in the file systems, as without it.
 *
 * A scope needs a process from the start, before there is a sentry: a keeper, which only waits.
 */
#ifndef CAPBOX_RUNTIME_CGROUP_SYSTEMD_H
#define CAPBOX_RUNTIME_CGROUP_SYSTEMD_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/error.h"
#include "runtime/spec.h"

struct systemd_keeper {
	pid_t pid; /* 0: none */
};

/* The path for linux.cgroupsPath that the driver takes for none: system.slice:capbox:ID. Malloc. */
char *systemd_default_path(const char *id);

/*
 * Starts a scope for a path slice:prefix:name, with the limits that systemd has words for. *unit is
 * its name (malloc).
 */
int systemd_scope_start(const char *cgroups_path, const struct spec_resources *r, bool unified,
			struct systemd_keeper *keeper, char **unit, struct error *e);

/* Tells systemd of changed limits, which it would forget otherwise. */
int systemd_scope_update(const char *unit, const struct spec_resources *r, bool unified,
			 struct error *e);

/* Ends the scope; one that is gone is fine. */
void systemd_scope_stop(const char *unit);

/* Ends the keeper. */
void systemd_keeper_release(struct systemd_keeper *keeper);

#endif
