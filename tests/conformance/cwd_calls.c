/* chdir, fchdir, getcwd: buffers, permissions, forks and threads. */
#include "facts.h"
#include <pthread.h>

static char b[5000], top[5000];

static void say_cwd(const char *label)
{
	if (!getcwd(b, sizeof(b)))
		say("%s: -1 %s", label, errno_name(errno));
	else if (strncmp(b, top, strlen(top)) == 0)
		say("%s: TOP%s", label, b + strlen(top));
	else
		say("%s: %s", label, b);
}

static void moves(void)
{
	static const char *const paths[] = {"a",	   "b/c",
					    "..",	   "../..",
					    "link",	   "c/link",
					    "c/link2",	   "../b",
					    ".",	   "",
					    "missing",	   "../../file",
					    "../../file/", "../../file/x",
					    "../../loop",  "../../dangling",
					    "/",	   "/..",
					    "/tmp/",	   "/dev/shm",
					    "/proc",	   "/etc/passwd",
					    "/dev/fd"};

	MUST(chdir(top));
	for (size_t i = 0; i < sizeof(paths) / sizeof *paths; i++) {
		char label[100];
		snprintf(label, sizeof(label), "chdir \"%s\"", paths[i]);
		FACT(label, syscall(SYS_chdir, paths[i]));
		if (strcmp(paths[i], "/dev/fd") != 0)
			say_cwd("  now in");
	}
	FACT("chdir a bad pointer", syscall(SYS_chdir, BAD));
	MUST(chdir(top));
}

static void sizes(void)
{
	long n = (long)strlen(top) + 1;

	FACT("getcwd gives the length with its end", syscall(SYS_getcwd, b, sizeof(b)) == n);
	FACT("getcwd, exactly enough", syscall(SYS_getcwd, b, n) == n);
	FACT("getcwd, one too few", syscall(SYS_getcwd, b, n - 1));
	FACT("getcwd, 1", syscall(SYS_getcwd, b, 1));
	FACT("getcwd, 0", syscall(SYS_getcwd, b, 0));
	FACT("getcwd, null and 0", syscall(SYS_getcwd, NULL, 0));
	FACT("getcwd, bad buffer", syscall(SYS_getcwd, BAD, 4096));
	FACT("getcwd, bad buffer and too small", syscall(SYS_getcwd, BAD, 2));
	FACT("getcwd, huge size", syscall(SYS_getcwd, b, -1) == n);
	MUST(chdir("/"));
	FACT("getcwd in /", syscall(SYS_getcwd, b, 2));
	FACT("getcwd in /, 1", syscall(SYS_getcwd, b, 1));
	MUST(chdir(top));
}

static void descriptors(void)
{
	int dir = open("a", O_RDONLY), path = open("a/b", O_PATH), file = open("file", O_RDONLY);

	FACT("fchdir", fchdir(dir));
	say_cwd("  now in");
	FACT("fchdir O_PATH", fchdir(path));
	say_cwd("  now in");
	FACT("fchdir a file", fchdir(file));
	FACT("fchdir a bad descriptor", fchdir(99));
	FACT("fchdir AT_FDCWD", fchdir(AT_FDCWD));
	say_cwd("  now in");
	MUST(chdir(top));
	FACT("chdir through /proc/self/fd",
	     (snprintf(b, sizeof(b), "/proc/self/fd/%d", dir), chdir(b)));
	say_cwd("  now in");
	FACT("chdir /proc/self/cwd", chdir("/proc/self/cwd"));
	say_cwd("  now in");
	MUST(chdir(top));
}

static void by_user(void)
{
	FACT("user: closed directory", chdir("closed"));
	FACT("user: behind a closed directory", chdir("closed/inner"));
	FACT("user: a directory with x only", chdir("passage"));
	say_cwd("user:   now in");
	FACT("user: its entries", open(".", O_RDONLY));
	FACT("user: back", chdir(".."));
	int fd = open("readable", O_RDONLY);
	FACT("user: a readable directory without x", fchdir(fd));
	FACT("user: a file in it", openat(fd, "x", O_RDONLY));
	FACT("user: in a closed directory that it inherited", access("x", F_OK));
}

static void inherited(void)
{
	MUST(chdir("closed"));
	become(USER);
	say_cwd("inherited: in a closed directory");
	FD("inherited: open .", open(".", O_RDONLY));
	FD("inherited: open ..", open("..", O_PATH));
	FACT("inherited: chdir ..", chdir(".."));
	FACT("inherited: chdir .", chdir("."));
}

static void child_moves(void)
{
	MUST(chdir("a/b"));
	say_cwd("child moved to");
}

static void *thread_moves(void *arg)
{
	MUST(chdir("a"));
	return NULL;
}

int main(void)
{
	start("cwd_calls");
	MUST(getcwd(top, sizeof(top)) ? 0 : -1);
	MUST(mkdir("a", 0755));
	MUST(mkdir("a/b", 0755));
	MUST(mkdir("a/b/c", 0755));
	MUST(mkdir("closed", 0700));
	MUST(mkdir("closed/inner", 0777));
	MUST(mkdir("passage", 0711));
	MUST(mkdir("readable", 0744));
	put_file("readable/x", "x", 0644);
	put_file("file", "x", 0644);
	MUST(symlink("a/b", "link"));
	MUST(symlink("../../../a/b", "a/b/c/link"));
	MUST(symlink("../../../link", "a/b/c/link2"));
	MUST(symlink("loop", "loop"));
	MUST(symlink("nowhere", "dangling"));
	moves();
	sizes();
	descriptors();
	as_user("user", by_user);
	in_child("inherited", inherited);
	in_child("child", child_moves);
	say_cwd("the parent stayed in");
	pthread_t t;
	pthread_create(&t, NULL, thread_moves, NULL);
	pthread_join(t, NULL);
	say_cwd("a thread moved all to");
	return 0;
}
