/*
 * Places to mount on in the synthesized trees, before there is a sentry to make them: what the
 * configuration masks in /proc and /sys is covered like everything else, by a mount.
 */
#include "sentry/vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "sentry/vfs/tree.h"

static const struct vfs_row *find_row(const struct vfs_row *directory, const char *name)
{
	for (const struct vfs_row *row = directory->rows; row && row->name; row++)
		if (!strcmp(row->name, name))
			return row;
	return NULL;
}

/* The row that a path leads to along fixed names; NULL when the tree has none. */
static const struct vfs_row *find_path(const struct vfs_row *root, const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	char *save;
	for (char *name = copy ? strtok_r(copy, "/", &save) : NULL; name && root;
	     name = strtok_r(NULL, "/", &save))
		root = S_ISDIR(root->mode) ? find_row(root, name) : NULL;
	return copy ? root : NULL;
}

/* A directory of the skeleton, as the sentry would make it; a file has nothing in it. */
static int make_one(int skeleton, const char *path, const struct vfs_row *row)
{
	int r = S_ISDIR(row->mode) ? mkdirat(skeleton, path, row->mode & 07777)
				   : mknodat(skeleton, path, S_IFREG | 0444, 0);
	return r < 0 && errno != EEXIST ? -errno : 0;
}

int vfs_make_point(enum vfs_trees tree, int skeleton, const char *path)
{
	const struct vfs_row *root = tree == VFS_PROC ? &vfs_proc_root : &vfs_sys_root;
	const struct vfs_row *row = find_path(root, path);
	_cleanup_free_ char *part = strdup(path);
	if (!row || row == root || S_ISLNK(row->mode))
		return -ENOENT;
	if (!part)
		return -ENOMEM;
	for (char *slash = part; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		int r = make_one(skeleton, part, find_path(root, part));
		*slash = '/';
		if (r < 0)
			return r;
	}
	return make_one(skeleton, part, row);
}
