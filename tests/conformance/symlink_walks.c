/* Symbolic links in a volume: depth, absolute ones, and those that lead into /proc and /sys. */
#include "facts.h"

static void chain(const char *name, const char *end, int length)
{
	char from[64], to[64];

	snprintf(to, sizeof(to), "%s", end);
	for (int i = length - 1; i >= 0; i--) {
		snprintf(from, sizeof(from), "%s%d", name, i);
		MUST(symlink(to, from));
		strcpy(to, from);
	}
}

static void say_text(const char *label, const char *path)
{
	char b[256];
	ssize_t n = get_file(path, b, sizeof(b));

	say("%s: %.*s", label, (int)strcspn(b, "\n"), n < 0 ? errno_name(errno) : b);
}

int main(void)
{
	char b[4096];

	start("symlink_walks");
	put_file("file", "content", 0644);
	MUST(mkdir("dir", 0755));
	put_file("dir/file", "in the directory", 0644);

	chain("deep", "file", 40);
	chain("deeper", "file", 41);
	say_text("40 links", "deep0");
	say_text("41 links", "deeper0");
	say_text("40 of 41 links", "deeper1");
	chain("proc", "/proc/sys/kernel/ostype", 39);
	say_text("39 links into /proc", "proc0");
	chain("procs", "/proc/self/comm", 39);
	say_text("39 links and that of /proc/self", "procs0");
	chain("proct", "/proc/self/comm", 40);
	say_text("40 links and that of /proc/self", "proct0");

	MUST(symlink("/scratch/symlink_walks/dir", "absolute"));
	say_text("absolute", "absolute/file");
	MUST(symlink("../../../../../../scratch/symlink_walks/dir", "up"));
	say_text("up beyond the root", "up/file");
	MUST(symlink("/proc/self/cwd/dir", "through"));
	say_text("through /proc/self/cwd", "through/file");
	MUST(symlink("/proc/self/root/scratch/symlink_walks/file", "root"));
	say_text("through /proc/self/root", "root");
	MUST(symlink("../../proc", "tree"));
	say_text("to /proc itself", "tree/sys/kernel/ostype");
	say_text("and back", "tree/../scratch/symlink_walks/file");
	say_text("and on", "tree/self/cwd/file");
	MUST(symlink("/sys/devices/system", "system"));
	say_text("into /sys", "system/cpu/online");
	FACT("open it as a directory", close(open("system", O_RDONLY | O_DIRECTORY)));
	FACT("chdir", chdir("system"));
	say("cwd: %s", getcwd(b, sizeof(b)));
	FACT("and back", chdir("/scratch/symlink_walks"));
	FACT("not followed", open("tree", O_RDONLY | O_NOFOLLOW));
	FD("O_PATH", open("tree", O_PATH | O_NOFOLLOW));
	FACT("readlink", readlink("tree", b, sizeof(b)));
	FACT("make through it", open("tree/new", O_CREAT | O_WRONLY, 0600));
	FACT("mkdir through it", mkdir("tree/self/new", 0700));
	FACT("rename into it", rename("file", "tree/file"));
	FACT("link into it", link("file", "tree/file"));
	MUST(symlink("/proc/self/fd/1", "out"));
	FACT("the standard output", close(open("out", O_WRONLY)));
	MUST(symlink("loop", "loop"));
	say_text("a loop", "loop");
	say_text("a loop within", "loop/file");
	MUST(symlink("missing", "dangling"));
	say_text("dangling", "dangling");
	FD("make what it names", open("dangling", O_CREAT | O_WRONLY, 0600));
	FACT("which is there", access("missing", F_OK));
	FD("exclusively", open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0600));
	MUST(symlink("file/", "slash"));
	say_text("a file with a slash", "slash");
	FACT("an empty target", symlink("", "empty"));
	FACT("the longest target", symlink(repeat('x', 4095), "longest"));
	FACT("its length", readlink("longest", b, sizeof(b)));
	FACT("too long", symlink(repeat('x', 4096), "too long"));
	return 0;
}
