/* Ways into /proc: symlinks, the current directory, descriptors, chroot, "..". */
#include "facts.h"

static char b[8192];

static void say_start(const char *label, ssize_t n)
{
	say("%s: %s", label,
	    n < 0			  ? errno_name(errno)
	    : strncmp(b, "Name:", 5) == 0 ? "a status"
					  : b);
}

static void links(void)
{
	MUST(symlink("/proc", "proc"));
	MUST(symlink("/proc/self", "me"));
	MUST(symlink("/proc/self/status", "status"));
	MUST(symlink("me/cwd/status", "twice"));
	MUST(symlink("../../proc/self/status", "relative"));
	say_start("link to /proc", get_file("proc/self/status", b, sizeof(b)));
	say_start("link to /proc/self", get_file("me/status", b, sizeof(b)));
	say_start("link to a file", get_file("status", b, sizeof(b)));
	say_start("link through cwd", get_file("twice", b, sizeof(b)));
	say_start("relative link", get_file("relative", b, sizeof(b)));
	say_start("..", get_file("/proc/../proc/self/../self/status", b, sizeof(b)));
	say_start(".", get_file("/proc/./self/./status", b, sizeof(b)));
	say_start("slashes", get_file("//proc///self//status", b, sizeof(b)));
	say_start("from /tmp", get_file("/tmp/../proc/self/status", b, sizeof(b)));
	say_start("root of root", get_file("/proc/self/root/proc/self/status", b, sizeof(b)));
	say_start("cwd of self", get_file("/proc/self/cwd/me/status", b, sizeof(b)));
	FACT("stat of a link", stat("status", &(struct stat){0}));
	FACT("lstat of a link", lstat("status", &(struct stat){0}));
	FD("O_NOFOLLOW of a link", open("status", O_RDONLY | O_NOFOLLOW));
	FD("a link with a slash", open("me/", O_RDONLY | O_DIRECTORY));
	FACT("readlink of a link", readlink("me", b, sizeof(b)));
	FACT("access through a link", access("me/fd/0", R_OK));
	FACT("rename into it", rename("file", "me/x"));
	FACT("open for creating in it", open("me/new", O_CREAT | O_WRONLY, 0600));
}

static void current(void)
{
	int top = (int)MUST(open(".", O_RDONLY));

	FACT("chdir /proc", chdir("/proc"));
	say_start("in /proc", get_file("self/status", b, sizeof(b)));
	FACT("getcwd", syscall(SYS_getcwd, b, sizeof(b)));
	FACT("chdir self", chdir("self"));
	say_start("in self", get_file("status", b, sizeof(b)));
	snprintf(b, 64, "/proc/%d", getpid());
	char *cwd = getcwd(NULL, 0);
	FACT("getcwd is the pid's", cwd && strcmp(b, cwd) == 0);
	say_start("up in self", get_file("../self/status", b, sizeof(b)));
	FACT("chdir fd", chdir("fd"));
	FACT("access 0", access("0", F_OK));
	FD("open 0", open("0", O_RDONLY));
	FACT("chdir ..", chdir(".."));
	FACT("access stat", access("stat", F_OK));
	FACT("chdir task", chdir("task"));
	FACT("chdir ../..", chdir("../.."));
	FACT("access self", access("self", F_OK));
	FACT("chdir ..", chdir(".."));
	FACT("getcwd in /", syscall(SYS_getcwd, b, sizeof(b)));
	MUST(fchdir(top));
	pid_t pid = child();
	if (pid == 0) {
		MUST(chdir("/proc/self"));
		execl("/bin/cat", "cat", "comm", NULL);
		_exit(9);
	}
	say_end("a program with /proc/self as directory", pid);
}

static void by_descriptors(void)
{
	int proc = (int)MUST(open("/proc", O_PATH)),
	    self = (int)MUST(openat(proc, "self", O_RDONLY | O_DIRECTORY));
	int fds = (int)MUST(openat(self, "fd", O_RDONLY | O_DIRECTORY));
	struct stat st;

	FD("openat /proc, self/stat", openat(proc, "self/stat", O_RDONLY));
	FD("openat self, stat", openat(self, "stat", O_RDONLY));
	FD("openat self, ../self/stat", openat(self, "../self/stat", O_RDONLY));
	FD("openat fd, 0", openat(fds, "0", O_RDONLY));
	FD("openat fd, ../comm", openat(fds, "../comm", O_RDONLY));
	FD("openat fd, ../../../etc/passwd", openat(fds, "../../../etc/passwd", O_RDONLY));
	FACT("fstatat", fstatat(self, "status", &st, 0));
	FACT("readlinkat exe", readlinkat(self, "exe", b, sizeof(b)) > 0);
	FACT("faccessat", faccessat(self, "maps", R_OK, 0));
	FACT("fchdir", fchdir(self));
	FACT("then", access("comm", R_OK));
	FACT("getdents of self", syscall(SYS_getdents64, self, b, sizeof(b)) > 0);
	FACT("fstat of self", fstat(self, &st));
	say("mode %06o links %d", st.st_mode, st.st_nlink > 2);
	int file = (int)MUST(openat(self, "comm", O_RDONLY));
	FACT("fstat of a file", fstat(file, &st));
	say("mode %06o size %ld", st.st_mode, (long)st.st_size);
	FACT("a child sees its own self", ({
		     pid_t pid = child();
		     if (pid == 0) {
			     prctl(PR_SET_NAME, "the-child");
			     int fd = openat(proc, "self/comm", O_RDONLY);
			     ssize_t n = read(fd, b, 100);
			     b[n > 0 ? n - 1 : 0] = '\0';
			     say("through /proc: %s", b);
			     fd = openat(self, "comm", O_RDONLY);
			     n = read(fd, b, 100);
			     b[n > 0 ? n - 1 : 0] = '\0';
			     say("through the parent's descriptor: %s", b);
			     _exit(0);
		     }
		     int status;
		     waitpid(pid, &status, 0);
		     status;
	     }));
}

static void new_root(void)
{
	int proc = (int)MUST(open("/proc", O_PATH));

	MUST(mkdir("root", 0755));
	MUST(mkdir("root/proc", 0755));
	MUST(chroot("root"));
	MUST(chdir("/"));
	FACT("new root: /proc is empty", access("/proc/self", F_OK));
	FD("new root: through a descriptor", openat(proc, "self/stat", O_RDONLY));
	ssize_t n = readlinkat(proc, "self/root", b, sizeof(b) - 1);
	b[n > 0 ? n : 0] = '\0';
	FACT("new root: the root link", n > 0);
}

static int by_name(const void *a, const void *c)
{
	return strcmp(*(char *const *)a, *(char *const *)c);
}

static void system_files(void)
{
	static const char *const files[] = {"version",
					    "uptime",
					    "loadavg",
					    "meminfo",
					    "cpuinfo",
					    "stat",
					    "filesystems",
					    "mounts",
					    "sys/kernel/hostname",
					    "sys/kernel/osrelease",
					    "sys/kernel/ostype",
					    "sys/kernel/pid_max",
					    "sys/kernel/random/boot_id",
					    "sys/kernel/random/uuid",
					    "sys/kernel/ngroups_max",
					    "sys/kernel/cap_last_cap",
					    "sys/vm/overcommit_memory",
					    "sys/vm/max_map_count",
					    "sys/fs/file-max",
					    "sys/net/core/somaxconn",
					    "self/mountinfo",
					    "self/cgroup",
					    "missing",
					    "sys/missing"};
	static const char *const exact[] = {"sys/kernel/hostname",
					    "sys/kernel/osrelease",
					    "sys/kernel/ostype",
					    "sys/kernel/ngroups_max",
					    "sys/kernel/cap_last_cap",
					    "sys/vm/overcommit_memory",
					    "version"};
	char path[128];
	struct stat st;

	for (size_t i = 0; i < sizeof(files) / sizeof *files; i++) {
		snprintf(path, sizeof(path), "/proc/%s", files[i]);
		ssize_t n = get_file(path, b, sizeof(b));
		say("%s: %s", path, n < 0 ? errno_name(errno) : n == 0 ? "empty" : "ok");
		if (n >= 0 && stat(path, &st) == 0)
			say("%s: mode %06o size %ld", path, st.st_mode, (long)st.st_size);
	}
	for (size_t i = 0; i < sizeof(exact) / sizeof *exact; i++) {
		snprintf(path, sizeof(path), "/proc/%s", exact[i]);
		get_file(path, b, sizeof(b));
		say("%s: %.*s", path, (int)strcspn(b, "\n"), b);
	}
	/* Nodes of /dev may be mounts; the order is nobody's business. */
	static const char nodes[] =
	    "/dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty ";
	MUST(get_file("/proc/mounts", b, sizeof(b)));
	char *wheres[64];
	size_t mounts = 0;
	for (char *p = strtok(b, "\n"); p && mounts < 64; p = strtok(NULL, "\n")) {
		char where[256];
		if (sscanf(p, "%*s %255s", where) == 1 && !strstr(nodes, strcat(where, " ")))
			wheres[mounts++] = strdup(where);
	}
	qsort(wheres, mounts, sizeof(*wheres), by_name);
	for (size_t i = 0; i < mounts; i++)
		say("mounted: %s", wheres[i]);
	MUST(get_file("/proc/meminfo", b, sizeof(b)));
	FACT("meminfo: MemTotal", strncmp(b, "MemTotal:", 9) == 0);
	FACT("meminfo: MemAvailable", strstr(b, "MemAvailable:") != NULL);
	MUST(get_file("/proc/stat", b, sizeof(b)));
	FACT("stat: cpu and btime", strncmp(b, "cpu ", 4) == 0 && strstr(b, "btime ") != NULL);
	double up, idle;
	MUST(get_file("/proc/uptime", b, sizeof(b)));
	FACT("uptime: two numbers", sscanf(b, "%lf %lf", &up, &idle));
	MUST(get_file("/proc/loadavg", b, sizeof(b)));
	FACT("loadavg", sscanf(b, "%lf %lf", &up, &idle));
	FACT("boot id is the same twice", ({
		     char first[64], second[64];
		     get_file("/proc/sys/kernel/random/boot_id", first, sizeof(first));
		     get_file("/proc/sys/kernel/random/boot_id", second, sizeof(second));
		     strlen(first) == 37 && strcmp(first, second) == 0;
	     }));
	FACT("uuid is another each time", ({
		     char first[64], second[64];
		     get_file("/proc/sys/kernel/random/uuid", first, sizeof(first));
		     get_file("/proc/sys/kernel/random/uuid", second, sizeof(second));
		     strlen(first) == 37 && strcmp(first, second) != 0;
	     }));
}

int main(void)
{
	start("proc_paths");
	put_file("file", "x", 0644);
	in_child("links", links);
	in_child("current", current);
	in_child("descriptors", by_descriptors);
	in_child("new root", new_root);
	system_files();
	return 0;
}
