/* fork, vfork and exec by threads that are not the first, while others are busy in calls. */
#include "facts.h"
#include <pthread.h>
#include <spawn.h>

#define THREADS 4
#define ROUNDS	25

extern char **environ;
static volatile bool stop;
static int failed, wrong;

static void *busy(void *arg)
{
	char text[64];

	while (!stop) {
		int fd = open("/proc/self/comm", O_RDONLY);
		if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
			__atomic_add_fetch(&failed, 1, __ATOMIC_RELAXED);
		if (fd >= 0)
			close(fd);
		access("file", F_OK);
	}
	return NULL;
}

/* The child has one thread, the parent's directory and ids, and makes calls at once. */
static int in_the_child(pid_t parent)
{
	struct stat st;
	char text[400];

	if (getppid() != parent || gettid() != getpid())
		return 1;
	if (stat("file", &st) < 0 || open("file", O_RDONLY) < 0)
		return 2;
	if (!getcwd(text, sizeof(text)) || !strstr(text, "fork_from_threads"))
		return 3;
	if (get_file("/proc/self/stat", text, sizeof(text)) <= 0 || atoi(text) != getpid())
		return 4;
	return umask(022) == 022 && getuid() == 0 ? 0 : 5;
}

static void *forks(void *arg)
{
	pid_t us = getpid();
	int status;

	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(in_the_child(us));
		if (waitpid(pid, &status, 0) != pid || status)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void *spawns(void *arg)
{
	int status;

	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = -1;
		char *const argv[] = {"true", NULL};
		int error = posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ);
		if (error || waitpid(pid, &status, 0) != pid || status)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void *fails(void *arg)
{
	int status;

	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = vfork();
		if (pid == 0) {
			execl("./file", "file", NULL);
			_exit(errno == EACCES ? 0 : 1);
		}
		if (waitpid(pid, &status, 0) != pid || status)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void run(const char *label, void *(*body)(void *))
{
	pthread_t busy_threads[2], threads[THREADS];

	stop = false;
	failed = wrong = 0;
	for (int i = 0; i < 2; i++)
		pthread_create(&busy_threads[i], NULL, busy, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, body, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(busy_threads[i], NULL);
	say("%s: children that went wrong %d, calls that failed %d", label, wrong, failed);
	FACT("  the lowest descriptor is free", open("file", O_RDONLY));
	close(3);
	FACT("  no child is left", waitpid(-1, NULL, WNOHANG));
}

/* A child that a thread has made outlives the thread, and the thread's siblings may wait for it. */
static void *makes_one(void *arg)
{
	pid_t pid = fork();

	if (pid == 0) {
		sleep_ms(50);
		_exit(getppid() == 1 ? 1 : 9);
	}
	return (void *)(long)pid;
}

int main(void)
{
	pthread_t thread;
	void *pid;

	start("fork_from_threads");
	put_file("file", "x", 0644);
	run("fork", forks);
	run("posix_spawn", spawns);
	run("vfork and a failed exec", fails);
	pthread_create(&thread, NULL, makes_one, NULL);
	pthread_join(thread, &pid);
	FACT("not with __WNOTHREAD", waitpid((pid_t)(long)pid, NULL, WNOHANG | __WNOTHREAD) <= 0);
	say_end("a child of a thread that is gone", (pid_t)(long)pid);
	return 0;
}
