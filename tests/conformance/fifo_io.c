/* FIFOs and pipes between processes: opening, end of file, SIGPIPE, atomic writes, poll. */
#include "facts.h"
#include <poll.h>
#include <sys/ioctl.h>

static void talk(void)
{
	char b[64] = "";

	pid_t pid = child();
	if (pid == 0) {
		int fd = (int)MUST(open("fifo", O_WRONLY));
		write(fd, "through the fifo", 16);
		close(fd);
		_exit(0);
	}
	int fd = (int)MUST(open("fifo", O_RDONLY));
	say_end("writer", pid);
	FACT("read", read(fd, b, sizeof(b)));
	say("it is: %s", b);
	FACT("end of file", read(fd, b, sizeof(b)));
	int writer = (int)MUST(open("fifo", O_WRONLY | O_NONBLOCK));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	FACT("empty", read(fd, b, 1));
	FACT("write", write(writer, "abc", 3));
	int n = 0;
	FACT("FIONREAD", (ioctl(fd, FIONREAD, &n), n));
	FACT("lseek", lseek(fd, 0, SEEK_SET));
	FACT("pread", pread(fd, b, 1, 0));
	close(fd);
	signal(SIGPIPE, SIG_IGN);
	FACT("write without reader", write(writer, "x", 1));
	close(writer);
	FACT("both ways", (fd = open("fifo", O_RDWR)) >= 0);
	FACT("write to itself", write(fd, "x", 1));
	FACT("read from itself", read(fd, b, 1));
	close(fd);
}

static void broken(void)
{
	int fd = (int)MUST(open("fifo", O_RDONLY | O_NONBLOCK)),
	    writer = (int)MUST(open("fifo", O_WRONLY));

	close(fd);
	write(writer, "x", 1);
	_exit(0);
}

static void full(void)
{
	int pipes[2];
	char block[5000] = "";
	long total = 0, n;

	MUST(pipe2(pipes, O_NONBLOCK | O_CLOEXEC));
	while ((n = write(pipes[1], block, 4096)) > 0)
		total += n;
	FACT("capacity", total);
	FACT("full", write(pipes[1], block, 1));
	MUST(read(pipes[0], block, 4096));
	FACT("an atomic write", write(pipes[1], block, 4096));
	struct pollfd p = {pipes[1], POLLOUT, 0};
	FACT("poll for writing", poll(&p, 1, 0));
	p = (struct pollfd){pipes[0], POLLIN, 0};
	FACT("poll for reading", poll(&p, 1, 0));
	close(pipes[1]);
	while (read(pipes[0], block, sizeof(block)) > 0)
		;
	FACT("poll at the end", (poll(&p, 1, 0), p.revents == POLLHUP));
	FACT("pipe2 with bad flags", pipe2(pipes, 1));
	FACT("pipe into a bad pointer", pipe(BAD));
	FACT("packet mode", pipe2(pipes, O_DIRECT));
	MUST(write(pipes[1], "one", 3));
	MUST(write(pipes[1], "two", 3));
	FACT("a packet", read(pipes[0], block, 100));
}

static void ping_pong(void)
{
	int there[2], back[2];
	long value = 0;

	MUST(pipe(there));
	MUST(pipe(back));
	pid_t pid = child();
	if (pid == 0) {
		close(there[1]);
		close(back[0]);
		while (read(there[0], &value, sizeof(value)) == sizeof(value)) {
			value++;
			write(back[1], &value, sizeof(value));
		}
		_exit(0);
	}
	for (int i = 0; i < 1000; i++) {
		write(there[1], &value, sizeof(value));
		if (read(back[0], &value, sizeof(value)) != sizeof(value))
			break;
	}
	close(there[1]);
	say_end("partner", pid);
	FACT("1000 times there and back", value);
}

static void permissions(void)
{
	FD("user: read a closed fifo", open("closed", O_RDONLY | O_NONBLOCK));
	FD("user: write a closed fifo", open("closed", O_WRONLY | O_NONBLOCK));
	FD("user: read an open fifo", open("fifo", O_RDONLY | O_NONBLOCK));
}

int main(void)
{
	start("fifo_io");
	MUST(mkfifo("fifo", 0666));
	MUST(chmod("fifo", 0666));
	MUST(mkfifo("closed", 0600));
	talk();
	in_child("broken", broken);
	full();
	ping_pong();
	as_user("user", permissions);
	return 0;
}
