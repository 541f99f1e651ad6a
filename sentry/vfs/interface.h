/*
 * The interfaces of the container's network namespace, as directories named by them: callbacks of
 * numbered rows (tree.h), whose number is the interface's index.
 */
#ifndef CAPBOX_SENTRY_VFS_INTERFACE_H
#define CAPBOX_SENTRY_VFS_INTERFACE_H

#include "sentry/vfs/tree.h"

bool interface_exists(struct vfs_view *v, unsigned long index);
int interface_keys(struct vfs_view *v, struct vfs_keys *keys);
bool interface_find(const char *name, unsigned long *index);
bool interface_label(unsigned long index, char *buffer, size_t size);

/* /sys/devices/virtual/net/NAME, and the link to it in /sys/class/net. */
extern const struct vfs_row interface_row, interface_link_row;

#endif
