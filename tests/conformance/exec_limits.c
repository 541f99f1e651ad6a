/* How much an exec takes along: long arguments, many, RLIMIT_STACK, none at all. */
#include "facts.h"

static char self[] = "/conformance/exec_limits";

/* Executes this program with n arguments of `size` bytes; says how it ended. */
static void with(const char *label, size_t n, size_t size, rlim_t stack)
{
	pid_t pid = child();

	if (pid == 0) {
		char **argv = calloc(n + 3, sizeof(char *)), *text = repeat('a', size);
		if (stack)
			MUST(setrlimit(RLIMIT_STACK, &(struct rlimit){stack, RLIM_INFINITY}));
		argv[0] = self;
		argv[1] = "report";
		for (size_t i = 0; i < n; i++)
			argv[2 + i] = text;
		execv(self, argv);
		FAILED(label);
		_exit(1);
	}
	say_end(label, pid);
}

static void environment(const char *label, size_t n, size_t size)
{
	pid_t pid = child();

	if (pid == 0) {
		char **env = calloc(n + 1, sizeof(char *)), *text = repeat('e', size);
		text[1] = '=';
		for (size_t i = 0; i < n; i++)
			env[i] = text;
		execve(self, (char *[]){self, "report", NULL}, env);
		FAILED(label);
		_exit(1);
	}
	say_end(label, pid);
}

static void none(void)
{
	execve(self, (char *[]){NULL}, (char *[]){NULL});
	FAILED("no arguments");
}

static void nowhere(void)
{
	syscall(SYS_execve, self, NULL, NULL);
	FAILED("no vectors");
}

static void script(size_t n, size_t size)
{
	char **argv = calloc(n + 2, sizeof(char *)), *text = repeat('s', size);
	pid_t pid = child();

	if (pid == 0) {
		argv[0] = "script";
		for (size_t i = 0; i < n; i++)
			argv[1 + i] = text;
		execv("./script", argv);
		FAILED("script");
		_exit(1);
	}
	say_end("a script with arguments", pid);
}

int main(int argc, char **argv)
{
	extern char **environ;
	size_t bytes = 0, variables = 0;

	if (argc == 0 || !argv[0][0]) {
		say("a program without arguments: %d \"%s\"", argc, argc ? argv[0] : "");
		return 7;
	}
	if (argc > 1) {
		for (int i = 2; i < argc; i++)
			bytes += strlen(argv[i]);
		for (char **e = environ; *e; e++)
			variables++;
		say("%d arguments, %zu bytes, %zu variables, the end is NULL %d", argc, bytes,
		    variables, argv[argc] == NULL);
		return 0;
	}
	start("exec_limits");
	put_file("script", "#!/conformance/exec_limits report\n", 0755);
	with("one of 131071", 1, 131071, 0);
	with("one of 131072", 1, 131072, 0);
	with("15 of 100,000", 15, 100000, 0);
	with("30 of 100,000", 30, 100000, 0);
	with("10,000 of 10", 10000, 10, 0);
	with("100,000 of 1", 100000, 1, 0);
	with("200,000 of 1", 200000, 1, 0);
	with("1,000,000 of none", 1000000, 0, 0);
	with("50 of 100,000 and a large stack", 50, 100000, 64 << 20);
	with("70 of 100,000 and a large stack", 70, 100000, 64 << 20);
	with("a stack of 1 MiB", 2, 100000, 1 << 20);
	with("a stack of 1 MiB and too much", 4, 100000, 1 << 20);
	with("a stack of 256 KiB", 1, 50000, 256 << 10);
	with("a stack of 64 KiB", 1, 1000, 64 << 10);
	with("a stack of 64 KiB and more", 1, 100000, 64 << 10);
	environment("one variable of 131071", 1, 131071);
	environment("one variable of 131072", 1, 131072);
	environment("50,000 variables", 50000, 10);
	script(3, 100000);
	script(1, 131072);
	script(40, 100000);
	in_child("none", none);
	in_child("nowhere", nowhere);
	return 0;
}
