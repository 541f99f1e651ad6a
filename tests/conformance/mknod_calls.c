/* mknod and mknodat: files, fifos, sockets, devices. */
#include "facts.h"
#include <sys/sysmacros.h>

static void kinds(void)
{
	static const struct {
		const char *name;
		mode_t mode;
	} nodes[] = {{"regular", S_IFREG | 0666},   {"nothing", 0644},
		     {"fifo", S_IFIFO | 0666},	    {"socket", S_IFSOCK | 0666},
		     {"directory", S_IFDIR | 0755}, {"symlink", S_IFLNK | 0777},
		     {"unknown", 0150000 | 0644},   {"bits", S_IFREG | 07777}};

	for (size_t i = 0; i < sizeof(nodes) / sizeof *nodes; i++) {
		FACT(nodes[i].name, syscall(SYS_mknod, nodes[i].name, nodes[i].mode, 0));
		say_mode("  it is", nodes[i].name);
	}
	FACT("device: character", mknod("char", S_IFCHR | 0666, makedev(1, 3)));
	FACT("device: block", mknod("block", S_IFBLK | 0660, makedev(7, 0)));
	FACT("device: overlayfs whiteout", mknod("whiteout", S_IFCHR, makedev(0, 0)));
	FACT("an existing name", mknod("fifo", S_IFIFO | 0600, 0));
	FACT("device: an existing name", mknod("fifo", S_IFCHR | 0600, makedev(1, 3)));
	FACT("a missing directory", mknod("missing/x", S_IFIFO | 0600, 0));
	FACT("nothing as a name", mknod("", S_IFIFO | 0600, 0));
	FACT("a slash behind", mknod("x/", S_IFIFO | 0600, 0));
	FACT("below a file", mknod("regular/x", S_IFIFO | 0600, 0));
	FACT("over a dangling symlink", mknod("dangling", S_IFIFO | 0600, 0));
	FACT("a read-only file system", mknod("/etc/x", S_IFIFO | 0600, 0));
	FACT("an existing name there", mknod("/etc/passwd", S_IFIFO | 0600, 0));
	FACT("a bad pointer", syscall(SYS_mknod, BAD, S_IFIFO | 0600, 0));
	FACT("mknodat", mknodat(open("dir", O_RDONLY), "fifo", S_IFIFO | 0600, 0));
	FACT("mknodat a bad descriptor", mknodat(99, "fifo", S_IFIFO | 0600, 0));
	FACT("mknodat a file", mknodat(open("regular", O_RDONLY), "fifo", S_IFIFO | 0600, 0));
	FACT("mkfifo in /tmp", mkfifo("/tmp/fifo", 0640));
	say_mode("  it is", "/tmp/fifo");
}

static void by_user(void)
{
	FACT("user: fifo in its own directory", mknod("users/fifo", S_IFIFO | 0600, 0));
	say_owner("user:   it is", "users/fifo");
	FACT("user: socket", mknod("users/socket", S_IFSOCK | 0600, 0));
	FACT("user: file", mknod("users/file", S_IFREG | 0600, 0));
	FACT("user: device", mknod("users/null", S_IFCHR | 0600, makedev(1, 3)));
	FACT("user: fifo in root's directory", mknod("fifo2", S_IFIFO | 0600, 0));
	FACT("user: an existing name in root's directory", mknod("fifo", S_IFIFO | 0600, 0));
}

int main(void)
{
	start("mknod_calls");
	MUST(mkdir("dir", 0755));
	MUST(mkdir("users", 0755));
	MUST(chown("users", USER, USER));
	MUST(symlink("nowhere", "dangling"));
	kinds();
	as_user("user", by_user);
	return 0;
}
