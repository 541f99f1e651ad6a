/*
 * Containers of a caller that cannot give them host ids of its choice: an unprivileged user, or
 * root of a user namespace that holds only some ids. Such a caller has its own id, and perhaps
 * ranges: of /etc/subuid and /etc/subgid, which newuidmap(1) and newgidmap(1) hand out, or what its
 * namespace maps. docs/rootless.md tells what that means for a container.
 */
#ifndef CAPBOX_RUNTIME_ROOTLESS_H
#define CAPBOX_RUNTIME_ROOTLESS_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "lib/error.h"
#include "runtime/spec.h"

/* Whether the caller is one. */
bool rootless_caller(void);

/* Where such a caller's containers are kept: $XDG_RUNTIME_DIR/capbox, or /tmp/capbox-UID. */
void rootless_root(char path[PATH_MAX]);

/* Refuses a configuration that gives ids which the caller does not have, and says how to get them.
 */
int rootless_check(const struct spec *spec, struct error *e);

/*
 * The host identity of the guests: the last id of the caller's ranges, far from those that a
 * container begins with; without ranges the caller's own id.
 */
int rootless_guest_ids(uid_t *uid, gid_t *gid, struct error *e);

/* Whether the caller may clone and make mounts where it is; otherwise only its child may, in the
 * child's own mount namespace. */
bool rootless_may_mount(void);

/* The ids of the caller's user namespace, each as itself; the caller frees out->maps. `file` is
 * "uid_map" or "gid_map". */
int rootless_own_map(const char *file, struct spec_id_maps *out, struct error *e);

/*
 * Gives the child's user namespace its ids, whoever the caller is: by writing the file, or through
 * the program for it.
 */
int rootless_write_map(pid_t child, const char *file, const struct spec_id_maps *maps,
		       struct error *e);

#endif
