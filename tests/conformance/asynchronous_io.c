/* O_ASYNC: SIGIO and its owners, for pipes, sockets and terminals; leases and dnotify. */
#include "facts.h"
#include <sys/ioctl.h>

static volatile sig_atomic_t count;

static void handler(int signal)
{
	count++;
}

static void wait_count(const char *label, int n)
{
	for (int i = 0; i < 100 && count < n; i++)
		sleep_ms(5);
	say("%s: signals %d", label, count >= n);
	count = 0;
}

static void on_pipe(void)
{
	int pipes[2];
	char c;

	MUST(pipe(pipes));
	signal(SIGIO, handler);
	FACT("F_GETOWN", fcntl(pipes[0], F_GETOWN));
	FACT("F_SETOWN", fcntl(pipes[0], F_SETOWN, getpid()));
	FACT("  F_GETOWN", fcntl(pipes[0], F_GETOWN) == getpid());
	FACT("O_ASYNC", fcntl(pipes[0], F_SETFL, O_ASYNC | O_NONBLOCK));
	say("  F_GETFL %o", fcntl(pipes[0], F_GETFL));
	write(pipes[1], "x", 1);
	wait_count("data", 1);
	FACT("read", read(pipes[0], &c, 1));
	FACT("off by FIOASYNC", ioctl(pipes[0], FIOASYNC, &(int){0}));
	say("  F_GETFL %o", fcntl(pipes[0], F_GETFL));
	write(pipes[1], "x", 1);
	sleep_ms(20);
	say("  then: %d", count);
	read(pipes[0], &c, 1);
	FACT("on by FIOASYNC", ioctl(pipes[0], FIOASYNC, &(int){1}));
	FACT("nobody", fcntl(pipes[0], F_SETOWN, 0));
	write(pipes[1], "x", 1);
	sleep_ms(20);
	say("  then: %d", count);
	FACT("a process that is not there", fcntl(pipes[0], F_SETOWN, 999999));
	FACT("O_ASYNC of a file", fcntl(open("file", O_RDONLY), F_SETFL, O_ASYNC));
	FACT("F_SETOWN of a bad descriptor", fcntl(99, F_SETOWN, getpid()));
}

static void to_a_child(void)
{
	int pair[2];
	struct f_owner_ex owner = {F_OWNER_PID, 0};

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	pid_t pid = child();
	if (pid == 0) {
		signal(SIGIO, handler);
		wait_count("the child gets", 1);
		_exit(0);
	}
	sleep_ms(50);
	owner.pid = pid;
	FACT("F_SETOWN_EX", fcntl(pair[0], F_SETOWN_EX, &owner));
	owner.pid = 0;
	FACT("F_GETOWN_EX", fcntl(pair[0], F_GETOWN_EX, &owner));
	say("  type %d the child %d", owner.type, owner.pid == pid);
	FACT("O_ASYNC", fcntl(pair[0], F_SETFL, O_ASYNC));
	write(pair[1], "x", 1);
	say_end("the child", pid);
	owner = (struct f_owner_ex){F_OWNER_TID, gettid()};
	FACT("a thread", fcntl(pair[0], F_SETOWN_EX, &owner));
	FACT("  F_GETOWN of it", fcntl(pair[0], F_GETOWN) == gettid());
	owner.type = 7;
	FACT("a bad type", fcntl(pair[0], F_SETOWN_EX, &owner));
	FACT("a bad pointer", fcntl(pair[0], F_SETOWN_EX, BAD));
	FACT("FIOSETOWN", ioctl(pair[0], 0x8901, &(int){getpid()}));
	FACT("FIOGETOWN", (ioctl(pair[0], 0x8903, &owner.pid), owner.pid == getpid()));
	FACT("SIOCGPGRP", (ioctl(pair[0], 0x8904, &owner.pid), owner.pid == getpid()));
}

static void foreign(void)
{
	int pipes[2];

	MUST(pipe(pipes));
	FACT("F_SETOWN to init by a user", fcntl(pipes[0], F_SETOWN, 1) < 0);
	FACT("F_SETOWN to itself", fcntl(pipes[0], F_SETOWN, getpid()));
}

static void leases(void)
{
	int fd = (int)MUST(open("file", O_RDONLY));

	FACT("lease: read", fcntl(fd, F_SETLEASE, F_RDLCK));
	FACT("lease: write", fcntl(fd, F_SETLEASE, F_WRLCK));
	FACT("lease: off", fcntl(fd, F_SETLEASE, F_UNLCK));
	FACT("dnotify: on a directory", fcntl(open(".", O_RDONLY), F_NOTIFY, DN_CREATE));
	FACT("dnotify on a file", fcntl(open("file", O_RDONLY), F_NOTIFY, DN_CREATE) < 0);
}

int main(void)
{
	start("asynchronous_io");
	put_file("file", "x", 0644);
	in_child("a pipe", on_pipe);
	in_child("to a child", to_a_child);
	as_user("foreign", foreign);
	in_child("leases", leases);
	return 0;
}
