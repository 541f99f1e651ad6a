/*
 * Everything else that a container's root must not do: other ways into the kernel, other processes,
 * devices, sockets of the host, what the sentry keeps on a process, the runtime's own program.
 *
 *	boundaries CONTROL-SOCKET ABSTRACT-NAME
 */
#include "attack.h"

#include <dirent.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#define HIGH	 (UINT64_C(1) << 32)
#define X32_BIT	 0x40000000
#define LAST_PID 33000

/* Without IA32 emulation in the kernel, int 0x80 is a fault. */
static void expect_kill(const char *what, void (*run)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		run();
		_exit(0);
	}
	int status = end_of(pid);
	if (status != 128 + SIGSYS && status != 128 + SIGSEGV)
		got("%s: status %d, not killed", what, status);
}

static void enter_by_x32(void)
{
	syscall(X32_BIT | SYS_getpid);
}

static void enter_by_interrupt(void)
{
	long result = 20; /* getpid of i386 */
	__asm__ volatile("int $0x80" : "+a"(result) : : "memory");
}

static void other_entries(void)
{
	expect_kill("x32", enter_by_x32);
	expect_kill("int 0x80", enter_by_interrupt);
}

static void kernel_interfaces(void)
{
	char page[4096] = "";
	int self = open("/proc/self/ns/mnt", O_RDONLY);
	REFUSED(syscall(SYS_unshare, CLONE_NEWUSER));
	REFUSED(syscall(SYS_unshare, CLONE_NEWNS | HIGH));
	REFUSED(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL));
	REFUSED(syscall(SYS_clone, HIGH | CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL));
	REFUSED(syscall(SYS_clone3, page, 88));
	REFUSED(syscall(SYS_setns, self, 0));
	REFUSED(syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL));
	REFUSED(syscall(SYS_umount2, "/proc", 2));
	REFUSED(syscall(SYS_pivot_root, "/", "/tmp"));
	REFUSED(syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0));
	REFUSED(syscall(SYS_process_vm_readv, 1, page, 1, page, 1, 0));
	REFUSED(syscall(SYS_bpf, 0, page, sizeof page));
	REFUSED(syscall(SYS_perf_event_open, page, 0, -1, -1, 0));
	REFUSED(syscall(SYS_io_uring_setup, 8, page));
	REFUSED(syscall(SYS_userfaultfd, 1));
	REFUSED(syscall(SYS_keyctl, 0, -3, 1));
	REFUSED(syscall(SYS_open_by_handle_at, self, page, 0));
	REFUSED(syscall(SYS_name_to_handle_at, AT_FDCWD, "/", page, page + 8, 0));
	REFUSED(syscall(SYS_init_module, page, sizeof page, ""));
	REFUSED(syscall(SYS_kexec_load, 0, 0, 0, 0));
	REFUSED(syscall(SYS_swapon, "/tmp", 0));
	REFUSED(syscall(SYS_iopl, 3));
	REFUSED(syscall(SYS_modify_ldt, 1, page, 16));
	REFUSED(syscall(SYS_pidfd_getfd, self, 0, 0));
	REFUSED(syscall(SYS_fsopen, "tmpfs", 0));
	REFUSED(socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
	REFUSED(socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM));
	REFUSED(socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC));
	REFUSED(socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT));
	REFUSED(socket(AF_PACKET, SOCK_RAW, 0));
	REFUSED(socket(AF_INET, SOCK_RAW, 1));
	REFUSED(socket(40 /* AF_VSOCK */, SOCK_STREAM, 0));
	REFUSED(socket(38 /* AF_ALG */, SOCK_SEQPACKET, 0));
	close(self);
}

/* Only process 1, this one, is in sight: the sentry and the host have no number here. */
static void signals(void)
{
	for (pid_t pid = 2; pid < LAST_PID; pid++)
		if (kill(pid, 0) == 0)
			got("process %d can be signalled", pid);
	REFUSED(kill(-1, SIGKILL));
	if (getppid() != 0)
		got("the parent of process 1 has the number %d", getppid());
}

static void terminals(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), number = -1, unlocked = 0;
	need(master >= 0 && ioctl(master, TIOCGPTN, &number) == 0, "/dev/ptmx");
	ioctl(master, TIOCSPTLCK, &unlocked);
	char path[32];
	snprintf(path, sizeof path, "/dev/pts/%d", number);
	int slave = open(path, O_RDWR);
	need(slave >= 0, path);
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	REFUSED(ioctl(slave, TIOCSTI, "x"));
	REFUSED(syscall(SYS_ioctl, slave, TIOCSTI | HIGH, "x"));
	REFUSED(syscall(SYS_ioctl, slave | HIGH, TIOCSTI, "x"));
	REFUSED(ioctl(slave, TIOCLINUX, "\2"));
	int discipline = 2;
	REFUSED(ioctl(slave, TIOCSETD, &discipline));
	REFUSED(ioctl(slave, TIOCCONS, 0));
	REFUSED(ioctl(0, TIOCSTI, "x"));
	close(slave);
	close(master);
}

/* The sentry knows a process by a limit that it keeps there. */
static void forged_context(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		got_something = 0;
		need(setgid(1000) == 0 && setuid(1000) == 0, "setuid");
		for (uint64_t value = 0; value < 200000; value = value * 2 + 1) {
			struct rlimit limit = {value, RLIM_INFINITY}, seen = {0};
			syscall(SYS_setrlimit, RLIMIT_LOCKS, &limit);
			syscall(SYS_setrlimit, HIGH | RLIMIT_LOCKS, &limit);
			syscall(SYS_prlimit64, 0, HIGH | RLIMIT_LOCKS, &limit, NULL);
			syscall(SYS_prlimit64, HIGH, RLIMIT_LOCKS, &limit, NULL);
			syscall(SYS_prlimit64, HIGH, HIGH | RLIMIT_LOCKS, &limit, NULL);
			syscall(SYS_prlimit64, getpid(), RLIMIT_LOCKS, &limit, NULL);
			syscall(SYS_prlimit64, 1, RLIMIT_LOCKS, &limit, NULL);
			syscall(SYS_prlimit64, 0, HIGH | RLIMIT_LOCKS, NULL, &seen);
			if (seen.rlim_cur != value)
				got("a limit is %#lx, not %#lx", seen.rlim_cur, value);
			if (geteuid() != 1000 || getuid() != 1000)
				got("user %d by a forged context", geteuid());
		}
		_exit(got_something ? 1 : 0);
	}
	int status = end_of(pid);
	if (status)
		got("forged context: status %d", status);
}

static void devices(void)
{
	static const struct {
		mode_t type;
		unsigned major, minor;
	} nodes[] = {{S_IFBLK, 8, 0},
		     {S_IFBLK, 254, 0},
		     {S_IFCHR, 1, 1},
		     {S_IFCHR, 1, 5},
		     {S_IFCHR, 10, 200}};
	for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
		dev_t device = makedev(nodes[i].major, nodes[i].minor);
		REFUSED(mknod("/tmp/node", nodes[i].type | 0666, device));
		REFUSED(mknod("/root/node", nodes[i].type | 0666, device));
		REFUSED(mknodat(AT_FDCWD, "/dev/node", nodes[i].type | 0666, device));
	}
	/* These came with the image. */
	REFUSED(open("/image-zero", O_RDONLY));
	REFUSED(open("/image-mem", O_RDONLY));
	REFUSED(open("/image-disk", O_RDONLY));
	REFUSED(open("/proc/self/root/image-disk", O_RDWR));
	REFUSED(open("/dev/mem", O_RDONLY));
	REFUSED(open("/dev/kmsg", O_WRONLY));
	REFUSED(truncate("/image-disk", 0));
}

static void try_socket(const char *name, socklen_t length)
{
	static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, name, length);
	length += (socklen_t)offsetof(struct sockaddr_un, sun_path);
	for (size_t i = 0; i < 3; i++) {
		int fd = socket(AF_UNIX, types[i], 0);
		struct iovec data = {"x", 1};
		struct msghdr message = {
		    .msg_name = &address, .msg_namelen = length, .msg_iov = &data, .msg_iovlen = 1};
		if (types[i] == SOCK_DGRAM) {
			REFUSED(sendmsg(fd, &message, 0));
			REFUSED(sendto(fd, "x", 1, 0, (struct sockaddr *)&address, length));
		}
		REFUSED(connect(fd, (struct sockaddr *)&address, length));
		close(fd);
	}
}

static void sockets_of_the_host(const char *control, const char *abstract)
{
	char name[100] = "";
	need(strlen(control) < sizeof name && strlen(abstract) < sizeof name - 1, "names");
	strcpy(name, control);
	try_socket(name, (socklen_t)strlen(name) + 1);
	memset(name, 0, sizeof name);
	strcpy(name + 1, abstract);
	try_socket(name, (socklen_t)strlen(abstract) + 1);
}

/* Over every program and open file that procfs leads to: were one the runtime's, the host would
 * see it changed. */
static void overwrite(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	int reading = open(path, O_RDONLY | O_NONBLOCK);
	char again[64];
	snprintf(again, sizeof again, "/proc/self/fd/%d", reading);
	const char *const ways[] = {path, again};
	for (int i = 0; i < 2; i++) {
		int fd = open(ways[i], O_WRONLY | O_NONBLOCK);
		if (fd >= 0 && lseek(fd, 0, SEEK_END) > 0)
			write(fd, "overwritten", 11);
		if (fd >= 0)
			close(fd);
	}
	if (reading >= 0)
		close(reading);
}

static void programs(void)
{
	static const char *const pids[] = {"self", "1", "thread-self", "2", "0"};
	for (size_t i = 0; i < sizeof pids / sizeof pids[0]; i++) {
		char path[64];
		snprintf(path, sizeof path, "/proc/%s/exe", pids[i]);
		overwrite(path);
		for (int fd = 0; fd < 30; fd++) {
			snprintf(path, sizeof path, "/proc/%s/fd/%d", pids[i], fd);
			overwrite(path);
		}
	}
	/* Executed, too, a link of procfs leads to the guest's own. */
	pid_t pid = fork();
	if (pid == 0) {
		execl("/proc/self/exe", "boundaries", "again", NULL);
		_exit(0);
	}
	end_of(pid);
}

int main(int argc, char **argv)
{
	if (argc == 2) {
		overwrite("/proc/self/exe");
		return 0;
	}
	if (argc != 3)
		return 2;
	other_entries();
	kernel_interfaces();
	signals();
	terminals();
	forged_context();
	devices();
	sockets_of_the_host(argv[1], argv[2]);
	programs();
	return got_something ? 1 : 0;
}
