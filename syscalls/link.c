/*
 * Links: link(2), symlink(2), readlink(2) and their *at forms.
 *
 * #syscalls: linkat symlinkat readlinkat
 */
#include "syscalls/common.h"
#include "syscalls/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/cleanup.h"

/*
 * Linux lets a process link a file by its descriptor when it has opened that itself (since 6.10) or
 * has CAP_DAC_READ_SEARCH. Here the sentry has opened it; the way through /proc is open to
 * everybody.
 */
static int64_t link_descriptor(struct worker *w, const struct name *a, const struct name *b)
{
	char path[32];
	snprintf(path, sizeof path, "thread-self/fd/%d", a->dirfd);
	return host_result(linkat(w->sentry->proc_fd, path, b->dirfd, b->path, AT_SYMLINK_FOLLOW));
}

static int64_t link_op(struct worker *w, const struct name *a, const struct name *b,
		       const void *arg)
{
	int64_t r = host_result(linkat(a->dirfd, a->path, b->dirfd, b->path, *(const int *)arg));
	return r == -ENOENT && !*a->path && a->dirfd >= 0 ? link_descriptor(w, a, b) : r;
}

static int64_t link_at(struct worker *w, struct path_arg from, struct path_arg to, int flags)
{
	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	from.flags = (flags & AT_SYMLINK_FOLLOW ? 0 : NAME_NOFOLLOW) |
		     (flags & AT_EMPTY_PATH ? NAME_EMPTY_OK : 0);
	to.flags = NAME_NOFOLLOW | NAME_CREATE;
	return pair_change(w, from, to, link_op, &flags);
}

int64_t sys_link(struct worker *w, struct trap *t)
{
	return link_at(w, (struct path_arg){AT_FDCWD, t->args[0], 0},
		       (struct path_arg){AT_FDCWD, t->args[1], 0}, 0);
}

int64_t sys_linkat(struct worker *w, struct trap *t)
{
	return link_at(w, (struct path_arg){(int)t->args[0], t->args[1], 0},
		       (struct path_arg){(int)t->args[2], t->args[3], 0}, (int)t->args[4]);
}

static int64_t symlink_op(struct worker *w, const struct name *n, const void *arg)
{
	return host_result(symlinkat(arg, n->dirfd, n->path));
}

static int64_t symlink_at(struct worker *w, uint64_t target, int dirfd, uint64_t path)
{
	int length = trap_read_string(&w->trap, target, w->path2, sizeof w->path2);
	if (length <= 0)
		return length ?: -ENOENT;
	struct path_arg p = {dirfd, path, NAME_CREATE | NAME_NOFOLLOW};
	return path_change(w, p, symlink_op, w->path2);
}

int64_t sys_symlink(struct worker *w, struct trap *t)
{
	return symlink_at(w, t->args[0], AT_FDCWD, t->args[1]);
}

int64_t sys_symlinkat(struct worker *w, struct trap *t)
{
	return symlink_at(w, t->args[0], (int)t->args[1], t->args[2]);
}

static int64_t readlink_op(struct worker *w, const struct name *n, const void *arg)
{
	size_t size = *(const size_t *)arg;
	if (n->node)
		return vfs_readlink(w, n->node, w->buffer, size);
	return host_result(readlinkat(n->dirfd, n->path, w->buffer, size));
}

static int64_t readlink_at(struct worker *w, int dirfd, uint64_t path, uint64_t buffer, int size)
{
	if (size <= 0)
		return -EINVAL;
	size_t room = MIN((size_t)size, sizeof w->buffer);
	struct path_arg p = {dirfd, path, NAME_NOFOLLOW | NAME_EMPTY_OK | NAME_QUERY};
	int64_t length = path_call(w, p, readlink_op, &room);
	if (length <= 0)
		return length;
	int r = trap_write(&w->trap, buffer, w->buffer, (size_t)length);
	return r < 0 ? r : length;
}

int64_t sys_readlink(struct worker *w, struct trap *t)
{
	return readlink_at(w, AT_FDCWD, t->args[0], t->args[1], (int)t->args[2]);
}

int64_t sys_readlinkat(struct worker *w, struct trap *t)
{
	return readlink_at(w, (int)t->args[0], t->args[1], t->args[2], (int)t->args[3]);
}
