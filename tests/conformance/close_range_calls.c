/* close_range(2), with its flags, and descriptor limits around it. */
#include "facts.h"
#include <linux/close_range.h>
#include <pthread.h>

static int open_fds(int from, int to)
{
	int n = 0;

	for (int fd = from; fd <= to; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void fill(int to)
{
	for (int fd = 10; fd <= to; fd++)
		dup2(0, fd);
}

static int ranges(unsigned from, unsigned to, int flags)
{
	return (int)syscall(SYS_close_range, from, to, flags);
}

static void *unshares(void *arg)
{
	FACT("unshare", ranges(10, 20, CLOSE_RANGE_UNSHARE));
	FACT("in the thread", open_fds(10, 20));
	return arg;
}

static void limits(void)
{
	MUST(setrlimit(RLIMIT_NOFILE, &(struct rlimit){20, 40}));
	FACT("above the limit stays open", open_fds(10, 30));
	FACT("dup2 above it", dup2(0, 25));
	FACT("dup2 to the limit", dup2(0, 20));
	FACT("open", open("/", O_RDONLY));
	FACT("pipe", pipe((int[2]){0}));
	FACT("socket", socket(AF_UNIX, SOCK_STREAM, 0));
	FACT("F_DUPFD", fcntl(0, F_DUPFD, 20));
	FACT("raise", setrlimit(RLIMIT_NOFILE, &(struct rlimit){40, 40}));
	FACT("open", open("/", O_RDONLY));
	FACT("more than nr_open", setrlimit(RLIMIT_NOFILE, &(struct rlimit){1L << 40, 1L << 40}));
}

int main(void)
{
	pthread_t thread;

	start("close_range_calls");
	fill(30);
	FACT("open", open_fds(10, 30));
	FACT("close", ranges(12, 14, 0));
	FACT("open", open_fds(10, 30));
	FACT("close-on-exec", ranges(15, 20, CLOSE_RANGE_CLOEXEC));
	FACT("open", open_fds(10, 30));
	FACT("flag", fcntl(15, F_GETFD));
	FACT("flag", fcntl(21, F_GETFD));
	FACT("upside down", ranges(20, 10, 0));
	FACT("bad flags", ranges(10, 20, 1 << 10));
	FACT("to the end", ranges(25, ~0U, 0));
	FACT("open", open_fds(10, 30));
	fill(30);
	pthread_create(&thread, NULL, unshares, NULL);
	pthread_join(thread, NULL);
	FACT("in the others", open_fds(10, 20));
	in_child("limits", limits);
	return 0;
}
