/* Descriptors and credentials over unix sockets: SCM_RIGHTS, SO_PEERCRED, SCM_CREDENTIALS. */
#include "facts.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

static ssize_t send_fds(int socket, const int *fds, int n)
{
	char control[CMSG_SPACE(300 * sizeof(int))] = {0};
	struct iovec iov = {"x", 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = CMSG_SPACE((size_t)n * sizeof(int))};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, (size_t)n * sizeof(int));
	return sendmsg(socket, &m, MSG_NOSIGNAL);
}

static int receive_fds(int socket, int *fds, int room, int flags)
{
	char control[CMSG_SPACE(300 * sizeof(int))] = {0}, b;
	struct iovec iov = {&b, 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = CMSG_SPACE((size_t)room * sizeof(int))};

	if (recvmsg(socket, &m, flags) < 0)
		return -1;
	if (m.msg_flags & MSG_CTRUNC)
		say("  control data was truncated");
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_type != SCM_RIGHTS)
		return 0;
	int n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
	memcpy(fds, CMSG_DATA(c), (size_t)n * sizeof(int));
	return n;
}

static void rights(void)
{
	int pair[2], fds[300], pipes[2];
	char b[16] = "";
	struct stat st;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	MUST(pipe(pipes));
	fds[0] = (int)MUST(open("secret", O_RDWR));
	fds[1] = (int)MUST(open("closed", O_RDONLY));
	fds[2] = pipes[1];
	FACT("send three", send_fds(pair[0], fds, 3));
	pid_t pid = child();
	if (pid == 0) {
		close(fds[0]);
		close(fds[1]);
		become(USER);
		int got[3];
		FACT("user: received", receive_fds(pair[1], got, 3, MSG_CMSG_CLOEXEC));
		FACT("user: close-on-exec", fcntl(got[0], F_GETFD));
		FACT("user: reads the secret file", read(got[0], b, 6));
		FD("user: cannot open it", open("secret", O_RDONLY));
		FACT("user: fstat", fstat(got[0], &st));
		FD("user: openat the closed directory", openat(got[1], "inner", O_RDONLY));
		FACT("user: fchdir", fchdir(got[1]));
		FACT("user: writes the pipe", write(got[2], "pipe", 4));
		_exit(0);
	}
	say_end("user", pid);
	FACT("the pipe", read(pipes[0], b, 4));
	FACT("the shared offset", lseek(fds[0], 0, SEEK_CUR));
	FACT("send a bad one", send_fds(pair[0], &(int){99}, 1));
	for (int i = 0; i < 300; i++)
		fds[i] = 0;
	FACT("send 253", send_fds(pair[0], fds, 253));
	FACT("receive 2 of them", receive_fds(pair[1], fds, 2, 0));
	FACT("send 254", send_fds(pair[0], fds, 254));
	FACT("send the socket itself", send_fds(pair[0], pair, 2));
	FACT("receive it", receive_fds(pair[1], fds, 2, 0));
	FACT("write to it", write(fds[0], "self", 4));
	FACT("read from it", read(fds[1], b, 4));
	FACT("send an O_PATH", send_fds(pair[0], &(int){open("secret", O_PATH)}, 1));
	FACT("receive it", receive_fds(pair[1], fds, 1, 0));
	FACT("read from it", read(fds[0], b, 1));
	FACT("send a fd of /proc", send_fds(pair[0], &(int){open("/proc/self/comm", O_RDONLY)}, 1));
	FACT("receive it", receive_fds(pair[1], fds, 1, 0));
	FACT("read from it", read(fds[0], b, 12));
	say("  it is %.11s", b);
}

static void say_peer(const char *label, int fd)
{
	struct ucred c;
	socklen_t n = sizeof(c);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &n) < 0)
		say("%s: -1 %s", label, errno_name(errno));
	else
		say("%s: uid %d gid %d, pid is this one's %d, the child's %d", label, (int)c.uid,
		    (int)c.gid, c.pid == getpid(), c.pid != getpid() && c.pid > 0);
}

/* The groups that the peer has, and how the length is treated. */
static void say_groups(const char *label, int fd)
{
	gid_t groups[8] = {0};
	socklen_t n = sizeof(groups);

	FACT(label, getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n));
	say("  length %u: %u %u %u", n, groups[0], groups[1], groups[2]);
	n = 1;
	FACT("  with room for a byte", getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &n));
	FACT("  its length", n);
}

/* What can be learnt by a pidfd of the peer. */
static void say_pidfd(const char *label, int fd, pid_t pid)
{
	int pidfd = -7;
	socklen_t n = 99;
	siginfo_t info = {0};

	OK(label, getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &n));
	FACT("  its length", n);
	if (pidfd < 0)
		return;
	FACT("  closed on exec", fcntl(pidfd, F_GETFD));
	FACT("  a signal", syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0));
	if (pid == getpid())
		return;
	FACT("  wait", waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT));
	MUST(kill(pid, SIGSTOP));
	FACT("  wait for a stop", waitid(P_PIDFD, (id_t)pidfd, &info, WSTOPPED));
	FACT("  who it is", info.si_pid == pid);
	MUST(kill(pid, SIGCONT));
	close(pidfd);
}

static void identities(void)
{
	struct sockaddr_un address = {AF_UNIX, "identities"};
	int pair[2], server = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), pidfd;
	socklen_t n = sizeof(pidfd);

	MUST(setgroups(2, (gid_t[]){9, 5}));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	say_groups("groups of a pair", pair[0]);
	say_pidfd("pidfd of a pair", pair[0], getpid());
	say_groups("groups unconnected", socket(AF_UNIX, SOCK_STREAM, 0));
	say_pidfd("pidfd unconnected", socket(AF_UNIX, SOCK_STREAM, 0), 0);
	say_groups("groups of TCP", socket(AF_INET, SOCK_STREAM, 0));
	say_pidfd("pidfd of TCP", socket(AF_INET, SOCK_STREAM, 0), 0);
	MUST(bind(server, (void *)&address, sizeof(address)));
	MUST(listen(server, 5));
	pid_t pid = child();
	if (pid == 0) {
		char b;
		MUST(setgroups(3, (gid_t[]){31, 11, 21}));
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		MUST(connect(fd, (void *)&address, sizeof(address)));
		MUST(setgroups(0, NULL));
		say_groups("client: groups of the listener", fd);
		say_pidfd("client: pidfd of the listener", fd, getpid());
		write(fd, "x", 1);
		read(fd, &b, 1);
		_exit(0);
	}
	char b;
	int fd = (int)MUST(accept(server, NULL, NULL));
	MUST(read(fd, &b, 1));
	say_groups("groups of the client", fd);
	say_pidfd("pidfd of the client", fd, pid);
	FACT("a bad pointer",
	     syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERPIDFD, BAD, &n));
	FACT("a bad length",
	     syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, BAD));
	n = (socklen_t)-1;
	FACT("a negative length", getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, &b, &n));
	FACT("setting it", setsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, &n, sizeof(n)));
	write(fd, "x", 1);
	say_end("client", pid);
}

static void peers(void)
{
	int pair[2];
	struct sockaddr_un address = {AF_UNIX, "server"};

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	say_peer("pair", pair[0]);
	say_peer("unconnected", socket(AF_UNIX, SOCK_STREAM, 0));
	int server = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(server, (void *)&address, sizeof(address)));
	MUST(chmod("server", 0777));
	MUST(listen(server, 5));
	pid_t pid = child();
	if (pid == 0) {
		MUST(setresgid(77, 78, 79));
		MUST(setresuid(USER, 1001, 1002));
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		MUST(connect(fd, (void *)&address, sizeof(address)));
		char b;
		struct ucred c = {0};
		socklen_t n = sizeof(c);
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &n);
		say("client: peer uid %d gid %d pid is the parent's %d", (int)c.uid, (int)c.gid,
		    c.pid == getppid());
		read(fd, &b, 1);
		_exit(0);
	}
	int fd = (int)MUST(accept(server, NULL, NULL));
	sleep_ms(50);
	say_peer("accepted", fd);
	struct ucred c;
	socklen_t n = sizeof(c);
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &n);
	FACT("the pid is the client's", c.pid == pid);
	write(fd, "x", 1);
	say_end("client", pid);
}

static ssize_t send_credentials(int fd, pid_t pid, uid_t uid, gid_t gid)
{
	char control[CMSG_SPACE(sizeof(struct ucred))] = {0};
	struct iovec iov = {"x", 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	struct ucred u = {pid, uid, gid};

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDENTIALS;
	c->cmsg_len = CMSG_LEN(sizeof(u));
	memcpy(CMSG_DATA(c), &u, sizeof(u));
	return sendmsg(fd, &m, 0);
}

static void say_message(const char *label, int fd)
{
	char control[256] = {0}, b;
	struct iovec iov = {&b, 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	struct ucred u = {0};

	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT);
	struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_CREDENTIALS) {
		memcpy(&u, CMSG_DATA(c), sizeof(u));
		say("%s: uid %d gid %d pid %d", label, (int)u.uid, (int)u.gid, u.pid > 0);
	} else {
		say("%s: %s", label, n < 0 ? errno_name(errno) : "no credentials");
	}
}

static void messages(void)
{
	int pair[2], on = 1;

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	write(pair[0], "x", 1);
	say_message("without SO_PASSCRED", pair[1]);
	MUST(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	write(pair[0], "x", 1);
	say_message("with SO_PASSCRED", pair[1]);
	FACT("its own credentials", send_credentials(pair[0], getpid(), 0, 0));
	say_message("received", pair[1]);
	FACT("root may pretend a user", send_credentials(pair[0], getpid(), 123, 456));
	say_message("received", pair[1]);
	FACT("but not a missing pid", send_credentials(pair[0], 999999, 0, 0));
	pid_t pid = child();
	if (pid == 0) {
		become(USER);
		FACT("user: its own", send_credentials(pair[0], getpid(), USER, USER));
		FACT("user: root's", send_credentials(pair[0], getpid(), 0, 0));
		FACT("user: another pid", send_credentials(pair[0], 1, USER, USER));
		write(pair[0], "x", 1);
		_exit(0);
	}
	say_end("user", pid);
	say_message("received", pair[1]);
	say_message("received", pair[1]);
}

int main(void)
{
	start("unix_rights");
	put_file("secret", "secret", 0600);
	MUST(mkdir("closed", 0700));
	put_file("closed/inner", "x", 0644);
	rights();
	peers();
	identities();
	messages();
	return 0;
}
