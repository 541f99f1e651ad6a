/*
 * The control groups of a container (cgroups(7)): one directory in each version 1 hierarchy, or one
 * in the unified hierarchy when that is all there is. The directories are made by the runtime; the
 * sentry and with it the guests live in them.
 */
#ifndef CAPBOX_RUNTIME_CGROUP_H
#define CAPBOX_RUNTIME_CGROUP_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/error.h"

#define CGROUP_HIERARCHIES_MAX 15 /* the sentry has room for one more, the end */

struct cgroup_directory {
	char name[32]; /* "memory", "cpu,cpuacct", "name=systemd"; "" for the unified hierarchy */
	char *mount;   /* where the hierarchy is mounted */
	char *path;    /* the container's directory below it, with a leading slash */
	unsigned made; /* how many of its last components cgroup_create has made */
};

struct cgroup {
	size_t count;
	bool delegated; /* the caller is not the host's root: only what is delegated to it is here */
	struct cgroup_directory directories[CGROUP_HIERARCHIES_MAX];
};

/*
 * Finds the directories for linux.cgroupsPath: an absolute path counts from the mount of each
 * hierarchy, a relative one from the caller's own cgroup, NULL means /capbox/ID; with `systemd`,
 * and a path of the form slice:prefix:name, it is the directory that systemd would choose. For a
 * caller that is not the host's root, NULL means capbox-ID in its own cgroup. Makes nothing.
 */
int cgroup_find(struct cgroup *c, const char *cgroups_path, const char *id, bool systemd,
		struct error *e);

/*
 * Makes the directories; a directory that is there already is used. A hierarchy in which a caller
 * that is not the host's root may not make one is left out.
 */
int cgroup_create(struct cgroup *c, struct error *e);

/* Moves a process into them. */
int cgroup_place(const struct cgroup *c, pid_t pid, struct error *e);

/* O_PATH descriptors of the directories for the sentry; -1 ends the list. */
int cgroup_open(const struct cgroup *c, int fds[CGROUP_HIERARCHIES_MAX + 1],
		char names[CGROUP_HIERARCHIES_MAX + 1][32], struct error *e);

/* Kills whatever is left in them and removes them, and parents that were made for them and are
 * empty; absent ones are fine. */
int cgroup_remove(const struct cgroup *c, struct error *e);

/* For state.json. */
json_t *cgroup_to_json(const struct cgroup *c);
int cgroup_from_json(struct cgroup *c, const json_t *list);

void cgroup_release(struct cgroup *c);

#endif
