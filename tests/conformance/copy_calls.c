/* sendfile, copy_file_range, pread and pwrite families, fallocate, sparse files. */
#include "facts.h"
#include <sys/sendfile.h>
#include <sys/uio.h>

static char b[8192];

static void sending(void)
{
	int from = (int)MUST(open("from", O_RDONLY)),
	    to = (int)MUST(open("to", O_RDWR | O_CREAT, 0644)), pipes[2];
	off_t offset = 2;

	MUST(pipe(pipes));
	FACT("sendfile", sendfile(to, from, NULL, 4));
	FACT("offset of the source", lseek(from, 0, SEEK_CUR));
	FACT("sendfile with an offset", sendfile(to, from, &offset, 100));
	FACT("the offset then", offset);
	FACT("offset of the source", lseek(from, 0, SEEK_CUR));
	FACT("to a pipe", sendfile(pipes[1], from, NULL, 3));
	FACT("from a pipe", sendfile(to, pipes[0], NULL, 3));
	FACT("to a read-only descriptor", sendfile(from, from, NULL, 3));
	FACT("from a bad descriptor", sendfile(to, 99, NULL, 3));
	FACT("a bad offset pointer", sendfile(to, from, BAD, 3));
	offset = -1;
	FACT("a negative offset", sendfile(to, from, &offset, 3));
	memset(b, 0, sizeof(b));
	get_file("to", b, sizeof(b));
	say("the result: %s", b);
}

static void copying(void)
{
	int from = (int)MUST(open("from", O_RDWR)),
	    to = (int)MUST(open("to2", O_RDWR | O_CREAT, 0644));
	loff_t in = 3, out = 5;

	FACT("copy_file_range", copy_file_range(from, &in, to, &out, 4, 0));
	say("offsets then: %ld %ld", (long)in, (long)out);
	FACT("without offsets", copy_file_range(from, NULL, to, NULL, 3, 0));
	FACT("at the end", (in = 1000, copy_file_range(from, &in, to, NULL, 3, 0)));
	FACT("within one file, overlapping",
	     (in = 0, out = 1, copy_file_range(from, &in, from, &out, 5, 0)));
	FACT("flags", copy_file_range(from, NULL, to, NULL, 1, 1));
	FACT("to a read-only descriptor",
	     copy_file_range(from, NULL, open("to2", O_RDONLY), NULL, 1, 0));
	FACT("to an appending descriptor",
	     copy_file_range(from, NULL, open("to2", O_WRONLY | O_APPEND), NULL, 1, 0));
	FACT("from a directory", copy_file_range(open(".", O_RDONLY), NULL, to, NULL, 1, 0));
	FACT("to another file system",
	     copy_file_range(from, NULL, open("/tmp/x", O_WRONLY | O_CREAT, 0600), NULL, 3, 0));
	ssize_t n = get_file("to2", b, sizeof(b));
	for (ssize_t i = 0; i < n; i++)
		if (b[i] == '\0')
			b[i] = '.';
	say("the result: %.*s", (int)n, b);
}

static void vectors(void)
{
	int fd = (int)MUST(open("vectors", O_RDWR | O_CREAT, 0644));
	struct iovec out[3] = {{"one", 3}, {"", 0}, {"three", 5}}, in[2] = {{b, 2}, {b + 100, 20}};

	FACT("writev", writev(fd, out, 3));
	FACT("pwritev", pwritev(fd, out, 3, 20));
	FACT("preadv", preadv(fd, in, 2, 0));
	FACT("preadv2 at the offset", preadv2(fd, in, 2, -1, 0));
	FACT("pwritev2 appending", pwritev2(fd, out, 1, 0, RWF_APPEND));
	FACT("preadv2 with bad flags", preadv2(fd, in, 2, 0, 0x4000));
	FACT("writev of 1025", writev(fd, out, 1025));
	FACT("writev of -1", writev(fd, out, -1));
	FACT("readv into a bad pointer", readv(fd, &(struct iovec){BAD, 10}, 1));
	FACT("pread", pread(fd, b, 3, 1));
	FACT("pread beyond the end", pread(fd, b, 3, 1000));
	FACT("pread at -1", pread(fd, b, 3, -1));
	FACT("pwrite", pwrite(fd, "xyz", 3, 2));
	FACT("read into a bad pointer", (lseek(fd, 0, SEEK_SET), read(fd, BAD, 10)));
	FACT("write from a bad pointer", write(fd, BAD, 10));
	FACT("the file's size", lseek(fd, 0, SEEK_END));
}

static void space(void)
{
	int fd = (int)MUST(open("/tmp/sparse", O_RDWR | O_CREAT, 0644));
	struct stat st;

	FACT("fallocate", fallocate(fd, 0, 0, 8192));
	FACT("keep size", fallocate(fd, FALLOC_FL_KEEP_SIZE, 8192, 8192));
	fstat(fd, &st);
	FACT("size", st.st_size);
	FACT("punch a hole", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
	FACT("a hole without keeping the size", fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096));
	FACT("length 0", fallocate(fd, 0, 0, 0));
	FACT("of a read-only descriptor", fallocate(open("/tmp/sparse", O_RDONLY), 0, 0, 1));
	FACT("of a pipe", ({
		     int p[2];
		     pipe(p);
		     fallocate(p[1], 0, 0, 1);
	     }));
	FACT("seek to data", lseek(fd, 0, SEEK_DATA));
	FACT("seek to a hole", lseek(fd, 0, SEEK_HOLE));
	FACT("seek to a hole in the data", lseek(fd, 4096, SEEK_HOLE));
	FACT("seek beyond", lseek(fd, 100000, SEEK_DATA));
	FACT("bad whence", lseek(fd, 0, 99));
	FACT("posix_fadvise", posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
	FACT("fsync", fsync(fd));
	FACT("fdatasync", fdatasync(fd));
	FACT("fsync of a pipe", ({
		     int p[2];
		     pipe(p);
		     fsync(p[0]);
	     }));
	FACT("readahead", readahead(fd, 0, 4096));
	FACT("sync_file_range", sync_file_range(fd, 0, 4096, 0));
}

int main(void)
{
	start("copy_calls");
	put_file("from", "0123456789", 0644);
	sending();
	copying();
	vectors();
	space();
	return 0;
}
