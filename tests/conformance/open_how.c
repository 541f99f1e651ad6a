/* openat2: the structure's checks and each RESOLVE flag. */
#include "facts.h"
#include <linux/openat2.h>

static long open_how(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};

	return syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

static void structure(void)
{
	struct {
		struct open_how how;
		uint64_t more[4];
	} big = {.how = {.flags = O_RDONLY}};

	FD("plain", open_how(AT_FDCWD, "file", O_RDONLY, 0, 0));
	FD("size 0", syscall(SYS_openat2, AT_FDCWD, "file", &big.how, 0));
	FD("size 23", syscall(SYS_openat2, AT_FDCWD, "file", &big.how, 23));
	FD("a larger structure with zeros",
	   syscall(SYS_openat2, AT_FDCWD, "file", &big, sizeof(big)));
	big.more[2] = 1;
	FD("a larger one without", syscall(SYS_openat2, AT_FDCWD, "file", &big, sizeof(big)));
	FD("size 4097", syscall(SYS_openat2, AT_FDCWD, "file", &big.how, 4097));
	FD("a bad structure pointer", syscall(SYS_openat2, AT_FDCWD, "file", BAD, sizeof(big.how)));
	FD("a bad path pointer", open_how(AT_FDCWD, BAD, O_RDONLY, 0, 0));
	FD("unknown flag", open_how(AT_FDCWD, "file", 1ULL << 30, 0, 0));
	FD("unknown flag above 32 bits", open_how(AT_FDCWD, "file", 1ULL << 40, 0, 0));
	FD("unknown resolve flag", open_how(AT_FDCWD, "file", O_RDONLY, 0, 1 << 20));
	FD("a mode without O_CREAT", open_how(AT_FDCWD, "file", O_RDONLY, 0600, 0));
	FD("a mode with O_CREAT", open_how(AT_FDCWD, "made", O_RDONLY | O_CREAT, 0666, 0));
	say_mode("made", "made");
	FD("a mode beyond 07777", open_how(AT_FDCWD, "made2", O_RDONLY | O_CREAT, 010666, 0));
	FD("O_PATH with O_RDWR", open_how(AT_FDCWD, "file", O_PATH | O_RDWR, 0, 0));
	FD("O_TMPFILE read-only", open_how(AT_FDCWD, ".", O_TMPFILE | O_RDONLY, 0600, 0));
	FD("O_TMPFILE", open_how(AT_FDCWD, ".", O_TMPFILE | O_RDWR, 0600, 0));
	FD("O_DIRECTORY with O_CREAT", open_how(AT_FDCWD, "x", O_DIRECTORY | O_CREAT, 0600, 0));
}

static const struct {
	const char *name;
	uint64_t flag;
} resolves[] = {
    {"none", 0},
    {"NO_XDEV", RESOLVE_NO_XDEV},
    {"NO_MAGICLINKS", RESOLVE_NO_MAGICLINKS},
    {"NO_SYMLINKS", RESOLVE_NO_SYMLINKS},
    {"BENEATH", RESOLVE_BENEATH},
    {"IN_ROOT", RESOLVE_IN_ROOT},
    {"BENEATH IN_ROOT", RESOLVE_BENEATH | RESOLVE_IN_ROOT},
};

static const char *const paths[] = {
    "file",	"../outside", "dir/../file", "dir/../../outside", "link",  "abslink",
    "uplink",	"/file",      "/etc/passwd", "/proc/self/exe",	  "mount", "/tmp",
    "dangling", "loop",	      "dir/up/file", "missing/../file",	  "dir",   "/../file",
};

static void resolution(void)
{
	int dir = (int)MUST(open("root", O_PATH));

	for (size_t r = 0; r < sizeof(resolves) / sizeof *resolves; r++)
		for (size_t p = 0; p < sizeof(paths) / sizeof *paths; p++) {
			char label[120];
			snprintf(label, sizeof(label), "%s \"%s\"", resolves[r].name, paths[p]);
			FD(label, open_how(dir, paths[p], O_RDONLY, 0, resolves[r].flag));
		}
	FD("IN_ROOT follows an absolute link in the root",
	   open_how(dir, "inlink", O_RDONLY, 0, RESOLVE_IN_ROOT));
	FD("IN_ROOT makes a file",
	   open_how(dir, "/made", O_RDONLY | O_CREAT, 0600, RESOLVE_IN_ROOT));
	say_mode("made in the root", "root/made");
	FD("BENEATH from AT_FDCWD", open_how(AT_FDCWD, "root/file", O_RDONLY, 0, RESOLVE_BENEATH));
	FD("NO_SYMLINKS with O_PATH and O_NOFOLLOW",
	   open_how(dir, "link", O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS));
	FD("RESOLVE_CACHED with O_CREAT",
	   open_how(AT_FDCWD, "made3", O_RDONLY | O_CREAT, 0600, RESOLVE_CACHED));
	close(dir);
}

int main(void)
{
	start("open_how");
	put_file("file", "content", 0644);
	put_file("outside", "content", 0644);
	MUST(mkdir("root", 0755));
	MUST(mkdir("root/dir", 0755));
	put_file("root/file", "content", 0644);
	MUST(symlink("file", "root/link"));
	MUST(symlink("/etc/passwd", "root/abslink"));
	MUST(symlink("/dir", "root/inlink"));
	MUST(symlink("../outside", "root/uplink"));
	MUST(symlink("..", "root/dir/up"));
	MUST(symlink("/tmp", "root/mount"));
	MUST(symlink("nowhere", "root/dangling"));
	MUST(symlink("loop", "root/loop"));
	structure();
	resolution();
	return 0;
}
