/*
 * For tools/exposure: makes every system call that there may be, each in a process of its own, with
 * arguments that do no harm. What reaches the host's kernel is seen there, not here: processes are
 * told by their name, x-N, N being the call's number.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST 469

static void call(int number, int pattern)
{
	/* All zero; nothing that is a descriptor, a process or an address; descriptor 0. */
	static const long first[] = {0, -1, 0, 1}, others[] = {0, 0, -1, 1};
	char name[16];
	struct itimerval soon = {.it_value = {.tv_usec = 500000}};
	snprintf(name, sizeof name, "x-%d", number);
	prctl(PR_SET_NAME, name);
	setitimer(ITIMER_REAL, &soon, NULL);
	syscall(number, first[pattern], others[pattern], others[pattern], others[pattern],
		others[pattern], others[pattern]);
	_exit(0);
}

int main(void)
{
	/* Whoever is asked to end all of a group ends these alone. */
	setsid();
	for (int number = 0; number <= LAST; number++)
		for (int pattern = 0; pattern < 4; pattern++) {
			/* kill(-1, 1), reboot and the like never with 1s and -1s. */
			if (pattern > 1 && (number == SYS_kill || number == SYS_tkill ||
					    number == SYS_tgkill || number == SYS_reboot))
				continue;
			pid_t pid = fork();
			if (pid == 0)
				call(number, pattern);
			while (pid > 0 && waitpid(pid, NULL, __WALL) != pid)
				;
		}
	return 0;
}
