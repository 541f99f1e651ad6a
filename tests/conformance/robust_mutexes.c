/* Mutexes and conditions in memory that processes share: owners that die, priorities, timeouts. */
#include "facts.h"
#include <pthread.h>

struct shared {
	pthread_mutex_t robust, plain;
	pthread_cond_t condition;
	int value;
};

static struct shared *s;

static void dies(void)
{
	pthread_mutex_lock(&s->robust);
	s->value++;
	kill(getpid(), SIGKILL);
}

static void *thread_dies(void *arg)
{
	pthread_mutex_lock(&s->robust);
	return arg;
}

static void waits(void)
{
	pthread_mutex_lock(&s->plain);
	s->value = 1;
	pthread_cond_signal(&s->condition);
	while (s->value != 2)
		pthread_cond_wait(&s->condition, &s->plain);
	s->value = 3;
	pthread_mutex_unlock(&s->plain);
	pthread_cond_signal(&s->condition);
}

int main(void)
{
	pthread_mutexattr_t attr;
	pthread_condattr_t cond_attr;
	pthread_t thread;

	start("robust_mutexes");
	s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_init(&attr);
	FACT("shared", pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED));
	pthread_mutex_init(&s->plain, &attr);
	FACT("robust", pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST));
	pthread_mutex_init(&s->robust, &attr);
	pthread_condattr_init(&cond_attr);
	pthread_condattr_setpshared(&cond_attr, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&s->condition, &cond_attr);

	in_child("a process dies", dies);
	say("lock: %s", errno_name(pthread_mutex_lock(&s->robust)));
	FACT("value", s->value);
	FACT("consistent", pthread_mutex_consistent(&s->robust));
	FACT("unlock", pthread_mutex_unlock(&s->robust));
	FACT("lock", pthread_mutex_lock(&s->robust));
	FACT("unlock", pthread_mutex_unlock(&s->robust));
	in_child("again", dies);
	say("trylock: %s", errno_name(pthread_mutex_trylock(&s->robust)));
	FACT("unlock, inconsistent", pthread_mutex_unlock(&s->robust));
	say("lock: %s", errno_name(pthread_mutex_lock(&s->robust)));
	pthread_mutex_init(&s->robust, &attr);
	pthread_create(&thread, NULL, thread_dies, NULL);
	pthread_join(thread, NULL);
	say("a thread died: %s", errno_name(pthread_mutex_lock(&s->robust)));

	s->value = 0;
	pid_t pid = child();
	if (pid == 0) {
		waits();
		_exit(0);
	}
	pthread_mutex_lock(&s->plain);
	while (s->value != 1)
		pthread_cond_wait(&s->condition, &s->plain);
	s->value = 2;
	pthread_cond_signal(&s->condition);
	while (s->value != 3)
		pthread_cond_wait(&s->condition, &s->plain);
	pthread_mutex_unlock(&s->plain);
	say_end("the other", pid);
	struct timespec soon;
	clock_gettime(CLOCK_REALTIME, &soon);
	pthread_mutex_lock(&s->plain);
	say("a condition in time: %s",
	    errno_name(pthread_cond_timedwait(&s->condition, &s->plain, &soon)));
	say("locked twice: %s", errno_name(pthread_mutex_timedlock(&s->plain, &soon)));
	return 0;
}
