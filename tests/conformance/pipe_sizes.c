/* Pipes: their size, packets, partial and atomic writes, ends that go, opening them again. */
#include "facts.h"
#include <poll.h>
#include <sys/ioctl.h>

static char block[1 << 20];

static void sizes(void)
{
	int p[2], n;

	MUST(pipe(p));
	FACT("F_GETPIPE_SZ", fcntl(p[0], F_GETPIPE_SZ));
	FACT("F_SETPIPE_SZ 1", fcntl(p[0], F_SETPIPE_SZ, 1));
	FACT("  5000 is rounded up", fcntl(p[1], F_SETPIPE_SZ, 5000));
	FACT("  0", fcntl(p[0], F_SETPIPE_SZ, 0));
	FACT("  -1", fcntl(p[0], F_SETPIPE_SZ, -1));
	FACT("  1 MiB", fcntl(p[0], F_SETPIPE_SZ, 1 << 20));
	FACT("  too much for a user", fcntl(p[0], F_SETPIPE_SZ, 2 << 20));
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	FACT("it holds as much", write(p[1], block, sizeof(block)));
	FACT("  no more", write(p[1], block, 1));
	FACT("FIONREAD", (ioctl(p[0], FIONREAD, &n), n));
	FACT("smaller than what it holds", fcntl(p[0], F_SETPIPE_SZ, 65536));
	FACT("read", read(p[0], block, 1 << 19));
	FACT("  a write then", write(p[1], block, sizeof(block)));
	FACT("of a file", fcntl(open("file", O_RDONLY), F_SETPIPE_SZ, 4096));
	FACT("of a socket", fcntl(socket(AF_UNIX, SOCK_STREAM, 0), F_GETPIPE_SZ));
}

static void packets(void)
{
	int p[2];
	char b[100];

	FACT("O_DIRECT", pipe2(p, O_DIRECT | O_CLOEXEC));
	write(p[1], "one", 3);
	write(p[1], "second", 6);
	FACT("a packet", read(p[0], b, sizeof(b)));
	FACT("the next, cut", read(p[0], b, 2));
	FACT("the rest is gone", (fcntl(p[0], F_SETFL, O_NONBLOCK), read(p[0], b, sizeof(b))));
	FACT("an empty one", write(p[1], "", 0));
	FACT("  cannot be read", read(p[0], b, 1));
	FACT("bad flags", pipe2(p, O_APPEND));
	FACT("nowhere", pipe2(BAD, 0));
}

static void ends(void)
{
	int p[2];
	char path[40];
	struct pollfd f;

	MUST(pipe2(p, O_NONBLOCK));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p[0]);
	int writer = open(path, O_WRONLY | O_NONBLOCK);
	FACT("the reading end, opened for writing", write(writer, "via", 3));
	FACT("  arrives", read(p[0], block, 10));
	int both = open(path, O_RDWR | O_NONBLOCK);
	FACT("for both", write(both, "x", 1) + read(both, block, 1));
	close(both);
	close(writer);
	close(p[1]);
	f = (struct pollfd){p[0], POLLIN, 0};
	FACT("no writer", poll(&f, 1, 0));
	say("  events %x", f.revents);
	FACT("the end", read(p[0], block, 1));
	writer = open(path, O_WRONLY | O_NONBLOCK);
	FACT("a writer again", writer >= 0);
	FACT("no longer the end", read(p[0], block, 1));
	struct stat st;
	FACT("fstat", fstat(p[0], &st));
	say("  mode %o size %ld links %lu", st.st_mode, (long)st.st_size,
	    (unsigned long)st.st_nlink);
	FACT("lseek", lseek(p[0], 0, SEEK_SET));
	FACT("fchdir", fchdir(p[0]));
	FACT("ftruncate", ftruncate(writer, 0));
	OK("mmap", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, p[0], 0));
	FACT("fchmod", fchmod(p[0], 0640));
	FACT("  the mode", (fstat(p[0], &st), st.st_mode));
	FACT("openat below it", openat(p[0], "x", O_RDONLY));
	FACT("a lock", fcntl(p[0], F_SETLK, &(struct flock){.l_type = F_RDLCK}));
	close(p[0]);
	signal(SIGPIPE, SIG_IGN);
	FACT("no reader", write(writer, "x", 1));
	f = (struct pollfd){writer, POLLOUT, 0};
	FACT("  poll", poll(&f, 1, 0));
	say("  events %x", f.revents);
}

/* What is at most PIPE_BUF long is never mixed up with others'. */
static void atomic(void)
{
	int p[2], mixed = 0, n = 0;
	char b[4096];

	MUST(pipe(p));
	for (int i = 0; i < 4; i++)
		if (child() == 0) {
			memset(b, 'a' + i, sizeof(b));
			for (int k = 0; k < 200; k++)
				write(p[1], b, sizeof(b));
			_exit(0);
		}
	close(p[1]);
	for (;;) {
		size_t used = 0;
		ssize_t r = 1;
		while (used < sizeof(b) && (r = read(p[0], b + used, sizeof(b) - used)) > 0)
			used += (size_t)r;
		if (r <= 0)
			break;
		n++;
		for (size_t i = 1; i < used; i++)
			mixed += b[i] != b[0];
	}
	while (wait(NULL) > 0)
		;
	say("%d blocks, mixed bytes %d", n, mixed);
	MUST(pipe2(p, O_NONBLOCK));
	fcntl(p[1], F_SETPIPE_SZ, 8192);
	FACT("all but a bit", write(p[1], block, 6000));
	FACT("4096 or nothing", write(p[1], block, 4096));
	FACT("more is written in part", write(p[1], block, 5000) > 0);
}

static void broken(void)
{
	int p[2];

	MUST(pipe(p));
	close(p[0]);
	write(p[1], "x", 1);
}

static void user(void)
{
	sizes();
}

int main(void)
{
	start("pipe_sizes");
	put_file("file", "x", 0644);
	chmod(".", 0755);
	as_user("sizes", user);
	in_child("packets", packets);
	in_child("ends", ends);
	in_child("atomic", atomic);
	in_child("broken", broken);
	return 0;
}
