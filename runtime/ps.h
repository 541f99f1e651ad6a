/*
 * The processes of a container, as the host numbers them.
 */
#ifndef CAPBOX_RUNTIME_PS_H
#define CAPBOX_RUNTIME_PS_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/error.h"
#include "runtime/state.h"

struct pid_list {
	size_t count;
	pid_t *pids; /* ascending */
};

/* The guests: everything in the container's control groups but the sentry. None when it has
 * stopped. */
int ps_list(const struct state *s, struct pid_list *out, struct error *e);

void pid_list_release(struct pid_list *list);

#endif
