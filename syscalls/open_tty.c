/*
 * /dev/tty: the caller's controlling terminal. The device asks the opening process, and that would
 * be the sentry, so the terminal is found by its number in the caller's stat file (proc(5), tty_nr)
 * and opened in the container's devpts. Like the device, this asks for no permission on the
 * terminal itself: the caller has it already.
 *
 * And the opening of a terminal by the leader of a session that has none, which makes it the
 * controlling one. The kernel does that for the opening process too, so the sentry opens with
 * O_NOCTTY, and the caller takes the terminal when it has its descriptor (trap_take_terminal).
 *
 * #syscalls: openat2 newfstatat fstat close
 */
#include "syscalls/open.h"

#include <fcntl.h>
#include <linux/major.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"

#define UNIX98_PTY_SLAVE_FIRST 136
#define UNIX98_PTY_SLAVE_LAST  143
#define PTS_PER_MAJOR	       256

bool is_dev_tty(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(TTYAUX_MAJOR, 0);
}

/* What the caller's stat file says; all 0 when it has gone. The fields follow the command's name,
 * which may itself hold anything, in brackets. */
struct standing {
	int session, terminal;
};

static struct standing caller_standing(struct worker *w)
{
	char path[32], stat[1024];
	struct standing s = {0};
	snprintf(path, sizeof path, "%d/stat", (int)w->trap.tid);
	if (read_file_at(w->sentry->proc_fd, path, stat, sizeof stat) < 0)
		return s;
	const char *rest = strrchr(stat, ')');
	if (!rest || sscanf(rest, ") %*c %*d %*d %d %d", &s.session, &s.terminal) != 2)
		return (struct standing){0};
	return s;
}

/* A session has the number of its leader, so the leader is who has a thread with that number. */
static bool leads_without_terminal(struct worker *w)
{
	char path[48];
	struct standing s = caller_standing(w);
	if (s.session <= 0 || s.terminal)
		return false;
	snprintf(path, sizeof path, "%d/task/%d", (int)w->trap.tid, s.session);
	struct stat st;
	return fstatat(w->sentry->proc_fd, path, &st, 0) == 0;
}

static bool is_pty_slave(unsigned device_major)
{
	return device_major >= UNIX98_PTY_SLAVE_FIRST && device_major <= UNIX98_PTY_SLAVE_LAST;
}

bool open_takes_terminal(struct worker *w, const struct open_call *c, const struct stat *st)
{
	int access = c->flags & O_ACCMODE;
	return S_ISCHR(st->st_mode) && is_pty_slave(major(st->st_rdev)) && !(c->flags & O_NOCTTY) &&
	       (access == O_RDONLY || access == O_RDWR) && leads_without_terminal(w);
}

int open_tty(struct worker *w, const struct open_call *c)
{
	/* The kernel's encoding of a device number in 32 bits: minor bits around the major's. */
	unsigned device = (unsigned)caller_standing(w).terminal;
	unsigned dev_major = device >> 8 & 0xfff;
	unsigned dev_minor = (device & 0xff) | (device >> 12 & 0xfff00);
	if (!is_pty_slave(dev_major))
		return -ENXIO;
	char path[32];
	snprintf(path, sizeof path, "dev/pts/%u",
		 (dev_major - UNIX98_PTY_SLAVE_FIRST) * PTS_PER_MAJOR + dev_minor);

	worker_as_sentry(w);
	int flags = c->flags & (O_ACCMODE | O_NONBLOCK | O_APPEND);
	struct open_how how = {.flags = (unsigned)flags | O_NOCTTY | O_CLOEXEC,
			       .resolve = RESOLVE_NO_SYMLINKS};
	_cleanup_close_ int fd =
	    (int)host_result(syscall(SYS_openat2, w->sentry->root_fd, path, &how, sizeof how));
	worker_dress_again(w);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_rdev != makedev(dev_major, dev_minor))
		return -ENXIO;
	return steal_fd(&fd);
}
