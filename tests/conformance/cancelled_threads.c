/* pthread_cancel(3) of threads that wait or work in calls; cleanup handlers; the others go on. */
#include "facts.h"
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>

static int pipes[2];
static sem_t go, go_on;
static const char *volatile cleaned;

static void clean(void *arg)
{
	cleaned = arg;
}

static void *opens(void *arg)
{
	pthread_cleanup_push(clean, "opening");
	sem_post(&go);
	open("fifo", O_RDONLY);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *reads(void *arg)
{
	char c;

	pthread_cleanup_push(clean, "reading");
	sem_post(&go);
	read(pipes[0], &c, 1);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *sleeps(void *arg)
{
	pthread_cleanup_push(clean, "sleeping");
	sem_post(&go);
	sleep(SECONDS);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *accepts(void *arg)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "socket"};

	bind(fd, (struct sockaddr *)&a, sizeof(a));
	listen(fd, 1);
	pthread_cleanup_push(clean, "accepting");
	sem_post(&go);
	accept(fd, NULL, NULL);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *works(void *arg)
{
	struct stat st;

	pthread_cleanup_push(clean, "working");
	sem_post(&go);
	for (;;) {
		stat("fifo", &st);
		int fd = open("/proc/self/status", O_RDONLY);
		if (fd >= 0)
			close(fd);
	}
	pthread_cleanup_pop(0);
	return NULL;
}

static void *refuses(void *arg)
{
	int old;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	sem_post(&go);
	while (sem_wait(&go_on) < 0)
		;
	int fd = open("file", O_RDONLY);
	cleaned = fd >= 0 ? "a call with cancellation off" : "nothing";
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
	pthread_testcancel();
	cleaned = "too much";
	return NULL;
}

static void *at_once(void *arg)
{
	int old;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	sem_post(&go);
	for (;;)
		;
	return NULL;
}

static void cancel(const char *label, void *(*body)(void *))
{
	pthread_t thread;
	void *result = NULL;

	say("%s", label);
	cleaned = "nothing";
	pthread_create(&thread, NULL, body, NULL);
	sem_wait(&go);
	sleep_ms(30);
	FACT("  cancel", pthread_cancel(thread));
	if (body == refuses)
		sem_post(&go_on);
	FACT("  join", pthread_join(thread, &result));
	say("  it was cancelled: %d, cleaned up: %s", result == PTHREAD_CANCELED, cleaned);
}

int main(void)
{
	start("cancelled_threads");
	MUST(mkfifo("fifo", 0600));
	put_file("file", "x", 0644);
	MUST(pipe(pipes));
	sem_init(&go, 0, 0);
	sem_init(&go_on, 0, 0);
	cancel("a fifo", opens);
	cancel("a pipe", reads);
	cancel("a sleeper", sleeps);
	cancel("a server", accepts);
	cancel("files", works);
	cancel("one that refuses", refuses);
	cancel("a loop", at_once);
	FD("the process goes on", open("file", O_RDONLY));
	FD("the fifo has no reader", open("fifo", O_WRONLY | O_NONBLOCK));
	return 0;
}
