/*
 * Properties of a process that the host's privilege gives: badness for the OOM killer, scheduling
 * and I/O priority, security labels. What this machine or capbox cannot give is refused.
 */
#ifndef CAPBOX_RUNTIME_PROCESS_ATTRIBUTES_H
#define CAPBOX_RUNTIME_PROCESS_ATTRIBUTES_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/error.h"
#include "runtime/spec.h"

/* Whether labels mean anything on this machine. */
bool process_has_selinux(void);

/* Before anything is made. A process of `exec` inherits scheduling from the container alone. */
int process_attributes_check(const struct spec_process *p, bool exec, struct error *e);

/* The guests' /proc/PID/oom_score_adj: as configured, or else the caller's own. */
int process_oom_score(const struct spec_process *p);

/*
 * Gives them to the process that will be the sentry, and so to the guests, which are its children.
 * The sentry itself is a worse victim for the OOM killer than any guest; they undo that part.
 */
int process_attributes_apply(const struct spec_process *p, pid_t sentry, struct error *e);

#endif
