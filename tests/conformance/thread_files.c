/* A hundred threads that work on files at once, each with its own and all with one. */
#include "facts.h"
#include <pthread.h>

#define THREADS 100
#define ROUNDS	20

static pthread_barrier_t barrier;
static int failures, exclusive;

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			__atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);                        \
	} while (0)

static void *work(void *arg)
{
	long me = (long)arg;
	char dir[32], path[64], other[64], b[64], target[64];
	struct stat st;

	snprintf(dir, sizeof(dir), "d%ld", me);
	pthread_barrier_wait(&barrier);
	EXPECT(mkdir(dir, 0755) == 0);
	for (int i = 0; i < ROUNDS; i++) {
		snprintf(path, sizeof(path), "%s/f%d", dir, i);
		snprintf(other, sizeof(other), "%s/g%d", dir, i);
		int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
		EXPECT(fd >= 0);
		int n = snprintf(b, sizeof(b), "%ld %d", me, i);
		EXPECT(write(fd, b, (size_t)n) == n);
		EXPECT(fstat(fd, &st) == 0 && st.st_size == n);
		close(fd);
		EXPECT(rename(path, other) == 0);
		EXPECT(access(path, F_OK) == -1 && errno == ENOENT);
		EXPECT(get_file(other, target, sizeof(target)) == n && strcmp(b, target) == 0);
		EXPECT(symlink(other, path) == 0);
		EXPECT(readlink(path, target, sizeof(target)) == (ssize_t)strlen(other));
		EXPECT(chmod(other, 0640) == 0 && stat(other, &st) == 0 &&
		       (st.st_mode & 0777) == 0640);
		EXPECT(unlink(path) == 0 && unlink(other) == 0);
	}
	EXPECT(rmdir(dir) == 0);

	/* Exactly one of them makes the file. */
	pthread_barrier_wait(&barrier);
	int fd = open("one", O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd >= 0)
		__atomic_add_fetch(&exclusive, 1, __ATOMIC_RELAXED);
	else
		EXPECT(errno == EEXIST);

	/* All append to one file; no line is torn or lost. */
	int all = open("all", O_WRONLY | O_CREAT | O_APPEND, 0600);
	for (int i = 0; i < ROUNDS; i++)
		EXPECT(write(all, "0123456789\n", 11) == 11);
	close(all);
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* Threads change their own ids by the raw call: the others keep theirs. */
static void *own_ids(void *arg)
{
	uid_t uid = (uid_t)(2000 + (long)arg);
	struct stat st;
	char path[64];

	pthread_barrier_wait(&barrier);
	EXPECT(syscall(SYS_setresuid, -1, uid, -1) == 0);
	for (int i = 0; i < ROUNDS; i++) {
		snprintf(path, sizeof(path), "shared/o%ld-%d", (long)arg, i);
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
		EXPECT(fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == uid);
		close(fd);
		EXPECT(open("secret", O_RDONLY) == -1 && errno == EACCES);
	}
	return NULL;
}

static void run(const char *label, int n, void *(*body)(void *))
{
	pthread_t t[THREADS];
	pthread_attr_t attributes;

	failures = 0;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 65536);
	pthread_barrier_init(&barrier, NULL, (unsigned)n);
	for (long i = 0; i < n; i++)
		MUST(-(pthread_create(&t[i], &attributes, body, (void *)i) != 0));
	for (int i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	FACT(label, failures);
}

static void ids_of_threads(void)
{
	run("own ids: failures of 30 threads", 30, own_ids);
	FACT("own ids: the main thread's", geteuid());
	FD("own ids: it reads the secret", open("secret", O_RDONLY));
}

int main(void)
{
	struct stat st;

	start("thread_files");
	run("100 threads: failures", THREADS, work);
	FACT("how many made the one file", exclusive);
	stat("all", &st);
	FACT("size of the file that all appended to", st.st_size);
	MUST(mkdir("shared", 0755));
	MUST(chmod("shared", 0777));
	put_file("secret", "x", 0600);
	in_child("own ids", ids_of_threads);
	return 0;
}
