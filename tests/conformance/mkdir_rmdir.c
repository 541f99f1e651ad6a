/* mkdir, mkdirat and rmdir: modes, link counts, odd paths, permissions. */
#include "facts.h"

static void making(void)
{
	struct stat st;

	FACT("mkdir", syscall(SYS_mkdir, "a", 0777));
	say_mode("its mode", "a");
	FACT("mkdir again", mkdir("a", 0777));
	FACT("mkdir with a slash", mkdir("slash/", 0700));
	FACT("mkdir with slashes", mkdir("slashes///", 0700));
	FACT("mkdir with a dot", mkdir("dot/.", 0700));
	FACT("mkdir of a dot in a directory", mkdir("a/.", 0700));
	FACT("mkdir of dots", mkdir("a/..", 0700));
	FACT("mkdir .", mkdir(".", 0700));
	FACT("mkdir ..", mkdir("..", 0700));
	FACT("mkdir /", mkdir("/", 0700));
	FACT("mkdir of nothing", mkdir("", 0700));
	FACT("mkdir below a missing directory", mkdir("missing/x", 0700));
	FACT("mkdir below a file", mkdir("file/x", 0700));
	FACT("mkdir over a file", mkdir("file", 0700));
	FACT("mkdir over a file with a slash", mkdir("file/", 0700));
	FACT("mkdir over a dangling symlink", mkdir("dangling", 0700));
	FACT("mkdir over a dangling symlink with a slash", mkdir("dangling/", 0700));
	FACT("mkdir over a link to a directory", mkdir("dirlink", 0700));
	FACT("mkdir in a loop", mkdir("loop/x", 0700));
	FACT("mkdir through a link", mkdir("dirlink/inner", 0700));
	FACT("mkdir at a bad pointer", syscall(SYS_mkdir, BAD, 0700));
	FACT("mkdir on a read-only file system", mkdir("/etc/new", 0700));
	FACT("mkdir of an existing one there", mkdir("/etc", 0700));
	FACT("mkdir mode 07777", mkdir("bits", 07777));
	say_mode("its mode", "bits");
	MUST(mkdir("setgid", 0755));
	MUST(chown("setgid", 0, 77));
	MUST(chmod("setgid", 02755));
	FACT("mkdir in a set-group-ID directory", mkdir("setgid/child", 0700));
	say_owner("its owner", "setgid/child");
	stat("a", &st);
	FACT("links of a directory with a subdirectory", st.st_nlink);
	FACT("mkdir at a descriptor", mkdirat(open("a", O_PATH), "by-descriptor", 0711));
	FACT("mkdir at a bad descriptor", mkdirat(99, "x", 0711));
	FACT("mkdir at a file descriptor", mkdirat(open("file", O_RDONLY), "x", 0711));
	stat("a", &st);
	FACT("links then", st.st_nlink);
}

static void removing(void)
{
	MUST(mkdir("b", 0700));
	MUST(mkdir("b/c", 0700));
	FACT("rmdir of a full directory", syscall(SYS_rmdir, "b"));
	FACT("rmdir of a dot", rmdir("b/."));
	FACT("rmdir of dots", rmdir("b/.."));
	FACT("rmdir of dots above", rmdir("b/c/.."));
	FACT("rmdir .", rmdir("."));
	FACT("rmdir ..", rmdir(".."));
	FACT("rmdir /", rmdir("/"));
	FACT("rmdir of nothing", rmdir(""));
	FACT("rmdir of a file", rmdir("file"));
	FACT("rmdir of a link to a directory", rmdir("dirlink"));
	FACT("rmdir of a link to a directory with a slash", rmdir("dirlink/"));
	FACT("rmdir of a missing directory", rmdir("missing"));
	FACT("rmdir below a file", rmdir("file/x"));
	FACT("rmdir with a slash", rmdir("b/c/"));
	FACT("rmdir", rmdir("b"));
	FACT("rmdir of a mount point", rmdir("/tmp"));
	FACT("rmdir on a read-only file system", rmdir("/home/user"));
	FACT("rmdir of a missing directory there", rmdir("/home/missing"));
	FACT("rmdir at a bad pointer", syscall(SYS_rmdir, BAD));
	MUST(mkdir("held", 0700));
	int fd = open("held", O_RDONLY);
	struct stat st;
	FACT("rmdir of an open directory", rmdir("held"));
	FACT("fstat of it", fstat(fd, &st));
	FACT("its links", st.st_nlink);
	FACT("mkdir in it", mkdirat(fd, "x", 0700));
	FD("a file in it", openat(fd, "x", O_CREAT | O_WRONLY, 0600));
	FD("open . in it", openat(fd, ".", O_RDONLY));
	FACT("unlinkat with AT_REMOVEDIR", unlinkat(AT_FDCWD, "slash", AT_REMOVEDIR));
}

static void by_user(void)
{
	FACT("user: mkdir in root's directory", mkdir("a/u", 0700));
	FACT("user: mkdir in its own", mkdir("users/u", 0700));
	say_owner("user: its owner", "users/u");
	FACT("user: mkdir in a sticky directory", mkdir("sticky/u", 0700));
	FACT("user: rmdir of root's in a sticky directory", rmdir("sticky/root"));
	FACT("user: rmdir of its own there", rmdir("sticky/u"));
	FACT("user: rmdir of root's in its own directory", rmdir("users/root"));
	FACT("user: rmdir in a closed directory", rmdir("closed/x"));
	FACT("user: mkdir of an existing one in root's directory", mkdir("a", 0700));
}

int main(void)
{
	start("mkdir_rmdir");
	put_file("file", "x", 0644);
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("a", "dirlink"));
	MUST(symlink("loop", "loop"));
	making();
	removing();
	MUST(mkdir("users", 0755));
	MUST(mkdir("users/root", 0755));
	MUST(chown("users", USER, USER));
	MUST(mkdir("sticky", 0755));
	MUST(chmod("sticky", 01777));
	MUST(mkdir("sticky/root", 0777));
	MUST(mkdir("closed", 0700));
	as_user("user", by_user);
	return 0;
}
