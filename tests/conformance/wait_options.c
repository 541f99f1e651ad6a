/* wait4 and waitid: statuses, options, selection, pidfds, ignored SIGCHLD, threads' children. */
#include "facts.h"
#include <pthread.h>

static pid_t ends(int code)
{
	pid_t pid = child();

	if (pid == 0) {
		if (code < 0)
			kill(getpid(), -code);
		_exit(code);
	}
	return pid;
}

static pid_t sleeps(void)
{
	pid_t pid = child();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void say_info(const char *label, const siginfo_t *si, pid_t pid)
{
	say("%s: signal %d code %d status %d, right pid %d", label, si->si_signo, si->si_code,
	    si->si_status, si->si_pid == pid);
	say("si_uid %d", si->si_uid);
}

static void statuses(void)
{
	int status;
	pid_t pid;

	say_end("exit 0", ends(0));
	say_end("exit 255", ends(255));
	say_end("exit 256", ends(256));
	say_end("signal", ends(-SIGTERM));
	pid = sleeps();
	FACT("nothing yet", waitpid(pid, &status, WNOHANG));
	kill(pid, SIGSTOP);
	FACT("stopped", waitpid(pid, &status, WUNTRACED) == pid);
	say_status("  it", status);
	FACT("only once", waitpid(pid, &status, WUNTRACED | WNOHANG));
	kill(pid, SIGCONT);
	FACT("continued", waitpid(pid, &status, WCONTINUED) == pid);
	say_status("  it", status);
	kill(pid, SIGKILL);
	FACT("killed", waitpid(pid, &status, 0) == pid);
	say_status("  it", status);
	FACT("gone", waitpid(pid, &status, 0));
	FACT("bad options", waitpid(-1, &status, 0x10000000));
	FACT("a process that is no child", waitpid(1, &status, 0));
	FACT("itself", waitpid(getpid(), &status, 0));
	pid = ends(3);
	wait_state(pid, 'Z');
	FACT("a bad status pointer", syscall(SYS_wait4, pid, BAD, 0, NULL));
	FACT("the child is gone all the same", waitpid(pid, &status, 0));
	struct rusage u = {0};
	pid = ends(0);
	FACT("wait4 with usage", wait4(pid, &status, 0, &u) == pid);
	FACT("pages were faulted in", u.ru_minflt > 0);
}

static void selection(void)
{
	int status, found = 0;
	pid_t pids[4];

	for (int i = 0; i < 4; i++)
		pids[i] = ends(10 + i);
	FACT("the third", waitpid(pids[2], &status, 0) == pids[2]);
	say_status("  it", status);
	while (wait(&status) > 0)
		found += WEXITSTATUS(status);
	FACT("the sum of the others", found);
	pid_t a = sleeps(), b = sleeps();
	MUST(setpgid(a, a));
	MUST(setpgid(b, a));
	kill(b, SIGTERM);
	FACT("a group", waitpid(-a, &status, 0) == b);
	FACT("the own group has none", waitpid(0, &status, WNOHANG));
	kill(a, SIGKILL);
	FACT("any", waitpid(-1, &status, 0) == a);
	FACT("a group without children", waitpid(-a, &status, 0));
}

static void information(void)
{
	siginfo_t si;
	pid_t pid = ends(5);

	FACT("waitid, leaving it", waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT));
	say_info("  it", &si, pid);
	FACT("waitid", waitid(P_ALL, 0, &si, WEXITED));
	say_info("  it", &si, pid);
	FACT("waitid without children", waitid(P_ALL, 0, &si, WEXITED));
	pid = sleeps();
	memset(&si, 0, sizeof(si));
	FACT("waitid, nothing yet", waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG));
	say("  pid %d signal %d", si.si_pid, si.si_signo);
	kill(pid, SIGSTOP);
	FACT("waitid, stopped", waitid(P_PID, (id_t)pid, &si, WSTOPPED));
	say_info("  it", &si, pid);
	kill(pid, SIGCONT);
	FACT("waitid, continued", waitid(P_PID, (id_t)pid, &si, WCONTINUED));
	say_info("  it", &si, pid);
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	FACT("pidfd", fd >= 0);
	FACT("waitid by pidfd, nothing yet", waitid(P_PIDFD, (id_t)fd, &si, WEXITED | WNOHANG));
	FACT("pidfd_send_signal", syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
	FACT("waitid by pidfd", waitid(P_PIDFD, (id_t)fd, &si, WEXITED));
	say_info("  it", &si, pid);
	FACT("pidfd of the dead", syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
	FACT("waitid, no options", waitid(P_ALL, 0, &si, 0));
	FACT("waitid, bad type", waitid(77, 0, &si, WEXITED));
	FACT("pidfd_open of a missing process", syscall(SYS_pidfd_open, 999999999, 0));
	FACT("pidfd_open, bad flags", syscall(SYS_pidfd_open, getpid(), 1));
	FACT("pidfd_open of -1", syscall(SYS_pidfd_open, -1, 0));
}

static void ignored(void)
{
	signal(SIGCHLD, SIG_IGN);
	pid_t pid = ends(0);
	FACT("ignored: wait waits for all and finds none", waitpid(pid, NULL, 0));
	signal(SIGCHLD, SIG_DFL);
	struct sigaction sa = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
	sigaction(SIGCHLD, &sa, NULL);
	pid = ends(0);
	FACT("SA_NOCLDWAIT", waitpid(pid, NULL, 0));
}

static volatile sig_atomic_t children;
static siginfo_t last;

static void on_child(int signal, siginfo_t *si, void *context)
{
	children++;
	last = *si;
}

static void told(void)
{
	struct sigaction sa = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART};

	sigaction(SIGCHLD, &sa, NULL);
	pid_t pid = ends(9);
	waitpid(pid, NULL, 0);
	FACT("SIGCHLD came", children);
	say_info("  it", &last, pid);
}

static void *waits(void *arg)
{
	int status = 0;
	pid_t pid = waitpid((pid_t)(intptr_t)arg, &status, 0);

	return (void *)(intptr_t)(pid > 0 ? WEXITSTATUS(status) : -errno);
}

static void threads(void)
{
	pthread_t t;
	void *result;

	pthread_create(&t, NULL, waits, (void *)(intptr_t)ends(33));
	pthread_join(t, &result);
	FACT("a thread waits for another thread's child", (intptr_t)result);
	int status;
	pid_t pid = ends(1);
	FACT("__WNOTHREAD by the parent thread", waitpid(pid, &status, __WNOTHREAD) == pid);
	pid = ends(2);
	FACT("__WCLONE does not see it", waitpid(pid, &status, __WCLONE));
	FACT("__WALL does", waitpid(pid, &status, __WALL) == pid);
}

int main(void)
{
	start("wait_options");
	statuses();
	selection();
	information();
	in_child("ignored", ignored);
	in_child("told", told);
	threads();
	return 0;
}
