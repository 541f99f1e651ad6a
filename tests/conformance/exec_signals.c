/* exec while signals arrive: it is neither interrupted nor does it lose its program. */
#include "facts.h"

#define ROUNDS 150

static void handler(int number)
{
}

int main(int argc, char **argv)
{
	int failed = 0;

	if (argc > 1)
		return 7;
	/* After the exec SIGURG is ignored. */
	sigaction(SIGURG, &(struct sigaction){.sa_handler = handler, .sa_flags = SA_RESTART}, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			execl(argv[0], argv[0], "executed", NULL);
			FAILED("exec");
			_exit(9);
		}
		while (waitpid(pid, &status, WNOHANG) == 0)
			kill(pid, SIGURG);
		failed += status != 7 << 8;
	}
	say("failed: %d of %d", failed, ROUNDS);
	return 0;
}
