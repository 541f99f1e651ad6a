/*
 * Terminals of entries: see terminal.h. The caller's root is the container's.
 *
 * #syscalls: openat ioctl:TIOCSPTLCK,TIOCGPTPEER,TIOCSWINSZ fchown close
 */
#include "sentry/terminal.h"

#include "lib/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

int terminal_make(struct terminal *t, unsigned short rows, unsigned short columns, uid_t uid,
		  struct error *e)
{
	_cleanup_close_ int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0)
		return error_set(
		    e, errno,
		    "cannot open /dev/pts/ptmx in the container (a terminal needs a devpts mount)");
	int unlock = 0;
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return error_set(e, errno, "cannot unlock the terminal");
	_cleanup_close_ int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return error_set(e, errno, "cannot open the terminal");
	struct winsize size = {.ws_row = rows, .ws_col = columns};
	if (rows && columns && ioctl(slave, TIOCSWINSZ, &size) < 0)
		return error_set(e, errno, "cannot set the terminal's size");
	if (fchown(slave, uid, (gid_t)-1) < 0)
		return error_set(e, errno, "cannot give the terminal to user %u", uid);
	t->master = steal_fd(&master);
	t->slave = steal_fd(&slave);
	return 0;
}

int terminal_bind_console(int master, struct error *e)
{
	_cleanup_close_ int console =
	    open("/dev/console", O_WRONLY | O_CREAT | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (console < 0)
		return error_set(e, errno, "cannot make /dev/console in the container");
	int n;
	char name[32];
	if (ioctl(master, TIOCGPTN, &n) < 0)
		return error_set(e, errno, "cannot find the terminal's number");
	snprintf(name, sizeof name, "/dev/pts/%d", n);
	if (mount(name, "/dev/console", NULL, MS_BIND, NULL) < 0)
		return error_set(e, errno, "cannot mount %s on /dev/console", name);
	return 0;
}
