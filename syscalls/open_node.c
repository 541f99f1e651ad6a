/*
 * Opening a node of a synthesized tree: what openat2(2) adds is checked here, where the kernel does
 * not see the walk.
 *
 * #syscalls: newfstatat
 */
#include "syscalls/open.h"

#include <fcntl.h>
#include <linux/openat2.h>

#define RESOLVE_ALL                                                                                \
	(RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH |         \
	 RESOLVE_IN_ROOT | RESOLVE_CACHED)

static int check_resolve(struct worker *w, const struct name *n, uint64_t resolve)
{
	if (resolve & ~(uint64_t)RESOLVE_ALL ||
	    (resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) == (RESOLVE_BENEATH | RESOLVE_IN_ROOT))
		return -EINVAL;
	if (resolve & RESOLVE_CACHED)
		return -EAGAIN;
	/* The tree is a mount of its own: it can be entered only from inside. */
	struct stat st;
	if (resolve & RESOLVE_NO_XDEV &&
	    (fstatat(n->dirfd, "", &st, AT_EMPTY_PATH) < 0 || !vfs_is_skeleton(w->sentry, &st)))
		return -EXDEV;
	char target[1];
	bool follows = !(n->flags & NAME_NOFOLLOW);
	if (follows && resolve & (RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS) &&
	    vfs_readlink(w, n->node, target, sizeof target) >= 0)
		return -ELOOP;
	return 0;
}

int open_node(struct worker *w, const struct name *n, const struct open_call *c)
{
	int r = c->resolve ? check_resolve(w, n, c->resolve) : 0;
	return r < 0 ? r : vfs_open(w, n->node, c->flags, c->mode);
}
