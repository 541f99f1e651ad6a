/* open and creat: what each flag does to files that exist and files that do not. */
#include "facts.h"

static void access_modes(void)
{
	char b[4];
	int fd = (int)MUST(open("file", O_RDONLY));

	FACT("read a read-only descriptor", read(fd, b, 4));
	FACT("write a read-only descriptor", write(fd, "x", 1));
	FACT("flags of a read-only descriptor", fcntl(fd, F_GETFL) & ~O_LARGEFILE);
	close(fd);
	fd = (int)MUST(open("file", O_WRONLY));
	FACT("read a write-only descriptor", read(fd, b, 4));
	FACT("flags of a write-only descriptor", fcntl(fd, F_GETFL) & ~O_LARGEFILE);
	close(fd);
	fd = (int)MUST(
	    open("file", O_RDWR | O_APPEND | O_NONBLOCK | O_SYNC | O_NOATIME | O_CLOEXEC));
	say("flags of a descriptor with many: %o", fcntl(fd, F_GETFL) & ~O_LARGEFILE);
	FACT("its close-on-exec flag", fcntl(fd, F_GETFD));
	FACT("appending write", write(fd, "tail", 4));
	FACT("offset after it", lseek(fd, 0, SEEK_CUR));
	close(fd);
	FACT("access mode 3", fd = open("file", O_ACCMODE));
	FACT("read with access mode 3", read(fd, b, 1));
	FACT("write with access mode 3", write(fd, b, 1));
	close(fd);
}

static void creation(void)
{
	struct stat st;

	FD("O_CREAT of a new file, mode 0777 and umask 022", open("new", O_CREAT | O_RDONLY, 0777));
	say_mode("its mode", "new");
	FD("O_CREAT of an existing file", open("new", O_CREAT | O_WRONLY, 0600));
	say_mode("its mode is kept", "new");
	FD("O_EXCL of an existing file", open("new", O_CREAT | O_EXCL | O_WRONLY, 0600));
	FD("O_EXCL of a symlink", open("link", O_CREAT | O_EXCL | O_WRONLY, 0600));
	FD("O_EXCL of a dangling symlink", open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0600));
	FD("O_EXCL without O_CREAT", open("file", O_EXCL | O_RDONLY));
	FD("O_CREAT through a dangling symlink", open("dangling", O_CREAT | O_WRONLY, 0640));
	say_mode("its target", "made-by-link");
	FD("setuid, setgid and sticky bits", open("bits", O_CREAT | O_WRONLY, 07777));
	say_mode("their mode", "bits");
	int fd = (int)MUST(open("unreadable", O_CREAT | O_RDWR, 0));
	FACT("write to a new file of mode 0", write(fd, "x", 1));
	close(fd);
	FD("creat", creat("file2", 0666));
	FD("the creat system call", syscall(SYS_creat, "file3", 0666));
	say_mode("its mode", "file3");
	FD("O_TRUNC", open("file", O_WRONLY | O_TRUNC));
	stat("file", &st);
	say("size after O_TRUNC: %ld", (long)st.st_size);
	put_file("file", "content", 0644);
	FD("O_TRUNC and O_RDONLY", open("file", O_RDONLY | O_TRUNC));
	stat("file", &st);
	say("size after it: %ld", (long)st.st_size);
}

static void directories(void)
{
	FD("a directory for reading", open("dir", O_RDONLY));
	FD("a directory for writing", open("dir", O_WRONLY));
	FD("a directory for both", open("dir", O_RDWR));
	FD("O_CREAT of a directory", open("dir", O_CREAT | O_RDONLY, 0600));
	FD("O_CREAT and O_EXCL of a directory", open("dir", O_CREAT | O_EXCL | O_RDONLY, 0600));
	FD("O_TRUNC of a directory", open("dir", O_RDONLY | O_TRUNC));
	FD("O_CREAT with O_DIRECTORY, new", open("odd", O_CREAT | O_DIRECTORY | O_RDONLY, 0700));
	FD("O_CREAT with O_DIRECTORY, existing",
	   open("dir", O_CREAT | O_DIRECTORY | O_RDONLY, 0700));
	say_mode("nothing was made", "odd");
}

static void numbers(void)
{
	int a = open("file", O_RDONLY), b = open("file", O_RDONLY);

	FACT("first free number", a);
	FACT("next one", b);
	close(a);
	FACT("a hole is reused", a = open("dir", O_RDONLY));
	FACT("a failed open takes no number", open("missing", O_RDONLY));
	FACT("after it", dup(b));
	close(a);
	close(b);
	close(b + 1);

	struct rlimit old, few = {6, 6};
	getrlimit(RLIMIT_NOFILE, &old);
	few.rlim_max = old.rlim_max;
	MUST(setrlimit(RLIMIT_NOFILE, &few));
	for (int i = 0; i < 4; i++)
		FACT("open under a limit of 6", open("file", O_RDONLY));
	FACT("O_CREAT beyond the limit", open("not-made", O_CREAT | O_WRONLY, 0600));
	say_mode("whether it was made", "not-made");
	MUST(setrlimit(RLIMIT_NOFILE, &old));
	for (int i = 3; i < 6; i++)
		close(i);
}

int main(void)
{
	start("open_flags");
	put_file("file", "content", 0644);
	MUST(mkdir("dir", 0755));
	MUST(symlink("file", "link"));
	MUST(symlink("made-by-link", "dangling"));
	access_modes();
	creation();
	directories();
	numbers();
	FD("unknown flag bits", open("file", 0x70000000 | O_RDONLY));
	FD("O_DIRECT on a file", open("file", O_RDONLY | O_DIRECT));
	FD("O_ASYNC", open("file", O_RDONLY | O_ASYNC));
	FD("a read-only file system for writing", open("/etc/passwd", O_WRONLY));
	FD("a new file on a read-only file system", open("/etc/new", O_WRONLY | O_CREAT, 0600));
	FD("O_CREAT of an existing file there", open("/etc/passwd", O_RDONLY | O_CREAT, 0600));
	FD("O_EXCL of an existing file there", open("/etc/passwd", O_CREAT | O_EXCL, 0600));
	FD("O_TRUNC there", open("/etc/passwd", O_RDONLY | O_TRUNC));
	return 0;
}
