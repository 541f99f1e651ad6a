/* Policies, and what the seccomp program made from them says about calls. */
#include "platform/policy.h"

#include <asm/ioctls.h>
#include <asm/unistd_64.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/futex.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "tests/unit/policy_bpf.h"

#define GARBAGE 0xdeadbeef00000000ULL
#define ALLOW	SECCOMP_RET_ALLOW
#define TRAP	SECCOMP_RET_USER_NOTIF
#define FAIL(e) (SECCOMP_RET_ERRNO | (e))
#define KILL	SECCOMP_RET_KILL_PROCESS
#define X32	0x40000000

static struct sock_fprog usual;

static void build(void)
{
	struct policy policy;
	policy_default(&policy);
	cr_assert_eq(policy_build(&policy, &usual), 0);
}

static uint32_t ask(uint32_t arch, int nr, const uint64_t args[6])
{
	struct seccomp_data data = {.nr = nr, .arch = arch};
	memcpy(data.args, args, sizeof data.args);
	return bpf_run(&usual, &data);
}

static const struct {
	int nr;
	uint64_t args[6];
	uint32_t verdict;
} cases[] = {
    {__NR_read, {0, 1, 2}, ALLOW},
    {__NR_write, {GARBAGE | 1, UINT64_MAX, UINT64_MAX}, ALLOW},
    {__NR_close, {3}, ALLOW},
    {__NR_mmap, {0, 4096, 7, 0x22, UINT64_MAX, 0}, ALLOW},
    {__NR_exit_group, {0}, ALLOW},
    {__NR_rt_sigreturn, {0}, ALLOW},
    {__NR_restart_syscall, {0}, ALLOW},
    {__NR_fork, {0}, ALLOW},
    {__NR_vfork, {0}, ALLOW},
    {__NR_wait4, {UINT64_MAX, 0, 0, 0}, ALLOW},
    {__NR_clock_gettime, {0, 0}, ALLOW},
    {__NR_getrandom, {0}, ALLOW},
    {462, {0}, ALLOW}, /* mseal */
    {__NR_open, {0}, TRAP},
    {__NR_openat, {0}, TRAP},
    {__NR_openat2, {0}, TRAP},
    {__NR_stat, {0}, TRAP},
    {__NR_statx, {3, 0, AT_EMPTY_PATH}, TRAP},
    {__NR_execve, {0}, TRAP},
    {__NR_execveat, {0}, TRAP},
    {__NR_kill, {1, 9}, TRAP},
    {__NR_tgkill, {1, 1, 9}, TRAP},
    {__NR_getuid, {0}, TRAP},
    {__NR_getdents64, {0}, TRAP},
    {__NR_connect, {0}, TRAP},
    {__NR_bind, {0}, TRAP},
    {452, {0}, TRAP},  /* fchmodat2 */
    {1000, {0}, TRAP}, /* the loader's */
    {__NR_io_uring_setup, {0}, TRAP},
    {__NR_clone3, {0}, FAIL(ENOSYS)},
    {__NR_bpf, {0}, TRAP},
    {__NR_mount, {0}, TRAP},
    {__NR_ptrace, {0}, TRAP},
    {__NR_process_vm_readv, {0}, TRAP},
    {__NR_splice, {0}, TRAP},
    {__NR_keyctl, {0}, TRAP},
    {__NR_userfaultfd, {0}, TRAP},
    {__NR_name_to_handle_at, {0}, TRAP},
    {469, {0}, TRAP},
    /* numbers of no call */
    {337, {0}, FAIL(ENOSYS)},
    {400, {0}, FAIL(ENOSYS)},
    {423, {0}, FAIL(ENOSYS)},
    {470, {0}, FAIL(ENOSYS)},
    {511, {0}, FAIL(ENOSYS)},
    {512, {0}, TRAP},
    {999, {0}, TRAP},
    {1001, {0}, TRAP},
    {X32 - 1, {0}, TRAP},
    {-1, {0}, TRAP},
    /* x32, with old and new numbers */
    {X32 | __NR_read, {0}, KILL},
    {X32 | __NR_openat, {0}, KILL},
    {X32 | 512, {0}, KILL},
    {X32 | 545, {0}, KILL},
    {INT32_MIN, {0}, KILL},
    {-2, {0}, KILL},
    /* clone: any new namespace, wherever it hides */
    {__NR_clone, {SIGCHLD}, ALLOW},
    {__NR_clone, {0x3d0f00}, ALLOW}, /* glibc's threads */
    {__NR_clone, {CLONE_VM | CLONE_VFORK | SIGCHLD}, ALLOW},
    {__NR_clone, {CLONE_PIDFD | SIGCHLD}, ALLOW},
    {__NR_clone, {CLONE_NEWUSER | SIGCHLD}, TRAP},
    {__NR_clone, {CLONE_NEWNS}, TRAP},
    {__NR_clone, {CLONE_NEWPID | CLONE_NEWNET}, TRAP},
    {__NR_clone, {CLONE_NEWCGROUP}, TRAP},
    {__NR_clone, {CLONE_NEWIPC}, TRAP},
    {__NR_clone, {CLONE_NEWUTS}, TRAP},
    {__NR_clone, {CLONE_PARENT}, TRAP},
    {__NR_clone, {GARBAGE | SIGCHLD}, TRAP},
    {__NR_unshare, {CLONE_FILES}, ALLOW},
    {__NR_unshare, {0}, ALLOW},
    {__NR_unshare, {CLONE_NEWUSER}, TRAP},
    {__NR_unshare, {CLONE_FS}, TRAP},
    {__NR_unshare, {GARBAGE}, TRAP},
    /* ints are 32 bits wide, whatever the register says */
    {__NR_newfstatat, {3, 0, 0, AT_EMPTY_PATH}, ALLOW},
    {__NR_newfstatat, {3, 0, 0, GARBAGE | AT_EMPTY_PATH}, ALLOW},
    {__NR_newfstatat, {3, 0, 0, 0}, TRAP},
    {__NR_newfstatat, {(uint64_t)AT_FDCWD, 0, 0, AT_EMPTY_PATH}, TRAP},
    {__NR_newfstatat, {(uint32_t)AT_FDCWD, 0, 0, AT_EMPTY_PATH}, TRAP},
    {__NR_newfstatat, {3, 0, 0, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW}, TRAP},
    {__NR_futex, {0, FUTEX_WAIT}, ALLOW},
    {__NR_futex, {0, FUTEX_WAKE | FUTEX_PRIVATE_FLAG}, ALLOW},
    {__NR_futex,
     {0, GARBAGE | FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME},
     ALLOW},
    {__NR_futex, {0, FUTEX_LOCK_PI}, TRAP},
    {__NR_futex, {0, GARBAGE | FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG}, TRAP},
    {__NR_futex, {0, FUTEX_CMP_REQUEUE_PI}, TRAP},
    {__NR_futex, {0, FUTEX_WAIT | 0x400}, TRAP},
    {__NR_ioctl, {0, TCGETS}, ALLOW},
    {__NR_ioctl, {0, GARBAGE | TIOCGWINSZ}, ALLOW},
    {__NR_ioctl, {0, FIONBIO}, ALLOW},
    {__NR_ioctl, {0, TIOCSTI}, TRAP},
    {__NR_ioctl, {0, GARBAGE | TIOCSTI}, TRAP},
    {__NR_ioctl, {0, TIOCLINUX}, TRAP},
    {__NR_ioctl, {0, TIOCSETD}, TRAP},
    {__NR_ioctl, {0, 0x8913 /* SIOCGIFFLAGS */}, TRAP},
    {__NR_fcntl, {0, F_DUPFD_CLOEXEC, 10}, ALLOW},
    {__NR_fcntl, {0, GARBAGE | F_SETLKW}, ALLOW},
    {__NR_fcntl, {0, F_SETOWN, 1}, TRAP},
    {__NR_fcntl, {0, GARBAGE | F_SETOWN, 1}, TRAP},
    {__NR_fcntl, {0, F_SETLEASE}, TRAP},
    {__NR_fcntl, {0, F_SETSIG, 9}, TRAP},
    {__NR_socket, {AF_UNIX, SOCK_STREAM}, ALLOW},
    {__NR_socket, {GARBAGE | AF_UNIX, SOCK_STREAM}, ALLOW},
    {__NR_socket, {AF_INET, SOCK_STREAM}, TRAP},
    {__NR_socket, {AF_PACKET, SOCK_RAW}, TRAP},
    {__NR_socketpair, {AF_UNIX}, ALLOW},
    {__NR_socketpair, {AF_INET}, TRAP},
    {__NR_sendto, {3, 0, 0, 0, 0, 0}, ALLOW},
    {__NR_sendto, {3, 0, 0, MSG_NOSIGNAL, 0, UINT64_MAX}, ALLOW},
    {__NR_sendto, {3, 0, 0, 0, 0x7fff00000000, 16}, TRAP},
    {__NR_sendto, {3, 0, 0, 0, 0x1000, 16}, TRAP},
    {__NR_sendto, {3, 0, 0, MSG_OOB, 0, 0}, TRAP},
    {__NR_sendto, {3, 0, 0, GARBAGE | MSG_OOB | MSG_NOSIGNAL, 0, 0}, TRAP},
    {__NR_sendmsg, {3, 0, MSG_NOSIGNAL}, ALLOW},
    {__NR_sendmsg, {3, 0, MSG_OOB}, TRAP},
    {__NR_sendmsg, {3, 0, GARBAGE | MSG_FASTOPEN}, TRAP},
    {__NR_sendmmsg, {3, 0, 1, MSG_FASTOPEN | MSG_NOSIGNAL}, TRAP},
    {__NR_recvmsg, {3, 0, GARBAGE | MSG_OOB}, TRAP},
    {__NR_recvfrom, {3, 0, 0, MSG_PEEK}, ALLOW},
    {__NR_recvfrom, {3, 0, 0, MSG_OOB}, TRAP},
    {__NR_recvmmsg, {3, 0, 1, MSG_OOB}, TRAP},
    {__NR_sendmmsg, {3, 0, MSG_OOB /* a length here */, 0}, ALLOW},
    {__NR_setsockopt, {3, SOL_SOCKET, SO_REUSEADDR}, ALLOW},
    {__NR_setsockopt, {3, GARBAGE | SOL_SOCKET, GARBAGE | SO_KEEPALIVE}, ALLOW},
    {__NR_setsockopt, {3, IPPROTO_TCP, TCP_NODELAY}, ALLOW},
    {__NR_setsockopt, {3, SOL_SOCKET, SO_ATTACH_FILTER}, TRAP},
    {__NR_setsockopt, {3, SOL_SOCKET, SO_BINDTODEVICE}, TRAP},
    {__NR_setsockopt, {3, IPPROTO_TCP, TCP_ULP}, TRAP},
    {__NR_setsockopt, {3, IPPROTO_IP, 64 /* IPT_SO_SET_REPLACE */}, TRAP},
    {__NR_getsockopt, {3, SOL_SOCKET, SO_ERROR}, ALLOW},
    {__NR_getsockopt, {3, SOL_SOCKET, SO_PEERCRED}, TRAP},
    {__NR_prlimit64, {0, RLIMIT_NOFILE}, ALLOW},
    {__NR_prlimit64, {GARBAGE, GARBAGE | RLIMIT_STACK}, ALLOW},
    {__NR_prlimit64, {0, RLIMIT_LOCKS}, TRAP},
    {__NR_prlimit64, {0, GARBAGE | RLIMIT_LOCKS}, TRAP},
    {__NR_prlimit64, {7, RLIMIT_NOFILE}, TRAP},
    {__NR_setrlimit, {RLIMIT_LOCKS}, TRAP},
    {__NR_setrlimit, {GARBAGE | RLIMIT_LOCKS}, TRAP},
    {__NR_getrlimit, {RLIMIT_LOCKS}, TRAP},
    {__NR_setrlimit, {RLIMIT_CORE}, ALLOW},
    {__NR_prctl, {PR_SET_NAME}, ALLOW},
    {__NR_prctl, {GARBAGE | PR_SET_PDEATHSIG}, ALLOW},
    {__NR_prctl, {PR_SET_NO_NEW_PRIVS, 1}, TRAP},
    {__NR_prctl, {PR_SET_SECCOMP, 2}, TRAP},
    {__NR_prctl, {PR_CAPBSET_DROP}, TRAP},
    {__NR_prctl, {PR_SET_SYSCALL_USER_DISPATCH}, TRAP},
    {__NR_seccomp, {SECCOMP_GET_ACTION_AVAIL}, ALLOW},
    {__NR_seccomp, {SECCOMP_SET_MODE_FILTER, 0}, TRAP},
    {__NR_seccomp, {SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER}, TRAP},
    {__NR_sched_setscheduler, {0, 1}, ALLOW},
    {__NR_sched_setscheduler, {5, 1}, TRAP},
    {__NR_setpriority, {PRIO_PROCESS, 0, 19}, ALLOW},
    {__NR_setpriority, {PRIO_PROCESS, 3, 19}, TRAP},
    {__NR_setpriority, {PRIO_USER, 0, 19}, TRAP},
    {__NR_madvise, {0, 4096, MADV_DONTNEED}, ALLOW},
    {__NR_madvise, {0, 4096, MADV_HWPOISON}, TRAP},
    {__NR_madvise, {0, 4096, MADV_MERGEABLE}, TRAP},
    {__NR_timer_create, {CLOCK_MONOTONIC}, ALLOW},
    {__NR_timer_create, {CLOCK_THREAD_CPUTIME_ID}, TRAP},
    {__NR_timer_create, {(uint64_t)-6}, TRAP},
    {__NR_pipe2, {0, O_CLOEXEC | O_NONBLOCK}, ALLOW},
    {__NR_pipe2, {0, GARBAGE | O_EXCL}, TRAP},
};

Test(policy, judges_known_cases, .init = build)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t verdict = ask(AUDIT_ARCH_X86_64, cases[i].nr, cases[i].args);
		const struct syscall_info *info = syscall_by_number(cases[i].nr);
		cr_expect_eq(
		    verdict, cases[i].verdict, "case %zu, %s(%#llx, %#llx, %#llx, %#llx): %#x", i,
		    info ? info->name : "no call", (unsigned long long)cases[i].args[0],
		    (unsigned long long)cases[i].args[1], (unsigned long long)cases[i].args[2],
		    (unsigned long long)cases[i].args[3], verdict);
	}
}

Test(policy, kills_other_architectures, .init = build)
{
	static const uint32_t others[] = {AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, 0,
					  AUDIT_ARCH_X86_64 & ~__AUDIT_ARCH_LE};
	const uint64_t args[6] = {0};
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		for (int nr = 0; nr < 520; nr++)
			cr_assert_eq(ask(others[i], nr, args), KILL);
}

/* What the table says, without the program. */
static uint32_t expected(const struct syscall_info *info, const uint64_t args[6])
{
	if (info->action == ACTION_DENY && strchr(info->dial, 'Q'))
		return FAIL((uint32_t)info->error);
	return syscall_is_native(info, args) ? ALLOW : TRAP;
}

/* An argument near what the rules compare: their values, one bit beside, other upper halves. */
static uint64_t near_value(const struct syscall_info *info, unsigned argument, unsigned *seed)
{
	static const uint64_t highs[] = {0, 0, 0, GARBAGE, 1ULL << 32, 0xffffffff00000000ULL};
	uint64_t value = (uint64_t)(rand_r(seed) % 64);
	const struct rule_case *c = &info->rule->cases[rand_r(seed) % RULE_CASES];
	for (size_t t = 0; t < RULE_TESTS; t++)
		if (c->tests[t].mask && c->tests[t].argument == argument && rand_r(seed) % 8)
			value = c->tests[t].values[(size_t)rand_r(seed) % c->tests[t].count];
	if (rand_r(seed) % 3 == 0)
		value ^= 1ULL << (rand_r(seed) % 32);
	return value ^ highs[(size_t)rand_r(seed) % ARRAY_SIZE(highs)];
}

/* libseccomp merges hundreds of rules into trees; every path through them must say what the table
 * says. */
Test(policy, program_and_table_agree, .init = build)
{
	unsigned seed = 1;
	for (size_t i = 0; i < SYSCALL_COUNT; i++) {
		const struct syscall_info *info = &syscall_table[i];
		for (int round = 0; round < (info->rule ? 20000 : 1); round++) {
			uint64_t args[6] = {0};
			for (unsigned a = 0; info->rule && a < 6; a++)
				args[a] = near_value(info, a, &seed);
			cr_assert_eq(ask(AUDIT_ARCH_X86_64, info->number, args),
				     expected(info, args), "%s(%#llx, %#llx, %#llx, %#llx, %#llx)",
				     info->name, (unsigned long long)args[0],
				     (unsigned long long)args[1], (unsigned long long)args[2],
				     (unsigned long long)args[3], (unsigned long long)args[4]);
		}
	}
}

/* What is native without conditions must be seen as such by the kernel: no look at arguments. */
Test(policy, unconditional_calls_never_look_at_arguments, .init = build)
{
	const uint64_t args[6] = {0};
	for (size_t i = 0; i < SYSCALL_COUNT; i++) {
		struct seccomp_data data = {.nr = syscall_table[i].number,
					    .arch = AUDIT_ARCH_X86_64};
		memcpy(data.args, args, sizeof data.args);
		if (syscall_table[i].action == ACTION_NATIVE)
			cr_expect(bpf_is_constant(&usual, &data), "%s", syscall_table[i].name);
	}
}

Test(policy, default_program_is_what_libseccomp_makes, .init = build)
{
	struct policy policy;
	struct sock_fprog fresh;
	policy_default(&policy);
	cr_assert_eq(policy_compile(&policy, &fresh), 0);
	cr_assert_eq(fresh.len, usual.len);
	cr_expect_eq(memcmp(fresh.filter, usual.filter, fresh.len * sizeof *fresh.filter), 0);
	policy_release(&fresh);
	policy_release(&usual);
}

Test(policy, moves_what_the_table_lets_move)
{
	struct policy policy;
	struct error e;
	policy_default(&policy);
	cr_expect_eq(policy_set_call(&policy, "ptrace", POLICY_NATIVE, 0, &e), 0);
	cr_expect_eq(policy_set_call(&policy, "sendfile", POLICY_DENY, ENOSYS, &e), 0);
	cr_expect_eq(policy_set_class(&policy, "ipc", POLICY_DENY, 0, &e), 0);
	cr_expect_eq(policy_set_call(&policy, "read", POLICY_SENTRY, 0, &e), 0);
	cr_expect_eq(policy_set_call(&policy, "kcmp", POLICY_DENY, ENOSYS, &e), 0);
	cr_assert_eq(policy_build(&policy, &usual), 0);
	const uint64_t args[6] = {0};
	cr_expect_eq(ask(AUDIT_ARCH_X86_64, __NR_ptrace, args), ALLOW);
	cr_expect_eq(ask(AUDIT_ARCH_X86_64, __NR_sendfile, args), TRAP);
	cr_expect_eq(ask(AUDIT_ARCH_X86_64, __NR_shmget, args), TRAP);
	cr_expect_eq(ask(AUDIT_ARCH_X86_64, __NR_mq_open, args), TRAP);
	cr_expect_eq(ask(AUDIT_ARCH_X86_64, __NR_read, args), TRAP);
	cr_expect_eq(ask(AUDIT_ARCH_X86_64, __NR_kcmp, args), TRAP);
	cr_expect_eq(ask(AUDIT_ARCH_X86_64, __NR_write, args), ALLOW);
	policy_release(&usual);
}

Test(policy, refuses_what_cannot_be_honoured)
{
	struct policy policy, before;
	struct error e;
	policy_default(&policy);
	before = policy;
	cr_expect_eq(policy_set_call(&policy, "io_uring_setup", POLICY_NATIVE, 0, &e), -EPERM);
	cr_expect(strstr(e.message, "cannot be made native"), "%s", e.message);
	cr_expect_eq(policy_set_call(&policy, "openat", POLICY_NATIVE, 0, &e), -EPERM);
	cr_expect_eq(policy_set_call(&policy, "execve", POLICY_DENY, 0, &e), -EPERM);
	cr_expect_eq(policy_set_call(&policy, "rt_sigreturn", POLICY_SENTRY, 0, &e), -EPERM);
	cr_expect_eq(policy_set_class(&policy, "cred", POLICY_NATIVE, 0, &e), -EPERM);
	cr_expect_eq(policy_set_class(&policy, "memroy", POLICY_DENY, 0, &e), -ENOENT);
	cr_expect(strstr(e.message, "no such class"), "%s", e.message);
	cr_expect_eq(policy_set_class(&policy, "ipc", POLICY_DENY, 5000, &e), -EINVAL);
	cr_expect_eq(memcmp(&policy, &before, sizeof policy), 0);
}

Test(policy, counts_what_is_exposed)
{
	struct policy policy;
	policy_default(&policy);
	struct policy_exposure e = policy_exposure(&policy);
	cr_expect_eq(e.native + e.checked + e.sentry + e.denied, SYSCALL_COUNT);
	cr_expect_lt(e.native + e.checked, 190);
}

static void print(enum policy_format format, char **text, size_t *size)
{
	struct policy policy;
	policy_default(&policy);
	FILE *f = open_memstream(text, size);
	cr_assert(f);
	cr_expect_eq(policy_print(&policy, f, format), 0);
	fclose(f);
}

Test(policy, prints_itself)
{
	_cleanup_free_ char *text = NULL, *markdown = NULL, *json = NULL;
	size_t size;
	print(POLICY_TEXT, &text, &size);
	cr_expect(strstr(text, "ioctl"));
	print(POLICY_MARKDOWN, &markdown, &size);
	cr_expect(strstr(markdown, "| 101 | ptrace | op pid addr addr | debug | deny EPERM | N |"));
	print(POLICY_JSON, &json, &size);
	cr_expect(strstr(json, "\"name\": \"ptrace\""));
}

Test(policy, documentation_is_current)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%.*s../../docs/syscalls.md",
		 (int)(strrchr(__FILE__, '/') + 1 - __FILE__), __FILE__);
	_cleanup_free_ char *made = NULL, *kept = NULL;
	size_t size;
	print(POLICY_MARKDOWN, &made, &size);
	ssize_t length = read_file_alloc(AT_FDCWD, path, 1 << 20, &kept);
	cr_assert_gt(length, 0, "%s", path);
	cr_expect(strcmp(made, kept) == 0, "make %s again: capbox syscalls --format=markdown",
		  path);
}

/* In a child that carries the program for real; its exit status tells which check failed. */
static int live(const struct sock_fprog *program)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program) < 0)
		return 1;
	if (syscall(__NR_getpid) <= 0)
		return 2;
	if (syscall(__NR_io_uring_setup, 1, NULL) != -1 || errno != ENOSYS)
		return 3;
	/* Nobody listens, so a trap is ENOSYS; what is denied is one too. */
	if (syscall(__NR_mount, NULL, NULL, NULL, 0, NULL) != -1 || errno != ENOSYS)
		return 4;
	if (syscall(__NR_splice, -1, NULL, -1, NULL, 0, 0) != -1 || errno != ENOSYS)
		return 5;
	if (syscall(400) != -1 || errno != ENOSYS)
		return 6;
	if (syscall(__NR_openat, AT_FDCWD, "/", 0, 0) != -1 || errno != ENOSYS)
		return 7;
	if (syscall(__NR_futex, NULL, GARBAGE | FUTEX_WAIT, 0, NULL) != -1 || errno != EFAULT)
		return 8;
	if (syscall(__NR_futex, NULL, FUTEX_LOCK_PI, 0, NULL) != -1 || errno != ENOSYS)
		return 9;
	int fd = (int)syscall(__NR_socket, AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || syscall(__NR_fcntl, fd, F_GETFD) < 0)
		return 10;
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	int status;
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
		return 11;
	return 0;
}

static int status_of(int (*run)(const struct sock_fprog *))
{
	pid_t child = fork();
	if (child == 0)
		_exit(run(&usual));
	int status = -1;
	cr_assert_eq(waitpid(child, &status, 0), child);
	return status;
}

Test(policy, works_in_the_kernel, .init = build)
{
	int status = status_of(live);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", status);
}

static int enter_x32(const struct sock_fprog *program)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program);
	syscall(X32 | __NR_getpid);
	return 0;
}

/* getpid by the 32-bit gate. Its number there, 20, is writev here. */
static int enter_i386(const struct sock_fprog *program)
{
	long r = 20;
	signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would exit instead */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program);
	__asm__ volatile("int $0x80" : "+a"(r) : : "memory", "r8", "r9", "r10", "r11");
	return 0;
}

Test(policy, kills_other_entries_in_the_kernel, .init = build)
{
	int status = status_of(enter_x32);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "x32: status %#x", status);
	/* A kernel without 32-bit emulation answers the interrupt with SIGSEGV. */
	status = status_of(enter_i386);
	cr_expect(WIFSIGNALED(status), "i386: status %#x", status);
}
