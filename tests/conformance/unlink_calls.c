/* unlink and unlinkat: what may go, and what stays usable after its last name went. */
#include "facts.h"

static void removing(void)
{
	FACT("a file", syscall(SYS_unlink, "f1"));
	FACT("it again", unlink("f1"));
	FACT("a directory", unlink("dir"));
	FACT("a directory with a slash", unlink("dir/"));
	FACT("a file with a slash", unlink("f2/"));
	FACT("a symlink with a slash", unlink("link/"));
	FACT("a symlink to a directory with a slash", unlink("dirlink/"));
	FACT("a symlink", unlink("link"));
	say_mode("its target stays", "f2");
	FACT("a dangling symlink", unlink("dangling"));
	FACT("a loop", unlink("loop"));
	FACT("a fifo", unlink("fifo"));
	FACT("nothing", unlink(""));
	FACT(".", unlink("."));
	FACT("..", unlink(".."));
	FACT("/", unlink("/"));
	FACT("a missing directory's file", unlink("missing/x"));
	FACT("a file's file", unlink("f2/x"));
	FACT("a bad pointer", syscall(SYS_unlink, BAD));
	FACT("a file on a read-only file system", unlink("/etc/passwd"));
	FACT("a missing file there", unlink("/etc/missing"));
	FACT("a mount point", unlink("/scratch"));
	FACT("a device node", unlink("/dev/missing"));
}

static void at_flags(void)
{
	int dir = open("dir", O_RDONLY);

	FACT("unlinkat a directory's file", unlinkat(dir, "inner", 0));
	FACT("unlinkat up", unlinkat(dir, "../f3", 0));
	FACT("unlinkat a bad descriptor", unlinkat(99, "f2", 0));
	FACT("unlinkat a file descriptor", unlinkat(open("f2", O_RDONLY), "f2", 0));
	FACT("unlinkat unknown flags", unlinkat(dir, "x", 1));
	FACT("unlinkat AT_EMPTY_PATH", unlinkat(dir, "", AT_EMPTY_PATH));
	FACT("unlinkat AT_REMOVEDIR of a file", unlinkat(AT_FDCWD, "f2", AT_REMOVEDIR));
	FACT("unlinkat AT_REMOVEDIR of a full directory", unlinkat(AT_FDCWD, "full", AT_REMOVEDIR));
	FACT("unlinkat AT_REMOVEDIR", unlinkat(AT_FDCWD, "dir", AT_REMOVEDIR));
	FACT("unlinkat AT_REMOVEDIR of a link", unlinkat(AT_FDCWD, "dirlink", AT_REMOVEDIR));
}

static void nameless(void)
{
	struct stat st;
	char path[64], b[8] = "";
	int fd = (int)MUST(open("f2", O_RDWR));

	FACT("unlink of an open file", unlink("f2"));
	FACT("write to it", write(fd, "still", 5));
	FACT("read from it", pread(fd, b, 5, 0));
	say("what was read: %s", b);
	fstat(fd, &st);
	FACT("its links", st.st_nlink);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	FD("opened again through /proc", open(path, O_RDONLY));
	FACT("stat through /proc", stat(path, &st));
	FACT("truncate through /proc", truncate(path, 1));
	FACT("chmod through /proc", chmod(path, 0600));
	FACT("fchmod", fchmod(fd, 0640));
	FACT("fchown", fchown(fd, 1, 2));
	fstat(fd, &st);
	say("then %u:%u %o size %ld", st.st_uid, st.st_gid, st.st_mode, (long)st.st_size);
	close(fd);
}

static void by_user(void)
{
	FACT("user: in root's directory", unlink("f4"));
	FACT("user: root's file in its own directory", unlink("users/root"));
	FACT("user: root's file in a sticky directory", unlink("sticky/root"));
	FACT("user: its own in a sticky directory", unlink("sticky/user"));
	FACT("user: root's file in its own sticky directory", unlink("mysticky/root"));
	FACT("user: in a closed directory", unlink("closed/x"));
	FACT("user: missing in root's directory", unlink("missing"));
}

int main(void)
{
	static const char *const files[] = {
	    "f1",      "f2",	     "f3",	    "f4",	   "dir/inner",
	    "full/x",  "users/root", "sticky/root", "sticky/user", "mysticky/root",
	    "closed/x"};

	start("unlink_calls");
	MUST(mkdir("dir", 0755));
	MUST(mkdir("full", 0755));
	MUST(mkdir("users", 0755));
	MUST(mkdir("sticky", 0755));
	MUST(mkdir("mysticky", 0755));
	MUST(mkdir("closed", 0700));
	for (size_t i = 0; i < sizeof(files) / sizeof *files; i++)
		put_file(files[i], "content", 0666);
	MUST(chown("users", USER, USER));
	MUST(chmod("sticky", 01777));
	MUST(chown("sticky/user", USER, USER));
	MUST(chown("mysticky", USER, USER));
	MUST(chmod("mysticky", 01777));
	MUST(symlink("f2", "link"));
	MUST(symlink("dir", "dirlink"));
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("loop", "loop"));
	MUST(mkfifo("fifo", 0600));
	removing();
	at_flags();
	nameless();
	as_user("user", by_user);
	return 0;
}
