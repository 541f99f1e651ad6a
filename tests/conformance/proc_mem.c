/* /proc/self/mem: a process reads and writes its own memory by descriptor. */
#include "facts.h"
#include <pthread.h>

static char data[] = "some data";

static off_t at(const void *p)
{
	return (off_t)(uintptr_t)p;
}

static void *by_thread(void *arg)
{
	char path[64], b[16] = "";

	snprintf(path, sizeof(path), "/proc/self/task/%ld/mem", syscall(SYS_gettid));
	int fd = open(path, O_RDONLY);
	FACT("of a thread: read", pread(fd, b, 4, at(data)));
	say("  %s", b);
	close(fd);
	fd = open("/proc/thread-self/mem", O_RDWR);
	FACT("of thread-self: write", pwrite(fd, "S", 1, at(data)));
	say("  %s", data);
	close(fd);
	return arg;
}

static void by_user(void)
{
	char b[8] = "";
	/* After a change of user it is not dumpable, and its files are root's. */
	prctl(PR_SET_DUMPABLE, 1);
	int fd = open("/proc/self/mem", O_RDWR);
	say("user: own: %s", fd < 0 ? errno_name(errno) : "ok");
	FACT("user: read", pread(fd, b, 4, at(data)));
	FACT("user: that of process 1", open("/proc/1/mem", O_RDONLY));
}

int main(void)
{
	char b[64] = "";
	struct stat st;
	pthread_t thread;

	start("proc_mem");
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	OK("open", fd);
	FACT("read", pread(fd, b, 4, at(data)));
	say("  %s", b);
	FACT("write", pwrite(fd, "SOME", 4, at(data)));
	say("  %s", data);
	FACT("seek", lseek(fd, at(data) + 5, SEEK_SET) == at(data) + 5);
	FACT("read on", read(fd, b, 4));
	say("  %s", b);
	FACT("seek from the end", lseek(fd, 0, SEEK_END));
	FACT("at 0", pread(fd, b, 1, 0));
	FACT("write at 0", pwrite(fd, b, 1, 0));

	char *page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FACT("write to a read-only page", pwrite(fd, "x", 1, at(page)));
	say("  %c", page[0]);
	munmap(page + 4096, 4096);
	FACT("up to a hole", pread(fd, b, 64, at(page + 4096 - 10)));
	mprotect(page, 4096, PROT_NONE);
	FACT("read what is closed", pread(fd, b, 1, at(page)));
	FACT("into bad memory", pread(fd, BAD, 4, at(data)));
	close(fd);

	fd = open("/proc/self/mem", O_RDONLY);
	FACT("write, opened for reading", pwrite(fd, "x", 1, at(data)));
	FACT("truncate", ftruncate(fd, 0));
	FACT("stat", fstat(fd, &st));
	say("mode %o size %ld", st.st_mode, (long)st.st_size);
	close(fd);
	say_mode("by name", "/proc/self/mem");
	FD("with O_TRUNC", open("/proc/self/mem", O_WRONLY | O_TRUNC));
	FD("with O_PATH", open("/proc/self/mem", O_PATH));
	FD("of a missing process", open("/proc/999999999/mem", O_RDONLY));

	pthread_create(&thread, NULL, by_thread, NULL);
	pthread_join(thread, NULL);

	/* A descriptor goes on naming the memory of its process, for whoever holds it. */
	fd = open("/proc/self/mem", O_RDONLY);
	pid_t pid = fork();
	if (pid == 0) {
		strcpy(data, "a child's");
		FACT("a child reads its parent's", pread(fd, b, 9, at(data)));
		say("  %.9s", b);
		_exit(0);
	}
	waitpid(pid, NULL, 0);

	fd = open("/proc/self/clear_refs", O_WRONLY);
	OK("clear_refs", fd);
	FACT("referenced", write(fd, "1", 1));
	FACT("nonsense", write(fd, "99", 2));
	FACT("reading it", open("/proc/self/clear_refs", O_RDONLY));
	as_user("user", by_user);
	return 0;
}
