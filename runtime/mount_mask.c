/*
 * linux.maskedPaths and linux.readonlyPaths. Paths that do not exist are skipped. In the sentry's
 * /proc and /sys a masked path is made to be mounted on, when the sentry has such a name at all;
 * read-only paths there are the sentry's to observe, and are skipped.
 */
#include "runtime/mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "sentry/boot.h"
#include "sentry/vfs.h"

/* O_PATH of what is there; -ENOENT for what is to be skipped. */
static int open_existing(const struct mount_tree *t, const char *path, struct stat *st)
{
	const int skeletons[] = {t->boot->proc_skeleton, t->boot->sys_skeleton};
	_cleanup_close_ int fd = tree_open(t, path, O_PATH);
	if (fd < 0)
		return fd == -ENOTDIR ? -ENOENT : fd;
	if (fstat(fd, st) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(skeletons); i++) {
		struct stat skeleton;
		if (skeletons[i] >= 0 && fstat(skeletons[i], &skeleton) == 0 &&
		    skeleton.st_dev == st->st_dev)
			return -ENOENT;
	}
	return steal_fd(&fd);
}

/* The path below a tree that is mounted at `place`, NULL when it is not in it. */
static const char *below(const char *place, const char *path)
{
	size_t length = strlen(place);
	if (!length || strncmp(path, place, length) || path[length] != '/')
		return NULL;
	path += length + strspn(path + length, "/");
	return *path ? path : NULL;
}

/* O_PATH of what is to be masked; -ENOENT for what is to be skipped. */
static int open_masked(const struct mount_tree *t, const char *path, struct stat *st)
{
	const struct {
		enum vfs_trees tree;
		const char *place;
		int skeleton;
	} trees[] = {{VFS_PROC, t->boot->proc_path, t->boot->proc_skeleton},
		     {VFS_SYS, t->boot->sys_path, t->boot->sys_skeleton}};
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		const char *rest = trees[i].skeleton < 0 ? NULL : below(trees[i].place, path);
		int r = rest ? vfs_make_point(trees[i].tree, trees[i].skeleton, rest) : 0;
		if (r < 0)
			return r;
		if (!rest)
			continue;
		_cleanup_close_ int fd = tree_open(t, path, O_PATH | O_NOFOLLOW);
		if (fd < 0)
			return fd;
		return fstat(fd, st) < 0 ? -errno : steal_fd(&fd);
	}
	return open_existing(t, path, st);
}

static int clone_empty_directory(struct mount_tree *t, struct error *e)
{
	uint64_t attributes =
	    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	if (t->empty < 0) {
		t->empty = mount_plain("tmpfs", "size=0,nr_inodes=1,mode=755", attributes, e);
		return t->empty < 0 ? t->empty : fcntl(t->empty, F_DUPFD_CLOEXEC, 3);
	}
	/* The first one is mounted now, so that it can be cloned. */
	int fd = open_tree(t->empty, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	return fd < 0 ? error_set(e, errno, "mask") : fd;
}

static int mask(struct mount_tree *t, const char *path, struct error *e)
{
	struct stat st;
	_cleanup_close_ int point = open_masked(t, path, &st);
	if (point < 0)
		return point == -ENOENT ? 0 : error_set(e, -point, "look");
	_cleanup_close_ int cover =
	    S_ISDIR(st.st_mode) ? clone_empty_directory(t, e) : device_clone_null(e);
	if (cover < 0)
		return cover;
	int r = tree_attach(cover, point);
	return r < 0 ? error_set(e, -r, "mount") : 0;
}

static int make_read_only(struct mount_tree *t, const char *path, struct error *e)
{
	struct stat st;
	_cleanup_close_ int point = open_existing(t, path, &st);
	if (point < 0)
		return point == -ENOENT ? 0 : error_set(e, -point, "look");
	_cleanup_close_ int copy = open_tree(
	    point, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
	int r = copy < 0 ? -errno : mount_set(copy, MOUNT_ATTR_RDONLY);
	if (r == 0)
		r = tree_attach(copy, point);
	return r < 0 ? error_set(e, -r, "mount") : 0;
}

int mount_masks(struct mount_tree *t, struct error *e)
{
	for (size_t i = 0; i < t->spec->readonly_paths.count; i++) {
		const char *path = t->spec->readonly_paths.strings[i];
		int r = make_read_only(t, path, e);
		if (r < 0)
			return error_prefix(e, r, "linux.readonlyPaths[%zu] (%s)", i, path);
	}
	for (size_t i = 0; i < t->spec->masked_paths.count; i++) {
		const char *path = t->spec->masked_paths.strings[i];
		int r = mask(t, path, e);
		if (r < 0)
			return error_prefix(e, r, "linux.maskedPaths[%zu] (%s)", i, path);
	}
	return 0;
}
