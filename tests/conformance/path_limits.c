/* The limits of paths: 255 bytes a name, 4096 a path, 40 symbolic links a walk. */
#include "facts.h"

static char *path_of(size_t length, const char *end)
{
	char *path = malloc(length + 1);
	size_t tail = strlen(end);

	for (size_t i = 0; i < length - tail; i++)
		path[i] = i % 2 ? '/' : '.';
	if ((length - tail) % 2)
		path[length - tail - 1] = '/';
	strcpy(path + length - tail, end);
	return path;
}

static void names(void)
{
	char *n255 = repeat('n', 255), *n256 = repeat('n', 256);
	char path[600];
	struct stat st;

	FD("create a name of 255", open(n255, O_CREAT | O_WRONLY, 0600));
	FACT("stat it", stat(n255, &st));
	FD("create a name of 256", open(n256, O_CREAT | O_WRONLY, 0600));
	FACT("stat 256", stat(n256, &st));
	FACT("access 256", access(n256, F_OK));
	FACT("unlink 256", unlink(n256));
	FACT("mkdir 256", mkdir(n256, 0700));
	FACT("rmdir 256", rmdir(n256));
	FACT("chdir 256", chdir(n256));
	FACT("rename to 256", rename(n255, n256));
	FACT("symlink named 256", symlink("x", n256));
	FACT("link to 256", link(n255, n256));
	snprintf(path, sizeof(path), "%s/x", n256);
	FACT("a directory of 256", stat(path, &st));
	snprintf(path, sizeof(path), "file/%s", n256);
	FACT("256 below a file", stat(path, &st));
	snprintf(path, sizeof(path), "missing/%s", n256);
	FACT("256 below a missing directory", stat(path, &st));
	FACT("unlink 255", unlink(n255));
}

static void whole_paths(void)
{
	struct stat st;
	char b[16];

	FACT("stat a path of 4094", stat(path_of(4094, "file"), &st));
	FACT("stat a path of 4095", stat(path_of(4095, "file"), &st));
	FACT("stat a path of 4096", stat(path_of(4096, "file"), &st));
	FACT("stat a path of 9000", stat(path_of(9000, "file"), &st));
	FD("open a path of 4095", open(path_of(4095, "file"), O_RDONLY));
	FD("open a path of 4096", open(path_of(4096, "file"), O_RDONLY));
	FD("create by a path of 4095", open(path_of(4095, "made"), O_CREAT | O_WRONLY, 0600));
	FACT("access 4096", access(path_of(4096, "file"), F_OK));
	FACT("mkdir 4095", mkdir(path_of(4095, "newdir"), 0700));
	FACT("mkdir 4096", mkdir(path_of(4096, "newdir"), 0700));
	FACT("rename from 4095 to 4095", rename(path_of(4095, "made"), path_of(4095, "moved")));
	FACT("rename from 4096", rename(path_of(4096, "moved"), "x"));
	FACT("rename to 4096", rename("moved", path_of(4096, "x")));
	FACT("unlink 4095", unlink(path_of(4095, "moved")));
	FACT("rmdir 4096", rmdir(path_of(4096, "newdir")));
	FACT("rmdir 4095", rmdir(path_of(4095, "newdir")));
	FACT("readlink 4096", readlink(path_of(4096, "l0"), b, sizeof(b)));
	FACT("chdir 4096", chdir(path_of(4096, "newdir")));
	FACT("execve 4096", execl(path_of(4096, "file"), "x", NULL));
	FACT("execve 4095", execl(path_of(4095, "file"), "x", NULL));
}

static void symlinks(void)
{
	char name[16], target[16], *long_target = repeat('t', 4095);
	struct stat st;
	char *b = malloc(5000);

	MUST(symlink("file", "l0"));
	for (int i = 1; i < 45; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		MUST(symlink(target, name));
	}
	FACT("39 links", stat("l38", &st));
	FACT("40 links", stat("l39", &st));
	FACT("41 links", stat("l40", &st));
	FACT("lstat of the 41st", lstat("l40", &st));
	FACT("lstat of the 42nd with a slash", lstat("l41/", &st));
	FACT("symlink with a target of 4095", symlink(long_target, "long"));
	FACT("readlink of it", readlink("long", b, 5000));
	FACT("lstat of it", lstat("long", &st));
	say("its size: %ld", (long)st.st_size);
	FACT("stat through it", stat("long", &st));
	FACT("symlink with a target of 4096", symlink(repeat('t', 4096), "longer"));
	FACT("symlink with an empty target", symlink("", "empty"));
	FACT("symlink with a name of 256 as target", symlink(repeat('t', 256), "name256"));
	FACT("stat through it", stat("name256", &st));
	FACT("symlink to a path of 4095", symlink(path_of(4000, "file"), "dots"));
	FACT("stat through it", stat("dots", &st));
}

static void depth(void)
{
	char *name = repeat('d', 200), *b = malloc(20000);
	int levels = 0;

	while (levels < 30 && mkdir(name, 0700) == 0 && chdir(name) == 0)
		levels++;
	FACT("levels of 200 bytes made", levels);
	FACT("getcwd of a path longer than PATH_MAX", syscall(SYS_getcwd, b, 20000));
	FD("a file at the bottom", open("deep", O_CREAT | O_WRONLY, 0600));
	FACT("unlink it", unlink("deep"));
	while (levels-- > 0) {
		MUST(chdir(".."));
		MUST(rmdir(name));
	}
	FACT("back up again", access("file", F_OK));
}

int main(void)
{
	start("path_limits");
	put_file("file", "content", 0644);
	names();
	symlinks();
	whole_paths();
	depth();
	return 0;
}
