/*
 * Setting up the synthesized trees: where they are, what the config has mounted inside of them,
 * and the container's own boot id.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/vfs.h"
#include "sentry/vfs/load.h"
#include "sentry/vfs/tree.h"

/* RFC 9562, version 4. */
static int make_boot_id(char *buffer, size_t size)
{
	unsigned char b[16];
	if (getrandom(b, sizeof b, 0) != sizeof b)
		return -EIO;
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	char *p = buffer;
	for (size_t i = 0; i < sizeof b; i++) {
		bool dash = i == 4 || i == 6 || i == 8 || i == 10;
		p += snprintf(p, size - (size_t)(p - buffer), dash ? "-%02x" : "%02x", b[i]);
	}
	return 0;
}

/* Adds a mount point below the tree, relative to it. */
static int add_over(struct vfs_tree *tree, size_t *count, const char *relative)
{
	char **more = reallocarray(tree->over, *count + 2, sizeof *more);
	if (!more)
		return -ENOMEM;
	tree->over = more;
	more[*count] = strdup(relative);
	if (!more[*count])
		return -ENOMEM;
	more[++*count] = NULL;
	return 0;
}

/* What is mounted inside of a tree, and whether the tree itself is mounted elsewhere. */
static int find_over(struct vfs_tree *tree, const char *mountinfo)
{
	size_t n = strlen(tree->path), count = 0;
	unsigned major_, minor_;
	char point[4096];
	for (const char *p = mountinfo; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
		if (sscanf(p, "%*s %*s %u:%u %*s %4095s", &major_, &minor_, point) != 3)
			continue;
		if (makedev(major_, minor_) == tree->dev && strcmp(point, tree->path))
			tree->twice = true;
		if (strncmp(point, tree->path, n) || point[n] != '/')
			continue;
		int r = add_over(tree, &count, point + n + 1);
		if (r < 0)
			return r;
	}
	return 0;
}

static int init_tree(struct sentry *s, struct vfs_tree *tree, const char *mountinfo)
{
	char path[300];
	struct stat st;
	if (tree->skeleton < 0)
		return 0;
	if (fstat(tree->skeleton, &st) < 0)
		return -errno;
	tree->dev = st.st_dev;
	snprintf(path, sizeof path, ".%s", tree->path);
	tree->mount = openat(s->root_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return tree->mount < 0 ? -errno : find_over(tree, mountinfo);
}

int vfs_init(struct sentry *s)
{
	_cleanup_free_ char *mountinfo = NULL;
	struct stat st;
	struct vfs *vfs = calloc(1, sizeof *vfs);
	if (!vfs)
		return -ENOMEM;
	s->vfs = vfs;
	if (fstat(s->loader_fd, &st) == 0) {
		s->loader_dev = st.st_dev;
		s->loader_ino = st.st_ino;
	}
	vfs->tree[VFS_PROC] = (struct vfs_tree){
	    .root = &vfs_proc_root, .path = s->proc_path, .skeleton = s->proc_skeleton};
	vfs->tree[VFS_SYS] = (struct vfs_tree){
	    .root = &vfs_sys_root, .path = s->sys_path, .skeleton = s->sys_skeleton};
	ssize_t n = read_file_alloc(s->proc_fd, "thread-self/mountinfo", 16u << 20, &mountinfo);
	if (n < 0)
		return (int)n;
	if (fstat(s->proc_fd, &st) == 0)
		vfs->proc_dev = st.st_dev;
	if (fstat(s->guest_proc_fd, &st) == 0)
		vfs->guest_proc_dev = st.st_dev;
	vfs->expected = expected_new();
	vfs->fresh = fresh_new(s);
	vfs->load = load_new();
	int r = vfs->expected && vfs->fresh && vfs->load ? 0 : -ENOMEM;
	if (r == 0)
		r = make_boot_id(vfs->boot_id, sizeof vfs->boot_id);
	for (int i = 0; r == 0 && i < VFS_TREES; i++)
		r = init_tree(s, &vfs->tree[i], mountinfo);
	return r < 0 ? r : skeleton_init(s);
}
