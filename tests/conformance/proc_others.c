/* /proc/PID of other processes: what root and a user may see, the dead, threads, the listing. */
#include "facts.h"
#include <pthread.h>

static char b[16384];

static void *idle(void *arg)
{
	for (;;)
		pause();
	return NULL;
}

static pid_t make(uid_t uid)
{
	int pipes[2];
	char c;

	MUST(pipe(pipes));
	pid_t pid = child();
	if (pid == 0) {
		pthread_t t;
		pthread_create(&t, NULL, idle, NULL);
		MUST(chdir("dir"));
		dup2(open("../file", O_RDONLY), 50);
		if (uid)
			become(uid);
		prctl(PR_SET_DUMPABLE, 1);
		write(pipes[1], "x", 1);
		idle(NULL);
	}
	read(pipes[0], &c, 1);
	close(pipes[0]);
	close(pipes[1]);
	return pid;
}

static void look(const char *who, pid_t pid)
{
	static const char *const files[] = {"stat",    "status",	"cmdline", "comm",
					    "environ", "maps",		"limits",  "statm",
					    "mounts",  "oom_score_adj", "cgroup",  "fdinfo/0"};
	static const char *const links[] = {"cwd", "root", "exe", "fd/50"};
	static const char *const directories[] = {".", "fd", "fdinfo", "task", "ns"};
	char path[128];
	struct stat st;

	for (size_t i = 0; i < sizeof(files) / sizeof *files; i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, files[i]);
		ssize_t n = get_file(path, b, sizeof(b));
		say("%s: read %s: %s", who, files[i],
		    n < 0    ? errno_name(errno)
		    : n == 0 ? "empty"
			     : "ok");
	}
	for (size_t i = 0; i < sizeof(links) / sizeof *links; i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, links[i]);
		ssize_t n = readlink(path, b, sizeof(b) - 1);
		b[n > 0 ? n : 0] = '\0';
		say("%s: link %s: %s", who, links[i], n < 0 ? errno_name(errno) : b);
		say("%s: stat %s: %s", who, links[i],
		    stat(path, &st) < 0 ? errno_name(errno) : "ok");
	}
	for (size_t i = 0; i < sizeof(directories) / sizeof *directories; i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, directories[i]);
		DIR *d = opendir(path);
		int n = 0;
		for (struct dirent *e; d && (e = readdir(d));)
			n++;
		if (i == 0 || i == 4)
			say("%s: list %s: %s", who, directories[i], d ? "ok" : errno_name(errno));
		else
			say("%s: list %s: %s %d", who, directories[i], d ? "ok" : errno_name(errno),
			    n);
		if (d)
			closedir(d);
	}
	snprintf(path, sizeof(path), "/proc/%d/cwd/inner", pid);
	FD("a file through its cwd", open(path, O_RDONLY));
	snprintf(path, sizeof(path), "/proc/%d/root/etc/passwd", pid);
	FD("a file through its root", open(path, O_RDONLY));
	snprintf(path, sizeof(path), "/proc/%d/fd/50", pid);
	FD("its descriptor opened again", open(path, O_RDONLY));
}

static void dead(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	int file = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%d", pid);
	int fd = (int)MUST(open(path, O_RDONLY | O_DIRECTORY));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	FACT("dead: stat", stat(path, &st));
	FD("dead: open", open(path, O_RDONLY));
	FD("dead: a file from its directory", openat(fd, "stat", O_RDONLY));
	FACT("dead: access from its directory", faccessat(fd, "status", F_OK, 0));
	ssize_t n = read(file, b, 100);
	say("dead: read of its open file: %s", n < 0 ? errno_name(errno) : "ok");
	FD("dead: .. from its directory", openat(fd, "../uptime", O_RDONLY));
	snprintf(path, sizeof(path), "/proc/%d/fd/0", pid);
	FACT("dead: readlink", readlink(path, b, sizeof(b)));
	snprintf(path, sizeof(path), "/proc/%d/missing", pid);
	FACT("dead: a missing file", access(path, F_OK));
}

static void listing(void)
{
	int numbers = 0, self = 0;
	DIR *d = opendir("/proc");

	for (struct dirent *e; d && (e = readdir(d));) {
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			numbers++;
		self += atoi(e->d_name) == getpid();
		if (strcmp(e->d_name, "self") == 0 || strcmp(e->d_name, "thread-self") == 0)
			say("%s is a %s", e->d_name, e->d_type == DT_LNK ? "link" : "other");
	}
	closedir(d);
	FACT("processes in /proc", numbers);
	FACT("this one among them", self);
	FACT("process 0", access("/proc/0", F_OK));
	FACT("a process that never was", access("/proc/4194303/stat", F_OK));
	FACT("a number with a sign", access("/proc/+1", F_OK));
	FACT("a number with zeros", access("/proc/01", F_OK));
	FACT("process 1", access("/proc/1", F_OK));
	MUST(get_file("/proc/1/comm", b, sizeof(b)));
	say("its name: %.*s", (int)strcspn(b, "\n"), b);
	get_file("/proc/1/cmdline", b, sizeof(b));
	say("its command: %s", b);
}

static void threads(pid_t pid)
{
	char path[64];
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d));) {
		if (e->d_name[0] == '.' || atoi(e->d_name) == pid)
			continue;
		n++;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/stat", pid, e->d_name);
		FACT("a thread's stat", get_file(path, b, sizeof(b)) > 0);
		FACT("  begins with its tid", atoi(b) == atoi(e->d_name));
		snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		FACT("a thread is found in /proc, too", access(path, F_OK));
		snprintf(path, sizeof(path), "/proc/%s/status", e->d_name);
		get_file(path, b, sizeof(b));
		char *p = strstr(b, "Tgid:");
		FACT("  its group", p && atoi(p + 5) == pid);
		snprintf(path, sizeof(path), "/proc/%d/task/%s", getpid(), e->d_name);
		FACT("it is not among another's threads", access(path, F_OK));
	}
	closedir(d);
	FACT("other threads", n);
}

int main(void)
{
	start("proc_others");
	put_file("file", "content", 0644);
	MUST(mkdir("dir", 0755));
	put_file("dir/inner", "x", 0644);
	pid_t root = make(0), user = make(USER);
	listing();
	look("root at root's", root);
	look("root at user's", user);
	pid_t pid = child();
	if (pid == 0) {
		become(USER);
		prctl(PR_SET_DUMPABLE, 1);
		look("user at root's", root);
		look("user at its own", user);
		_exit(0);
	}
	say_end("user", pid);
	threads(root);
	dead(root);
	kill(user, SIGKILL);
	waitpid(user, NULL, 0);
	return 0;
}
