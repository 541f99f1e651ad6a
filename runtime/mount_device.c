/*
 * /dev. A user namespace may not make device nodes, so the runtime makes them, on a small
 * filesystem of the container's own: modes and owners are the container's business, and its root
 * may change them. Each is bound over an empty file at its place. A caller who may not make nodes
 * either has the host's bound, read-only, which for a device concerns mode, owner and times alone.
 *
 * Which nodes: those the runtime specification demands, and those of config.json.
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

#define NODE_MODE 0666u

static const struct spec_device *configured(const struct spec *spec, const char *path)
{
	for (size_t i = 0; i < spec->device_count; i++)
		if (!strcmp(spec->devices[i].path, path))
			return &spec->devices[i];
	return NULL;
}

static bool has_devpts(const struct spec *spec)
{
	for (size_t i = 0; i < spec->mount_count; i++)
		if (!strcmp(spec->mounts[i].type, "devpts"))
			return true;
	return false;
}

static size_t count_devices(const struct spec *spec)
{
	return ARRAY_SIZE(defaults) + spec->device_count;
}

/*
 * Both kinds in one numbering; NULL for a default device that the configuration replaces, and for
 * the host's terminal multiplexer, in whose place is that of the container's devpts.
 */
static const struct spec_device *device_at(const struct spec *spec, size_t i)
{
	if (i >= ARRAY_SIZE(defaults)) {
		const struct spec_device *d = &spec->devices[i - ARRAY_SIZE(defaults)];
		return !strcmp(d->path, "/dev/ptmx") && has_devpts(spec) ? NULL : d;
	}
	return configured(spec, defaults[i].path) ? NULL : &defaults[i];
}

static int device_error(const struct spec *spec, size_t i, int r, struct error *e)
{
	const char *path = device_at(spec, i)->path;
	if (i < ARRAY_SIZE(defaults))
		return error_prefix(e, r, "%s", path);
	return error_prefix(e, r, "linux.devices[%zu] (%s)", i - ARRAY_SIZE(defaults), path);
}

bool mount_has_bound_dev(const struct spec *spec)
{
	for (size_t i = 0; i < spec->mount_count; i++)
		if (!strcmp(spec->mounts[i].destination, "/dev") && spec->mounts[i].flags & MS_BIND)
			return true;
	return false;
}

/* --- in the runtime ------------------------------------------------------------------------- */

/* The host's number of an id of the container, root's by default; false when it has none. */
static bool host_id(const struct spec_id_maps *maps, const struct spec_u32 *wanted, uint32_t *out)
{
	uint32_t id = wanted->value;
	*out = id;
	for (size_t i = 0; i < maps->count; i++)
		if (id >= maps->maps[i].container_id &&
		    id - maps->maps[i].container_id < maps->maps[i].size) {
			*out = maps->maps[i].host_id + (id - maps->maps[i].container_id);
			return true;
		}
	return maps->count == 0 || !wanted->set;
}

static int make_node(int fs, const struct spec *spec, const struct spec_device *d, const char *name,
		     struct error *e)
{
	uint32_t uid, gid;
	if (!host_id(&spec->uid_maps, &d->uid, &uid) || !host_id(&spec->gid_maps, &d->gid, &gid))
		return error_set(e, 0, "its owner is not in the container's user namespace");
	mode_t type = d->type == 'b' ? S_IFBLK : S_IFCHR;
	mode_t mode = d->mode.set ? d->mode.value : NODE_MODE;
	if (mknodat(fs, name, type | mode, makedev(d->major, d->minor)) < 0 ||
	    fchownat(fs, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fchmodat(fs, name, mode, 0) < 0)
		return error_set(e, errno, "make a device node");
	return 0;
}

int mount_make_nodes(const struct spec *spec, struct error *e)
{
	_cleanup_close_ int fs =
	    mount_plain("tmpfs", "size=4k,mode=711", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, e);
	for (size_t i = 0; fs >= 0 && i < count_devices(spec); i++) {
		const struct spec_device *d = device_at(spec, i);
		char name[24];
		snprintf(name, sizeof name, "%zu", i);
		int r = d && d->type != 'p' ? make_node(fs, spec, d, name, e) : 0;
		if (r < 0)
			return device_error(spec, i, r, e);
	}
	return steal_fd(&fs);
}

/* --- in the child --------------------------------------------------------------------------- */

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
static int clone_host_node(const struct spec_device *d, struct error *e)
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
	return clone_host_node(&defaults[0], e);
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

/* The node that the runtime has made, now that its filesystem is mounted. */
static int clone_node(int nodes, size_t i, struct error *e)
{
	char name[24];
	snprintf(name, sizeof name, "%zu", i);
	int fd = open_tree(nodes, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return fd < 0 ? error_set(e, errno, "bind the device node") : fd;
}

static int bind_device(const struct mount_tree *t, int nodes, size_t i, struct error *e)
{
	const struct spec_device *d = device_at(t->spec, i);
	if (d->type == 'p')
		return make_fifo(t, d, e);
	_cleanup_close_ int node = nodes < 0 ? clone_host_node(d, e) : clone_node(nodes, i, e);
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

static int bind_devices(struct mount_tree *t, int nodes, struct error *e)
{
	for (size_t i = 0; i < count_devices(t->spec); i++) {
		int r = device_at(t->spec, i) ? bind_device(t, nodes, i, e) : 0;
		if (r < 0)
			return device_error(t->spec, i, r, e);
	}
	return 0;
}

/*
 * Only what is mounted can be cloned, so the nodes' filesystem is, over "/", where no lookup sees
 * it (mounts.c), for as long as that takes.
 */
static int bind_made_devices(struct mount_tree *t, int nodes, struct error *e)
{
	char path[40];
	if (move_mount(nodes, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return error_set(e, errno, "attach the device nodes");
	int r = bind_devices(t, nodes, e);
	snprintf(path, sizeof path, "/proc/self/fd/%d", nodes);
	if (r == 0 && umount2(path, MNT_DETACH) < 0)
		r = error_set(e, errno, "detach the device nodes");
	return r;
}

int mount_devices(struct mount_tree *t, int nodes, struct error *e)
{
	if (mount_has_bound_dev(t->spec))
		return 0;
	int r = nodes < 0 ? bind_devices(t, -1, e) : bind_made_devices(t, nodes, e);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(links); i++)
		r = make_link(t, links[i].path, links[i].target, e);
	return r == 0 && has_devpts(t->spec) ? make_ptmx(t, e) : r;
}
