/*
 * capbox check: what this host lacks, found out by trying. Each line says ok, or what is missing
 * and what that costs; the exit status is 1 when a container could not run.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/cgroup.h"
#include "runtime/command.h"
#include "runtime/rootless.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS	   SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif
#ifndef NS_GET_PID_IN_PIDNS
#define NS_GET_PID_IN_PIDNS _IOR(0xb7, 0x8, int)
#endif

/* A check fills `missing` and returns false when the host lacks something. */
struct missing {
	char text[256];
};

static bool lacks(struct missing *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool lacks(struct missing *m, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(m->text, sizeof m->text, format, args);
	va_end(args);
	return false;
}

/* Runs f in a child, where it may change what cannot be changed back; true when it returns 0. */
static bool succeeds_in_child(uint64_t clone_flags, int (*f)(void))
{
	struct clone_args args = {.flags = clone_flags, .exit_signal = SIGCHLD};
	pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof args);
	if (child == 0)
		_exit(f() ? 1 : 0);
	int status;
	while (child > 0 && waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool check_kernel(struct missing *m)
{
	struct utsname name;
	unsigned major, minor;
	if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return lacks(m, "its version cannot be read");
	if (major < 5 || (major == 5 && minor < 19))
		return lacks(m, "%s is older than 5.19", name.release);
	return true;
}

static bool check_root(struct missing *m)
{
	return geteuid() == 0 ||
	       lacks(m, "not root: rootless containers only (capbox spec --rootless)");
}

static bool check_subordinate_ids(struct missing *m)
{
	uid_t uid;
	gid_t gid;
	struct error e;
	if (!rootless_caller())
		return true;
	if (rootless_guest_ids(&uid, &gid, &e) < 0)
		return lacks(m, "%.200s", e.message);
	return (uid != geteuid() && gid != getegid()) ||
	       lacks(m, "no range in /etc/subuid and /etc/subgid, or no newuidmap: containers have "
			"the caller's ids alone, and guests run with them");
}

static bool check_notification(struct missing *m)
{
	uint32_t action = SECCOMP_RET_USER_NOTIF;
	struct seccomp_notif_sizes sizes;
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return lacks(m, "the kernel is built without it");
	return true;
}

/* A flag that the kernel knows gets as far as the missing program. */
static bool check_killable(struct missing *m)
{
	unsigned long flags =
	    SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT)
		return true;
	return lacks(m, "needs Linux 5.19");
}

static int try_sync_wake_up(void)
{
	struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {.len = 1, .filter = allow};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			  &program);
	if (fd < 0)
		return -1;
	return ioctl((int)fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

static bool check_wake_up(struct missing *m)
{
	return succeeds_in_child(0, try_sync_wake_up) ||
	       lacks(m, "needs Linux 6.6: a trapped call takes about five times as long");
}

static int do_nothing(void)
{
	return 0;
}

static bool check_user_namespaces(struct missing *m)
{
	return succeeds_in_child(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS, do_nothing) ||
	       lacks(m, "cannot be made (see /proc/sys/user/max_user_namespaces)");
}

static bool check_pid_translation(struct missing *m)
{
	_cleanup_close_ int fd = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && ioctl(fd, NS_GET_PID_IN_PIDNS, getpid()) > 0)
		return true;
	return lacks(m, "needs Linux 6.11: pids are looked up in /proc, which is slower");
}

static bool check_cgroups(struct missing *m)
{
	struct cgroup c = {0};
	struct error e;
	int r = cgroup_find(&c, "/", "check", false, &e);
	size_t count = c.count;
	cgroup_release(&c);
	if (r < 0)
		return lacks(m, "%.200s", e.message);
	return count > 0 || lacks(m, "none is mounted: containers cannot be limited");
}

static bool check_ptrace(struct missing *m)
{
	char text[16];
	ssize_t n = read_file_at(AT_FDCWD, "/proc/sys/kernel/yama/ptrace_scope", text, sizeof text);
	if (n > 0 && atoi(text) >= 3)
		return lacks(m, "ptrace_scope is 3: no program can be executed in a container");
	return true;
}

static bool check_overlay(struct missing *m)
{
	_cleanup_close_ int fd = fsopen("overlay", FSOPEN_CLOEXEC);
	return fd >= 0 || lacks(m, "not available: 'capbox do' does not work");
}

static const struct {
	const char *name;
	bool (*function)(struct missing *m);
	bool needed;
} checks[] = {
    {"kernel", check_kernel, true},
    {"privilege", check_root, false},
    {"subordinate ids", check_subordinate_ids, false},
    {"seccomp user notification", check_notification, true},
    {"seccomp wait killable", check_killable, true},
    {"seccomp fast wake-up", check_wake_up, false},
    {"user namespaces", check_user_namespaces, true},
    {"pid translation", check_pid_translation, false},
    {"control groups", check_cgroups, false},
    {"ptrace (yama)", check_ptrace, true},
    {"overlayfs", check_overlay, false},
};

int command_check(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {NULL, NULL, "",  "Says what this host lacks.",
					 NULL, NULL, NULL};
	int r = command_parse(&argp, argc, argv, NULL, e);
	if (r < 0)
		return r;
	int status = 0;
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		struct missing m;
		bool ok = checks[i].function(&m);
		const char *verdict = ok ? "ok" : checks[i].needed ? "MISSING: " : "missing: ";
		printf("%-26s %s%s\n", checks[i].name, verdict, ok ? "" : m.text);
		if (!ok && checks[i].needed)
			status = 1;
	}
	return fflush(stdout) ? error_set(e, EIO, "write to stdout") : status;
}
