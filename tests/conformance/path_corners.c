/* Paths that end in slashes or dots, hold empty components or nothing: what every call says. */
#include "facts.h"
#include <sys/statfs.h>
#include <sys/xattr.h>

/* d is a directory, f a file, l and ld links to them, x nothing, dangling a link to nothing. */
static const char *const paths[] = {
    "",		 "/",	       "//",	 ".",	    "./",   "..",    "/..",	 "/../..",
    "d",	 "d/",	       "d//",	 "d/.",	    "d/./", "d/..",  "d//.//..", "f",
    "f/",	 "f/.",	       "f/..",	 "l",	    "l/",   "l/.",   "ld",	 "ld/",
    "ld/.",	 "ld/..",      "x",	 "x/",	    "x/.",  "x/..",  "x/y",	 "dangling",
    "dangling/", "dangling/.", "d/../f", "d/../f/", "loop", "loop/", "loop/x",	 "f/x",
};
static const char *const made_up[] = {
    "/proc/",
    "/proc/.",
    "/proc//self",
    "/proc/./version",
    "/proc/version/",
    "/proc/version/.",
    "/proc/version/..",
    "/proc/version/x",
    "/proc/self/",
    "/proc/self/.",
    "/proc/self/..",
    "/proc/self/../version",
    "/proc/self/fd/",
    "/proc/self/fd/0/",
    "/proc/self/fd/..",
    "/proc/self/fd/x",
    "/proc/self/fd/099",
    "/proc/x",
    "/proc/x/",
    "/proc/00001",
    "/proc/self/cwd/",
    "/proc/self/cwd/.",
    "/proc/self/cwd/d/",
    "/proc/self/cwd/f/",
    "/proc/self/cwd/..",
    "/proc/self/root/",
    "/proc/self/exe/",
    "/proc/self/task/",
    "/proc/../proc/.",
    "/sys/",
    "/sys/.",
    "/sys/..",
    "/sys//devices",
    "/sys/x",
    "/sys/../f",
    "/proc/sys/",
    "/proc/sys/kernel/.",
    "/proc/sys/kernel/hostname/",
    "/proc/sys/kernel/x",
    "/proc/self/environ/x",
};
static char b[5000];

static const char *short_result(long value)
{
	return value < 0 ? errno_name(errno) : "ok";
}

static void looking(const char *p)
{
	struct stat st;
	struct statfs fs;
	char text[400];
	int n = snprintf(text, sizeof(text), "\"%s\": stat %s", p, short_result(stat(p, &st)));

	n += snprintf(text + n, sizeof(text) - (size_t)n, " lstat %s",
		      lstat(p, &st) < 0	    ? errno_name(errno)
		      : S_ISLNK(st.st_mode) ? "link"
		      : S_ISDIR(st.st_mode) ? "directory"
					    : "other");
	n += snprintf(text + n, sizeof(text) - (size_t)n, " access %s",
		      short_result(access(p, F_OK)));
	n += snprintf(text + n, sizeof(text) - (size_t)n, " statfs %s",
		      short_result(statfs(p, &fs)));
	n += snprintf(text + n, sizeof(text) - (size_t)n, " readlink %s",
		      short_result(readlink(p, b, sizeof(b))));
	n += snprintf(text + n, sizeof(text) - (size_t)n, " getxattr %s",
		      short_result(getxattr(p, "user.none", b, sizeof(b))));
	int fd = open(p, O_RDONLY | O_NONBLOCK);
	n += snprintf(text + n, sizeof(text) - (size_t)n, " open %s", short_result(fd));
	close(fd);
	fd = open(p, O_PATH | O_NOFOLLOW);
	n += snprintf(text + n, sizeof(text) - (size_t)n, " O_PATH %s", short_result(fd));
	close(fd);
	fd = open(p, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	snprintf(text + n, sizeof(text) - (size_t)n, " O_DIRECTORY %s", short_result(fd));
	close(fd);
	say("%s", text);
	int here = open(".", O_RDONLY | O_DIRECTORY);
	say("  chdir %s", short_result(chdir(p)));
	fchdir(here);
	close(here);
}

static void tree(void)
{
	mkdir("d", 0755);
	put_file("f", "file", 0644);
	symlink("f", "l");
	symlink("d", "ld");
	symlink("nothing", "dangling");
	symlink("loop", "loop");
}

static void clean(void)
{
	static const char *const names[] = {"f",    "l", "ld",	"dangling",
					    "loop", "x", "new", "nothing"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (unlink(names[i]) < 0)
			rmdir(names[i]);
	unlink("d/x");
	unlink("d/f");
	rmdir("d/new");
	rmdir("d");
	put_file("spare", "spare", 0644);
	mkdir("spare.d", 0755);
	tree();
}

/* Each call on a fresh tree, since many of them succeed. */
static void changing(const char *p)
{
	int fd;

	say("changing \"%s\"", p);
#define TRY(label, call)                                                                           \
	do {                                                                                       \
		clean();                                                                           \
		errno = 0;                                                                         \
		long value_ = (long)(call);                                                        \
		if (value_ < 0 && errno != ENOENT)                                                 \
			say("  " label ": %s", errno_name(errno));                                 \
		else                                                                               \
			say("  " label ": %s", value_ < 0 ? "ENOENT" : "ok");                      \
	} while (0)
	TRY("mkdir", mkdir(p, 0755));
	TRY("rmdir", rmdir(p));
	TRY("unlink", unlink(p));
	TRY("create", fd = open(p, O_WRONLY | O_CREAT, 0644));
	close(fd);
	TRY("create new", fd = open(p, O_WRONLY | O_CREAT | O_EXCL, 0644));
	close(fd);
	TRY("create directory", fd = open(p, O_RDONLY | O_CREAT | O_DIRECTORY, 0644));
	close(fd);
	TRY("O_TMPFILE", fd = open(p, O_RDWR | O_TMPFILE, 0644));
	close(fd);
	TRY("mknod", mknod(p, S_IFIFO | 0644, 0));
	TRY("symlink", symlink("f", p));
	TRY("link to", link("f", p));
	TRY("link from", link(p, "new"));
	TRY("rename from", rename(p, "new"));
	TRY("rename a file to", rename("spare", p));
	TRY("rename a directory to", rename("spare.d", p));
	TRY("truncate", truncate(p, 2));
	TRY("removexattr", removexattr(p, "user.none"));
	rmdir("spare.d");
	clean();
}

int main(void)
{
	start("path_corners");
	tree();
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		looking(paths[i]);
	for (size_t i = 0; i < sizeof(made_up) / sizeof(*made_up); i++)
		looking(made_up[i]);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		changing(paths[i]);
	return 0;
}
