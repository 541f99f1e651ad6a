/*
 * Extended attributes (xattr(7)) by name and by descriptor. The worker wears the guest's file
 * credentials in the container's user namespace, so that the kernel refuses trusted.* and most of
 * security.*, and keeps a security.capability as the namespace's (capabilities(7), "Namespaced file
 * capabilities"), which it shows again as it was set.
 *
 * Every call comes in three forms: by path, by path without following a link, by descriptor; each
 * is one struct target here.
 *
 * #syscalls: setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr
 * #syscalls: flistxattr removexattr lremovexattr fremovexattr openat close
 */
#include "syscalls/common.h"
#include "syscalls/table.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "sentry/vfs/tree.h"

struct xattr_call {
	enum { XATTR_GET, XATTR_SET, XATTR_LIST, XATTR_REMOVE } what;
	bool nofollow;
	char name[XATTR_NAME_MAX + 1];
	char *value; /* w->buffer; NULL asks for the size */
	size_t size;
	int flags;
};

static bool is_change(const struct xattr_call *c)
{
	return c->what == XATTR_SET || c->what == XATTR_REMOVE;
}

static int64_t by_fd(int fd, const struct xattr_call *c)
{
	switch (c->what) {
	case XATTR_GET:
		return host_result(fgetxattr(fd, c->name, c->value, c->size));
	case XATTR_SET:
		return host_result(fsetxattr(fd, c->name, c->value, c->size, c->flags));
	case XATTR_LIST:
		return host_result(flistxattr(fd, c->value, c->size));
	default:
		return host_result(fremovexattr(fd, c->name));
	}
}

static int64_t by_path(const char *path, const struct xattr_call *c)
{
	switch (c->what) {
	case XATTR_GET:
		return host_result(getxattr(path, c->name, c->value, c->size));
	case XATTR_SET:
		return host_result(setxattr(path, c->name, c->value, c->size, c->flags));
	case XATTR_LIST:
		return host_result(listxattr(path, c->value, c->size));
	default:
		return host_result(removexattr(path, c->name));
	}
}

static int64_t by_link(const char *path, const struct xattr_call *c)
{
	switch (c->what) {
	case XATTR_GET:
		return host_result(lgetxattr(path, c->name, c->value, c->size));
	case XATTR_SET:
		return host_result(lsetxattr(path, c->name, c->value, c->size, c->flags));
	case XATTR_LIST:
		return host_result(llistxattr(path, c->value, c->size));
	default:
		return host_result(lremovexattr(path, c->name));
	}
}

/* procfs has none; sysfs, which is read-only, has room for a user's. */
static int64_t of_node(const struct vfs_node *node, const struct xattr_call *c)
{
	if (c->what == XATTR_LIST)
		return 0;
	if (node->tree != VFS_SYS || strncmp(c->name, "user.", 5) || !c->name[5])
		return -EOPNOTSUPP;
	return c->what == XATTR_GET ? -ENODATA : -EROFS;
}

static int64_t xattr_op(struct worker *w, const struct name *n, const void *arg)
{
	const struct xattr_call *c = arg;
	if (n->node)
		return of_node(n->node, c);
	int r = is_change(c) ? name_may_change(w, n) : 0;
	if (r < 0)
		return r;
	if (n->dirfd == AT_FDCWD)
		return c->nofollow ? by_link(n->path, c) : by_path(n->path, c);
	/* A name that led through a synthesized tree has no path any more. */
	_cleanup_close_ int fd =
	    (int)host_result(openat(n->dirfd, n->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
	return fd < 0 ? fd : by_fd(fd, c);
}

enum form { BY_PATH, BY_LINK, BY_FD };

static int64_t run(struct worker *w, enum form form, struct xattr_call *c)
{
	if (form != BY_FD) {
		c->nofollow = form == BY_LINK;
		struct path_arg p = {AT_FDCWD, w->trap.args[0], c->nofollow ? NAME_NOFOLLOW : 0};
		return path_call(w, p, xattr_op, c);
	}
	int guest_fd = (int)w->trap.args[0];
	_cleanup_close_ int fd = is_change(c) ? fetch_fd_to_change(&w->trap, guest_fd)
					      : trap_fetch_fd(&w->trap, guest_fd);
	return fd < 0 ? fd : by_fd(fd, c);
}

static int read_name(struct trap *t, struct xattr_call *c)
{
	int length = trap_read_string(t, t->args[1], c->name, sizeof c->name);
	return length == 0 || length == -ENAMETOOLONG ? -ERANGE : MIN(length, 0);
}

static int64_t set(struct worker *w, struct trap *t, enum form form)
{
	struct xattr_call c = {
	    .what = XATTR_SET, .value = w->buffer, .size = t->args[3], .flags = (int)t->args[4]};
	if (c.flags & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	int r = read_name(t, &c);
	if (r < 0)
		return r;
	_Static_assert(sizeof w->buffer >= XATTR_SIZE_MAX, "a value fits");
	if (c.size > XATTR_SIZE_MAX)
		return -E2BIG;
	r = c.size ? trap_read(t, t->args[2], c.value, c.size) : 0;
	return r < 0 ? r : run(w, form, &c);
}

/* Gets what c says into the guest's buffer. */
static int64_t fetch(struct worker *w, enum form form, struct xattr_call *c, uint64_t buffer)
{
	c->size = MIN(c->size, (size_t)XATTR_SIZE_MAX);
	c->value = c->size ? w->buffer : NULL;
	int64_t length = run(w, form, c);
	if (length == -ERANGE && c->size >= XATTR_SIZE_MAX)
		return -E2BIG;
	if (length <= 0 || !c->size)
		return length;
	int r = trap_write(&w->trap, buffer, c->value, (size_t)length);
	return r < 0 ? r : length;
}

static int64_t get(struct worker *w, struct trap *t, enum form form)
{
	struct xattr_call c = {.what = XATTR_GET, .size = t->args[3]};
	int r = read_name(t, &c);
	return r < 0 ? r : fetch(w, form, &c, t->args[2]);
}

static int64_t list(struct worker *w, struct trap *t, enum form form)
{
	struct xattr_call c = {.what = XATTR_LIST, .size = t->args[2]};
	return fetch(w, form, &c, t->args[1]);
}

static int64_t drop(struct worker *w, struct trap *t, enum form form)
{
	struct xattr_call c = {.what = XATTR_REMOVE};
	int r = read_name(t, &c);
	return r < 0 ? r : run(w, form, &c);
}

#define XATTR_HANDLER(call, what, form)                                                            \
	int64_t sys_##call(struct worker *w, struct trap *t)                                       \
	{                                                                                          \
		return what(w, t, form);                                                           \
	}

XATTR_HANDLER(setxattr, set, BY_PATH)
XATTR_HANDLER(lsetxattr, set, BY_LINK)
XATTR_HANDLER(fsetxattr, set, BY_FD)
XATTR_HANDLER(getxattr, get, BY_PATH)
XATTR_HANDLER(lgetxattr, get, BY_LINK)
XATTR_HANDLER(fgetxattr, get, BY_FD)
XATTR_HANDLER(listxattr, list, BY_PATH)
XATTR_HANDLER(llistxattr, list, BY_LINK)
XATTR_HANDLER(flistxattr, list, BY_FD)
XATTR_HANDLER(removexattr, drop, BY_PATH)
XATTR_HANDLER(lremovexattr, drop, BY_LINK)
XATTR_HANDLER(fremovexattr, drop, BY_FD)
