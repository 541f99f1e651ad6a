/* What others see of a program's arguments: overwritten, moved, grown into the environment,
 * unnamed. */
#include "facts.h"

extern char **environ;
static char b[8192];

static const char *shown(ssize_t n)
{
	static char out[1000];
	size_t used = 0;

	for (ssize_t i = 0; i < n && used + 5 < sizeof(out); i++)
		used += (size_t)snprintf(out + used, sizeof(out) - used, b[i] ? "%c" : "|", b[i]);
	out[used] = '\0';
	return out;
}

static void show(const char *label, pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	say("%s: %s", label, shown(get_file(path, b, sizeof(b))));
}

static int titles(char **argv)
{
	pid_t us = getpid();
	size_t room = (size_t)(argv[2] + strlen(argv[2]) - argv[0]);

	show("as executed", us);
	argv[1][0] = 'X';
	show("a byte changed", us);
	snprintf(argv[0], room + 1, "%-*s", (int)room, "short title");
	show("overwritten", us);
	memset(argv[0], 'y', room + 1);
	show("without an end", us);
	memset(argv[0], 'z', room + 1 + 10);
	show("into the environment", us);
	strcpy(argv[0], "t");
	show("one letter", us);
	FACT("the environment in /proc", get_file("/proc/self/environ", b, sizeof(b)) > 20);
	pid_t pid = child();
	if (pid == 0) {
		strcpy(argv[0], "child");
		FACT("a child's own", get_file("/proc/self/cmdline", b, sizeof(b)) > 0);
		say("  %.5s", b);
		_exit(0);
	}
	say_end("child", pid);
	show("the parent's stays", us);
	return 0;
}

static void environment(void)
{
	setenv("NEW", "variable", 1);
	ssize_t n = get_file("/proc/self/environ", b, sizeof(b));
	FACT("setenv does not show", memmem(b, (size_t)n, "NEW=variable", 12) != NULL);
	char *path = getenv("PATH");
	FACT("there is PATH", path && memmem(b, (size_t)n, "PATH=", 5) != NULL);
	path[0] = 'Q';
	n = get_file("/proc/self/environ", b, sizeof(b));
	FACT("a change in place does", memmem(b, (size_t)n, "PATH=Q", 6) != NULL);
	int fd = (int)MUST(open("/proc/self/environ", O_RDONLY));
	FACT("in parts", pread(fd, b, 3, 2));
	FACT("at the end", pread(fd, b, 10, n));
	FACT("beyond", pread(fd, b, 10, 100000));
}

static void names(void)
{
	char name[32] = "";

	FACT("PR_SET_NAME", prctl(PR_SET_NAME, "a name that is too long"));
	prctl(PR_GET_NAME, name);
	say("  %s", name);
	FACT("written to comm", (put_file("/proc/self/comm", "written\n", 0644), 0));
	prctl(PR_GET_NAME, name);
	say("  %s", name[0] ? name : "empty");
	FACT("PR_SET_NAME, empty", prctl(PR_SET_NAME, ""));
	get_file("/proc/self/comm", b, sizeof(b));
	say("  comm \"%s\"", strtok(b, "\n") ?: "");
	FACT("nowhere", prctl(PR_SET_NAME, BAD));
	execl("/conformance/process_titles", "another name", "comm", NULL);
}

int main(int argc, char **argv)
{
	if (argc > 2)
		return titles(argv);
	if (argc > 1) {
		get_file("/proc/self/comm", b, sizeof(b));
		say("after exec comm is %s", strtok(b, "\n"));
		return 0;
	}
	start("process_titles");
	in_child("environment", environment);
	in_child("names", names);
	pid_t pid = child();
	if (pid == 0)
		execle("/conformance/process_titles", "program", "second argument", "third", NULL,
		       (char *[]){"A=1", "LONG=some more room for the title", "C=3", NULL});
	say_end("titles", pid);
	return 0;
}
