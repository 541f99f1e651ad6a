/* statfs and fstatfs: types, mount flags and errnos. */
#include "facts.h"
#include <sys/statfs.h>

static void say_statfs(const char *path)
{
	struct statfs s;

	if (statfs(path, &s) < 0) {
		say("statfs %s: -1 %s", path, errno_name(errno));
		return;
	}
	say("statfs %s: type %lx bsize %ld namelen %ld frsize %ld flags %lx", path, (long)s.f_type,
	    (long)s.f_bsize, (long)s.f_namelen, (long)s.f_frsize, (long)s.f_flags);
	say("  sizes are consistent: %d", s.f_blocks >= s.f_bfree && s.f_bfree >= s.f_bavail);
}

int main(void)
{
	static const char *const paths[] = {
	    ".",       "/",	     "/etc/passwd", "/tmp",	"/noexec",
	    "/nosuid", "/dev",	     "/dev/shm",    "/dev/pts", "/dev/null",
	    "/proc",   "/proc/self", "/dev/mqueue", "link",	"dangling",
	    "missing", "",	     "file/x",	    "loop",	"fifo"};
	struct statfs s, t;

	start("statfs_calls");
	put_file("file", "x", 0644);
	MUST(symlink("file", "link"));
	MUST(symlink("nowhere", "dangling"));
	MUST(symlink("loop", "loop"));
	MUST(mkfifo("fifo", 0600));
	for (size_t i = 0; i < sizeof(paths) / sizeof *paths; i++)
		say_statfs(paths[i]);
	MUST(statfs("/tmp", &s));
	say("the size of /tmp in MiB: %ld", (long)s.f_blocks * s.f_bsize >> 20);
	FACT("bad path", syscall(SYS_statfs, BAD, &s));
	FACT("bad buffer", syscall(SYS_statfs, "file", BAD));
	FACT("missing and bad buffer", syscall(SYS_statfs, "missing", BAD));
	int fd = open("file", O_RDONLY), path = open("file", O_PATH), pipes[2];
	MUST(pipe(pipes));
	FACT("fstatfs", fstatfs(fd, &s));
	MUST(statfs("file", &t));
	FACT("the same type and id as statfs",
	     s.f_type == t.f_type && memcmp(&s.f_fsid, &t.f_fsid, sizeof(s.f_fsid)) == 0);
	FACT("fstatfs O_PATH", fstatfs(path, &s));
	FACT("fstatfs a pipe", fstatfs(pipes[0], &s));
	say("its type: %lx", (long)s.f_type);
	FACT("fstatfs a socket", fstatfs(socket(AF_UNIX, SOCK_STREAM, 0), &s));
	say("its type: %lx", (long)s.f_type);
	FACT("fstatfs a memfd", fstatfs(memfd_create("x", 0), &s));
	say("its type: %lx", (long)s.f_type);
	FACT("fstatfs a bad descriptor", fstatfs(99, &s));
	FACT("fstatfs a bad buffer", syscall(SYS_fstatfs, fd, BAD));
	FACT("fstatfs of /proc", fstatfs(open("/proc", O_RDONLY), &s));
	say("its type: %lx", (long)s.f_type);
	FACT("fstatfs of /proc/self/stat", fstatfs(open("/proc/self/stat", O_RDONLY), &s));
	say("its type: %lx", (long)s.f_type);
	return 0;
}
