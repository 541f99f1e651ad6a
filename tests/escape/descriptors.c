/*
 * What a process holds: a guest wants more of a file than its descriptor allows, and looks for
 * descriptors that nobody gave it.
 *
 *	descriptors ATTACK
 */
#include "attack.h"

#include <dirent.h>
#include <sys/xattr.h>

/* 0, 1 and 2 are the container's. Whatever else is open has leaked. */
ATTACK(leaked_descriptors)
{
	for (int fd = 3; fd < 70000; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			got("descriptor %d is open", fd);
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && atoi(entry->d_name) > 2 &&
		    atoi(entry->d_name) != dirfd(dir))
			got("descriptor %s is listed", entry->d_name);
	closedir(dir);
}

/* A file of the host on a read-only mount, by every way from reading to writing. */
ATTACK(read_only_mount)
{
	char path[64];
	int fd = open("/readonly/secret", O_RDONLY);
	need(fd >= 0, "/readonly/secret");
	REFUSED(open("/readonly/secret", O_RDWR));
	REFUSED(open("/readonly/secret", O_RDONLY | O_TRUNC));
	REFUSED(open("/readonly/new", O_WRONLY | O_CREAT, 0666));
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	REFUSED(open(path, O_RDWR));
	REFUSED(open(path, O_WRONLY | O_APPEND));
	snprintf(path, sizeof path, "/dev/fd/%d", fd);
	REFUSED(open(path, O_WRONLY));
	REFUSED(truncate(path, 0));
	REFUSED(write(fd, "x", 1));
	REFUSED(ftruncate(fd, 0));
	REFUSED(fallocate(fd, 0, 0, 1 << 20));
	REFUSED(fallocate(fd, 3 /* punch a hole */, 0, 4096));
	REFUSED(fchmod(fd, 0));
	REFUSED(fchown(fd, 1, 1));
	REFUSED(fsetxattr(fd, "user.x", "x", 1, 0));
	REFUSED(futimens(fd, NULL));
	REFUSED(linkat(AT_FDCWD, path, AT_FDCWD, "/tmp/linked", AT_SYMLINK_FOLLOW));
	void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	need(p != MAP_FAILED, "mmap");
	REFUSED(mprotect(p, 4096, PROT_READ | PROT_WRITE));
	int mem = open("/proc/self/mem", O_RDWR);
	if (mem >= 0 && pwrite(mem, "overwritten", 11, (off_t)(uintptr_t)p) > 0 &&
	    memcmp(p, "overwritten", 11) == 0 && holds(fd, "overwritten"))
		got("the file by /proc/self/mem");
	REFUSED(copy_file_range(0, NULL, fd, NULL, 10, 0));
	REFUSED(unlink("/readonly/secret"));
	REFUSED(rename("/readonly/secret", "/readonly/other"));
	REFUSED(mkdir("/readonly/d", 0777));
	REFUSED(syscall(SYS_openat, AT_FDCWD, "/readonly", O_TMPFILE | O_RDWR, 0666));
}

/* Whatever a file's owner may do to it without writing. */
static void change_open_file(int fd, const char *const *ways, size_t count)
{
	struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	REFUSED(fchmod(fd, 06777));
	REFUSED(fchown(fd, 1000, 1000));
	REFUSED(fchown(fd, (uid_t)-1, (gid_t)-1));
	REFUSED(fchownat(fd, "", 1000, 1000, AT_EMPTY_PATH));
	REFUSED(syscall(452 /* fchmodat2 */, fd, "", 0777, AT_EMPTY_PATH));
	REFUSED(fsetxattr(fd, "user.x", "x", 1, 0));
	REFUSED(fsetxattr(fd, "user.witness", "x", 1, 0));
	REFUSED(fremovexattr(fd, "user.witness"));
	REFUSED(futimens(fd, times));
	REFUSED(futimens(fd, NULL));
	for (size_t i = 0; i < count; i++) {
		REFUSED(chmod(ways[i], 06777));
		REFUSED(chown(ways[i], 1, 1));
		REFUSED(utimensat(AT_FDCWD, ways[i], times, 0));
		REFUSED(setxattr(ways[i], "user.x", "x", 1, 0));
		REFUSED(removexattr(ways[i], "user.witness"));
	}
	int path = open(ways[0], O_PATH);
	need(path >= 0, "O_PATH");
	REFUSED(fchownat(path, "", 1000, 1000, AT_EMPTY_PATH));
	REFUSED(syscall(452, path, "", 0777, AT_EMPTY_PATH));
	close(path);
}

/* Standard input is a file of the host's root, open for reading; the container's root, who is the
 * host's by number, wants to write it, or to have it otherwise. */
static void open_input_again(void)
{
	static const char *const ways[] = {"/proc/self/fd/0", "/dev/stdin", "/dev/fd/0",
					   "/proc/1/fd/0", "/proc/thread-self/fd/0"};
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		REFUSED(open(ways[i], O_WRONLY));
		REFUSED(open(ways[i], O_RDWR));
		REFUSED(open(ways[i], O_RDONLY | O_TRUNC));
		REFUSED(truncate(ways[i], 0));
	}
	change_open_file(0, ways, sizeof ways / sizeof ways[0]);
}

static void write_standard_input(void)
{
	become(1000);
	open_input_again();
	REFUSED(write(0, "x", 1));
	REFUSED(ftruncate(0, 0));
	REFUSED(fallocate(0, 0, 0, 1 << 20));
}

ATTACK(standard_input_for_writing)
{
	in_child(open_input_again);
	in_child(write_standard_input);
}

/* Standard error is open for writing alone; a set-user-ID program of the host could be made of it.
 */
static void open_error_again(void)
{
	static const char *const ways[] = {"/proc/self/fd/2", "/dev/stderr", "/dev/fd/2"};
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		REFUSED(open(ways[i], O_RDONLY));
		REFUSED(open(ways[i], O_RDWR));
		close(open(ways[i], O_WRONLY | O_APPEND));
	}
	change_open_file(2, ways, sizeof ways / sizeof ways[0]);
}

ATTACK(standard_error_otherwise)
{
	in_child(open_error_again);
}

/* A directory that root has opened is passed to a user, in a root of its own. */
static void walk_from(int dir)
{
	char path[600];
	snprintf(path, sizeof path, "../../../../../../../..%s/secret", host("HOST_DIR"));
	if (holds(openat(dir, path, O_RDONLY), host("SECRET")))
		got("the host's file from a directory");
	expect_unprivileged("with root's directory");
	REFUSED(openat(dir, "only", O_RDONLY));
	REFUSED(openat(dir, "new", O_WRONLY | O_CREAT, 0666));
	REFUSED(mkdirat(dir, "new", 0777));
	REFUSED(fchmod(dir, 0777));
	struct stat st;
	REFUSED(syscall(SYS_newfstatat, dir, "only/x", &st, AT_EMPTY_PATH));
}

static void receive_directory(void)
{
	int dir = open("/root", O_PATH | O_DIRECTORY);
	chmod("/root", 0700);
	become(1000);
	walk_from(dir);
	REFUSED(fchdir(dir));
}

ATTACK(directory_of_root)
{
	make_roots_file();
	in_child(receive_directory);
	chmod("/root", 0755);
}

/* Texts of /proc are memory that is sealed. */
ATTACK(writing_to_texts_of_proc)
{
	static const char *const names[] = {"/proc/self/status", "/proc/meminfo", "/proc/self/maps",
					    "/proc/cpuinfo", "/proc/self/mountinfo"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char path[64];
		int fd = open(names[i], O_RDONLY);
		need(fd >= 0, names[i]);
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		int again = open(path, O_RDWR);
		if (again >= 0 && write(again, "x", 1) > 0)
			got("wrote to %s", names[i]);
		REFUSED(open(names[i], O_RDWR));
		REFUSED(ftruncate(fd, 0));
		REFUSED(fchmod(fd, 0777));
		close(fd);
	}
}

int main(int argc, char **argv)
{
	return attack_main(argc, argv);
}
