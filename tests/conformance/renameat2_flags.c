/* renameat2: NOREPLACE, EXCHANGE, WHITEOUT and combinations that are refused. */
#include "facts.h"
#include <linux/fs.h>

static long move(const char *from, const char *to, unsigned long flags)
{
	return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void say_content(const char *path)
{
	char text[64];

	if (get_file(path, text, sizeof(text)) < 0)
		say("  %s: %s", path, errno_name(errno));
	else
		say("  %s: \"%s\"", path, text);
}

static void no_replace(void)
{
	FACT("NOREPLACE to a new name", move("a", "new", RENAME_NOREPLACE));
	FACT("NOREPLACE to an existing name", move("new", "b", RENAME_NOREPLACE));
	FACT("NOREPLACE to a dangling symlink", move("new", "dangling", RENAME_NOREPLACE));
	FACT("NOREPLACE to itself", move("new", "new", RENAME_NOREPLACE));
	FACT("NOREPLACE to a hard link of itself", move("new", "hard", RENAME_NOREPLACE));
	FACT("NOREPLACE over a directory", move("new", "dir", RENAME_NOREPLACE));
	FACT("NOREPLACE to .", move("new", ".", RENAME_NOREPLACE));
	FACT("NOREPLACE to /", move("new", "/", RENAME_NOREPLACE));
	FACT("NOREPLACE to ..", move("dir", "dir/..", RENAME_NOREPLACE));
	FACT("NOREPLACE of a missing file", move("missing", "b", RENAME_NOREPLACE));
	FACT("NOREPLACE in /tmp", move("/tmp/t1", "/tmp/t2", RENAME_NOREPLACE));
	FACT("NOREPLACE on a read-only file system",
	     move("/etc/passwd", "/etc/x", RENAME_NOREPLACE));
	FACT("NOREPLACE existing on a read-only one",
	     move("/etc/passwd", "/etc/group", RENAME_NOREPLACE));
	FACT("back", move("new", "a", 0));
}

static void exchange(void)
{
	FACT("EXCHANGE of two files", move("a", "b", RENAME_EXCHANGE));
	say_content("a");
	say_content("b");
	FACT("EXCHANGE of a file and a directory", move("a", "dir", RENAME_EXCHANGE));
	say_mode("  a", "a");
	say_mode("  dir", "dir");
	FACT("back", move("a", "dir", RENAME_EXCHANGE));
	FACT("EXCHANGE of a file and a symlink", move("a", "dangling", RENAME_EXCHANGE));
	say_mode("  a", "a");
	FACT("back", move("a", "dangling", RENAME_EXCHANGE));
	FACT("EXCHANGE with a missing file", move("a", "missing", RENAME_EXCHANGE));
	FACT("EXCHANGE of a missing file", move("missing", "a", RENAME_EXCHANGE));
	FACT("EXCHANGE with itself", move("a", "a", RENAME_EXCHANGE));
	FACT("EXCHANGE with the own ancestor", move("dir/sub", "dir", RENAME_EXCHANGE));
	FACT("EXCHANGE with the own descendant", move("dir", "dir/sub", RENAME_EXCHANGE));
	FACT("EXCHANGE with a file and a slash", move("a", "b/", RENAME_EXCHANGE));
	FACT("EXCHANGE across mounts", move("a", "/tmp/t1", RENAME_EXCHANGE));
	FACT("EXCHANGE with a full directory", move("dir", "full", RENAME_EXCHANGE));
	say_content("dir/x");
	FACT("EXCHANGE with .", move("a", ".", RENAME_EXCHANGE));
}

static void flags(void)
{
	FACT("NOREPLACE and EXCHANGE", move("a", "b", RENAME_NOREPLACE | RENAME_EXCHANGE));
	FACT("WHITEOUT and EXCHANGE", move("a", "b", RENAME_WHITEOUT | RENAME_EXCHANGE));
	FACT("unknown flag 8", move("a", "b", 8));
	FACT("unknown flags", move("a", "b", 0x80000000));
	FACT("flags above 32 bits", move("a", "a2", 0x100000000));
	FACT("back", move("a2", "a", 0));
	FACT("bad flags and a missing file", move("missing", "b", 64));
	FACT("bad flags and a bad pointer", move(BAD, "b", 64));
	FACT("a bad pointer", move("a", BAD, RENAME_NOREPLACE));
}

static void by_user(void)
{
	FACT("user: EXCHANGE in root's directory", move("a", "b", RENAME_EXCHANGE));
	FACT("user: EXCHANGE with root's file in a sticky directory",
	     move("sticky/user", "sticky/root", RENAME_EXCHANGE));
	FACT("user: NOREPLACE existing in root's directory", move("a", "b", RENAME_NOREPLACE));
	FACT("user: NOREPLACE in a sticky directory",
	     move("sticky/user", "sticky/user2", RENAME_NOREPLACE));
}

int main(void)
{
	start("renameat2_flags");
	put_file("a", "first", 0666);
	put_file("b", "second", 0666);
	MUST(mkdir("dir", 0755));
	MUST(mkdir("dir/sub", 0755));
	MUST(mkdir("full", 0755));
	put_file("full/x", "in full", 0644);
	MUST(symlink("nowhere", "dangling"));
	MUST(link("a", "hard"));
	put_file("/tmp/t1", "t1", 0644);
	put_file("/tmp/t2", "t2", 0644);
	MUST(mkdir("sticky", 0755));
	MUST(chmod("sticky", 01777));
	put_file("sticky/root", "x", 0666);
	put_file("sticky/user", "x", 0666);
	MUST(chown("sticky/user", USER, USER));
	no_replace();
	exchange();
	flags();
	as_user("user", by_user);
	return 0;
}
