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
