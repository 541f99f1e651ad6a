/* Positions in directories: telldir(3) and seekdir(3), lseek(2), shared ones, while names go. */
#include "facts.h"

static char b[4096];

static int names(int fd)
{
	int n = 0;
	long got;

	while ((got = syscall(SYS_getdents64, fd, b, sizeof(b))) > 0)
		for (long at = 0; at < got; at += ((struct dirent64 *)(b + at))->d_reclen)
			n++;
	return got < 0 ? -1 : n;
}

static void positions(const char *path, bool exact)
{
	DIR *d = opendir(path);
	long where[4] = {0};
	char third[256] = "";
	struct dirent *e;
	int n = 0, total = 0;

	say("%s", path);
	for (; (e = readdir(d)); total++)
		if (n < 3) {
			where[n++] = telldir(d);
			snprintf(third, sizeof(third), "%s", e->d_name);
		}
	if (exact)
		FACT("  names", total);
	FACT("  the end again", readdir(d) == NULL);
	seekdir(d, where[1]);
	e = readdir(d);
	FACT("  after the second comes the third", e ? strcmp(e->d_name, third) : 99);
	rewinddir(d);
	for (n = 0; readdir(d);)
		n++;
	FACT("  the same once more", n == total);
	int fd = dirfd(d), copy = dup(fd);
	FACT("  lseek to the start", lseek(copy, 0, SEEK_SET));
	FACT("  a duplicate shares the position", names(fd) == total && names(copy) == 0);
	FACT("  another open does not", names(open(path, O_RDONLY)) == total);
	FACT("  lseek before the start", lseek(fd, -1, SEEK_SET));
	FACT("  lseek, a bad whence", lseek(fd, 0, 9));
	lseek(fd, 0, SEEK_SET);
	pid_t pid = child();
	if (pid == 0) {
		names(fd);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	FACT("  a child's reading moves it", names(fd));
	lseek(fd, where[0], SEEK_SET);
	FACT("  all but the first", total - names(fd));
	FACT("  read", read(fd, b, 10));
	FACT("  write", write(fd, b, 10));
	FACT("  pread", pread(fd, b, 10, 0));
	FACT("  too small", (lseek(fd, 0, SEEK_SET), syscall(SYS_getdents64, fd, b, 1)));
	FACT("  ftruncate", ftruncate(fd, 0));
	OK("  mmap", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
	FACT("  fsync", fsync(fd));
	closedir(d);
	close(copy);
}

static void fill(const char *path, int n)
{
	char name[100];

	mkdir(path, 0755);
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/file%03d", path, i);
		put_file(name, "", 0644);
	}
}

/* Removing what has been read must not skip what has not. */
static void removal(const char *path)
{
	char name[400];
	struct dirent *e;
	int n = 0;

	fill(path, 300);
	DIR *d = opendir(path);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.') {
			snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
			n += unlink(name) == 0;
		}
	say("removed %d of 300 while reading %s", n, path);
	rewinddir(d);
	for (n = 0; readdir(d);)
		n++;
	FACT("  then", n);
	snprintf(name, sizeof(name), "%s/new", path);
	put_file(name, "", 0644);
	rewinddir(d);
	for (n = 0; readdir(d);)
		n++;
	FACT("  a new one is seen", n);
	unlink(name);
	FACT("  rmdir while it is open", rmdir(path));
	rewinddir(d);
	errno = 0;
	FACT("  nothing is left", readdir(d) != NULL);
	FACT("  errno", errno);
	closedir(d);
}

static void processes(void)
{
	pid_t pid = child();
	char path[64], pids[64];
	int n = 0;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d", pid);
	snprintf(pids, sizeof(pids), "/proc/%d/task", pid);
	int fd = (int)MUST(open(pids, O_RDONLY | O_DIRECTORY)),
	    proc = (int)MUST(open(path, O_PATH));
	FACT("threads of a child", names(fd));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	lseek(fd, 0, SEEK_SET);
	FACT("when it is gone", syscall(SYS_getdents64, fd, b, sizeof(b)));
	FACT("a file of it", openat(proc, "status", O_RDONLY));
	FACT("its directory", access(path, F_OK));
	DIR *d = opendir("/proc");
	struct dirent *e;
	while ((e = readdir(d)))
		n += atoi(e->d_name) == pid;
	FACT("it is not listed", n);
	closedir(d);
}

int main(void)
{
	start("directory_positions");
	fill("d", 200);
	positions("d", true);
	fill("/tmp/positions", 200);
	positions("/tmp/positions", true);
	positions("/proc", false);
	positions("/proc/self", false);
	positions("/proc/sys/kernel", false);
	positions("/sys", false);
	positions("/dev", true);
	removal("e");
	removal("/tmp/removal");
	processes();
	for (int i = 0; i < 200; i++) {
		snprintf(b, sizeof(b), "/tmp/positions/file%03d", i);
		unlink(b);
	}
	rmdir("/tmp/positions");
	return 0;
}
