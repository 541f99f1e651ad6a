/* link, linkat and symlink(at): what can have a second name, who may give it. */
#include "facts.h"

static void hard(void)
{
	struct stat st;

	FACT("a file", syscall(SYS_link, "file", "hard"));
	stat("file", &st);
	FACT("its links", st.st_nlink);
	FACT("over an existing name", link("file", "hard"));
	FACT("over a dangling symlink", link("file", "dangling"));
	FACT("a directory", link("dir", "dir2"));
	FACT("a missing file", link("missing", "x"));
	FACT("a missing file to an existing name", link("missing", "hard"));
	FACT("to a missing directory", link("file", "missing/x"));
	FACT("to a name with a slash", link("file", "new/"));
	FACT("a name with a slash", link("file/", "new"));
	FACT("to a file's child", link("file", "hard/x"));
	FACT("to nothing", link("file", ""));
	FACT("nothing", link("", "x"));
	FACT("to .", link("file", "."));
	FACT("across mounts", link("file", "/tmp/x"));
	FACT("onto a read-only file system", link("file", "/etc/x"));
	FACT("within a read-only file system", link("/etc/passwd", "/etc/x"));
	FACT("a symlink itself", link("symlink", "symlink2"));
	say_mode("  it is", "symlink2");
	FACT("a dangling symlink itself", link("dangling", "dangling2"));
	FACT("a fifo", link("fifo", "fifo2"));
	FACT("in a loop", link("loop/x", "y"));
	FACT("a bad first pointer", syscall(SYS_link, BAD, "x"));
	FACT("a bad second pointer", syscall(SYS_link, "file", BAD));
}

static void at_flags(void)
{
	int dir = open("dir", O_RDONLY), fd = open("file", O_RDONLY), path = open("file", O_PATH),
	    sym = open("symlink", O_PATH | O_NOFOLLOW);

	FACT("linkat to a directory", linkat(AT_FDCWD, "file", dir, "h1", 0));
	FACT("linkat from a directory", linkat(dir, "h1", AT_FDCWD, "h2", 0));
	FACT("linkat AT_SYMLINK_FOLLOW", linkat(AT_FDCWD, "symlink", dir, "h3", AT_SYMLINK_FOLLOW));
	say_mode("  it is", "dir/h3");
	FACT("linkat AT_SYMLINK_FOLLOW dangling",
	     linkat(AT_FDCWD, "dangling", dir, "h4", AT_SYMLINK_FOLLOW));
	FACT("linkat unknown flag", linkat(AT_FDCWD, "file", dir, "h5", 1));
	FACT("linkat AT_SYMLINK_NOFOLLOW",
	     linkat(AT_FDCWD, "file", dir, "h5", AT_SYMLINK_NOFOLLOW));
	FACT("linkat from a bad descriptor", linkat(99, "file", dir, "h5", 0));
	FACT("linkat to a bad descriptor", linkat(AT_FDCWD, "file", 99, "h5", 0));
	FACT("linkat to a file descriptor", linkat(AT_FDCWD, "file", fd, "h5", 0));
	FACT("linkat an empty path without the flag", linkat(fd, "", dir, "h6", 0));
	FACT("linkat an empty path", linkat(fd, "", dir, "h6", AT_EMPTY_PATH));
	FACT("linkat an empty path, O_PATH", linkat(path, "", dir, "h7", AT_EMPTY_PATH));
	FACT("linkat an empty path, symlink", linkat(sym, "", dir, "h8", AT_EMPTY_PATH));
	say_mode("  it is", "dir/h8");
	FACT("linkat an empty path, directory", linkat(dir, "", dir, "h9", AT_EMPTY_PATH));
	FACT("linkat an empty path, current directory",
	     linkat(AT_FDCWD, "", dir, "h9", AT_EMPTY_PATH));
	FACT("linkat an empty path, bad descriptor", linkat(99, "", dir, "h9", AT_EMPTY_PATH));
	FACT("linkat over an existing name", linkat(fd, "", dir, "h1", AT_EMPTY_PATH));
	FACT("linkat of /proc/self/fd", linkat(AT_FDCWD, "/proc/self/fd/3", dir, "h10", 0));
}

static void symbolic(void)
{
	FACT("symlink", syscall(SYS_symlink, "anything", "s1"));
	say_mode("  it is", "s1");
	FACT("symlink over an existing one", symlink("x", "s1"));
	FACT("symlink over a file", symlink("x", "file"));
	FACT("symlink over a directory", symlink("x", "dir"));
	FACT("symlink of nothing", symlink("", "s2"));
	FACT("symlink named nothing", symlink("x", ""));
	FACT("symlink with a slash", symlink("x", "s2/"));
	FACT("symlink to a missing directory", symlink("x", "missing/s2"));
	FACT("symlink below a file", symlink("x", "file/s2"));
	FACT("symlink on a read-only file system", symlink("x", "/etc/s2"));
	FACT("symlink at a bad pointer", syscall(SYS_symlink, BAD, "s2"));
	FACT("symlink named by a bad pointer", syscall(SYS_symlink, "x", BAD));
	FACT("symlinkat a directory", symlinkat("x", open("dir", O_PATH), "s2"));
	FACT("symlinkat a bad descriptor", symlinkat("x", 99, "s2"));
	FACT("symlinkat a file", symlinkat("x", open("file", O_RDONLY), "s2"));
	FACT("lchown of a symlink", lchown("s1", 5, 6));
	say_owner("  it is", "s1");
}

static void by_user(void)
{
	FACT("user: link in root's directory", link("users/mine", "x"));
	FACT("user: link of its own file", link("users/mine", "users/h"));
	FACT("user: link of root's file", link("secret", "users/h2"));
	FACT("user: link of a file that it may write", link("shared", "users/h3"));
	FACT("user: link of a set-user-ID file", link("suid", "users/h4"));
	FACT("user: symlink in root's directory", symlink("x", "s9"));
	FACT("user: symlink in its own", symlink("x", "users/s9"));
	FACT("user: linkat an empty path of its own descriptor",
	     linkat(open("users/mine", O_RDONLY), "", AT_FDCWD, "users/h5", AT_EMPTY_PATH));
}

int main(void)
{
	start("link_calls");
	put_file("file", "x", 0644);
	put_file("secret", "x", 0600);
	put_file("shared", "x", 0666);
	put_file("suid", "x", 04777);
	MUST(mkdir("dir", 0755));
	MUST(mkdir("users", 0755));
	put_file("users/mine", "x", 0644);
	MUST(chown("users/mine", USER, USER));
	MUST(chown("users", USER, USER));
	MUST(symlink("file", "symlink"));
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("loop", "loop"));
	MUST(mkfifo("fifo", 0600));
	hard();
	at_flags();
	symbolic();
	as_user("user", by_user);
	return 0;
}
