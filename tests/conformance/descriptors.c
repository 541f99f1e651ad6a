/* dup, dup2, dup3, fcntl, close_range: numbers and flags. */
#include "facts.h"
#include <linux/close_range.h>

static void duplicates(void)
{
	int fd = (int)MUST(open("file", O_RDWR | O_CLOEXEC)), other;

	FACT("dup", other = dup(fd));
	FACT("close-on-exec of it", fcntl(other, F_GETFD));
	lseek(other, 3, SEEK_SET);
	FACT("a shared offset", lseek(fd, 0, SEEK_CUR));
	FACT("dup of a bad one", dup(99));
	FACT("dup2", dup2(fd, 20));
	FACT("dup2 to itself", dup2(fd, fd));
	FACT("close-on-exec stays", fcntl(fd, F_GETFD));
	FACT("dup2 of a bad one to itself", dup2(99, 99));
	FACT("dup2 to -1", dup2(fd, -1));
	FACT("dup2 beyond the limit", dup2(fd, 5000));
	FACT("dup3", syscall(SYS_dup3, fd, 21, O_CLOEXEC));
	FACT("close-on-exec of it", fcntl(21, F_GETFD));
	FACT("dup3 to itself", syscall(SYS_dup3, fd, fd, 0));
	FACT("dup3 with bad flags", syscall(SYS_dup3, fd, 22, O_APPEND));
	FACT("F_DUPFD from 30", fcntl(fd, F_DUPFD, 30));
	FACT("F_DUPFD from 30 again", fcntl(fd, F_DUPFD, 30));
	FACT("F_DUPFD_CLOEXEC", other = fcntl(fd, F_DUPFD_CLOEXEC, 40));
	FACT("close-on-exec of it", fcntl(other, F_GETFD));
	FACT("F_DUPFD beyond the limit", fcntl(fd, F_DUPFD, 100000));
	FACT("F_DUPFD -1", fcntl(fd, F_DUPFD, -1));
	FACT("F_SETFD 0", fcntl(fd, F_SETFD, 0));
	FACT("F_GETFD", fcntl(fd, F_GETFD));
	FACT("F_SETFL O_APPEND and O_NONBLOCK", fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
	say("F_GETFL: %o", fcntl(fd, F_GETFL) & ~O_LARGEFILE);
	say("F_GETFL of the duplicate: %o", fcntl(other, F_GETFL) & ~O_LARGEFILE);
	FACT("F_SETFL cannot change the mode", fcntl(fd, F_SETFL, O_WRONLY));
	say("F_GETFL: %o", fcntl(fd, F_GETFL) & ~O_LARGEFILE);
	FACT("F_GETFL of a bad one", fcntl(99, F_GETFL));
	FACT("an unknown command", fcntl(fd, 5555));
	FACT("close", close(fd));
	FACT("close again", close(fd));
	FACT("close -1", close(-1));
}

static void say_open(const char *label)
{
	char text[400] = "";

	for (int i = 0; i < 64; i++)
		if (fcntl(i, F_GETFD) >= 0)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %d%s", i,
				 fcntl(i, F_GETFD) ? "c" : "");
	say("%s:%s", label, text);
}

static void ranges(void)
{
	for (int i = 3; i < 20; i++)
		dup2(0, i);
	say_open("open");
	FACT("close_range 5 to 7", syscall(SYS_close_range, 5, 7, 0));
	say_open("open");
	FACT("close_range again", syscall(SYS_close_range, 5, 7, 0));
	FACT("close_range backwards", syscall(SYS_close_range, 9, 8, 0));
	FACT("close_range with bad flags", syscall(SYS_close_range, 9, 9, 8));
	FACT("CLOSE_RANGE_CLOEXEC", syscall(SYS_close_range, 10, 12, CLOSE_RANGE_CLOEXEC));
	say_open("open");
	FACT("CLOSE_RANGE_UNSHARE", syscall(SYS_close_range, 15, 16, CLOSE_RANGE_UNSHARE));
	say_open("open");
	FACT("close_range to the end", syscall(SYS_close_range, 3, ~0U, 0));
	say_open("open");
}

/* The same once more, but seen by an executed program. */
static void through_exec(const char *self)
{
	dup2(0, 5);
	dup2(0, 9);
	fcntl(9, F_SETFD, FD_CLOEXEC);
	syscall(SYS_dup3, 0, 11, O_CLOEXEC);
	dup2(0, 30);
	close(0);
	execl(self, self, "report", NULL);
	_exit(9);
}

static void owners(void)
{
	int pipes[2];

	MUST(pipe(pipes));
	FACT("F_SETOWN to itself", fcntl(pipes[0], F_SETOWN, getpid()));
	FACT("F_GETOWN is it", fcntl(pipes[0], F_GETOWN) == getpid());
	FACT("F_SETSIG", fcntl(pipes[0], F_SETSIG, SIGUSR1));
	FACT("F_GETSIG", fcntl(pipes[0], F_GETSIG));
	FACT("F_SETPIPE_SZ", fcntl(pipes[0], F_SETPIPE_SZ, 4096));
	FACT("F_GETPIPE_SZ", fcntl(pipes[0], F_GETPIPE_SZ));
	FACT("F_GETPIPE_SZ of a file", fcntl(open("file", O_RDONLY), F_GETPIPE_SZ));
	FACT("F_GETLEASE", fcntl(open("file", O_RDONLY), F_GETLEASE));
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		say_open("after exec");
		return 0;
	}
	start("descriptors");
	say_open("at the start");
	put_file("file", "content", 0644);
	in_child("duplicates", duplicates);
	in_child("ranges", ranges);
	in_child("owners", owners);
	pid_t pid = child();
	if (pid == 0)
		through_exec(argv[0]);
	say_end("exec", pid);
	return 0;
}
