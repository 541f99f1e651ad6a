/*
 * Numbers from the container's own cgroup directories, v1 or v2. `controller` is a name of v1
 * ("memory"), or "" for the v2 hierarchy. Return 0; -ENOENT when there is no such file; -ERANGE
 * for "max".
 */
#ifndef CAPBOX_SENTRY_VFS_CGROUP_H
#define CAPBOX_SENTRY_VFS_CGROUP_H

#include <stdint.h>
#include <sys/types.h>

struct sentry;

/* The file's one number; the number that follows `key` in a file of "key value" lines. */
int vfs_cgroup_number(struct sentry *s, const char *controller, const char *file, uint64_t *value);
int vfs_cgroup_value(struct sentry *s, const char *controller, const char *file, const char *key,
		     uint64_t *value);

/* The whole file into buffer: its length. */
ssize_t vfs_cgroup_text(struct sentry *s, const char *controller, const char *file, char *buffer,
			size_t size);

/* The number behind "key " at the beginning of a line. */
int vfs_cgroup_find(const char *text, const char *key, uint64_t *value);

#endif
