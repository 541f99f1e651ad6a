/* O_TMPFILE, linkat(2) of open files, and opening a descriptor anew through /proc/self/fd. */
#include "facts.h"

static void temporary(void)
{
	char path[64], b[16] = "";
	struct stat st;
	int fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0640);

	OK("O_TMPFILE", fd);
	MUST(write(fd, "temporary", 9));
	MUST(fstat(fd, &st));
	say("mode %06o links %lu size %ld", st.st_mode, (unsigned long)st.st_nlink,
	    (long)st.st_size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	FACT("link it by descriptor", linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	MUST(fstat(fd, &st));
	FACT("links", st.st_nlink);
	FACT("again", linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	FACT("AT_EMPTY_PATH", linkat(fd, "", AT_FDCWD, "second", AT_EMPTY_PATH));
	MUST(get_file("named", b, sizeof(b)));
	say("  %s", b);
	close(fd);

	fd = open(".", O_TMPFILE | O_WRONLY | O_EXCL, 0600);
	OK("O_TMPFILE | O_EXCL", fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	FACT("is never linked", linkat(AT_FDCWD, path, AT_FDCWD, "third", AT_SYMLINK_FOLLOW));
	close(fd);
	FD("for reading only", open(".", O_TMPFILE | O_RDONLY, 0600));
	FD("of a file", open("named", O_TMPFILE | O_RDWR, 0600));
	FD("in a missing directory", open("missing", O_TMPFILE | O_RDWR, 0600));
	FD("in /proc", open("/proc", O_TMPFILE | O_RDWR, 0600));
	FD("in /tmp", open("/tmp", O_TMPFILE | O_RDWR, 0600));
}

static void reopened(void)
{
	char path[64], b[16] = "";
	int fd = open("named", O_RDONLY | O_CLOEXEC);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	int writer = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	OK("for writing", writer);
	FACT("append", write(writer, "!", 1));
	FACT("flags", fcntl(writer, F_GETFL) & (O_ACCMODE | O_APPEND));
	FACT("read", read(fd, b, sizeof(b)));
	say("  %s", b);
	FACT("the other is not moved", lseek(fd, 0, SEEK_CUR));
	FD("truncated", open(path, O_RDWR | O_TRUNC));
	FACT("size", lseek(fd, 0, SEEK_END));
	FD("as a directory", open(path, O_RDONLY | O_DIRECTORY));
	FD("not followed", open(path, O_RDONLY | O_NOFOLLOW));
	FD("the link itself", open(path, O_PATH | O_NOFOLLOW));
	MUST(unlink("named"));
	FD("when its name is gone", open(path, O_RDWR));
	MUST(fchmod(fd, 0));
	FD("without permission, as root", open(path, O_RDWR));
	close(writer);
	close(fd);
	FD("when it is closed", open(path, O_RDONLY));

	int pipes[2];
	MUST(pipe2(pipes, O_CLOEXEC));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pipes[0]);
	int other = open(path, O_WRONLY | O_CLOEXEC);
	OK("the other end of a pipe", other);
	FACT("write", write(other, "x", 1));
	FACT("read", read(pipes[0], b, 1));
	close(other);
	close(pipes[0]);
	close(pipes[1]);
	int dir = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	FD("a directory opened by O_PATH", open(path, O_RDONLY | O_DIRECTORY));
	snprintf(path, sizeof(path), "/proc/self/fd/%d/second", dir);
	FD("a file below it", open(path, O_RDONLY));
	FACT("linkat of an O_PATH file",
	     linkat(open("second", O_PATH), "", AT_FDCWD, "fourth", AT_EMPTY_PATH));
	close(dir);
}

static void by_user(void)
{
	char path[64];
	int fd = open("/etc/passwd", O_RDONLY);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	FD("user: for writing", open(path, O_WRONLY));
	FACT("user: AT_EMPTY_PATH", linkat(fd, "", AT_FDCWD, "/tmp/none", AT_EMPTY_PATH));
	FD("user: O_TMPFILE where it may not", open(".", O_TMPFILE | O_RDWR, 0600));
}

int main(void)
{
	start("anonymous_files");
	temporary();
	reopened();
	as_user("user", by_user);
	return 0;
}
