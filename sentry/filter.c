/*
 * See filter.h. Here are also declared the calls that libc makes by itself: memory, threads,
 * signals, time, standard I/O. Which they are depends on its version.
 *
 * #syscalls: brk mmap munmap mprotect mremap madvise getrandom openat read write lseek close
 * #syscalls: fstat newfstatat clone set_robust_list rseq futex gettid getpid tgkill exit exit_group
 * #syscalls: rt_sigprocmask rt_sigaction rt_sigreturn restart_syscall sched_yield sched_getaffinity
 * #syscalls: clock_gettime gettimeofday time clock_nanosleep nanosleep writev
 *
 * And what the sanitizers' own threads and tables take.
 *
 * #syscalls-sanitizer: sigaltstack prlimit64 getrlimit readlink readlinkat getuid geteuid mincore
 * #syscalls-sanitizer: msync getrusage getcpu uname open stat lstat getppid
 */
#include "sentry/filter.h"

#include "lib/cleanup.h"
#include "sentry/crash.h"
#include "sentry_filter.h" /* made by sentry/gen/sentry_filter.c */
#include "syscalls/table.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code of SIGSYS */
#endif

static void on_forbidden_call(int signal, siginfo_t *info, void *context)
{
	if (info->si_code != SYS_SECCOMP)
		return; /* somebody on the host has sent it */
	const struct syscall_info *call = syscall_by_number(info->si_syscall);
	const greg_t *registers = ((const ucontext_t *)context)->uc_mcontext.gregs;
	char what[256];
	snprintf(what, sizeof what,
		 "the sentry made a system call that its filter forbids: %s (%d) with %#llx, "
		 "%#llx, %#llx",
		 call ? call->name : "unknown", info->si_syscall, registers[REG_RDI],
		 registers[REG_RSI], registers[REG_RDX]);
	crash_report(signal, what, context);
	/* Once more one that is not declared: with SIGSYS blocked, as it is in here, it kills. */
	syscall(SYS_reboot, 0, 0, 0, NULL);
	_exit(255);
}

struct sock_fprog filter_program(void)
{
	/* The kernel copies it; nobody writes to it. */
	return (struct sock_fprog){.len = ARRAY_SIZE(sentry_filter),
				   .filter = (struct sock_filter *)sentry_filter};
}

int filter_install(struct error *e)
{
	struct sigaction action = {.sa_sigaction = on_forbidden_call,
				   .sa_flags = SA_SIGINFO | SA_ONSTACK};
	sigset_t set;
	sigfillset(&action.sa_mask);
	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	struct sock_fprog program = filter_program();
	if (sigaction(SIGSYS, &action, NULL) < 0 || sigprocmask(SIG_UNBLOCK, &set, NULL) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return error_set(e, errno, "cannot install the sentry's own filter");
	return 0;
}
