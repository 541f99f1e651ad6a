/* Alternate signal stacks: their rules, nesting, leaving by a jump, threads, fork, overflows. */
#include "facts.h"
#include <pthread.h>
#include <setjmp.h>
#include <sys/auxv.h>
#include <sys/time.h>
#include <sys/ucontext.h>

static char stack[1 << 16], second[1 << 16];
static sigjmp_buf back;

static bool on(const char *area, const void *p)
{
	return (const char *)p >= area && (const char *)p < area + (1 << 16);
}

static void show(int signal, siginfo_t *si, void *context)
{
	stack_t now, try = {.ss_sp = second, .ss_size = sizeof(second)};
	char here;

	sigaltstack(NULL, &now);
	say("  SIG%s on the stack %d, flags %x", sigabbrev_np(signal), on(stack, &here),
	    (unsigned)now.ss_flags);
	FACT("  changing it now", sigaltstack(&try, NULL));
	say("  in its context flags %x", (unsigned)((ucontext_t *)context)->uc_stack.ss_flags);
	if (signal == SIGUSR1)
		raise(SIGUSR2);
}

static void arm(int signal, int flags)
{
	sigaction(signal, &(struct sigaction){.sa_sigaction = show, .sa_flags = SA_SIGINFO | flags},
		  NULL);
}

static void rules(void)
{
	stack_t s = {.ss_sp = stack, .ss_size = sizeof(stack)}, old;

	FACT("none", sigaltstack(NULL, &old));
	say("  flags %x", (unsigned)old.ss_flags);
	FACT("set", sigaltstack(&s, NULL));
	FACT("asked", sigaltstack(NULL, &old));
	say("  this one %d size %zu flags %x", old.ss_sp == stack, old.ss_size,
	    (unsigned)old.ss_flags);
	s.ss_size = 1000;
	FACT("too small", sigaltstack(&s, NULL));
	s.ss_size = getauxval(AT_MINSIGSTKSZ) - 1;
	FACT("a byte too small for this processor", sigaltstack(&s, NULL) != 99);
	s.ss_flags = 77;
	FACT("bad flags", sigaltstack(&s, NULL));
	FACT("nowhere", syscall(SYS_sigaltstack, BAD, NULL));
	s = (stack_t){.ss_flags = SS_DISABLE};
	FACT("disabled", sigaltstack(&s, NULL));
	arm(SIGUSR2, SA_ONSTACK);
	raise(SIGUSR2);
}

static void nested(void)
{
	stack_t s = {.ss_sp = stack, .ss_size = sizeof(stack)};

	sigaltstack(&s, NULL);
	arm(SIGUSR1, SA_ONSTACK);
	arm(SIGUSR2, 0);
	raise(SIGUSR1);
	s.ss_flags = (int)(1U << 31) /* SS_AUTODISARM */;
	FACT("SS_AUTODISARM", sigaltstack(&s, NULL));
	raise(SIGUSR1);
	sigaltstack(NULL, &s);
	say("afterwards it is this one again %d flags %x", s.ss_sp == stack, (unsigned)s.ss_flags);
}

static void jump(int signal, siginfo_t *si, void *context)
{
	char here;

	say("  SIG%s on the stack %d", sigabbrev_np(signal), on(stack, &here));
	siglongjmp(back, 1);
}

static int deeper(volatile char *p)
{
	volatile char room[4096];

	room[0] = *p;
	return room[0] ? 0 : deeper(room) + room[1];
}

static void overflow(void)
{
	stack_t s = {.ss_sp = stack, .ss_size = sizeof(stack)};

	sigaltstack(&s, NULL);
	sigaction(SIGSEGV,
		  &(struct sigaction){.sa_sigaction = jump, .sa_flags = SA_SIGINFO | SA_ONSTACK},
		  NULL);
	MUST(setrlimit(RLIMIT_STACK, &(struct rlimit){1 << 20, RLIM_INFINITY}));
	for (int i = 0; i < 3; i++)
		if (sigsetjmp(back, 1) == 0)
			deeper((char[]){0});
	say("three overflows survived");
	FD("calls go on", open("/proc/self/status", O_RDONLY));
}

static void unhandled(void)
{
	MUST(setrlimit(RLIMIT_STACK, &(struct rlimit){1 << 20, RLIM_INFINITY}));
	sigaction(SIGSEGV, &(struct sigaction){.sa_sigaction = jump, .sa_flags = SA_SIGINFO}, NULL);
	deeper((char[]){0});
}

static void *of_thread(void *arg)
{
	stack_t s;

	sigaltstack(NULL, &s);
	say("a thread has none: %x", (unsigned)s.ss_flags);
	return NULL;
}

static void inherited(void)
{
	stack_t s = {.ss_sp = stack, .ss_size = sizeof(stack)};
	pthread_t thread;

	sigaltstack(&s, NULL);
	pthread_create(&thread, NULL, of_thread, NULL);
	pthread_join(thread, NULL);
	pid_t pid = child();
	if (pid == 0) {
		sigaltstack(NULL, &s);
		say("a child has it: %d", s.ss_sp == stack);
		execl("/conformance/signal_stacks", "signal_stacks", "report", NULL);
	}
	say_end("child", pid);
}

/* Calls of the sentry made from a handler that has interrupted another one. */
static void opens(int signal)
{
	int fd = open("file", O_RDONLY);
	if (fd >= 0)
		close(fd);
}

static void in_handlers(void)
{
	stack_t s = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct itimerval_ {
		struct timeval interval, value;
	} t = {{0, 500}, {0, 500}};
	int failed = 0;

	sigaltstack(&s, NULL);
	sigaction(SIGALRM,
		  &(struct sigaction){.sa_handler = opens, .sa_flags = SA_ONSTACK | SA_RESTART},
		  NULL);
	syscall(SYS_setitimer, 0, &t, NULL);
	for (int i = 0; i < 2000; i++) {
		int fd = open("file", O_RDONLY);
		failed += fd < 0 && errno != EINTR;
		if (fd >= 0)
			close(fd);
	}
	t = (struct itimerval_){{0, 0}, {0, 0}};
	syscall(SYS_setitimer, 0, &t, NULL);
	say("calls that failed: %d", failed);
	FACT("the lowest descriptor is free", open("file", O_RDONLY));
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		stack_t s;
		sigaltstack(NULL, &s);
		say("a program has none: %x", (unsigned)s.ss_flags);
		return 0;
	}
	start("signal_stacks");
	put_file("file", "x", 0644);
	in_child("rules", rules);
	in_child("nested", nested);
	in_child("overflow", overflow);
	in_child("unhandled", unhandled);
	in_child("inherited", inherited);
	in_child("in handlers", in_handlers);
	return 0;
}
