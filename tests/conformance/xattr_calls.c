/* The xattr family: user attributes, sizes, lists, symlinks, other name spaces, permissions. */
#include "facts.h"
#include <sys/xattr.h>

static char b[70000];

static int by_name(const void *a, const void *c)
{
	return strcmp(*(char *const *)a, *(char *const *)c);
}

/* The names in a list have no order of their own. */
static void say_list(const char *label, long size)
{
	char *names[64], text[4096] = "";
	size_t n = 0;

	for (char *p = b; p < b + size && n < 64; p += strlen(p) + 1)
		names[n++] = p;
	qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n; i++) {
		strcat(text, " ");
		strcat(text, names[i]);
	}
	say("%s: %ld:%s", label, size, text);
}

static void values(void)
{
	FACT("get a missing one", getxattr("file", "user.a", b, sizeof(b)));
	FACT("set", setxattr("file", "user.a", "value", 5, 0));
	FACT("get", getxattr("file", "user.a", b, sizeof(b)));
	say("  it is: %.5s", b);
	FACT("get the size", getxattr("file", "user.a", NULL, 0));
	FACT("get into 4 bytes", getxattr("file", "user.a", b, 4));
	FACT("get into 5 bytes", getxattr("file", "user.a", b, 5));
	FACT("get into a bad buffer", getxattr("file", "user.a", BAD, 10));
	FACT("get with a bad name", getxattr("file", BAD, b, 10));
	FACT("get of a bad path", getxattr(BAD, "user.a", b, 10));
	FACT("set XATTR_CREATE, existing", setxattr("file", "user.a", "v", 1, XATTR_CREATE));
	FACT("set XATTR_REPLACE, existing", setxattr("file", "user.a", "v2", 2, XATTR_REPLACE));
	FACT("set XATTR_REPLACE, missing", setxattr("file", "user.b", "v", 1, XATTR_REPLACE));
	FACT("set XATTR_CREATE, missing", setxattr("file", "user.b", "v", 1, XATTR_CREATE));
	FACT("set both flags", setxattr("file", "user.b", "v", 1, XATTR_CREATE | XATTR_REPLACE));
	FACT("set unknown flags", setxattr("file", "user.b", "v", 1, 8));
	FACT("set an empty value", setxattr("file", "user.empty", NULL, 0, 0));
	FACT("get it", getxattr("file", "user.empty", b, sizeof(b)));
	FACT("set a bad value pointer", setxattr("file", "user.c", BAD, 5, 0));
	FACT("set 65537 bytes", setxattr("file", "user.c", b, 65537, 0));
	FACT("set a huge size", setxattr("file", "user.c", b, (size_t)-1, 0));
	FACT("set on /tmp, 60000 bytes", setxattr("/tmp/t", "user.big", b, 60000, 0));
	FACT("get 60000 bytes", getxattr("/tmp/t", "user.big", b, sizeof(b)));
	FACT("get with a size above 65536", getxattr("/tmp/t", "user.big", b, 1UL << 40));
}

static void names(void)
{
	char *name = repeat('n', 300);

	memcpy(name, "user.", 5);
	FACT("name of 256", (name[256] = '\0', setxattr("file", name, "v", 1, 0)));
	FACT("name of 255", (name[255] = '\0', setxattr("file", name, "v", 1, 0)));
	FACT("remove it", removexattr("file", name));
	FACT("empty name", setxattr("file", "", "v", 1, 0));
	FACT("only a prefix", setxattr("file", "user.", "v", 1, 0));
	FACT("no prefix", setxattr("file", "name", "v", 1, 0));
	FACT("unknown prefix", setxattr("file", "other.name", "v", 1, 0));
	FACT("get, unknown prefix", getxattr("file", "other.name", b, 1));
	FACT("get, name of 300", getxattr("file", repeat('n', 300), b, 1));
	FACT("security.test", setxattr("file", "security.test", "v", 1, 0));
	FACT("get security.test", getxattr("file", "security.test", b, 100));
	FACT("trusted.test", setxattr("file", "trusted.test", "v", 1, 0));
	FACT("get trusted.test", getxattr("file", "trusted.test", b, 100));
	FACT("system.test", setxattr("file", "system.test", "v", 1, 0));
	FACT("get a missing ACL", getxattr("file", "system.posix_acl_access", b, 100));
	long n = listxattr("file", b, sizeof(b));
	for (char *p = b; p < b + n; p += strlen(p) + 1)
		if (strcmp(p, "trusted.test") == 0)
			say("the list shows trusted.test");
	removexattr("file", "trusted.test");
	removexattr("file", "security.test");
}

static void lists(void)
{
	long n = listxattr("file", b, sizeof(b));

	say_list("list", n);
	FACT("list size", listxattr("file", NULL, 0));
	FACT("list into a byte less", listxattr("file", b, (size_t)n - 1));
	FACT("list into exactly enough", listxattr("file", b, (size_t)n));
	FACT("list into a bad buffer", listxattr("file", BAD, 1000));
	FACT("list of a file without any", listxattr("plain", b, sizeof(b)));
	FACT("list of a missing file", listxattr("missing", b, sizeof(b)));
	FACT("remove", removexattr("file", "user.b"));
	FACT("remove again", removexattr("file", "user.b"));
	FACT("remove of a missing file", removexattr("missing", "user.b"));
	say_list("list then", listxattr("file", b, sizeof(b)));
	for (int i = 0; i < 40; i++) {
		char name[32];
		snprintf(name, sizeof(name), "user.attribute%02d", i);
		MUST(setxattr("many", name, "v", 1, 0));
	}
	FACT("a list of 40", listxattr("many", b, sizeof(b)));
}

static void kinds(void)
{
	int fd = open("file", O_RDONLY), path = open("file", O_PATH);

	FACT("set through a symlink", setxattr("link", "user.l", "v", 1, 0));
	FACT("get from the file", getxattr("file", "user.l", b, sizeof(b)));
	FACT("lset on a symlink", lsetxattr("link", "user.l", "v", 1, 0));
	FACT("lget from a symlink", lgetxattr("link", "user.l", b, sizeof(b)));
	FACT("lset security on a symlink", lsetxattr("link", "security.l", "v", 1, 0));
	lremovexattr("link", "security.l");
	FACT("llist of a symlink", llistxattr("link", b, sizeof(b)));
	FACT("lremove from a symlink", lremovexattr("link", "user.l"));
	FACT("set on a directory", setxattr("dir", "user.d", "v", 1, 0));
	FACT("set on a fifo", setxattr("fifo", "user.f", "v", 1, 0));
	FACT("get from a fifo", getxattr("fifo", "user.f", b, 10));
	FACT("set on a device", setxattr("/dev/null", "user.f", "v", 1, 0));
	FACT("set on a read-only file system", setxattr("/etc/passwd", "user.f", "v", 1, 0));
	FACT("remove on a read-only file system", removexattr("/etc/passwd", "user.f"));
	FACT("fset on a read-only descriptor", fsetxattr(fd, "user.f", "v", 1, 0));
	FACT("fget", fgetxattr(fd, "user.f", b, sizeof(b)));
	FACT("flist", flistxattr(fd, b, sizeof(b)));
	FACT("fremove", fremovexattr(fd, "user.f"));
	FACT("fset O_PATH", fsetxattr(path, "user.f", "v", 1, 0));
	FACT("flist O_PATH", flistxattr(path, b, sizeof(b)));
	FACT("fget a bad descriptor", fgetxattr(99, "user.f", b, sizeof(b)));
	FACT("set of a missing file", setxattr("missing", "user.f", "v", 1, 0));
	FACT("get below a file", getxattr("file/x", "user.f", b, 1));
	FACT("get in a loop", getxattr("loop", "user.f", b, 1));
}

static void by_user(void)
{
	FACT("user: get from a readable file", getxattr("file", "user.a", b, sizeof(b)));
	FACT("user: get from a secret file", getxattr("secret", "user.a", b, sizeof(b)));
	FACT("user: list a secret file", listxattr("secret", b, sizeof(b)));
	FACT("user: set on root's file", setxattr("file", "user.u", "v", 1, 0));
	FACT("user: set on a writable file", setxattr("shared", "user.u", "v", 1, 0));
	FACT("user: set on a sticky directory of root", setxattr("sticky", "user.u", "v", 1, 0));
	FACT("user: set security.test", setxattr("shared", "security.test", "v", 1, 0));
	FACT("user: set trusted.test", setxattr("shared", "trusted.test", "v", 1, 0));
	FACT("user: get trusted.test", getxattr("shared", "trusted.test", b, 10));
	FACT("user: remove root's", removexattr("file", "user.a"));
	FACT("user: in a closed directory", getxattr("closed/x", "user.a", b, 10));
}

int main(void)
{
	start("xattr_calls");
	put_file("file", "x", 0644);
	put_file("plain", "x", 0644);
	put_file("many", "x", 0644);
	put_file("/tmp/t", "x", 0644);
	put_file("shared", "x", 0666);
	put_file("secret", "x", 0600);
	MUST(setxattr("secret", "user.a", "v", 1, 0));
	MUST(mkdir("dir", 0755));
	MUST(mkdir("sticky", 0755));
	MUST(chmod("sticky", 01777));
	MUST(mkdir("closed", 0700));
	put_file("closed/x", "x", 0644);
	MUST(symlink("file", "link"));
	MUST(symlink("loop", "loop"));
	MUST(mkfifo("fifo", 0600));
	values();
	lists();
	names();
	kinds();
	as_user("user", by_user);
	return 0;
}
