/*
 * Calls that capbox refuses by design, whoever makes them. Natively root may do most of them; every
 * line here begins with "refused" and is listed as an expected difference, except the last ones.
 * The program shows that a refusal is an error and nothing worse.
 */
#include "facts.h"
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

static long make_clone(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return pid < 0 ? -1 : 0;
}

static void name_spaces(void)
{
	static const struct {
		const char *name;
		unsigned long flag;
	} flags[] = {{"user", CLONE_NEWUSER},	 {"mount", CLONE_NEWNS}, {"pid", CLONE_NEWPID},
		     {"network", CLONE_NEWNET},	 {"ipc", CLONE_NEWIPC},	 {"uts", CLONE_NEWUTS},
		     {"cgroup", CLONE_NEWCGROUP}};

	for (size_t i = 0; i < sizeof(flags) / sizeof *flags; i++) {
		char label[64];
		snprintf(label, sizeof(label), "refused clone %s", flags[i].name);
		FACT(label, make_clone(flags[i].flag));
		pid_t pid = child();
		if (pid == 0) {
			snprintf(label, sizeof(label), "refused unshare %s", flags[i].name);
			FACT(label, unshare((int)flags[i].flag));
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	FACT("refused setns", setns(open("/proc/self/ns/uts", O_RDONLY), 0));
	FACT("clone without flags", make_clone(0));
	FACT("clone with an unknown flag pair", make_clone(CLONE_SIGHAND));
}

static void others(void)
{
	char b[256] = "";
	int pipes[2];
	struct iovec iov = {b, 8};

	MUST(pipe(pipes));
	write(pipes[1], "xx", 2);
	FACT("refused ptrace", ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	FACT("refused process_vm_readv", process_vm_readv(getppid(), &iov, 1, &iov, 1, 0));
	OK("refused splice", splice(pipes[0], NULL, open("file", O_WRONLY), NULL, 1, 0));
	OK("refused tee", tee(pipes[0], pipes[1], 1, 0));
	OK("refused vmsplice", vmsplice(pipes[1], &iov, 1, 0));
	FD("refused io_uring_setup", syscall(425, 4, b));
	FD("refused bpf", syscall(SYS_bpf, 0, b, 64));
	FD("refused perf_event_open", syscall(SYS_perf_event_open, b, 0, -1, -1, 0));
	FD("refused userfaultfd", syscall(SYS_userfaultfd, 0));
	OK("refused add_key", syscall(SYS_add_key, "user", "x", "y", 1, -3));
	OK("refused keyctl", syscall(SYS_keyctl, 0, -3, 0));
	OK("refused kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, 0xffff));
	OK("refused init_module", syscall(SYS_init_module, b, 0, ""));
	OK("refused mount", mount("none", "dir", "tmpfs", 0, NULL));
	OK("refused umount", umount("dir"));
	FD("refused fsopen", syscall(430, "tmpfs", 0));
	FD("refused open_tree", syscall(428, AT_FDCWD, "/", 0));
	OK("refused pivot_root", syscall(SYS_pivot_root, "dir", "dir"));
	FD("refused open_by_handle_at", syscall(SYS_open_by_handle_at, AT_FDCWD, b, O_RDONLY));
	FD("refused fanotify_init", syscall(SYS_fanotify_init, 0, O_RDONLY));
	FD("refused pidfd_getfd", syscall(438, (int)syscall(SYS_pidfd_open, getppid(), 0), 0, 0));
	OK("refused kcmp", syscall(SYS_kcmp, getpid(), getpid(), 0, 0, 0));
	OK("refused quotactl", syscall(SYS_quotactl, 0, NULL, 0, NULL));
	OK("refused clock_settime", clock_settime(CLOCK_REALTIME, &(struct timespec){-1, -1}));
	OK("refused swapoff", syscall(SYS_swapoff, "/missing"));
	OK("refused ioperm", syscall(SYS_ioperm, 0x80, 1, 0));
	FACT("a call beyond the table", syscall(600));
	FACT("alive", getppid() > 0);
}

int main(void)
{
	start("refused_calls");
	put_file("file", "x", 0644);
	MUST(mkdir("dir", 0755));
	name_spaces();
	in_child("others", others);
	return 0;
}
