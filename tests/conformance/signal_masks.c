/* Signals to itself: masks, pending ones, order, alternate stacks, default actions. */
#include "facts.h"
#include <pthread.h>
#include <sys/signalfd.h>
#include <ucontext.h>

static volatile sig_atomic_t seen[65], last, depth, deepest;

static void count(int signal)
{
	seen[signal]++;
	last = signal;
}

static void info(int signal, siginfo_t *si, void *context)
{
	say("handler: signal %d code %d value %d, from itself %d", signal, si->si_code,
	    si->si_value.sival_int, si->si_pid == getpid());
	say("si_uid %d", si->si_uid);
}

static void fault(int signal, siginfo_t *si, void *context)
{
	ucontext_t *uc = context;

	say("fault: signal %d code %d address is right %d", signal, si->si_code,
	    si->si_addr == (void *)8 || si->si_code == FPE_INTDIV || si->si_code == ILL_ILLOPN);
	uc->uc_mcontext.gregs[REG_RIP] = uc->uc_mcontext.gregs[REG_RBX];
}

static void nested(int signal)
{
	if (++depth > deepest)
		deepest = depth;
	if (deepest < 5)
		raise(signal);
	depth--;
}

static void masks(void)
{
	sigset_t set, old;

	signal(SIGUSR1, count);
	signal(SIGUSR2, count);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	FACT("block", sigprocmask(SIG_BLOCK, &set, &old));
	FACT("it was not blocked", sigismember(&old, SIGUSR1));
	raise(SIGUSR1);
	raise(SIGUSR1);
	raise(SIGUSR2);
	say("seen USR1 %d USR2 %d", seen[SIGUSR1], seen[SIGUSR2]);
	sigpending(&set);
	FACT("pending", sigismember(&set, SIGUSR1));
	sigprocmask(SIG_SETMASK, &old, NULL);
	say("after unblocking: USR1 %d", seen[SIGUSR1]);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, NULL, &set);
	say("KILL blocked %d STOP blocked %d TERM blocked %d", sigismember(&set, SIGKILL),
	    sigismember(&set, SIGSTOP), sigismember(&set, SIGTERM));
	raise(SIGUSR1);
	sigemptyset(&set);
	FACT("sigsuspend", sigsuspend(&set));
	say("seen USR1 %d", seen[SIGUSR1]);
	sigprocmask(SIG_SETMASK, &old, NULL);
	FACT("a bad how", sigprocmask(77, &set, NULL));
	FACT("SIGKILL cannot be caught", (long)signal(SIGKILL, count));
	FACT("a signal of 65", kill(getpid(), 65));
	FACT("a signal of -1", kill(getpid(), -1));
}

static void queues(void)
{
	struct sigaction sa = {.sa_sigaction = info, .sa_flags = SA_SIGINFO};
	sigset_t set;

	sigaction(SIGRTMIN, &sa, NULL);
	sigaction(SIGRTMIN + 1, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < 3; i++) {
		FACT("sigqueue", sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = i}));
		FACT("sigqueue", sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 10 + i}));
		FACT("sigqueue", sigqueue(getpid(), SIGHUP, (union sigval){.sival_int = 20 + i}));
	}
	siginfo_t si;
	FACT("sigwaitinfo", sigwaitinfo(&set, &si));
	say("it has code %d value %d", si.si_code, si.si_value.sival_int);
	struct timespec none = {0, 0};
	sigset_t other;
	sigemptyset(&other);
	sigaddset(&other, SIGUSR2);
	FACT("sigtimedwait of nothing", sigtimedwait(&other, &si, &none));
	int fd = signalfd(-1, &set, SFD_NONBLOCK);
	struct signalfd_siginfo sfd;
	FACT("signalfd", read(fd, &sfd, sizeof(sfd)) == sizeof(sfd));
	say("it has signal %d code %d value %d, from itself %d", sfd.ssi_signo, sfd.ssi_code,
	    sfd.ssi_int, sfd.ssi_pid == (unsigned)getpid());
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	FACT("kill", kill(getpid(), SIGHUP));
	FACT("tgkill", syscall(SYS_tgkill, getpid(), getpid(), SIGHUP));
	FACT("tkill", syscall(SYS_tkill, getpid(), SIGHUP));
}

static void faults(void)
{
	struct sigaction sa = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO};

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGFPE, &sa, NULL);
	sigaction(SIGILL, &sa, NULL);
	__asm__ volatile("lea 1f(%%rip), %%rbx; movl $1, 8; 1:" ::: "rbx", "memory");
	__asm__ volatile(
	    "lea 1f(%%rip), %%rbx; xor %%edx, %%edx; xor %%ecx, %%ecx; div %%ecx; 1:" ::
		: "rbx", "rax", "rcx", "rdx");
	__asm__ volatile("lea 1f(%%rip), %%rbx; ud2; 1:" ::: "rbx");
}

static void flags(void)
{
	struct sigaction sa = {.sa_handler = nested, .sa_flags = SA_NODEFER};
	static char memory[65536];
	stack_t stack = {.ss_sp = memory, .ss_size = sizeof(memory)};

	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	FACT("SA_NODEFER nests", deepest);
	sa = (struct sigaction){.sa_handler = count, .sa_flags = (int)SA_RESETHAND};
	sigaction(SIGUSR2, &sa, NULL);
	raise(SIGUSR2);
	sigaction(SIGUSR2, NULL, &sa);
	FACT("SA_RESETHAND resets", sa.sa_handler == SIG_DFL);
	FACT("sigaltstack", sigaltstack(&stack, NULL));
	FACT("a small alternate stack",
	     sigaltstack(&(stack_t){.ss_sp = memory, .ss_size = 100}, NULL));
}

static int ends[] = {SIGTERM, SIGINT,  SIGHUP,	SIGKILL, SIGPIPE,  SIGALRM, SIGUSR1, SIGQUIT,
		     SIGABRT, SIGSEGV, SIGCHLD, SIGURG,	 SIGWINCH, SIGXCPU, SIGSYS,  40};

static void defaults(void)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	for (size_t i = 0; i < sizeof(ends) / sizeof *ends; i++) {
		pid_t pid = child();
		if (pid == 0) {
			kill(getpid(), ends[i]);
			_exit(0);
		}
		int status;
		waitpid(pid, &status, 0);
		say("default of %d: %s %d core %d", ends[i], WIFEXITED(status) ? "exit" : "signal",
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status),
		    !!WCOREDUMP(status));
	}
}

static void *threaded(void *arg)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	int signal = 0;
	sigwait(&set, &signal);
	return (void *)(intptr_t)signal;
}

static void threads(void)
{
	pthread_t t;
	sigset_t set;
	void *result;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_create(&t, NULL, threaded, NULL);
	pthread_kill(t, SIGUSR1);
	pthread_join(t, &result);
	FACT("a thread waits for its signal", (intptr_t)result);
	sigpending(&set);
	FACT("it is not pending for the process", sigismember(&set, SIGUSR1));
}

int main(void)
{
	start("signal_masks");
	in_child("masks", masks);
	in_child("queues", queues);
	in_child("faults", faults);
	in_child("flags", flags);
	defaults();
	in_child("threads", threads);
	return 0;
}
