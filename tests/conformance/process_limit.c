/* RLIMIT_NPROC, and limits that a program meets only when it makes processes or threads. */
#include "facts.h"
#include <pthread.h>
#include <spawn.h>

extern char **environ;

static void *nothing(void *arg)
{
	return NULL;
}

static void try_all(void)
{
	pthread_t thread;
	pid_t pid = fork();
	char *const argv[] = {"true", NULL};

	if (pid == 0)
		_exit(0);
	OK("fork", pid);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	OK("vfork and exec", posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ) ? -1 : 0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	say("a thread: %s", strerrorname_np(pthread_create(&thread, NULL, nothing, NULL)) ?: "?");
}

static void zero(void)
{
	struct rlimit limit;

	FACT("the limit can be lowered", setrlimit(RLIMIT_NPROC, &(struct rlimit){0, 4000}));
	getrlimit(RLIMIT_NPROC, &limit);
	say("it is %lu of %lu", limit.rlim_cur, limit.rlim_max);
	try_all();
	FACT("system", system("exit 3") != 0);
	FACT("an exec goes on", execl("/bin/echo", "echo", "the program runs", NULL));
}

static void few(void)
{
	pid_t children[16];
	int n = 0;

	MUST(setrlimit(RLIMIT_NPROC, &(struct rlimit){5, 5}));
	while (n < 16) {
		children[n] = fork();
		if (children[n] == 0) {
			pause();
			_exit(0);
		}
		if (children[n] < 0)
			break;
		n++;
	}
	say("it ends with %s", errno_name(errno));
	say("before 16: %d", n < 16);
	FACT("it cannot be raised", setrlimit(RLIMIT_NPROC, &(struct rlimit){6, 6}));
	for (int i = 0; i < n; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	n = fork();
	if (n == 0)
		_exit(0);
	OK("one works again", n);
	waitpid(n, NULL, 0);
}

int main(void)
{
	start("process_limit");
	as_user("none", zero);
	as_user("few", few);
	return 0;
}
