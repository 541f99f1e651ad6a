/* ioctl(2) and fcntl(2) requests of files: flags, sizes, holes, clones, attributes, status. */
#include "facts.h"
#include <linux/falloc.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

static void requests(const char *path, bool real)
{
	int fd = (int)MUST(open(path, O_RDONLY)), n = -1;
	char b[200] = "";

	say("%s", path);
	FACT("FIONREAD", ioctl(fd, FIONREAD, &n));
	if (real)
		say("  %d", n);
	FACT("FIOCLEX", ioctl(fd, FIOCLEX));
	FACT("  F_GETFD", fcntl(fd, F_GETFD));
	FACT("FIONCLEX", ioctl(fd, FIONCLEX));
	FACT("FIONBIO", ioctl(fd, FIONBIO, &(int){1}));
	say("  F_GETFL %o", fcntl(fd, F_GETFL) & ~O_LARGEFILE);
	FACT("FIGETBSZ", ioctl(fd, FIGETBSZ, &n));
	FACT("FIOQSIZE", ioctl(fd, FIOQSIZE, b) < 0 && real);
	FACT("TCGETS", ioctl(fd, 0x5401, b));
	FACT("TIOCGWINSZ", ioctl(fd, 0x5413, b));
	FACT("an unknown request", ioctl(fd, 0xdeadbeef, b));
	FACT("of a bad descriptor", ioctl(99, FIONREAD, &n));
	FACT("a bad pointer", ioctl(fd, FIONBIO, BAD));
	FACT("FS_IOC_GETFLAGS nowhere", ioctl(fd, FS_IOC_GETFLAGS, BAD) < 0);
	close(fd);
}

static void status(void)
{
	int fd = (int)MUST(open("file", O_RDWR));

	for (int flag = 1; flag < 1 << 24; flag <<= 1) {
		int r = fcntl(fd, F_SETFL, flag), e = errno;
		say("F_SETFL %o: %s, then %o", flag, r < 0 ? errno_name(e) : "ok",
		    fcntl(fd, F_GETFL) & ~O_LARGEFILE);
		fcntl(fd, F_SETFL, 0);
	}
	FACT("F_GET_RW_HINT", fcntl(fd, F_GET_RW_HINT, &(uint64_t){0}));
	FACT("F_SET_RW_HINT", fcntl(fd, F_SET_RW_HINT, &(uint64_t){2}));
	FACT("  a bad one", fcntl(fd, F_SET_RW_HINT, &(uint64_t){77}));
	FACT("F_DUPFD_QUERY", fcntl(fd, 1027, fd) != 99);
	FACT("F_GETSIG", fcntl(fd, F_GETSIG));
	FACT("F_GETOWN", fcntl(fd, F_GETOWN));
}

static void user(void)
{
	int fd = (int)MUST(open("/etc/passwd", O_RDONLY));

	FACT("O_NOATIME of another's file", fcntl(fd, F_SETFL, O_NOATIME));
	FD("  when opening", open("/etc/passwd", O_RDONLY | O_NOATIME));
	FD("  of an own file", open("/tmp/file_requests", O_RDWR | O_CREAT | O_NOATIME, 0600));
	unlink("/tmp/file_requests");
}

static void allocation(void)
{
	int fd = (int)MUST(open("/tmp/allocated", O_RDWR | O_CREAT | O_TRUNC, 0600)), pipes[2];
	struct stat st;

	MUST(pipe(pipes));
	FACT("fallocate", fallocate(fd, 0, 0, 100000));
	fstat(fd, &st);
	say("  size %ld, blocks for it %d", (long)st.st_size, st.st_blocks * 512 >= 100000);
	FACT("keeping the size", fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 200000));
	FACT("  the size", (fstat(fd, &st), st.st_size));
	pwrite(fd, "data", 4, 50000);
	FACT("a hole", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 40960, 20480));
	char c[4] = "xxx";
	pread(fd, c, 4, 50000);
	say("  zeroes %d", c[0] == 0);
	FACT("a hole that changes the size", fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096));
	FACT("SEEK_HOLE", lseek(fd, 0, SEEK_HOLE) >= 0);
	FACT("SEEK_DATA beyond", lseek(fd, 1000000, SEEK_DATA));
	FACT("zero length", fallocate(fd, 0, 0, 0));
	FACT("a negative offset", fallocate(fd, 0, -1, 10));
	FACT("bad modes", fallocate(fd, 0x1000, 0, 10));
	FACT("too large", fallocate(fd, 0, INT64_MAX - 10, 100));
	FACT("of a pipe", fallocate(pipes[0], 0, 0, 10));
	FACT("of a directory", fallocate(open(".", O_RDONLY), 0, 0, 10));
	FACT("of a read-only one", fallocate(open("/tmp/allocated", O_RDONLY), 0, 0, 10));
	FACT("posix_fallocate", posix_fallocate(fd, 0, 300000));
	FACT("FICLONE of itself", ioctl(fd, FICLONE, fd) < 0);
	FACT("FITRIM", ioctl(fd, FITRIM, BAD) < 0);
	unlink("/tmp/allocated");
}

int main(void)
{
	start("file_requests");
	put_file("file", "0123456789", 0644);
	requests("file", true);
	requests("/proc/version", false);
	requests("/dev/null", false);
	status();
	as_user("a user", user);
	allocation();
	return 0;
}
