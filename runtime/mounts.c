/*
 * The order in which the container's mount tree comes together.
 *
 * The root is attached over the "/" of the child's copy of the host's tree. A lookup that starts at
 * "/" does not see what is mounted on it, so the host's paths still work while everything is
 * put in place by descriptors below the new root; no path of the host needs to be writable, or even
 * be reachable for the container's root. Then pivot_root(2) swaps the two, and the host's tree
 * goes.
 */
#include "runtime/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "runtime/mount_tree.h"
#include "runtime/rootless.h"
#include "sentry/boot.h"

/* --- in the runtime ------------------------------------------------------------------------- */

static bool is_one_of(const char *type, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(type, *list))
			return true;
	return false;
}

/*
 * The host's /sys bound on /sys stands for a sysfs that the caller's privilege does not reach to
 * mount. Like every sysfs it is the sentry's own tree.
 */
static bool is_bound_sysfs(const struct spec_mount *m)
{
	return m->flags & MS_BIND && !strcmp(m->destination, "/sys") && !strcmp(m->source, "/sys");
}

/* Filesystems that belong to the container's own namespaces are mounted in them. */
static bool is_made_by_child(const struct spec *spec, const struct spec_mount *m)
{
	static const char *const types[] = {"proc",   "sysfs",	 "tmpfs", "devpts",
					    "cgroup", "cgroup2", NULL};
	if (!strcmp(m->type, "mqueue"))
		return spec->namespaces[SPEC_NS_IPC].set && !spec->namespaces[SPEC_NS_IPC].path;
	return is_bound_sysfs(m) || is_one_of(m->type, types);
}

static int set_slave(int mount)
{
	struct mount_attr attr = {.propagation = MS_SLAVE};
	return mount_setattr(mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) < 0
		   ? -errno
		   : 0;
}

/* A bind mount sees what the host mounts there later, but is not the host's peer unless asked. */
static int prepare_bind(const struct spec *spec, const struct spec_mount *m, struct error *e)
{
	_cleanup_close_ int mount = mount_clone(m, e);
	if (mount < 0)
		return mount;
	int r = m->propagation_count ? 0 : set_slave(mount);
	if (r < 0)
		return error_set(e, -r, "set its propagation");
	r = mount_has_idmap(m) ? mount_idmap(mount, m, spec, e) : 0;
	if (r == 0)
		r = mount_configure(mount, m, 0, e);
	return r < 0 ? r : steal_fd(&mount);
}

static int prepare_filesystem(const struct spec_mount *m, struct error *e)
{
	_cleanup_close_ int mount = mount_filesystem(m, m->type, NULL, e);
	int r = mount < 0 ? mount : mount_configure(mount, m, 0, e);
	return r < 0 ? r : steal_fd(&mount);
}

static int prepare_mount(const struct spec *spec, const struct spec_mount *m, int *out,
			 struct error *e)
{
	if (mount_has_idmap(m) && !(m->flags & MS_BIND))
		return error_set(e, ENOTSUP, "id mappings of a mount that is not a bind mount");
	if (!strcmp(m->destination, "/"))
		return error_set(e, 0, "the root is given by root.path");
	if (is_made_by_child(spec, m))
		return 0;
	*out = m->flags & MS_BIND ? prepare_bind(spec, m, e) : prepare_filesystem(m, e);
	return *out < 0 ? *out : 0;
}

int mounts_prepare(const struct spec *spec, int root, struct mount_sources *out, struct error *e)
{
	*out = (struct mount_sources){.root = root, .nodes = -1};
	if (out->root < 0) {
		out->root = open_tree(AT_FDCWD, spec->root.path,
				      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
		if (out->root < 0)
			return error_set(e, errno, "root.path %s", spec->root.path);
	}
	/* Whatever is configured, the host must not be a peer while the tree is made. */
	int r = set_slave(out->root);
	if (r == 0)
		r = mount_forbid_devices(out->root);
	if (r < 0)
		return error_set(e, -r, "root.path %s", spec->root.path);
	/* Only root of the host may make nodes that work. */
	if (!rootless_caller() && !mount_has_bound_dev(spec)) {
		out->nodes = mount_make_nodes(spec, e);
		if (out->nodes < 0)
			return out->nodes;
	}
	out->mounts = malloc((spec->mount_count + 1) * sizeof *out->mounts);
	if (!out->mounts)
		return error_set(e, ENOMEM, "mounts");
	for (; out->count < spec->mount_count; out->count++)
		out->mounts[out->count] = -1;
	for (size_t i = 0; i < spec->mount_count; i++) {
		r = prepare_mount(spec, &spec->mounts[i], &out->mounts[i], e);
		if (r < 0)
			return error_prefix(e, r, "mounts[%zu] (%s)", i,
					    spec->mounts[i].destination);
	}
	return 0;
}

void mount_sources_release(struct mount_sources *sources)
{
	close_fd(&sources->root);
	close_fd(&sources->nodes);
	for (size_t i = 0; i < sources->count; i++)
		close_fd(&sources->mounts[i]);
	free(sources->mounts);
	*sources = (struct mount_sources)MOUNT_SOURCES_EMPTY;
}

/* --- in the child --------------------------------------------------------------------------- */

/* Attaches what the runtime has prepared; a file is mounted on a file. */
static int attach_prepared(struct mount_tree *t, const struct spec_mount *m, int mount,
			   struct error *e)
{
	struct stat st;
	if (fstat(mount, &st) < 0)
		return error_set(e, errno, "source");
	_cleanup_close_ int point = tree_mount_point(t, m->destination, S_ISDIR(st.st_mode));
	int r = point < 0 ? point : tree_attach(mount, point);
	return r < 0 ? error_set(e, -r, "mount point") : 0;
}

static int mount_one(struct mount_tree *t, const struct spec_mount *m, int prepared,
		     struct error *e)
{
	static const struct {
		const char *type;
		int (*function)(struct mount_tree *t, const struct spec_mount *m, struct error *e);
	} makers[] = {
	    {"proc", mount_skeleton}, {"sysfs", mount_skeleton}, {"tmpfs", mount_tmpfs},
	    {"cgroup", mount_cgroup}, {"cgroup2", mount_cgroup}, {"devpts", mount_devpts},
	};
	if (prepared >= 0)
		return attach_prepared(t, m, prepared, e);
	if (is_bound_sysfs(m))
		return mount_skeleton(t, m, e);
	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (!strcmp(m->type, makers[i].type))
			return makers[i].function(t, m, e);
	_cleanup_close_ int mount = prepare_filesystem(m, e);
	return mount < 0 ? mount : attach_prepared(t, m, mount, e);
}

static int mount_all(struct mount_tree *t, struct mount_sources *sources, struct error *e)
{
	for (size_t i = 0; i < t->spec->mount_count; i++) {
		const struct spec_mount *m = &t->spec->mounts[i];
		int r = mount_one(t, m, sources->mounts[i], e);
		if (r < 0)
			return error_prefix(e, r, "mounts[%zu] (%s)", i, m->destination);
		close_fd(&sources->mounts[i]);
	}
	return 0;
}

static int make_read_only(struct mount_tree *t, struct error *e)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < t->read_only_count; i++)
		r = mount_set(t->read_only[i], MOUNT_ATTR_RDONLY);
	if (r == 0 && t->spec->root.readonly)
		r = mount_set(t->root, MOUNT_ATTR_RDONLY);
	return r < 0 ? error_set(e, -r, "make mounts read-only") : 0;
}

/* pivot_root(2) with "." twice: the old root ends up on the new one, where it can be unmounted. */
static int enter_root(struct mount_tree *t, bool no_pivot, struct error *e)
{
	int r = fchdir(t->root);
	if (r == 0 && no_pivot) {
		r = chroot(".");
	} else if (r == 0) {
		r = (int)syscall(SYS_pivot_root, ".", ".");
		if (r == 0)
			r = umount2(".", MNT_DETACH);
	}
	if (r < 0 || chdir("/") < 0)
		return error_set(e, errno, "enter the container's root");
	unsigned long propagation = t->spec->rootfs_propagation;
	if (propagation && mount(NULL, "/", NULL, propagation, NULL) < 0)
		return error_set(e, errno, "linux.rootfsPropagation");
	return 0;
}

static void tree_release(struct mount_tree *t)
{
	for (size_t i = 0; i < t->read_only_count; i++)
		close(t->read_only[i]);
	free(t->read_only);
	close_fd(&t->empty);
}

int mounts_assemble(const struct spec *spec, struct mount_sources *sources,
		    const struct cgroup *cgroup, bool no_pivot, struct sentry_boot *boot,
		    mounts_ready *ready, void *arg, struct error *e)
{
	_cleanup_(tree_release) struct mount_tree t = {
	    .spec = spec, .cgroup = cgroup, .boot = boot, .root = sources->root, .empty = -1};
	boot->proc_skeleton = boot->sys_skeleton = -1;
	if (move_mount(t.root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return error_set(e, errno, "root.path %s", spec->root.path);
	int r = mount_all(&t, sources, e);
	if (r == 0)
		r = mount_devices(&t, sources->nodes, e);
	if (r == 0)
		r = mount_masks(&t, e);
	if (r == 0)
		r = make_read_only(&t, e);
	if (r == 0)
		r = ready(arg, e);
	return r < 0 ? r : enter_root(&t, no_pivot, e);
}
