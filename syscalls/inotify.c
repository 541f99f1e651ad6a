/*
 * inotify_add_watch(2): the watch is set on the guest's own inotify handle, whose events are
 * native. Synthesized trees never change as far as inotify can tell, as procfs does not; a watch
 * there is refused, so that programs poll.
 *
 * #syscalls: inotify_add_watch close
 */
#include "syscalls/common.h"
#include "syscalls/table.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "lib/cleanup.h"

struct watch_call {
	int fd;
	uint32_t mask;
};

static int64_t watch_op(struct worker *w, const struct name *n, const void *arg)
{
	const struct watch_call *c = arg;
	if (n->node) {
		int r = vfs_access(w, n->node, R_OK);
		return r < 0 ? r : -EACCES;
	}
	if (n->dirfd != AT_FDCWD)
		return -EACCES; /* led through a synthesized tree: there is no path to name it by */
	return host_result(inotify_add_watch(c->fd, n->path, c->mask));
}

int64_t sys_inotify_add_watch(struct worker *w, struct trap *t)
{
	_cleanup_close_ int fd = trap_fetch_fd(t, (int)t->args[0]);
	struct watch_call call = {fd, (uint32_t)t->args[2]};
	if (fd < 0)
		return fd;
	unsigned flags = call.mask & IN_DONT_FOLLOW ? NAME_NOFOLLOW : 0;
	return path_call(w, (struct path_arg){AT_FDCWD, t->args[1], flags}, watch_op, &call);
}
