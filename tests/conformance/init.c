/*
 * Process 1 of a conformance run, natively and in capbox: starts the program, reaps whatever it
 * leaves behind, and ends as it ended. (A program that were process 1 itself would not die of the
 * signals that it sends itself.)
 */
#include "facts.h"

int main(int argc, char **argv)
{
	pid_t program;
	int status;

	setsid(); /* whoever started it */
	program = argc > 1 ? fork() : -1;
	if (program == 0) {
		execv(argv[1], argv + 1);
		say("cannot run %s: %s", argv[1], errno_name(errno));
		_exit(127);
	}
	for (;;) {
		pid_t pid = wait(&status);
		if (pid < 0)
			return 126;
		if (pid == program)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}
