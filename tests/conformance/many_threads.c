/* A thousand threads, each with calls of its own, and a process of its own from some. */
#include "facts.h"
#include <pthread.h>

#define THREADS 1000

static pthread_barrier_t together;
static int opened, stated, named, forked;

static void *run(void *arg)
{
	long i = (long)arg;
	char name[32], b[64];
	struct stat st;

	pthread_barrier_wait(&together);
	snprintf(name, sizeof(name), "file%ld", i);
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0 && write(fd, name, strlen(name)) > 0)
		__atomic_add_fetch(&opened, 1, __ATOMIC_RELAXED);
	close(fd);
	if (stat(name, &st) == 0 && (size_t)st.st_size == strlen(name))
		__atomic_add_fetch(&stated, 1, __ATOMIC_RELAXED);
	ssize_t n = readlink("/proc/thread-self", b, sizeof(b) - 1);
	b[n > 0 ? n : 0] = '\0';
	snprintf(name, sizeof(name), "%d/task/%ld", getpid(), syscall(SYS_gettid));
	if (!strcmp(name, b))
		__atomic_add_fetch(&named, 1, __ATOMIC_RELAXED);
	if (i % 50 == 0) {
		int status = -1;
		pid_t pid = fork();
		if (pid == 0)
			_exit(access("/etc/passwd", R_OK));
		if (waitpid(pid, &status, 0) == pid && status == 0)
			__atomic_add_fetch(&forked, 1, __ATOMIC_RELAXED);
	}
	pthread_barrier_wait(&together);
	pthread_barrier_wait(&together);
	return NULL;
}

static int count_tasks(void)
{
	int n = 0;
	DIR *dir = opendir("/proc/self/task");
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		n += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

int main(void)
{
	static pthread_t threads[THREADS];
	pthread_attr_t attr;
	int made = 0;

	start("many_threads");
	pthread_barrier_init(&together, NULL, THREADS + 1);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	for (long i = 0; i < THREADS; i++)
		made += pthread_create(&threads[i], &attr, run, (void *)i) == 0;
	FACT("threads", made);
	pthread_barrier_wait(&together);
	pthread_barrier_wait(&together);
	FACT("tasks", count_tasks());
	pthread_barrier_wait(&together);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	FACT("files made", opened);
	FACT("files found", stated);
	FACT("own names", named);
	FACT("children", forked);
	FACT("tasks left", count_tasks());
	return 0;
}
