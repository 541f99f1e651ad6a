/*
 * Registers and stack of one thread.
 *
 * The thread is seized, stopped, copied and let go. One that does not stop is in the hands of the
 * sentry (a trap can only be killed) or of a driver: it is left alone, and the kernel tells where
 * it entered, which is enough for most stacks. So is one whose call would fail with EINTR when it
 * is stopped (signal(7)): nobody shall notice that he is looked at.
 *
 * Whatever happens the thread goes on: the tracer is a thread of its own, and when it ends, the
 * kernel lets go of all it traces.
 *
 * The sentry itself stops a guest for moments, to inject a call (platform/notify/inject.h). Who
 * comes second waits.
 */
#include "runtime/stacks.h"

#include "lib/cleanup.h"
#include "lib/io.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define STOP_TRIES  100 /* of TRY_NS: a busy machine may not run a thread for so long */
#define TRAP_TRIES  10	/* of a thread in a trap, most of which are over by then */
#define SPINS	    100 /* before those */
#define SEIZE_TRIES 500
#define TRY_NS	    1000000
#define RED_ZONE    128

struct job {
	const struct stacks *stacks;
	int proc_dir;
	struct stack_thread *thread;
	size_t room;
};

static void wait_a_moment(void)
{
	nanosleep(&(struct timespec){.tv_nsec = TRY_NS}, NULL);
}

static ssize_t read_of_thread(const struct job *job, const char *file, char *text, size_t size)
{
	char path[64];
	snprintf(path, sizeof path, "task/%d/%s", (int)job->thread->tid, file);
	return read_file_at(job->proc_dir, path, text, size);
}

static long status_value(const struct job *job, const char *field)
{
	char text[8192];
	if (read_of_thread(job, "status", text, sizeof text) < 0)
		return -1;
	const char *line = strstr(text, field);
	return line ? strtol(line + strlen(field), NULL, 10) : -1;
}

/* --- without stopping it -------------------------------------------------------------------- */

/* Calls that end with EINTR when their thread has been stopped, and no handler has run. */
static bool notices_a_stop(long call)
{
	static const long calls[] = {SYS_epoll_wait, SYS_epoll_pwait,	  SYS_semop,
				     SYS_semtimedop, SYS_rt_sigtimedwait, SYS_io_getevents};
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (call == calls[i])
			return true;
	return call == 441; /* epoll_pwait2, which older headers do not know */
}

/* Where the kernel was entered; false while the thread runs. */
static bool take_entry(const struct job *job)
{
	struct stack_thread *t = job->thread;
	char text[256];
	if (read_of_thread(job, "syscall", text, sizeof text) < 0)
		return false;
	unsigned long long sp, pc;
	if (sscanf(text, "%ld %*s %*s %*s %*s %*s %*s %llx %llx", &t->call, &sp, &pc) != 3)
		return false;
	t->registers = (struct user_regs_struct){.rsp = sp, .rip = pc};
	t->source = STACK_PARTIAL;
	return true;
}

/* --- stopped -------------------------------------------------------------------------------- */

static bool seize(const struct job *job)
{
	struct stack_thread *t = job->thread;
	for (int i = 0; i < SEIZE_TRIES; i++) {
		if (ptrace(PTRACE_SEIZE, t->tid, 0, 0) == 0)
			return true;
		if (errno != EPERM || status_value(job, "\nTracerPid:") <= 0)
			break;
		wait_a_moment();
	}
	int error = errno;
	long tracer = status_value(job, "\nTracerPid:");
	if (tracer > 0)
		snprintf(t->problem, sizeof t->problem, "process %ld traces it", tracer);
	else
		snprintf(t->problem, sizeof t->problem, "it cannot be stopped: %s",
			 strerror(error));
	return false;
}

/* The wait status of its stop, or -1. */
static int stop(const struct job *job)
{
	const struct stack_thread *t = job->thread;
	char where[64] = "";
	int status;
	read_of_thread(job, "wchan", where, sizeof where);
	int tries = strncmp(where, "seccomp_", 8) ? STOP_TRIES : TRAP_TRIES;
	ptrace(PTRACE_INTERRUPT, t->tid, 0, 0);
	for (int i = -SPINS; i < tries; i++) {
		pid_t pid = waitpid(t->tid, &status, __WALL | WNOHANG);
		if (pid == t->tid)
			return WIFSTOPPED(status) ? status : -1;
		if (pid < 0)
			return -1;
		/* It stops in some microseconds, and shall not wait. */
		if (i < 0)
			sched_yield();
		else
			wait_a_moment();
	}
	return -1;
}

static void let_go(const struct stack_thread *t, int status)
{
	/* A signal that was about to be delivered still is. */
	long signal = status >> 16 ? 0 : WSTOPSIG(status);
	ptrace(PTRACE_DETACH, t->tid, 0, signal);
}

/* --- the stack ------------------------------------------------------------------------------ */

static void copy_stack(const struct job *job)
{
	struct stack_thread *t = job->thread;
	uint64_t from = t->registers.rsp - RED_ZONE;
	const struct stack_map *m = stacks_find_map(job->stacks, t->registers.rsp);
	if (!m) {
		snprintf(t->problem, sizeof t->problem,
			 "its stack pointer, 0x%llx, points to no memory", t->registers.rsp);
		return;
	}
	from = MAX(from, m->start);
	size_t size = MIN(MIN(m->end - from, STACK_BYTES_MAX), job->room);
	struct iovec local = {t->bytes, size}, remote = {(void *)from, size};
	ssize_t n = process_vm_readv(t->tid, &local, 1, &remote, 1, 0);
	t->copied_from = from;
	t->copied = n > 0 ? (size_t)n : 0;
	if (n < 0)
		snprintf(t->problem, sizeof t->problem, "its stack cannot be read: %s",
			 strerror(errno));
}

static void take_stopped(const struct job *job)
{
	struct stack_thread *t = job->thread;
	int status = seize(job) ? stop(job) : -1;
	if (status < 0)
		return;
	if (ptrace(PTRACE_GETREGS, t->tid, 0, &t->registers) == 0) {
		t->source = STACK_WHOLE;
		t->call = (long)t->registers.orig_rax;
		copy_stack(job);
	}
	let_go(t, status);
}

static void *take(void *arg)
{
	const struct job *job = arg;
	struct stack_thread *t = job->thread;
	if (t->state == 'Z' || t->state == 'X') {
		snprintf(t->problem, sizeof t->problem, "it has ended");
		return NULL;
	}
	bool asleep = take_entry(job);
	if (!asleep || (t->state != 'D' && !notices_a_stop(t->call))) {
		t->source = STACK_NONE;
		take_stopped(job);
	}
	if (t->source == STACK_WHOLE)
		return NULL;
	if (take_entry(job))
		copy_stack(job);
	else if (!t->problem[0])
		snprintf(t->problem, sizeof t->problem, "it did not stop");
	return NULL;
}

void stacks_take_thread(const struct stacks *s, int proc_dir, struct stack_thread *t, size_t room)
{
	struct job job = {.stacks = s, .proc_dir = proc_dir, .thread = t, .room = room};
	pthread_t tracer;
	t->call = -1;
	t->bytes = malloc(STACK_BYTES_MAX);
	if (!t->bytes || pthread_create(&tracer, NULL, take, &job)) {
		snprintf(t->problem, sizeof t->problem, "no memory to copy its stack");
		return;
	}
	pthread_join(tracer, NULL);
	void *fitting = realloc(t->bytes, t->copied + 1);
	t->bytes = fitting ? fitting : t->bytes;
}
