/* Faults: the signal, its siginfo, and handlers on an alternate stack. */
#include "facts.h"
#include <setjmp.h>

static sigjmp_buf back;
static char *volatile address;
static bool on_alternate;
static char stack[65536];

static void handler(int sig, siginfo_t *info, void *context)
{
	char here;

	on_alternate = &here >= stack && &here < stack + sizeof(stack);
	say("  SIG%s code %d%s%s", sigabbrev_np(sig), info->si_code,
	    (char *)info->si_addr == address ? " at the address" : "",
	    on_alternate ? " on the alternate stack" : "");
	siglongjmp(back, 1);
}

#define FAULT(label, where, what)                                                                  \
	do {                                                                                       \
		say("%s", label);                                                                  \
		address = (char *)(where);                                                         \
		if (sigsetjmp(back, 1) == 0) {                                                     \
			what;                                                                      \
			say("  no fault");                                                         \
		}                                                                                  \
	} while (0)

static int overflow(int n)
{
	volatile char block[4096];

	block[0] = (char)n;
	if (n < 0)
		return 0;
	return overflow(n + 1) + block[0];
}

static void raise_default(void)
{
	signal(SIGSEGV, SIG_DFL);
	*(volatile char *)NULL = 1;
}

static void ignored(void)
{
	signal(SIGSEGV, SIG_IGN);
	*(volatile char *)NULL = 1;
}

static void blocked(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGSEGV);
	sigprocmask(SIG_BLOCK, &set, NULL);
	*(volatile char *)NULL = 1;
}

int main(void)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)}, got;

	start("fault_signals");
	MUST(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}));
	for (size_t i = 0; i < sizeof(signals) / sizeof *signals; i++)
		sigaction(signals[i], &action, NULL);
	FACT("sigaltstack", sigaltstack(&alternate, NULL));
	FACT("too small", sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = 100}, NULL));

	char *page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(page + 4096, 4096);
	int fd = open("short", O_RDWR | O_CREAT, 0600);
	MUST(ftruncate(fd, 4096));
	char *file = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	FAULT("no memory there", page + 4096, *(volatile char *)address);
	FAULT("the null pointer", NULL, *(volatile char *)address = 1);
	FAULT("read-only memory", page, *(volatile char *)address = 1);
	FAULT("no execution", page, ((void (*)(void))address)());
	FAULT("not canonical", 0, *(volatile char *)0x8000000000000000);
	FAULT("behind a file's end", file + 4096, *(volatile char *)address = 1);
	MUST(ftruncate(fd, 0));
	FAULT("a file cut short", file, *(volatile char *)address = 1);
	FAULT("a division by zero", 0, ({
		      volatile int zero = 0;
		      __asm__ volatile("idivl %0" ::"m"(zero), "a"(1), "d"(0));
	      }));
	FAULT("an illegal instruction", 0, __asm__ volatile("ud2"));
	FAULT("a breakpoint", 0, __asm__ volatile("int3"));
	FAULT("a privileged instruction", 0, __asm__ volatile("hlt"));
	FAULT("the stack runs over", 0, overflow(0));
	FACT("sigaltstack", sigaltstack(NULL, &got));
	say("  flags %d", got.ss_flags);
	say("a system call with a bad pointer: %s",
	    read(0, BAD, 1) < 0 || write(fd, page + 4096, 1) < 0 ? "no signal" : "?");
	in_child("by default", raise_default);
	in_child("ignored", ignored);
	in_child("blocked", blocked);
	return 0;
}
