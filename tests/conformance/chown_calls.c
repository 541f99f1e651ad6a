/* The chown family: who may, symlinks, -1, and set-ID bits that go. */
#include "facts.h"

static void by_root(void)
{
	FACT("chown", syscall(SYS_chown, "file", 11, 12));
	say_owner("  file", "file");
	FACT("chown -1, -1", chown("file", -1, -1));
	say_owner("  file", "file");
	FACT("chown the owner", chown("file", 21, -1));
	FACT("chown the group", chown("file", -1, 22));
	say_owner("  file", "file");
	FACT("chown through a symlink", chown("link", 31, 32));
	say_owner("  file", "file");
	say_owner("  link", "link");
	FACT("lchown", syscall(SYS_lchown, "link", 41, 42));
	say_owner("  link", "link");
	FACT("chown a dangling symlink", chown("dangling", 1, 1));
	FACT("lchown a dangling symlink", lchown("dangling", 1, 1));
	FACT("chown a missing file", chown("missing", 1, 1));
	FACT("chown nothing", chown("", 1, 1));
	FACT("chown below a file", chown("file/x", 1, 1));
	FACT("chown on a read-only file system", chown("/etc/passwd", 1, 1));
	FACT("chown a bad pointer", syscall(SYS_chown, BAD, 1, 1));
	FACT("chown to a large uid", chown("file", 4000000000u, 4000000001u));
	say_owner("  file", "file");
	FACT("chown, high bits", syscall(SYS_chown, "file", 0xff00000005UL, 0xff00000006UL));
	say_owner("  file", "file");
}

static void descriptors(void)
{
	int fd = open("file", O_RDONLY), dir = open("dir", O_RDONLY), path = open("file", O_PATH),
	    sym = open("link", O_PATH | O_NOFOLLOW);

	FACT("fchown", fchown(fd, 51, 52));
	say_owner("  file", "file");
	FACT("fchown a bad descriptor", fchown(99, 1, 1));
	FACT("fchown O_PATH", fchown(path, 1, 1));
	FACT("fchownat a directory", fchownat(dir, "inner", 61, 62, 0));
	FACT("fchownat a bad descriptor", fchownat(99, "inner", 1, 1, 0));
	FACT("fchownat no follow", fchownat(AT_FDCWD, "link", 71, 72, AT_SYMLINK_NOFOLLOW));
	say_owner("  link", "link");
	FACT("fchownat empty path", fchownat(path, "", 81, 82, AT_EMPTY_PATH));
	say_owner("  file", "file");
	FACT("fchownat empty path of a symlink", fchownat(sym, "", 91, 92, AT_EMPTY_PATH));
	say_owner("  link", "link");
	FACT("fchownat empty path without the flag", fchownat(path, "", 1, 1, 0));
	FACT("fchownat unknown flags", fchownat(AT_FDCWD, "file", 1, 1, 1));
	FACT("fchownat empty path, current directory", fchownat(AT_FDCWD, "", 0, 0, AT_EMPTY_PATH));
}

/* A set-ID file after a chown. */
static void after(const char *label, mode_t mode, uid_t uid, gid_t gid)
{
	put_file("bits", "x", mode);
	FACT(label, chown("bits", uid, gid));
	say_owner("  then", "bits");
	unlink("bits");
}

static void clearing(void)
{
	after("chown of 06755", 06755, 5, 5);
	after("chown of 06745, no group execute", 06745, 5, 5);
	after("chown -1 of 06755", 06755, -1, -1);
	after("chown of 02755", 02755, 0, 5);
	after("chown of 02745", 02745, 0, 5);
	MUST(mkdir("bitdir", 0755));
	MUST(chmod("bitdir", 06755));
	FACT("chown of a directory 06755", chown("bitdir", 5, 5));
	say_owner("  then", "bitdir");
}

static void by_user(void)
{
	FACT("user: gives its file away", chown("mine", 0, -1));
	FACT("user: gives its file to itself", chown("mine", USER, -1));
	FACT("user: its own group", chown("mine", -1, USER));
	FACT("user: a foreign group", chown("mine", -1, 77));
	FACT("user: root's file", chown("file", USER, USER));
	FACT("user: root's file, nothing to change", chown("file", -1, -1));
	FACT("user: a symlink of root", lchown("link", USER, USER));
	FACT("user: fchown", fchown(open("mine", O_RDONLY), -1, USER));
	FACT("user: in a closed directory", chown("closed/x", -1, -1));
	say_mode("user: set-ID bits before", "minebits");
	FACT("user: chown -1 of its set-ID file", chown("minebits", -1, -1));
	say_mode("user: set-ID bits after", "minebits");
}

static void by_member(void)
{
	gid_t groups[] = {77, 78};

	MUST(setgroups(2, groups));
	MUST(setresgid(USER, USER, USER));
	MUST(setresuid(USER, USER, USER));
	FACT("member: a supplementary group", chown("mine", -1, 77));
	FACT("member: another", chown("mine", -1, 79));
	FACT("member: of root's file", chown("shared", -1, 77));
	say_owner("member:   mine", "mine");
}

int main(void)
{
	start("chown_calls");
	put_file("file", "x", 0644);
	put_file("shared", "x", 0666);
	put_file("mine", "x", 0644);
	MUST(chown("mine", USER, USER));
	put_file("minebits", "x", 0644);
	MUST(chown("minebits", USER, USER));
	MUST(chmod("minebits", 06755));
	MUST(mkdir("dir", 0755));
	put_file("dir/inner", "x", 0644);
	MUST(mkdir("closed", 0700));
	put_file("closed/x", "x", 0666);
	MUST(symlink("file", "link"));
	MUST(symlink("nowhere", "dangling"));
	by_root();
	descriptors();
	clearing();
	as_user("user", by_user);
	in_child("member", by_member);
	return 0;
}
