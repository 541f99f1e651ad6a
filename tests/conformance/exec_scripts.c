/* Scripts: the first line, arguments, nesting, what the interpreter sees. */
#include "facts.h"

static char self[4096];

static void run(const char *label, const char *path, const char *argument)
{
	pid_t pid = child();

	if (pid == 0) {
		execl(path, "given-name", argument, NULL);
		FAILED(label);
		_exit(111);
	}
	say_end(label, pid);
}

static void script(const char *label, const char *content)
{
	put_file("script", content, 0755);
	run(label, "./script", "one");
}

/* A first line of exactly n bytes before its end. */
static void long_line(size_t n, const char *tail)
{
	char line[600], label[64];

	memset(line, 'x', sizeof(line));
	memcpy(line, "#!./echo ", 9);
	strcpy(line + n, tail);
	snprintf(label, sizeof(label), "a first line of %zu bytes and %zu more", n, strlen(tail));
	script(label, line);
}

static void first_lines(void)
{
	script("plain", "#!./echo\n");
	script("one argument", "#!./echo a\n");
	script("an argument with spaces", "#!./echo a b  c\n");
	script("spaces around", "#!  \t ./echo \t a b \t \n");
	script("no end of line", "#!./echo a");
	script("no end of line, no argument", "#!./echo");
	script("a carriage return", "#!./echo\r\n");
	script("an empty first line", "#!\n./echo\n");
	script("only spaces", "#!   \n");
	script("two bytes", "#!");
	script("one byte", "#");
	script("a space before", " #!./echo\n");
	script("a missing interpreter", "#!./missing\n");
	script("a directory as interpreter", "#!./dir\n");
	script("an unexecutable interpreter", "#!./plain\n");
	script("an interpreter that is no program", "#!./text\n");
	script("an interpreter in a loop", "#!./loop\n");
	script("an interpreter on a noexec mount", "#!/noexec/echo\n");
	script("itself as interpreter", "#!./script\n");
	script("an interpreter without directory", "#!echo\n");
	script("an interpreter through a symlink", "#!./link\n");
	long_line(100, "\nrest");
	long_line(253, "\nrest");
	long_line(254, "\nrest");
	long_line(255, "\nrest");
	long_line(256, "\nrest");
	long_line(300, "\nrest");
	long_line(254, "");
	long_line(255, "");
	long_line(256, "");
	char line[400];
	memset(line, 'x', sizeof(line));
	memcpy(line, "#!./", 4);
	strcpy(line + 300, "\n");
	script("an interpreter name of 300 bytes", line);
	int fd = open("script", O_WRONLY | O_TRUNC);
	MUST(write(fd, "#!./echo a\0b\nrest", 17));
	close(fd);
	run("a NUL in the first line", "./script", NULL);
}

static void nesting(void)
{
	char name[32], text[64], label[64];

	put_file("n1", "#!./echo n1-argument\n", 0755);
	for (int i = 2; i <= 7; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		snprintf(text, sizeof(text), "#!./n%d n%d-argument\n", i - 1, i);
		put_file(name, text, 0755);
	}
	for (int i = 1; i <= 7; i++) {
		snprintf(name, sizeof(name), "./n%d", i);
		snprintf(label, sizeof(label), "%d scripts", i);
		run(label, name, "one");
	}
}

static void permissions(void)
{
	put_file("script", "#!./echo\n", 0711);
	run("user: a script that it cannot read", "./script", NULL);
	put_file("script", "#!./echo\n", 0744);
	run("user: a script that it cannot execute", "./script", NULL);
}

static void as_plain_user(void)
{
	run("user: readable", "./readable", NULL);
	run("user: not readable", "./unreadable", NULL);
	run("user: not executable", "./unexecutable", NULL);
	run("user: set-user-ID script", "./setuid", NULL);
	run("user: a closed interpreter", "./closedinterp", NULL);
}

static void details(void)
{
	put_file("script", "#!./echo a\n", 0755);
	run("an absolute path", "/proc/self/cwd/script", "one");
	int fd = (int)MUST(open("script", O_RDONLY));
	run("by descriptor", ({
		    static char path[32];
		    snprintf(path, sizeof(path), "/dev/fd/%d", fd);
		    path;
	    }),
	    "one");
	close(fd);
	pid_t pid = child();
	if (pid == 0) {
		char *none[] = {NULL};
		execve("./script", none, none);
		FAILED("no arguments");
		_exit(111);
	}
	say_end("no arguments", pid);
	put_file("sh", "#!/bin/sh\necho \"shell: $0 $# $1\"\nexit 7\n", 0755);
	run("a shell script", "./sh", "one");
	pid = child();
	if (pid == 0) {
		execlp("sh", "sh", "-c", "./sh two; ./text; echo after $?", NULL);
		_exit(111);
	}
	say_end("started by a shell", pid);
	put_file("text", "echo \"a text runs in a shell: $0\"", 0755);
	pid = child();
	if (pid == 0) {
		execlp("./text", "text", NULL);
		_exit(111);
	}
	say_end("execlp of a text", pid);
}

static int echo(int argc, char **argv)
{
	char text[4000] = "", comm[32] = "", exe[4096] = "";

	for (int i = 0; i < argc; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " [%s]", argv[i]);
	prctl(PR_GET_NAME, comm);
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = '\0';
	say("  argc %d:%s comm [%s] exe [%s]", argc, text, comm,
	    strrchr(exe, '/') ? strrchr(exe, '/') + 1 : exe);
	return 0;
}

int main(int argc, char **argv)
{
	char comm[32] = "";

	prctl(PR_GET_NAME, comm);
	if (strcmp(argc ? argv[0] : "", "/conformance/exec_scripts") != 0)
		return echo(argc, argv);
	start("exec_scripts");
	MUST(getcwd(self, sizeof(self)) ? 0 : -1);
	copy_self("echo", 0, 0, 0755);
	copy_self("/noexec/echo", 0, 0, 0755);
	copy_self("closedecho", 0, 0, 0700);
	MUST(symlink("echo", "link"));
	MUST(symlink("loop", "loop"));
	MUST(mkdir("dir", 0755));
	put_file("plain", "x", 0644);
	put_file("text", "echo text runs", 0755);
	first_lines();
	nesting();
	details();
	in_child("permissions", permissions);
	put_file("readable", "#!./echo\n", 0755);
	put_file("unreadable", "#!./echo\n", 0711);
	put_file("unexecutable", "#!./echo\n", 0744);
	put_file("setuid", "#!./echo\n", 04755);
	put_file("closedinterp", "#!./closedecho\n", 0755);
	as_user("user", as_plain_user);
	return 0;
}
