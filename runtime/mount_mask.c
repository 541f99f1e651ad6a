/*
 * linux.maskedPaths and linux.readonlyPaths. Paths that do not exist are skipped; so are those in
 * the sentry's /proc and /sys, which hold nothing to hide: on their skeletons nothing exists yet.
 */
#include "runtime/mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "sentry/boot.h"

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
	_cleanup_close_ int point = open_existing(t, path, &st);
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
