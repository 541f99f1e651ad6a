/*
 * Where a process stands: chdir(2), fchdir(2), chroot(2), getcwd(2), umask(2). The changes make a
 * new context; the worker puts it on for the process's next call.
 *
 * #syscalls: openat faccessat faccessat2 fstat getcwd close
 */
#include "syscalls/common.h"
#include "syscalls/table.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"

/* O_PATH does not ask for search permission on the directory itself; standing in it does. */
static int may_enter(int fd)
{
	return (int)host_result(faccessat(fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS));
}

/* A descriptor of a directory that the caller may stand in. */
static int64_t enter_op(struct worker *w, const struct name *n, const void *arg)
{
	int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	_cleanup_close_ int fd = n->node ? vfs_open(w, n->node, flags, 0)
					 : (int)host_result(openat(n->dirfd, n->path, flags));
	int r = fd;
	if (fd >= 0)
		r = n->node ? vfs_access(w, n->node, X_OK) : may_enter(fd);
	return r < 0 ? r : steal_fd(&fd);
}

enum stand { STAND_CWD, STAND_ROOT };

/* Takes fd over. */
static int64_t stand_in(struct worker *w, int fd, enum stand what)
{
	struct place *place = place_new(w->sentry, fd);
	if (!place)
		return -ENOMEM;
	struct context *new = context_edit_begin(w);
	if (!new) {
		int error = errno;
		place_put(place);
		return -error;
	}
	struct place **slot = what == STAND_ROOT ? &new->root : &new->cwd;
	place_put(*slot);
	*slot = place;
	return context_edit_commit(w, new);
}

int64_t sys_chdir(struct worker *w, struct trap *t)
{
	int64_t fd = path_call(w, (struct path_arg){AT_FDCWD, t->args[0], 0}, enter_op, NULL);
	return fd < 0 ? fd : stand_in(w, (int)fd, STAND_CWD);
}

int64_t sys_fchdir(struct worker *w, struct trap *t)
{
	_cleanup_close_ int fd = trap_fetch_fd(t, (int)t->args[0]);
	struct stat st;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	int r = may_enter(fd);
	if (r < 0)
		return r;
	/* Opened anew: what the guest's own handle carries (a flock(2)) must end when the guest
	 * closes it. */
	int path_fd = (int)host_result(openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
	return path_fd < 0 ? path_fd : stand_in(w, path_fd, STAND_CWD);
}

int64_t sys_chroot(struct worker *w, struct trap *t)
{
	int64_t fd = path_call(w, (struct path_arg){AT_FDCWD, t->args[0], 0}, enter_op, NULL);
	if (fd < 0)
		return fd;
	if (!cred_capable(w->ctx->cred, CAP_SYS_CHROOT)) {
		close((int)fd);
		return -EPERM;
	}
	return stand_in(w, (int)fd, STAND_ROOT);
}

/* The worker stands where the guest does. Raw: libc would look for a name itself. */
int64_t sys_getcwd(struct worker *w, struct trap *t)
{
	long length = syscall(SYS_getcwd, w->path, sizeof w->path);
	if (length < 0)
		return -errno;
	if ((uint64_t)length > t->args[1])
		return -ERANGE;
	int r = trap_write(t, t->args[0], w->path, (size_t)length);
	return r < 0 ? r : length;
}

int64_t sys_umask(struct worker *w, struct trap *t)
{
	mode_t mask = (mode_t)t->args[0] & 0777;
	if (mask == w->ctx->umask)
		return mask;
	struct context *new = context_edit_begin(w);
	if (!new)
		return -errno;
	mode_t old = new->umask;
	new->umask = mask;
	int r = context_edit_commit(w, new);
	return r < 0 ? r : (int64_t)old;
}
