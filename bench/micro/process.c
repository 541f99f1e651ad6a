/* Making processes and threads, and waiting for them. */
#include "micro.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void wait_for(pid_t pid)
{
	int status;
	must(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

static void run_fork(long n)
{
	while (n--) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(0);
		wait_for(pid);
	}
}

/* glibc's posix_spawn is a vfork (CLONE_VM | CLONE_VFORK) and an exec. */
static void run_exec(long n)
{
	char *arguments[] = {(char *)program, "--exit", NULL};
	while (n--) {
		pid_t pid;
		errno = posix_spawn(&pid, program, NULL, NULL, arguments, environ);
		must(errno == 0);
		wait_for(pid);
	}
}

static void *nothing(void *argument)
{
	return argument;
}

static void run_thread(long n)
{
	while (n--) {
		start_thread(nothing, NULL);
		join_thread();
	}
}

const struct benchmark process_benchmarks[] = {
    {"fork-wait", run_fork, NULL, NULL},
    {"vfork-exec-wait", run_exec, NULL, NULL},
    {"thread-create-join", run_thread, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};
