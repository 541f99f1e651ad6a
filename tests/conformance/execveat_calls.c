/* execveat and fexecve: descriptors, flags, scripts by descriptor. */
#include "facts.h"

static char *const arguments[] = {"execveat_calls", "report", NULL};
static char *const environment[] = {"A=1", NULL};

static void try(const char *label, int dir, const char *path, int flags)
{
	pid_t pid = child();

	if (pid == 0) {
		syscall(SYS_execveat, dir, path, arguments, environment, flags);
		FAILED(label);
		_exit(111);
	}
	say_end(label, pid);
}

static int report(int argc, char **argv)
{
	char comm[32] = "", exe[4096] = "";
	unsigned long execfn = 0;
	char **p = argv + argc + 1;

	while (*p++)
		;
	for (unsigned long *aux = (void *)p; aux[0]; aux += 2)
		if (aux[0] == 31)
			execfn = aux[1];
	prctl(PR_GET_NAME, comm);
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = '\0';
	say("  argv[0] [%s] argc %d last [%s] comm [%s] execfn [%s] exe [%s] free descriptor %d",
	    argv[0], argc, argv[argc - 1], comm, execfn ? (char *)execfn : "",
	    strrchr(exe, '/') ? strrchr(exe, '/') : exe, dup(0));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return report(argc, argv);
	start("execveat_calls");
	copy_self("program", 0, 0, 0755);
	copy_self("closed", 0, 0, 0644);
	MUST(symlink("program", "link"));
	put_file("script", "#!./program from-script\n", 0755);
	MUST(mkdir("dir", 0755));
	copy_self("dir/inner", 0, 0, 0755);
	put_file("dir/script", "#!./program from-script\n", 0755);

	int dir = (int)MUST(open("dir", O_RDONLY | O_DIRECTORY));
	int fd = (int)MUST(open("program", O_RDONLY)),
	    cloexec = (int)MUST(open("program", O_RDONLY | O_CLOEXEC));
	int path = (int)MUST(open("program", O_PATH)), closed = (int)MUST(open("closed", O_RDONLY));
	int script = (int)MUST(open("script", O_RDONLY));
	int script_cloexec = (int)MUST(open("script", O_RDONLY | O_CLOEXEC));
	int sym = (int)MUST(open("link", O_PATH | O_NOFOLLOW));
	int writer = (int)MUST(open("dir/inner", O_RDWR));

	try("a path from AT_FDCWD", AT_FDCWD, "program", 0);
	close(writer);
	try("a path from a directory", dir, "inner", 0);
	try("a path up from a directory", dir, "../program", 0);
	try("an absolute path", 99, "/proc/self/cwd/program", 0);
	try("a bad descriptor", 99, "program", 0);
	try("a file as directory", fd, "program", 0);
	try("an empty path without the flag", fd, "", 0);
	try("an empty path", fd, "", AT_EMPTY_PATH);
	try("an empty path, close-on-exec", cloexec, "", AT_EMPTY_PATH);
	try("an empty path, O_PATH", path, "", AT_EMPTY_PATH);
	try("an empty path, not executable", closed, "", AT_EMPTY_PATH);
	try("an empty path, directory", dir, "", AT_EMPTY_PATH);
	try("an empty path, AT_FDCWD", AT_FDCWD, "", AT_EMPTY_PATH);
	try("an empty path, bad descriptor", 99, "", AT_EMPTY_PATH);
	try("an empty path, symlink", sym, "", AT_EMPTY_PATH);
	try("a symlink", AT_FDCWD, "link", 0);
	try("a symlink, no follow", AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW);
	try("a file, no follow", AT_FDCWD, "program", AT_SYMLINK_NOFOLLOW);
	try("unknown flags", AT_FDCWD, "program", 1);
	try("a missing file", AT_FDCWD, "missing", 0);
	try("a script", AT_FDCWD, "script", 0);
	try("a script from a directory", dir, "script", 0);
	try("a script by descriptor", script, "", AT_EMPTY_PATH);
	try("a script by descriptor, close-on-exec", script_cloexec, "", AT_EMPTY_PATH);
	try("a pipe", ({
		    int p[2];
		    pipe(p);
		    p[0];
	    }),
	    "", AT_EMPTY_PATH);
	OK("a bad path pointer", syscall(SYS_execveat, AT_FDCWD, BAD, arguments, environment, 0));

	int memory = memfd_create("in memory", MFD_CLOEXEC), source = open("program", O_RDONLY);
	char block[65536];
	for (ssize_t n; (n = read(source, block, sizeof(block))) > 0;)
		write(memory, block, (size_t)n);
	pid_t pid = child();
	if (pid == 0) {
		fexecve(fd, arguments, environment);
		FAILED("fexecve");
		_exit(111);
	}
	say_end("fexecve", pid);
	pid = child();
	if (pid == 0) {
		syscall(SYS_execveat, memory, "", arguments, environment, AT_EMPTY_PATH);
		FAILED("a program in a memfd, open for writing");
		char again[64];
		snprintf(again, sizeof(again), "/proc/self/fd/%d", memory);
		int reader = open(again, O_RDONLY | O_CLOEXEC);
		close(memory);
		syscall(SYS_execveat, reader, "", arguments, environment, AT_EMPTY_PATH);
		FAILED("a program in a memfd");
		_exit(111);
	}
	close(memory);
	say_end("a program in a memfd", pid);
	return 0;
}
