/* Process groups and sessions: setpgid rules, setsid, stopped orphans. */
#include "facts.h"

static pid_t sleeper(void)
{
	pid_t pid = child();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void groups(void)
{
	pid_t a = sleeper(), b = sleeper(), me = getpid();

	FACT("a child's group is the parent's", getpgid(a) == getpgrp());
	FACT("its own group", setpgid(a, 0));
	FACT("it leads it", getpgid(a) == a);
	FACT("another joins", setpgid(b, a));
	FACT("it is in it", getpgid(b) == a);
	FACT("a group that does not exist", setpgid(b, 999999));
	FACT("a negative group", setpgid(b, -1));
	FACT("a missing process", setpgid(999999999, 0));
	FACT("process 1", setpgid(1, 1));
	FACT("the parent", setpgid(getppid(), 0));
	FACT("this one", setpgid(0, 0));
	FACT("it leads", getpgrp() == me);
	FACT("again", setpgid(0, 0));
	FACT("setsid of a leader", setsid());
	FACT("getpgid of a missing process", getpgid(999999999));
	FACT("getsid of a missing process", getsid(999999999));
	FACT("getpgid of process 1", getpgid(1) >= 0);
	FACT("session of a child", getsid(a) == getsid(0));
	kill(-a, SIGKILL);
	say_end("a", a);
	say_end("b", b);
	FACT("a group whose members are gone", setpgid(0, a));
}

static void session(void)
{
	pid_t me = getpid();

	FACT("setsid", setsid() == me);
	FACT("leads the session", getsid(0) == me);
	FACT("leads the group", getpgrp() == me);
	FACT("setpgid of a session leader", setpgid(0, 0));
	FACT("setsid again", setsid());
	FD("no terminal", open("/dev/tty", O_RDWR));
	pid_t pid = child();
	if (pid == 0) {
		FACT("child: in its session", getsid(0) == me);
		FACT("child: join a foreign group", setpgid(0, getpgid(1)));
		FACT("child: setsid", setsid() == getpid());
		_exit(0);
	}
	say_end("child", pid);
	pid = child();
	if (pid == 0) {
		setsid();
		pause();
	}
	while (getsid(pid) != pid)
		sleep_ms(2);
	FACT("setpgid of a child in another session", setpgid(pid, me));
	kill(pid, SIGKILL);
	say_end("child", pid);
}

static void after_exec(void)
{
	int pipes[2];
	char b;

	MUST(pipe2(pipes, O_CLOEXEC));
	pid_t pid = child();
	if (pid == 0) {
		execl("/bin/sleep", "sleep", "20", NULL);
		_exit(9);
	}
	close(pipes[1]);
	read(pipes[0], &b, 1);
	FACT("setpgid after the child's exec", setpgid(pid, pid));
	kill(pid, SIGKILL);
	say_end("child", pid);
}

/* A stopped process whose group becomes an orphan gets SIGHUP and SIGCONT. */
static void orphaned(void)
{
	int pipes[2];
	char b;

	MUST(pipe(pipes));
	pid_t middle = child();
	if (middle == 0) {
		setsid();
		pid_t pid = child();
		if (pid == 0) {
			close(pipes[0]);
			setpgid(0, 0);
			raise(SIGSTOP);
			write(pipes[1], "x", 1);
			_exit(0);
		}
		waitpid(pid, NULL, WUNTRACED);
		_exit(0);
	}
	close(pipes[1]);
	say_end("middle", middle);
	FACT("the stopped orphan died of SIGHUP", read(pipes[0], &b, 1));
}

int main(void)
{
	start("sessions");
	in_child("groups", groups);
	in_child("session", session);
	in_child("after exec", after_exec);
	in_child("orphaned", orphaned);
	return 0;
}
