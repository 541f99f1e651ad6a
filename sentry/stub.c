/* The guest side of an entry into the container: see stub.h. */
#include "sentry/stub.h"

#include "lib/cleanup.h"
#include "lib/io.h"
#include "platform/notify/notify.h"
#include "sentry/sentry.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NEW_NAMESPACES (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWCGROUP)

_Noreturn static void fail(int sock, int error, const char *what)
{
	struct stub_message m = {.step = STUB_FAILED, .value = error};
	strncpy(m.what, what, sizeof m.what - 1);
	/* No policy can deny write(2). */
	ssize_t ignored = write(sock, &m, sizeof m);
	(void)ignored;
	_exit(127);
}

static void must(int sock, long result, const char *what)
{
	if (result < 0)
		fail(sock, errno, what);
}

/* procfs of the new pid namespace, while the host's is still in sight (the kernel asks for that).
 */
static void hand_over_proc(int sock)
{
	int fs = fsopen("proc", FSOPEN_CLOEXEC);
	must(sock, fs, "fsopen proc");
	must(sock, fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "create procfs");
	int fd =
	    fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	must(sock, fd, "mount procfs");
	close(fs);
	struct stub_message m = {.step = STUB_PROC};
	must(sock, send_message(sock, &m, sizeof m, &fd, 1), "hand over procfs");
	close(fd);
}

/* Wall 2: nothing to name. */
static void empty_root(int sock)
{
	must(sock, mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make mounts private");
	must(sock, mount("capbox", "/proc", "tmpfs", MS_NOSUID | MS_NODEV, "size=4k,mode=555"),
	     "mount empty root");
	must(sock, chdir("/proc"), "enter empty root");
	must(sock, syscall(SYS_pivot_root, ".", "."), "pivot to empty root");
	must(sock, umount2(".", MNT_DETACH), "leave old root");
	must(sock, chdir("/"), "enter new root");
	must(sock, mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL),
	     "seal empty root");
}

static void join_guests(int sock, int pidfd)
{
	must(sock, setns(pidfd, CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWCGROUP), "join the guests");
	must(sock, chdir("/"), "enter their root");
}

/* Descriptors that the stub keeps for itself. */
struct own {
	int sock, proc;
};

/* A file of the stub's own in procfs. */
static void write_own(const struct own *own, const char *file, const char *text)
{
	int sock = own->sock;
	int fd = openat(own->proc, file, O_WRONLY | O_CLOEXEC);
	must(sock, fd, file);
	must(sock, write(fd, text, strlen(text)), file);
	close(fd);
}

/* What is kept for the exec or inherited by fork, and is asked for in procfs, where only the files
 * of a dumpable process are its own. */
static void take_attributes(const struct stub *s, const struct own *own)
{
	const struct spec_process *p = s->process;
	const cpu_set_t *cpus = p->affinity_final ? p->affinity_final : p->affinity_initial;
	char text[512];
	/* Of no consequence where the sentry's own could not be lowered. */
	int score = p->oom_score_adj.set ? (int)p->oom_score_adj.value : s->oom_score_adj;
	int fd = openat(own->proc, "thread-self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	ssize_t ignored =
	    fd < 0 ? 0 : write(fd, text, (size_t)snprintf(text, sizeof text, "%d", score));
	(void)ignored;
	close_fd(&fd);
	if (p->apparmor_profile && *p->apparmor_profile &&
	    strcmp(p->apparmor_profile, "unconfined")) {
		snprintf(text, sizeof text, "exec %s", p->apparmor_profile);
		write_own(own, "thread-self/attr/exec", text);
	}
	if (p->selinux_label && *p->selinux_label)
		write_own(own, "thread-self/attr/exec", p->selinux_label);
	/* Of an exec alone; it is in the container's control groups from the start. */
	if (s->join >= 0 && cpus)
		must(own->sock, sched_setaffinity(0, sizeof *cpus, cpus),
		     "process.execCPUAffinity");
}

/* Descriptors: those of the process at 0, 1, 2 ..., and its own out of their way. */
static struct own arrange_descriptors(const struct stub *s, int sock)
{
	unsigned first = (unsigned)s->fd_count;
	struct own own = {.sock = fcntl(sock, F_DUPFD_CLOEXEC, s->fd_count)};
	must(sock, own.sock, "move descriptors");
	sock = own.sock;
	own.proc = fcntl(s->proc_fd, F_DUPFD_CLOEXEC, s->fd_count);
	must(sock, own.proc, "move descriptors");
	int moved[STUB_FDS_MAX];
	for (int i = 0; i < s->fd_count; i++)
		must(sock, moved[i] = fcntl(s->fds[i], F_DUPFD_CLOEXEC, s->fd_count),
		     "move descriptors");
	for (int i = 0; i < s->fd_count; i++)
		must(sock, dup2(moved[i], i), "place descriptors");
	/* The lowest number is taken each time, so they are in this order. */
	if (own.sock > s->fd_count)
		must(sock, syscall(SYS_close_range, first, own.sock - 1, 0), "close descriptors");
	if (own.proc > own.sock + 1)
		must(sock, syscall(SYS_close_range, own.sock + 1, own.proc - 1, 0),
		     "close descriptors");
	must(sock, syscall(SYS_close_range, own.proc + 1, ~0U, 0), "close descriptors");
	return own;
}

static void set_limits(int sock, const struct spec_process *p)
{
	for (size_t i = 0; i < p->rlimit_count; i++) {
		struct rlimit limit = {p->rlimits[i].soft, p->rlimits[i].hard};
		/* This one holds the context; the guest sees an emulated value. */
		if (p->rlimits[i].resource != RLIMIT_LOCKS)
			must(sock, setrlimit((__rlimit_resource_t)p->rlimits[i].resource, &limit),
			     "setrlimit");
	}
}

static void drop_privilege(int sock, const struct stub *s)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		must(sock, prctl(PR_CAPBSET_DROP, cap), "drop capabilities");
	/* Where nobody may set groups (setgroups(2), EPERM), they stay the caller's. */
	if (syscall(SYS_setgroups, 0, NULL) < 0 && errno != EPERM)
		fail(sock, errno, "setgroups");
	must(sock, syscall(SYS_setresgid, s->gid, s->gid, s->gid), "setresgid");
	must(sock, syscall(SYS_setresuid, s->uid, s->uid, s->uid), "setresuid");
	/* The sentry's securebits keep them over a change of ids. */
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};
	must(sock, syscall(SYS_capset, &header, none), "drop capabilities");
	must(sock, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	/* It has nothing left that would be worth taking, and is from now on the sentry's to reach.
	 */
	must(sock, prctl(PR_SET_DUMPABLE, 1), "dumpable");
}

static void default_signals(void)
{
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* These calls are native in the filter. */
static void take_terminal(int sock, int terminal)
{
	must(sock, ioctl(terminal, TIOCSCTTY, 0), "take the terminal");
	for (int i = 0; i < 3; i++)
		must(sock, dup2(terminal, i), "place the terminal");
	close(terminal);
}

/*
 * Tries the program as execvpe(3) does: each try is a trap. Returns the errno of the last one that
 * counts. env has room for one more variable.
 */
static int execute(const struct spec_process *p, const char **env)
{
	const char *name = p->args.strings[0], *path = NULL;
	char *const *argv = (char *const *)p->args.strings, *const *envp = (char *const *)env;
	for (size_t i = 0; i < p->env.count; i++)
		if (!strncmp(p->env.strings[i], "PATH=", 5))
			path = p->env.strings[i] + 5;
	if (strchr(name, '/') || !path) {
		execve(name, argv, envp);
		return errno;
	}
	int error = ENOENT;
	char candidate[PATH_MAX];
	for (const char *end = path; *end; path = end + 1) {
		end = strchrnul(path, ':');
		size_t directory = (size_t)(end - path);
		if (directory + strlen(name) + 2 > sizeof candidate)
			continue;
		memcpy(candidate, path, directory);
		candidate[directory] = '/';
		strcpy(candidate + directory + (directory > 0), name);
		execve(candidate, argv, envp);
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return errno;
		if (errno == EACCES)
			error = EACCES;
	}
	return error;
}

/* Announces the listener's number, then installs the filter. */
static int install_filter(int sock, const struct sock_fprog *filter)
{
	struct stub_message m = {.step = STUB_LISTENER, .value = dup(sock)};
	must(sock, m.value, "find the listener's number");
	close(m.value);
	must(sock, send_message(sock, &m, sizeof m, NULL, 0), "announce the listener");
	int listener = notify_install(filter);
	if (listener < 0)
		fail(sock, -listener, "install the filter");
	if (listener != m.value)
		_exit(127);
	return listener;
}

/* Waits for STUB_GO; a terminal that comes with it becomes the process's. */
static void wait_for_go(const struct stub *s, int sock, struct stub_message *go, int listener)
{
	int terminal = -1;
	size_t nfds = 1;
	/* Only a terminal comes by recvmsg(2), which policies may deny. */
	ssize_t n = s->process->terminal ? receive_message(sock, go, sizeof *go, &terminal, &nfds)
					 : read(sock, go, sizeof *go);
	if (n != sizeof *go || go->step != STUB_GO)
		_exit(127);
	close(listener);
	if (terminal >= 0)
		take_terminal(sock, terminal);
}

_Noreturn void stub_main(const struct stub *s, int sock)
{
	const struct spec_process *p = s->process;
	const char **env = calloc(p->env.count + 2, sizeof *env);
	if (!env)
		fail(sock, ENOMEM, "environment");
	memcpy(env, p->env.strings, p->env.count * sizeof *env);
	/* Should the sentry's main thread end, nothing is left running unsupervised. */
	must(sock, prctl(PR_SET_PDEATHSIG, SIGKILL), "pdeathsig");
	default_signals();
	if (s->join >= 0) /* before descriptors are closed: there is no other way to the guests */
		join_guests(sock, s->join);
	struct own own = arrange_descriptors(s, sock);
	sock = own.sock;
	if (s->join < 0) {
		hand_over_proc(sock);
		empty_root(sock);
	}
	must(sock, setsid(), "setsid");
	set_limits(sock, p);
	drop_privilege(sock, s);
	must(sock, prctl(PR_SET_PDEATHSIG, SIGKILL),
	     "pdeathsig"); /* the change of ids has reset it */
	take_attributes(s, &own);
	close(own.proc);
	int listener = install_filter(sock, s->filter);
	struct stub_message go;
	wait_for_go(s, sock, &go, listener);
	if (go.what[0])
		env[p->env.count] = go.what;
	/* A trap, which the sentry passes for a process that has had no program yet. */
	if (s->profile->len)
		must(sock,
		     syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, s->profile_flags, s->profile),
		     "install the seccomp profile");
	fail(sock, execute(p, env), "exec");
}

void stub_init(struct stub *stub, const struct sentry *s)
{
	*stub = (struct stub){.filter = &s->filter,
			      .profile = &s->profile,
			      .profile_flags = s->profile_flags,
			      .proc_fd = s->proc_fd,
			      .oom_score_adj = s->oom_score_adj,
			      .uid = s->guest_uid,
			      .gid = s->guest_gid,
			      .join = -1};
}

pid_t stub_spawn(const struct stub *s, int *sock)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	_cleanup_close_ int ours = pair[0];
	_cleanup_close_ int theirs = pair[1];
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD | NEW_NAMESPACES, NULL, NULL, NULL, NULL);
	if (pid < 0)
		return -errno;
	if (pid == 0)
		stub_main(s, theirs);
	*sock = steal_fd(&ours);
	return pid;
}
