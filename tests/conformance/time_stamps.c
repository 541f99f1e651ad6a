/* Which of a file's times each call changes: its own three, and its directory's. */
#include "facts.h"
#include <sys/xattr.h>

static struct stat before, before_dir;
static const char *const name = "d/file";

static bool later(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

/* All times far in the past, but the change times, which are now. */
static void reset(void)
{
	const struct timespec old[2] = {{1000, 0}, {2000, 0}};

	utimensat(AT_FDCWD, name, old, AT_SYMLINK_NOFOLLOW);
	utimensat(AT_FDCWD, "d", old, 0);
	stat(name, &before);
	stat("d", &before_dir);
	sleep_ms(15); /* the clock of inodes ticks every few milliseconds */
}

static void say_times(const char *label, const char *path)
{
	struct stat st, dir;

	if (stat(path, &st) < 0)
		st = before;
	stat("d", &dir);
	say("%s:%s%s%s, directory:%s%s%s", label,
	    later(st.st_atim, before.st_atim) ? " access" : "",
	    later(st.st_mtim, before.st_mtim) ? " modify" : "",
	    later(st.st_ctim, before.st_ctim) ? " change" : "",
	    later(dir.st_atim, before_dir.st_atim) ? " access" : "",
	    later(dir.st_mtim, before_dir.st_mtim) ? " modify" : "",
	    later(dir.st_ctim, before_dir.st_ctim) ? " change" : "");
}

#define TIMES(label, path, ...)                                                                    \
	do {                                                                                       \
		reset();                                                                           \
		__VA_ARGS__;                                                                       \
		say_times(label, path);                                                            \
	} while (0)

static void files(void)
{
	char b[16];
	int fd = (int)MUST(open(name, O_RDWR)), quiet = (int)MUST(open(name, O_RDONLY | O_NOATIME));

	TIMES("nothing", name, (void)0);
	TIMES("open", name, close(open(name, O_RDWR)));
	TIMES("read", name, pread(fd, b, 4, 0));
	TIMES("read without O_NOATIME's leave", name, pread(quiet, b, 4, 0));
	TIMES("read of nothing", name, pread(fd, b, 0, 0));
	TIMES("write", name, pwrite(fd, "x", 1, 0));
	TIMES("write of nothing", name, pwrite(fd, "", 0, 0));
	TIMES("ftruncate to the same size", name,
	      (fstat(fd, &before), ftruncate(fd, before.st_size)));
	TIMES("truncate", name, truncate(name, 5));
	TIMES("open with O_TRUNC", name, close(open(name, O_WRONLY | O_TRUNC)));
	TIMES("O_TRUNC of an empty file", name, close(open(name, O_WRONLY | O_TRUNC)));
	TIMES("fallocate", name, fallocate(fd, 0, 0, 100));
	TIMES("chmod", name, chmod(name, 0644));
	TIMES("fchmod", name, fchmod(fd, 0640));
	TIMES("chown", name, chown(name, USER, -1));
	TIMES("chown to nobody", name, chown(name, -1, -1));
	TIMES("setxattr", name, setxattr(name, "user.x", "1", 1, 0));
	TIMES("getxattr", name, getxattr(name, "user.x", b, 1));
	TIMES("removexattr", name, removexattr(name, "user.x"));
	TIMES("stat", name, access(name, R_OK));
	TIMES("utimes to now", name, utimensat(AT_FDCWD, name, NULL, 0));
	TIMES("both omitted", name,
	      utimensat(AT_FDCWD, name, (struct timespec[2]){{0, UTIME_OMIT}, {0, UTIME_OMIT}}, 0));
	TIMES("access omitted", name,
	      futimens(fd, (struct timespec[2]){{0, UTIME_OMIT}, {0, UTIME_NOW}}));
	TIMES("failed chmod", name, chmod("d/missing", 0600));
	volatile char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	TIMES("a mapping written", name, (p[0] = 'y', msync((void *)p, 4096, MS_SYNC)));
}

static void names(void)
{
	struct dirent *e;

	TIMES("link", name, link(name, "d/second"));
	TIMES("unlink of the second", name, unlink("d/second"));
	TIMES("rename", "d/renamed", rename(name, "d/renamed"));
	rename("d/renamed", name);
	TIMES("rename to itself", name, rename(name, name));
	TIMES("rename out and in", name, (rename(name, "out"), rename("out", name)));
	TIMES("symlink", name, symlink("x", "d/link"));
	TIMES("readlink", name, readlink("d/link", (char[8]){0}, 8));
	TIMES("unlink of a link", name, unlink("d/link"));
	TIMES("mkdir", name, mkdir("d/sub", 0755));
	TIMES("a file deeper", name, close(open("d/sub/x", O_CREAT | O_WRONLY, 0600)));
	unlink("d/sub/x");
	TIMES("rmdir", name, rmdir("d/sub"));
	TIMES("mkdir that fails", name, mkdir("d/file", 0755));
	TIMES("mkfifo", name, mkfifo("d/fifo", 0600));
	unlink("d/fifo");
	TIMES("create", name, close(open("d/new", O_CREAT | O_WRONLY, 0600)));
	TIMES("create of one that exists", name, close(open("d/new", O_CREAT | O_WRONLY, 0600)));
	unlink("d/new");
	DIR *d = opendir("d");
	TIMES("reading the directory", name, while ((e = readdir(d))));
	closedir(d);
	TIMES("chdir", name, (chdir("d"), chdir("..")));
	TIMES("chmod of the directory", name, chmod("d", 0755));
}

static void precise(void)
{
	struct stat st;
	struct timespec t[2] = {{1234567890, 123456789}, {-1, 999999999}};

	FACT("nanoseconds", utimensat(AT_FDCWD, name, t, 0));
	stat(name, &st);
	say("  %ld.%09ld %ld.%09ld", st.st_atim.tv_sec, st.st_atim.tv_nsec, st.st_mtim.tv_sec,
	    st.st_mtim.tv_nsec);
	t[0].tv_sec = 1L << 33;
	FACT("beyond 2106", utimensat(AT_FDCWD, name, t, 0));
	stat(name, &st);
	say("  %d", st.st_atim.tv_sec == 1L << 33);
	FACT("a link itself",
	     (symlink("file", "d/l"), utimensat(AT_FDCWD, "d/l", t, AT_SYMLINK_NOFOLLOW)));
	lstat("d/l", &st);
	say("  %ld.%09ld", st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	unlink("d/l");
}

int main(void)
{
	start("time_stamps");
	mkdir("d", 0755);
	put_file(name, "content", 0644);
	files();
	names();
	precise();
	return 0;
}
