/*
 * One overlay for each filesystem of the host, stacked in a mount namespace of the caller's own: it
 * goes with the last process that uses it, so there is nothing to clean up. Sockets and FIFOs of
 * the host are not reachable through an overlay, only files are: an overlay's inodes are its own.
 *
 * Like in mounts.c the tree is attached over "/", where lookups of the host's paths do not see it.
 */
#include "runtime/host_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "lib/log.h"
#include "runtime/mount_tree.h"
#include "runtime/overlay.h"

#define MOUNTINFO_MAX (4u << 20)

/* The overlay of a directory of the host, detached. */
static int make_overlay(int upper, unsigned n, const char *lower, struct error *e)
{
	_cleanup_close_ int fd = open(lower, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set(e, errno, "%s", lower);
	struct overlay o = {.name = lower, .lower = fd, .base = upper};
	snprintf(o.upper, sizeof o.upper, "upper%u", n);
	snprintf(o.work, sizeof o.work, "work%u", n);
	return overlay_mount(&o, e);
}

/* Undoes the octal escapes of mountinfo in place. */
static void unescape(char *s)
{
	char *out = s;
	for (; *s; s++) {
		unsigned code;
		if (*s == '\\' && sscanf(s + 1, "%3o", &code) == 1) {
			*out++ = (char)code;
			s += 3;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

/* Whether a mount is one of files (and not of the kernel's own), and not where the container gets
 * its own. */
static bool is_wanted(const char *path, const char *type)
{
	static const char *const own[] = {"/proc", "/sys", "/dev"};
	static const char *const kernel[] = {
	    "proc",	"sysfs",  "devtmpfs",	"devpts",     "cgroup",	    "cgroup2", "mqueue",
	    "nsfs",	"autofs", "bpf",	"debugfs",    "tracefs",    "fusectl", "pstore",
	    "configfs", "ramfs",  "securityfs", "rpc_pipefs", "binfmt_misc"};
	if (!strcmp(path, "/"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		size_t length = strlen(own[i]);
		if (!strncmp(path, own[i], length) && (!path[length] || path[length] == '/'))
			return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kernel); i++)
		if (!strcmp(type, kernel[i]))
			return false;
	return true;
}

static int add_overlay(const struct mount_tree *t, int upper, unsigned n, const char *path,
		       struct error *e)
{
	struct stat st;
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0; /* hidden by a later mount, or a single file */
	_cleanup_close_ int mount = make_overlay(upper, n, path, e);
	if (mount < 0)
		return mount;
	_cleanup_close_ int point = tree_mount_point(t, path, true);
	int r = point < 0 ? point : tree_attach(mount, point);
	return r < 0 ? error_set(e, -r, "%s", path) : 0;
}

/* Overlays for what is mounted below the root. One that cannot be is left out. */
static int add_overlays(const struct mount_tree *t, int upper, char *mountinfo)
{
	char *save, *rest;
	unsigned n = 1;
	for (char *line = strtok_r(mountinfo, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char path[PATH_MAX], type[64];
		struct error e;
		rest = strstr(line, " - ");
		if (!rest || sscanf(line, "%*s %*s %*s %*s %4095s", path) != 1 ||
		    sscanf(rest, " - %63s", type) != 1)
			continue;
		unescape(path);
		if (is_wanted(path, type) && add_overlay(t, upper, n++, path, &e) < 0)
			log_info("%s is left out: %s", path, e.message);
	}
	return 0;
}

/*
 * Takes a mount from over "/" again. The layers live on in the overlays; and a process whose root
 * has something mounted on it counts as chrooted, which may make no user namespace.
 */
static int detach(int mount)
{
	char path[40];
	snprintf(path, sizeof path, "/proc/self/fd/%d", mount);
	return umount2(path, MNT_DETACH) < 0 ? -errno : 0;
}

int host_tree_make(struct error *e)
{
	_cleanup_free_ char *mountinfo = NULL;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_set(e, errno, "make a mount namespace");
	ssize_t n = read_file_alloc(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &mountinfo);
	if (n < 0)
		return error_set(e, (int)-n, "/proc/self/mountinfo");
	_cleanup_close_ int upper =
	    mount_plain("tmpfs", "mode=700", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, e);
	if (upper < 0)
		return upper;
	/* An overlay takes only layers that are mounted somewhere. */
	if (move_mount(upper, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return error_set(e, errno, "attach the upper layers");
	_cleanup_close_ int root = make_overlay(upper, 0, "/", e);
	if (root < 0)
		return root;
	if (move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return error_set(e, errno, "attach the overlay of /");
	const struct mount_tree t = {.root = root};
	int r = add_overlays(&t, upper, mountinfo);
	if (r < 0)
		return r;
	int tree =
	    open_tree(root, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
	r = tree < 0 ? -errno : detach(root);
	if (r == 0)
		r = detach(upper);
	if (r < 0)
		close_fd(&tree);
	return r < 0 ? error_set(e, -r, "take the overlay of /") : tree;
}
