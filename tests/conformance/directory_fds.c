/* Directory descriptors: walking with .., passing them to children and through exec, /proc. */
#include "facts.h"

static char path[64];

static void walking(void)
{
	int top = (int)MUST(open(".", O_RDONLY | O_DIRECTORY)),
	    a = (int)MUST(openat(top, "a", O_PATH)), b = (int)MUST(openat(a, "b", O_RDONLY)),
	    c = (int)MUST(openat(b, "c", O_PATH));
	struct stat st, other;

	FD("three up", openat(c, "../../../file", O_RDONLY));
	FD("down and up", openat(c, "../c/../../b/leaf", O_RDONLY));
	FD("an absolute path ignores it", openat(c, "/etc/passwd", O_RDONLY));
	FD("a relative symlink from it", openat(b, "uplink", O_RDONLY));
	FD(".", openat(c, ".", O_RDONLY));
	fstatat(c, "..", &st, 0);
	fstat(b, &other);
	FACT(".. is the parent", st.st_ino == other.st_ino);
	MUST(rename("a/b/c", "c"));
	FACT("moved: .. is the new parent", faccessat(c, "../file", F_OK, 0));
	FACT("moved: not the old one", faccessat(c, "../leaf", F_OK, 0));
	MUST(rename("c", "a/b/c"));
	FACT("mkdirat", mkdirat(c, "../new", 0700));
	FACT("unlinkat", unlinkat(c, "../new", AT_REMOVEDIR));
	FACT("symlinkat", symlinkat("leaf", b, "s"));
	FACT("linkat", linkat(b, "leaf", c, "hard", 0));
	FACT("renameat", renameat(c, "hard", top, "hard"));
	FACT("fchownat", fchownat(top, "hard", 3, 4, 0));
	say_owner("  hard", "hard");
	FACT("fchdir and access", fchdir(c) == 0 ? access("../leaf", F_OK) : -1);
	MUST(fchdir(top));
	FACT("write to a directory", write(b, "x", 1));
	FACT("close-on-exec is not set", fcntl(top, F_GETFD));
}

static void passed_on(void)
{
	int b = (int)MUST(open("a/b", O_RDONLY));

	/* The child has lost the right to walk there, but holds the descriptor. */
	MUST(chmod("a", 0700));
	pid_t pid = child();
	if (pid == 0) {
		become(USER);
		FD("child: by path", open("a/b/leaf", O_RDONLY));
		FD("child: by descriptor", openat(b, "leaf", O_RDONLY));
		FD("child: .. by descriptor", openat(b, "..", O_PATH));
		FD("child: behind .. by descriptor", openat(b, "../b", O_PATH));
		FACT("child: fchdir", fchdir(b));
		FD("child: relative then", open("leaf", O_RDONLY));
		snprintf(path, sizeof(path), "/proc/self/fd/%d/leaf", b);
		FD("child: through /proc", open(path, O_RDONLY));
		_exit(0);
	}
	say_end("child", pid);
	pid = child();
	if (pid == 0) {
		char number[16];
		snprintf(number, sizeof(number), "%d", b);
		execl("/proc/self/exe", "directory_fds", number, NULL);
		_exit(9);
	}
	say_end("program", pid);
	close(b);
}

static void removed(void)
{
	MUST(mkdir("gone", 0755));
	int fd = (int)MUST(open("gone", O_PATH));
	MUST(rmdir("gone"));
	FD("removed: openat", openat(fd, "x", O_RDONLY));
	FD("removed: create", openat(fd, "x", O_RDWR | O_CREAT, 0600));
	FD("removed: .", openat(fd, ".", O_RDONLY));
	FD("removed: ..", openat(fd, "..", O_RDONLY));
	FD("removed: ../file", openat(fd, "../file", O_RDONLY));
	FACT("removed: fchdir", fchdir(fd));
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		int fd = atoi(argv[1]);
		FD("program: the descriptor came through exec", openat(fd, "leaf", O_RDONLY));
		FD("program: ..", openat(fd, "../../file", O_RDONLY));
		return 0;
	}
	start("directory_fds");
	MUST(mkdir("a", 0755));
	MUST(mkdir("a/b", 0755));
	MUST(mkdir("a/b/c", 0755));
	put_file("file", "x", 0644);
	put_file("a/b/leaf", "x", 0644);
	MUST(symlink("../../file", "a/b/uplink"));
	walking();
	passed_on();
	removed();
	return 0;
}
