/*
 * The namespaces of a container (namespaces(7)) and what belongs in them. The sentry always has
 * user, mount and pid namespaces of its own; the others are new, joined by path, or the host's, as
 * config.json says.
 */
#ifndef CAPBOX_RUNTIME_NAMESPACES_H
#define CAPBOX_RUNTIME_NAMESPACES_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/error.h"
#include "runtime/spec.h"

/* What the caller was in before namespaces_join; -1 where nothing was joined. */
struct joined {
	int own[SPEC_NS_TYPES];
};

/* Refuses what no sentry can have. */
int namespaces_check(const struct spec *spec, struct error *e);

/*
 * Joins the namespaces that are given by path with the caller (for pid: with its future children),
 * so that a child made now is in them. A joined uts namespace is given its names here. Undone by
 * namespaces_return(), also after a failure.
 */
int namespaces_join(const struct spec *spec, struct joined *j, struct error *e);
void namespaces_return(struct joined *j);

/* CLONE_NEW* for the sentry's clone3(2). */
uint64_t namespaces_clone_flags(const struct spec *spec);

/*
 * The guests' identity inside the user namespace, for the host id `guest_id`: the same number, or
 * what the mappings that config.json gives make of it.
 */
int namespaces_guest_id(const struct spec_id_maps *maps, const char *what, uid_t guest_id,
			uid_t *inside, struct error *e);

/* Writes uid_map and gid_map of the child. */
int namespaces_map_ids(const struct spec *spec, pid_t child, uid_t guest_uid, gid_t guest_gid,
		       struct error *e);

/*
 * In the child, its ids mapped and in its control groups: becomes root there and sets up what the
 * new namespaces hold (loopback, host name, sysctls).
 */
int namespaces_enter(const struct spec *spec, struct error *e);

#endif
