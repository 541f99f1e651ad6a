/* utime, utimes, futimesat, utimensat, futimens: values, NOW and OMIT, permissions. */
#include "facts.h"
#include <sys/time.h>
#include <utime.h>

static void say_times(const char *label, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		say("%s: %s", label, errno_name(errno));
	else
		say("%s: %ld.%09ld %ld.%09ld", label, st.st_atim.tv_sec, st.st_atim.tv_nsec,
		    st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static bool recent(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_atime > 1500000000 && st.st_mtime > 1500000000;
}

static void old_calls(void)
{
	struct utimbuf u = {1000, 2000};
	struct timeval tv[2] = {{3000, 1}, {4000, 999999}}, bad[2] = {{1, 1000000}, {1, 0}};

	FACT("utime", syscall(SYS_utime, "file", &u));
	say_times("  file", "file");
	FACT("utime NULL", syscall(SYS_utime, "file", NULL));
	FACT("  recent", recent("file"));
	FACT("utime of a bad buffer", syscall(SYS_utime, "file", BAD));
	FACT("utimes", syscall(SYS_utimes, "file", tv));
	say_times("  file", "file");
	FACT("utimes, bad microseconds", syscall(SYS_utimes, "file", bad));
	FACT("utimes, bad buffer", syscall(SYS_utimes, "file", BAD));
	FACT("utimes NULL", syscall(SYS_utimes, "file", NULL));
	FACT("futimesat", syscall(SYS_futimesat, open("dir", O_RDONLY), "inner", tv));
	say_times("  inner", "dir/inner");
	FACT("futimesat, null path", syscall(SYS_futimesat, open("dir", O_RDONLY), NULL, tv));
	say_times("  dir", "dir");
	FACT("futimesat, bad descriptor", syscall(SYS_futimesat, 99, "x", tv));
	FACT("utime of a missing file", syscall(SYS_utime, "missing", NULL));
	FACT("utimes below a file", syscall(SYS_utimes, "file/x", NULL));
}

static long set(int dir, const char *path, long a, long an, long m, long mn, int flags)
{
	struct timespec ts[2] = {{a, an}, {m, mn}};

	return syscall(SYS_utimensat, dir, path, ts, flags);
}

static void by_nanoseconds(void)
{
	int fd = open("file", O_RDONLY), path = open("file", O_PATH), pipes[2];

	FACT("utimensat", set(AT_FDCWD, "file", 10, 11, 12, 13, 0));
	say_times("  file", "file");
	FACT("before 1970", set(AT_FDCWD, "file", -10, 11, -12, 13, 0));
	say_times("  file", "file");
	FACT("beyond 2038", set(AT_FDCWD, "file", 5000000000, 1, 6000000000, 2, 0));
	say_times("  file", "file");
	FACT("both OMIT", set(AT_FDCWD, "file", 0, UTIME_OMIT, 0, UTIME_OMIT, 0));
	FACT("both OMIT, missing file", set(AT_FDCWD, "missing", 0, UTIME_OMIT, 0, UTIME_OMIT, 0));
	FACT("OMIT and a value", set(AT_FDCWD, "file", 0, UTIME_OMIT, 77, 78, 0));
	say_times("  file", "file");
	FACT("NOW and OMIT", set(AT_FDCWD, "file", 0, UTIME_NOW, 0, UTIME_OMIT, 0));
	FACT("both NOW", set(AT_FDCWD, "file", 0, UTIME_NOW, 0, UTIME_NOW, 0));
	FACT("  recent", recent("file"));
	FACT("bad nanoseconds", set(AT_FDCWD, "file", 0, 1000000000, 0, 0, 0));
	FACT("negative nanoseconds", set(AT_FDCWD, "file", 0, -1, 0, 0, 0));
	FACT("symlink", set(AT_FDCWD, "link", 20, 0, 21, 0, 0));
	say_times("  file", "file");
	FACT("symlink, no follow", set(AT_FDCWD, "link", 22, 0, 23, 0, AT_SYMLINK_NOFOLLOW));
	say_times("  file", "file");
	struct stat st;
	lstat("link", &st);
	FACT("  its mtime", st.st_mtime);
	FACT("dangling", set(AT_FDCWD, "dangling", 1, 0, 1, 0, 0));
	FACT("dangling, no follow", set(AT_FDCWD, "dangling", 1, 0, 1, 0, AT_SYMLINK_NOFOLLOW));
	FACT("unknown flags", set(AT_FDCWD, "file", 1, 0, 1, 0, 1));
	FACT("null path, descriptor", set(fd, NULL, 30, 31, 32, 33, 0));
	say_times("  file", "file");
	FACT("null path, descriptor and flags", set(fd, NULL, 30, 31, 32, 33, AT_SYMLINK_NOFOLLOW));
	FACT("null path, AT_FDCWD", set(AT_FDCWD, NULL, 30, 31, 32, 33, 0));
	FACT("null path, bad descriptor", set(99, NULL, 30, 31, 32, 33, 0));
	FACT("null path, O_PATH", set(path, NULL, 30, 31, 32, 33, 0));
	FACT("empty path, O_PATH", set(path, "", 40, 41, 42, 43, AT_EMPTY_PATH));
	say_times("  file", "file");
	FACT("empty path without the flag", set(path, "", 40, 41, 42, 43, 0));
	FACT("bad path pointer", set(AT_FDCWD, BAD, 1, 0, 1, 0, 0));
	FACT("bad times pointer", syscall(SYS_utimensat, AT_FDCWD, "file", BAD, 0));
	FACT("null times", syscall(SYS_utimensat, AT_FDCWD, "file", NULL, 0));
	FACT("a read-only file system", set(AT_FDCWD, "/etc/passwd", 1, 0, 1, 0, 0));
	MUST(pipe(pipes));
	FACT("a pipe", futimens(pipes[0], NULL));
}

static void by_user(void)
{
	FACT("user: values, root's file", set(AT_FDCWD, "shared", 1, 0, 1, 0, 0));
	FACT("user: NOW, root's writable file",
	     set(AT_FDCWD, "shared", 0, UTIME_NOW, 0, UTIME_NOW, 0));
	FACT("user: NULL, root's writable file", utimensat(AT_FDCWD, "shared", NULL, 0));
	FACT("user: NOW and OMIT, root's writable file",
	     set(AT_FDCWD, "shared", 0, UTIME_NOW, 0, UTIME_OMIT, 0));
	FACT("user: NOW, root's file", set(AT_FDCWD, "file", 0, UTIME_NOW, 0, UTIME_NOW, 0));
	FACT("user: both OMIT, root's file",
	     set(AT_FDCWD, "file", 0, UTIME_OMIT, 0, UTIME_OMIT, 0));
	FACT("user: values, its own unwritable file", set(AT_FDCWD, "mine", 5, 0, 6, 0, 0));
	say_times("user:   mine", "mine");
	FACT("user: futimens, root's file read-only", futimens(open("shared", O_RDONLY), NULL));
	FACT("user: futimens, root's file writable", futimens(open("shared", O_WRONLY), NULL));
	FACT("user: in a closed directory", utime("closed/x", NULL));
}

int main(void)
{
	start("utime_family");
	put_file("file", "x", 0644);
	put_file("shared", "x", 0666);
	put_file("mine", "x", 0444);
	MUST(chown("mine", USER, USER));
	MUST(mkdir("dir", 0755));
	put_file("dir/inner", "x", 0644);
	MUST(mkdir("closed", 0700));
	put_file("closed/x", "x", 0666);
	MUST(symlink("file", "link"));
	MUST(symlink("nowhere", "dangling"));
	old_calls();
	by_nanoseconds();
	as_user("user", by_user);
	return 0;
}
