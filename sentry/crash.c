/*
 * The report of a crash.
 *
 * It is made in the handler of the fatal signal, on a stack of the thread's own that is kept for
 * it, by libunwind from the registers that the handler is given. Nothing is allocated, and nothing
 * is looked up that a guest could have put there: names of functions come from the symbol table of
 * the sentry's own program, opened as /proc/self/exe in the sentry's own procfs. Should the
 * unwinder itself crash, the signal is blocked and the kernel ends the process; should it hang, a
 * timer does.
 *
 * The first thread reports; others that crash meanwhile wait for the end. Then a fault is let
 * happen again, so that the process dies of its signal. A signal that was sent (abort(3) does that)
 * cannot end the first process of a pid namespace, so it exits with 128 + N.
 *
 * The unwinder makes sure of an address by a pipe or by mincore(2).
 *
 * #syscalls: gettid openat write close timer_create timer_settime rt_sigaction rt_sigprocmask
 * #syscalls: rt_sigreturn sigaltstack pause exit_group tgkill pipe2 read mincore msync
 */
#define UNW_LOCAL_ONLY
#undef NDEBUG /* for the declaration of what assert(3) calls */
#include "sentry/crash.h"

#include "lib/cleanup.h"
#include "lib/log.h"
#include "platform/symbols.h"
#include "sentry/counters.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"
#include "syscalls/table.h"

#include <assert.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <libunwind.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>

#define STACK_SIZE (128 * 1024)
#define FRAMES_MAX 64
#define DEADLINE_S 5
#define GIVE_UP	   SIGVTALRM /* of the timer */

static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

/* Set by crash_init; the handler's. */
static struct {
	struct sentry *sentry;
	int report_fd;
	pid_t reporter; /* the thread that reports, atomic; 0: nobody yet */
	int number;	/* of its signal */
} crash = {.report_fd = -1};

static __thread struct {
	void *stack;
	const struct worker *worker;
} self;

/* Where addresses of the program lie: symbols of the linker. */
extern const char __executable_start[], etext[];

static void say(const char *text)
{
	log_crash(text);
	if (crash.report_fd < 0)
		return;
	char line[1024];
	int n = snprintf(line, sizeof line - 1, "%s\n", text);
	ssize_t ignored = write(crash.report_fd, line, MIN((size_t)n, sizeof line - 1));
	(void)ignored;
}

/* --- the stack ------------------------------------------------------------------------------ */

/* "function+0x12 (capbox+0x3456)": of the program itself, whose symbols are in its file. */
static void name_own(int exe, uintptr_t pc, uintptr_t looked_up, char *text, size_t size)
{
	char name[SYMBOL_SIZE];
	uint64_t into;
	uintptr_t base = (uintptr_t)__executable_start;
	if (exe >= 0 && symbol_find(exe, looked_up - base, name, &into) == 0)
		snprintf(text, size, "%s+0x%lx (capbox+0x%lx)", name,
			 (unsigned long)(into + pc - looked_up), (unsigned long)(pc - base));
	else
		snprintf(text, size, "capbox+0x%lx", (unsigned long)(pc - base));
}

static void name_address(int exe, uintptr_t pc, uintptr_t looked_up, char *text, size_t size)
{
	Dl_info info;
	if (looked_up >= (uintptr_t)__executable_start && looked_up < (uintptr_t)etext) {
		name_own(exe, pc, looked_up, text, size);
	} else if (dladdr((void *)looked_up, &info) && info.dli_fname) {
		const char *slash = strrchr(info.dli_fname, '/');
		const char *file = slash ? slash + 1 : info.dli_fname;
		unsigned long offset = pc - (uintptr_t)info.dli_fbase;
		if (info.dli_sname)
			snprintf(text, size, "%s+0x%lx (%s+0x%lx)", info.dli_sname,
				 (unsigned long)(pc - (uintptr_t)info.dli_saddr), file, offset);
		else
			snprintf(text, size, "%s+0x%lx", file, offset);
	} else {
		snprintf(text, size, "0x%lx", (unsigned long)pc);
	}
}

/* After a jump to where there is no code only the return address tells who jumped. */
static bool step_over_jump(unw_cursor_t *cursor, ucontext_t *context)
{
	greg_t *registers = context->uc_mcontext.gregs;
	registers[REG_RIP] = *(greg_t *)registers[REG_RSP];
	registers[REG_RSP] += (greg_t)sizeof(greg_t);
	return unw_init_local2(cursor, context, 0) == 0;
}

void crash_stack(struct sentry *s, void *ucontext, void (*line)(const char *text))
{
	_cleanup_close_ int exe = openat(s->proc_fd, "self/exe", O_RDONLY | O_CLOEXEC);
	ucontext_t context = *(ucontext_t *)ucontext;
	unw_cursor_t cursor;
	Dl_info info;
	char text[768];
	int r = unw_init_local2(&cursor, &context, UNW_INIT_SIGNAL_FRAME);
	bool exact = true; /* not a return address, which may be that of the next function */
	for (int i = 0; r >= 0 && i < FRAMES_MAX; i++) {
		unw_word_t pc;
		if (unw_get_reg(&cursor, UNW_REG_IP, &pc) < 0 || (pc == 0 && i > 0))
			break;
		int used = snprintf(text, sizeof text, "  #%d ", i);
		name_address(exe, pc, exact ? pc : pc - 1, text + used, sizeof text - (size_t)used);
		line(text);
		bool nowhere = i == 0 && !dladdr((void *)pc, &info);
		exact = unw_is_signal_frame(&cursor) > 0;
		if (nowhere ? !step_over_jump(&cursor, &context) : unw_step(&cursor) <= 0)
			break;
	}
}

/* --- the report ----------------------------------------------------------------------------- */

static void say_trap(const struct worker *w)
{
	if (!w->slot->since)
		return;
	const struct trap *t = &w->trap;
	const struct syscall_info *info = syscall_by_number(t->nr);
	char text[256];
	snprintf(text, sizeof text,
		 "  serving %s (system call %d) of thread %d: 0x%lx, 0x%lx, 0x%lx, 0x%lx, 0x%lx, "
		 "0x%lx",
		 info ? info->name : "?", t->nr, (int)t->tid, (long)t->args[0], (long)t->args[1],
		 (long)t->args[2], (long)t->args[3], (long)t->args[4], (long)t->args[5]);
	say(text);
}

/* The address of a fault; of a signal that was sent there is none. */
static void describe_signal(int number, const siginfo_t *info, char *text, size_t size)
{
	if (info->si_code > 0)
		snprintf(text, size, "the sentry has crashed: SIG%s at address 0x%lx",
			 sigabbrev_np(number), (unsigned long)info->si_addr);
	else
		snprintf(text, size, "the sentry has crashed: SIG%s", sigabbrev_np(number));
}

/* The timer goes to this thread alone, whose handler leaves its signal open. */
static void set_deadline(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = GIVE_UP};
	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	struct itimerspec limit = {.it_value.tv_sec = DEADLINE_S};
	timer_t timer;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, GIVE_UP);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		return;
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	timer_settime(timer, 0, &limit, NULL);
}

/* Not _exit(3): in builds with it the address sanitizer would look for the bounds of this stack
 * first. */
static void end(void)
{
	syscall(SYS_exit_group, 128 + crash.number);
}

static void on_deadline(int number)
{
	say("  its stack cannot be told: the unwinder hangs");
	end();
}

void crash_report(int number, const char *what, void *ucontext)
{
	pid_t nobody = 0;
	if (!__atomic_compare_exchange_n(&crash.reporter, &nobody, (pid_t)syscall(SYS_gettid),
					 false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		for (;;)
			pause();
	crash.number = number;
	set_deadline();
	say(what);
	if (self.worker)
		say_trap(self.worker);
	crash_stack(crash.sentry, ucontext, say);
}

static void on_crash(int number, siginfo_t *info, void *context)
{
	char what[128];
	describe_signal(number, info, what, sizeof what);
	crash_report(number, what, context);
	if (info->si_code <= 0)
		end();
	/* Back to the fault, which is the process's end now. */
	signal(number, SIG_DFL);
}

/* What assert(3) calls, in place of the C library's, whose standard error nobody reads. */
void __assert_fail(const char *expression, const char *file, unsigned line, const char *function)
{
	log_error("assertion failed: %s (%s:%u, %s)", expression, file, line, function);
	abort();
}

/* --- threads -------------------------------------------------------------------------------- */

void crash_signals_spare(sigset_t *set)
{
	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++)
		sigdelset(set, fatal[i]);
}

int crash_thread_begin(const struct worker *worker)
{
	self.worker = worker;
	self.stack = malloc(STACK_SIZE);
	stack_t stack = {.ss_sp = self.stack, .ss_size = STACK_SIZE};
	return !self.stack || sigaltstack(&stack, NULL) < 0 ? -errno : 0;
}

void crash_thread_end(void)
{
	stack_t none = {.ss_flags = SS_DISABLE};
	sigaltstack(&none, NULL);
	free(self.stack);
	self.worker = NULL;
}

int crash_init(struct sentry *s, int report_fd)
{
	crash.sentry = s;
	crash.report_fd = report_fd;
	struct sigaction on_fatal = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	struct sigaction on_time = {.sa_handler = on_deadline, .sa_flags = SA_ONSTACK};
	sigfillset(&on_fatal.sa_mask);
	sigfillset(&on_time.sa_mask);
	int r = crash_thread_begin(NULL);
	if (sigaction(GIVE_UP, &on_time, NULL) < 0)
		r = -errno;
	for (size_t i = 0; i < ARRAY_SIZE(fatal); i++)
		if (sigaction(fatal[i], &on_fatal, NULL) < 0)
			r = -errno;
	return r;
}
