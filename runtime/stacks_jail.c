/*
 * Where what a guest has prepared is understood: its files, their symbols and unwind information,
 *its stack. Programs that do that have had holes at all times, and this one is started by root. So
 *it is a child that has no user of its own (65534 without a group), no capability, no new
 *privileges, no descriptor but the files to read and the pipe to write to, a filter that kills it
 *for any system call but reading, writing, memory and the end, bounds on processor time and memory,
 *and a parent that does not wait for ever. What it writes is text to the parent, which passes on
 *printable characters, and no more than a bound.
 */
#include "runtime/stacks.h"

#include "lib/cleanup.h"
#include "lib/io.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define NOBODY	   65534
#define CPU_S	   3
#define PATIENCE_S 8
#define MEMORY_MAX (512ul << 20)
#define OUTPUT_MAX (8u << 20) /* bytes of a process's stacks */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/* The sanitizers need terabytes of address space, and calls of their own. */
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* --- the child ------------------------------------------------------------------------------ */

static int filter_calls(void)
{
	static const int allowed[] = {
	    SCMP_SYS(read),   SCMP_SYS(pread64),	SCMP_SYS(write),     SCMP_SYS(mmap),
	    SCMP_SYS(munmap), SCMP_SYS(mremap),		SCMP_SYS(brk),	     SCMP_SYS(madvise),
	    SCMP_SYS(futex),  SCMP_SYS(rt_sigprocmask), SCMP_SYS(exit_group)};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r = filter ? 0 : -ENOMEM;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(allowed); i++)
		r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}

static void limit(__rlimit_resource_t resource, rlim_t value)
{
	struct rlimit l = {value, value};
	setrlimit(resource, &l);
}

/* Where one is not root, one has nothing to drop but one's name. */
static int drop_privileges(void)
{
	if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
			       setresuid(NOBODY, NOBODY, NOBODY) < 0))
		return -errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static int enter_jail(const struct stacks *s, int output)
{
	int kept[STACK_FILES_MAX + 1];
	for (size_t i = 0; i < s->file_count; i++)
		kept[i] = s->files[i].fd;
	kept[s->file_count] = output;
	close_fds_but(kept, s->file_count + 1, 0);
	limit(RLIMIT_CPU, CPU_S);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	if (!SANITIZED)
		limit(RLIMIT_AS, MEMORY_MAX);
	int r = drop_privileges();
	return r < 0 || SANITIZED ? r : filter_calls();
}

static void print_thread(struct unwinder *u, const struct stack_thread *t, FILE *out)
{
	if (t->source == STACK_NONE)
		fprintf(out, "    no frames: %s\n", t->problem);
	else
		unwinder_print(u, t, out);
	/* NUL ends a thread. */
	putc('\0', out);
	fflush(out);
}

static _Noreturn void child_main(const struct stacks *s, int output)
{
	static char buffer[65536];
	struct unwinder *u = unwinder_new(s);
	FILE *out = fdopen(output, "w");
	if (!u || !out || setvbuf(out, buffer, _IOFBF, sizeof buffer) || enter_jail(s, output) < 0)
		_exit(1);
	for (size_t i = 0; i < s->thread_count; i++)
		print_thread(u, &s->threads[i], out);
	_exit(0);
}

/* --- the parent ----------------------------------------------------------------------------- */

void stacks_print_name(const char *name, FILE *out)
{
	for (; *name; name++)
		putc(*name < ' ' || *name > '~' ? '?' : *name, out);
}

/* Passes on what the child says. */
struct relayed {
	const struct stacks *stacks;
	FILE *out;
	stacks_remark *remark;
	void *arg;
	size_t thread; /* of these lines */
	bool begun;    /* its heading is printed */
	size_t bytes;
};

static void print_heading(struct relayed *r)
{
	const struct stack_thread *t = &r->stacks->threads[r->thread];
	char text[256] = "";
	if (r->remark)
		r->remark(r->arg, t, text, sizeof text);
	fprintf(r->out, "  thread %d (host %d) \"", (int)t->inner, (int)t->tid);
	stacks_print_name(t->name, r->out);
	fprintf(r->out, "\"%s\n", text);
	r->begun = true;
}

static void relay(struct relayed *r, const char *text, size_t size)
{
	for (size_t i = 0; i < size && r->thread < r->stacks->thread_count; i++) {
		if (!r->begun)
			print_heading(r);
		if (!text[i]) {
			r->thread++;
			r->begun = false;
		} else if (r->bytes++ < OUTPUT_MAX) {
			bool plain = text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~');
			putc(plain ? text[i] : '?', r->out);
		}
	}
}

static long seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Until the child closes its end: 0, or -ETIMEDOUT. */
static int relay_all(struct relayed *r, int input)
{
	long end = seconds_now() + PATIENCE_S;
	for (;;) {
		char text[4096];
		struct pollfd p = {.fd = input, .events = POLLIN};
		long left = end - seconds_now();
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)left * 1000) <= 0)
			continue;
		ssize_t n = read(input, text, sizeof text);
		if (n <= 0)
			return 0;
		relay(r, text, (size_t)n);
	}
}

static void report_failure(struct relayed *r, int error, int status)
{
	if (r->thread >= r->stacks->thread_count)
		return;
	if (!r->begun)
		print_heading(r);
	if (error == -ETIMEDOUT)
		fprintf(r->out, "    no further: understanding this stack takes too long\n");
	else if (WIFSIGNALED(status))
		fprintf(r->out, "    no further: understanding this stack has ended with SIG%s\n",
			sigabbrev_np(WTERMSIG(status)));
	else
		fprintf(r->out, "    no further: the unwinder could not be made\n");
}

void stacks_print(const struct stacks *s, FILE *out, stacks_remark *remark, void *arg)
{
	struct relayed r = {.stacks = s, .out = out, .remark = remark, .arg = arg};
	int pair[2], status = 0;
	fflush(NULL);
	pid_t child = pipe2(pair, O_CLOEXEC) < 0 ? -1 : fork();
	if (child < 0) {
		fprintf(out, "  no stacks: %s\n", strerror(errno));
		return;
	}
	if (child == 0)
		child_main(s, pair[1]);
	close(pair[1]);
	int error = relay_all(&r, pair[0]);
	close(pair[0]);
	kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	report_failure(&r, error, status);
}
