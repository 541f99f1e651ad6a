/* Stopping and continuing: which signals do, what they cancel, who is told, in threads, in calls.
 */
#include "facts.h"
#include <poll.h>
#include <pthread.h>

static volatile sig_atomic_t count, code, status_seen;

static void on_child(int signal, siginfo_t *si, void *context)
{
	count++;
	code = si->si_code;
	status_seen = si->si_status;
}

static const char *code_name(int c)
{
	static const char *const names[] = {"?",       "EXITED",  "KILLED",   "DUMPED",
					    "TRAPPED", "STOPPED", "CONTINUED"};

	return c >= 1 && c <= 6 ? names[c] : "?";
}

static void watch(int flags)
{
	struct sigaction sa = {.sa_sigaction = on_child,
			       .sa_flags = SA_SIGINFO | SA_RESTART | flags};

	sigaction(SIGCHLD, &sa, NULL);
	count = 0;
}

static pid_t sleeper(void)
{
	pid_t pid = child();

	if (pid == 0)
		for (;;)
			pause();
	wait_state(pid, 'S');
	return pid;
}

static void wait_count(int n)
{
	for (int i = 0; i < 400 && count < n; i++)
		sleep_ms(5);
}

static void notifications(void)
{
	int status;

	watch(0);
	pid_t pid = sleeper();
	static const int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
	setpgid(pid, 0); /* a group whose parent is in another group of the session: not orphaned */
	for (int i = 0; i < 4; i++) {
		count = 0;
		kill(pid, stops[i]);
		wait_count(1);
		say("SIG%s: told %d, %s %d", sigabbrev_np(stops[i]), count, code_name(code),
		    status_seen);
		FACT("  waitpid without WUNTRACED", waitpid(pid, &status, WNOHANG));
		FACT("  with it", waitpid(pid, &status, WUNTRACED | WNOHANG) == pid);
		say_status("  status", status);
		FACT("  only once", waitpid(pid, &status, WUNTRACED | WNOHANG));
		count = 0;
		kill(pid, SIGCONT);
		wait_count(1);
		say("  continued: told %d, %s %d", count, code_name(code), status_seen);
		FACT("  waitpid", waitpid(pid, &status, WCONTINUED) == pid);
	}
	count = 0;
	kill(pid, SIGCONT);
	sleep_ms(20);
	say("SIGCONT of a running one: told %d", count);
	watch(SA_NOCLDSTOP);
	kill(pid, SIGSTOP);
	wait_state(pid, 'T');
	sleep_ms(20);
	say("SA_NOCLDSTOP: told %d", count);
	kill(pid, SIGKILL);
	wait_count(1);
	say("killed while stopped: told %d, %s %d", count, code_name(code), status_seen);
	say_end("it", pid);
}

static void cancelling(void)
{
	sigset_t set, pending;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGTSTP);
	sigpending(&pending);
	FACT("TSTP is pending", sigismember(&pending, SIGTSTP));
	kill(getpid(), SIGCONT);
	sigpending(&pending);
	FACT("CONT takes it away", sigismember(&pending, SIGTSTP));
	FACT("  and is pending itself", sigismember(&pending, SIGCONT));
	kill(getpid(), SIGTTIN);
	sigpending(&pending);
	FACT("a stop takes CONT away", sigismember(&pending, SIGCONT));
	FACT("ignoring CONT", signal(SIGCONT, SIG_IGN) == SIG_DFL);
	FACT("ignoring STOP", signal(SIGSTOP, SIG_IGN) == SIG_ERR);
	FACT("blocking STOP",
	     (sigprocmask(SIG_SETMASK, NULL, &pending), sigismember(&pending, SIGSTOP)));
}

static void signals_meanwhile(void)
{
	pid_t pid = sleeper();
	int status;

	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	FACT("TERM does not reach a stopped one", kill(pid, SIGTERM));
	sleep_ms(30);
	FACT("  it is there", waitpid(pid, &status, WNOHANG));
	kill(pid, SIGCONT);
	say_end("  until it continues", pid);
}

static void *counts(void *arg)
{
	volatile long *n = arg;

	for (;;) {
		(*n)++;
		sched_yield();
		close(open("file", O_RDONLY));
	}
	return NULL;
}

/* All threads of a process stop, whatever they do. */
static void with_threads(void)
{
	long *n = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid = child();

	if (pid == 0) {
		pthread_t threads[3];
		for (int i = 0; i < 3; i++)
			pthread_create(&threads[i], NULL, counts, n + i);
		for (;;)
			pause();
	}
	while (!n[0] || !n[1] || !n[2])
		sleep_ms(5);
	kill(pid, SIGSTOP);
	FACT("stopped", waitpid(pid, &status, WUNTRACED) == pid);
	sleep_ms(30);
	long a = n[0] + n[1] + n[2];
	sleep_ms(50);
	FACT("no thread goes on", n[0] + n[1] + n[2] - a);
	kill(pid, SIGCONT);
	for (int i = 0; i < 200 && n[0] + n[1] + n[2] == a; i++)
		sleep_ms(5);
	FACT("they go on", n[0] + n[1] + n[2] > a);
	kill(pid, SIGKILL);
	say_end("the end", pid);
}

/* What waits is not disturbed by a stop, with few exceptions. */
static void calls(void)
{
	static const char *const names[] = {"nanosleep", "poll", "read", "epoll_wait",
					    "open of a fifo"};
	int pipes[2], status;

	MUST(pipe(pipes));
	MUST(mkfifo("fifo", 0600));
	for (int i = 0; i < 4; i++) {
		pid_t pid = child();
		if (pid == 0) {
			char c;
			long r = i == 0	  ? nanosleep(&(struct timespec){0, 700000000}, NULL)
				 : i == 1 ? poll(&(struct pollfd){pipes[0], POLLIN, 0}, 1, 700)
				 : i == 2 ? read(pipes[0], &c, 1)
					  : (close(open("fifo", O_RDONLY)), 1);
			say("  %s: %ld %s", names[i == 3 ? 4 : i], r,
			    r < 0 ? errno_name(errno) : "");
			_exit(0);
		}
		sleep_ms(50);
		kill(pid, SIGSTOP);
		waitpid(pid, &status, WUNTRACED);
		kill(pid, SIGCONT);
		waitpid(pid, &status, WCONTINUED);
		sleep_ms(20);
		if (i == 2)
			write(pipes[1], "x", 1);
		if (i == 3)
			close(open("fifo", O_WRONLY));
		say_end(i == 3 ? names[4] : names[i], pid);
	}
}

static void zombies(void)
{
	siginfo_t si;

	signal(SIGCHLD, SIG_DFL);
	pid_t pid = child();
	if (pid == 0)
		_exit(5);
	wait_state(pid, 'Z');
	FACT("a signal to a zombie", kill(pid, SIGTERM));
	FACT("its group", getpgid(pid) == getpgrp());
	FACT("WNOWAIT", waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT));
	say("  %s %d", code_name(si.si_code), si.si_status);
	FACT("  again", waitid(P_PID, (id_t)pid, &si, WEXITED));
	FACT("gone", kill(pid, 0));
	watch(SA_NOCLDWAIT);
	pid = child();
	if (pid == 0)
		_exit(6);
	FACT("SA_NOCLDWAIT", waitpid(pid, NULL, 0));
	wait_count(1);
	FACT("  told", count);
}

int main(void)
{
	start("stopped_processes");
	put_file("file", "x", 0644);
	in_child("notifications", notifications);
	in_child("cancelling", cancelling);
	in_child("signals meanwhile", signals_meanwhile);
	in_child("threads", with_threads);
	in_child("calls", calls);
	in_child("zombies", zombies);
	return 0;
}
