/*
 * What the tables of pid.c take from fd.c.
 */
#ifndef CAPBOX_SENTRY_VFS_PID_H
#define CAPBOX_SENTRY_VFS_PID_H

#include <sys/types.h>

struct vfs_view;

/* Magic links: the text of any of them, and what each leads to. */
ssize_t vfs_magic_link(struct vfs_view *v, char *buffer, size_t size);
int vfs_exe_target(struct vfs_view *v);
int vfs_cwd_target(struct vfs_view *v);
int vfs_root_target(struct vfs_view *v);

#endif
