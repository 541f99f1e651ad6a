/* Calls that wait, while a process is stopped, continued, killed, or one of its threads ends. */
#include "facts.h"
#include <pthread.h>
#include <sys/file.h>

static int ready[2];

static void open_fifo(void)
{
	open("fifo", O_RDONLY);
}

static void connect_full(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "full"};

	for (;;)
		if (connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&a, sizeof(a)) < 0)
			_exit(20);
}

static void lock_posix(void)
{
	int fd = (int)MUST(open("locked", O_RDWR));
	struct flock l = {.l_type = F_WRLCK};

	fcntl(fd, F_SETLKW, &l);
}

static void lock_whole(void)
{
	flock((int)MUST(open("locked", O_RDWR)), LOCK_EX);
}

static void read_pipe(void)
{
	char c;

	read(ready[0], &c, 1);
}

static void wait_child(void)
{
	if (child() == 0)
		for (;;)
			pause();
	wait(NULL);
}

static const struct {
	const char *name;
	void (*call)(void);
} waiting[] = {{"opening a fifo", open_fifo}, {"connecting", connect_full},
	       {"a POSIX lock", lock_posix},  {"a lock of the whole file", lock_whole},
	       {"reading a pipe", read_pipe}, {"waiting for a child", wait_child}};
#define WAITING (sizeof(waiting) / sizeof(*waiting))

static pid_t begin(size_t i)
{
	pid_t pid = child();

	if (pid == 0) {
		setpgid(0, 0);
		waiting[i].call();
		say("%s: it ends", waiting[i].name);
		_exit(21);
	}
	sleep_ms(60);
	return pid;
}

static void killed(size_t i)
{
	pid_t pid = begin(i);

	MUST(kill(pid, SIGKILL));
	say_end("  killed", pid);
	kill(-pid, SIGKILL);
	pid = begin(i);
	MUST(kill(pid, SIGTERM));
	say_end("  terminated", pid);
	kill(-pid, SIGKILL);
}

static void stopped(size_t i)
{
	pid_t pid = begin(i);
	int status = 0;

	MUST(kill(pid, SIGSTOP));
	FACT("  stops", waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	MUST(kill(pid, SIGCONT));
	FACT("  continues", waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
	sleep_ms(60);
	FACT("  still waits", waitpid(pid, &status, WNOHANG));
	kill(-pid, SIGKILL);
	say_end("  killed", pid);
}

static void *in_thread(void *call)
{
	((void (*)(void))call)();
	return NULL;
}

/* One thread waits, another ends the process, or executes a program. */
static void ended(size_t i, bool exec)
{
	pid_t pid = child();

	if (pid == 0) {
		pthread_t thread;
		setpgid(0, 0);
		pthread_create(&thread, NULL, in_thread, (void *)waiting[i].call);
		sleep_ms(60);
		if (exec)
			execl("/bin/true", "true", NULL);
		_exit(22);
	}
	say_end(exec ? "  another thread executes" : "  another thread exits", pid);
	kill(-pid, SIGKILL);
}

static void released(void)
{
	pid_t pid = begin(0);

	close(open("fifo", O_WRONLY));
	say_end("a fifo is opened after all", pid);
	pid = begin(2);
	close((int)MUST(open("locked", O_RDWR))); /* this lets the lock go */
	say_end("a lock is got after all", pid);
}

int main(void)
{
	start("blocked_calls");
	MUST(mkfifo("fifo", 0600));
	put_file("locked", "", 0600);
	MUST(pipe2(ready, O_CLOEXEC));
	int fd = (int)MUST(open("locked", O_RDWR)), server = socket(AF_UNIX, SOCK_STREAM, 0),
	    whole = (int)MUST(open("locked", O_RDWR));
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "full"};
	MUST(fcntl(fd, F_SETLK, &(struct flock){.l_type = F_WRLCK}));
	MUST(flock(whole, LOCK_EX));
	MUST(bind(server, (struct sockaddr *)&a, sizeof(a)));
	MUST(listen(server, 0));
	for (size_t i = 0; i < WAITING; i++) {
		say("%s", waiting[i].name);
		killed(i);
		stopped(i);
		ended(i, false);
		ended(i, true);
	}
	released();
	return 0;
}
