/*
 * open(2), creat(2), openat(2), openat2(2).
 *
 * The sentry opens as the guest and grants the descriptor. An open may wait: a FIFO for its other
 * end, a file for a lease to be given up. A worker must not wait without saying so, and what the
 * name leads to is known only afterwards; so whatever may be such a file is opened with O_NONBLOCK,
 * which is taken off again unless the guest asked for it. Waiting is for open_wait.c.
 *
 * O_NOCTTY always: the sentry's controlling terminal is nobody's business. What an open means for
 * the caller's, and /dev/tty, is for open_tty.c.
 *
 * #syscalls: openat openat2 newfstatat fstat fcntl:F_SETFL close
 */
#include "syscalls/open.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "syscalls/table.h"

#define MODE_BITS  07777
#define PAGE_BYTES 4096
#define HOW_BYTES  24 /* of the first struct open_how; there is no other yet */

int open_name(const struct name *n, const struct open_call *c, int extra)
{
	int flags = c->flags | O_CLOEXEC | extra;
	if (!(flags & O_PATH))
		flags |= O_NOCTTY;
	if (!c->extended)
		return (int)host_result(openat(n->dirfd, n->path, flags, c->mode));
	struct open_how how = {.flags = (unsigned)flags, .mode = c->mode, .resolve = c->resolve};
	return (int)host_result(syscall(SYS_openat2, n->dirfd, n->path, &how, sizeof how));
}

/* False when the file is certain to be one that opens at once (a directory, a new file). */
static bool may_wait(int flags)
{
	if (flags & (O_PATH | O_DIRECTORY | O_NONBLOCK))
		return false;
	return (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
}

/* What open(2) refuses to do without waiting is done by waiting; /dev/tty is not the sentry's. */
static int open_otherwise(struct worker *w, const struct name *n, const struct open_call *c,
			  int error)
{
	struct stat st;
	int nofollow = c->flags & O_NOFOLLOW ? AT_SYMLINK_NOFOLLOW : 0;
	if (error == -EWOULDBLOCK && may_wait(c->flags))
		return open_waiting(w, n, c);
	if (error != -ENXIO || fstatat(n->dirfd, n->path, &st, nofollow) < 0)
		return error;
	if (S_ISFIFO(st.st_mode) && may_wait(c->flags))
		return open_waiting(w, n, c);
	return is_dev_tty(&st) ? open_tty(w, c) : error;
}

static int open_real(struct worker *w, const struct name *n, const struct open_call *c)
{
	bool wait = may_wait(c->flags);
	int r = name_may_open(w, n, c->flags);
	if (r < 0)
		return r;
	_cleanup_close_ int fd = open_name(n, c, wait ? O_NONBLOCK : 0);
	if (fd == -ENXIO || fd == -EWOULDBLOCK)
		return open_otherwise(w, n, c, fd);
	if (fd < 0 || c->flags & (O_PATH | O_DIRECTORY))
		return steal_fd(&fd);

	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (is_dev_tty(&st))
		return open_tty(w, c);
	*c->terminal = open_takes_terminal(w, c, &st);
	if (S_ISFIFO(st.st_mode) && wait && (c->flags & O_ACCMODE) == O_RDONLY) {
		r = open_wait_for_writer(w, fd);
		if (r < 0)
			return r;
	}
	if (wait && fcntl(fd, F_SETFL, c->flags) < 0)
		return -errno;
	return steal_fd(&fd);
}

static int64_t open_op(struct worker *w, const struct name *n, const void *arg)
{
	const struct open_call *c = arg;
	return n->node ? open_node(w, n, c) : open_real(w, n, c);
}

static int64_t grant_terminal(struct worker *w, int fd, int flags)
{
	int64_t number = grant(&w->trap, fd, flags & O_CLOEXEC);
	if (number < 0)
		return number;
	worker_may_block(w); /* the policy may make the caller's ioctl a trap of its own */
	return trap_take_terminal(&w->trap, (int)number) < 0 ? number : TRAP_ANSWERED;
}

static int64_t open_call(struct worker *w, int dirfd, uint64_t path, struct open_call *c)
{
	bool terminal = false;
	/* Whatever the name; O_TMPFILE, which holds O_DIRECTORY, is refused as well. */
	if ((c->flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
		return -EINVAL;
	c->terminal = &terminal;
	bool exclusive = (c->flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
	struct path_arg p = {.dirfd = dirfd, .address = path};
	if (c->flags & O_NOFOLLOW || exclusive)
		p.flags |= NAME_NOFOLLOW;
	if (c->flags & O_CREAT)
		p.flags |= NAME_CREATE;
	if (c->resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT))
		p.flags |= NAME_BENEATH;
	int64_t r = path_call(w, p, open_op, c);
	if (r >= 0 && terminal)
		return grant_terminal(w, (int)r, c->flags);
	return r < 0 ? r : grant(&w->trap, (int)r, c->flags & O_CLOEXEC);
}

/* open(2) and openat(2) take any flags and modes, and drop those that mean nothing. */
static int64_t open_at(struct worker *w, int dirfd, uint64_t path, int flags, mode_t mode)
{
	bool makes = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
	struct open_call c = {.flags = flags, .mode = makes ? mode & MODE_BITS : 0};
	if (flags & O_PATH)
		c.flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	return open_call(w, dirfd, path, &c);
}

int64_t sys_open(struct worker *w, struct trap *t)
{
	return open_at(w, AT_FDCWD, t->args[0], (int)t->args[1], (mode_t)t->args[2]);
}

int64_t sys_openat(struct worker *w, struct trap *t)
{
	return open_at(w, (int)t->args[0], t->args[1], (int)t->args[2], (mode_t)t->args[3]);
}

int64_t sys_creat(struct worker *w, struct trap *t)
{
	return open_at(w, AT_FDCWD, t->args[0], O_CREAT | O_WRONLY | O_TRUNC, (mode_t)t->args[1]);
}

/* Extensible arguments: what this version does not know must be zero. */
static int read_how(struct worker *w, uint64_t address, size_t size, struct open_how *how)
{
	if (size < HOW_BYTES)
		return -EINVAL;
	if (size > PAGE_BYTES)
		return -E2BIG;
	int r = trap_read(&w->trap, address, w->buffer, size);
	if (r < 0)
		return r;
	for (size_t i = sizeof *how; i < size; i++)
		if (w->buffer[i])
			return -E2BIG;
	memcpy(how, w->buffer, sizeof *how);
	return 0;
}

/*
 * openat2 refuses what it does not understand. The kernel checks that when a real name is opened;
 * only what the additions of open_name() could hide, and what a node would not notice, is checked
 * here.
 */
int64_t sys_openat2(struct worker *w, struct trap *t)
{
	struct open_how how;
	int r = read_how(w, t->args[2], t->args[3], &how);
	if (r < 0)
		return r;
	uint64_t path_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	bool makes = how.flags & O_CREAT || (how.flags & O_TMPFILE) == O_TMPFILE;
	if ((how.flags & O_PATH && how.flags & ~path_flags) || how.flags >> 32 ||
	    how.mode & ~(uint64_t)MODE_BITS || (how.mode && !makes))
		return -EINVAL;
	struct open_call c = {.flags = (int)how.flags,
			      .mode = (mode_t)how.mode,
			      .resolve = how.resolve,
			      .extended = true};
	return open_call(w, (int)t->args[0], t->args[1], &c);
}
