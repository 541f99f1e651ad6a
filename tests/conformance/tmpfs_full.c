/* A file system that is full: every way to write finds out, and goes on when there is room again.
 */
#include "facts.h"
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/xattr.h>

static char block[1 << 20];

static int fill(const char *path)
{
	int fd = (int)MUST(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600));

	while (write(fd, block, sizeof(block)) > 0)
		;
	while (write(fd, block, 4096) > 0)
		;
	return fd;
}

static void full(void)
{
	struct statvfs v;
	int fd = fill("/noexec/full"), other;

	say("filling ends with %s", errno_name(errno));
	FACT("the size is the file system's", (long)(lseek(fd, 0, SEEK_END) >> 20) >= 15);
	FACT("statvfs", statvfs("/noexec", &v));
	say("  free %lu", (unsigned long)v.f_bavail);
	FACT("another file", (other = open("/noexec/other", O_RDWR | O_CREAT, 0600)) >= 0);
	FACT("  write", write(other, "x", 1));
	FACT("  pwrite", pwrite(other, "x", 1, 100));
	FACT("  writev", writev(other, &(struct iovec){block, 1}, 1));
	FACT("  fallocate", fallocate(other, 0, 0, 4096));
	FACT("  fallocate without size", fallocate(other, FALLOC_FL_KEEP_SIZE, 0, 4096));
	FACT("  ftruncate", ftruncate(other, 1 << 30));
	FACT("  sendfile", sendfile(other, open("/proc/self/exe", O_RDONLY), NULL, 100));
	FACT("  copy_file_range", copy_file_range(fd, &(off_t){0}, other, NULL, 100, 0));
	FACT("overwriting goes on", pwrite(fd, "y", 1, 5));
	FACT("reading goes on", pread(fd, block, 10, 0));
	FACT("a hole makes room",
	     fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 << 20));
	FACT("  a write then", pwrite(other, "x", 1, 0));
	FACT("unlink makes none while it is open", unlink("/noexec/full"));
	FACT("  statvfs", (statvfs("/noexec", &v), v.f_bavail < 300));
	close(fd);
	FACT("closed, it does", (statvfs("/noexec", &v), v.f_bavail > 3000));
	unlink("/noexec/other");
	close(other);
}

static void partial(void)
{
	int fd = fill("/noexec/full");

	ftruncate(fd, lseek(fd, 0, SEEK_END) - 10000);
	lseek(fd, 0, SEEK_END);
	ssize_t n = write(fd, block, sizeof(block));
	say("a write that fits in part: %d", n > 0 && n < (ssize_t)sizeof(block));
	FACT("the next", write(fd, block, sizeof(block)));
	FACT("O_TRUNC makes room", close(open("/noexec/full", O_WRONLY | O_TRUNC)));
	FACT("  a write then", pwrite(fd, block, 4096, 0));
	unlink("/noexec/full");
	close(fd);
}

static void names(void)
{
	char path[64];
	int fd = fill("/noexec/full"), n = 0;

	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "/noexec/dir%d", i);
		n += mkdir(path, 0755) == 0;
	}
	FACT("directories need no blocks", n);
	FACT("short links neither", symlink("x", "/noexec/link"));
	FACT("FIFOs neither", mkfifo("/noexec/fifo", 0600));
	FACT("a program cannot be written", (copy_file("/dev/null", "/noexec/program", 0755), 0));
	FACT("renaming needs none", rename("/noexec/link", "/noexec/dir0/link"));
	FACT("an attribute",
	     setxattr("/noexec/program", "user.x", "x", 1, 0) < 0 && errno == ENOSPC);
	unlink("/noexec/dir0/link");
	unlink("/noexec/fifo");
	unlink("/noexec/program");
	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "/noexec/dir%d", i);
		rmdir(path);
	}
	unlink("/noexec/full");
	close(fd);
}

static void as_a_user(void)
{
	int fd = fill("/tmp/full");

	say("a user's filling ends with %s", errno_name(errno));
	unlink("/tmp/full");
	close(fd);
}

int main(void)
{
	start("tmpfs_full");
	in_child("full", full);
	in_child("partial", partial);
	in_child("names", names);
	as_user("as a user", as_a_user);
	return 0;
}
