/* Extended attributes at their limits: names, values, lists, kinds of files, sticky directories. */
#include "facts.h"
#include <sys/xattr.h>

static char b[70000];

static void sizes(const char *path)
{
	char name[400] = "user.";

	say("on %s", path);
	put_file(path, "x", 0644);
	memset(b, 'v', sizeof(b));
	memset(name + 5, 'n', 250);
	name[255] = '\0';
	FACT("a name of 255", setxattr(path, name, "v", 1, 0));
	FACT("  it is listed", listxattr(path, NULL, 0));
	FACT("  and read", getxattr(path, name, b, sizeof(b)));
	FACT("  and removed", removexattr(path, name));
	name[255] = 'n';
	FACT("a name of 256", setxattr(path, name, "v", 1, 0));
	FACT("  read", getxattr(path, name, b, 10));
	FACT("  removed", removexattr(path, name));
	FACT("a name without a rest", setxattr(path, "user.", "v", 1, 0));
	FACT("an empty name", setxattr(path, "", "v", 1, 0));
	FACT("no such name space", setxattr(path, "none.x", "v", 1, 0));
	FACT("no dot", setxattr(path, "user", "v", 1, 0));
	FACT("a value of 65537", setxattr(path, "user.a", b, 65537, 0));
	FACT("an empty value", setxattr(path, "user.a", "", 0, 0));
	FACT("  has no bytes", getxattr(path, "user.a", b, 10));
	FACT("NULL of 0 bytes", setxattr(path, "user.a", NULL, 0, 0));
	FACT("XATTR_CREATE again", setxattr(path, "user.a", "v", 1, XATTR_CREATE));
	FACT("XATTR_REPLACE", setxattr(path, "user.a", "value", 5, XATTR_REPLACE));
	FACT("XATTR_REPLACE of none", setxattr(path, "user.b", "v", 1, XATTR_REPLACE));
	FACT("bad flags", setxattr(path, "user.a", "v", 1, 4));
	FACT("both flags", setxattr(path, "user.a", "v", 1, 3));
	FACT("the size", getxattr(path, "user.a", NULL, 0));
	FACT("a buffer too small", getxattr(path, "user.a", b, 4));
	FACT("a buffer that fits", getxattr(path, "user.a", b, 5));
	FACT("an enormous buffer", getxattr(path, "user.a", b, 1u << 31));
	FACT("a list too small", listxattr(path, b, 6));
	FACT("a list that fits", listxattr(path, b, 7));
	FACT("a list, enormous", listxattr(path, b, 1u << 31));
	FACT("removed", removexattr(path, "user.a"));
	FACT("  again", removexattr(path, "user.a"));
	FACT("an empty list", listxattr(path, b, sizeof(b)));
	unlink(path);
}

static void kinds(void)
{
	mkdir("dir", 0755);
	mkfifo("fifo", 0600);
	symlink("file", "link");
	symlink("nowhere", "dangling");
	put_file("file", "x", 0644);
	FACT("a directory", setxattr("dir", "user.x", "1", 1, 0));
	FACT("a FIFO", setxattr("fifo", "user.x", "1", 1, 0));
	FACT("a link itself", lsetxattr("link", "user.x", "1", 1, 0));
	FACT("what it points to", setxattr("link", "user.x", "1", 1, 0));
	FACT("  read there", getxattr("file", "user.x", b, 10));
	FACT("  not on the link", lgetxattr("link", "user.x", b, 10));
	FACT("list of a link", llistxattr("link", b, sizeof(b)));
	FACT("a dangling one", setxattr("dangling", "user.x", "1", 1, 0));
	FACT("  itself", llistxattr("dangling", b, sizeof(b)));
	FACT("a device", setxattr("/dev/null", "user.x", "1", 1, 0));
	FACT("by an O_PATH descriptor", fsetxattr(open("file", O_PATH), "user.x", "1", 1, 0));
	FACT("by a read-only descriptor", fsetxattr(open("file", O_RDONLY), "user.x", "2", 1, 0));
	FACT("of a pipe", (pipe((int *)b), fsetxattr(*(int *)b, "user.x", "2", 1, 0)));
	FACT("of a socket", fsetxattr(socket(AF_UNIX, SOCK_STREAM, 0), "user.x", "2", 1, 0));
	FACT("of a memfd", fsetxattr(memfd_create("x", 0), "user.x", "2", 1, 0));
	FACT("in /proc", setxattr("/proc/version", "user.x", "2", 1, 0));
	FACT("  get", getxattr("/proc/version", "user.x", b, 10));
	FACT("  list", listxattr("/proc/version", b, 10));
	FACT("in /proc/self", getxattr("/proc/self/status", "security.selinux", b, 10));
	FACT("in /sys", setxattr("/sys/devices", "user.x", "2", 1, 0));
	FACT("a file by /proc", (snprintf(b, 100, "/proc/self/fd/%d", open("file", O_RDONLY)),
				 setxattr(b, "user.y", "2", 1, 0)));
	FACT("  it is there", getxattr("file", "user.y", b, 10));
}

static void user(void)
{
	FACT("another's file", setxattr("/tmp/attributes/theirs", "user.x", "1", 1, 0));
	FACT("  reading it", getxattr("/tmp/attributes/theirs", "user.x", b, 10));
	FACT("one that cannot be read", getxattr("/tmp/attributes/secret", "user.x", b, 10));
	FACT("  its list", listxattr("/tmp/attributes/secret", b, 100));
	FACT("another's sticky directory", setxattr("/tmp/attributes", "user.x", "1", 1, 0));
	FACT("an own file", close(open("/tmp/attributes/mine", O_CREAT | O_WRONLY, 0400)));
	FACT("  that is read-only", setxattr("/tmp/attributes/mine", "user.x", "1", 1, 0));
	FACT("  security", setxattr("/tmp/attributes/mine", "security.x", "1", 1, 0));
	FACT("  capabilities", setxattr("/tmp/attributes/mine", "security.capability",
					"\1\0\0\2\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, 0));
	FACT("  trusted", setxattr("/tmp/attributes/mine", "trusted.x", "1", 1, 0));
	FACT("  reading trusted", getxattr("/tmp/attributes/mine", "trusted.x", b, 1));
	FACT("  system", setxattr("/tmp/attributes/mine", "system.x", "1", 1, 0));
}

int main(void)
{
	start("attribute_limits");
	sizes("file");
	sizes("/tmp/attribute_limits");
	kinds();
	mkdir("/tmp/attributes", 0755);
	chmod("/tmp/attributes", 01777);
	put_file("/tmp/attributes/theirs", "x", 0644);
	put_file("/tmp/attributes/secret", "x", 0600);
	setxattr("/tmp/attributes/theirs", "user.x", "123", 3, 0);
	setxattr("/tmp/attributes/secret", "user.x", "123", 3, 0);
	as_user("as a user", user);
	unlink("/tmp/attributes/theirs");
	unlink("/tmp/attributes/secret");
	unlink("/tmp/attributes/mine");
	rmdir("/tmp/attributes");
	return 0;
}
