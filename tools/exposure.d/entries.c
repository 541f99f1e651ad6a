/*
 * For tools/exposure: the entry calls of published bugs, made without doing what the bug needs
 * beyond. Each class of entries runs in a process of its own, called x-CLASS; whether the decisive
 * call reached the host's kernel is seen there. Which call is the decisive one of a class is said
 * in exposure.d/classes.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char page[8192];

static void by_x32(void)
{
	syscall(0x40000000 | SYS_getppid);
}
static void by_futex_pi(void)
{
	syscall(SYS_futex, page, FUTEX_CMP_REQUEUE_PI, 1, 0, page + 8, 0);
}
static void by_futex(void)
{
	syscall(SYS_futex, page, FUTEX_WAKE, 1, NULL, NULL, 0);
}
static void by_ptrace(void)
{
	ptrace(PTRACE_TRACEME, 0, 0, 0);
}
static void by_user_namespace(void)
{
	unshare(CLONE_NEWUSER);
}
static void by_mount(void)
{
	mount("none", "/tmp", "tmpfs", 0, NULL);
}
static void by_overlay(void)
{
	mount("none", "/tmp", "overlay", 0, "lowerdir=/usr:/bin");
}
static void by_cgroup_mount(void)
{
	mount("none", "/tmp", "cgroup", 0, "none,name=x");
}
static void by_fs_context(void)
{
	int fd = (int)syscall(SYS_fsopen, "tmpfs", 0);
	syscall(SYS_fsconfig, fd, 1, "source", "x", 0);
}
static void by_keyrings(void)
{
	syscall(SYS_keyctl, 1, "x");
	syscall(SYS_add_key, "user", "x", "x", 1, -2);
}
static void by_bpf(void)
{
	syscall(SYS_bpf, 5, page, 48);
}
static void by_perf(void)
{
	syscall(SYS_perf_event_open, page, 0, -1, -1, 0);
}
static void by_io_uring(void)
{
	syscall(SYS_io_uring_setup, 4, page);
}
static void by_userfaultfd(void)
{
	syscall(SYS_userfaultfd, 1);
}
static void by_packet(void)
{
	close(socket(17, SOCK_RAW, 0));
}
static void by_vsock(void)
{
	close(socket(40, SOCK_STREAM, 0));
}
static void by_alg(void)
{
	close(socket(38, SOCK_SEQPACKET, 0));
}
static void by_rds(void)
{
	close(socket(21, SOCK_SEQPACKET, 0));
}
static void by_tipc(void)
{
	close(socket(30, SOCK_SEQPACKET, 0));
}
static void by_can(void)
{
	close(socket(29, SOCK_RAW, 1));
}
static void by_bluetooth(void)
{
	close(socket(31, SOCK_RAW, 1));
}
static void by_sctp(void)
{
	close(socket(AF_INET, SOCK_STREAM, 132));
}
static void by_dccp(void)
{
	close(socket(AF_INET, 6, 33));
}
static void by_ping(void)
{
	close(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
}
static void by_raw_inet(void)
{
	close(socket(AF_INET, SOCK_RAW, IPPROTO_RAW));
}
static void by_xfrm(void)
{
	close(socket(16, SOCK_RAW, 6));
}
static void by_nf_tables(void)
{
	close(socket(16, SOCK_RAW, 12));
}
static void by_traffic_control(void)
{
	/* RTM_NEWQDISC, refused for want of an interface at the latest. */
	struct {
		unsigned length;
		unsigned short type, flags;
		unsigned sequence, port;
		char rest[20];
	} message = {sizeof message, 36, 5, 1, 0, {0}};
	int fd = socket(16, SOCK_RAW, 0);
	send(fd, &message, sizeof message, 0);
}

static void by_inet_option(int type, int level, int name, const void *value, socklen_t size)
{
	int fd = socket(AF_INET, type, 0);
	setsockopt(fd, level, name, value, size);
	close(fd);
}

static void by_netfilter(void)
{
	by_inet_option(SOCK_STREAM, 0, 64, page, 92);
}
static void by_tls(void)
{
	by_inet_option(SOCK_STREAM, 6, 31, "tls", 4);
}
static void by_buffer_force(void)
{
	static const int size = 4096;
	by_inet_option(SOCK_DGRAM, SOL_SOCKET, 32, &size, sizeof size);
}
static void by_udp_cork(void)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(0x7f000001)}};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	connect(fd, (struct sockaddr *)&to, sizeof to);
	send(fd, "x", 1, MSG_MORE);
}
static void by_unix_oob(void)
{
	int pair[2];
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	send(pair[0], "x", 1, MSG_OOB);
}
static void by_unix_gc(void)
{
	int pair[2];
	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS}};
	memcpy(CMSG_DATA(&control.header), pair, sizeof(int));
	struct iovec data = {"x", 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	sendmsg(pair[0], &message, 0);
}
static void by_splice(void)
{
	int pipe_[2], fd = open("/etc/passwd", O_RDONLY);
	pipe(pipe_);
	splice(fd, NULL, pipe_[1], NULL, 1, 0);
}
static void by_watch_queue(void)
{
	int files[2];
	syscall(SYS_pipe2, files, O_EXCL);
}
static void by_cpu_timer(void)
{
	timer_t timer;
	struct sigevent event = {.sigev_notify = SIGEV_NONE};
	syscall(SYS_timer_create, CLOCK_THREAD_CPUTIME_ID, &event, &timer);
}
static void by_timer(void)
{
	timer_t timer;
	struct sigevent event = {.sigev_notify = SIGEV_NONE};
	syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer);
}
static void by_timerfd(void)
{
	struct itimerspec off = {0};
	timerfd_settime(timerfd_create(CLOCK_REALTIME, 0), TFD_TIMER_ABSTIME, &off, NULL);
}
static void by_mq_notify(void)
{
	int queue = (int)syscall(SYS_mq_open, "x", O_CREAT | O_RDWR, 0600, NULL);
	syscall(SYS_mq_notify, queue, NULL);
}
static void by_inotify(void)
{
	inotify_add_watch(inotify_init1(0), "/", IN_CREATE);
}
static void by_waitid(void)
{
	waitid(P_ALL, 0, NULL, WEXITED | WNOHANG);
}
static void by_mapping(void)
{
	munmap(mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN, -1, 0),
	       8192);
}
static void by_mremap(void)
{
	void *p = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mremap(p, 8192, 4096, 0);
}
static void by_madvise(void)
{
	void *p = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(p, 8192, MADV_DONTNEED);
}
static void by_ldt(void)
{
	syscall(SYS_modify_ldt, 0, page, sizeof page);
}
static void by_exec(void)
{
	char *argv[] = {"x", NULL}, *env[] = {NULL};
	syscall(SYS_execve, "/bin/x-none", argv, env);
	syscall(SYS_execve, "/etc/passwd", argv, env);
}
static int terminal(void)
{
	int off = 0, number = -1, master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	char path[32];
	ioctl(master, TIOCSPTLCK, &off);
	ioctl(master, TIOCGPTN, &number);
	snprintf(path, sizeof path, "/dev/pts/%d", number);
	return open(path, O_RDWR | O_NOCTTY);
}
static void by_line_discipline(void)
{
	int n_null = 27;
	ioctl(terminal(), TIOCSETD, &n_null);
}
static void by_terminal_group(void)
{
	pid_t group = getpgrp();
	ioctl(terminal(), TIOCSPGRP, &group);
}
static void by_terminal_write(void)
{
	write(terminal(), "x", 1);
}
#define CLASS(name)                                                                                \
	{                                                                                          \
#name, by_##name                                                                   \
	}
static const struct {
	const char *name;
	void (*run)(void);
} classes[] = {
    CLASS(x32),
    CLASS(futex_pi),
    CLASS(futex),
    CLASS(ptrace),
    CLASS(user_namespace),
    CLASS(mount),
    CLASS(overlay),
    CLASS(cgroup_mount),
    CLASS(fs_context),
    CLASS(keyrings),
    CLASS(bpf),
    CLASS(perf),
    CLASS(io_uring),
    CLASS(userfaultfd),
    CLASS(packet),
    CLASS(vsock),
    CLASS(alg),
    CLASS(rds),
    CLASS(tipc),
    CLASS(can),
    CLASS(bluetooth),
    CLASS(sctp),
    CLASS(dccp),
    CLASS(ping),
    CLASS(raw_inet),
    CLASS(xfrm),
    CLASS(nf_tables),
    CLASS(traffic_control),
    CLASS(netfilter),
    CLASS(tls),
    CLASS(buffer_force),
    CLASS(udp_cork),
    CLASS(unix_oob),
    CLASS(unix_gc),
    CLASS(splice),
    CLASS(watch_queue),
    CLASS(cpu_timer),
    CLASS(timer),
    CLASS(timerfd),
    CLASS(mq_notify),
    CLASS(inotify),
    CLASS(waitid),
    CLASS(mapping),
    CLASS(mremap),
    CLASS(madvise),
    CLASS(ldt),
    CLASS(exec),
    CLASS(line_discipline),
    CLASS(terminal_group),
    CLASS(terminal_write),
};

int main(void)
{
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			char name[16];
			snprintf(name, sizeof name, "x-%.13s", classes[i].name);
			prctl(PR_SET_NAME, name);
			setsid();
			alarm(2);
			classes[i].run();
			_exit(0);
		}
		int status;
		while (pid > 0 && waitpid(pid, &status, __WALL) != pid)
			;
	}
	return 0;
}
