/* Terminals: pairs, their names, modes, line editing, signals, sizes, packets and hangups. */
#include "facts.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

static int master, slave;
static char b[600];

static void pairs(void)
{
	struct stat st;
	int n = -1, fd;

	FACT("posix_openpt", (master = posix_openpt(O_RDWR | O_NOCTTY)) >= 0);
	FACT("TIOCGPTN", ioctl(master, TIOCGPTN, &n));
	snprintf(b, sizeof(b), "/dev/pts/%d", n);
	FACT("the name is the number's", strcmp(b, ptsname(master)));
	FD("the other end while locked", open(b, O_RDWR | O_NOCTTY));
	FACT("it is locked", (ioctl(master, TIOCGPTLCK, &n), n));
	FACT("grantpt", grantpt(master));
	FACT("unlockpt", unlockpt(master));
	FACT("it is locked", (ioctl(master, TIOCGPTLCK, &n), n));
	FACT("the other end", (slave = open(b, O_RDWR | O_NOCTTY)) >= 0);
	stat(b, &st);
	say("mode %o owner %u:%u", st.st_mode, st.st_uid, st.st_gid);
	FACT("isatty", isatty(slave) + isatty(master) * 10);
	FACT("ttyname", strcmp(ttyname(slave) ?: "", b));
	char link[64] = "", path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", slave);
	readlink(path, link, sizeof(link) - 1);
	FACT("its link in /proc", strcmp(link, b));
	FACT("TIOCGPTPEER", (fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY)) >= 0);
	close(fd);
	FACT("TIOCGPTN of the other end", ioctl(slave, TIOCGPTN, &n));
	FD("open it again by /proc", open(path, O_RDWR | O_NOCTTY));
	FACT("seeking", lseek(slave, 0, SEEK_SET));
	FACT("a pty's device is not made here", mknod("/dev/pts/99", S_IFCHR | 0600, 0));
	FACT("chown of the other end", fchown(slave, USER, 5));
	FACT("chmod of it", fchmod(slave, 0600));
	fstat(slave, &st);
	say("mode %o owner %u:%u", st.st_mode, st.st_uid, st.st_gid);
}

static void say_flags(const char *label, const struct termios *t)
{
	say("%s: %x %x %x %x, VMIN %d VTIME %d VEOF %d VINTR %d VERASE %d", label, t->c_iflag,
	    t->c_oflag, t->c_cflag, t->c_lflag, t->c_cc[VMIN], t->c_cc[VTIME], t->c_cc[VEOF],
	    t->c_cc[VINTR], t->c_cc[VERASE]);
}

static void say_input(const char *label, int fd)
{
	char text[64];
	ssize_t n = (fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK), read(fd, text, sizeof(text) - 1));
	char shown[300] = "";

	for (ssize_t i = 0; i < n; i++)
		snprintf(shown + strlen(shown), sizeof(shown) - strlen(shown),
			 text[i] < 32 || text[i] > 126 ? "\\%03o" : "%c", (unsigned char)text[i]);
	say("%s: %zd %s", label, n, n < 0 ? errno_name(errno) : shown);
}

static void type(const char *keys)
{
	write(master, keys, strlen(keys));
	sleep_ms(20); /* the line discipline works in the background */
}

static void lines(void)
{
	struct termios t;
	int n;

	FACT("tcgetattr", tcgetattr(slave, &t));
	say_flags("at first", &t);
	type("abc");
	say_input("no line yet", slave);
	type("\177d\025xyz\177\n");
	say_input("an edited line", slave);
	say_input("the echo", master);
	type("part\004");
	say_input("what end of file pushes", slave);
	type("\004");
	say_input("end of file", slave);
	write(slave, "out\n", 4);
	sleep_ms(20);
	say_input("output gets a carriage return", master);
	t.c_lflag &= ~(tcflag_t)ECHO;
	FACT("echo off", tcsetattr(slave, TCSANOW, &t));
	type("secret\n");
	FACT("FIONREAD", (ioctl(slave, FIONREAD, &n), n));
	say_input("no echo", master);
	FACT("tcflush", tcflush(slave, TCIFLUSH));
	say_input("flushed", slave);
	cfmakeraw(&t);
	FACT("raw", tcsetattr(slave, TCSADRAIN, &t));
	type("a\003\n");
	say_input("raw input", slave);
	write(slave, "o\n", 2);
	sleep_ms(20);
	say_input("raw output", master);
	tcgetattr(slave, &t);
	say_flags("raw", &t);
	FACT("speed", cfsetspeed(&t, B9600) + tcsetattr(slave, TCSAFLUSH, &t));
	FACT("a bad action", tcsetattr(slave, 99, &t));
	FACT("tcsendbreak", tcsendbreak(slave, 0));
	FACT("tcflow", tcflow(slave, TCOOFF) + tcflow(slave, TCOON));
	FACT("tcdrain", tcdrain(slave));
	FACT("tcgetattr of a file", tcgetattr(open("file", O_RDONLY), &t));
	FACT("TIOCLINUX", ioctl(slave, TIOCLINUX, &n));
}

static volatile sig_atomic_t got[65];

static void note(int signal)
{
	got[signal]++;
}

static void session(void)
{
	struct termios t;
	struct winsize size = {24, 80, 1, 2}, seen = {0};
	int fd;

	FD("/dev/tty without a terminal", (setsid(), open("/dev/tty", O_RDWR)));
	FACT("TIOCSCTTY", ioctl(slave, TIOCSCTTY, 0));
	FACT("/dev/tty", (fd = open("/dev/tty", O_RDWR)) >= 0);
	FACT("  it is this one", fstat(fd, &(struct stat){0}));
	snprintf(b, sizeof(b), "%s", ctermid(NULL));
	say("  ctermid %s", b);
	FACT("tcgetsid", tcgetsid(fd) == getpid());
	FACT("tcgetpgrp", tcgetpgrp(fd) == getpid());
	FACT("tcgetsid from the other side", tcgetsid(master) == getpid());
	signal(SIGINT, note);
	signal(SIGQUIT, note);
	signal(SIGTSTP, note);
	signal(SIGWINCH, note);
	tcgetattr(slave, &t);
	t.c_lflag |= ISIG | ICANON;
	t.c_iflag |= ICRNL;
	tcsetattr(slave, TCSANOW, &t);
	type("\003\034\032");
	say("INT %d QUIT %d TSTP %d", got[SIGINT], got[SIGQUIT], got[SIGTSTP]);
	FACT("TIOCSWINSZ", ioctl(master, TIOCSWINSZ, &size));
	FACT("TIOCGWINSZ", ioctl(fd, TIOCGWINSZ, &seen));
	say("  %d %d %d %d, WINCH %d", seen.ws_row, seen.ws_col, seen.ws_xpixel, seen.ws_ypixel,
	    got[SIGWINCH]);
	FACT("the same again", ioctl(slave, TIOCSWINSZ, &size));
	say("  WINCH %d", got[SIGWINCH]);
	FACT("TIOCSIG", ioctl(master, TIOCSIG, SIGINT));
	say("  INT %d", got[SIGINT]);
	FACT("TIOCNOTTY", (signal(SIGHUP, note), ioctl(fd, TIOCNOTTY)));
	say("  HUP %d CONT %d", got[SIGHUP], got[SIGCONT]);
	FD("/dev/tty now", open("/dev/tty", O_RDWR));
}

static void packets(void)
{
	int on = 1;
	struct pollfd p = {master, POLLIN | POLLPRI, 0};

	FACT("TIOCPKT", ioctl(master, TIOCPKT, &on));
	write(slave, "data", 4);
	sleep_ms(20);
	say_input("a packet of data", master);
	tcflush(slave, TCIOFLUSH);
	FACT("poll", poll(&p, 1, 1000));
	say("  events %x", p.revents);
	say_input("a packet of control", master);
	on = 0;
	ioctl(master, TIOCPKT, &on);
	FACT("TIOCEXCL", ioctl(slave, TIOCEXCL));
	FACT("TIOCGEXCL", (ioctl(slave, TIOCGEXCL, &on), on));
	ioctl(slave, TIOCNXCL);
}

static void hangups(void)
{
	struct pollfd p = {master, POLLIN, 0};

	close(slave);
	FACT("poll without the other end", poll(&p, 1, 1000));
	say("  events %x", p.revents);
	say_input("read", master);
	FACT("write is kept", write(master, "x", 1));
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	FACT("opened again, no hangup", poll(&p, 1, 0));
	snprintf(b, sizeof(b), "%s", ptsname(master));
	close(master);
	p = (struct pollfd){slave, POLLIN | POLLOUT, 0};
	FACT("poll after the master", poll(&p, 1, 1000));
	say("  events %x", p.revents);
	say_input("read is the end", slave);
	FACT("write", write(slave, "x", 1));
	FACT("the name is gone", access(b, F_OK));
	FACT("tcgetattr", tcgetattr(slave, &(struct termios){0}));
}

int main(void)
{
	start("pty_calls");
	put_file("file", "x", 0644);
	pairs();
	lines();
	in_child("session", session);
	packets();
	hangups();
	return 0;
}
