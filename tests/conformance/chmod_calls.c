/* chmod, fchmod, fchmodat, fchmodat2: bits, symlinks, who may, set-group-ID cleared. */
#include "facts.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static void by_root(void)
{
	static const mode_t modes[] = {0,     0777,  04755,   02755,
				       01777, 07777, 0100644, 0170000 | 0644};

	for (size_t i = 0; i < sizeof(modes) / sizeof *modes; i++) {
		char label[64];
		snprintf(label, sizeof(label), "chmod %o", modes[i]);
		FACT(label, syscall(SYS_chmod, "file", modes[i]));
		say_mode("  file", "file");
		FACT(label, syscall(SYS_chmod, "dir", modes[i]));
		say_mode("  dir", "dir");
	}
	FACT("chmod through a symlink", chmod("link", 0604));
	say_mode("  file", "file");
	say_mode("  link", "link");
	FACT("chmod a dangling symlink", chmod("dangling", 0604));
	FACT("chmod a missing file", chmod("missing", 0604));
	FACT("chmod nothing", chmod("", 0604));
	FACT("chmod a file with a slash", chmod("file/", 0604));
	FACT("chmod below a file", chmod("file/x", 0604));
	FACT("chmod in a loop", chmod("loop", 0604));
	FACT("chmod on a read-only file system", chmod("/etc/passwd", 0604));
	FACT("chmod a missing file there", chmod("/etc/missing", 0604));
	FACT("chmod a bad pointer", syscall(SYS_chmod, BAD, 0604));
	FACT("chmod a fifo", chmod("fifo", 0222));
}

static void descriptors(void)
{
	int fd = open("file", O_RDONLY), dir = open("dir", O_RDONLY), path = open("file", O_PATH),
	    sym = open("link", O_PATH | O_NOFOLLOW);

	FACT("fchmod a read-only descriptor", fchmod(fd, 0611));
	say_mode("  file", "file");
	FACT("fchmod a directory", fchmod(dir, 0755));
	FACT("fchmod a bad descriptor", fchmod(99, 0611));
	FACT("fchmod O_PATH", fchmod(path, 0611));
	FACT("fchmodat", syscall(SYS_fchmodat, dir, "inner", 0600));
	FACT("fchmodat a bad descriptor", syscall(SYS_fchmodat, 99, "inner", 0600));
	FACT("fchmodat a file", syscall(SYS_fchmodat, fd, "inner", 0600));
	FACT("fchmodat ignores a fourth argument",
	     syscall(SYS_fchmodat, AT_FDCWD, "link", 0606, AT_SYMLINK_NOFOLLOW));
	say_mode("  file", "file");
	FACT("fchmodat2", syscall(SYS_fchmodat2, AT_FDCWD, "link", 0607, 0));
	say_mode("  file", "file");
	FACT("fchmodat2 no follow of a symlink",
	     syscall(SYS_fchmodat2, AT_FDCWD, "link", 0600, AT_SYMLINK_NOFOLLOW));
	FACT("fchmodat2 no follow of a file",
	     syscall(SYS_fchmodat2, AT_FDCWD, "file", 0601, AT_SYMLINK_NOFOLLOW));
	FACT("fchmodat2 empty path", syscall(SYS_fchmodat2, path, "", 0602, AT_EMPTY_PATH));
	say_mode("  file", "file");
	FACT("fchmodat2 empty path of a symlink",
	     syscall(SYS_fchmodat2, sym, "", 0600, AT_EMPTY_PATH));
	FACT("fchmodat2 empty path, current directory",
	     syscall(SYS_fchmodat2, AT_FDCWD, "", 0755, AT_EMPTY_PATH));
	FACT("fchmodat2 empty path without the flag", syscall(SYS_fchmodat2, path, "", 0602, 0));
	FACT("fchmodat2 unknown flags", syscall(SYS_fchmodat2, AT_FDCWD, "file", 0600, 1));
	FACT("libc's fchmodat, no follow", fchmodat(AT_FDCWD, "file", 0611, AT_SYMLINK_NOFOLLOW));
	FACT("libc's fchmodat, no follow of a symlink",
	     fchmodat(AT_FDCWD, "link", 0611, AT_SYMLINK_NOFOLLOW));
	int pipes[2];
	MUST(pipe(pipes));
	FACT("fchmod a pipe", fchmod(pipes[0], 0600));
	FACT("fchmod a socket", fchmod(socket(AF_UNIX, SOCK_STREAM, 0), 0700));
}

static void by_user(void)
{
	FACT("user: root's file", chmod("file", 0666));
	FACT("user: root's writable file", chmod("shared", 0600));
	FACT("user: its own file", chmod("mine", 0600));
	FACT("user: set-group-ID of a group it is in", chmod("mine", 02755));
	say_mode("user:   mine", "mine");
	FACT("user: set-group-ID of a foreign group", chmod("mineforeign", 02755));
	say_mode("user:   mineforeign", "mineforeign");
	FACT("user: set-group-ID of a foreign group, fchmod",
	     fchmod(open("mineforeign", O_RDONLY), 06755));
	say_mode("user:   mineforeign", "mineforeign");
	FACT("user: set-user-ID", chmod("mine", 04755));
	FACT("user: sticky file", chmod("mine", 01755));
	say_mode("user:   mine", "mine");
	FACT("user: fchmod of root's file", fchmod(open("shared", O_RDONLY), 0600));
	FACT("user: in a closed directory", chmod("closed/x", 0600));
	FACT("user: root's file on a read-only file system", chmod("/etc/passwd", 0604));
	FACT("user: closes its own file", chmod("mine", 0));
	FD("user: then reads it", open("mine", O_RDONLY));
}

/* Writing to a set-ID file takes the bits away, except when the writer may keep them. */
static void clearing(void)
{
	int fd = open("ids", O_WRONLY);

	FACT("user: writes to a set-ID file", write(fd, "x", 1));
	say_mode("user:   ids", "ids");
}

int main(void)
{
	start("chmod_calls");
	put_file("file", "x", 0644);
	put_file("shared", "x", 0666);
	put_file("mine", "x", 0644);
	MUST(chown("mine", USER, USER));
	put_file("mineforeign", "x", 0644);
	MUST(chown("mineforeign", USER, 77));
	MUST(mkdir("dir", 0755));
	put_file("dir/inner", "x", 0644);
	MUST(mkdir("closed", 0700));
	put_file("closed/x", "x", 0666);
	MUST(symlink("file", "link"));
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("loop", "loop"));
	MUST(mkfifo("fifo", 0600));
	by_root();
	descriptors();
	as_user("user", by_user);
	put_file("ids", "content", 06777);
	as_user("user", clearing);
	MUST(chmod("ids", 06767));
	as_user("user, no group execute", clearing);
	MUST(chmod("ids", 06777));
	int fd = open("ids", O_WRONLY);
	FACT("root writes to a set-ID file", write(fd, "x", 1));
	say_mode("set-ID bits after root's write", "ids");
	return 0;
}
