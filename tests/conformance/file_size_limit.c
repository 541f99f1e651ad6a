/* RLIMIT_FSIZE: writes and truncations beyond it, its signal; a short write up to it. */
#include "facts.h"
#include <sys/sendfile.h>

static volatile sig_atomic_t signals;

static void count(int sig)
{
	signals += sig == SIGXFSZ;
}

static void killed(void)
{
	int fd = open("killed", O_WRONLY | O_CREAT, 0600);

	MUST(setrlimit(RLIMIT_FSIZE, &(struct rlimit){10, 10}));
	FACT("up to the limit", write(fd, "0123456789abcdef", 16));
	FACT("beyond it", write(fd, "x", 1));
}

int main(void)
{
	start("file_size_limit");
	put_file("source", "0123456789abcdef", 0600);
	MUST(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}));
	in_child("by default", killed);
	signal(SIGXFSZ, count);
	MUST(setrlimit(RLIMIT_FSIZE, &(struct rlimit){10, RLIM_INFINITY}));
	int fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	FACT("write", write(fd, "0123456789abcdef", 16));
	FACT("write on", write(fd, "x", 1));
	FACT("signals", signals);
	FACT("pwrite beyond", pwrite(fd, "x", 1, 11));
	FACT("pwrite within", pwrite(fd, "y", 1, 9));
	FACT("ftruncate beyond", ftruncate(fd, 11));
	FACT("truncate beyond", truncate("file", 11));
	FACT("truncate to it", truncate("file", 10));
	FACT("fallocate beyond", fallocate(fd, 0, 0, 100));
	FACT("signals", signals);
	int from = open("source", O_RDONLY | O_CLOEXEC);
	MUST(ftruncate(fd, 0));
	lseek(fd, 0, SEEK_SET);
	FACT("sendfile", sendfile(fd, from, NULL, 16));
	FACT("copy_file_range beyond",
	     copy_file_range(from, &(loff_t){0}, fd, &(loff_t){10}, 5, 0));
	signal(SIGXFSZ, SIG_IGN);
	FACT("ignored: write beyond", pwrite(fd, "x", 1, 10));
	int pipes[2];
	MUST(pipe(pipes));
	FACT("pipes have no limit", write(pipes[1], "0123456789abcdef", 16));
	MUST(setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}));
	FACT("without a limit", pwrite(fd, "x", 1, 1000));
	return 0;
}
