/*
 * File times: utimensat(2) and the older calls it replaced. All of them end in time_at().
 *
 * #syscalls: utimensat
 */
#include "syscalls/common.h"
#include "syscalls/table.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

struct time_call {
	const struct timespec *times; /* NULL: now */
	int flags;
};

/* Raw: libc refuses a null path, which means the descriptor itself. */
static int64_t time_op(struct worker *w, const struct name *n, const void *arg)
{
	const struct time_call *c = arg;
	return host_result(syscall(SYS_utimensat, n->dirfd, n->path, c->times, c->flags));
}

static int64_t time_at(struct worker *w, int dirfd, uint64_t path, const struct timespec *times,
		       int flags)
{
	if (!path && dirfd != AT_FDCWD && flags)
		return -EINVAL;
	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	struct path_arg p = {dirfd, path, name_flags_of_at(flags) | NAME_NULL_OK};
	return path_change(w, p, time_op, &(struct time_call){times, flags});
}

int64_t sys_utimensat(struct worker *w, struct trap *t)
{
	struct timespec times[2];
	bool now = !t->args[2];
	if (!now) {
		int r = trap_read(t, t->args[2], times, sizeof times);
		if (r < 0)
			return r;
		if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
			return 0;
	}
	return time_at(w, (int)t->args[0], t->args[1], now ? NULL : times, (int)t->args[3]);
}

int64_t sys_utime(struct worker *w, struct trap *t)
{
	struct utimbuf old;
	if (!t->args[1])
		return time_at(w, AT_FDCWD, t->args[0], NULL, 0);
	int r = trap_read(t, t->args[1], &old, sizeof old);
	if (r < 0)
		return r;
	struct timespec times[2] = {{.tv_sec = old.actime}, {.tv_sec = old.modtime}};
	return time_at(w, AT_FDCWD, t->args[0], times, 0);
}

static int64_t timeval_at(struct worker *w, int dirfd, uint64_t path, uint64_t address)
{
	struct timeval old[2];
	struct timespec times[2];
	if (!address)
		return time_at(w, dirfd, path, NULL, 0);
	int r = trap_read(&w->trap, address, old, sizeof old);
	if (r < 0)
		return r;
	for (int i = 0; i < 2; i++) {
		if (old[i].tv_usec < 0 || old[i].tv_usec >= 1000000)
			return -EINVAL;
		times[i].tv_sec = old[i].tv_sec;
		times[i].tv_nsec = old[i].tv_usec * 1000;
	}
	return time_at(w, dirfd, path, times, 0);
}

int64_t sys_utimes(struct worker *w, struct trap *t)
{
	return timeval_at(w, AT_FDCWD, t->args[0], t->args[1]);
}

int64_t sys_futimesat(struct worker *w, struct trap *t)
{
	return timeval_at(w, (int)t->args[0], t->args[1], t->args[2]);
}
