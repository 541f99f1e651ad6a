/* Sparse and large files: holes, SEEK_DATA and SEEK_HOLE, fallocate(2), offsets beyond 4 GiB. */
#include "facts.h"
#include <linux/falloc.h>

#define BLOCK 65536
#define GIB   (1L << 30)

static void holes(void)
{
	char b[16] = "";
	struct stat st;
	int fd = open("holes", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	FACT("write behind a hole", pwrite(fd, "data", 4, 4 * BLOCK));
	FACT("fstat", fstat(fd, &st));
	FACT("size", st.st_size);
	FACT("takes less than it is long", st.st_blocks * 512 < st.st_size);
	FACT("data from the start", lseek(fd, 0, SEEK_DATA));
	FACT("hole from the start", lseek(fd, 0, SEEK_HOLE));
	FACT("hole from the data", lseek(fd, 4 * BLOCK, SEEK_HOLE));
	FACT("data behind the end", lseek(fd, 5 * BLOCK, SEEK_DATA));
	FACT("hole behind the end", lseek(fd, 5 * BLOCK, SEEK_HOLE));
	FACT("negative", lseek(fd, -1, SEEK_DATA));
	FACT("a hole reads as zeros", pread(fd, b, 8, BLOCK));
	FACT("  zeros", memcmp(b, "\0\0\0\0\0\0\0\0", 8));
	close(fd);
}

static void allocation(void)
{
	char b[4] = "";
	struct stat st;
	int fd = open("allocated", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	FACT("allocate", fallocate(fd, 0, 0, 8 * BLOCK));
	MUST(fstat(fd, &st));
	FACT("size", st.st_size);
	FACT("keep the size", fallocate(fd, FALLOC_FL_KEEP_SIZE, 8 * BLOCK, BLOCK));
	MUST(fstat(fd, &st));
	FACT("size then", st.st_size);
	MUST(pwrite(fd, "data", 4, 2 * BLOCK));
	FACT("punch a hole",
	     fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2 * BLOCK, BLOCK));
	MUST(pread(fd, b, 4, 2 * BLOCK));
	FACT("nothing is left", memcmp(b, "\0\0\0\0", 4));
	FACT("zero a range", fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, BLOCK));
	FACT("punch without keeping", fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, BLOCK));
	FACT("no length", fallocate(fd, 0, 0, 0));
	FACT("negative offset", fallocate(fd, 0, -1, 1));
	close(fd);
	fd = open("allocated", O_RDONLY | O_CLOEXEC);
	FACT("opened for reading", fallocate(fd, 0, 0, 1));
	close(fd);
	FACT("posix_fallocate of a directory", posix_fallocate(open(".", O_RDONLY), 0, 1));
}

static void large(void)
{
	char b[8] = "";
	struct stat st;
	int fd = open("large", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	FACT("write at 5 GiB", pwrite(fd, "far", 3, 5 * GIB));
	FACT("seek", lseek(fd, 5 * GIB, SEEK_SET));
	FACT("read", read(fd, b, 8));
	say("  %s", b);
	MUST(stat("large", &st));
	FACT("stat", st.st_size);
	FACT("truncate to 6 GiB", truncate("large", 6 * GIB));
	MUST(fstat(fd, &st));
	FACT("size", st.st_size);
	FACT("seek from the end", lseek(fd, -1, SEEK_END));
	char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 5 * GIB);
	FACT("mapped", p == MAP_FAILED ? -1 : memcmp(p, "far", 3));
	FACT("as far as possible", pwrite(fd, "x", 1, LONG_MAX - 1));
	FACT("ftruncate, negative", ftruncate(fd, -1));
	struct flock lock = {
	    .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5 * GIB, .l_len = 1};
	FACT("lock at 5 GiB", fcntl(fd, F_SETLK, &lock));
	FACT("copy_file_range",
	     copy_file_range(fd, &(loff_t){5 * GIB}, fd, &(loff_t){4 * GIB}, 3, 0));
	MUST(pread(fd, b, 3, 4 * GIB));
	say("  %.3s", b);
	close(fd);
}

int main(void)
{
	start("sparse_files");
	holes();
	allocation();
	large();
	return 0;
}
