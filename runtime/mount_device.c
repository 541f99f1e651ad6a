/*
 * /dev. A user namespace may not make device nodes, so each is an empty file with the host's node
 * bound over it. Which nodes: those the runtime specification demands, and those of config.json.
 *
 * Each bind is read-only: that keeps owner, mode and times, which are the host's, from the
 * container's root, and does not matter for reading and writing the device.
 */
#include "runtime/mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/cleanup.h"

static const struct spec_device defaults[] = {
    {.type = 'c', .path = "/dev/null", .major = 1, .minor = 3},
    {.type = 'c', .path = "/dev/zero", .major = 1, .minor = 5},
    {.type = 'c', .path = "/dev/full", .major = 1, .minor = 7},
    {.type = 'c', .path = "/dev/random", .major = 1, .minor = 8},
    {.type = 'c', .path = "/dev/urandom", .major = 1, .minor = 9},
    {.type = 'c', .path = "/dev/tty", .major = 5, .minor = 0},
};

static const struct {
	const char *path, *target;
} links[] = {
    {"/dev/fd", "/proc/self/fd"},
    {"/dev/stdin", "/proc/self/fd/0"},
    {"/dev/stdout", "/proc/self/fd/1"},
    {"/dev/stderr", "/proc/self/fd/2"},
};

static bool is_node(const struct spec_device *d, const struct stat *st)
{
	mode_t type = d->type == 'b' ? S_IFBLK : S_IFCHR;
	return (st->st_mode & S_IFMT) == type && major(st->st_rdev) == d->major &&
	       minor(st->st_rdev) == d->minor;
}

/* The name of a node for the device in the host's /dev (not below it), or -1 with errno. */
static int find_node(const struct spec_device *d, char *path, size_t size)
{
	_cleanup_dir_ DIR *dir = opendir("/dev");
	struct dirent *entry;
	while (dir && (entry = readdir(dir))) {
		struct stat st;
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    is_node(d, &st)) {
			snprintf(path, size, "/dev/%s", entry->d_name);
			return 0;
		}
	}
	errno = ENODEV;
	return -1;
}

/* The host's node for the device: the one of the same name, else any in /dev. */
static int clone_node(const struct spec_device *d, struct error *e)
{
	struct stat st;
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s", d->path);
	if ((stat(path, &st) < 0 || !is_node(d, &st)) && find_node(d, path, sizeof path) < 0)
		return error_set(e, errno, "the host has no node for %c %u:%u in /dev", d->type,
				 d->major, d->minor);
	_cleanup_close_ int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !is_node(d, &st))
		return error_set(e, fd < 0 ? errno : ENODEV, "the host's %s", path);
	int r = mount_set(fd, MOUNT_ATTR_RDONLY);
	return r < 0 ? error_set(e, -r, "the host's %s", path) : steal_fd(&fd);
}

int device_clone_null(struct error *e)
{
	return clone_node(&defaults[0], e);
}

static int make_fifo(const struct mount_tree *t, const struct spec_device *d, struct error *e)
{
	const char *name;
	_cleanup_close_ int parent = tree_parent(t, d->path, &name);
	if (parent < 0)
		return error_set(e, -parent, "make its directory");
	mode_t mode = d->mode.set ? d->mode.value : 0666;
	if (mkfifoat(parent, name, mode) < 0 && errno != EEXIST)
		return error_set(e, errno, "make a FIFO");
	if (fchownat(parent, name, d->uid.value, d->gid.value, AT_SYMLINK_NOFOLLOW) < 0)
		return error_set(e, errno, "set its owner");
	return 0;
}

static int bind_device(const struct mount_tree *t, const struct spec_device *d, struct error *e)
{
	if (d->type == 'p')
		return make_fifo(t, d, e);
	_cleanup_close_ int node = clone_node(d, e);
	if (node < 0)
		return node;
	_cleanup_close_ int point = tree_mount_point(t, d->path, false);
	int r = point < 0 ? point : tree_attach(node, point);
	return r < 0 ? error_set(e, -r, "mount point") : 0;
}

static int make_link(const struct mount_tree *t, const char *path, const char *target,
		     struct error *e)
{
	const char *name;
	_cleanup_close_ int parent = tree_parent(t, path, &name);
	int r = parent < 0 ? parent : 0;
	/* What the image has there is its own business. */
	if (r == 0 && symlinkat(target, parent, name) < 0 && errno != EEXIST)
		r = -errno;
	return r < 0 ? error_set(e, -r, "make link %s", path) : 0;
}

/* The multiplexer of the container's own devpts, in place of any other. */
static int make_ptmx(const struct mount_tree *t, struct error *e)
{
	const char *name;
	_cleanup_close_ int parent = tree_parent(t, "/dev/ptmx", &name);
	int r = parent < 0 ? parent : 0;
	if (r == 0 && unlinkat(parent, name, 0) < 0 && errno != ENOENT)
		r = -errno;
	if (r == 0 && symlinkat("pts/ptmx", parent, name) < 0)
		r = -errno;
	return r < 0 ? error_set(e, -r, "make link /dev/ptmx") : 0;
}

/* Those that are there whatever linux.devices says. */
static bool is_provided(const char *path, bool has_pts)
{
	if (has_pts && !strcmp(path, "/dev/ptmx"))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (!strcmp(defaults[i].path, path))
			return true;
	return false;
}

static int bind_devices(struct mount_tree *t, bool has_pts, struct error *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		int r = bind_device(t, &defaults[i], e);
		if (r < 0)
			return error_prefix(e, r, "%s", defaults[i].path);
	}
	for (size_t i = 0; i < t->spec->device_count; i++) {
		const struct spec_device *d = &t->spec->devices[i];
		if (is_provided(d->path, has_pts))
			continue;
		int r = bind_device(t, d, e);
		if (r < 0)
			return error_prefix(e, r, "linux.devices[%zu] (%s)", i, d->path);
	}
	return 0;
}

int mount_devices(struct mount_tree *t, struct error *e)
{
	bool has_pts = false;
	for (size_t i = 0; i < t->spec->mount_count; i++) {
		const struct spec_mount *m = &t->spec->mounts[i];
		if (!strcmp(m->destination, "/dev") && m->flags & MS_BIND)
			return 0;
		has_pts |= !strcmp(m->type, "devpts");
	}
	int r = bind_devices(t, has_pts, e);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(links); i++)
		r = make_link(t, links[i].path, links[i].target, e);
	return r == 0 && has_pts ? make_ptmx(t, e) : r;
}
