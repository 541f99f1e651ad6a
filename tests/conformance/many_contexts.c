/* What a process is changes more often in a second than there are descriptors and numbers for. */
#include "facts.h"

static int umasks(int rounds)
{
	int wrong = 0;

	umask(022);
	for (int i = 0; i < rounds; i++)
		wrong += umask(i % 2 ? 022 : 077) != (i % 2 ? 077 : 022);
	return wrong;
}

static int chdirs(int rounds)
{
	int failed = 0;

	for (int i = 0; i < rounds; i++)
		failed += chdir(i % 2 ? ".." : "d") != 0;
	return failed;
}

int main(void)
{
	start("many_contexts");
	MUST(mkdir("d", 0755));
	FACT("wrong masks", umasks(150000));
	FACT("failed chdirs", chdirs(50000));
	FD("a file opens", open("f", O_CREAT | O_RDWR, 0600));
	pid_t pid = child();
	if (pid == 0)
		_exit(chdirs(50000) || umasks(50000));
	FACT("beside a child's", chdirs(50000));
	say_end("child", pid);
	return 0;
}
