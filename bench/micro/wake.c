/* One thread or process wakes another and waits for its answer; a figure is for there and back. */
#include "micro.h"

#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int there[2], back[2], epollfd, event;
static pid_t child;
static atomic_int turn;
static volatile sig_atomic_t caught;

static void setup_pipe(void)
{
	must(pipe(there) == 0 && pipe(back) == 0);
	child = fork();
	must(child >= 0);
	if (child > 0) {
		close(there[0]);
		close(back[1]);
		return;
	}
	close(there[1]);
	close(back[0]);
	char c;
	while (read(there[0], &c, 1) == 1)
		must(write(back[1], &c, 1) == 1);
	_exit(0);
}

static void run_pipe(long n)
{
	char c = 'x';
	while (n--)
		must(write(there[1], &c, 1) == 1 && read(back[0], &c, 1) == 1);
}

static void end_pipe(void)
{
	close(there[1]);
	close(back[0]);
	int status;
	must(waitpid(child, &status, 0) == child && status == 0);
}

/* Until the turn is ours (1 or 2), or 3: the end. */
static int await(int mine)
{
	int seen;
	while ((seen = atomic_load(&turn)) != mine && seen != 3)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
	return seen;
}

static void give(int other)
{
	atomic_store(&turn, other);
	must(syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) >= 0);
}

static void *futex_partner(void *argument)
{
	while (await(2) == 2)
		give(1);
	return argument;
}

static void setup_futex(void)
{
	atomic_store(&turn, 1);
	start_thread(futex_partner, NULL);
}

static void run_futex(long n)
{
	while (n--) {
		give(2);
		await(1);
	}
}

static void end_futex(void)
{
	give(3);
	join_thread();
}

static void on_signal(int number)
{
	caught = number;
}

static void setup_signal(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	must(sigaction(SIGUSR1, &action, NULL) == 0);
}

/* To oneself: sent, handled, and returned from. */
static void run_signal(long n)
{
	pid_t self = getpid();
	while (n--) {
		caught = 0;
		must(kill(self, SIGUSR1) == 0 && caught == SIGUSR1);
	}
}

static void setup_epoll(void)
{
	setup_pipe();
	event = back[0];
	epollfd = epoll_create1(0);
	struct epoll_event wanted = {.events = EPOLLIN};
	must(epollfd >= 0 && epoll_ctl(epollfd, EPOLL_CTL_ADD, event, &wanted) == 0);
}

static void run_epoll(long n)
{
	char c = 'x';
	struct epoll_event got;
	while (n--) {
		must(write(there[1], &c, 1) == 1 && epoll_wait(epollfd, &got, 1, -1) == 1);
		must(read(event, &c, 1) == 1);
	}
}

static void end_epoll(void)
{
	close(epollfd);
	end_pipe();
}

const struct benchmark wake_benchmarks[] = {
    {"switch-pipe", run_pipe, setup_pipe, end_pipe},
    {"switch-futex", run_futex, setup_futex, end_futex},
    {"signal", run_signal, setup_signal, NULL},
    {"epoll-wake", run_epoll, setup_epoll, end_epoll},
    {NULL, NULL, NULL, NULL},
};
