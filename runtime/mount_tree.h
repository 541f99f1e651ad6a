/*
 * What the files that build the mount tree share. Destinations are paths of the container, always
 * taken inside the root.
 */
#ifndef CAPBOX_RUNTIME_MOUNT_TREE_H
#define CAPBOX_RUNTIME_MOUNT_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/error.h"
#include "runtime/cgroup.h"
#include "runtime/spec.h"

struct sentry_boot;

struct mount_tree {
	const struct spec *spec;
	const struct cgroup *cgroup;
	struct sentry_boot *boot;
	int root; /* the root mount */
	/* Mounts that become read-only when all is in place; owned. */
	int *read_only;
	size_t read_only_count;
	/* What masked directories show: one empty file system for all of them, -1 before the first.
	 */
	int empty;
};

/* --- mount_path.c: paths in the container ---------------------------------------------------- */

/* openat2(2) inside the root. Returns a descriptor or a negative errno. */
int tree_open(const struct mount_tree *t, const char *path, int flags);

/* O_PATH of a mount point, made with its parents when it is missing: a directory or an empty file.
 */
int tree_mount_point(const struct mount_tree *t, const char *path, bool directory);

/* O_PATH of the directory that holds the path's last component, made when it is missing; *name
 * points into path. */
int tree_parent(const struct mount_tree *t, const char *path, const char **name);

/* Attaches a detached mount at an O_PATH descriptor. */
int tree_attach(int mount, int point);

/* --- mount_source.c: detached mounts --------------------------------------------------------- */

#define MOUNT_KEEP_WRITABLE 1u /* leave MS_RDONLY for later */

/* The MOUNT_ATTR_* of mount_setattr(2) for the MS_* of a configured mount. */
uint64_t mount_attributes(unsigned long flags);

/*
 * Makes device nodes in the whole tree unusable (nodev). The sentry opens what guests name; a
 * device node that an image or a volume holds would be opened before anyone could look at it.
 */
int mount_forbid_devices(int mount);

/* A bind mount's source, as a detached mount without its options. */
int mount_clone(const struct spec_mount *m, struct error *e);

/* Applies flags and propagation of the configuration to a mount. */
int mount_configure(int mount, const struct spec_mount *m, unsigned how, struct error *e);

/* A new filesystem, with the attributes of m's flags (read-only excepted). `data` overrides m's. */
int mount_filesystem(const struct spec_mount *m, const char *type, const char *data,
		     struct error *e);

/* The same without a configuration behind it. */
int mount_plain(const char *type, const char *data, uint64_t attributes, struct error *e);

/* Sets attributes (MOUNT_ATTR_*) on a mount. */
int mount_set(int mount, uint64_t attributes);

/* --- mount_idmap.c: ids of a mount's own ----------------------------------------------------- */

bool mount_has_idmap(const struct spec_mount *m);

/* Gives a detached bind mount the mapping that it asks for, its own or the container's. */
int mount_idmap(int mount, const struct spec_mount *m, const struct spec *spec, struct error *e);

/* --- mount_special.c: filesystems that are more than one mount ------------------------------- */

int mount_skeleton(struct mount_tree *t, const struct spec_mount *m, struct error *e);
int mount_cgroup(struct mount_tree *t, const struct spec_mount *m, struct error *e);
int mount_tmpfs(struct mount_tree *t, const struct spec_mount *m, struct error *e);
int mount_devpts(struct mount_tree *t, const struct spec_mount *m, struct error *e);

/* Remembers (a duplicate of) a mount that becomes read-only at the end. */
int tree_read_only_later(struct mount_tree *t, int mount);

/* --- mount_device.c -------------------------------------------------------------------------- */

/*
 * Makes the container's device nodes on a filesystem of their own, in the runtime. A descriptor of
 * its detached mount; a negative errno. To be called unless /dev is a bind mount.
 */
int mount_make_nodes(const struct spec *spec, struct error *e);

/* A detached mount of the host's null device, read-only. */
int device_clone_null(struct error *e);

/* Whether /dev is a bind mount, and its nodes none of capbox's business. */
bool mount_has_bound_dev(const struct spec *spec);

/* Puts the nodes (-1: the host's instead) at their places and makes the links of /dev. */
int mount_devices(struct mount_tree *t, int nodes, struct error *e);

/* --- mount_mask.c ---------------------------------------------------------------------------- */

int mount_masks(struct mount_tree *t, struct error *e);

/* --- copy_tree.c ----------------------------------------------------------------------------- */

/* Copies what is in one directory into another, with owners, modes, times and extended attributes.
 * Directories, files, links and FIFOs; other mounts are not entered. */
int copy_tree(int from, int to);

#endif
