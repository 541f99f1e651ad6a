/* Calls injected into the caller of a trap: see inject.h. */
#include "platform/notify/inject.h"

#include "platform/notify/notify.h"

#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_INSN_SIZE 2			   /* 0f 05 */
#define NO_CALL		  ((unsigned long long)-1) /* orig_rax: there is no call to restart */

/*
 * A thread that is not the leader takes the leader's tid when its exec succeeds, so one waits for
 * any tracee of this worker thread (there is one), not for the tid. A child of the sentry is not
 * reaped here: its status is for the thread that waits for it (its tracer is of the same process,
 * so there would be no second report).
 */
int inject_wait(struct injection *in, pid_t *tid)
{
	siginfo_t info;
	int options = WEXITED | WSTOPPED | WNOWAIT | __WALL | __WNOTHREAD;
	while (waitid(P_ALL, 0, &info, options) < 0)
		if (errno != EINTR)
			return -1;
	bool ended =
	    info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
	if (ended && info.si_pid == in->trap->platform->child)
		return -1;
	int status;
	if (waitpid(info.si_pid, &status, __WALL | __WNOTHREAD) < 0 || !WIFSTOPPED(status))
		return -1;
	*tid = info.si_pid;
	return status;
}

void inject_detach(struct injection *in, pid_t tid, int signal)
{
	if (ptrace(PTRACE_DETACH, tid, 0, signal) < 0)
		while (inject_wait(in, &tid) >= 0)
			ptrace(PTRACE_CONT, tid, 0, 0);
}

int inject_stop(struct injection *in)
{
	struct trap *t = in->trap;
	in->tid = t->tid;
	if (ptrace(PTRACE_SEIZE, t->tid, 0, PTRACE_O_TRACEEXEC) < 0)
		return errno == ESRCH ? -ESRCH : -EPERM;
	ptrace(PTRACE_INTERRUPT, t->tid, 0, 0);
	int r = trap_return(t, -EINTR);
	if (r < 0)
		return r;
	pid_t tid;
	int status = inject_wait(in, &tid);
	if (status < 0)
		return 1;
	if (ptrace(PTRACE_GETREGS, in->tid, 0, &in->saved) < 0) {
		inject_detach(in, in->tid, 0);
		return 1;
	}
	/* Stopped by job control in this very moment: stays so, and starts over when continued. */
	if (inject_event(status) == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP) {
		inject_restart(in, 0);
		return 1;
	}
	return 0;
}

void inject_step(struct injection *in, uint64_t nr, const uint64_t args[6])
{
	struct user_regs_struct regs = in->saved;
	regs.rip -= SYSCALL_INSN_SIZE;
	regs.orig_rax = NO_CALL;
	regs.rax = nr;
	regs.rdi = args[0];
	regs.rsi = args[1];
	regs.rdx = args[2];
	regs.r10 = args[3];
	regs.r8 = args[4];
	regs.r9 = args[5];
	ptrace(PTRACE_SETREGS, in->tid, 0, &regs);
	ptrace(PTRACE_SINGLESTEP, in->tid, 0, 0);
}

long inject_call(struct injection *in, uint64_t nr, const uint64_t args[6])
{
	pid_t tid;
	inject_step(in, nr, args);
	for (;;) {
		int status = inject_wait(in, &tid);
		if (status < 0)
			return -ESRCH;
		if (!inject_event(status) && WSTOPSIG(status) == SIGTRAP)
			break;
		if (!inject_event(status) && in->signal_count < INJECT_SIGNALS &&
		    ptrace(PTRACE_GETSIGINFO, tid, 0, &in->signals[in->signal_count]) == 0)
			in->signal_count++;
		ptrace(PTRACE_SINGLESTEP, tid, 0, 0);
	}
	struct user_regs_struct regs;
	if (ptrace(PTRACE_GETREGS, in->tid, 0, &regs) < 0)
		return -ESRCH;
	return (long)regs.rax;
}

void inject_release(struct injection *in, long result)
{
	struct user_regs_struct regs = in->saved;
	regs.rax = (unsigned long long)result;
	regs.orig_rax = NO_CALL;
	ptrace(PTRACE_SETREGS, in->tid, 0, &regs);
	/* The stop after a step is the delivery of SIGTRAP: the first signal takes its place. */
	int first = in->signal_count ? in->signals[0].si_signo : 0;
	if (first)
		ptrace(PTRACE_SETSIGINFO, in->tid, 0, &in->signals[0]);
	for (int i = 1; i < in->signal_count; i++)
		syscall(SYS_tgkill, in->tid, in->tid, in->signals[i].si_signo);
	inject_detach(in, in->tid, first);
}

void inject_restart(struct injection *in, int signal)
{
	struct user_regs_struct regs = in->saved;
	regs.rip -= SYSCALL_INSN_SIZE;
	regs.rax = (unsigned long long)in->trap->nr;
	regs.orig_rax = NO_CALL;
	ptrace(PTRACE_SETREGS, in->tid, 0, &regs);
	inject_detach(in, in->tid, signal);
}
