/*
 * Names: the path arguments of system calls. See name.h for the use and sentry/vfs/walk.c for the
 * walk through the synthesized trees. On the hot path (an absolute name outside of them, or one
 * relative to the cwd) nothing here makes a system call but the one that reads the string.
 *
 * Where a name leads into a tree is known from its text, when it is absolute and the caller's root
 * is the container's; from its start, when that is a directory on a skeleton; or, when neither,
 * from a second look after the kernel's own walk has failed (name_reconsider).
 *
 * #syscalls: openat openat2 readlinkat fstat close
 */
#include "syscalls/name.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "platform/platform.h"
#include "sentry/sentry.h"
#include "sentry/vfs.h"
#include "sentry/vfs/tree.h"
#include "sentry/worker.h"

/* A name that leads in and out of the trees more often is not walked to its end. */
#define ROUNDS_MAX 8

static bool is_absolute(const struct name *n)
{
	return n->path && n->path[0] == '/' && !(n->flags & NAME_BENEATH);
}

/* The node of a directory, when it lies on a skeleton: 1, or 0. -ESRCH: its process is gone. */
static int node_of(struct worker *w, int fd, struct vfs_node *node)
{
	struct stat st;
	if (fstat(fd, &st) < 0 || !vfs_is_skeleton(w->sentry, &st) || !S_ISDIR(st.st_mode))
		return 0;
	int r = skeleton_find(w->sentry, &st, node);
	return r < 0 ? r : 1;
}

/* Replaces what the name is relative to. */
static void start_from(struct name *n, int fd)
{
	close_fd(&n->owned_fd);
	n->owned_fd = fd;
	n->dirfd = fd;
}

/* The name goes on among real files: rest, from the walk's fd. */
static int go_on(struct worker *w, struct name *n, struct vfs_walk *walk)
{
	char *path = NULL;

	start_from(n, walk->fd);
	if (*walk->rest) {
		path = strdup(walk->rest);
	} else if (asprintf(&path, "thread-self/fd/%d", walk->fd) < 0) {
		path = NULL;
	} else {
		/* The open file itself: host procfs reopens it, with all that the call demands. */
		n->dirfd = w->sentry->proc_fd;
	}
	if (!path)
		return -ENOMEM;
	free(n->owned_path);
	n->path = n->owned_path = path;
	return 0;
}

/* Walks text from walk->node and lets n say where that leads. 0 or a negative errno. */
static int walk_from(struct worker *w, struct name *n, struct vfs_walk *walk, const char *text)
{
	walk->w = w;
	walk->nofollow = n->flags & NAME_NOFOLLOW;
	int r = text ? vfs_walk_prepend(walk, text, strlen(text)) : 0;
	if (r == 0)
		r = vfs_walk(walk);
	/* What would be made in sysfs fails for where it would be. */
	if (r == -ENOENT && n->flags & NAME_CREATE && walk->node.tree == VFS_SYS &&
	    !walk->rest[strspn(walk->rest, "/")])
		return -EROFS;
	if (r < 0)
		return r;
	if (r == VFS_LEFT)
		return go_on(w, n, walk);
	n->node = malloc(sizeof *n->node);
	if (!n->node)
		return -ENOMEM;
	*n->node = walk->node;
	n->node->to_make = n->flags & NAME_CREATE;
	n->node->entry = n->flags & NAME_NOFOLLOW;
	return 0;
}

/*
 * Finds out from the text and the start whether the name is in a tree. The worker is dressed, so
 * its root and cwd are the guest's.
 */
static int locate(struct worker *w, int guest_dirfd, struct name *n)
{
	const struct context *ctx = w->ctx;
	struct vfs_walk walk;
	const char *rest = n->path;
	int inside = 0;

	n->dirfd = AT_FDCWD;
	if (is_absolute(n)) {
		rest = NULL;
		if (ctx->root == w->sentry->root)
			rest = vfs_match(w->sentry, n->path, &walk.node);
		inside = rest != NULL;
	} else if (guest_dirfd != AT_FDCWD) {
		int fd = trap_fetch_fd(&w->trap, guest_dirfd);
		if (fd < 0)
			return fd;
		start_from(n, fd);
		/* The descriptor itself is a real directory. */
		if (n->path && *n->path)
			inside = node_of(w, fd, &walk.node);
	} else if (ctx->cwd->synthetic && n->path && *n->path) {
		inside = node_of(w, ctx->cwd->fd, &walk.node);
	}
	if (inside <= 0)
		return inside;
	walk.rest = NULL;
	walk.links = 0;
	return walk_from(w, n, &walk, rest);
}

int name_read(struct worker *w, int guest_dirfd, uint64_t address, char *buffer, unsigned flags,
	      struct name *n)
{
	n->flags = flags;
	n->path = NULL;
	if (!address && flags & NAME_NULL_OK && guest_dirfd != AT_FDCWD)
		return locate(w, guest_dirfd, n);

	int length = (flags & NAME_QUERY ? trap_peek_string : trap_read_string)(&w->trap, address,
										buffer, PATH_MAX);
	if (length < 0)
		return length;
	if (!length && !(flags & NAME_EMPTY_OK))
		return -ENOENT;
	n->path = buffer;
	return locate(w, guest_dirfd, n);
}

int name_from_string(struct worker *w, char *path, unsigned flags, struct name *n)
{
	n->flags = flags;
	n->path = path;
	if (!*path)
		return -ENOENT;
	return locate(w, AT_FDCWD, n);
}

/* Looks the name up as the kernel walks it, without any other effect. 0 or a negative errno. */
static int probe(const struct name *n, uint64_t resolve)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = resolve};
	if (n->flags & NAME_NOFOLLOW)
		how.flags |= O_NOFOLLOW;
	_cleanup_close_ int fd = (int)syscall(SYS_openat2, n->dirfd, n->path, &how, sizeof how);
	return fd < 0 ? -errno : 0;
}

/* Cheaply: whether a walk by the kernel may have come onto a skeleton. */
static bool may_have_entered(struct worker *w, const struct name *n)
{
	/* Only by crossing a mount point, */
	if (probe(n, RESOLVE_NO_XDEV) != -EXDEV)
		return false;
	/* and as the text does not say it, through a link or "..", or from another place, */
	if (n->path[0] != '/' || w->ctx->root != w->sentry->root || strstr(n->path, ".."))
		return true;
	/* or where the tree is mounted a second time. */
	const struct vfs_tree *tree = w->sentry->vfs->tree;
	return tree[VFS_PROC].twice || tree[VFS_SYS].twice ||
	       probe(n, RESOLVE_NO_SYMLINKS) == -ELOOP;
}

static int open_component(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Puts a link's text in front of the walk and goes back to where it is relative to. */
static int follow_link(struct vfs_walk *walk, int link, int *dir)
{
	char text[PATH_MAX];
	if (++walk->links > VFS_LINKS_MAX)
		return -ELOOP;
	ssize_t n = readlinkat(link, "", text, sizeof text);
	if (n <= 0)
		return n < 0 ? -errno : -ENOENT;
	if (text[0] == '/') {
		close_fd(dir);
		*dir = open_component(AT_FDCWD, "/");
		if (*dir < 0)
			return *dir;
	}
	return vfs_walk_prepend(walk, text, (size_t)n);
}

/* One component of a walk among real files. 1: walk->node is where it came onto a skeleton. */
static int native_step(struct vfs_walk *walk, int *dir, const char *name, bool last)
{
	struct stat st;
	_cleanup_close_ int fd = open_component(*dir, name);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return last && walk->nofollow ? -ENOENT : follow_link(walk, fd, dir);
	if (vfs_is_skeleton(walk->w->sentry, &st)) {
		int r = skeleton_find(walk->w->sentry, &st, &walk->node);
		return r < 0 ? r : 1;
	}
	close_fd(dir);
	*dir = steal_fd(&fd);
	return 0;
}

/* Walks component by component until the walk comes onto a skeleton (1) or to its end (-ENOENT). */
static int native_walk(struct vfs_walk *walk, const struct name *n)
{
	char name[NAME_MAX + 1];
	bool last;
	bool from_root = n->path[0] == '/';
	_cleanup_close_ int dir =
	    from_root ? open_component(AT_FDCWD, "/") : open_component(n->dirfd, ".");
	int r = dir < 0 ? dir : vfs_walk_prepend(walk, n->path, strlen(n->path));
	while (r == 0) {
		r = vfs_walk_next(walk, name, &last);
		if (r <= 0)
			return r < 0 ? r : -ENOENT;
		r = native_step(walk, &dir, name, last);
	}
	return r;
}

/* What Linux answers to a name that is not in procfs, whatever the call: host procfs says it. */
static int lead_nowhere(struct worker *w, struct name *n)
{
	char *path = strdup("0");
	if (!path)
		return -ENOMEM;
	free(n->owned_path);
	n->path = n->owned_path = path;
	n->dirfd = w->sentry->proc_fd;
	return 0;
}

/*
 * Pipes and the like, which guests make natively, belong to the host identity that all guests
 * share; who holds one, or may trace who holds it, has the right to it that its maker would have.
 */
static bool is_guests_own(struct worker *w, const struct name *n)
{
	struct stat st;
	return n->dirfd == w->sentry->proc_fd && n->owned_fd >= 0 && !n->undressed &&
	       fstat(n->owned_fd, &st) == 0 && st.st_uid == w->sentry->guest_uid;
}

bool name_reconsider(struct worker *w, struct name *n, int64_t result)
{
	struct vfs_walk walk = {.w = w, .nofollow = n->flags & NAME_NOFOLLOW};

	if (result == -EACCES && is_guests_own(w, n)) {
		worker_as_sentry(w);
		n->undressed = true;
		return true;
	}

	if (result != -ENOENT && result != -ENOTDIR && result != -EROFS && result != -EINVAL)
		return false;
	if (n->node || !n->path || !*n->path || n->flags & NAME_BENEATH || n->rounds >= ROUNDS_MAX)
		return false;
	if (n->dirfd == w->sentry->proc_fd || !may_have_entered(w, n))
		return false;
	n->rounds++;
	if (native_walk(&walk, n) != 1)
		return false;
	int r = walk_from(w, n, &walk, NULL);
	if (r == -ENOENT)
		r = lead_nowhere(w, n);
	return r == 0;
}

void name_release(struct name *n)
{
	close_fd(&n->owned_fd);
	free(n->node);
	free(n->owned_path);
	n->node = NULL;
	n->owned_path = NULL;
}
