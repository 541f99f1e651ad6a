/* fork: trees of processes, what is shared and what is copied, orphans, many children. */
#include "facts.h"
#include <sys/time.h>

static void shared_and_copied(void)
{
	int fd = (int)MUST(open("file", O_RDWR)), value = 1;
	int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char b[16] = "";

	pid_t pid = child();
	if (pid == 0) {
		value = 2;
		*shared = 2;
		lseek(fd, 3, SEEK_SET);
		fcntl(fd, F_SETFL, O_APPEND);
		close(0);
		chdir("/");
		umask(0);
		setenv("X", "child", 1);
		_exit(0);
	}
	say_end("child", pid);
	FACT("private memory is copied", value);
	FACT("shared memory is shared", *shared);
	FACT("the offset is shared", lseek(fd, 0, SEEK_CUR));
	FACT("file flags are shared", (fcntl(fd, F_GETFL) & O_APPEND) != 0);
	FACT("descriptors are copied", fcntl(0, F_GETFD));
	FACT("the current directory is copied", access("file", F_OK));
	FACT("read goes on there", read(fd, b, 4));
	say("it reads: %s", b);
	FACT("the environment is copied", getenv("X") == NULL);
}

/* A binary tree of the given depth; each node's exit status is the number of nodes below it. */
static int tree(int depth)
{
	int nodes = 1, status;

	if (depth == 0)
		return 1;
	for (int i = 0; i < 2; i++) {
		pid_t pid = child();
		if (pid == 0)
			_exit(tree(depth - 1));
	}
	while (wait(&status) > 0)
		nodes += WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
	return nodes;
}

static void chain(int depth)
{
	if (depth == 0)
		return;
	pid_t parent = getpid(), pid = child();
	if (pid == 0) {
		if (getppid() != parent)
			say("chain: wrong parent");
		chain(depth - 1);
		_exit(depth);
	}
	int status;
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != depth)
		say("chain: wrong status at %d", depth);
}

static void many(void)
{
	int status, sum = 0, count = 0;

	for (int i = 0; i < 200; i++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(i & 127);
	}
	while (wait(&status) > 0) {
		count++;
		sum += WEXITSTATUS(status);
	}
	say("200 children: %d ended, sum of statuses %d", count, sum);
}

static void orphans(void)
{
	int pipes[2];
	char b;

	MUST(pipe(pipes));
	pid_t middle = child();
	if (middle == 0) {
		pid_t me = getpid();
		if (child() == 0) {
			while (getppid() == me)
				sleep_ms(2);
			b = getppid() == 1 ? 'y' : 'n';
			write(pipes[1], &b, 1);
			_exit(0);
		}
		_exit(0);
	}
	say_end("middle", middle);
	close(pipes[1]);
	FACT("the orphan answers", read(pipes[0], &b, 1));
	say("its parent is process 1: %c", b);
	FACT("end of the orphan", read(pipes[0], &b, 1));
}

static void adopted(void)
{
	int status;

	MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
	pid_t reaper = getpid(), middle = child();
	if (middle == 0) {
		pid_t me = getpid();
		if (child() == 0) {
			while (getppid() == me)
				sleep_ms(2);
			_exit(getppid() == reaper ? 5 : 6);
		}
		_exit(4);
	}
	say_end("middle", middle);
	FACT("the reaper gets the orphan", wait(&status) > 0);
	say_status("orphan", status);
	FACT("no more", wait(&status));
}

static void identities(void)
{
	pid_t parent = getpid(), group = getpgrp(), session = getsid(0);
	pid_t pid = child();

	if (pid == 0) {
		FACT("child: the parent is the parent", getppid() == parent);
		FACT("child: another pid", getpid() != parent);
		FACT("child: pid and tid are one", getpid() == (pid_t)syscall(SYS_gettid));
		FACT("child: the same group", getpgrp() == group);
		FACT("child: the same session", getsid(0) == session);
		FACT("child: no alarm", (alarm(0), alarm(0)));
		FACT("child: no pending signals", ({
			     sigset_t s;
			     sigpending(&s);
			     sigismember(&s, SIGUSR1);
		     }));
		FACT("child: blocked signals stay", ({
			     sigset_t s;
			     sigprocmask(SIG_SETMASK, NULL, &s);
			     sigismember(&s, SIGUSR1);
		     }));
		struct itimerval t;
		getitimer(ITIMER_REAL, &t);
		FACT("child: no interval timer", t.it_value.tv_sec);
		struct rusage u;
		getrusage(RUSAGE_CHILDREN, &u);
		FACT("child: no times of children", u.ru_utime.tv_sec + u.ru_utime.tv_usec);
		_exit(0);
	}
	say_end("child", pid);
}

static void identity(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	identities();
}

static void limited(void)
{
	struct rlimit none = {1, 1};

	become(4321);
	MUST(setrlimit(RLIMIT_NPROC, &none));
	OK("limited: fork beyond NPROC", fork());
}

int main(void)
{
	start("fork_trees");
	put_file("file", "0123456789", 0644);
	shared_and_copied();
	FACT("nodes of a tree of depth 5", tree(5));
	chain(40);
	FACT("a chain of 40", 0);
	many();
	in_child("orphans", orphans);
	in_child("adopted", adopted);
	in_child("identity", identity);
	in_child("limited", limited);
	FACT("wait without children", wait(NULL));
	return 0;
}
