/*
 * Programs whose stacks the tests look at: `stacks KIND`. Each says "ready" when it is where it
 *stays. threads   one waits for a lock, one reads, one counts; the first pauses garbage   the stack
 *pointer points to no memory overwritten   all of its stack is overwritten generated runs code that
 *is in no file unmapped  its own text is gone endless   its unwind information never comes to an
 *end
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile unsigned long counter;
static int pipe_fds[2];

static void say_ready(void)
{
	write(1, "ready\n", 6);
}

__attribute__((noinline)) static void wait_for_lock(void)
{
	pthread_mutex_lock(&lock);
	counter++;
}

__attribute__((noinline)) static void read_nothing(void)
{
	char byte;
	counter += read(pipe_fds[0], &byte, 1);
}

__attribute__((noinline)) static void count(void)
{
	for (;;)
		counter++;
}

static void *locker(void *arg)
{
	prctl(PR_SET_NAME, "locker");
	wait_for_lock();
	return NULL;
}

static void *reader(void *arg)
{
	prctl(PR_SET_NAME, "reader\033[31m");
	read_nothing();
	return NULL;
}

static void *busy(void *arg)
{
	prctl(PR_SET_NAME, "busy");
	count();
	return NULL;
}

__attribute__((noinline)) static void stay(void)
{
	say_ready();
	for (;;)
		pause();
}

static void threads(void)
{
	pthread_t thread;
	pipe(pipe_fds);
	pthread_mutex_lock(&lock);
	pthread_create(&thread, NULL, locker, NULL);
	pthread_create(&thread, NULL, reader, NULL);
	pthread_create(&thread, NULL, busy, NULL);
	stay();
}

static void garbage(void)
{
	say_ready();
	__asm__ volatile("mov $0x123456789000, %%rsp\n1: jmp 1b" ::: "memory");
}

static void overwritten(void)
{
	char here;
	say_ready();
	/* Up to the end of the stack's memory, and nothing is called any more. */
	__asm__ volatile("mov %0, %%rdi\n"
			 "mov $0x41, %%al\n"
			 "mov $200, %%rcx\n"
			 "rep stosb\n"
			 "mov $0x4141414141414141, %%rbp\n"
			 "1: jmp 1b" ::"r"(&here)
			 : "memory");
}

/* Code that is in no file. */
static void *code_of(const void *bytes, size_t size)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return memcpy(code, bytes, size);
}

static void generated(void)
{
	void (*stay_there)(void) = code_of("\xeb\xfe", 2);
	say_ready();
	stay_there();
}

/* munmap(2) with the arguments it is called with, and no way back. */
static void unmapped(void)
{
	extern char __executable_start, etext;
	void (*unmap)(void *, size_t) = code_of("\xb8\x0b\0\0\0\x0f\x05\xeb\xfe", 9);
	say_ready();
	unmap(&__executable_start, (size_t)(&etext - &__executable_start));
}

/* The canonical frame address is what an expression says, and that jumps to itself. */
__attribute__((noinline)) static void endless(void)
{
	say_ready();
	__asm__ volatile(".cfi_escape 0x0f, 0x03, 0x2f, 0xfd, 0xff\n1: jmp 1b" ::: "memory");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} kinds[] = {{"threads", threads},     {"garbage", garbage},   {"overwritten", overwritten},
		     {"generated", generated}, {"unmapped", unmapped}, {"endless", endless}};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(argv[1], kinds[i].name))
			kinds[i].run();
	return 1;
}
