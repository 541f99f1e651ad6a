/* A file system that is mounted read-only: which error comes first, and what works nevertheless. */
#include "facts.h"
#include <sys/inotify.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <utime.h>

#define F "/etc/passwd"

static void files(const char *who)
{
	struct stat st;

	say("%s", who);
	FD("open for reading", open(F, O_RDONLY));
	FD("open for writing", open(F, O_WRONLY));
	FD("open for both", open(F, O_RDWR));
	FD("open with O_TRUNC", open(F, O_RDONLY | O_TRUNC));
	FD("O_CREAT of one that exists", open(F, O_RDONLY | O_CREAT, 0644));
	FD("O_CREAT and O_EXCL", open(F, O_RDONLY | O_CREAT | O_EXCL, 0644));
	FD("make one", open("/etc/new", O_WRONLY | O_CREAT, 0644));
	FD("make one in nothing", open("/none/new", O_WRONLY | O_CREAT, 0644));
	FD("O_TMPFILE", open("/etc", O_RDWR | O_TMPFILE, 0600));
	FACT("creat", creat(F, 0644));
	FACT("mkdir", mkdir("/etc/d", 0755));
	FACT("mkdir of one that exists", mkdir("/etc", 0755));
	FACT("rmdir", rmdir("/etc"));
	FACT("rmdir of a file", rmdir(F));
	FACT("rmdir of nothing", rmdir("/etc/none"));
	FACT("rmdir of a mount point", rmdir("/tmp"));
	FACT("unlink", unlink(F));
	FACT("unlink of nothing", unlink("/etc/none"));
	FACT("unlink of a directory", unlink("/etc"));
	FACT("rename", rename(F, "/etc/new"));
	FACT("rename of nothing", rename("/etc/none", "/etc/new"));
	FACT("rename to another file system", rename(F, "/tmp/new"));
	FACT("rename to itself", rename(F, F));
	FACT("link", link(F, "/etc/new"));
	FACT("link over one", link(F, "/etc/group"));
	FACT("link to another file system", link(F, "/tmp/new"));
	FACT("symlink", symlink("x", "/etc/new"));
	FACT("symlink over one", symlink("x", F));
	FACT("mkfifo", mkfifo("/etc/new", 0600));
	FACT("mkfifo over one", mkfifo(F, 0600));
	FACT("truncate", truncate(F, 0));
	FACT("truncate of nothing", truncate("/etc/none", 0));
	FACT("truncate of a directory", truncate("/etc", 0));
	FACT("chmod", chmod(F, 0644));
	FACT("chown", chown(F, 0, 0));
	FACT("chown to nobody", chown(F, -1, -1));
	FACT("utime", utime(F, NULL));
	FACT("utimensat, nothing to do",
	     utimensat(AT_FDCWD, F, (struct timespec[2]){{0, UTIME_OMIT}, {0, UTIME_OMIT}}, 0));
	FACT("setxattr", setxattr(F, "user.x", "x", 1, 0));
	FACT("removexattr", removexattr(F, "user.x"));
	FACT("access for writing", access(F, W_OK));
	FACT("access of a directory for writing", access("/etc", W_OK));
	FACT("access for reading", access(F, R_OK));
	FACT("stat", stat(F, &st));
}

static void descriptors(void)
{
	int fd = (int)MUST(open(F, O_RDONLY)),
	    dir = (int)MUST(open("/etc", O_RDONLY | O_DIRECTORY));
	struct statvfs v;

	FACT("fchmod", fchmod(fd, 0644));
	FACT("fchown", fchown(fd, 0, 0));
	FACT("futimens", futimens(fd, NULL));
	FACT("ftruncate", ftruncate(fd, 0));
	FACT("fsetxattr", fsetxattr(fd, "user.x", "x", 1, 0));
	FACT("fsync", fsync(fd));
	FACT("syncfs", syncfs(fd));
	FACT("fallocate", fallocate(fd, 0, 0, 10));
	FACT("write", write(fd, "x", 1));
	FACT("unlinkat", unlinkat(dir, "passwd", 0));
	FACT("mkdirat", mkdirat(dir, "new", 0755));
	FACT("openat", openat(dir, "new", O_CREAT | O_WRONLY, 0600));
	FACT("renameat2 exchange", renameat2(dir, "passwd", dir, "group", RENAME_EXCHANGE));
	FACT("a lock", fcntl(fd, F_SETLK, &(struct flock){.l_type = F_RDLCK}));
	FACT("a shared writable mapping",
	     mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	OK("a private writable mapping", mmap(NULL, 4096, PROT_WRITE, MAP_PRIVATE, fd, 0));
	OK("inotify", inotify_add_watch(inotify_init(), F, IN_ALL_EVENTS));
	char path[40];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	FD("open again for writing", open(path, O_RDWR));
	FACT("chmod by /proc", chmod(path, 0644));
	FACT("statvfs", fstatvfs(fd, &v));
	say("  read-only %d", !!(v.f_flag & ST_RDONLY));
	FACT("a mount in it is writable", mkdir("/tmp/readonly_root", 0755));
	FACT("rename across", rename("/tmp/readonly_root", "/etc/x"));
	rmdir("/tmp/readonly_root");
}

static void user(void)
{
	files("a user");
}

int main(void)
{
	start("readonly_root");
	files("root");
	descriptors();
	as_user("as a user", user);
	return 0;
}
