/* See hostile.h. */
#include "sentry/hostile/hostile.h"

#include "lib/cleanup.h"
#include "sentry/sentry.h"

#include <asm/prctl.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)
#define TEXT(s) ((uint64_t)(uintptr_t)(s))

static char *const arguments[] = {"sh", NULL};

static const struct {
	const char *name;
	long number;
	uint64_t args[6];
} calls[] = {
    {"execve", SYS_execve, {TEXT("/bin/sh"), TEXT(arguments), 0}},
    {"execveat", SYS_execveat, {AT_FDCWD, TEXT("/bin/sh"), TEXT(arguments), 0, 0}},
    {"fork", SYS_fork, {0}},
    {"vfork", SYS_vfork, {0}},
    {"clone", SYS_clone, {SIGCHLD}},
    {"clone-namespaces", SYS_clone, {CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD}},
    {"clone3", SYS_clone3, {0}},
    {"unshare", SYS_unshare, {CLONE_NEWNS}},
    {"setns", SYS_setns, {0, CLONE_NEWNS}},
    {"mount", SYS_mount, {TEXT("none"), TEXT("/"), TEXT("tmpfs"), 0, 0}},
    {"umount", SYS_umount2, {TEXT("/"), 0}},
    {"fsopen", SYS_fsopen, {TEXT("proc"), 0}},
    {"pivot_root", SYS_pivot_root, {TEXT("."), TEXT(".")}},
    {"open_by_handle_at", SYS_open_by_handle_at, {0}},
    {"bpf", SYS_bpf, {0}},
    {"io_uring", SYS_io_uring_setup, {1, 0}},
    {"perf", SYS_perf_event_open, {0}},
    {"userfaultfd", SYS_userfaultfd, {0}},
    {"keyctl", SYS_keyctl, {0}},
    {"add_key", SYS_add_key, {0}},
    {"module", SYS_finit_module, {0}},
    {"kexec", SYS_kexec_load, {0}},
    {"process_madvise", SYS_process_madvise, {0}},
    {"unknown-number", 100000, {0}},
    {"socket-packet", SYS_socket, {AF_PACKET, SOCK_RAW, 0}},
    {"socket-raw", SYS_socket, {AF_INET, SOCK_RAW, IPPROTO_ICMP}},
    {"socket-sctp", SYS_socket, {AF_INET, SOCK_STREAM, IPPROTO_SCTP}},
    {"socket-netfilter", SYS_socket, {AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER}},
    {"socket-vsock", SYS_socket, {AF_VSOCK, SOCK_STREAM, 0}},
    {"setsockopt", SYS_setsockopt, {0}},
    {"ioctl-sti", SYS_ioctl, {0, TIOCSTI, TEXT("x")}},
    {"ioctl-tun", SYS_ioctl, {0, 0x400454ca, 0}},
    {"fcntl-notify", SYS_fcntl, {0, F_NOTIFY, 0}},
    {"prctl-dumpable", SYS_prctl, {PR_SET_DUMPABLE, 1}},
    {"seccomp", SYS_seccomp, {SECCOMP_SET_MODE_STRICT}},
    {"sigaction", SYS_rt_sigaction, {SIGSYS, 0, 0, 8}},
    {"mmap-code", SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC, PRIVATE, (uint64_t)-1, 0}},
    {"mprotect-code", SYS_mprotect, {0, 4096, PROT_READ | PROT_EXEC}},
    {"ptrace-attach", SYS_ptrace, {PTRACE_ATTACH, 1}},
    {"ptrace-traceme", SYS_ptrace, {PTRACE_TRACEME}},
    {"ptrace-poke", SYS_ptrace, {PTRACE_POKEDATA, 1}},
};

/* --- what the nursery is out of reach of ----------------------------------------------------- */

static long take_memory(pid_t pid)
{
	char byte;
	struct iovec local = {&byte, 1}, remote = {(void *)(uintptr_t)&calls, 1};
	return syscall(SYS_process_vm_readv, pid, &local, 1, &remote, 1, 0);
}

static long change_memory(pid_t pid)
{
	char byte = 0;
	struct iovec local = {&byte, 1}, remote = {(void *)(uintptr_t)&arguments, 1};
	return syscall(SYS_process_vm_writev, pid, &local, 1, &remote, 1, 0);
}

static long take_descriptor(pid_t pid)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, 0, 0);
}

static long seize(pid_t pid)
{
	return syscall(SYS_ptrace, PTRACE_SEIZE, pid, 0, 0);
}

static long open_file(const struct sentry *s, const char *file)
{
	char path[64];
	snprintf(path, sizeof path, "%d/%s", (int)s->nursery.pid, file);
	return openat(s->proc_fd, path, O_RDWR | O_CLOEXEC);
}

static long reach_nursery(const struct sentry *s, const char *how)
{
	pid_t pid = s->nursery.pid;
	if (!strcmp(how, "memory"))
		return take_memory(pid);
	if (!strcmp(how, "write"))
		return change_memory(pid);
	if (!strcmp(how, "descriptor"))
		return take_descriptor(pid);
	if (!strcmp(how, "seize"))
		return seize(pid);
	return open_file(s, how);
}

/* --- the request ---------------------------------------------------------------------------- */

/* What another architecture calls write(2); killed at once. */
static long enter_as_32_bit(void)
{
	long result = 4;
	__asm__ volatile("int $0x80" : "+a"(result) : "b"(0), "c"(0), "d"(0) : "memory");
	return result;
}

long hostile_call(const struct sentry *s, const char *name)
{
	long r = -1;
	errno = ESRCH; /* no such request */
	if (!strcmp(name, "int80"))
		return enter_as_32_bit();
	if (!strncmp(name, "nursery-", 8))
		r = reach_nursery(s, name + 8);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		const uint64_t *a = calls[i].args;
		if (!strcmp(calls[i].name, name))
			r = syscall(calls[i].number, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
	return r < 0 ? -errno : r;
}
