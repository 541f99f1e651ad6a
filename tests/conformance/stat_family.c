/* stat, lstat, fstat, newfstatat: every field that is the same on two runs, flags and errnos. */
#include "facts.h"

static void say_stat(const char *label, const struct stat *st)
{
	say("%s: mode %06o links %lu owner %u:%u size %lld rdev %lu blksize %ld", label,
	    st->st_mode, (unsigned long)st->st_nlink, st->st_uid, st->st_gid,
	    S_ISDIR(st->st_mode) ? -1LL : (long long)st->st_size, (unsigned long)st->st_rdev,
	    (long)st->st_blksize);
}

static void fields(void)
{
	static const char *const paths[] = {
	    "file",  "empty",	    "dir",	"link",	     "dirlink",	  "fifo", "big",
	    "/",     "/etc/passwd", "/tmp",	"/dev/null", "/dev/zero", ".",	  "..",
	    "dir/.", "dir/sub/..",  "dirlink/", "/proc",     "/dev/pts",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof *paths; i++) {
		struct stat st;
		char label[100];
		snprintf(label, sizeof(label), "stat %s", paths[i]);
		if (stat(paths[i], &st) < 0)
			say("%s: %s", label, errno_name(errno));
		else if (strcmp(paths[i], "/proc") == 0 || strcmp(paths[i], "/dev/pts") == 0)
			say("%s: mode %06o owner %u:%u", label, st.st_mode, st.st_uid, st.st_gid);
		else
			say_stat(label, &st);
		snprintf(label, sizeof(label), "lstat %s", paths[i]);
		if (lstat(paths[i], &st) < 0)
			say("%s: %s", label, errno_name(errno));
		else if (strcmp(paths[i], "/proc") != 0 && strcmp(paths[i], "/dev/pts") != 0)
			say_stat(label, &st);
	}
}

static void errors(void)
{
	static const char *const paths[] = {"",		"missing", "file/",	"file/x",
					    "dangling", "loop",	   "dangling/", "missing/x"};
	struct stat st;

	for (size_t i = 0; i < sizeof(paths) / sizeof *paths; i++) {
		char label[100];
		snprintf(label, sizeof(label), "stat \"%s\"", paths[i]);
		FACT(label, syscall(SYS_stat, paths[i], &st));
		snprintf(label, sizeof(label), "lstat \"%s\"", paths[i]);
		FACT(label, syscall(SYS_lstat, paths[i], &st));
	}
	FACT("stat a bad path pointer", syscall(SYS_stat, BAD, &st));
	FACT("stat into a bad buffer", syscall(SYS_stat, "file", BAD));
	FACT("stat a missing file into a bad buffer", syscall(SYS_stat, "missing", BAD));
	FACT("lstat into a bad buffer", syscall(SYS_lstat, "file", BAD));
	FACT("fstat a bad descriptor", syscall(SYS_fstat, 99, &st));
	FACT("fstat into a bad buffer", syscall(SYS_fstat, 0, BAD));
}

static void at_flags(void)
{
	struct stat st, other;
	int dir = open("dir", O_RDONLY), file = open("file", O_RDONLY);

	FACT("newfstatat a directory", syscall(SYS_newfstatat, dir, "sub", &st, 0));
	FACT("newfstatat a file", syscall(SYS_newfstatat, file, "sub", &st, 0));
	FACT("newfstatat a bad descriptor", syscall(SYS_newfstatat, 99, "sub", &st, 0));
	FACT("newfstatat a bad descriptor, absolute", syscall(SYS_newfstatat, 99, "/", &st, 0));
	FACT("empty path without the flag", syscall(SYS_newfstatat, file, "", &st, 0));
	FACT("empty path with the flag", syscall(SYS_newfstatat, file, "", &st, AT_EMPTY_PATH));
	FACT("empty path of a bad descriptor", syscall(SYS_newfstatat, 99, "", &st, AT_EMPTY_PATH));
	FACT("empty path of the current directory",
	     syscall(SYS_newfstatat, AT_FDCWD, "", &st, AT_EMPTY_PATH));
	stat(".", &other);
	FACT("  it is the current directory", st.st_ino == other.st_ino);
	FACT("null path with the flag", syscall(SYS_newfstatat, file, NULL, &st, AT_EMPTY_PATH));
	FACT("null path without", syscall(SYS_newfstatat, file, NULL, &st, 0));
	FACT("a path although the flag is set",
	     syscall(SYS_newfstatat, AT_FDCWD, "file", &st, AT_EMPTY_PATH));
	FACT("AT_SYMLINK_NOFOLLOW",
	     syscall(SYS_newfstatat, AT_FDCWD, "link", &st, AT_SYMLINK_NOFOLLOW));
	FACT("  it is a symlink", S_ISLNK(st.st_mode));
	FACT("AT_SYMLINK_FOLLOW",
	     syscall(SYS_newfstatat, AT_FDCWD, "link", &st, AT_SYMLINK_FOLLOW));
	FACT("AT_NO_AUTOMOUNT", syscall(SYS_newfstatat, AT_FDCWD, "link", &st, AT_NO_AUTOMOUNT));
	FACT("unknown flags", syscall(SYS_newfstatat, AT_FDCWD, "link", &st, 0x10000));
	FACT("AT_REMOVEDIR", syscall(SYS_newfstatat, AT_FDCWD, "link", &st, AT_REMOVEDIR));
	FACT("both empty path and no follow",
	     syscall(SYS_newfstatat, file, "", &st, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW));
	FACT("flags above 32 bits", syscall(SYS_newfstatat, AT_FDCWD, "link", &st, 1UL << 40));
}

static void relations(void)
{
	struct stat a, b, c;

	stat("file", &a);
	stat("link", &b);
	lstat("link", &c);
	FACT("a symlink leads to the same inode", a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	FACT("lstat gives another", a.st_ino != c.st_ino);
	int fd = open("file", O_RDONLY);
	fstat(fd, &b);
	FACT("fstat gives the same inode", a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	link("file", "hard");
	stat("hard", &b);
	say("a hard link has the same inode %d and links %lu", a.st_ino == b.st_ino,
	    (unsigned long)b.st_nlink);
	unlink("hard");
	stat("/tmp", &b);
	FACT("/tmp is another device", a.st_dev != b.st_dev);
	stat("/", &b);
	stat("/..", &c);
	FACT("/.. is /", b.st_ino == c.st_ino && b.st_dev == c.st_dev);
}

static void by_user(void)
{
	struct stat st;

	FACT("user: a secret file", stat("secret", &st));
	FACT("user: in a closed directory", stat("closed/file", &st));
	FACT("user: a closed directory", stat("closed", &st));
	FACT("user: . of a closed directory", stat("closed/.", &st));
}

int main(void)
{
	start("stat_family");
	put_file("file", "content", 0640);
	put_file("empty", "", 0600);
	put_file("secret", "x", 0);
	put_file("big", "", 0644);
	MUST(truncate("big", 5000000000));
	MUST(mkdir("dir", 0755));
	MUST(mkdir("dir/sub", 0711));
	MUST(mkdir("closed", 0700));
	put_file("closed/file", "x", 0644);
	MUST(symlink("file", "link"));
	MUST(symlink("dir", "dirlink"));
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("loop", "loop"));
	MUST(mkfifo("fifo", 0644));
	MUST(chown("dir/sub", 12, 34));
	fields();
	errors();
	at_flags();
	relations();
	as_user("user", by_user);
	return 0;
}
