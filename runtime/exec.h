/*
 * A further process in a container. The sentry makes it; what `capbox exec` leaves behind is a
 * small supervisor that stands for it outside: it hands signals on, and ends with the status of the
 * process. When the supervisor is killed, the sentry kills the process.
 */
#ifndef CAPBOX_RUNTIME_EXEC_H
#define CAPBOX_RUNTIME_EXEC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"
#include "runtime/state.h"

#define EXEC_PRESERVE_MAX 12u /* the sentry takes 16 descriptors a message */

/* What the command line says about the process; NULL and 0: as the container's first one. */
struct exec_process {
	const char *file; /* of a process in config.json's form, instead of all others */
	char **args;	  /* ended by NULL */
	const char *cwd, *user, *apparmor, *label;
	size_t env_count, group_count, cap_count;
	char **env, **groups, **caps;
	bool terminal, no_new_privs;
};

struct exec_options {
	struct exec_process process;
	const char *pid_file, *console_socket;
	bool detach, ignore_paused;
	unsigned preserve_fds;
};

/* The process as the sentry takes it, in *out for json_decref; *terminal tells whether it has one.
 */
int exec_process_make(const struct state *s, const struct exec_process *p, json_t **out,
		      bool *terminal, struct error *e);

/*
 * Runs the process; returns its exit status (128 + N for a signal), or 0 with `detach` once it
 * runs.
 */
int exec_run(const struct state *s, const struct exec_options *o, struct error *e);

#endif
