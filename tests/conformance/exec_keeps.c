/* What exec keeps and what it takes: signals, timers, limits, directories, memory, names. */
#include "facts.h"
#include <sys/time.h>

static void handler(int signal)
{
}

static void say_signals(const char *label)
{
	sigset_t blocked, pending;
	char text[400];

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	sigpending(&pending);
	text[0] = '\0';
	for (int s = 1; s <= 64; s++)
		if (sigismember(&blocked, s) == 1)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %d", s);
	say("%s: blocked:%s", label, text);
	text[0] = '\0';
	for (int s = 1; s <= 64; s++)
		if (sigismember(&pending, s) == 1)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %d", s);
	say("%s: pending:%s", label, text);
	text[0] = '\0';
	for (int s = 1; s <= 64; s++) {
		struct sigaction sa;
		if (s != SIGKILL && s != SIGSTOP && (s < 32 || s > 33) &&
		    sigaction(s, NULL, &sa) == 0 && sa.sa_handler != SIG_DFL)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %d%s", s,
				 sa.sa_handler == SIG_IGN ? "i" : "h");
	}
	say("%s: not default:%s", label, text);
}

static int report(void)
{
	char b[4096];
	stack_t stack;
	struct itimerval timer;
	struct rlimit limit;
	const char *label = "program";

	say_signals(label);
	MUST(sigaltstack(NULL, &stack));
	FACT("program: alternate stack disabled", stack.ss_flags == SS_DISABLE);
	FACT("program: alarm is kept", alarm(0) > 0);
	getitimer(ITIMER_VIRTUAL, &timer);
	FACT("program: interval timer is kept",
	     timer.it_value.tv_sec > 0 || timer.it_value.tv_usec > 0);
	mode_t mask = umask(0);
	say("program: umask %03o", mask);
	MUST(getcwd(b, sizeof(b)) ? 0 : -1);
	say("program: cwd ends in %s", strrchr(b, '/'));
	getrlimit(RLIMIT_NOFILE, &limit);
	say("program: NOFILE %ld %ld", (long)limit.rlim_cur, (long)limit.rlim_max);
	getrlimit(RLIMIT_LOCKS, &limit);
	say("program: LOCKS %ld %ld", (long)limit.rlim_cur, (long)limit.rlim_max);
	FACT("program: nice", getpriority(PRIO_PROCESS, 0));
	FACT("program: parent death signal", ({
		     int s;
		     prctl(PR_GET_PDEATHSIG, &s);
		     s;
	     }));
	FACT("program: subreaper", ({
		     int s;
		     prctl(PR_GET_CHILD_SUBREAPER, &s);
		     s;
	     }));
	FACT("program: dumpable", prctl(PR_GET_DUMPABLE));
	FACT("program: keepcaps", prctl(PR_GET_KEEPCAPS));
	FACT("program: timer slack", prctl(PR_GET_TIMERSLACK));
	FACT("program: no new privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	prctl(PR_GET_NAME, b);
	say("program: name %s", b);
	FACT("program: is its group's leader", getpgrp() == getpid());
	say("program: parent is the one that was told: %d", getppid() == atoi(getenv("PARENT")));
	say("program: pid is the one that was told: %d", getpid() == atoi(getenv("SELF")));
	get_file("/proc/self/task", b, 10);
	DIR *d = opendir("/proc/self/task");
	int n = 0;
	for (struct dirent *e; d && (e = readdir(d));)
		n += e->d_name[0] != '.';
	FACT("program: threads", n);
	FACT("program: memory lock is gone", (get_file("/proc/self/status", b, sizeof(b)),
					      strstr(b, "VmLck:\t       0 kB") != NULL));
	FACT("program: robust list and clear-tid pointer do no harm", kill(getpid(), 0));
	return 0;
}

static void prepare(void)
{
	static char stack_memory[65536];
	stack_t stack = {.ss_sp = stack_memory, .ss_size = sizeof(stack_memory)};
	struct itimerval timer = {{0, 0}, {1000, 0}};
	struct rlimit nofile = {100, 200};
	sigset_t set;
	char text[64];

	alarm(SECONDS);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, handler);
	signal(SIGCHLD, SIG_IGN);
	signal(40, handler);
	signal(41, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, 42);
	sigprocmask(SIG_SETMASK, &set, NULL);
	raise(SIGHUP);
	raise(SIGUSR2);
	raise(SIGUSR1);
	raise(42);
	say_signals("before");
	sigaltstack(&stack, NULL);
	setitimer(ITIMER_VIRTUAL, &timer, NULL);
	umask(035);
	MUST(chdir("inner"));
	MUST(setrlimit(RLIMIT_NOFILE, &nofile));
	MUST(setpriority(PRIO_PROCESS, 0, 3));
	MUST(prctl(PR_SET_PDEATHSIG, SIGUSR1));
	MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
	MUST(prctl(PR_SET_DUMPABLE, 0));
	MUST(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	MUST(prctl(PR_SET_TIMERSLACK, 12345));
	MUST(prctl(PR_SET_NAME, "before-exec"));
	MUST(setpgid(0, 0));
	MUST(mlock(stack_memory, 4096));
	snprintf(text, sizeof(text), "%d", getppid());
	setenv("PARENT", text, 1);
	snprintf(text, sizeof(text), "%d", getpid());
	setenv("SELF", text, 1);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return report();
	start("exec_keeps");
	MUST(mkdir("inner", 0755));
	say_signals("start");
	pid_t pid = child();
	if (pid == 0) {
		prepare();
		execl(argv[0], "x", "report", NULL);
		_exit(111);
	}
	say_end("program", pid);
	return 0;
}
