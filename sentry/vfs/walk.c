/*
 * The walk through a synthesized tree, as the kernel walks procfs: component by component along the
 * tables, links followed, until the name has arrived at a node or leaves the tree: by "..", through
 * a magic link, or into something that the config has mounted inside of it.
 *
 * Nothing here has an effect; permission to search is asked of every directory, as the guest.
 *
 * #syscalls: openat readlinkat fstat close
 */
#include "sentry/vfs/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "sentry/sentry.h"
#include "sentry/vfs.h"
#include "sentry/worker.h"

/* Past slashes and "." components; never past the NUL. */
static const char *skip_nothing(const char *p)
{
	for (;;) {
		if (*p == '/')
			p++;
		else if (*p == '.' && (p[1] == '/' || !p[1]))
			p++;
		else
			return p;
	}
}

/* Whether path begins with the components of tree. Text with ".." is left to the kernel. */
static const char *match_one(const char *tree, const char *path)
{
	for (;;) {
		tree = skip_nothing(tree);
		if (!*tree)
			return !*path || *path == '/' ? path : NULL;
		path = skip_nothing(path);
		size_t n = strcspn(tree, "/");
		if (strncmp(tree, path, n) || (path[n] && path[n] != '/'))
			return NULL;
		tree += n;
		path += n;
	}
}

const char *vfs_match(struct sentry *s, const char *path, struct vfs_node *node)
{
	for (int i = 0; i < VFS_TREES; i++) {
		const struct vfs_tree *tree = &s->vfs->tree[i];
		if (tree->skeleton < 0)
			continue;
		const char *rest = match_one(tree->path, path);
		if (rest) {
			*node = (struct vfs_node){.tree = i};
			node->level[0].row = tree->root;
			return rest;
		}
	}
	return NULL;
}

int vfs_walk_prepend(struct vfs_walk *walk, const char *text, size_t length)
{
	/* The first text goes to the end of the buffer, so that links find room in front of it. */
	char *end = walk->buffer + sizeof walk->buffer - 1;
	if (!walk->rest) {
		walk->rest = end;
		*end = 0;
	}
	if ((size_t)(walk->rest - walk->buffer) < length)
		return -ENAMETOOLONG;
	walk->rest -= length;
	memcpy(walk->rest, text, length);
	return 0;
}

int vfs_walk_next(struct vfs_walk *walk, char *name, bool *last)
{
	char *start = walk->rest;
	while (*start == '/')
		start++;
	size_t n = strcspn(start, "/");
	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, start, n);
	name[n] = 0;
	walk->rest = start + n;
	*last = !walk->rest[0]; /* a slash behind it asks for a directory: not the last */
	return n > 0;
}

/* The last step of leaving: what is still to walk is relative to fd. */
static int leave(struct vfs_walk *walk, int fd)
{
	if (fd < 0)
		return fd;
	walk->fd = fd;
	return VFS_LEFT;
}

/* ".." at the root of the tree: the directory that it is mounted in. */
static int leave_upward(struct vfs_walk *walk)
{
	struct sentry *s = walk->w->sentry;
	char path[300];
	snprintf(path, sizeof path, ".%s/..", s->vfs->tree[walk->node.tree].path);
	int fd = openat(s->root_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (*walk->rest == '/')
		walk->rest++;
	if (!*walk->rest && vfs_walk_prepend(walk, ".", 1) < 0) {
		close(fd);
		return -ENAMETOOLONG;
	}
	return leave(walk, fd);
}

/* ".." stops at the root of a process that has changed it to a directory of the tree. */
static bool is_own_root(struct vfs_walk *walk)
{
	const struct place *root = walk->w->ctx->root;
	struct vfs_node node;
	struct stat st;
	if (!root->synthetic || fstat(root->fd, &st) < 0 ||
	    skeleton_find(walk->w->sentry, &st, &node) < 0)
		return false;
	return node.tree == walk->node.tree && node.depth == walk->node.depth &&
	       vfs_node_ino(&node) == vfs_node_ino(&walk->node);
}

/* Whether the config has mounted something on this name: the kernel goes on from its parent. */
static int step_over_mount(struct vfs_walk *walk, struct vfs_view *v, const char *name)
{
	const struct vfs_tree *tree = &walk->w->sentry->vfs->tree[walk->node.tree];
	char path[PATH_MAX];
	if (!tree->over || !tree->over[0])
		return 0;
	int n = vfs_node_path(&walk->node, path, NAME_MAX);
	if (n < 0)
		return 0;
	char *end = path + n;
	snprintf(end, sizeof path - (size_t)n, "%s%s", n ? "/" : "", name);
	for (char **over = tree->over; *over; over++) {
		if (strcmp(*over, path))
			continue;
		worker_as_sentry(v->w);
		int r = skeleton_ensure(v);
		worker_dress_again(v->w);
		*end = 0;
		int fd = r < 0 ? r : openat(tree->mount, n ? path : ".", O_PATH | O_CLOEXEC);
		if (fd < 0)
			return r < 0 ? r : -errno;
		if (vfs_walk_prepend(walk, name, strlen(name)) < 0) {
			close(fd);
			return -ENAMETOOLONG;
		}
		walk->fd = fd;
		return 1;
	}
	return 0;
}

/*
 * A granted file of host procfs is never opened anew as it is: the guest would get it with the
 * rights of a worker. It is the node of the same path.
 */
static int arrive_at_host_file(struct vfs_walk *walk, int fd)
{
	struct sentry *s = walk->w->sentry;
	char path[40], text[PATH_MAX];
	snprintf(path, sizeof path, "thread-self/fd/%d", fd);
	ssize_t n = readlinkat(s->proc_fd, path, text, sizeof text);
	if (n < 0)
		return -errno;
	walk->node = (struct vfs_node){.tree = VFS_PROC};
	walk->node.level[0].row = s->vfs->tree[VFS_PROC].root;
	return vfs_walk_prepend(walk, text, (size_t)n);
}

/* An object that a magic link led to: back in a tree when it is of one. */
static int arrive_at(struct vfs_walk *walk, int object)
{
	_cleanup_close_ int fd = object;
	struct stat st;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -ENOENT;
	if (vfs_is_host(walk->w->sentry, &st))
		return arrive_at_host_file(walk, fd);
	if (S_ISDIR(st.st_mode) && vfs_is_skeleton(walk->w->sentry, &st))
		return skeleton_find(walk->w->sentry, &st, &walk->node);
	if (*walk->rest && !S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (*walk->rest && !walk->rest[strspn(walk->rest, "/")])
		walk->rest = strcpy(walk->buffer, "."); /* only slashes: the directory itself */
	while (*walk->rest == '/')
		walk->rest++;
	return leave(walk, steal_fd(&fd));
}

static int follow(struct vfs_walk *walk, const struct vfs_node *link)
{
	struct vfs_view v;
	char text[PATH_MAX];

	if (++walk->links > VFS_LINKS_MAX)
		return -ELOOP;
	int r = view_open(walk->w, link, &v);
	if (r == 0) {
		const struct vfs_row *row = vfs_row(link);
		if (row->target) {
			r = arrive_at(walk, row->target(&v));
		} else {
			ssize_t n = row->link(&v, text, sizeof text);
			r = n < 0 ? (int)n : vfs_walk_prepend(walk, text, (size_t)n);
		}
	}
	view_release(&v);
	return r;
}

/* One component from walk->node. 0: go on; VFS_LEFT; or a negative errno. */
static int step(struct vfs_walk *walk, struct vfs_view *v, const char *name, bool last)
{
	struct vfs_node child;

	int r = view_permission(v, X_OK);
	if (r < 0)
		return r;
	if (!strcmp(name, "."))
		return 0;
	if (!strcmp(name, "..")) {
		if (is_own_root(walk))
			return 0;
		if (!walk->node.depth)
			return leave_upward(walk);
		walk->node.depth--;
		return 0;
	}
	r = step_over_mount(walk, v, name);
	if (r != 0)
		return r < 0 ? r : VFS_LEFT;
	bool following = !(last && walk->nofollow);
	r = vfs_child(v, name, following, &child);
	if (r < 0)
		return r;
	if (S_ISLNK(vfs_row(&child)->mode) && following)
		return follow(walk, &child);
	walk->node = child;
	return 0;
}

int vfs_walk(struct vfs_walk *walk)
{
	char name[NAME_MAX + 1];
	bool last, slash = false;

	walk->fd = -1;
	for (;;) {
		int r = vfs_walk_next(walk, name, &last);
		if (r < 0)
			return r;
		if (r == 0)
			break;
		slash = !last;
		if (!vfs_is_dir(&walk->node))
			return -ENOTDIR;
		struct vfs_view v;
		r = view_open(walk->w, &walk->node, &v);
		if (r == 0)
			r = step(walk, &v, name, last);
		view_release(&v);
		if (r != 0)
			return r;
	}
	return slash && !vfs_is_dir(&walk->node) ? -ENOTDIR : VFS_ARRIVED;
}
