/*
 * More processes than the sentry has workers execute a program at the same moment. Each exec needs
 *a second worker before it is done: they must not all wait for one another. Whoever is refused says
 * EAGAIN.
 *
 *	exec_storm PROCESSES
 */
#include "attack.h"

int main(int argc, char **argv)
{
	if (argc == 1)
		return 0;
	int start[2], status, refused = 0, done = 0;
	need(pipe(start) == 0, "pipe");
	int count = atoi(argv[1]);
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();
		need(pid >= 0, "fork");
		if (pid == 0) {
			char byte;
			close(start[1]);
			read(start[0], &byte, 1);
			execl("/exec_storm", "exec_storm", NULL);
			_exit(errno == EAGAIN ? 11 : 12);
		}
	}
	alarm(40);
	close(start[1]);
	for (; wait(&status) > 0; done++) {
		refused += status == 11 << 8;
		if (status && status != 11 << 8)
			got("status %#x", status);
	}
	printf("%d done, %d refused\n", done, refused);
	return got_something || done != count ? 1 : 0;
}
