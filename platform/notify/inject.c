/*
 * Calls injected into the caller of a trap: see inject.h.
 *
 * #syscalls: ptrace:PTRACE_SEIZE,PTRACE_INTERRUPT,PTRACE_DETACH,PTRACE_CONT
 * #syscalls: ptrace:PTRACE_SINGLESTEP
 * #syscalls: ptrace:PTRACE_GETREGS,PTRACE_SETREGS,PTRACE_GETSIGMASK,PTRACE_SETSIGMASK
 * #syscalls: waitid wait4 kill clock_nanosleep
 */
#include "platform/notify/inject.h"

#include "platform/notify/notify.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SYSCALL_INSN_SIZE 2 /* 0f 05 */
#define SEIZE_TRIES	  500
#define SEIZE_PAUSE_NS	  1000000
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

static void block_signals(struct injection *in)
{
	/* Not SIGTRAP: the kernel would take its handler away to deliver the step's. */
	uint64_t all = ~(UINT64_C(1) << (SIGTRAP - 1));
	in->blocked = ptrace(PTRACE_GETSIGMASK, in->tid, sizeof in->mask, &in->mask) == 0 &&
		      ptrace(PTRACE_SETSIGMASK, in->tid, sizeof all, &all) == 0;
}

void inject_detach(struct injection *in, pid_t tid)
{
	if (in->blocked)
		ptrace(PTRACE_SETSIGMASK, tid, sizeof in->mask, &in->mask);
	if (in->stop)
		kill(tid, SIGSTOP);
	if (ptrace(PTRACE_DETACH, tid, 0, 0) < 0)
		while (inject_wait(in, &tid) >= 0)
			ptrace(PTRACE_CONT, tid, 0, 0);
}

/*
 * Somebody on the host may be looking at the caller for a moment (`capbox debug stacks`): one
 * tracer at a time. Who it is cannot be seen from here.
 */
static int seize(struct trap *t)
{
	for (int i = 0; ptrace(PTRACE_SEIZE, t->tid, 0, PTRACE_O_TRACEEXEC) < 0; i++) {
		if (errno == ESRCH || trap_check(t) < 0)
			return -ESRCH;
		if (i == SEIZE_TRIES)
			return -EPERM;
		nanosleep(&(struct timespec){.tv_nsec = SEIZE_PAUSE_NS}, NULL);
	}
	return 0;
}

int inject_stop(struct injection *in)
{
	struct trap *t = in->trap;
	in->tid = t->tid;
	int seized = seize(t);
	if (seized < 0)
		return seized;
	/* Who died before that may have left its number to another, by an exec even to a thread of
	 * its own process. If the caller still waits, it is the one that was seized. Another cannot
	 * be let go before it stops, which may be never. */
	if (trap_check(t) < 0) {
		t->misled = true;
		return -ESRCH;
	}
	ptrace(PTRACE_INTERRUPT, t->tid, 0, 0);
	int r = trap_return(t, -EINTR);
	if (r < 0)
		return r;
	pid_t tid;
	int status = inject_wait(in, &tid);
	if (status < 0)
		return 1;
	if (ptrace(PTRACE_GETREGS, in->tid, 0, &in->saved) < 0) {
		inject_detach(in, in->tid);
		return 1;
	}
	/* Stopped by job control in this very moment: stays so, and starts over when continued. */
	if (inject_event(status) == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP) {
		inject_restart(in);
		return 1;
	}
	block_signals(in);
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

/* The instruction is no system call any more: stepping over it again would end the same way. */
static bool is_fault(int signal)
{
	return signal == SIGILL || signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE;
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
		if (!inject_event(status) && is_fault(WSTOPSIG(status)))
			return -EFAULT;
		in->stop |= !inject_event(status) && WSTOPSIG(status) == SIGSTOP;
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
	inject_detach(in, in->tid);
}

void inject_restart(struct injection *in)
{
	struct user_regs_struct regs = in->saved;
	regs.rip -= SYSCALL_INSN_SIZE;
	regs.rax = (unsigned long long)in->trap->nr;
	regs.orig_rax = NO_CALL;
	ptrace(PTRACE_SETREGS, in->tid, 0, &regs);
	inject_detach(in, in->tid);
}
