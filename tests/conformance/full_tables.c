/* RLIMIT_NOFILE when it is reached: every call that makes a descriptor, exec, what stays usable. */
#include "facts.h"
#include <poll.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

extern char **environ;

static void limit(rlim_t n)
{
	MUST(setrlimit(RLIMIT_NOFILE, &(struct rlimit){n, 4096}));
}

/* Everything below n is in use then. */
static void fill(int n)
{
	limit((rlim_t)n);
	while (open("/dev/null", O_RDWR) >= 0)
		;
	if (errno != EMFILE)
		say("filling ends with %s", errno_name(errno));
}

static void makers(void)
{
	int pipes[2] = {-7, -7}, pair[2];
	sigset_t none;

	sigemptyset(&none);
	fill(20);
	FD("open", open("file", O_RDONLY));
	FD("open a directory", open(".", O_RDONLY | O_DIRECTORY));
	FD("O_PATH", open("file", O_PATH));
	FD("open what is made up", open("/proc/self/status", O_RDONLY));
	FD("open a device", open("/dev/zero", O_RDONLY));
	FD("openat2", syscall(SYS_openat2, AT_FDCWD, "file", &(uint64_t[3]){0}, 24));
	FD("memfd_create", memfd_create("x", 0));
	FD("dup", dup(0));
	FD("F_DUPFD", fcntl(0, F_DUPFD, 0));
	FACT("dup2 to one in use", dup2(0, 19));
	FACT("dup2 beyond", dup2(0, 20));
	FACT("pipe", pipe(pipes));
	say("  untouched: %d", pipes[0] == -7);
	FACT("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	FD("socket of unix", socket(AF_UNIX, SOCK_STREAM, 0));
	FD("socket of inet", socket(AF_INET, SOCK_STREAM, 0));
	FD("epoll_create1", epoll_create1(0));
	FD("eventfd", eventfd(0, 0));
	FD("timerfd_create", timerfd_create(CLOCK_MONOTONIC, 0));
	FD("signalfd", signalfd(-1, &none, 0));
	FD("inotify_init1", inotify_init1(0));
	FD("pidfd_open", syscall(SYS_pidfd_open, getpid(), 0));
	FD("posix_openpt", open("/dev/ptmx", O_RDWR));
	FACT("opendir", opendir(".") != NULL);
	close(10);
	FACT("one is free, open takes it", open("file", O_RDONLY));
	close(10);
	FACT("pipe needs two", pipe(pipes));
	FACT("open of /proc takes it", open("/proc/version", O_RDONLY));
	close(10);
	FACT("O_PATH takes it", open("file", O_PATH));
	close(10);
	FACT("inet takes it", socket(AF_INET, SOCK_DGRAM, 0));
	struct stat st;
	FACT("stat needs none", stat("file", &st));
	FACT("stat in /proc needs none", stat("/proc/self/status", &st));
	FACT("mkdir needs none", mkdir("d", 0755));
	FACT("chdir needs none", chdir("d"));
	FACT("poll of as many as the limit", poll(calloc(20, sizeof(struct pollfd)), 20, 0));
	FACT("poll of more", poll(calloc(21, sizeof(struct pollfd)), 21, 0));
}

static void passing(void)
{
	int pair[2], one = 1;
	char control[CMSG_SPACE(3 * sizeof(int))] = "";
	struct iovec iov = {&one, sizeof(one)};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(3 * sizeof(int));
	memcpy(CMSG_DATA(c), (int[]){0, 1, 2}, 3 * sizeof(int));
	MUST(sendmsg(pair[0], &m, 0));
	fill(20);
	close(19);
	m.msg_controllen = sizeof(control);
	FACT("three descriptors for one place", recvmsg(pair[1], &m, 0));
	say("  truncated %d, got %zd", !!(m.msg_flags & MSG_CTRUNC),
	    (ssize_t)(CMSG_FIRSTHDR(&m) ? CMSG_FIRSTHDR(&m)->cmsg_len - CMSG_LEN(0) : 0) / 4);
}

static void lowered(void)
{
	char text[8];
	int fd = (int)MUST(open("file", O_RDWR)), high = (int)MUST(dup2(fd, 100));

	limit(3);
	FACT("read beyond the limit", read(high, text, 1));
	FACT("lseek", lseek(high, 0, SEEK_SET));
	FACT("fstat", fstat(high, &(struct stat){0}));
	FACT("dup2 onto itself", dup2(high, high));
	FACT("dup2 onto another", dup2(high, fd));
	FACT("F_GETFD", fcntl(high, F_GETFD));
	FACT("fchmod", fchmod(high, 0600));
	FACT("fchdir of a file", fchdir(high));
	close(0);
	FACT("the lowest is taken", open("file", O_RDONLY));
	FACT("there is no other", open("file", O_RDONLY));
	limit(0);
	FACT("a limit of 0", open("file", O_RDONLY));
	FACT("write goes on", write(1, "", 0));
	FACT("above the hard limit", setrlimit(RLIMIT_NOFILE, &(struct rlimit){5000, 4096}));
}

static void report_full(void)
{
	fill(20);
	execl("/conformance/full_tables", "full_tables", "report", NULL);
	FAILED("exec");
}

static void report_none(void)
{
	limit(0);
	execl("/conformance/full_tables", "full_tables", "report", NULL);
	FAILED("exec");
}

static void script_full(void)
{
	fill(20);
	execl("./script", "script", NULL);
	FAILED("exec of a script");
}

static void spawned(void)
{
	pid_t pid = -1;
	char *const argv[] = {"full_tables", "report", NULL};

	fill(20);
	int error = posix_spawn(&pid, "/conformance/full_tables", NULL, NULL, argv, environ);
	if (pid > 0)
		say_end("it", pid);
	FACT("posix_spawn", error);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		int open_ones = 0;
		for (int i = 0; i < 100; i++)
			open_ones += fcntl(i, F_GETFD) >= 0;
		say("a program with %d descriptors", open_ones);
		FD("  opens", open("file", O_RDONLY));
		return 0;
	}
	start("full_tables");
	put_file("file", "x", 0644);
	put_file("script", "#!/bin/sh\necho a script; exit 3\n", 0755);
	in_child("makers", makers);
	in_child("passing", passing);
	in_child("lowered", lowered);
	in_child("exec with a full table", report_full);
	in_child("exec with no table", report_none);
	in_child("a script with a full table", script_full);
	in_child("spawned with a full table", spawned);
	return 0;
}
