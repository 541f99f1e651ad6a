/* statx: masks, flags, attributes and errnos. */
#include "facts.h"
#include <sys/sysmacros.h>

static long call(int dir, const char *path, int flags, unsigned mask, struct statx *stx)
{
	memset(stx, 0xee, sizeof(*stx));
	return syscall(SYS_statx, dir, path, flags, mask, stx);
}

static void say_statx(const char *label, const char *path, int flags, unsigned mask)
{
	struct statx stx;

	if (call(AT_FDCWD, path, flags, mask, &stx) < 0) {
		say("%s: -1 %s", label, errno_name(errno));
		return;
	}
	say("%s: basic stats %d birth %d mount id %d mode %06o links %u owner %u:%u size %lld",
	    label, (stx.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS,
	    (stx.stx_mask & STATX_BTIME) != 0, (stx.stx_mask & 0x1000) != 0, stx.stx_mode,
	    stx.stx_nlink, stx.stx_uid, stx.stx_gid,
	    S_ISDIR(stx.stx_mode) ? -1 : (long long)stx.stx_size);
	say("%s: attributes %#llx of %#llx, blksize %u, rdev %u:%u", label,
	    (unsigned long long)stx.stx_attributes, (unsigned long long)stx.stx_attributes_mask,
	    stx.stx_blksize, stx.stx_rdev_major, stx.stx_rdev_minor);
}

static void errors(void)
{
	struct statx stx;
	int file = open("file", O_RDONLY);

	FACT("empty path without the flag", call(file, "", 0, STATX_ALL, &stx));
	FACT("empty path with the flag", call(file, "", AT_EMPTY_PATH, STATX_ALL, &stx));
	FACT("null path with the flag", call(file, NULL, AT_EMPTY_PATH, STATX_ALL, &stx));
	FACT("null path without", call(file, NULL, 0, STATX_ALL, &stx));
	FACT("empty path of the current directory",
	     call(AT_FDCWD, "", AT_EMPTY_PATH, STATX_ALL, &stx));
	FACT("empty path of a bad descriptor", call(99, "", AT_EMPTY_PATH, STATX_ALL, &stx));
	FACT("bad descriptor", call(99, "file", 0, STATX_ALL, &stx));
	FACT("bad descriptor and an absolute path", call(99, "/", 0, STATX_ALL, &stx));
	FACT("a file as directory", call(file, "x", 0, STATX_ALL, &stx));
	FACT("missing", call(AT_FDCWD, "missing", 0, STATX_ALL, &stx));
	FACT("loop", call(AT_FDCWD, "loop", 0, STATX_ALL, &stx));
	FACT("unknown flags", call(AT_FDCWD, "file", 0x100000, STATX_ALL, &stx));
	FACT("both sync flags", call(AT_FDCWD, "file", 0x6000, STATX_ALL, &stx));
	FACT("AT_STATX_FORCE_SYNC", call(AT_FDCWD, "file", 0x2000, STATX_ALL, &stx));
	FACT("AT_STATX_DONT_SYNC", call(AT_FDCWD, "file", 0x4000, STATX_ALL, &stx));
	FACT("AT_NO_AUTOMOUNT", call(AT_FDCWD, "file", AT_NO_AUTOMOUNT, STATX_ALL, &stx));
	FACT("the reserved mask bit", call(AT_FDCWD, "file", 0, 0x80000000, &stx));
	FACT("unknown mask bits", call(AT_FDCWD, "file", 0, 0x40000000, &stx));
	FACT("bad path pointer", call(AT_FDCWD, BAD, 0, STATX_ALL, &stx));
	FACT("bad buffer", syscall(SYS_statx, AT_FDCWD, "file", 0, STATX_ALL, BAD));
	FACT("bad buffer and a missing file",
	     syscall(SYS_statx, AT_FDCWD, "missing", 0, STATX_ALL, BAD));
}

static void relations(void)
{
	struct statx stx;
	struct stat st;

	MUST(call(AT_FDCWD, "file", 0, STATX_ALL, &stx));
	MUST(stat("file", &st));
	FACT("same inode as stat", stx.stx_ino == st.st_ino);
	FACT("same device as stat", makedev(stx.stx_dev_major, stx.stx_dev_minor) == st.st_dev);
	FACT("same times as stat", stx.stx_mtime.tv_sec == st.st_mtim.tv_sec &&
				       stx.stx_mtime.tv_nsec == st.st_mtim.tv_nsec);
	FACT("born before it was changed", stx.stx_btime.tv_sec <= stx.stx_ctime.tv_sec);
	FACT("same block count", stx.stx_blocks == (uint64_t)st.st_blocks);
	MUST(call(AT_FDCWD, "/tmp", 0, STATX_ALL, &stx));
	FACT("a mount point has the mount root attribute", (stx.stx_attributes & 0x2000) != 0);
}

static void by_user(void)
{
	struct statx stx;

	FACT("user: a secret file", call(AT_FDCWD, "secret", 0, STATX_ALL, &stx));
	FACT("user: in a closed directory", call(AT_FDCWD, "closed/x", 0, STATX_ALL, &stx));
}

int main(void)
{
	start("statx_call");
	put_file("file", "content", 0640);
	put_file("secret", "content", 0600);
	MUST(mkdir("dir", 0755));
	MUST(mkdir("closed", 0700));
	MUST(symlink("file", "link"));
	MUST(symlink("loop", "loop"));
	say_statx("file", "file", 0, STATX_ALL);
	say_statx("file, mask 0", "file", 0, 0);
	say_statx("file, type only", "file", 0, STATX_TYPE);
	say_statx("file, birth time only", "file", 0, STATX_BTIME);
	say_statx("dir", "dir", 0, STATX_ALL);
	say_statx("link", "link", 0, STATX_ALL);
	say_statx("link itself", "link", AT_SYMLINK_NOFOLLOW, STATX_ALL);
	say_statx("device", "/dev/null", 0, STATX_ALL);
	say_statx("file in /tmp", "/tmp", 0, STATX_ALL);
	say_statx("file on a read-only mount", "/etc/passwd", 0, STATX_ALL);
	errors();
	relations();
	as_user("user", by_user);
	return 0;
}
