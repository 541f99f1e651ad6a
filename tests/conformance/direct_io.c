/* O_DIRECT, O_SYNC and sendfile(2), copy_file_range(2) between kinds of files. */
#include "facts.h"
#include <sys/sendfile.h>

#define SIZE 16384

static void direct(const char *path)
{
	char *b = NULL;

	MUST(posix_memalign((void **)&b, 4096, SIZE));
	memset(b, 'd', SIZE);
	int fd = open(path, O_RDWR | O_CREAT | O_DIRECT | O_CLOEXEC, 0600);
	say("%s", path);
	OK("O_DIRECT", fd);
	FACT("flag", (fcntl(fd, F_GETFL) & O_DIRECT) != 0);
	FACT("write", write(fd, b, SIZE));
	memset(b, 0, SIZE);
	FACT("read", pread(fd, b, SIZE, 0));
	FACT("content", b[SIZE - 1] == 'd');
	FACT("off by one", pread(fd, b + 1, 4096, 0));
	FACT("a length of 100", pread(fd, b, 100, 0));
	FACT("from 1", pread(fd, b, 4096, 1));
	FACT("switched off", fcntl(fd, F_SETFL, 0));
	FACT("off by one", pread(fd, b + 1, 4096, 1));
	FACT("switched on", fcntl(fd, F_SETFL, O_DIRECT));
	close(fd);
	fd = open(path, O_WRONLY | O_SYNC | O_CLOEXEC);
	FACT("O_SYNC", write(fd, b, 100));
	FACT("flag", (fcntl(fd, F_GETFL) & O_SYNC) == O_SYNC);
	FACT("fsync", fsync(fd));
	FACT("fdatasync", fdatasync(fd));
	FACT("syncfs", syncfs(fd));
	FACT("sync_file_range", sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
	FACT("posix_fadvise", posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	FACT("readahead, for writing", readahead(fd, 0, 4096));
	close(fd);
	free(b);
}

static void transfer(void)
{
	int pipes[2], sockets[2];
	char b[64];
	off_t offset = 2;

	put_file("from", "0123456789", 0600);
	int in = open("from", O_RDONLY | O_CLOEXEC), out = open("to", O_RDWR | O_CREAT, 0600);
	MUST(pipe(pipes));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	FACT("to a file", sendfile(out, in, &offset, 4));
	FACT("offset", offset);
	FACT("own offset", lseek(in, 0, SEEK_CUR));
	FACT("to a pipe", sendfile(pipes[1], in, NULL, 100));
	FACT("own offset", lseek(in, 0, SEEK_CUR));
	FACT("at the end", sendfile(pipes[1], in, NULL, 100));
	FACT("read", read(pipes[0], b, sizeof(b)));
	offset = 0;
	FACT("to a socket", sendfile(sockets[0], in, &offset, 3));
	FACT("read", read(sockets[1], b, sizeof(b)));
	FACT("from a pipe", sendfile(out, pipes[0], NULL, 1));
	FACT("from /proc", sendfile(out, open("/proc/self/comm", O_RDONLY), NULL, 100));
	FACT("for reading only", sendfile(in, in, NULL, 1));
	offset = -1;
	FACT("a negative offset", sendfile(out, in, &offset, 1));
	FACT("copy", copy_file_range(in, &(loff_t){0}, out, &(loff_t){0}, 10, 0));
	FACT("copy to a pipe", copy_file_range(in, &(loff_t){0}, pipes[1], NULL, 10, 0));
	int append = open("to", O_WRONLY | O_APPEND);
	FACT("copy, appending", copy_file_range(in, &(loff_t){0}, append, NULL, 10, 0));
	FACT("overlapping", copy_file_range(out, &(loff_t){0}, out, &(loff_t){2}, 5, 0));
	FACT("flags", copy_file_range(in, &(loff_t){0}, out, NULL, 1, 1));
	int tmp = open("/tmp/to", O_RDWR | O_CREAT, 0600);
	FACT("between filesystems", copy_file_range(in, &(loff_t){0}, tmp, NULL, 10, 0));
	FACT("of a directory", copy_file_range(open(".", O_RDONLY), NULL, out, NULL, 10, 0));
}

int main(void)
{
	start("direct_io");
	direct("file");
	direct("/tmp/direct");
	transfer();
	return 0;
}
