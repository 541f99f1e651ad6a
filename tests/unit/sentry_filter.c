/* What the sentry's own filter says about calls. */
#include "sentry/filter.h"

#include <asm/unistd_64.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include "lib/cleanup.h"
#include "lib/kernel.h"
#include "tests/unit/policy_bpf.h"

#define ALLOW	SECCOMP_RET_ALLOW
#define DIE	SECCOMP_RET_TRAP /* by the handler */
#define KILL	SECCOMP_RET_KILL_PROCESS
#define X32	0x40000000
#define GARBAGE 0xdeadbeef00000000ULL
/* Of newer kernels (6.8) than the headers of Debian 12. */
#define STATMOUNT 457
#define LISTMOUNT 458
#define THREAD	  0x3d0f00 /* what glibc's and musl's threads have in common */

static const struct {
	int nr;
	uint64_t args[6];
	uint32_t verdict;
} cases[] = {
    {__NR_openat, {0}, ALLOW},
    {__NR_openat2, {0}, ALLOW},
    {__NR_close, {0}, ALLOW},
    {__NR_restart_syscall, {0}, ALLOW},
    {__NR_process_vm_readv, {0}, ALLOW},
    {__NR_execve, {0}, DIE},
    {__NR_execveat, {3, 0, 0, 0, AT_EMPTY_PATH}, DIE},
    {__NR_execveat, {3, 0, 0, 0, AT_EMPTY_PATH | AT_EXECVE_CHECK}, ALLOW},
    {__NR_fork, {0}, DIE},
    {__NR_vfork, {0}, DIE},
    {__NR_clone, {SIGCHLD}, DIE},
    {__NR_clone, {CLONE_NEWUSER | SIGCHLD}, DIE},
    {__NR_clone, {THREAD | CLONE_NEWNS}, DIE},
    {__NR_clone, {THREAD}, ALLOW},
    {__NR_clone3, {0}, SECCOMP_RET_ERRNO | ENOSYS},
    {__NR_unshare, {CLONE_FS}, ALLOW},
    {__NR_unshare, {CLONE_FS | CLONE_NEWNS}, DIE},
    {__NR_setns, {3, CLONE_NEWNET}, ALLOW},
    {__NR_setns, {3, 0}, DIE},
    {__NR_setns, {3, CLONE_NEWUSER}, DIE},
    {__NR_mmap, {0, 4096, PROT_READ | PROT_WRITE}, ALLOW},
    {__NR_mmap, {0, 4096, PROT_READ | PROT_EXEC}, DIE},
    {__NR_mprotect, {0, 4096, GARBAGE | PROT_EXEC}, DIE},
    {__NR_rt_sigaction, {64}, ALLOW},
    {__NR_rt_sigaction, {SIGSYS}, DIE},
    {__NR_rt_sigaction, {GARBAGE | SIGSYS}, DIE},
    {__NR_socket, {AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0}, ALLOW},
    {__NR_socket, {AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, IPPROTO_ICMPV6}, ALLOW},
    {__NR_socket, {AF_INET, SOCK_RAW, IPPROTO_ICMP}, DIE},
    {__NR_socket, {AF_INET, SOCK_STREAM, IPPROTO_MPTCP}, DIE},
    {__NR_socket, {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE}, ALLOW},
    {__NR_socket, {AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER}, DIE},
    {__NR_socket, {AF_UNIX, SOCK_DGRAM, 0}, ALLOW},
    {__NR_socket, {AF_PACKET, SOCK_RAW, 0}, DIE},
    {__NR_socket, {GARBAGE | AF_VSOCK, SOCK_STREAM, 0}, DIE},
    {__NR_setsockopt, {0}, DIE},
    {__NR_ioctl, {3, SECCOMP_IOCTL_NOTIF_RECV}, ALLOW},
    {__NR_ioctl, {3, GARBAGE | SECCOMP_IOCTL_NOTIF_SEND}, ALLOW},
    {__NR_ioctl, {3, SECCOMP_IOCTL_NOTIF_ADDFD}, ALLOW},
    {__NR_ioctl, {3, SECCOMP_IOCTL_NOTIF_ID_VALID}, ALLOW},
    {__NR_ioctl, {3, TIOCGPTPEER}, ALLOW},
    {__NR_ioctl, {3, TIOCSTI}, DIE},
    {__NR_ioctl, {3, SIOCSIFFLAGS}, DIE},
    {__NR_fcntl, {3, F_GETFL}, ALLOW},
    {__NR_fcntl, {3, F_ADD_SEALS}, ALLOW},
    {__NR_fcntl, {3, F_OFD_GETLK}, ALLOW},
    {__NR_fcntl, {3, F_NOTIFY}, DIE},
    {STATMOUNT, {0}, ALLOW},
    {LISTMOUNT, {0}, DIE},
    {__NR_ptrace, {PTRACE_SEIZE, 5}, ALLOW},
    {__NR_ptrace, {PTRACE_ATTACH, 5}, DIE},
    {__NR_ptrace, {PTRACE_POKETEXT, 5}, DIE},
    {__NR_prctl, {PR_SET_DUMPABLE, 1}, DIE},
    {__NR_seccomp, {0}, DIE},
    {__NR_mount, {0}, DIE},
    {__NR_bpf, {0}, DIE},
    {__NR_reboot, {0}, DIE}, /* what its own handler ends it with */
    {9999, {0}, DIE},
    {X32 | __NR_openat, {0}, KILL},
};

Test(sentry_filter, verdicts)
{
	struct sock_fprog program = filter_program();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct seccomp_data data = {.nr = cases[i].nr, .arch = AUDIT_ARCH_X86_64};
		memcpy(data.args, cases[i].args, sizeof data.args);
		uint32_t got = bpf_run(&program, &data);
		cr_expect_eq(got, cases[i].verdict, "case %zu, call %d: %#x, not %#x", i,
			     cases[i].nr, got, cases[i].verdict);
	}
}

Test(sentry_filter, other_architectures)
{
	struct sock_fprog program = filter_program();
	struct seccomp_data data = {.nr = __NR_close, .arch = AUDIT_ARCH_I386};
	cr_expect_eq(bpf_run(&program, &data), KILL);
}

/* The kernel remembers these verdicts and does not run the program again. */
Test(sentry_filter, free_of_cost)
{
	static const int hot[] = {__NR_openat,
				  __NR_openat2,
				  __NR_close,
				  __NR_newfstatat,
				  __NR_statx,
				  __NR_fstat,
				  __NR_prlimit64,
				  __NR_process_vm_readv,
				  __NR_readlinkat,
				  __NR_futex,
				  __NR_process_vm_writev};
	struct sock_fprog program = filter_program();
	for (size_t i = 0; i < ARRAY_SIZE(hot); i++) {
		struct seccomp_data data = {.nr = hot[i], .arch = AUDIT_ARCH_X86_64};
		cr_expect(bpf_is_constant(&program, &data), "call %d", hot[i]);
	}
}
