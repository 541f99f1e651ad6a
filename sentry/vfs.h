/*
 * The synthesized trees, /proc and /sys (DESIGN.md section 8.1). Directories are real (a skeleton
 * on a private tmpfs, made on demand); files are made up when they are opened; links are made up
 * when they are read or walked.
 *
 * A node is found by syscalls/name.h. Operations return 0 or a value, or the negative errno that
 * procfs gives.
 */
#ifndef CAPBOX_SENTRY_VFS_H
#define CAPBOX_SENTRY_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct sentry;
struct worker;
struct vfs_node;

enum vfs_trees { VFS_PROC, VFS_SYS, VFS_TREES };

int vfs_init(struct sentry *s);

/*
 * For who assembles the container's mounts, before there is a sentry: makes what is needed to mount
 * on a name in a tree, by its writable skeleton. `path` is relative to the tree. -ENOENT when the
 * tree has no such fixed name.
 */
int vfs_make_point(enum vfs_trees tree, int skeleton, const char *path);

/* A descriptor (the caller's) for the node, opened with open(2) flags as the context of w. */
int vfs_open(struct worker *w, struct vfs_node *node, int flags, mode_t mode);
int vfs_stat(struct worker *w, struct vfs_node *node, struct stat *st);
int vfs_access(struct worker *w, struct vfs_node *node, int mode);
ssize_t vfs_readlink(struct worker *w, struct vfs_node *node, char *buffer, size_t size);

/* The errno for a call that would change the node (mkdir, unlink, chmod, rename, ... on procfs):
 * negative. */
int vfs_refuse_change(struct worker *w, struct vfs_node *node);

/* True when fd (a directory of the guest, fetched) lies on a skeleton; then entries are listed by
 * vfs_getdents. */
bool vfs_is_skeleton(struct sentry *s, const struct stat *st);
ssize_t vfs_getdents(struct worker *w, int dirfd, void *buffer, size_t size);

#endif
