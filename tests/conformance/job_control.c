/* Job control on a terminal: foreground groups, stops, orphaned groups, hangups. */
#include "facts.h"
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

static int master, terminal;

static void say_next(const char *label, pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WUNTRACED | WCONTINUED) != pid)
		say("%s: waitpid %s", label, errno_name(errno));
	else
		say_status(label, status);
}

/* A child in a process group of its own. */
static pid_t job(void (*body)(void))
{
	int ready[2];
	char b;

	MUST(pipe(ready));
	pid_t pid = child();
	if (pid == 0) {
		setpgid(0, 0);
		close(ready[0]);
		close(ready[1]);
		body();
		_exit(0);
	}
	close(ready[1]);
	read(ready[0], &b, 1);
	close(ready[0]);
	return pid;
}

static void reads(void)
{
	char b[16] = "";
	ssize_t n = read(terminal, b, sizeof(b));

	say("background read: %.*s", n > 0 ? (int)n - 1 : 0, n > 0 ? b : errno_name(errno));
}

static void writes(void)
{
	FACT("background write", write(terminal, "x", 1));
}

static void sets(void)
{
	struct termios t;

	tcgetattr(terminal, &t);
	FACT("background tcsetattr", tcsetattr(terminal, TCSANOW, &t));
}

static void ignores(void)
{
	char b[16];

	signal(SIGTTIN, SIG_IGN);
	FACT("background read, ignored", read(terminal, b, sizeof(b)));
	signal(SIGTTOU, SIG_IGN);
	FACT("foreground taken, ignored", tcsetpgrp(terminal, getpgrp()));
	FACT("it is", tcgetpgrp(terminal) == getpgrp());
}

static void waits(void)
{
	pause();
}

static void background(void)
{
	pid_t pid = job(reads);
	say_next("reads", pid);
	FACT("to the foreground", tcsetpgrp(terminal, pid));
	FACT("input", write(master, "line\n", 5));
	FACT("continue", kill(-pid, SIGCONT));
	say_next("reads", pid);
	say_next("reads", pid);
	signal(SIGTTOU, SIG_IGN);
	FACT("back", tcsetpgrp(terminal, getpgrp()));
	signal(SIGTTOU, SIG_DFL);

	pid = job(writes);
	say_end("writes", pid);
	struct termios t;
	tcgetattr(terminal, &t);
	t.c_lflag |= TOSTOP;
	tcsetattr(terminal, TCSANOW, &t);
	pid = job(writes);
	say_next("writes with TOSTOP", pid);
	kill(-pid, SIGKILL);
	say_next("writes with TOSTOP", pid);
	pid = job(sets);
	say_next("sets", pid);
	kill(-pid, SIGKILL);
	say_next("sets", pid);
	pid = job(ignores);
	say_end("ignores", pid);
	signal(SIGTTOU, SIG_IGN);
	tcsetpgrp(terminal, getpgrp());
	signal(SIGTTOU, SIG_DFL);
}

static void keys(void)
{
	static const struct {
		const char *name;
		char key;
	} pressed[] = {{"^C", 3}, {"^\\", 28}, {"^Z", 26}};

	for (size_t i = 0; i < sizeof(pressed) / sizeof *pressed; i++) {
		pid_t pid = job(waits);
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(terminal, pid);
		write(master, &pressed[i].key, 1);
		say_next(pressed[i].name, pid);
		kill(-pid, SIGKILL);
		if (pressed[i].key == 26)
			say_next("killed", pid);
		tcsetpgrp(terminal, getpgrp());
		signal(SIGTTOU, SIG_DFL);
	}
}

/* A stopped job whose last parent in another group of the session ends gets SIGHUP and SIGCONT. */
static void orphans(void)
{
	int pipes[2];
	char b;

	MUST(pipe(pipes));
	pid_t pid = child();
	if (pid == 0) {
		pid_t job = child();
		if (job == 0) {
			setpgid(0, 0);
			close(pipes[0]);
			raise(SIGSTOP);
			_exit(0);
		}
		close(pipes[1]);
		setpgid(job, job);
		wait_state(job, 'T');
		_exit(0);
	}
	close(pipes[1]);
	say_end("parent", pid);
	FACT("the orphan has ended", read(pipes[0], &b, 1));
	close(pipes[0]);
}

static void session(void)
{
	FACT("setsid", setsid() == getpid());
	FACT("no terminal", open("/dev/tty", O_RDWR));
	FACT("take it", ioctl(terminal, TIOCSCTTY, 0));
	FD("/dev/tty", open("/dev/tty", O_RDWR));
	FACT("its session", tcgetsid(terminal) == getpid());
	FACT("foreground", tcgetpgrp(terminal) == getpgrp());
	FACT("take a group of nobody's", tcsetpgrp(terminal, 999999));
	background();
	keys();
	orphans();
	signal(SIGHUP, SIG_IGN);
	FACT("give it up", ioctl(terminal, TIOCNOTTY));
	FACT("gone", open("/dev/tty", O_RDWR));
}

int main(void)
{
	start("job_control");
	MUST(openpty(&master, &terminal, NULL, NULL, NULL));
	in_child("session", session);
	return 0;
}
