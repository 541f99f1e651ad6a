/*
 * What the conformance programs share. A program prints facts, one a line: "label: result", where
 * the result of a failed call carries the name of its errno. It runs natively and in capbox, and
 * the two outputs must be equal; so nothing is printed that differs between two native runs (pids,
 * times, addresses, inode numbers): only relations between them.
 *
 * Lines are written with one write(2) each, so that the order of facts from several processes is
 * the order in which they happened.
 */
#ifndef CAPBOX_TESTS_CONFORMANCE_FACTS_H
#define CAPBOX_TESTS_CONFORMANCE_FACTS_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define USER	1000	    /* the unprivileged user of the test root's /etc/passwd */
#define SECONDS 30	    /* no program or child of one lives longer */
#define BAD	((void *)1) /* a pointer to no memory */

/* Prints one line. */
__attribute__((format(printf, 1, 2))) static inline void say(const char *format, ...)
{
	char line[8192];
	va_list ap;

	va_start(ap, format);
	int n = vsnprintf(line, sizeof(line) - 1, format, ap);
	va_end(ap);
	if (n < 0 || n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	if (write(1, line, (size_t)n) < 0)
		_exit(3);
}

static inline const char *errno_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "E?";
}

static inline void say_result(const char *label, long value, int error, bool hide)
{
	if (value == -1)
		say("%s: -1 %s", label, errno_name(error));
	else if (hide)
		say("%s: ok", label);
	else
		say("%s: %ld", label, value);
}

/* The value of a call. */
#define FACT(label, call)                                                                          \
	do {                                                                                       \
		errno = 0;                                                                         \
		long value_ = (long)(call);                                                        \
		say_result(label, value_, errno, false);                                           \
	} while (0)

/* Whether a call succeeded; its value is nobody's business. */
#define OK(label, call)                                                                            \
	do {                                                                                       \
		errno = 0;                                                                         \
		long value_ = (long)(call);                                                        \
		say_result(label, value_, errno, true);                                            \
	} while (0)

/* For a call that returns only when it fails: execve. */
#define FAILED(label) say("%s: -1 %s", label, errno_name(errno))

/* The same as OK of a call that makes a descriptor, which is closed. */
#define FD(label, call)                                                                            \
	do {                                                                                       \
		errno = 0;                                                                         \
		int fd_ = (int)(call);                                                             \
		say_result(label, fd_, errno, true);                                               \
		if (fd_ >= 0)                                                                      \
			close(fd_);                                                                \
	} while (0)

/* Says nothing unless the call fails: for preparations. */
#define MUST(call)                                                                                 \
	({                                                                                         \
		errno = 0;                                                                         \
		long value_ = (long)(call);                                                        \
		if (value_ == -1)                                                                  \
			say("preparation failed: %s: %s", #call, errno_name(errno));               \
		value_;                                                                            \
	})

/* Begins a program: a scratch directory of its own under the current one, and a time limit. */
static inline void start(const char *name)
{
	alarm(SECONDS);
	umask(022);
	if (mkdir(name, 0755) < 0 || chdir(name) < 0) {
		say("cannot make the scratch directory %s: %s", name, errno_name(errno));
		exit(2);
	}
}

static inline int put_file(const char *path, const char *content, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return (int)MUST(-1);
	size_t n = strlen(content);
	if (write(fd, content, n) != (ssize_t)n)
		say("preparation failed: write %s", path);
	fchmod(fd, mode);
	return close(fd);
}

/* Reads a whole file into a string; -1 with errno when it cannot. */
static inline ssize_t get_file(const char *path, char *buffer, size_t size)
{
	size_t used = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	buffer[0] = '\0';
	if (fd < 0)
		return -1;
	while (used < size - 1) {
		ssize_t n = read(fd, buffer + used, size - 1 - used);
		if (n < 0) {
			int error = errno;
			close(fd);
			errno = error;
			return -1;
		}
		if (n == 0)
			break;
		used += (size_t)n;
	}
	buffer[used] = '\0';
	close(fd);
	return (ssize_t)used;
}

static inline int copy_file(const char *from, const char *to, mode_t mode)
{
	char block[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n = -1;

	while (in >= 0 && out >= 0 && (n = read(in, block, sizeof(block))) > 0)
		if (write(out, block, (size_t)n) != n)
			break;
	if (n != 0)
		say("preparation failed: copy %s to %s: %s", from, to, errno_name(errno));
	fchmod(out, mode);
	close(in);
	close(out);
	return 0;
}

/* A copy of this very program, owned and permitted as told. */
static inline void copy_self(const char *to, uid_t uid, gid_t gid, mode_t mode)
{
	copy_file("/proc/self/exe", to, 0600);
	MUST(chown(to, uid, gid));
	MUST(chmod(to, mode));
}

/* Turns this process into a plain user, for good. */
static inline void become(uid_t uid)
{
	MUST(setgroups(0, NULL));
	MUST(setresgid(uid, uid, uid));
	MUST(setresuid(uid, uid, uid));
}

static inline void say_status(const char *label, int status)
{
	if (WIFEXITED(status))
		say("%s: exit %d", label, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		say("%s: SIG%s", label, sigabbrev_np(WTERMSIG(status)));
	else if (WIFSTOPPED(status))
		say("%s: stopped by SIG%s", label, sigabbrev_np(WSTOPSIG(status)));
	else
		say("%s: %s", label, WIFCONTINUED(status) ? "continued" : "unknown status");
}

static inline void say_end(const char *label, pid_t pid)
{
	int status = 0;

	if (waitpid(pid, &status, 0) != pid)
		say("%s: waitpid %s", label, errno_name(errno));
	else
		say_status(label, status);
}

static inline pid_t child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		alarm(SECONDS);
	else if (pid < 0)
		say("preparation failed: fork: %s", errno_name(errno));
	return pid;
}

/* Runs body in a child and says how it ended. */
static inline void in_child(const char *label, void (*body)(void))
{
	pid_t pid = child();

	if (pid == 0) {
		body();
		_exit(0);
	}
	say_end(label, pid);
}

/* The same as the unprivileged user. */
static inline void as_user(const char *label, void (*body)(void))
{
	pid_t pid = child();

	if (pid == 0) {
		become(USER);
		body();
		_exit(0);
	}
	say_end(label, pid);
}

static inline void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/* Waits until a process is in the state ("S" asleep, "T" stopped, "Z" zombie) or a second is over.
 */
static inline bool wait_state(pid_t pid, char state)
{
	char path[64], text[512];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (int i = 0; i < 200; i++) {
		char *end = get_file(path, text, sizeof(text)) > 0 ? strrchr(text, ')') : NULL;
		if (end && end[2] == state)
			return true;
		sleep_ms(5);
	}
	return false;
}

/* Runs a copy of busybox as cat, and returns when it has answered, so that it surely runs. */
static inline pid_t run_cat(const char *path)
{
	int to[2], from[2];
	char b;

	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		return (pid_t)MUST(-1);
	pid_t pid = child();
	if (pid == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		execl(path, "cat", NULL);
		_exit(111);
	}
	if (write(to[1], "x", 1) != 1 || read(from[0], &b, 1) != 1)
		say("preparation failed: %s does not answer", path);
	close(to[0]);
	close(from[0]);
	close(from[1]);
	return pid;
}

/* Says the permission bits and the type of a file. */
static inline void say_mode(const char *label, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		say("%s: -1 %s", label, errno_name(errno));
	else
		say("%s: %06o", label, st.st_mode);
}

static inline void say_owner(const char *label, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		say("%s: -1 %s", label, errno_name(errno));
	else
		say("%s: %u:%u %06o", label, st.st_uid, st.st_gid, st.st_mode);
}

/* A string of n times c. */
static inline char *repeat(char c, size_t n)
{
	char *text = malloc(n + 1);

	memset(text, c, n);
	text[n] = '\0';
	return text;
}

#endif
