/* execve: the errnos of paths, permissions, formats and arguments; a failed one changes nothing. */
#include "facts.h"

static char *const no_environment[] = {NULL};

static void try_path(const char *label, const char *path)
{
	char *argv[] = {"true", NULL};
	pid_t pid = child();

	if (pid == 0) {
		execve(path, argv, no_environment);
		FAILED(label);
		_exit(111);
	}
	say_end(label, pid);
}

static void paths(void)
{
	static const char *const list[] = {
	    "",
	    "missing",
	    "missing/x",
	    "file/x",
	    "plain",
	    "dir",
	    "dir/",
	    ".",
	    "/",
	    "program/",
	    "loop",
	    "dangling",
	    "dirlink",
	    "link",
	    "fifo",
	    "socket",
	    "/dev/null",
	    "empty",
	    "text",
	    "binary",
	    "noread",
	    "noexec",
	    "/noexec/program",
	    "/etc/passwd",
	    "/proc/self/stat",
	    "/proc",
	    "closed/x",
	};

	for (size_t i = 0; i < sizeof(list) / sizeof *list; i++) {
		char label[100];
		snprintf(label, sizeof(label), "execve \"%s\"", list[i]);
		try_path(label, list[i]);
	}
}

static void pointers(void)
{
	char *argv[] = {"program", NULL};
	char *bad_argv[] = {"program", BAD, NULL};

	OK("bad path", syscall(SYS_execve, BAD, argv, no_environment));
	OK("bad argv", syscall(SYS_execve, "program", BAD, no_environment));
	OK("bad string in argv", syscall(SYS_execve, "program", bad_argv, no_environment));
	OK("bad envp", syscall(SYS_execve, "program", argv, BAD));
	OK("bad string in envp", syscall(SYS_execve, "program", argv, bad_argv));
	OK("missing file and bad argv", syscall(SYS_execve, "missing", BAD, no_environment));
	OK("no program and bad argv", syscall(SYS_execve, "plain", BAD, no_environment));
	OK("a path of 4096", syscall(SYS_execve, repeat('/', 4096), argv, no_environment));
	OK("a name of 256", syscall(SYS_execve, repeat('x', 256), argv, no_environment));
}

static void sizes(void)
{
	char *large = repeat('x', 131072 - 1), *too_large = repeat('x', 131072);
	char *argv[] = {"true", large, NULL};
	pid_t pid = child();

	if (pid == 0) {
		execve("/bin/true", argv, no_environment);
		FAILED("an argument of 128 KiB");
		_exit(111);
	}
	say_end("an argument of 128 KiB", pid);
	argv[1] = too_large;
	OK("an argument of 128 KiB and one", execve("/bin/true", argv, no_environment));
	char **many = calloc(200000, sizeof(*many));
	char *piece = repeat('x', 100);
	for (int i = 0; i < 100000; i++)
		many[i] = i ? piece : "true";
	OK("10 MB of arguments", execve("/bin/true", many, no_environment));
	argv[1] = NULL;
	OK("10 MB of environment", execve("/bin/true", argv, many));
	for (int i = 10000; i < 100000; i++)
		many[i] = NULL;
	pid = child();
	if (pid == 0) {
		execve("/bin/true", many, no_environment);
		FAILED("1 MB of arguments");
		_exit(111);
	}
	say_end("1 MB of arguments", pid);
	struct rlimit small = {1 << 20, 8 << 20};
	MUST(setrlimit(RLIMIT_STACK, &small));
	OK("1 MB of arguments and a stack limit of 1 MiB",
	   execve("/bin/true", many, no_environment));
}

/* A null argv runs the program with one empty string. */
static void no_arguments(void)
{
	pid_t pid = child();

	if (pid == 0) {
		syscall(SYS_execve, "/proc/self/exe", NULL, NULL);
		FAILED("null argv and envp");
		_exit(111);
	}
	say_end("null argv and envp", pid);
	char *argv[] = {NULL};
	pid = child();
	if (pid == 0) {
		syscall(SYS_execve, "/proc/self/exe", argv, NULL);
		FAILED("empty argv");
		_exit(111);
	}
	say_end("empty argv", pid);
}

static void busy(void)
{
	int fd = (int)MUST(open("program", O_WRONLY));

	try_path("a program open for writing", "./program");
	close(fd);
	copy_file("/bin/busybox", "cat", 0755);
	pid_t pid = run_cat("./cat");
	FD("writing to a running program", open("cat", O_WRONLY));
	FD("truncating it", open("cat", O_RDONLY | O_TRUNC));
	FACT("truncate", truncate("cat", 0));
	FD("reading it", open("cat", O_RDONLY));
	FACT("renaming it", rename("cat", "cat2"));
	FACT("removing it", unlink("cat2"));
	kill(pid, SIGKILL);
	say_end("the program", pid);
}

static void unchanged(void)
{
	char *argv[] = {"x", NULL}, comm[32] = "";
	int fd = open("plain", O_RDONLY | O_CLOEXEC);

	signal(SIGUSR1, SIG_IGN);
	prctl(PR_SET_NAME, "a name");
	OK("a failed execve", execve("text", argv, no_environment));
	OK("another", execve("binary", argv, no_environment));
	OK("another", execve("plain", argv, no_environment));
	FACT("close-on-exec descriptors stay", fcntl(fd, F_GETFD));
	prctl(PR_GET_NAME, comm);
	say("so does the name: %s", comm);
	FACT("no descriptor was made", dup(0) == fd + 1);
	struct sigaction sa;
	sigaction(SIGUSR1, NULL, &sa);
	FACT("so does an ignored signal", sa.sa_handler == SIG_IGN);
}

static void by_user(void)
{
	try_path("user: root's program with x for others", "./program");
	try_path("user: with x for root only", "./rootonly");
	try_path("user: without r", "./noread");
	try_path("user: in a closed directory", "closed/x");
	try_path("user: a directory", "dir");
	try_path("user: a script without r", "./noreadscript");
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = {AF_UNIX, "socket"};

	if (argc == 0 || argv[0][0] == '\0') {
		say("run with argc %d, argv[0] %s", argc, argc ? "empty" : "missing");
		return 0;
	}
	start("exec_errors");
	copy_file("/bin/busybox", "true", 0755);
	MUST(symlink("true", "program-link"));
	put_file("plain", "#!/bin/sh\nexit 3\n", 0644);
	put_file("empty", "", 0755);
	put_file("text", "exit 3\n", 0755);
	put_file("binary", "\x01\x02\x03\x04\x05 some bytes that are no program", 0755);
	copy_file("/bin/true", "program", 0755);
	copy_file("/bin/true", "noread", 0111);
	copy_file("/bin/true", "noexec", 0666);
	copy_file("/bin/true", "rootonly", 0744);
	put_file("noreadscript", "#!/bin/true\n", 0711);
	copy_file("/bin/true", "/noexec/program", 0755);
	MUST(mkdir("dir", 0755));
	MUST(mkdir("closed", 0700));
	put_file("closed/x", "#!/bin/true\n", 0755);
	put_file("file", "x", 0644);
	MUST(symlink("loop", "loop"));
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("dir", "dirlink"));
	MUST(symlink("text", "link"));
	MUST(mkfifo("fifo", 0777));
	MUST(bind(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), (void *)&address,
		  sizeof(address)));
	paths();
	in_child("pointers", pointers);
	in_child("sizes", sizes);
	no_arguments();
	busy();
	in_child("unchanged", unchanged);
	as_user("user", by_user);
	return 0;
}
