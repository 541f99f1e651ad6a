/*
 * Mounts that are more than a filesystem with options: the skeletons of /proc and /sys, which the
 * sentry fills (DESIGN.md section 8.1), control groups, tmpfs with the manners runc gives it, and
 * devpts.
 */
#include "runtime/mount_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "sentry/boot.h"

#define SKELETON_OPTIONS "size=16m,nr_inodes=65536,mode=555"

int tree_read_only_later(struct mount_tree *t, int mount)
{
	_cleanup_close_ int copy = fcntl(mount, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		return -errno;
	int *larger = realloc(t->read_only, (t->read_only_count + 1) * sizeof *larger);
	if (!larger)
		return -ENOMEM;
	t->read_only = larger;
	larger[t->read_only_count++] = steal_fd(&copy);
	return 0;
}

/* Attaches a directory's mount at m's destination, read-only at the end when m says so. */
static int attach(struct mount_tree *t, int mount, const struct spec_mount *m, struct error *e)
{
	_cleanup_close_ int point = tree_mount_point(t, m->destination, true);
	int r = point < 0 ? point : tree_attach(mount, point);
	if (r == 0 && m->flags & MS_RDONLY)
		r = tree_read_only_later(t, mount);
	if (r < 0)
		return error_set(e, -r, "mount point");
	return mount_configure(mount, m, MOUNT_KEEP_WRITABLE, e);
}

/* --- /proc and /sys ------------------------------------------------------------------------- */

/* Where a mount is, as a path of the container: links on the way are resolved. */
static int mounted_path(int mount, char *out, size_t size)
{
	char link[40];
	snprintf(link, sizeof link, "/proc/self/fd/%d", mount);
	ssize_t n = readlink(link, out, size - 1);
	if (n < 0)
		return -errno;
	out[n] = '\0';
	return (size_t)n < size - 1 ? 0 : -ENAMETOOLONG;
}

/* A second writable way into the mount's filesystem, for the sentry alone. */
static int clone_mount(int mount)
{
	int fd = open_tree(mount, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	return fd < 0 ? -errno : fd;
}

int mount_skeleton(struct mount_tree *t, const struct spec_mount *m, struct error *e)
{
	bool proc = !strcmp(m->type, "proc");
	int *skeleton = proc ? &t->boot->proc_skeleton : &t->boot->sys_skeleton;
	char *path = proc ? t->boot->proc_path : t->boot->sys_path;
	uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	/* A second mount of the kind shows the same tree. */
	_cleanup_close_ int mount = *skeleton >= 0
					? clone_mount(*skeleton)
					: mount_plain("tmpfs", SKELETON_OPTIONS, attributes, e);
	if (mount < 0)
		return *skeleton >= 0 ? error_set(e, -mount, "mount %s again", m->type) : mount;
	struct spec_mount read_only = *m;
	read_only.flags |= MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
	read_only.flags_cleared = 0;
	int r = attach(t, mount, &read_only, e);
	if (r < 0 || *skeleton >= 0)
		return r;
	r = mounted_path(mount, path, sizeof t->boot->proc_path);
	if (r == 0)
		*skeleton = r = clone_mount(mount);
	return r < 0 ? error_set(e, -r, "keep the tree behind it") : 0;
}

/* --- control groups ------------------------------------------------------------------------- */

static int clone_cgroup(const struct cgroup_directory *d, struct error *e)
{
	_cleanup_free_ char *path = NULL;
	if (asprintf(&path, "%s%s", d->mount, d->path) < 0)
		return error_set(e, ENOMEM, "cgroup");
	int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return fd < 0 ? error_set(e, errno, "bind %s", path) : fd;
}

/* One version 1 hierarchy below the tmpfs, with links for the controllers that share it. */
static int mount_hierarchy(int base, const struct cgroup_directory *d, struct error *e)
{
	const char *name = !strncmp(d->name, "name=", 5) ? d->name + 5 : d->name;
	if (mkdirat(base, name, 0755) < 0)
		return error_set(e, errno, "%s", name);
	_cleanup_close_ int mount = clone_cgroup(d, e);
	if (mount < 0)
		return mount;
	_cleanup_close_ int point = openat(base, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = mount_set(mount, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				     MOUNT_ATTR_NOEXEC);
	if (r == 0)
		r = point < 0 ? -errno : tree_attach(mount, point);
	if (r < 0)
		return error_set(e, -r, "mount %s", name);
	if (!strchr(name, ','))
		return 0;
	char list[sizeof d->name], *save;
	snprintf(list, sizeof list, "%s", name);
	for (char *c = strtok_r(list, ",", &save); c; c = strtok_r(NULL, ",", &save))
		if (symlinkat(name, base, c) < 0)
			return error_set(e, errno, "%s", c);
	return 0;
}

int mount_cgroup(struct mount_tree *t, const struct spec_mount *m, struct error *e)
{
	const struct cgroup *c = t->cgroup;
	if (c->count == 1 && !c->directories[0].name[0]) {
		_cleanup_close_ int mount = clone_cgroup(&c->directories[0], e);
		if (mount < 0)
			return mount;
		struct spec_mount unified = *m;
		if (!(m->flags_cleared & MS_RDONLY))
			unified.flags |= MS_RDONLY;
		return attach(t, mount, &unified, e);
	}
	_cleanup_close_ int base =
	    mount_plain("tmpfs", "mode=755,size=64k",
			mount_attributes(m->flags) & ~(uint64_t)MOUNT_ATTR_RDONLY, e);
	if (base < 0)
		return base;
	struct spec_mount read_only = *m;
	read_only.flags |= MS_RDONLY;
	read_only.flags_cleared = 0;
	int r = attach(t, base, &read_only, e);
	for (size_t i = 0; r == 0 && i < c->count; i++)
		r = mount_hierarchy(base, &c->directories[i], e);
	return r;
}

/* --- tmpfs ---------------------------------------------------------------------------------- */

static bool has_option(const char *data, const char *name)
{
	size_t length = strlen(name);
	for (const char *p = data; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (!strncmp(p, name, length) && p[length] == '=')
			return true;
	}
	return false;
}

/* A tmpfs over a directory takes its mode, unless the options give one. */
static int tmpfs_options(const struct spec_mount *m, int point, char **out)
{
	struct stat st;
	const char *data = m->data ? m->data : "";
	if (point < 0 || has_option(data, "mode") || fstat(point, &st) < 0)
		return (*out = strdup(data)) ? 0 : -ENOMEM;
	return asprintf(out, "%s%smode=%o", data, data[0] ? "," : "", st.st_mode & 07777) < 0
		   ? -ENOMEM
		   : 0;
}

/* tmpcopyup: the new filesystem begins with what it hides. */
static int copy_up(int point, int mount, struct error *e)
{
	_cleanup_close_ int from = openat(point, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int to = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int r = from < 0 || to < 0 || fstat(from, &st) < 0 ? -errno : copy_tree(from, to);
	if (r == 0 && fchown(to, st.st_uid, st.st_gid) < 0)
		r = -errno;
	return r < 0 ? error_set(e, -r, "tmpcopyup") : 0;
}

int mount_tmpfs(struct mount_tree *t, const struct spec_mount *m, struct error *e)
{
	_cleanup_close_ int point = tree_open(t, m->destination, O_PATH);
	_cleanup_free_ char *options = NULL;
	if (point < 0 && point != -ENOENT)
		return error_set(e, -point, "mount point");
	int r = tmpfs_options(m, point, &options);
	if (r < 0)
		return error_set(e, -r, "tmpfs");
	_cleanup_close_ int mount = mount_filesystem(m, "tmpfs", options, e);
	if (mount < 0)
		return mount;
	if (point >= 0 && m->extensions & SPEC_MOUNT_TMPCOPYUP)
		r = copy_up(point, mount, e);
	return r < 0 ? r : attach(t, mount, m, e);
}

/* --- devpts --------------------------------------------------------------------------------- */

static bool is_mapped(const struct spec_id_maps *maps, unsigned long id)
{
	for (size_t i = 0; i < maps->count; i++)
		if (id >= maps->maps[i].container_id &&
		    id - maps->maps[i].container_id < maps->maps[i].size)
			return true;
	return maps->count == 0;
}

/* The options without a gid (mostly tty's, 5) that the container's user namespace has not. */
static int devpts_options(const struct mount_tree *t, const struct spec_mount *m, char **out)
{
	const char *gid = m->data ? strstr(m->data, "gid=") : NULL;
	if (!gid || is_mapped(&t->spec->gid_maps, strtoul(gid + 4, NULL, 10)))
		return (*out = strdup(m->data ? m->data : "")) ? 0 : -ENOMEM;
	const char *rest = strchrnul(gid, ',');
	return asprintf(out, "%.*s%s", (int)(gid - m->data), m->data, rest) < 0 ? -ENOMEM : 0;
}

int mount_devpts(struct mount_tree *t, const struct spec_mount *m, struct error *e)
{
	_cleanup_free_ char *options = NULL;
	int r = devpts_options(t, m, &options);
	if (r < 0)
		return error_set(e, -r, "devpts");
	_cleanup_close_ int mount = mount_filesystem(m, "devpts", options, e);
	return mount < 0 ? mount : attach(t, mount, m, e);
}
