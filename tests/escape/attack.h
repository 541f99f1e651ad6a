/*
 * For attack programs: each tries to get something that a container must not get, and says so when
 * it has it. Status 0: nothing was got. 1: something was; it is printed. 2: the program itself
 * could not do what it wanted, and has proven nothing.
 */
#ifndef CAPBOX_TESTS_ATTACK_H
#define CAPBOX_TESTS_ATTACK_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static _Atomic int got_something;

__attribute__((format(printf, 1, 2))) static inline void got(const char *format, ...)
{
	char text[512];
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	if (got_something++ < 20)
		dprintf(1, "GOT: %s\n", text);
}

static inline void need(bool done, const char *what)
{
	if (done)
		return;
	dprintf(1, "cannot prepare: %s: %s\n", what, strerror(errno));
	_exit(2);
}

/* Expects a call to fail; what it gives otherwise is a find. */
#define REFUSED(call)                                                                              \
	do {                                                                                       \
		long refused_ = (long)(call);                                                      \
		if (refused_ >= 0)                                                                 \
			got("%s = %ld", #call, refused_);                                          \
	} while (0)

static inline double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Whether an open file begins with the secret of the host. */
static inline bool holds(int fd, const char *secret)
{
	char text[256] = "";
	return fd >= 0 && pread(fd, text, sizeof text - 1, 0) > 0 && strstr(text, secret);
}

/*
 * A program of many attacks, of which the host starts one by its name: attacks.py finds them by
 * this macro at the start of a line. What the host has for them is in the environment: host().
 */
struct attack {
	const char *name;
	void (*run)(void);
	const struct attack *next;
};
static const struct attack *attacks;

#define ATTACK(title)                                                                              \
	static void attack_##title(void);                                                          \
	__attribute__((constructor)) static void register_##title(void)                            \
	{                                                                                          \
		static struct attack a = {.name = #title, .run = attack_##title};                  \
		a.next = attacks;                                                                  \
		attacks = &a;                                                                      \
	}                                                                                          \
	static void attack_##title(void)

static inline const char *host(const char *name)
{
	const char *value = getenv(name);
	need(value != NULL, name);
	return value;
}

static inline int attack_main(int argc, char **argv)
{
	for (const struct attack *a = attacks; a && argc == 2; a = a->next)
		if (!strcmp(a->name, argv[1])) {
			a->run();
			return got_something ? 1 : 0;
		}
	return 2;
}

/* Runs in a child what would change this process; its finds count. */
static inline void in_child(void (*run)(void))
{
	fflush(NULL);
	pid_t pid = fork();
	need(pid >= 0, "fork");
	if (pid == 0) {
		got_something = 0;
		run();
		_exit(got_something ? 1 : 0);
	}
	int status;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
		got_something++;
	else
		need(!WIFEXITED(status) || WEXITSTATUS(status) == 0, "in the child");
}

static inline void become(uid_t id)
{
	need(setgid(id) == 0 && setuid(id) == 0, "setuid");
}

/* A file in the container that only its root may read. */
static inline void make_roots_file(void)
{
	int fd = open("/root/only", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	need(fd >= 0 && write(fd, "of root", 7) == 7, "/root/only");
	close(fd);
}

static inline void expect_unprivileged(const char *when)
{
	int fd = open("/root/only", O_RDONLY);
	if (fd >= 0)
		got("root's file, %s", when);
	close(fd);
	if (getuid() == 0 || geteuid() == 0)
		got("user %d, effective %d, %s", getuid(), geteuid(), when);
}

/* How a child ended: its status, 128 and the signal, or -1. */
static inline int end_of(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
