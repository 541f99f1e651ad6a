/*
 * Hooks (the runtime specification's "POSIX-platform Hooks"). Each gets the container's state as
 * JSON on standard input; a failure is told with what the hook has printed.
 *
 *	prestart, createRuntime	in the runtime's namespaces, when the container's namespaces and
 *				mounts are there and before it enters its root
 *	createContainer		the same moment, in the container's namespaces, with the host's root
 *				still in sight: a child of the process that will be the sentry
 *	startContainer		a guest, with the first process's user and privileges, before it
 *	poststart, poststop	in the runtime's namespaces
 *
 * The first four end the container when they fail; the last two are only warned about.
 */
#ifndef CAPBOX_RUNTIME_HOOKS_H
#define CAPBOX_RUNTIME_HOOKS_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/error.h"
#include "runtime/spec.h"
#include "runtime/state.h"

/* Runs the hooks of a kind, one after the other, until one fails. `pid` is what they are told. */
int hooks_run(const struct spec *spec, enum spec_hook_kind kind, const struct state *s,
	      enum status status, pid_t pid, struct error *e);

/* The same for hooks whose failure changes nothing: all are run, failures go to the log. */
void hooks_run_all(const struct spec *spec, enum spec_hook_kind kind, const struct state *s,
		   enum status status, pid_t pid);

/* Runs the startContainer hooks in the container, which is created. */
int hooks_run_inside(const struct spec *spec, const struct state *s, struct error *e);

/* --- shared by hooks.c and hooks_inside.c ---------------------------------------------------- */

/* What goes in and comes out of a hook: anonymous files. */
struct hook_files {
	int in, out;
};

#define HOOK_FILES_EMPTY                                                                           \
	{                                                                                          \
		-1, -1                                                                             \
	}

int hook_files_open(struct hook_files *f, const struct state *s, enum status status, pid_t pid,
		    struct error *e);
void hook_files_close(struct hook_files *f);

/* The error of a hook that has ended with this status (128 + N for a signal). Returns -ECANCELED,
 * or 0 for status 0. */
int hook_result(const struct hook_files *f, int status, struct error *e);

/* The error of one that did not end in time: -ETIMEDOUT. */
int hook_timeout(unsigned seconds, struct error *e);

#endif
