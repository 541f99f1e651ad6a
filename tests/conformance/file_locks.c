/* flock, POSIX and open-file-description locks between processes and threads. */
#include "facts.h"
#include <sys/file.h>

static int lock(int fd, int command, short type, off_t start, off_t length)
{
	struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};

	return fcntl(fd, command, &l);
}

static void say_holder(const char *label, int fd, int command, pid_t holder)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, command, &l) < 0)
		say("%s: -1 %s", label, errno_name(errno));
	else
		say("%s: type %d start %ld length %ld, pid is the holder's %d", label, l.l_type,
		    (long)l.l_start, (long)l.l_len, l.l_pid == holder);
}

static void other(const char *path)
{
	int fd = open(path, O_RDWR);

	FACT("other: read lock", lock(fd, F_SETLK, F_RDLCK, 0, 5));
	FACT("other: write lock of the locked part", lock(fd, F_SETLK, F_WRLCK, 10, 5));
	FACT("other: write lock of another part", lock(fd, F_SETLK, F_WRLCK, 100, 5));
	say_holder("other: holder", fd, F_GETLK, getppid());
	FACT("other: unlock what it does not hold", lock(fd, F_SETLK, F_UNLCK, 0, 0));
}

static void posix(void)
{
	int fd = (int)MUST(open("file", O_RDWR));

	FACT("write lock", lock(fd, F_SETLK, F_WRLCK, 10, 10));
	say_holder("its own lock is no conflict", fd, F_GETLK, 0);
	pid_t pid = child();
	if (pid == 0) {
		other("file");
		_exit(0);
	}
	say_end("other", pid);
	FACT("a child does not inherit it", ({
		     pid_t c = child();
		     if (c == 0)
			     _exit(lock(fd, F_SETLK, F_WRLCK, 10, 10) == -1 ? 0 : 1);
		     int status;
		     waitpid(c, &status, 0);
		     status;
	     }));
	close(open("file", O_RDONLY));
	FACT("closing any descriptor of the file unlocks", ({
		     pid_t c = child();
		     if (c == 0)
			     _exit(lock(fd, F_SETLK, F_WRLCK, 10, 10) == 0 ? 0 : 1);
		     int status;
		     waitpid(c, &status, 0);
		     status;
	     }));
	FACT("read lock of a write-only descriptor",
	     lock(open("file", O_WRONLY), F_SETLK, F_RDLCK, 0, 1));
	FACT("write lock of a read-only descriptor",
	     lock(open("file", O_RDONLY), F_SETLK, F_WRLCK, 0, 1));
	FACT("a bad type", lock(fd, F_SETLK, 77, 0, 1));
	FACT("a negative start", lock(fd, F_SETLK, F_RDLCK, -1, 1));
	FACT("a bad descriptor", lock(99, F_SETLK, F_RDLCK, 0, 1));
	FACT("a bad pointer", fcntl(fd, F_SETLK, BAD));
}

static void waiting(void)
{
	int fd = (int)MUST(open("file", O_RDWR)), pipes[2];
	char b;

	MUST(pipe(pipes));
	MUST(lock(fd, F_SETLK, F_WRLCK, 0, 0));
	pid_t pid = child();
	if (pid == 0) {
		write(pipes[1], "x", 1);
		FACT("waiter: got it", lock(fd, F_SETLKW, F_WRLCK, 0, 0));
		_exit(0);
	}
	read(pipes[0], &b, 1);
	FACT("the waiter sleeps", wait_state(pid, 'S'));
	sleep_ms(50);
	say("unlocking");
	lock(fd, F_SETLK, F_UNLCK, 0, 0);
	say_end("waiter", pid);

	/* Two that wait for each other. */
	MUST(lock(fd, F_SETLK, F_WRLCK, 0, 1));
	pid = child();
	if (pid == 0) {
		MUST(lock(fd, F_SETLK, F_WRLCK, 1, 1));
		write(pipes[1], "x", 1);
		lock(fd, F_SETLKW, F_WRLCK, 0, 1);
		_exit(0);
	}
	read(pipes[0], &b, 1);
	wait_state(pid, 'S');
	sleep_ms(100);
	FACT("deadlock", lock(fd, F_SETLKW, F_WRLCK, 1, 1));
	lock(fd, F_SETLK, F_UNLCK, 0, 1);
	say_end("partner", pid);
}

static void whole(void)
{
	int a = (int)MUST(open("file", O_RDWR)), b = (int)MUST(open("file", O_RDWR)), d = dup(a);

	FACT("flock", flock(a, LOCK_EX));
	FACT("flock of a second descriptor", flock(b, LOCK_EX | LOCK_NB));
	FACT("flock of a duplicate", flock(d, LOCK_EX | LOCK_NB));
	FACT("shared in place of exclusive", flock(d, LOCK_SH));
	FACT("a second shared one", flock(b, LOCK_SH | LOCK_NB));
	FACT("unlock", flock(a, LOCK_UN));
	FACT("exclusive by the second", flock(b, LOCK_EX | LOCK_NB));
	pid_t pid = child();
	if (pid == 0) {
		FACT("child: inherits it", flock(b, LOCK_EX | LOCK_NB));
		FACT("child: unlocks it", flock(b, LOCK_UN));
		_exit(0);
	}
	say_end("child", pid);
	FACT("it is unlocked here", flock(a, LOCK_EX | LOCK_NB));
	close(a);
	FACT("a duplicate keeps it", flock(b, LOCK_EX | LOCK_NB));
	close(d);
	FACT("the last close unlocks", flock(b, LOCK_EX | LOCK_NB));
	FACT("flock and POSIX locks do not meet", lock(b, F_SETLK, F_WRLCK, 0, 0));
	FACT("bad operation", flock(b, 77));
	FACT("bad descriptor", flock(99, LOCK_EX));
	FACT("a directory", flock(open(".", O_RDONLY), LOCK_EX));
	FACT("open file description lock", lock(b, F_OFD_SETLK, F_WRLCK, 0, 5));
	a = (int)MUST(open("file", O_RDWR));
	FACT("by another description", lock(a, F_OFD_SETLK, F_WRLCK, 0, 5));
	say_holder("its holder", a, F_OFD_GETLK, -1);
}

int main(void)
{
	start("file_locks");
	put_file("file", "content", 0644);
	posix();
	in_child("waiting", waiting);
	whole();
	return 0;
}
