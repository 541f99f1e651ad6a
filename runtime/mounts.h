/*
 * The container's mount tree, as config.json describes it. It is made in two steps:
 *
 *	mounts_prepare	in the runtime, with the host's privilege: sources of bind mounts, and
 *			filesystems that only the host's root may mount, become detached mounts
 *	mounts_assemble	in the child that will be the sentry, in its own user and mount namespaces:
 *			puts everything together and makes it the root
 *
 * Every destination is resolved inside the root (openat2(2), RESOLVE_IN_ROOT), and mounts are
 *attached by descriptor, so that a hostile image cannot direct a mount elsewhere.
 */
#ifndef CAPBOX_RUNTIME_MOUNTS_H
#define CAPBOX_RUNTIME_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"
#include "runtime/cgroup.h"
#include "runtime/spec.h"

struct sentry_boot;

/* Detached mounts, by descriptor; -1 where the child makes its own. */
struct mount_sources {
	int root;
	int nodes; /* the container's device nodes; -1: to be the host's */
	size_t count;
	int *mounts; /* one for each mount of the spec */
};

#define MOUNT_SOURCES_EMPTY                                                                        \
	{                                                                                          \
		.root = -1, .nodes = -1                                                            \
	}

/*
 * `root` is a detached tree to use instead of root.path (taken), or -1. To be called in the
 * namespaces that are joined. Released by mount_sources_release(), also after a failure.
 */
int mounts_prepare(const struct spec *spec, int root, struct mount_sources *out, struct error *e);

/* Called with everything mounted and the host's root still in sight. */
typedef int mounts_ready(void *arg, struct error *e);

/*
 * Makes the tree and pivots into it; the working directory is then its root. Fills the skeletons of
 * boot. With no_pivot the old root stays mounted underneath.
 */
int mounts_assemble(const struct spec *spec, struct mount_sources *sources,
		    const struct cgroup *cgroup, bool no_pivot, struct sentry_boot *boot,
		    mounts_ready *ready, void *arg, struct error *e);

void mount_sources_release(struct mount_sources *sources);

#endif
