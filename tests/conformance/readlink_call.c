/* readlink and readlinkat: buffer sizes, things that are no symlinks, descriptors. */
#include "facts.h"

static char b[5000];

static void sizes(void)
{
	static const long lengths[] = {1, 2, 5, 6, 7, 4096, 5000};

	for (size_t i = 0; i < sizeof(lengths) / sizeof *lengths; i++) {
		memset(b, '#', sizeof(b));
		long n = syscall(SYS_readlink, "link", b, lengths[i]);
		say("readlink with %ld bytes: %ld \"%.8s\"", lengths[i], n, b);
	}
	FACT("size 0", syscall(SYS_readlink, "link", b, 0));
	FACT("size -1", syscall(SYS_readlink, "link", b, -1));
	FACT("size 0 of a file", syscall(SYS_readlink, "file", b, 0));
	FACT("size 0 of a missing file", syscall(SYS_readlink, "missing", b, 0));
	FACT("bad buffer", syscall(SYS_readlink, "link", BAD, 10));
	FACT("bad path", syscall(SYS_readlink, BAD, b, 10));
	FACT("bad buffer, no symlink", syscall(SYS_readlink, "file", BAD, 10));
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FACT("a buffer that ends in a hole", syscall(SYS_readlink, "link", page + 4096 - 3, 6));
	FACT("a large size, but the target fits",
	     syscall(SYS_readlink, "link", page + 4096 - 6, 4000));
	mprotect(page, 4096, PROT_READ);
	FACT("a read-only buffer", syscall(SYS_readlink, "link", page, 100));
}

static void targets(void)
{
	static const char *const paths[] = {
	    "file", "dir",     "missing",   "file/x",	     "",     ".",	 "..",
	    "/",    "dirlink", "dirlink/",  "dirlink/inner", "loop", "dangling", "link/",
	    "fifo", "/tmp",    "/dev/null", "/dev/fd"};

	for (size_t i = 0; i < sizeof(paths) / sizeof *paths; i++) {
		memset(b, 0, sizeof(b));
		if (readlink(paths[i], b, sizeof(b) - 1) < 0)
			say("readlink \"%s\": -1 %s", paths[i], errno_name(errno));
		else
			say("readlink \"%s\": \"%s\"", paths[i], b);
	}
}

static void descriptors(void)
{
	int dir = open("dir", O_RDONLY), link = open("link", O_PATH | O_NOFOLLOW),
	    file = open("file", O_PATH);

	FACT("readlinkat a directory", readlinkat(dir, "inner", b, sizeof(b)));
	FACT("readlinkat a directory, up", readlinkat(dir, "../link", b, sizeof(b)));
	FACT("readlinkat a bad descriptor", readlinkat(99, "link", b, sizeof(b)));
	FACT("readlinkat a file", readlinkat(file, "link", b, sizeof(b)));
	FACT("readlinkat an O_PATH symlink", readlinkat(link, "", b, sizeof(b)));
	FACT("readlinkat an O_PATH file", readlinkat(file, "", b, sizeof(b)));
	FACT("readlinkat a directory, empty path", readlinkat(dir, "", b, sizeof(b)));
	FACT("readlinkat AT_FDCWD, empty path", readlinkat(AT_FDCWD, "", b, sizeof(b)));
	FACT("readlinkat bad descriptor, empty path", readlinkat(99, "", b, sizeof(b)));
	FACT("readlinkat bad descriptor, absolute", readlinkat(99, "/dev/fd", b, sizeof(b)));
}

static void by_user(void)
{
	FACT("user: link", readlink("link", b, sizeof(b)));
	FACT("user: in a closed directory", readlink("closed/link", b, sizeof(b)));
}

int main(void)
{
	start("readlink_call");
	put_file("file", "x", 0644);
	MUST(mkdir("dir", 0755));
	MUST(mkdir("closed", 0700));
	MUST(symlink("target", "link"));
	MUST(symlink("target", "closed/link"));
	MUST(symlink("inside", "dir/inner"));
	MUST(symlink("dir", "dirlink"));
	MUST(symlink("loop", "loop"));
	MUST(symlink("nowhere/../there", "dangling"));
	MUST(mkfifo("fifo", 0644));
	sizes();
	targets();
	descriptors();
	as_user("user", by_user);
	return 0;
}
