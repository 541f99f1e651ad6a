/* Between mounts: what cannot go from one to the other, and what the borders look like. */
#include "facts.h"
#include <linux/openat2.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>

static const char *const other[] = {"/tmp/across", "/noexec/across", "/dev/shm/across"};

static void moving(const char *path)
{
	char a[100], c[100];

	say("to %s", path);
	mkdir(path, 0755);
	snprintf(a, sizeof(a), "%s/a", path);
	put_file("a", "content", 0644);
	FACT("link", link("a", a));
	FACT("rename", rename("a", a));
	FACT("rename of nothing", rename("missing", a));
	FACT("rename of a directory", rename("d", a));
	FACT("renameat2 exchange", renameat2(AT_FDCWD, "a", AT_FDCWD, path, RENAME_EXCHANGE));
	FACT("symlink", symlink("../x", a));
	FACT("rename over what is there", rename("a", a));
	unlink(a);
	int from = (int)MUST(open("a", O_RDONLY)), to = (int)MUST(open(a, O_RDWR | O_CREAT, 0644));
	FACT("copy_file_range", copy_file_range(from, NULL, to, NULL, 100, 0));
	FACT("sendfile", sendfile(to, from, &(off_t){0}, 100));
	FACT("the size", lseek(to, 0, SEEK_END));
	FACT("linkat of an open file", linkat(to, "", AT_FDCWD, "linked", AT_EMPTY_PATH));
	snprintf(c, sizeof(c), "/proc/self/fd/%d", to);
	FACT("linkat by /proc", linkat(AT_FDCWD, c, AT_FDCWD, "linked", AT_SYMLINK_FOLLOW));
	int temporary = open(path, O_RDWR | O_TMPFILE, 0600);
	snprintf(c, sizeof(c), "/proc/self/fd/%d", temporary);
	FACT("a temporary file gets no name here",
	     linkat(AT_FDCWD, c, AT_FDCWD, "linked", AT_SYMLINK_FOLLOW));
	FACT("  but there", (unlink(a), linkat(AT_FDCWD, c, AT_FDCWD, a, AT_SYMLINK_FOLLOW)));
	unlink(a);
	rmdir(path);
	close(from);
	close(to);
	close(temporary);
}

static void borders(void)
{
	struct stat here, there;
	struct open_how how = {.flags = O_PATH, .resolve = RESOLVE_NO_XDEV};
	static const char *const points[] = {"/tmp",	 "/noexec",  "/dev",
					     "/dev/shm", "/dev/pts", "/scratch"};

	for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
		char parent[64];
		snprintf(parent, sizeof(parent), "%s/..", points[i]);
		MUST(stat(points[i], &here));
		MUST(stat(parent, &there));
		say("%s: another device than its parent %d", points[i],
		    here.st_dev != there.st_dev);
		FACT("  rmdir", rmdir(points[i]));
		FACT("  rename", rename(points[i], "/moved"));
		FACT("  rename onto it", rename("d", points[i]));
		FD("  not across", syscall(SYS_openat2, AT_FDCWD, points[i], &how, sizeof(how)));
		FACT("  unlink", unlink(points[i]));
		FACT("  mkdir over it", mkdir(points[i], 0755));
	}
	FD("from / beneath",
	   (how.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV,
	    syscall(SYS_openat2, open("/", O_PATH), "etc/passwd", &how, sizeof(how))));
	FD("from / into /tmp", syscall(SYS_openat2, open("/", O_PATH), "tmp", &how, sizeof(how)));
	FD("up from /tmp", (how.resolve = RESOLVE_NO_XDEV,
			    syscall(SYS_openat2, open("/tmp", O_PATH), "..", &how, sizeof(how))));
}

static void from_made_up(void)
{
	int to = (int)MUST(open("copy", O_RDWR | O_CREAT | O_TRUNC, 0600)), from;

	from = (int)MUST(open("/proc/version", O_RDONLY));
	FACT("sendfile from /proc", sendfile(to, from, NULL, 4096) > 20);
	FACT("link of /proc/version", link("/proc/version", "linked"));
	FACT("rename of /proc/version", rename("/proc/version", "renamed"));
	FACT("link into /proc", link("a", "/proc/x"));
	FACT("rename into /proc", rename("a", "/proc/x"));
	FACT("rename within /proc", rename("/proc/version", "/proc/x"));
	FACT("link within /proc", link("/proc/version", "/proc/x"));
	FACT("link of /proc/self/exe", link("/proc/self/exe", "linked"));
	FACT("rename of /proc/self/exe", rename("/proc/self/exe", "renamed"));
	FACT("rename of /sys/devices", rename("/sys/devices", "renamed"));
	FACT("rename into /sys", rename("a", "/sys/x"));
}

int main(void)
{
	start("across_mounts");
	put_file("a", "content", 0644);
	mkdir("d", 0755);
	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
		moving(other[i]);
	borders();
	from_made_up();
	return 0;
}
