/* pidfd_open(2), pidfd_send_signal(2), waitid(P_PIDFD), and waiting by poll(2). */
#include "facts.h"
#include <poll.h>
#include <sys/pidfd.h>

#ifndef PIDFD_NONBLOCK
#define PIDFD_NONBLOCK O_NONBLOCK
#endif

static int open_pid(pid_t pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static int send_to(int fd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
}

static void by_user(void)
{
	int fd = open_pid(1, 0);

	OK("user: of process 1", fd);
	FACT("user: signal it", send_to(fd, SIGTERM));
	FACT("user: signal 0", send_to(fd, 0));
	FACT("user: itself", send_to(open_pid(getpid(), 0), 0));
}

int main(void)
{
	siginfo_t info = {0};

	start("pidfd_calls");
	pid_t pid = child();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	int fd = open_pid(pid, 0);
	OK("open", fd);
	FACT("close-on-exec", fcntl(fd, F_GETFD));
	struct pollfd p = {.fd = fd, .events = POLLIN};
	FACT("poll, alive", poll(&p, 1, 0));
	FACT("signal 0", send_to(fd, 0));
	FACT("a bad signal", send_to(fd, 1000));
	FACT("bad flags", syscall(SYS_pidfd_send_signal, fd, 0, NULL, 1 << 20));
	FACT("waitid, not yet", waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG));
	say("  pid %d", info.si_pid);
	FACT("SIGSTOP", send_to(fd, SIGSTOP));
	FACT("waitid", waitid(P_PIDFD, (id_t)fd, &info, WSTOPPED));
	say("  code %d status %d, it: %d", info.si_code, info.si_status, info.si_pid == pid);
	FACT("SIGKILL", send_to(fd, SIGKILL));
	FACT("poll", poll(&p, 1, 10000));
	say("  events %x", p.revents & POLLIN);
	FACT("a zombie", send_to(fd, 0));
	FACT("waitid", waitid(P_PIDFD, (id_t)fd, &info, WEXITED));
	say("  code %d status %d", info.si_code, info.si_status);
	FACT("gone", send_to(fd, 0));
	FACT("waitid again", waitid(P_PIDFD, (id_t)fd, &info, WEXITED));
	FACT("read", read(fd, &info, 1));
	FACT("open what is gone", open_pid(pid, 0));
	FACT("open nobody", open_pid(0, 0));
	FACT("negative", open_pid(-1, 0));
	FACT("bad flags", open_pid(getpid(), 1 << 20));
	close(fd);
	FACT("no pidfd", send_to(0, 0));
	FACT("closed", send_to(fd, 0));

	pid = child();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	fd = open_pid(pid, PIDFD_NONBLOCK);
	OK("PIDFD_NONBLOCK", fd);
	FACT("waitid does not wait", waitid(P_PIDFD, (id_t)fd, &info, WEXITED));
	MUST(kill(pid, SIGKILL));
	say_end("child", pid);
	int own = open_pid(getpid(), 0);
	signal(SIGUSR1, SIG_IGN);
	FACT("to itself", send_to(own, SIGUSR1));
	FACT("waitid for itself", waitid(P_PIDFD, (id_t)own, &info, WEXITED));
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", own);
	char text[64] = "";
	FACT("its name", readlink(path, text, sizeof(text) - 1) > 0);
	say("  %s", text);
	as_user("user", by_user);
	return 0;
}
