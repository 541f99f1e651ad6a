/* Descriptors into /proc that move: to children, to other programs, to a process's end. */
#include "facts.h"

static char b[8192];

static const char *line(int fd, const char *name)
{
	static char value[200];

	ssize_t n = pread(fd, b, sizeof(b) - 1, 0);
	if (n < 0)
		return errno_name(errno);
	b[n] = '\0';
	char *at = strstr(b, name);
	snprintf(value, sizeof(value), "%.*s", at ? (int)strcspn(at, "\n") : 4, at ? at : "none");
	return value;
}

static long number(const char *text)
{
	return strtol(text + strcspn(text, "0123456789"), NULL, 10);
}

/* A file of /proc/self belongs to who opened it. */
static void opened_by_parent(void)
{
	pid_t us = getpid();
	int status = (int)MUST(open("/proc/self/status", O_RDONLY)),
	    self = (int)MUST(open("/proc/self", O_RDONLY | O_DIRECTORY)),
	    fds = (int)MUST(open("/proc/self/fd", O_RDONLY | O_DIRECTORY)),
	    link = (int)MUST(open("/proc/self", O_PATH | O_NOFOLLOW)),
	    proc = (int)MUST(open("/proc", O_RDONLY | O_DIRECTORY));
	pid_t pid = child();

	if (pid == 0) {
		FACT("the parent's status", number(line(status, "\nPid:") + 1) == us);
		int fd = openat(self, "status", O_RDONLY);
		FACT("its directory's status", number(line(fd, "\nPid:") + 1) == us);
		fd = openat(proc, "self/status", O_RDONLY);
		FACT("self of /proc is this one", number(line(fd, "\nPid:") + 1) == getpid());
		ssize_t n = readlinkat(proc, "self", b, sizeof(b) - 1);
		b[n < 0 ? 0 : n] = '\0';
		FACT("  the link", atoi(b) == getpid());
		n = readlinkat(link, "", b, sizeof(b) - 1);
		b[n < 0 ? 0 : n] = '\0';
		FACT("  the link, opened by the parent", atoi(b) == getpid());
		int own = (int)MUST(open("file", O_RDONLY)); /* a number that the parent has not */
		snprintf(b, 20, "%d", own);
		FACT("the parent's fd directory has not the child's",
		     faccessat(fds, b, F_OK, AT_SYMLINK_NOFOLLOW));
		FD("the parent's descriptor 1", openat(fds, "1", O_WRONLY));
		FACT("chdir to the parent's", fchdir(self));
		FACT("getcwd", (long)getcwd(b, sizeof(b)) > 0);
		FACT("  names the parent", number(b) == us);
		FACT("a relative path", get_file("status", b, sizeof(b)) > 0);
		FACT("  of the parent", number(strstr(b, "\nPid:")) == us);
		FACT("up", chdir(".."));
		FACT("  getcwd", (getcwd(b, sizeof(b)), strcmp(b, "/proc")));
		_exit(0);
	}
	say_end("child", pid);
}

static void after_the_end(void)
{
	int pipes[2];
	char path[64], c;

	MUST(pipe(pipes));
	pid_t pid = child();
	if (pid == 0) {
		read(pipes[0], &c, 1);
		_exit(3);
	}
	snprintf(path, sizeof(path), "/proc/%d", pid);
	int dir = (int)MUST(open(path, O_RDONLY | O_DIRECTORY));
	int status = (int)MUST(openat(dir, "status", O_RDONLY)),
	    stat_fd = (int)MUST(openat(dir, "stat", O_RDONLY));
	int fds = (int)MUST(openat(dir, "fd", O_RDONLY | O_DIRECTORY));
	wait_state(pid, 'S');
	sleep_ms(400); /* what is open already is made anew four times a second */
	say("alive: %s", line(status, "State:"));
	write(pipes[1], "x", 1);
	wait_state(pid, 'Z');
	int fd = openat(dir, "status", O_RDONLY);
	say("a zombie: %s", line(fd, "State:"));
	FACT("  its exe", readlinkat(dir, "exe", b, sizeof(b)));
	FACT("  its cwd", readlinkat(dir, "cwd", b, sizeof(b)));
	FACT("  its maps", (fd = openat(dir, "maps", O_RDONLY), read(fd, b, sizeof(b))));
	FACT("  its cmdline", (fd = openat(dir, "cmdline", O_RDONLY), read(fd, b, sizeof(b))));
	FACT("  its environ", (fd = openat(dir, "environ", O_RDONLY), read(fd, b, sizeof(b))));
	FACT("  its descriptors",
	     (lseek(fds, 0, SEEK_SET), syscall(SYS_getdents64, fds, b, sizeof(b)) <= 48));
	FACT("  its comm", (fd = openat(dir, "comm", O_RDONLY), read(fd, b, sizeof(b))));
	say_end("it", pid);
	FACT("gone: its status anew", openat(dir, "status", O_RDONLY));
	FACT("  its status, opened before",
	     lseek(status, 0, SEEK_SET) + read(status, b, sizeof(b)));
	FACT("  its stat, opened before", pread(stat_fd, b, sizeof(b), 0));
	FACT("  its directory",
	     (lseek(dir, 0, SEEK_SET), syscall(SYS_getdents64, dir, b, sizeof(b))));
	FACT("  fchdir to it", fchdir(dir));
	FACT("  a file there then", access("status", F_OK));
	FACT("  by path", access(path, F_OK));
	struct stat st;
	FACT("  fstat of it", fstat(dir, &st));
	FACT("  fstatat in it", fstatat(dir, "status", &st, 0));
}

static void across_exec(void)
{
	int status = (int)MUST(open("/proc/self/comm", O_RDONLY)),
	    exe = (int)MUST(open("/proc/self/exe", O_RDONLY)),
	    dir = (int)MUST(open("/proc/self", O_RDONLY | O_DIRECTORY));
	char a[16], c[16], d[16];

	snprintf(a, sizeof(a), "%d", status);
	snprintf(c, sizeof(c), "%d", exe);
	snprintf(d, sizeof(d), "%d", dir);
	symlink("/conformance/proc_handles", "renamed");
	execl("./renamed", "renamed", a, c, d, NULL);
}

static int report(char **argv)
{
	int comm = atoi(argv[1]), dir = atoi(argv[3]);

	FACT("comm, opened before exec", pread(comm, b, sizeof(b), 0));
	say("  %.*s", (int)strcspn(b, "\n"), b);
	FACT("cmdline by the directory",
	     (read(openat(dir, "cmdline", O_RDONLY), b, sizeof(b)), strcmp(b, "renamed")));
	FACT("the program, opened before", read(atoi(argv[2]), b, 4));
	say("  %.3s", b + 1);
	return 0;
}

static void by_socket(void)
{
	int pair[2], fd = (int)MUST(open("/proc/self/status", O_RDONLY)), got = -1;
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 'x';
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	pid_t us = getpid();

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &fd, sizeof(fd));
	MUST(sendmsg(pair[0], &m, 0));
	pid_t pid = child();
	if (pid == 0) {
		MUST(recvmsg(pair[1], &m, 0));
		memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(got));
		FACT("the sender's status", number(line(got, "\nPid:") + 1) == us);
		snprintf(b, 40, "/proc/self/fd/%d", got);
		ssize_t n = readlink(b, b + 100, 100);
		b[100 + (n < 0 ? 0 : n)] = '\0';
		FACT("  its name", number(b + 100) == us);
		_exit(0);
	}
	say_end("child", pid);
}

int main(int argc, char **argv)
{
	if (argc > 3)
		return report(argv);
	start("proc_handles");
	put_file("file", "x", 0644);
	in_child("opened by the parent", opened_by_parent);
	in_child("after the end", after_the_end);
	in_child("across exec", across_exec);
	in_child("by socket", by_socket);
	return 0;
}
