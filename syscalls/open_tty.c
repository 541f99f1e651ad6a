/*
 * /dev/tty: the caller's controlling terminal. The device asks the opening process, and that would
 * be the sentry, so the terminal is found by its number in the caller's stat file (proc(5), tty_nr)
 * and opened in the container's devpts. Like the device, this asks for no permission on the
 * terminal itself: the caller has it already.
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

/* The fields follow the command's name, which may itself hold anything, in brackets. 0 when there
 * is none. */
static unsigned controlling_terminal(struct worker *w)
{
	char path[32], stat[1024];
	int tty = 0;
	snprintf(path, sizeof path, "%d/stat", (int)w->trap.tid);
	if (read_file_at(w->sentry->proc_fd, path, stat, sizeof stat) < 0)
		return 0;
	const char *rest = strrchr(stat, ')');
	if (!rest || sscanf(rest, ") %*c %*d %*d %*d %d", &tty) != 1)
		return 0;
	return (unsigned)tty;
}

int open_tty(struct worker *w, const struct open_call *c)
{
	/* The kernel's encoding of a device number in 32 bits: minor bits around the major's. */
	unsigned device = controlling_terminal(w);
	unsigned dev_major = device >> 8 & 0xfff;
	unsigned dev_minor = (device & 0xff) | (device >> 12 & 0xfff00);
	if (dev_major < UNIX98_PTY_SLAVE_FIRST || dev_major > UNIX98_PTY_SLAVE_LAST)
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
