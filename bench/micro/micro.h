/*
 * One operation, measured. A benchmark's run() does it n times; main.c chooses n so that such a
 * batch takes about a millisecond, and reports nanoseconds per operation over many batches. setup()
 * and end() are not measured. Whatever fails ends the program: a failure is never a time.
 */
#ifndef CAPBOX_BENCH_MICRO_H
#define CAPBOX_BENCH_MICRO_H

#include <stddef.h>

struct benchmark {
	const char *name;
	void (*run)(long n);
	void (*setup)(void); /* may be NULL, as end */
	void (*end)(void);
};

/* The benchmarks of each file; the last has no name. */
extern const struct benchmark call_benchmarks[], io_benchmarks[], process_benchmarks[],
    wake_benchmarks[], socket_benchmarks[];

extern const char *program; /* the path of this program, for exec */

/* Ends the program unless the condition holds; says what failed and errno. */
#define must(condition) ((condition) ? (void)0 : failed(#condition))
void failed(const char *what) __attribute__((noreturn));

/* A child or thread that answers until it is told to end: see wake.c. */
void start_thread(void *(*body)(void *), void *argument);
void join_thread(void);

#endif
