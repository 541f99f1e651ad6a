/* The C library changes the ids of all threads: who they are then, while others make calls. */
#include "facts.h"
#include <pthread.h>

static pthread_barrier_t before, after;
static volatile bool stop;

static void say_ids(const char *who)
{
	uid_t r, e, s;
	gid_t gr, ge, gs;

	getresuid(&r, &e, &s);
	getresgid(&gr, &ge, &gs);
	say("%s: %u %u %u, %u %u %u, groups %d, root's file %s", who, r, e, s, gr, ge, gs,
	    getgroups(0, NULL), access("secret", R_OK) < 0 ? errno_name(errno) : "ok");
}

static void *waits(void *arg)
{
	for (int i = 0; i < 5; i++) {
		pthread_barrier_wait(&before);
		int fd = open("secret", O_RDONLY);
		if ((long)arg == 0) {
			say_ids("  the other thread");
			say("  opens: %d", fd >= 0);
		}
		if (fd >= 0)
			close(fd);
		pthread_barrier_wait(&after);
	}
	return NULL;
}

static void *works(void *arg)
{
	while (!stop) {
		close(open("secret", O_RDONLY));
		access("/proc/self/status", F_OK);
	}
	return NULL;
}

static void together(const char *label, long result)
{
	say("%s: %s", label, result < 0 ? errno_name(errno) : "ok");
	pthread_barrier_wait(&before);
	pthread_barrier_wait(&after);
	say_ids("  this thread");
}

static void all(void)
{
	pthread_t threads[3], busy[2];

	pthread_barrier_init(&before, NULL, 4);
	pthread_barrier_init(&after, NULL, 4);
	for (long i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, waits, (void *)i);
	for (int i = 0; i < 2; i++)
		pthread_create(&busy[i], NULL, works, NULL);
	together("setgroups", setgroups(2, (gid_t[]){7, 8}));
	together("seteuid", seteuid(USER));
	together("seteuid back", seteuid(0));
	together("setresgid", setresgid(USER, USER, USER));
	together("setresuid", setresuid(USER, USER, USER));
	stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(busy[i], NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	FACT("root is gone", setuid(0));
}

static void *exchange(void *arg)
{
	FACT("setreuid, exchanged", setreuid(USER, 2000));
	say_ids("  this thread");
	return NULL;
}

static void exchanged(void)
{
	pthread_t thread;

	MUST(setresuid(2000, USER, 2000));
	pthread_create(&thread, NULL, exchange, NULL);
	pthread_join(thread, NULL);
	say_ids("  the first thread");
}

/* Threads that come and go while ids change. */
static void *short_lived(void *arg)
{
	return (void *)(long)geteuid();
}

static void churn(void)
{
	int wrong = 0;

	for (int i = 0; i < 100; i++) {
		pthread_t threads[2];
		void *uid;
		uid_t want = i % 2 ? 0 : USER;
		pthread_create(&threads[0], NULL, short_lived, NULL);
		MUST(seteuid(want));
		pthread_create(&threads[1], NULL, short_lived, NULL);
		pthread_join(threads[0], NULL);
		pthread_join(threads[1], &uid);
		wrong += (uid_t)(long)uid != want;
	}
	say("threads with a wrong id: %d", wrong);
}

int main(void)
{
	start("setxid_threads");
	put_file("secret", "x", 0600);
	in_child("all", all);
	in_child("exchanged", exchanged);
	in_child("churn", churn);
	return 0;
}
