/* getdents64 and getdents: buffers, offsets, rewinding, large directories, changes while reading.
 */
#include "facts.h"

struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

static char b[70000];

static long entries(int fd, size_t size, long *types)
{
	long n, count = 0;

	while ((n = syscall(SYS_getdents64, fd, b, size)) > 0)
		for (char *p = b; p < b + n; p += ((struct entry *)p)->length) {
			count++;
			if (types)
				types[((struct entry *)p)->type & 15]++;
		}
	return n < 0 ? -1 : count;
}

static void kinds(void)
{
	long types[16] = {0};
	int fd = open("kinds", O_RDONLY);

	FACT("entries", entries(fd, sizeof(b), types));
	say("directories %ld files %ld links %ld fifos %ld sockets %ld", types[DT_DIR],
	    types[DT_REG], types[DT_LNK], types[DT_FIFO], types[DT_SOCK]);
	FACT("at the end", syscall(SYS_getdents64, fd, b, sizeof(b)));
	FACT("rewind", lseek(fd, 0, SEEK_SET));
	FACT("entries again", entries(fd, sizeof(b), NULL));
	lseek(fd, 0, SEEK_SET);
	long n = syscall(SYS_getdents64, fd, b, sizeof(b));
	bool same = true;
	struct stat st;
	for (char *p = b; p < b + n; p += ((struct entry *)p)->length) {
		struct entry *e = (void *)p;
		if (strcmp(e->name, "..") != 0 &&
		    fstatat(fd, e->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			same = same && st.st_ino == e->inode;
	}
	FACT("inode numbers are those of stat", same);
	close(fd);
	fd = open("kinds", O_RDONLY);
	FACT("the old getdents", syscall(SYS_getdents, fd, b, sizeof(b)) > 0);
	FACT("the old getdents, 5 bytes",
	     (lseek(fd, 0, SEEK_SET), syscall(SYS_getdents, fd, b, 5)));
	close(fd);
}

static void errors(void)
{
	int fd = open("kinds", O_RDONLY);

	FACT("0 bytes", syscall(SYS_getdents64, fd, b, 0));
	FACT("10 bytes", syscall(SYS_getdents64, fd, b, 10));
	FACT("bad buffer", syscall(SYS_getdents64, fd, BAD, 1000));
	FACT("bad descriptor", syscall(SYS_getdents64, 99, b, 1000));
	FACT("a file", syscall(SYS_getdents64, open("file", O_RDONLY), b, 1000));
	FACT("O_PATH", syscall(SYS_getdents64, open("kinds", O_PATH), b, 1000));
	FACT("read of a directory", read(fd, b, 100));
	FACT("pread of a directory", pread(fd, b, 100, 0));
	FACT("lseek SEEK_END", lseek(fd, 0, SEEK_END) >= 0);
	FACT("lseek -1", lseek(fd, -1, SEEK_SET));
	close(fd);
}

static void large(const char *path)
{
	MUST(mkdir(path, 0755));
	int fd = (int)MUST(open(path, O_RDONLY));
	for (int i = 0; i < 5000; i++) {
		char name[32];
		snprintf(name, sizeof(name), "entry-%d", i);
		close(openat(fd, name, O_CREAT | O_WRONLY, 0600));
	}
	FACT("5000 files, large buffer", entries(fd, sizeof(b), NULL));
	lseek(fd, 0, SEEK_SET);
	FACT("5000 files, small buffer", entries(fd, 100, NULL));
	lseek(fd, 0, SEEK_SET);
	FACT("5000 files, 40 bytes", entries(fd, 40, NULL));
	lseek(fd, 0, SEEK_SET);
	long n = syscall(SYS_getdents64, fd, b, 2000), seen = 0;
	struct entry *last = NULL;
	for (char *p = b; p < b + n; p += last->length, seen++)
		last = (void *)p;
	int64_t offset = last ? last->offset : 0;
	long rest = entries(fd, sizeof(b), NULL);
	FACT("first part and the rest", seen + rest);
	FACT("seek to an entry's offset", lseek(fd, offset, SEEK_SET) == offset);
	FACT("the rest again", entries(fd, sizeof(b), NULL) == rest);
	int other = dup(fd);
	lseek(fd, 0, SEEK_SET);
	syscall(SYS_getdents64, fd, b, 2000);
	FACT("a duplicate shares the offset", entries(other, sizeof(b), NULL) == rest);
	long removed = 0;
	DIR *d = opendir(path);
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.' && unlinkat(fd, e->d_name, 0) == 0)
			removed++;
	closedir(d);
	FACT("removed while reading", removed);
	FACT("the directory is empty", rmdir(path));
	FACT("getdents64 of a removed directory",
	     (lseek(fd, 0, SEEK_SET), syscall(SYS_getdents64, fd, b, 100)));
	close(fd);
	close(other);
}

static void by_user(void)
{
	FD("user: open a directory with x only", open("passage", O_RDONLY));
	int fd = open("listing", O_RDONLY);
	FACT("user: list a directory without x", entries(fd, sizeof(b), NULL));
	FACT("user: stat in it", fstatat(fd, "x", &(struct stat){0}, 0));
}

int main(void)
{
	struct sockaddr_un address = {AF_UNIX, "kinds/socket"};

	start("getdents_calls");
	MUST(mkdir("kinds", 0755));
	put_file("kinds/file", "x", 0644);
	MUST(mkdir("kinds/dir", 0755));
	MUST(symlink("x", "kinds/link"));
	MUST(mkfifo("kinds/fifo", 0600));
	MUST(bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&address, sizeof(address)));
	put_file("file", "x", 0644);
	MUST(mkdir("passage", 0711));
	MUST(mkdir("listing", 0744));
	put_file("listing/x", "x", 0644);
	kinds();
	errors();
	large("large");
	large("/tmp/large");
	as_user("user", by_user);
	return 0;
}
