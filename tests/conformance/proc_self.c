/* /proc/self: every file that a process reads about itself. */
#include "facts.h"
#include <pthread.h>

static char b[65536];

static void files(void)
{
	static const char *const names[] = {
	    "stat",	   "status",  "statm",	   "cmdline",	 "comm",	"environ",
	    "maps",	   "mounts",  "mountinfo", "limits",	 "cgroup",	"oom_score_adj",
	    "oom_score",   "io",      "smaps",	   "auxv",	 "uid_map",	"gid_map",
	    "setgroups",   "wchan",   "sched",	   "mountstats", "personality", "fdinfo/0",
	    "task/1/comm", "missing",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof *names; i++) {
		char path[64];
		struct stat st;
		snprintf(path, sizeof(path), "/proc/self/%s", names[i]);
		ssize_t n = get_file(path, b, sizeof(b));
		if (n < 0)
			say("optional %s: -1 %s", names[i], errno_name(errno));
		else
			say("optional %s: read", names[i]);
		if (i < 11 && lstat(path, &st) == 0)
			say("%s: mode %06o size %ld owner %u:%u links %lu", names[i], st.st_mode,
			    (long)st.st_size, st.st_uid, st.st_gid, (unsigned long)st.st_nlink);
	}
}

static void stat_fields(void)
{
	MUST(get_file("/proc/self/stat", b, sizeof(b)));
	char *p = strrchr(b, ')') + 2;
	long fields[60] = {0};
	int n = 0;

	say("stat: state %c", *p);
	FACT("stat: starts with the pid", atoi(b) == getpid());
	FACT("stat: names the program", strstr(b, "(proc_self)") != NULL);
	for (char *token = strtok(p + 2, " \n"); token && n < 60; token = strtok(NULL, " \n"))
		fields[n++] = atol(token);
	FACT("stat: fields", n + 3);
	FACT("stat: parent", fields[0] == getppid());
	FACT("stat: group", fields[1] == getpgrp());
	FACT("stat: session", fields[2] == getsid(0));
	FACT("stat: terminal", fields[3]);
	FACT("stat: priority", fields[14]);
	FACT("stat: nice", fields[15]);
	FACT("stat: threads", fields[16]);
	FACT("stat: start time", fields[18] > 0);
	FACT("stat: memory", fields[19] > 0 && fields[20] > 0);
	FACT("stat: exit signal", fields[34]);
	FACT("stat: policy", fields[37]);
}

static void status_lines(void)
{
	static const char *const exact[] = {
	    "Name",   "Umask",	"State",  "Ngid",    "TracerPid",  "Uid",
	    "Gid",    "FDSize", "Groups", "Kthread", "VmLck",	   "Threads",
	    "SigPnd", "ShdPnd", "SigBlk", "SigIgn",  "SigCgt",	   "CapInh",
	    "CapPrm", "CapEff", "CapBnd", "CapAmb",  "NoNewPrivs", "CoreDumping"};
	static const char *const present[] = {
	    "Tgid",	    "Pid",	    "PPid",
	    "NStgid",	    "NSpid",	    "NSpgid",
	    "NSsid",	    "VmPeak",	    "VmSize",
	    "VmRSS",	    "VmData",	    "VmStk",
	    "VmExe",	    "VmLib",	    "Seccomp",
	    "Cpus_allowed", "Mems_allowed", "voluntary_ctxt_switches"};
	char line[64];

	MUST(get_file("/proc/self/status", b, sizeof(b)));
	for (size_t i = 0; i < sizeof(exact) / sizeof *exact; i++) {
		snprintf(line, sizeof(line), "\n%s:", exact[i]);
		char *p = i == 0 ? b - 1 : strstr(b, line);
		say("status: %.*s", p ? (int)strcspn(p + 1, "\n") : 0, p ? p + 1 : "");
	}
	for (size_t i = 0; i < sizeof(present) / sizeof *present; i++) {
		snprintf(line, sizeof(line), "\n%s:", present[i]);
		say("status has %s: %d", present[i], strstr(b, line) != NULL);
	}
	char *p = strstr(b, "\nPid:");
	FACT("status: pid", p && atoi(p + 5) == getpid());
	p = strstr(b, "\nPPid:");
	FACT("status: parent", p && atoi(p + 6) == getppid());
	p = strstr(b, "\nNSpid:");
	FACT("status: pid in the name space", p && atoi(p + 7) == getpid());
}

static void links(void)
{
	static const char *const names[] = {"/proc/self/cwd",	     "/proc/self/root",
					    "/proc/self/exe",	     "/proc/self/fd/0",
					    "/proc/thread-self/cwd", "/proc/mounts"};
	struct stat a, z;

	for (size_t i = 0; i < sizeof(names) / sizeof *names; i++) {
		ssize_t n = readlink(names[i], b, sizeof(b) - 1);
		b[n > 0 ? n : 0] = '\0';
		say("%s: %s", names[i], n < 0 ? errno_name(errno) : b);
	}
	ssize_t n = readlink("/proc/self", b, sizeof(b) - 1);
	b[n > 0 ? n : 0] = '\0';
	FACT("/proc/self is the pid", atoi(b) == getpid());
	n = readlink("/proc/thread-self", b, sizeof(b) - 1);
	b[n > 0 ? n : 0] = '\0';
	char text[64];
	snprintf(text, sizeof(text), "%d/task/%d", getpid(), getpid());
	FACT("/proc/thread-self is the thread", strcmp(b, text) == 0);
	MUST(stat("/proc/self/root", &a));
	MUST(stat("/", &z));
	FACT("root is /", a.st_ino == z.st_ino && a.st_dev == z.st_dev);
	MUST(stat("/proc/self/cwd", &a));
	MUST(stat(".", &z));
	FACT("cwd is .", a.st_ino == z.st_ino && a.st_dev == z.st_dev);
	FD("a file through cwd", open("/proc/self/cwd/file", O_RDONLY));
	FD("a file through root", open("/proc/self/root/etc/passwd", O_RDONLY));
	FD("a new file through cwd", open("/proc/self/cwd/new", O_CREAT | O_WRONLY, 0600));
	FACT("it is there", access("new", F_OK));
	FACT("rename through cwd", rename("/proc/self/cwd/new", "/proc/self/cwd/new2"));
	FD("exe", open("/proc/self/exe", O_RDONLY));
	FD("exe for writing", open("/proc/self/exe", O_WRONLY));
	say_mode("lstat of exe", "/proc/self/exe");
	say_mode("lstat of cwd", "/proc/self/cwd");
	say_mode("lstat of self", "/proc/self");
	say_mode("the directory", "/proc/self/.");
	say_mode("fd", "/proc/self/fd");
	say_mode("task", "/proc/self/task");
}

static void other_files(void)
{
	MUST(get_file("/proc/self/limits", b, sizeof(b)));
	for (char *p = strtok(b, "\n"); p; p = strtok(NULL, "\n"))
		say("limits: %s", p);
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){500, 600});
	setrlimit(RLIMIT_LOCKS, &(struct rlimit){77, 88});
	MUST(get_file("/proc/self/limits", b, sizeof(b)));
	for (char *p = strtok(b, "\n"); p; p = strtok(NULL, "\n"))
		if (strstr(p, "files") || strstr(p, "locks"))
			say("limits then: %s", p);
	MUST(get_file("/proc/self/statm", b, sizeof(b)));
	int n = 0;
	for (char *p = strtok(b, " \n"); p; p = strtok(NULL, " \n"))
		n++;
	FACT("statm: fields", n);
	int fd = open("/proc/self/oom_score_adj", O_RDWR);
	FACT("oom_score_adj: read", read(fd, b, 10));
	FACT("oom_score_adj: write", write(fd, "500", 3));
	close(fd);
	get_file("/proc/self/oom_score_adj", b, sizeof(b));
	say("oom_score_adj: %.*s", (int)strcspn(b, "\n"), b);
	FACT("a new file in /proc/self", open("/proc/self/new", O_CREAT | O_WRONLY, 0600));
	FACT("mkdir in /proc/self", mkdir("/proc/self/new", 0700));
	FACT("unlink in /proc/self", unlink("/proc/self/stat"));
	FACT("rmdir in /proc/self", rmdir("/proc/self/fd"));
	FACT("rename in /proc/self", rename("/proc/self/stat", "/proc/self/stat2"));
	FACT("symlink in /proc/self", symlink("x", "/proc/self/x"));
	FACT("link in /proc/self", link("/proc/self/stat", "/proc/self/x"));
	FACT("chmod in /proc/self", chmod("/proc/self/stat", 0600));
	FACT("truncate in /proc/self", truncate("/proc/self/stat", 0));
	FD("a directory for writing", open("/proc/self/fd", O_WRONLY));
	FD("a read-only file for writing", open("/proc/self/stat", O_WRONLY));
	FD("a file as directory", open("/proc/self/stat/x", O_RDONLY));
	FD("a file with a slash", open("/proc/self/stat/", O_RDONLY));
	fd = open("/proc/self/cmdline", O_RDONLY);
	FACT("seek", lseek(fd, 5, SEEK_SET));
	ssize_t got = read(fd, b, 100);
	say("the rest: %.*s", (int)got, b);
	FACT("at the end", read(fd, b, 100));
	FACT("pread", pread(fd, b, 4, 1));
	close(fd);
}

static int links_of(const char *path)
{
	struct stat st;
	return stat(path, &st) ? -errno : (int)st.st_nlink;
}

static void *say_threads(void *unused)
{
	FACT("links of task, two threads", links_of("/proc/self/task"));
	return unused;
}

/* From which Chromium tells whether it is single-threaded. */
static void threads(void)
{
	pthread_t thread;

	FACT("links of task", links_of("/proc/self/task/"));
	MUST(-pthread_create(&thread, NULL, say_threads, NULL));
	pthread_join(thread, NULL);
}

/* As pam_loginuid does it: a loginuid that is not there is passed over. */
static void log_in(void)
{
	int fd = open("/proc/self/loginuid", O_NOFOLLOW | O_RDWR);
	if (fd < 0)
		FACT("log in", errno == ENOENT ? 0 : -errno);
	else
		FACT("log in", write(fd, "0", 1) == 1 ? 0 : -errno);
}

int main(void)
{
	start("proc_self");
	put_file("file", "x", 0644);
	files();
	in_child("stat", stat_fields);
	status_lines();
	links();
	in_child("other files", other_files);
	in_child("threads", threads);
	in_child("audit", log_in);
	return 0;
}
