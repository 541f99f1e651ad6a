/* eventfd, epoll, poll, select, signalfd: quick sanity, with descriptors of several kinds. */
#include "facts.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>

static void events(void)
{
	uint64_t n = 0;
	int fd = eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC),
	    semaphore = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);

	FACT("read", read(fd, &n, 8));
	FACT("  value", n);
	FACT("read again", read(fd, &n, 8));
	n = 5;
	FACT("write", write(fd, &n, 8));
	FACT("write 4 bytes", write(fd, &n, 4));
	n = UINT64_MAX;
	FACT("write the largest", write(fd, &n, 8));
	n = UINT64_MAX - 1;
	FACT("write too much", write(fd, &n, 8));
	FACT("semaphore", read(semaphore, &n, 8));
	FACT("  value", n);
	FACT("bad flags", eventfd(0, 77));
}

static void epolls(void)
{
	int ep = epoll_create1(EPOLL_CLOEXEC), pipes[2], fd = eventfd(0, EFD_NONBLOCK),
	    file = open("file", O_RDONLY);
	struct epoll_event e = {.events = EPOLLIN, .data.u32 = 7}, got[4];

	MUST(pipe(pipes));
	FACT("add a pipe", epoll_ctl(ep, EPOLL_CTL_ADD, pipes[0], &e));
	FACT("add it again", epoll_ctl(ep, EPOLL_CTL_ADD, pipes[0], &e));
	e.data.u32 = 8;
	e.events = EPOLLIN | EPOLLET;
	FACT("add an eventfd", epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
	FACT("add a file", epoll_ctl(ep, EPOLL_CTL_ADD, file, &e));
	FACT("add itself", epoll_ctl(ep, EPOLL_CTL_ADD, ep, &e));
	FACT("add a bad descriptor", epoll_ctl(ep, EPOLL_CTL_ADD, 99, &e));
	FACT("modify a missing one", epoll_ctl(ep, EPOLL_CTL_MOD, pipes[1], &e));
	FACT("a bad operation", epoll_ctl(ep, 77, fd, &e));
	FACT("nothing", epoll_wait(ep, got, 4, 0));
	write(pipes[1], "x", 1);
	FACT("one", epoll_wait(ep, got, 4, 1000));
	say("  it is %u events %x", got[0].data.u32, got[0].events);
	FACT("still", epoll_wait(ep, got, 4, 0));
	write(fd, &(uint64_t){1}, 8);
	FACT("two", epoll_wait(ep, got, 4, 1000));
	FACT("edge triggered: one is left", epoll_wait(ep, got, 4, 0));
	FACT("a timeout", (read(pipes[0], got, 1), epoll_wait(ep, got, 4, 20)));
	sigset_t set;
	sigemptyset(&set);
	FACT("epoll_pwait", epoll_pwait(ep, got, 4, 0, &set));
	FACT("epoll_pwait2", syscall(441, ep, got, 4, &(struct timespec){0, 0}, NULL, 8));
	FACT("no room", epoll_wait(ep, got, 0, 0));
	FACT("a bad pointer", (write(pipes[1], "x", 1), epoll_wait(ep, BAD, 4, 0)));
	FACT("delete", epoll_ctl(ep, EPOLL_CTL_DEL, pipes[0], NULL));
	FACT("delete again", epoll_ctl(ep, EPOLL_CTL_DEL, pipes[0], NULL));
	FACT("wait on another descriptor", epoll_wait(fd, got, 4, 0));
	FACT("the old epoll_create", epoll_create(1) >= 0);
	FACT("epoll_create of 0", epoll_create(0));
}

static void polls(void)
{
	int pipes[2], pair[2];

	MUST(pipe(pipes));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	struct pollfd p[5] = {{pipes[0], POLLIN, 0},
			      {pipes[1], POLLOUT, 0},
			      {pair[0], POLLIN | POLLOUT, 0},
			      {99, POLLIN, 0},
			      {-1, POLLIN, 0}};
	FACT("poll", poll(p, 5, 0));
	say("  %x %x %x %x %x", p[0].revents, p[1].revents, p[2].revents, p[3].revents,
	    p[4].revents);
	close(pipes[1]);
	close(pair[1]);
	FACT("poll after closing", poll(p, 1, 0));
	FACT("ppoll", ppoll(p + 2, 1, &(struct timespec){0, 0}, NULL));
	say("  %x %x", p[0].revents, p[2].revents);
	FACT("poll too many", poll(p, 100000, 0));
	FACT("poll a bad pointer", poll(BAD, 1, 0));
	fd_set r;
	FD_ZERO(&r);
	FD_SET(pipes[0], &r);
	FACT("select", select(pipes[0] + 1, &r, NULL, NULL, &(struct timeval){0, 0}));
	FD_SET(98, &r);
	FACT("select a bad descriptor", select(99, &r, NULL, NULL, &(struct timeval){0, 0}));
	FACT("select -1", select(-1, NULL, NULL, NULL, NULL));
	FACT("pselect as a clock",
	     pselect(0, NULL, NULL, NULL, &(struct timespec){0, 1000000}, NULL));
}

static void from_signals(void)
{
	sigset_t set;
	struct signalfd_siginfo si;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	FACT("signalfd, nothing", read(fd, &si, sizeof(si)));
	pid_t parent = getpid(), pid = child();
	if (pid == 0) {
		kill(parent, SIGUSR1);
		_exit(0);
	}
	struct pollfd p = {fd, POLLIN, 0};
	FACT("poll", poll(&p, 1, 5000));
	FACT("read", read(fd, &si, sizeof(si)));
	say("signal %u from the child %d", si.ssi_signo, (pid_t)si.ssi_pid == pid);
	say_end("child", pid);
	FACT("signalfd, bad flags", signalfd(-1, &set, 77));
	FACT("signalfd of another descriptor", signalfd(0, &set, 0));
}

int main(void)
{
	start("event_calls");
	put_file("file", "x", 0644);
	events();
	epolls();
	polls();
	in_child("signals", from_signals);
	return 0;
}
