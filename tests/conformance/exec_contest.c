/* All threads of a process execute a program at once: one succeeds, the others are gone, and
 * whoever was about to serve them must not take the winner, who has the leader's number now, for
 * one. */
#include "facts.h"
#include <pthread.h>

#define ROUNDS	60
#define THREADS 7

static const char *self;
static pthread_barrier_t all;

static void *execute(void *arg)
{
	pthread_barrier_wait(&all);
	execl(self, self, "won", NULL);
	_exit(9);
}

static int contest(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		pthread_t t;
		pthread_barrier_init(&all, NULL, THREADS + 1);
		for (int i = 0; i < THREADS; i++)
			pthread_create(&t, NULL, execute, NULL);
		execute(NULL);
	}
	int status = -1;
	waitpid(pid, &status, 0);
	return status;
}

int main(int argc, char **argv)
{
	int won = 0;

	self = argv[0];
	if (argc > 1)
		return 42;
	start("exec_contest");
	for (int i = 0; i < ROUNDS; i++)
		won += contest() == 42 << 8;
	FACT("rounds won", won);
	return 0;
}
