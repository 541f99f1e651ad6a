/* poll and epoll at their corners: files of every kind, closed ones, one-shot, exclusive, nested.
 */
#include "facts.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>

static const char *const files[] = {"file",
				    ".",
				    "/dev/null",
				    "/dev/zero",
				    "/dev/urandom",
				    "/dev/tty",
				    "/proc/version",
				    "/proc/self/status",
				    "/proc/self",
				    "/proc/sys/kernel/hostname",
				    "/proc/self/mounts",
				    "/proc/self/mountinfo",
				    "/proc/loadavg",
				    "/proc/self/maps",
				    "/sys/devices/system/cpu/online",
				    "/sys",
				    "/proc/self/mem",
				    "/proc/self/environ"};

static void kinds(void)
{
	int ep = epoll_create1(0);

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		int fd = open(files[i], O_RDONLY);
		struct pollfd p = {fd, POLLIN | POLLOUT | POLLPRI, 0};
		struct epoll_event e = {.events = EPOLLIN};
		if (fd < 0) {
			say("%s: open %s", files[i], errno_name(errno));
			continue;
		}
		int n = poll(&p, 1, 0);
		errno = 0;
		int added = epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
		say("%s: poll %d %x, epoll %s", files[i], n, p.revents,
		    added < 0 ? errno_name(errno) : "ok");
		close(fd);
	}
	struct pollfd p = {open("file", O_PATH), POLLIN, 0};
	FACT("an O_PATH descriptor", poll(&p, 1, 0));
	say("  events %x", p.revents);
}

static void closing(void)
{
	int ep = epoll_create1(0), fd = eventfd(1, 0), copy = dup(fd);
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd}, got[4];

	FACT("add", epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
	close(fd);
	FACT("closed, but a duplicate is open", epoll_wait(ep, got, 4, 0));
	FACT("it cannot be removed", epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL));
	close(copy);
	FACT("the last one is closed", epoll_wait(ep, got, 4, 0));
	fd = eventfd(1, 0);
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
	pid_t pid = child();
	if (pid == 0) {
		FACT("a child sees the same set", epoll_wait(ep, got, 4, 0));
		FACT("and takes one out", epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL));
		_exit(0);
	}
	say_end("child", pid);
	FACT("here, too", epoll_wait(ep, got, 4, 0));
}

static void modes(void)
{
	int ep = epoll_create1(0), fd = eventfd(1, EFD_NONBLOCK), second = epoll_create1(0);
	struct epoll_event e = {.events = EPOLLIN | EPOLLONESHOT}, got[4];
	uint64_t n = 1;

	FACT("EPOLLONESHOT", epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
	FACT("  once", epoll_wait(ep, got, 4, 0));
	FACT("  not again", epoll_wait(ep, got, 4, 0));
	FACT("  armed", epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e));
	FACT("  again", epoll_wait(ep, got, 4, 0));
	e.events = EPOLLIN | EPOLLET;
	FACT("edge", epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e));
	FACT("  at first", epoll_wait(ep, got, 4, 0));
	FACT("  then not", epoll_wait(ep, got, 4, 0));
	write(fd, &n, 8);
	FACT("  after a write", epoll_wait(ep, got, 4, 0));
	e.events = EPOLLIN | EPOLLEXCLUSIVE;
	FACT("exclusive by modifying", epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e));
	epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL);
	FACT("exclusive", epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
	e.events = EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT;
	FACT("exclusive and once", epoll_ctl(second, EPOLL_CTL_ADD, fd, &e));
	e.events = EPOLLIN;
	FACT("nested", epoll_ctl(second, EPOLL_CTL_ADD, ep, &e));
	FACT("  it is ready", epoll_wait(second, got, 4, 0));
	FACT("  a loop", epoll_ctl(ep, EPOLL_CTL_ADD, second, &e));
	struct pollfd p = {second, POLLIN, 0};
	FACT("  poll of a set", poll(&p, 1, 0));
	int chain = second, error = 0;
	for (int i = 0; i < 8 && !error; i++) {
		int next = epoll_create1(0);
		error = epoll_ctl(next, EPOLL_CTL_ADD, chain, &e) < 0 ? errno : 0;
		chain = next;
	}
	say("too deep: %s", error ? errno_name(error) : "no");
	FACT("EPOLLWAKEUP is dropped",
	     (e.events = EPOLLIN | EPOLLWAKEUP, epoll_ctl(ep, EPOLL_CTL_ADD, eventfd(0, 0), &e)));
	FACT("read of a set", read(ep, got, 8));
	FACT("lseek of a set", lseek(ep, 0, SEEK_SET));
}

static void hangups(void)
{
	int pair[2], ep = epoll_create1(0);
	struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP}, got = {0};

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	epoll_ctl(ep, EPOLL_CTL_ADD, pair[0], &e);
	shutdown(pair[1], SHUT_WR);
	FACT("the other end shuts down", epoll_wait(ep, &got, 1, 0));
	say("  events %x", got.events);
	close(pair[1]);
	FACT("and closes", epoll_wait(ep, &got, 1, 0));
	say("  events %x", got.events);
}

static void handler(int signal)
{
}

static void masks(void)
{
	sigset_t usr1, none;
	struct epoll_event got;
	int ep = epoll_create1(0);

	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigaction(SIGUSR1, &(struct sigaction){.sa_handler = handler, .sa_flags = SA_RESTART},
		  NULL);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	raise(SIGUSR1);
	FACT("poll with it blocked", poll(NULL, 0, 1));
	FACT("ppoll lets it in", ppoll(NULL, 0, &(struct timespec){5, 0}, &none));
	raise(SIGUSR1);
	FACT("epoll_pwait lets it in", epoll_pwait(ep, &got, 1, 5000, &none));
	raise(SIGUSR1);
	FACT("pselect lets it in", pselect(0, NULL, NULL, NULL, &(struct timespec){5, 0}, &none));
	raise(SIGUSR1);
	FACT("epoll_pwait2 lets it in",
	     syscall(441, ep, &got, 1, &(struct timespec){5, 0}, &none, 8));
	FACT("ppoll, a bad time", ppoll(NULL, 0, &(struct timespec){0, -1}, NULL));
	FACT("ppoll, a bad size", syscall(SYS_ppoll, NULL, 0, NULL, &none, 4));
	FACT("pselect, a bad time", pselect(0, NULL, NULL, NULL, &(struct timespec){-1, 0}, NULL));
}

int main(void)
{
	start("readiness");
	put_file("file", "x", 0644);
	kinds();
	in_child("closing", closing);
	in_child("modes", modes);
	in_child("hangups", hangups);
	in_child("masks", masks);
	return 0;
}
