/* readv, writev and their positioned kin: vectors, flags, half-bad memory, files of several kinds.
 */
#include "facts.h"
#include <sys/uio.h>

static char a[16], b[16];

static void vectors(int fd)
{
	struct iovec v[] = {{"hello ", 6}, {NULL, 0}, {"world", 5}}, r[] = {{a, 4}, {b, 10}};
	struct iovec *many = calloc(1025, sizeof(*many));

	FACT("writev", writev(fd, v, 3));
	FACT("lseek", lseek(fd, 0, SEEK_SET));
	FACT("readv", readv(fd, r, 2));
	say("  %.4s|%.7s", a, b);
	FACT("the end", readv(fd, r, 2));
	FACT("preadv", preadv(fd, r, 2, 6));
	say("  %.4s|%.1s", a, b);
	FACT("pwritev", pwritev(fd, v, 1, 100));
	FACT("  the size", lseek(fd, 0, SEEK_END));
	FACT("preadv, a negative offset", preadv(fd, r, 2, -1));
	FACT("preadv2 at the position", (lseek(fd, 6, SEEK_SET), preadv2(fd, r, 1, -1, 0)));
	FACT("none", readv(fd, r, 0));
	FACT("1024", readv(fd, many, 1024));
	FACT("1025", readv(fd, many, 1025));
	FACT("a negative count", readv(fd, r, -1));
	r[0].iov_len = (size_t)-1;
	FACT("a negative length", readv(fd, r, 1));
	r[0] = (struct iovec){a, 4};
	r[1] = (struct iovec){BAD, 4};
	FACT("the second nowhere", preadv(fd, r, 2, 0));
	r[0] = (struct iovec){BAD, 4};
	FACT("the first nowhere", preadv(fd, r, 2, 0));
	FACT("vectors nowhere", readv(fd, BAD, 1));
	v[2].iov_base = BAD;
	FACT("writing, the last nowhere", pwritev(fd, v, 3, 0));
}

static void flags(int fd)
{
	struct iovec v = {"12345", 5}, r = {a, 5};

	FACT("RWF_APPEND", pwritev2(fd, &v, 1, 0, RWF_APPEND));
	FACT("  the size", lseek(fd, 0, SEEK_END));
	FACT("RWF_DSYNC", pwritev2(fd, &v, 1, 0, RWF_DSYNC));
	FACT("RWF_SYNC", pwritev2(fd, &v, 1, 0, RWF_SYNC));
	FACT("RWF_HIPRI", preadv2(fd, &r, 1, 0, RWF_HIPRI));
	FACT("RWF_NOWAIT, cached", preadv2(fd, &r, 1, 0, RWF_NOWAIT));
	FACT("unknown flags", preadv2(fd, &r, 1, 0, 0x40000000));
	FACT("RWF_APPEND while reading", preadv2(fd, &r, 1, 0, RWF_APPEND));
}

static void append(void)
{
	int fd = (int)MUST(open("appended", O_RDWR | O_CREAT | O_APPEND, 0600));

	write(fd, "0123456789", 10);
	FACT("pwrite with O_APPEND", pwrite(fd, "x", 1, 0));
	FACT("  the size", lseek(fd, 0, SEEK_END));
	FACT("a position does not matter", (lseek(fd, 2, SEEK_SET), write(fd, "y", 1)));
	FACT("  it is at the end then", lseek(fd, 0, SEEK_CUR));
	FACT("RWF_NOAPPEND", pwritev2(fd, &(struct iovec){"z", 1}, 1, 0, 0x20) != 99);
}

static void others(void)
{
	struct iovec r[] = {{a, 4}, {b, 10}};
	int pipes[2], fd = (int)MUST(open("/proc/self/comm", O_RDONLY));

	FACT("readv in /proc", readv(fd, r, 2));
	say("  %.4s", a);
	FACT("preadv in /proc", preadv(fd, r, 2, 2));
	say("  %.4s", a);
	FACT("preadv beyond", preadv(fd, r, 2, 4096));
	FACT("writev", writev(fd, r, 2));
	MUST(pipe(pipes));
	FACT("pwritev to a pipe", pwritev(pipes[1], r, 2, 0));
	FACT("writev to a pipe", writev(pipes[1], r, 2));
	FACT("readv of a pipe", readv(pipes[0], r, 2));
	FACT("preadv of a pipe", preadv(pipes[0], r, 2, 0));
	FACT("preadv2 of a pipe at -1", (write(pipes[1], "x", 1), preadv2(pipes[0], r, 2, -1, 0)));
	FACT("RWF_NOWAIT of an empty pipe", preadv2(pipes[0], r, 2, -1, RWF_NOWAIT));
	FACT("readv of the wrong end", readv(pipes[1], r, 2));
	FACT("readv of a directory", readv(open(".", O_RDONLY), r, 2));
	FACT("readv of O_PATH", readv(open("file", O_PATH), r, 2));
	FACT("writev of a read-only one", writev(open("file", O_RDONLY), r, 2));
	FACT("process_vm_readv of itself is somebody's name",
	     syscall(SYS_process_vm_readv, 999999, r, 1, r, 1, 0) < 0);
}

static void advice(void)
{
	int fd = (int)MUST(open("file", O_RDWR)), pipes[2];

	MUST(pipe(pipes));
	for (int i = 0; i < 7; i++)
		FACT("posix_fadvise", syscall(SYS_fadvise64, fd, 0, 0, i));
	FACT("  of a pipe", syscall(SYS_fadvise64, pipes[0], 0, 0, 0));
	FACT("  of a directory", syscall(SYS_fadvise64, open(".", O_RDONLY), 0, 0, 3));
	FACT("  in /proc", syscall(SYS_fadvise64, open("/proc/version", O_RDONLY), 0, 0, 3));
	FACT("  a negative length", syscall(SYS_fadvise64, fd, 0, -1, 0));
	FACT("readahead", readahead(fd, 0, 100));
	FACT("  of a pipe", readahead(pipes[0], 0, 100));
	FACT("  of a write-only one", readahead(open("file", O_WRONLY), 0, 100));
	FACT("sync_file_range", sync_file_range(fd, 0, 0, 7));
	FACT("  bad flags", sync_file_range(fd, 0, 0, 8));
	FACT("  of a pipe", sync_file_range(pipes[0], 0, 0, 7));
	FACT("fsync of a pipe", fsync(pipes[0]));
	FACT("fdatasync of a socket", fdatasync(socket(AF_UNIX, SOCK_STREAM, 0)));
	FACT("fsync of /proc", fsync(open("/proc/version", O_RDONLY)));
	FACT("fsync of a directory", fsync(open(".", O_RDONLY)));
	FACT("syncfs of /proc", syncfs(open("/proc/version", O_RDONLY)));
	FACT("syncfs of O_PATH", syncfs(open("file", O_PATH)));
}

int main(void)
{
	start("vector_io");
	int fd = (int)MUST(open("file", O_RDWR | O_CREAT, 0600));
	vectors(fd);
	flags(fd);
	append();
	others();
	advice();
	return 0;
}
