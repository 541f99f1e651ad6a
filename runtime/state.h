/*
 * The state directory of a container, ROOT/ID: making it is what takes the id, and it goes last.
 * It holds
 *	state.json	what the container is, replaced as a whole
 *	config.json	the configuration that it was made from
 *	control		the sentry's socket
 *	crash		what a sentry that has crashed said last; empty otherwise
 *	counters	what the sentry counts (sentry/counters.h)
 * Whether the container runs is never stored: it follows from the sentry, which is asked.
 */
#ifndef CAPBOX_RUNTIME_STATE_H
#define CAPBOX_RUNTIME_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/error.h"
#include "runtime/cgroup.h"
#include "runtime/spec.h"

struct counters;

#define STATE_CONFIG_NAME "config.json"
#define STATE_EVENTS_NAME "network-events"
#define STATE_CRASH_NAME  "crash"

enum status { STATUS_CREATING, STATUS_CREATED, STATUS_RUNNING, STATUS_PAUSED, STATUS_STOPPED };

struct state {
	int dirfd;	 /* of the directory */
	int root_fd;	 /* of ROOT */
	char *directory; /* ROOT/ID, absolute */
	char *id, *bundle, *rootfs, *version;
	pid_t pid; /* of the sentry; 0: not yet */
	uint64_t
	    start_time;	  /* of that process, clock ticks since boot: tells it from a later one */
	char created[40]; /* RFC 3339, UTC */
	bool ready;	  /* `create` has succeeded */
	uid_t owner;	  /* who created it */
	uid_t guest_uid;  /* 0: none is claimed */
	gid_t guest_gid;  /* while it is created */
	unsigned hooks;	  /* bit enum spec_hook_kind: config.json has such hooks */
	char *unit;	  /* systemd's scope; NULL: none */
	json_t *annotations;
	struct cgroup cgroup;
};

#define STATE_EMPTY                                                                                \
	{                                                                                          \
		.dirfd = -1, .root_fd = -1                                                         \
	}

/* 0, or -EINVAL with a message: ids are [A-Za-z0-9_+.-]+, but not "." or "..". */
int state_check_id(const char *id, struct error *e);

/* Takes the id: makes ROOT when it is missing, and ROOT/ID. -EEXIST when the id is taken. */
int state_create(const char *root, const char *id, struct state *s, struct error *e);

/* Writes config.json. */
int state_save_config(const struct state *s, const char *text, size_t size, struct error *e);

/* Parses it again, with paths as they are written; for spec_free(). */
int state_load_config(const struct state *s, struct spec **out, struct error *e);

/*
 * Opens a container's state. -ENOENT when there is no such container; -ENODATA when there is a
 * directory without a readable state.json (its creation was cut short), with *s filled as far as
 * that goes, for state_remove().
 */
int state_open(const char *root, const char *id, struct state *s, struct error *e);

/* Makes the file of the container's network events, for appending; state_find_events opens it for
 * reading, -ENOENT when there is none. */
int state_open_events(const struct state *s, int *fd, struct error *e);
int state_find_events(const struct state *s);

/* Makes the file for the report of the sentry's crash, for appending. */
int state_open_crash(const struct state *s, int *fd, struct error *e);

/* The report (malloc, the caller's): its length, 0 when the sentry has not crashed, or a negative errno. */
ssize_t state_read_crash(const struct state *s, char **report);

/*
 * Makes the file of the sentry's counters and maps it, for the child that is cloned next;
 * state_map_counters maps it for reading (the caller unmaps, sizeof(struct counters)): -ENOENT when there
 * is none, -ENODATA when another version of capbox has made it, both without a message.
 */
int state_make_counters(const struct state *s, struct counters **out, struct error *e);
int state_map_counters(const struct state *s, const struct counters **out);

/* Writes state.json. */
int state_save(const struct state *s, struct error *e);

/* Removes the directory. Nothing in it is needed any more. */
int state_remove(struct state *s, struct error *e);

void state_release(struct state *s);

/*
 * Calls f for every container below root, by name, with its state open; f may take the state over, and
 * ends the walk by a negative value, which is returned. One that is just being made or deleted is left
 * out, as is everything when there is no root.
 */
int state_each(const char *root, int (*f)(void *arg, struct state *s, struct error *e), void *arg,
	       struct error *e);

/* Fills s->pid and s->start_time for the process. */
int state_set_pid(struct state *s, pid_t pid, struct error *e);

/* A pidfd of the sentry, or -ESRCH when it is gone (a zombie counts as gone). */
int state_pidfd(const struct state *s);

enum status state_status(const struct state *s);
const char *status_name(enum status status);

/* What `state` prints and hooks read: a new object, NULL without memory. */
json_t *state_describe(const struct state *s, enum status status);

#endif
