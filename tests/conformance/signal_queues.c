/* Queued signals: values, order, limits, who sent them, waiting for them. */
#include "facts.h"
#include <pthread.h>

static volatile sig_atomic_t seen[64], count;
static volatile siginfo_t last;

static void handler(int signal, siginfo_t *si, void *context)
{
	if (count < 64)
		seen[count++] = si->si_code == SI_QUEUE ? si->si_value.sival_int : -signal;
	last = *si;
}

static void arm(int signal)
{
	struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	sigfillset(&sa.sa_mask);
	sigaction(signal, &sa, NULL);
}

static void say_seen(const char *label)
{
	char text[600] = "";

	for (int i = 0; i < count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " %d", seen[i]);
	say("%s:%s", label, text);
	count = 0;
}

static void order(void)
{
	sigset_t all, old;

	for (int s = SIGRTMIN; s < SIGRTMIN + 3; s++)
		arm(s);
	arm(SIGUSR1);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	for (int i = 0; i < 3; i++)
		for (int s = SIGRTMIN + 2; s >= SIGRTMIN; s--)
			FACT("sigqueue",
			     sigqueue(getpid(), s, (union sigval){(s - SIGRTMIN) * 10 + i}));
	FACT("a plain signal", kill(getpid(), SIGUSR1));
	FACT("  again", kill(getpid(), SIGUSR1));
	FACT("a real-time signal by kill", kill(getpid(), SIGRTMIN));
	FACT("  and by tgkill", tgkill(getpid(), gettid(), SIGRTMIN));
	sigprocmask(SIG_SETMASK, &old, NULL);
	say_seen("lowest first, each in order, plain ones once");
}

static const char *code_name(int code)
{
	return code == SI_USER	  ? "SI_USER"
	       : code == SI_QUEUE ? "SI_QUEUE"
	       : code == SI_TKILL ? "SI_TKILL"
	       : code == SI_TIMER ? "SI_TIMER"
	       : code == -77	  ? "forged"
				  : "?";
}

static void codes(void)
{
	siginfo_t si = {.si_signo = SIGRTMIN, .si_code = -77};

	arm(SIGRTMIN);
	kill(getpid(), SIGRTMIN);
	say("kill: %s from itself %d", code_name(last.si_code), last.si_pid == getpid());
	raise(SIGRTMIN);
	say("raise: %s from itself %d", code_name(last.si_code), last.si_pid == getpid());
	pthread_sigqueue(pthread_self(), SIGRTMIN, (union sigval){4});
	say("pthread_sigqueue: %s value %d", code_name(last.si_code), last.si_value.sival_int);
	si.si_pid = 4711;
	si.si_uid = 4712;
	si.si_value.sival_int = 9;
	FACT("rt_sigqueueinfo with a forged code",
	     syscall(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN, &si));
	say("  %s pid %d uid %d value %d", code_name(last.si_code), last.si_pid, last.si_uid,
	    last.si_value.sival_int);
	si.si_code = SI_USER;
	FACT("to itself as SI_USER", syscall(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN, &si));
	say("  %s pid %d", code_name(last.si_code), last.si_pid);
	FACT("rt_tgsigqueueinfo",
	     syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGRTMIN, &si));
	si.si_code = SI_TKILL;
	FACT("as SI_TKILL", syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGRTMIN, &si));
	FACT("signal 0", syscall(SYS_rt_sigqueueinfo, getpid(), 0, &si));
	FACT("signal 65", syscall(SYS_rt_sigqueueinfo, getpid(), 65, &si));
	FACT("a wrong group", syscall(SYS_rt_tgsigqueueinfo, 1, gettid(), SIGRTMIN, &si));
	FACT("pid 0", syscall(SYS_rt_sigqueueinfo, 0, SIGRTMIN, &si));
	FACT("pid -1", syscall(SYS_rt_sigqueueinfo, -1, SIGRTMIN, &si));
}

static void to_others(void)
{
	sigset_t set;
	siginfo_t si = {.si_signo = SIGRTMIN, .si_code = SI_USER}, got;
	pid_t us = getpid();

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid_t pid = child();
	if (pid == 0) {
		FACT("the child pretends SI_USER", syscall(SYS_rt_sigqueueinfo, us, SIGRTMIN, &si));
		si.si_code = SI_TKILL;
		FACT("the child pretends SI_TKILL",
		     syscall(SYS_rt_sigqueueinfo, us, SIGRTMIN, &si));
		si.si_code = 5;
		FACT("the child pretends the kernel",
		     syscall(SYS_rt_sigqueueinfo, us, SIGRTMIN, &si));
		_exit(sigqueue(us, SIGRTMIN, (union sigval){99}));
	}
	FACT("sigwaitinfo", sigwaitinfo(&set, &got) == SIGRTMIN);
	say("%s from the child %d value %d", code_name(got.si_code), got.si_pid == pid,
	    got.si_value.sival_int);
	say_end("the child", pid);
	FACT("sigtimedwait, nothing", sigtimedwait(&set, &got, &(struct timespec){0, 10000000}));
	FACT("sigtimedwait, at once", sigtimedwait(&set, &got, &(struct timespec){0, 0}));
	FACT("a bad time", sigtimedwait(&set, &got, &(struct timespec){0, 2000000000}));
	FACT("a bad size", syscall(SYS_rt_sigtimedwait, &set, &got, NULL, 7));
	pid = child();
	if (pid == 0) {
		pid_t self = getpid();
		int fd = (int)syscall(SYS_pidfd_open, us, 0);
		siginfo_t own = {.si_signo = SIGUSR1, .si_code = SI_QUEUE, .si_pid = self};
		own.si_value.sival_int = 5;
		own.si_signo = SIGUSR2;
		FACT("siginfo of another signal",
		     syscall(SYS_pidfd_send_signal, fd, SIGUSR1, &own, 0));
		own.si_signo = SIGUSR1;
		_exit((int)syscall(SYS_pidfd_send_signal, fd, SIGUSR1, &own, 0));
	}
	FACT("sigwaitinfo", sigwaitinfo(&set, &got) == SIGUSR1);
	say("%s value %d", code_name(got.si_code), got.si_value.sival_int);
	say_end("the child", pid);
}

static void limited(void)
{
	sigset_t all;
	int n = 0;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	MUST(setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){0, 0}));
	FACT("sigqueue at the limit", sigqueue(getpid(), SIGRTMIN, (union sigval){1}));
	FACT("kill at the limit", kill(getpid(), SIGUSR1));
	FACT("kill of a real-time signal", kill(getpid(), SIGRTMIN + 1));
	sigpending(&all);
	for (int s = 1; s < 65; s++)
		n += sigismember(&all, s) == 1;
	FACT("pending", n);
	siginfo_t got;
	FACT("taken", sigwaitinfo(&all, &got));
	say("  from itself %d code %s", got.si_pid == getpid(), code_name(got.si_code));
}

int main(void)
{
	start("signal_queues");
	in_child("order", order);
	in_child("codes", codes);
	in_child("others", to_others);
	as_user("limited", limited);
	return 0;
}
