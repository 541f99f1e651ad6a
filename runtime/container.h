/*
 * What the commands do with containers.
 */
#ifndef CAPBOX_RUNTIME_CONTAINER_H
#define CAPBOX_RUNTIME_CONTAINER_H

#include <stdbool.h>

#include "lib/error.h"
#include "runtime/spec.h"
#include "runtime/state.h"

struct trace_options;

struct create_options {
	const char *root; /* of the state directories */
	const char *id;
	const char *bundle;   /* absolute */
	const char *pid_file; /* NULL: none */
	/* Where the terminal of process.terminal goes: over a socket, or to the caller (its
	 * master). */
	const char *console_socket;
	int *master;
	bool no_pivot, no_new_keyring, systemd_cgroup;
	unsigned preserve_fds; /* this many descriptors from 3 on are the container's too */
	const struct trace_options *trace; /* of container_run, borrowed; NULL: not traced */
	int root_tree;	       /* a detached mount tree instead of root.path, borrowed; -1: none */
};

/*
 * Makes a container: on success its state is open in *s (the caller releases it), its sentry, a
 * child of the caller, waits for `start`, and the pid-file is written. On failure nothing is left.
 * Signals are held back meanwhile; SIGINT, SIGTERM, SIGHUP and SIGQUIT make it fail.
 */
int container_create(const struct create_options *o, const struct spec *spec, struct state *s,
		     struct error *e);

/* Starts a created container. */
int container_start(const struct state *s, struct error *e);

/* Sends a signal to its first process, or with `all` to all of its processes. */
int container_kill(const struct state *s, int number, bool all, struct error *e);

/*
 * Removes what is left of a stopped container; with `force` ends it first. *s may be what
 * state_open leaves with -ENODATA.
 */
int container_delete(struct state *s, bool force, struct error *e);

/*
 * Makes and starts a container. With `detach` returns 0 then. Otherwise waits for it, handing
 * signals on to it and showing its terminal, deletes it unless `keep`, and returns its exit status
 * (128 + N when signal N ended it).
 */
int container_run(const struct create_options *o, const struct spec *spec, bool detach, bool keep,
		  struct error *e);

/* The path of an existing directory as bundle, absolute; NULL with *e filled. The caller frees it.
 */
char *container_bundle(const char *path, struct error *e);

/* Checks that the descriptors of --preserve-fds are there, before anything else takes their
 * numbers. */
int container_check_fds(unsigned count, struct error *e);

#endif
