/* truncate and ftruncate: lengths, types, permissions, limits. */
#include "facts.h"

static long size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -1 : (long)st.st_size;
}

static void by_path(void)
{
	FACT("shorter", syscall(SYS_truncate, "file", 3));
	FACT("  size", size_of("file"));
	FACT("longer", truncate("file", 100));
	FACT("  size", size_of("file"));
	FACT("through a symlink", truncate("link", 5));
	FACT("  size", size_of("file"));
	FACT("-1", truncate("file", -1));
	FACT("the largest length", truncate("file", INT64_MAX));
	FACT("a terabyte", truncate("file", 1L << 40));
	FACT("  size", size_of("file"));
	FACT("back", truncate("file", 7));
	FACT("a directory", truncate("dir", 0));
	FACT("a missing file", truncate("missing", 0));
	FACT("nothing", truncate("", 0));
	FACT("below a file", truncate("file/x", 0));
	FACT("a file with a slash", truncate("file/", 0));
	FACT("a loop", truncate("loop", 0));
	FACT("a fifo", truncate("fifo", 0));
	FACT("a device", truncate("/dev/null", 0));
	FACT("a file on a read-only file system", truncate("/etc/passwd", 0));
	FACT("a directory there", truncate("/etc", 0));
	FACT("a bad pointer", syscall(SYS_truncate, BAD, 0));
	FACT("a bad pointer and length", syscall(SYS_truncate, BAD, -1));
	FACT("a set-ID file by root", truncate("ids", 1));
	say_mode("set-ID bits after root's truncation", "ids");
}

static void by_descriptor(void)
{
	int w = open("file", O_WRONLY), r = open("file", O_RDONLY),
	    a = open("file", O_WRONLY | O_APPEND);
	int pipes[2];

	MUST(pipe(pipes));
	FACT("ftruncate", ftruncate(w, 4));
	FACT("  size", size_of("file"));
	FACT("ftruncate an appending descriptor", ftruncate(a, 9));
	FACT("ftruncate a read-only descriptor", ftruncate(r, 0));
	FACT("ftruncate -1", ftruncate(w, -1));
	FACT("ftruncate a directory", ftruncate(open("dir", O_RDONLY), 0));
	FACT("ftruncate a pipe", ftruncate(pipes[1], 0));
	FACT("ftruncate a bad descriptor", ftruncate(99, 0));
	FACT("ftruncate a device", ftruncate(open("/dev/null", O_WRONLY), 0));
	char b[16] = "";
	FACT("read over the new zeros", pread(r, b, sizeof(b), 0));
	say("they are zeros: %d", b[5] == 0 && b[8] == 0);
	lseek(w, 20, SEEK_SET);
	MUST(write(w, "x", 1));
	FACT("  size after a write beyond the end", size_of("file"));
}

static void limit(void)
{
	struct rlimit few = {1000, 1000};

	signal(SIGXFSZ, SIG_IGN);
	MUST(setrlimit(RLIMIT_FSIZE, &few));
	FACT("limited: to the limit", truncate("file", 1000));
	FACT("limited: beyond", truncate("file", 1001));
	FACT("limited: ftruncate beyond", ftruncate(open("file", O_WRONLY), 1001));
	int fd = open("file", O_WRONLY);
	lseek(fd, 999, SEEK_SET);
	FACT("limited: write across", write(fd, "xyz", 3));
	FACT("limited: write beyond", write(fd, "xyz", 3));
	signal(SIGXFSZ, SIG_DFL);
	truncate("file", 1001);
	say("not reached");
}

static void by_user(void)
{
	FACT("user: its own file", truncate("mine", 0));
	FACT("user: root's file", truncate("file", 0));
	FACT("user: root's writable set-ID file", truncate("ids", 0));
	say_mode("user:   then", "ids");
	FACT("user: in a closed directory", truncate("closed/x", 0));
	FACT("user: its own unwritable file", truncate("readonly", 0));
}

int main(void)
{
	start("truncate_calls");
	put_file("file", "content", 0644);
	put_file("ids", "content", 06777);
	put_file("mine", "x", 0644);
	MUST(chown("mine", USER, USER));
	put_file("readonly", "x", 0444);
	MUST(chown("readonly", USER, USER));
	MUST(mkdir("dir", 0755));
	MUST(mkdir("closed", 0700));
	put_file("closed/x", "x", 0666);
	MUST(symlink("file", "link"));
	MUST(symlink("loop", "loop"));
	MUST(mkfifo("fifo", 0600));
	by_path();
	by_descriptor();
	in_child("limited", limit);
	put_file("ids", "content", 06777);
	as_user("user", by_user);
	return 0;
}
