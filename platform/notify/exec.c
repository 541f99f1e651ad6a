/*
 * exec by injection (DESIGN.md section 8.2). The caller is trapped in execve or execveat; it shall
 * execute another file, the loader, with the argv and envp it named. So:
 *
 *   1. The loader is installed in the caller, close-on-exec.
 *   2. The caller is seized by ptrace and told to stop, and its trap is answered with EINTR. It
 *      stops before it sees the answer (PTRACE_EVENT_STOP).
 *   3. Its registers are set to execveat(loader, "", argv, envp, AT_EMPTY_PATH) in front of the
 * very `syscall` instruction that trapped, and it is single-stepped over it. The injected call
 *      traps too: another worker passes it (trap_is_injected_exec), none else.
 *   4. PTRACE_EVENT_EXEC means that the exec has succeeded: old threads and memory are gone, the
 * new image has not run. What was executed must be the loader (another task that shares the
 *      descriptor table could have put something else at its number); then the sentry commits.
 *      The single-step trap instead means that the call has returned: then the registers are put
 *      back with the errno, the installed descriptor is closed by one more injected call, and
 * nothing else has changed.
 *
 * A signal that comes before the exec is delivered first, and execve starts over afterwards, as if
 * the signal had come just before the call.
 *
 * Two traps for the unwary: a thread that is not the leader takes the leader's tid when its exec
 * succeeds, so one waits for any child of this worker thread, not for the tid. And the guest can
 * change everything in its memory meanwhile, also the instruction that is stepped over; whatever
 * happens then is a stop like any other, and the caller is let go with what it has.
 */
#include "platform/notify/notify.h"

#include "lib/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_INSN_SIZE 2 /* 0f 05 */

/* An exec in flight. It lives on its worker's stack, linked while its call may trap. */
struct injection {
	pid_t tid;
	int image_fd; /* in the guest */
	const struct exec_request *request;
	struct trap *trap;
	struct user_regs_struct saved; /* as the caller was when its trap was answered */
	struct injection *next;
};

/* All injections of the process. Short: as many as there are workers in execve. */
static struct {
	pthread_mutex_t lock;
	struct injection *first;
} injections = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void injection_link(struct injection *in)
{
	pthread_mutex_lock(&injections.lock);
	in->next = injections.first;
	injections.first = in;
	pthread_mutex_unlock(&injections.lock);
}

static void injection_unlink(struct injection *in)
{
	pthread_mutex_lock(&injections.lock);
	for (struct injection **p = &injections.first; *p; p = &(*p)->next)
		if (*p == in) {
			*p = in->next;
			break;
		}
	pthread_mutex_unlock(&injections.lock);
}

bool trap_is_injected_exec(struct trap *t)
{
	bool found = false;
	if (t->nr != SYS_execveat)
		return false;
	pthread_mutex_lock(&injections.lock);
	for (struct injection *in = injections.first; in && !found; in = in->next)
		found = in->tid == t->tid && (int)t->args[0] == in->image_fd &&
			t->args[1] == in->request->empty && t->args[2] == in->request->argv &&
			t->args[3] == in->request->envp && t->args[4] == AT_EMPTY_PATH;
	pthread_mutex_unlock(&injections.lock);
	return found;
}

/*
 * The next stop of the only tracee of this thread: its wait status, with its tid in *tid, or -1
 * when it is gone. A child of the sentry is not reaped here: its status is for the thread that
 * waits for it (its tracer is of the same process, so there would be no second report).
 */
static int wait_tracee(struct injection *in, pid_t *tid)
{
	siginfo_t info;
	int options = WEXITED | WSTOPPED | WNOWAIT | __WALL | __WNOTHREAD;
	while (waitid(P_ALL, 0, &info, options) < 0)
		if (errno != EINTR)
			return -1;
	bool ended =
	    info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
	if (ended && in->request->own_child)
		return -1;
	int status;
	if (waitpid(info.si_pid, &status, __WALL | __WNOTHREAD) < 0 || !WIFSTOPPED(status))
		return -1;
	*tid = info.si_pid;
	return status;
}

/* Lets the tracee go; one that is being killed in this moment is waited for instead. */
static void detach(struct injection *in, pid_t tid, int signal)
{
	if (ptrace(PTRACE_DETACH, tid, 0, signal) < 0)
		while (wait_tracee(in, &tid) >= 0)
			ptrace(PTRACE_CONT, tid, 0, 0);
}

static int stop_event(int status)
{
	return status >> 16;
}

/* Lets the caller run one system call instruction with these registers. */
static void step_over(pid_t tid, const struct user_regs_struct *base, uint64_t nr,
		      const uint64_t args[5])
{
	struct user_regs_struct regs = *base;
	regs.rip -= SYSCALL_INSN_SIZE;
	regs.orig_rax = (unsigned long long)-1; /* no restart of the call it came from */
	regs.rax = nr;
	regs.rdi = args[0];
	regs.rsi = args[1];
	regs.rdx = args[2];
	regs.r10 = args[3];
	regs.r8 = args[4];
	ptrace(PTRACE_SETREGS, tid, 0, &regs);
	ptrace(PTRACE_SINGLESTEP, tid, 0, 0);
}

/* The caller goes on as if its execve had returned `result`. */
static void release_with(struct injection *in, long result)
{
	struct user_regs_struct regs = in->saved;
	regs.rax = (unsigned long long)result;
	regs.orig_rax = (unsigned long long)-1;
	ptrace(PTRACE_SETREGS, in->tid, 0, &regs);
	detach(in, in->tid, 0);
}

/* The caller goes on as if it had not made its call yet; a signal is delivered first. */
static void release_restarted(struct injection *in, int signal)
{
	struct user_regs_struct regs = in->saved;
	regs.rip -= SYSCALL_INSN_SIZE;
	regs.rax = (unsigned long long)in->trap->nr;
	regs.orig_rax = (unsigned long long)-1;
	ptrace(PTRACE_SETREGS, in->tid, 0, &regs);
	detach(in, in->tid, signal);
}

/* The execveat has returned: takes the installed descriptor back and hands on the errno. */
static void finish_failed(struct injection *in)
{
	struct user_regs_struct regs;
	if (ptrace(PTRACE_GETREGS, in->tid, 0, &regs) < 0)
		memset(&regs, 0, sizeof regs);
	long result = (long)regs.rax;
	if (result >= 0 || result < -4095)
		result =
		    -EINTR; /* not the injected call: the guest has rewritten the instruction */
	pid_t tid = in->tid;
	step_over(in->tid, &in->saved, SYS_close, (const uint64_t[5]){(unsigned)in->image_fd});
	int status = wait_tracee(in, &tid);
	if (status < 0)
		return;
	int signal = stop_event(status) ? 0 : WSTOPSIG(status);
	if (signal && signal != SIGTRAP)
		/* Delivered now, and the exec is tried anew: its failure was not seen yet. */
		release_restarted(in, signal);
	else
		release_with(in, result);
}

static bool is_same_file(struct trap *t, pid_t pid, int image_fd)
{
	char path[32];
	struct stat image, exe;
	snprintf(path, sizeof path, "%d/exe", (int)pid);
	return fstat(image_fd, &image) == 0 && fstatat(t->platform->proc_fd, path, &exe, 0) == 0 &&
	       image.st_dev == exe.st_dev && image.st_ino == exe.st_ino;
}

static void finish_exec(struct injection *in, pid_t pid)
{
	const struct exec_request *r = in->request;
	if (is_same_file(in->trap, pid, r->image_fd) && r->committed(r->arg, pid) == 0) {
		detach(in, pid, 0);
		return;
	}
	kill(pid, SIGKILL);
	while (wait_tracee(in, &pid) >= 0)
		ptrace(PTRACE_CONT, pid, 0, 0);
}

/* Drives the caller from its first stop to its release. */
static void drive(struct injection *in)
{
	pid_t tid = in->tid;
	int status = wait_tracee(in, &tid);
	if (status < 0)
		return;
	if (ptrace(PTRACE_GETREGS, in->tid, 0, &in->saved) < 0) {
		detach(in, in->tid, 0);
		return;
	}
	/* Stopped by job control in this very moment: stays so, and starts over when continued. */
	if (stop_event(status) == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP) {
		release_restarted(in, 0);
		return;
	}
	const struct exec_request *r = in->request;
	injection_link(in);
	step_over(
	    in->tid, &in->saved, SYS_execveat,
	    (const uint64_t[5]){(unsigned)in->image_fd, r->empty, r->argv, r->envp, AT_EMPTY_PATH});
	status = wait_tracee(in, &tid);
	injection_unlink(in);
	if (status < 0)
		return;
	if (stop_event(status) == PTRACE_EVENT_EXEC)
		finish_exec(in, tid);
	else if (stop_event(status))
		release_restarted(in, 0);
	else if (WSTOPSIG(status) == SIGTRAP)
		finish_failed(in);
	else
		release_restarted(in, WSTOPSIG(status));
}

int trap_exec(struct trap *t, const struct exec_request *request)
{
	struct injection in = {.tid = t->tid, .request = request, .trap = t};
	in.image_fd = trap_install_fd(t, request->image_fd, O_CLOEXEC);
	if (in.image_fd < 0)
		return in.image_fd;
	if (ptrace(PTRACE_SEIZE, t->tid, 0, PTRACE_O_TRACEEXEC) < 0)
		return errno == ESRCH ? -ESRCH : -EPERM;
	ptrace(PTRACE_INTERRUPT, t->tid, 0, 0);
	int r = trap_return(t, -EINTR);
	if (r < 0)
		return r;
	drive(&in);
	return 0;
}
