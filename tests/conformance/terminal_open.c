/* A terminal that a session leader opens is its controlling one; and when it is not. */
#include "facts.h"
#include <pthread.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

static int master;
static char terminal[64];

/* A fresh pair of which nobody has the terminal. */
static void fresh(void)
{
	if (master > 0)
		close(master);
	master = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	MUST(grantpt(master));
	MUST(unlockpt(master));
	MUST(ptsname_r(master, terminal, sizeof(terminal)));
}

static void look(const char *label, int fd)
{
	say("%s: opened %d, session's %d, /dev/tty %s", label, fd >= 0,
	    fd >= 0 && tcgetsid(fd) == getsid(0),
	    open("/dev/tty", O_RDWR) < 0 ? errno_name(errno) : "ok");
}

static void leader(void)
{
	MUST(setsid());
	look("O_WRONLY", open(terminal, O_WRONLY));
	look("O_NOCTTY", open(terminal, O_RDWR | O_NOCTTY));
	look("O_PATH", open(terminal, O_PATH));
	int fd = open(terminal, O_RDWR | O_CLOEXEC);
	look("O_RDWR", fd);
	FACT("close-on-exec", fcntl(fd, F_GETFD));
	FACT("flags", fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
	FACT("in the foreground", tcgetpgrp(fd) == getpgrp());
	fresh();
	int second = open(terminal, O_RDWR);
	FACT("a second one is not", tcgetsid(second));
	signal(SIGHUP, SIG_IGN);
	FACT("give it up", ioctl(fd, TIOCNOTTY));
	look("and take another", open(terminal, O_RDONLY));
}

static void member(void)
{
	MUST(setsid());
	pid_t pid = child();
	if (pid == 0) {
		look("not the leader", open(terminal, O_RDWR));
		_exit(0);
	}
	say_end("member", pid);
	look("the leader after it", open(terminal, O_RDWR));
	pid = child();
	if (pid == 0) {
		MUST(setsid());
		look("of another session", open(terminal, O_RDWR));
		_exit(0);
	}
	say_end("other", pid);
}

static void *opens(void *unused)
{
	look("a thread of the leader", open(terminal, O_RDWR));
	return unused;
}

static void threaded(void)
{
	pthread_t thread;

	MUST(setsid());
	pthread_create(&thread, NULL, opens, NULL);
	pthread_join(thread, NULL);
	look("again", open(terminal, O_RDWR));
}

static volatile sig_atomic_t caught;

static void count(int signal)
{
	caught += signal == SIGUSR1;
}

/* Signals that come while the terminal is taken are not lost, and it is taken. */
static void signalled(void)
{
	signal(SIGUSR1, count);
	signal(SIGHUP, SIG_IGN);
	MUST(setsid());
	pid_t leader = getpid(), pid = child();
	if (pid == 0) {
		while (kill(leader, SIGUSR1) == 0)
			usleep(50);
		_exit(0);
	}
	int opened = 0, taken = 0;
	for (; opened < 100 || caught < 10; opened++) {
		int fd = open(terminal, O_RDWR);
		taken += fd >= 0 && tcgetsid(fd) == getpid() && ioctl(fd, TIOCNOTTY) == 0;
		close(fd);
	}
	kill(pid, SIGKILL);
	FACT("taken each time between signals", taken == opened);
}

int main(void)
{
	void (*bodies[])(void) = {leader, member, threaded, signalled};
	const char *names[] = {"leader", "member", "threaded", "signalled"};

	start("terminal_open");
	for (unsigned i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		fresh();
		in_child(names[i], bodies[i]);
	}
	return 0;
}
