/* Opening a FIFO waits for the other end, and a signal ends or restarts the waiting. */
#include "facts.h"
#include <poll.h>

static void nothing(int sig)
{
}

static void handle(int flags)
{
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = nothing, .sa_flags = flags}, NULL);
}

/* Opens and closes the other end after a while. */
static pid_t later(const char *path, int flags)
{
	pid_t pid = child();

	if (pid == 0) {
		sleep_ms(300);
		int fd = open(path, flags);
		sleep_ms(100);
		_exit(fd < 0);
	}
	return pid;
}

static void interrupted(void)
{
	handle(0);
	ualarm(100000, 0);
	FACT("reader, interrupted", open("fifo", O_RDONLY));
	ualarm(100000, 0);
	FACT("writer, interrupted", open("fifo", O_WRONLY));
	ualarm(100000, 0);
	FACT("openat, interrupted", openat(AT_FDCWD, "fifo", O_RDONLY));
	signal(SIGALRM, SIG_IGN);
	ualarm(100000, 0);
	pid_t pid = later("fifo", O_WRONLY);
	FD("an ignored signal does not end it", open("fifo", O_RDONLY));
	say_end("the other", pid);
}

static void restarted(void)
{
	handle(SA_RESTART);
	pid_t pid = later("fifo", O_WRONLY);
	ualarm(50000, 0);
	FD("reader, restarted", open("fifo", O_RDONLY));
	say_end("writer", pid);
	pid = later("fifo", O_RDONLY);
	ualarm(50000, 0);
	FD("writer, restarted", open("fifo", O_WRONLY));
	say_end("reader", pid);
}

static void waits(void)
{
	open("fifo", O_RDONLY);
}

static void others(void)
{
	int fd = open("fifo", O_RDONLY | O_NONBLOCK);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char b;

	OK("reader that does not wait", fd);
	FACT("poll before a writer", poll(&p, 1, 0));
	int writer = open("fifo", O_WRONLY | O_NONBLOCK);
	OK("writer that does not wait", writer);
	FACT("write", write(writer, "x", 1));
	FACT("poll", poll(&p, 1, 1000));
	FACT("read", read(fd, &b, 1));
	FACT("read, empty", read(fd, &b, 1));
	close(writer);
	FACT("read at the end", read(fd, &b, 1));
	FACT("poll at the end", poll(&p, 1, 1000));
	say("  hung up %d", !!(p.revents & POLLHUP));
	close(fd);
	FACT("writer alone", open("fifo", O_WRONLY | O_NONBLOCK));
	FD("both ends", open("fifo", O_RDWR));
	FD("O_PATH", open("fifo", O_PATH));
	FD("truncated", open("fifo", O_RDWR | O_TRUNC));
}

int main(void)
{
	start("fifo_signals");
	MUST(mkfifo("fifo", 0666));
	in_child("interrupted", interrupted);
	in_child("restarted", restarted);
	in_child("others", others);
	pid_t pid = child();
	if (pid == 0) {
		waits();
		_exit(0);
	}
	FACT("it waits", wait_state(pid, 'S'));
	MUST(kill(pid, SIGTERM));
	say_end("ended by a signal", pid);
	return 0;
}
