/*
 * micro [--milliseconds N] [NAME...]: measures the operations named (all of them), one line each:
 * name, operations, and nanoseconds per operation: least, median, 99th percentile of the batches.
 * It makes its files in the current directory and on /dev/shm (a tmpfs), and removes them.
 */
#include "micro.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCHES_MIN 15
#define BATCHES_MAX 400
#define BATCH_NS    1000000

const char *program;
static pthread_t thread;

void failed(const char *what)
{
	fprintf(stderr, "micro: %s: %s\n", what, strerror(errno));
	exit(1);
}

void start_thread(void *(*body)(void *), void *argument)
{
	errno = pthread_create(&thread, NULL, body, argument);
	must(errno == 0);
}

void join_thread(void)
{
	errno = pthread_join(thread, NULL);
	must(errno == 0);
}

static int64_t now(void)
{
	struct timespec t;
	must(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t timed(const struct benchmark *b, long n)
{
	int64_t began = now();
	b->run(n);
	return now() - began;
}

/* The shortest of a few, since a busy machine only ever adds. */
static int64_t shortest(const struct benchmark *b, long n)
{
	int64_t least = timed(b, n);
	for (int i = 0; i < 3; i++) {
		int64_t ns = timed(b, n);
		least = ns < least ? ns : least;
	}
	return least;
}

static long batch_size(const struct benchmark *b)
{
	long n = 1;
	int64_t ns;
	while ((ns = shortest(b, n)) < BATCH_NS / 8)
		n *= 2;
	n = n * BATCH_NS / ns;
	return n > 1 ? n : 1;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void measure(const struct benchmark *b, long milliseconds)
{
	static double batches[BATCHES_MAX];
	if (b->setup)
		b->setup();
	long n = batch_size(b), count = 0;
	int64_t until = now() + milliseconds * 1000000;
	while (count < BATCHES_MAX && (count < BATCHES_MIN || now() < until))
		batches[count++] = (double)timed(b, n) / n;
	if (b->end)
		b->end();
	qsort(batches, count, sizeof *batches, ascending);
	printf("%s\t%ld\t%.1f\t%.1f\t%.1f\n", b->name, n * count, batches[0], batches[count / 2],
	       batches[(count - 1) * 99 / 100]);
	fflush(stdout);
}

static int wanted(const char *name, char **names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return 1;
	return count == 0;
}

int main(int argc, char **argv)
{
	static const struct benchmark *const all[] = {
	    call_benchmarks, io_benchmarks, process_benchmarks, wake_benchmarks, socket_benchmarks};
	long milliseconds = 40;
	program = argv[0];
	argc--, argv++;
	if (argc == 1 && strcmp(argv[0], "--exit") == 0)
		return 0; /* what the exec benchmark executes */
	if (argc >= 2 && strcmp(argv[0], "--milliseconds") == 0) {
		milliseconds = strtol(argv[1], NULL, 10);
		argc -= 2, argv += 2;
	}
	int found = 0;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (const struct benchmark *b = all[i]; b->name; b++)
			if (wanted(b->name, argv, argc)) {
				measure(b, milliseconds);
				found++;
			}
	if (found < argc || !found) {
		fprintf(stderr, "micro: an operation named is none of those there are\n");
		return 2;
	}
	return 0;
}
