/*
 * Any call with any arguments: threads of short-lived processes, some of them unprivileged, issue
 * random system calls with arguments that are random, extreme or nearly right. Whatever happens to
 * those processes is their own affair; process 1 outlives them all and ends with status 42.
 *
 *	random_calls SECONDS SEED
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES     3
#define THREADS	      4
#define LIFETIME_MS   700
#define CALLS_OF_NEW  40 /* by a program that was executed */
#define LAST_CALL     469
#define ARENA	      (256 * 1024)
#define QUIET_SECONDS 4 /* at the end, for the sentry to tidy up */

static const char *const paths[] = {
    "",
    "/",
    ".",
    "..",
    "x",
    "y/z",
    "/tmp/fifo",
    "/tmp/socket",
    "/tmp/link",
    "/tmp/../proc/self/fd/../../../..",
    "/proc",
    "/proc/self/fd/3",
    "/proc/self/exe",
    "/proc/self/maps",
    "/proc/self/task",
    "/proc/1/root/etc",
    "/proc/1/fd/0",
    "/proc/self/ns/net",
    "/proc/sys/kernel/hostname",
    "/proc/thread-self/comm",
    "/sys/class/net",
    "/dev/null",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/fd/4",
    "/dev/pts/0",
    "/etc/passwd",
    "/bin/busybox",
    "user.attribute",
    "security.capability",
};
#define PATHS (sizeof paths / sizeof paths[0])

static const uint64_t edges[] = {
    0,
    1,
    2,
    3,
    4,
    0xff,
    0x1000,
    0xfff,
    0x10000,
    0x7fff,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    UINT64_MAX,
    UINT64_MAX - 1,
    UINT64_MAX - 99,
    INT64_MAX,
    (uint64_t)INT64_MIN,
    0x7fffffffffff,
    0x100000000,
    0xffffffff00000000,
};
#define EDGES (sizeof edges / sizeof edges[0])

static char *arena;
static int program = -1;
static char *const new_argv[] = {"random_calls", "child", NULL};
static char *const new_envp[] = {NULL};

static uint64_t next(uint64_t *state)
{
	uint64_t x = *state;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}

static uint64_t descriptor(uint64_t *r)
{
	uint64_t n = next(r);
	if (n % 16 == 0)
		return (uint64_t)(int64_t)AT_FDCWD;
	return n % 16 == 1 ? (uint64_t)-1 : (n >> 8) % 24;
}

static uint64_t pointer(uint64_t *r)
{
	uint64_t n = next(r);
	switch (n % 8) {
	case 0:
		return edges[(n >> 8) % EDGES];
	case 1: /* just before memory that is not there */
		return (uint64_t)arena + ARENA - (n >> 8) % 64;
	case 2:
	case 3:
		return (uint64_t)arena + (n >> 8) % ARENA;
	default: {
		/* A path, which another thread may be about to write over. */
		char *p = arena + ((n >> 8) % (ARENA / 2) & ~63ULL);
		strcpy(p, paths[(n >> 40) % PATHS]);
		return (uint64_t)p;
	}
	}
}

static uint64_t argument(uint64_t *r)
{
	uint64_t n = next(r);
	switch (n % 8) {
	case 0:
		return edges[(n >> 8) % EDGES];
	case 1:
		return (n >> 8) & (next(r) | next(r)); /* flags */
	case 2:
		return 1ULL << (n >> 8) % 34;
	case 3:
		return (n >> 8) % 256;
	case 4:
	case 5:
		return descriptor(r);
	default:
		return pointer(r);
	}
}

/* What would only end the process or put it to sleep for good. */
static int is_pointless(long nr)
{
	switch (nr) {
	case SYS_exit:
	case SYS_exit_group:
	case SYS_pause:
	case SYS_rt_sigreturn:
	case SYS_rt_sigsuspend:
	case SYS_munmap:
	case SYS_mremap:
	case SYS_brk:
	case SYS_vfork:
		return 1;
	}
	return 0;
}

static void one_call(uint64_t *r)
{
	static const int named[] = {SYS_openat,	    SYS_execve,	    SYS_connect,  SYS_newfstatat,
				    SYS_getdents64, SYS_fcntl,	    SYS_ioctl,	  SYS_prctl,
				    SYS_sendto,	    SYS_readlinkat, SYS_setxattr, SYS_renameat2,
				    SYS_bind};
	uint64_t n = next(r);
	long nr = n % 3 == 0 ? named[(n >> 8) % (sizeof named / sizeof named[0])]
			     : (long)((n >> 8) % (LAST_CALL + 2));
	if (nr > LAST_CALL)
		nr = 1000;
	if (is_pointless(nr))
		return;
	uint64_t a[6];
	for (int i = 0; i < 6; i++)
		a[i] = argument(r);
	if (next(r) % 2)
		a[0] = next(r) % 2 ? descriptor(r) : pointer(r);
	if (nr == SYS_execve && next(r) % 4) {
		a[0] = (uint64_t) "/random_calls";
		a[1] = (uint64_t)new_argv;
		a[2] = (uint64_t)new_envp;
	} else if (nr == SYS_execve && next(r) % 2) {
		nr = SYS_execveat;
		a[0] = (uint64_t)program;
		a[1] = (uint64_t) "";
		a[2] = (uint64_t)new_argv;
		a[3] = (uint64_t)new_envp;
		a[4] = AT_EMPTY_PATH;
	}
	if (nr == SYS_clone)
		a[0] &= ~(uint64_t)0x100; /* CLONE_VM: two on one stack */
	pid_t self = (pid_t)syscall(SYS_gettid);
	long result = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (result == 0 && (nr == SYS_fork || nr == SYS_clone) && syscall(SYS_gettid) != self)
		syscall(SYS_exit_group, 0);
}

static void *caller(void *arg)
{
	uint64_t r = (uint64_t)arg | 1;
	for (;;)
		one_call(&r);
	return NULL;
}

static void prepare(uint64_t seed)
{
	arena =
	    mmap(NULL, ARENA + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(arena + ARENA, 4096, PROT_NONE);
	for (size_t i = 0; i < ARENA / 8; i++)
		((uint64_t *)arena)[i] = next(&seed) >> next(&seed) % 64;
	int pair[2];
	for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++)
		if (socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, pair) < 0)
			break;
	if (pipe2(pair, O_NONBLOCK) < 0 || chdir("/tmp") < 0)
		return;
	open("/", O_DIRECTORY);
	open("/proc", O_DIRECTORY);
	open("/proc/self", O_DIRECTORY);
	open("/proc/self/status", O_RDONLY);
	open("/tmp/file", O_RDWR | O_CREAT, 0666);
	program = open("/random_calls", O_RDONLY);
	socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	syscall(SYS_memfd_create, "m", 2);
	syscall(SYS_pidfd_open, getpid(), 0);
}

_Noreturn static void process(uint64_t seed)
{
	pthread_t thread;
	prepare(seed);
	if (seed >> 20 & 1 && (setgid(1000) < 0 || setuid(1000) < 0))
		_exit(1);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread, NULL, caller, (void *)next(&seed));
	usleep(LIFETIME_MS * 1000);
	syscall(SYS_kill, getpid(), SIGKILL);
	_exit(1);
}

_Noreturn static void executed(void)
{
	uint64_t seed = (uint64_t)getpid() * 0x9e3779b97f4a7c15;
	prepare(seed);
	alarm(2);
	for (int i = 0; i < CALLS_OF_NEW; i++)
		one_call(&seed);
	_exit(0);
}

static time_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* A generation of processes; then none of them, nor of their children, is left. */
static void generation(uint64_t *r)
{
	for (int i = 0; i < PROCESSES; i++) {
		uint64_t seed = next(r);
		if (fork() == 0)
			process(seed);
	}
	usleep((LIFETIME_MS + 200) * 1000);
	kill(-1, SIGKILL);
	while (wait(NULL) > 0 || errno == EINTR)
		;
}

int main(int argc, char **argv)
{
	if (argc == 2)
		executed();
	if (argc != 3)
		return 2;
	time_t end = now() + atoi(argv[1]);
	uint64_t r = strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15 | 1;
	mkfifo("/tmp/fifo", 0666);
	int generations = 0;
	for (; now() < end; generations++)
		generation(&r);
	printf("%d generations\n", generations);
	fflush(stdout);
	sleep(QUIET_SECONDS);
	return generations ? 42 : 1;
}
