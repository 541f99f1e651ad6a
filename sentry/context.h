/*
 * Contexts: what a guest process *is*. A context is immutable; chdir, setuid, umask, exec and the
 * like make a new one from the old. Which context a process has is stored by the kernel on the
 * process itself, as a 64-bit tag in the soft limit of RLIMIT_LOCKS (DESIGN.md section 6): it is
 * inherited by fork and vfork and shared by the threads of a process. A tag is never used twice,
 * so a stale one can only be unknown, and a process that carries an unknown tag is killed.
 *
 * References: context_get, context_put and those of its parts are thread-safe counters. Parts are
 * immutable too and shared between contexts.
 */
#ifndef CAPBOX_SENTRY_CONTEXT_H
#define CAPBOX_SENTRY_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/resource.h>

#include "sentry/cred.h"

struct sentry;
struct worker;

/* A directory a context stands on: cwd or root. */
struct place {
	int refs;
	int fd;		/* O_PATH | O_DIRECTORY, in the container's tree; owned */
	bool synthetic; /* lies on a skeleton of section 8.1                    */
};

/* The program a context runs, as /proc/PID/exe shows it. */
struct program {
	int refs;
	int fd;	    /* the executable (the interpreter of a script), open for reading; owned */
	char *name; /* NULL until context_program_name() is asked for it (atomic); owned */
};

/* What an exec leaves for the loader to collect (platform/loader/protocol.h), once. */
struct loader_gift;

struct context {
	int refs;
	uint64_t tag;
	struct cred *cred;
	struct place *cwd, *root;
	struct program *program;  /* NULL before the first exec                 */
	struct loader_gift *gift; /* taken atomically by the loader's call      */
	mode_t umask;
	bool no_new_privs;   /* emulated                                   */
	struct rlimit locks; /* what the guest believes RLIMIT_LOCKS to be */
	uint32_t personality;
	bool was_fixed; /* it, or an ancestor, had ADDR_NO_RANDOMIZE: it gains no privilege */
};

struct context *context_get(struct context *c);
void context_put(struct context *c);
struct place *place_get(struct place *p);
void place_put(struct place *p);
struct program *program_get(struct program *p);
void program_put(struct program *p);

/* For messages: the end of the path of what c runs, "" when nothing; valid as long as c is. */
const char *context_program_name(const struct sentry *s, const struct context *c);

/* A new place with one reference that owns fd (closed on failure too); NULL without memory. */
struct place *place_new(struct sentry *s, int fd);

/*
 * The context of any process of the container by its pid in the sentry's pid namespace: a reference
 * the caller puts, or NULL when there is no such process (errno ESRCH).
 */
struct context *context_of(struct sentry *s, pid_t pid);

/* The gift of an exec, once: the caller's to free; NULL when there is none (any more). */
struct loader_gift *context_take_gift(const struct context *c);

/*
 * Changing the caller's context. context_edit_begin() returns a private copy of the context that
 * the process has *now* (which may be newer than w->ctx) and keeps other threads from editing
 * the same process; change its fields (with the get/put of parts), then commit or abort. Between
 * the two make no call that can block. Commit tags the process and consumes the copy, whatever it
 * returns.
 *
 *	struct context *new = context_edit_begin(w);
 *	if (!new)
 *		return -errno;
 *	new->umask = mask;
 *	return context_edit_commit(w, new);
 */
struct context *context_edit_begin(struct worker *w);
int context_edit_commit(struct worker *w, struct context *new);
void context_edit_abort(struct worker *w, struct context *new);

#endif
