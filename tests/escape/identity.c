/*
 * Who a process is: an unprivileged guest wants to be root, or to reach into processes of root.
 *
 *	identity ATTACK
 */
#include "attack.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/xattr.h>

#define LOADER_SYSCALL 1000

static double length(void)
{
	return atof(host("SECONDS"));
}

/* --- contexts ----------------------------------------------------------------------------------
 */

/* Numbers are used again at once while root and others come and go: no trap may be served with the
 * identity of who had the number before. */
static void *forks_as_root(void *arg)
{
	double end = seconds() + length();
	while (seconds() < end) {
		pid_t pid = fork();
		if (pid == 0) {
			access("/root/only", R_OK);
			_exit(0);
		}
		if (pid > 0)
			end_of(pid);
	}
	return NULL;
}

static void storm_as_user(void)
{
	become(1000);
	double end = seconds() + length();
	while (seconds() < end && !got_something) {
		pid_t pid = fork();
		if (pid == 0) {
			got_something = 0;
			expect_unprivileged("by a number that was root's");
			_exit(got_something ? 1 : 0);
		}
		if (pid > 0 && end_of(pid) == 1)
			got_something++;
	}
}

ATTACK(pid_reuse)
{
	pthread_t threads[2];
	make_roots_file();
	pid_t user = fork();
	if (user == 0) {
		storm_as_user();
		_exit(got_something ? 1 : 0);
	}
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, forks_as_root, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	if (end_of(user) == 1)
		got("an identity by pid reuse");
}

static void forge_tags(void)
{
	become(1000);
	for (uint64_t tag = 0; tag < 3000; tag++) {
		struct rlimit limit = {tag << 16 | (tag & 0xff), RLIM_INFINITY};
		syscall(SYS_setrlimit, RLIMIT_LOCKS, &limit);
		if (tag % 100 == 0)
			expect_unprivileged("by a guessed tag");
	}
	expect_unprivileged("by a guessed tag");
}

ATTACK(guessed_context_tags)
{
	make_roots_file();
	in_child(forge_tags);
}

/* A process whose context the sweep may think is gone. */
static void wait_stopped(void)
{
	become(1000);
	for (int i = 0; i < 200; i++) {
		umask((mode_t)i & 0777);
		need(chdir(i & 1 ? "/tmp" : "/") == 0, "chdir");
	}
	sleep(3);
	expect_unprivileged("after sleeping through the sweep");
	if (umask(0) != (199 & 0777))
		got("another process's umask");
}

ATTACK(stale_context)
{
	make_roots_file();
	in_child(wait_stopped);
}

/* --- vfork and shared memory: whose identity changes? ------------------------------------------
 */

static void vfork_as_root(void)
{
	/* Only real and effective are given up; the saved one would bring root back, in the child
	 * as well. The parent must stay what it is. */
	need(setresuid(1000, 1000, 0) == 0, "setresuid");
	pid_t pid = vfork();
	if (pid == 0) {
		setresuid(0, 0, 0);
		umask(0123);
		chdir("/tmp");
		chroot("/tmp");
		_exit(0);
	}
	end_of(pid);
	char cwd[256];
	if (geteuid() != 1000 || getuid() != 1000)
		got("a vfork child made its parent root");
	if (!getcwd(cwd, sizeof cwd) || strcmp(cwd, "/"))
		got("a vfork child moved its parent to %s", cwd);
	if (umask(0) == 0123)
		got("a vfork child changed its parent's umask");
}

ATTACK(vfork_changes_parent)
{
	in_child(vfork_as_root);
}

static char stack[65536];

static int raise_in_clone(void *arg)
{
	setresuid(0, 0, 0);
	sleep(1);
	return 0;
}

static void clone_shares_memory(void)
{
	need(setresuid(1000, 1000, 0) == 0, "setresuid");
	int pid =
	    clone(raise_in_clone, stack + sizeof stack, CLONE_VM | CLONE_FILES | SIGCHLD, NULL);
	need(pid > 0, "clone");
	usleep(200000);
	if (geteuid() != 1000)
		got("root by a child that shares memory");
	end_of(pid);
}

ATTACK(clone_vm_changes_parent)
{
	in_child(clone_shares_memory);
}

static void child_of_the_sentry(void)
{
	int pid = (int)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0)
		_exit(0);
}

/* Of process 1, this one: its parent is the sentry. */
ATTACK(clone_parent_of_process_1)
{
	REFUSED(syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL));
	REFUSED(
	    syscall(SYS_clone, CLONE_PARENT | CLONE_VM | SIGCHLD, stack + 65000, NULL, NULL, NULL));
	in_child(child_of_the_sentry);
}

/* --- set-user-ID where it does not count --------------------------------------------------------
 */

static void copy_self(const char *path, mode_t mode)
{
	static char text[4 << 20];
	int from = open("/proc/self/exe", O_RDONLY), to = open(path, O_WRONLY | O_CREAT, 0755);
	ssize_t n = read(from, text, sizeof text);
	need(from >= 0 && to >= 0 && n > 0 && write(to, text, (size_t)n) == n, path);
	close(from);
	close(to);
	need(chmod(path, mode) == 0, path);
}

static const char *program;

static void execute_as_user(void)
{
	become(1000);
	if (program[0] == '!') {
		program++;
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	}
	execl(program, "identity", "--am-i-root", NULL);
	need(false, program);
}

static void expect_no_root(const char *path)
{
	program = path;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		execute_as_user();
	int status = end_of(pid);
	if (status == 1)
		got("root by %s", path);
	need(status == 0 || status == 1, path);
}

ATTACK(set_user_id_on_nosuid_mount)
{
	copy_self("/tmp/setid", 04755); /* /tmp is nosuid */
	expect_no_root("/tmp/setid");
	copy_self("/tmp/setgid", 02755);
	expect_no_root("/tmp/setgid");
}

ATTACK(set_user_id_with_no_new_privs)
{
	copy_self("/root/../setid", 04755);
	expect_no_root("!/setid");
}

/* VFS_CAP_REVISION_2, effective. */
static const uint32_t all_capabilities[5] = {0x02000001, UINT32_MAX, UINT32_MAX, UINT32_MAX,
					     UINT32_MAX};

ATTACK(file_capabilities_on_nosuid_mount)
{
	copy_self("/tmp/caps", 0755);
	setxattr("/tmp/caps", "security.capability", all_capabilities, sizeof all_capabilities, 0);
	expect_no_root("/tmp/caps");
}

static void give_bit(void)
{
	copy_self("/tmp/mine", 0755);
	become(1000);
	REFUSED(chown("/tmp/mine", 0, 0));
	chmod("/tmp/mine", 06755);
	REFUSED(setxattr("/tmp/mine", "security.capability", all_capabilities,
			 sizeof all_capabilities, 0));
}

ATTACK(user_makes_a_set_user_id_program)
{
	in_child(give_bit);
}

/* --- the loader --------------------------------------------------------------------------------
 */

ATTACK(loader_call)
{
	static char info[16384];
	for (size_t size = 0; size < sizeof info; size += 4)
		REFUSED(syscall(LOADER_SYSCALL, info, size));
	REFUSED(syscall(LOADER_SYSCALL, NULL, 8300));
}

static int exec_directly(int fd)
{
	char *argv[] = {"identity", "--am-i-root", NULL}, *env[] = {NULL};
	return (int)syscall(SYS_execveat, fd, "", argv, env, AT_EMPTY_PATH);
}

/* The very call that the sentry injects, made by the guest: it is a trap like any other. */
static void forge_injected_exec(void)
{
	become(1000);
	int setid = open("/setid", O_RDONLY), path = open("/setid", O_PATH);
	for (int fd = 3; fd < 40; fd++)
		if (fd != setid && fd != path && exec_directly(fd) >= 0)
			got("executed descriptor %d", fd);
	REFUSED(exec_directly(-1));
	int memory = memfd_create("program", 0);
	need(write(memory, "\177ELF", 4) == 4, "memfd");
	REFUSED(exec_directly(memory));
}

ATTACK(forged_injected_exec)
{
	copy_self("/setid", 04755);
	in_child(forge_injected_exec);
}

/* The first page of what is executable is unmapped or rewritten in a thread while another one
 * executes: it ends in the new program or in death, never with privilege. */
static void *rewrite_memory(void *arg)
{
	for (;;) {
		void *p = mmap((void *)0x10000, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		memset(p, 0xcc, 4096);
		mprotect(p, 4096, PROT_READ | PROT_EXEC);
		munmap(p, 4096);
	}
	return NULL;
}

static void exec_under_rewriting(void)
{
	pthread_t thread;
	become(1000);
	pthread_create(&thread, NULL, rewrite_memory, NULL);
	usleep(1000);
	execl("/bin/true", "true", NULL);
}

ATTACK(memory_rewritten_during_exec)
{
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			exec_under_rewriting();
			_exit(5);
		}
		end_of(pid);
	}
}

/* --- filters of the guest's own -----------------------------------------------------------------
 */

static long filter(uint32_t action, unsigned flags)
{
	struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, action)};
	struct sock_fprog what = {1, code};
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &what);
}

/* A listener of the guest's would see and answer traps in the sentry's place. */
static void become_listener(void)
{
	REFUSED(filter(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER));
	REFUSED(filter(SECCOMP_RET_ALLOW, SECCOMP_FILTER_FLAG_NEW_LISTENER));
	REFUSED(filter(SECCOMP_RET_ALLOW,
		       SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC));
}

ATTACK(listener_of_ones_own)
{
	in_child(become_listener);
}

static void allow_all(void)
{
	filter(SECCOMP_RET_ALLOW, 0);
	filter(SECCOMP_RET_TRACE, 0);
	REFUSED(syscall(SYS_bpf, 0, stack, 64));
	REFUSED(syscall(SYS_unshare, CLONE_NEWUSER));
}

ATTACK(filter_that_allows_everything)
{
	in_child(allow_all);
}

/* --- other processes -----------------------------------------------------------------------------
 */

static pid_t victim;

static void reach_victim(void)
{
	static const char *const names[] = {
	    "mem",  "environ", "maps",	"auxv", "root/root", "cwd/root", "exe",	      "fd/0",
	    "fd/1", "syscall", "stack", "io",	"pagemap",   "smaps",	 "clear_refs"};
	char path[64];
	become(1000);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "/proc/%d/%s", victim, names[i]);
		int fd = open(path, O_RDONLY | O_NONBLOCK);
		char c;
		/* Some are opened by anyone and read by nobody. */
		if (fd >= 0 && read(fd, &c, 1) > 0)
			got("%s of a process of root", path);
		if (fd >= 0)
			close(fd);
		fd = open(path, O_WRONLY | O_NONBLOCK);
		if (fd >= 0 && write(fd, "1", 1) > 0)
			got("wrote %s of a process of root", path);
		if (fd >= 0)
			close(fd);
	}
	struct iovec v = {stack, 16};
	struct rlimit limit = {1, 1};
	REFUSED(kill(victim, SIGKILL));
	REFUSED(syscall(SYS_tgkill, victim, victim, SIGKILL));
	REFUSED(ptrace(PTRACE_ATTACH, victim, 0, 0));
	REFUSED(ptrace(PTRACE_SEIZE, victim, 0, 0));
	REFUSED(process_vm_readv(victim, &v, 1, &v, 1, 0));
	REFUSED(process_vm_writev(victim, &v, 1, &v, 1, 0));
	REFUSED(syscall(SYS_prlimit64, victim, RLIMIT_NOFILE, &limit, NULL));
	REFUSED(setpriority(PRIO_PROCESS, (id_t)victim, 19));
	REFUSED(syscall(SYS_kcmp, victim, getpid(), 0, 0, 0));
	REFUSED(syscall(SYS_migrate_pages, victim, 64, stack, stack));
	int pidfd = (int)syscall(SYS_pidfd_open, victim, 0);
	REFUSED(syscall(SYS_pidfd_getfd, pidfd, 0, 0));
	REFUSED(syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0));
	REFUSED(syscall(SYS_process_madvise, pidfd, &v, 1, MADV_COLD, 0));
	REFUSED(fcntl(0, F_SETOWN, victim));
}

ATTACK(process_of_root)
{
	victim = getpid();
	in_child(reach_victim);
}

static void each_pid(void (*act)(pid_t))
{
	for (pid_t pid = 1; pid < 33000; pid++)
		if (pid != getpid())
			act(pid);
	act(atoi(host("HOST_PID")));
}

static void signal_it(pid_t pid)
{
	REFUSED(kill(pid, SIGTERM));
	REFUSED(syscall(SYS_tkill, pid, SIGTERM));
	REFUSED(kill(-pid, SIGTERM));
}

/* The host's witness, the sentry and whoever else: none has a number here. */
ATTACK(signals_to_every_number)
{
	need(getpid() == 1, "process 1");
	each_pid(signal_it);
	REFUSED(kill(-1, SIGTERM));
	siginfo_t info = {.si_signo = SIGTERM, .si_code = SI_QUEUE};
	REFUSED(syscall(SYS_rt_sigqueueinfo, 2, SIGTERM, &info));
}

static void tune_it(pid_t pid)
{
	unsigned long mask = 1;
	struct sched_param parameter = {0};
	struct rlimit limit;
	REFUSED(setpriority(PRIO_PROCESS, (id_t)pid, 10));
	REFUSED(syscall(SYS_sched_setaffinity, pid, sizeof mask, &mask));
	REFUSED(syscall(SYS_sched_setscheduler, pid, 0, &parameter));
	REFUSED(syscall(SYS_prlimit64, pid, RLIMIT_NOFILE, NULL, &limit));
	REFUSED(syscall(SYS_ioprio_set, 1, pid, 0x4000));
	REFUSED(syscall(SYS_getpgid, pid));
	REFUSED(syscall(SYS_setpgid, pid, 1));
}

ATTACK(priorities_and_limits_of_every_number)
{
	need(getpid() == 1, "process 1");
	each_pid(tune_it);
	/* By user: all guests have one uid on the host, and so may others. */
	setpriority(PRIO_USER, 0, 19);
	setpriority(PRIO_PGRP, 0, 19);
}

static int am_i_root(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2] = {0};
	syscall(SYS_capget, &header, sets);
	return geteuid() == 0 || getegid() == 0 || sets[0].effective || sets[1].permitted;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--am-i-root"))
		return am_i_root();
	return attack_main(argc, argv);
}
