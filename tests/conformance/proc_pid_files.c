/* /proc/PID of a child and its threads: every file, as its parent and as a stranger sees it. */
#include "facts.h"
#include <pthread.h>

static char b[1 << 20];

static const char *const names[] = {"attr/current", "autogroup",      "auxv",
				    "cgroup",

				    "cmdline",	    "comm",	      "coredump_filter",
				    "cpuset",	    "environ",	      "io",
				    "limits",	    "maps",	      "mountinfo",
				    "mounts",	    "mountstats",     "oom_adj",
				    "oom_score",    "oom_score_adj",

				    "personality",  "projid_map",     "sched",
				    "schedstat",    "setgroups",      "smaps",
				    "smaps_rollup", "stat",	      "statm",
				    "status",	    "timens_offsets", "timers",

				    "uid_map",	    "gid_map",	      "wchan",
				    "arch_status",  "missing"};

static void say_files(const char *directory)
{
	for (size_t i = 0; i < sizeof(names) / sizeof *names; i++) {
		char path[128];
		struct stat st;
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		ssize_t n = get_file(path, b, sizeof(b));
		say("%s: %s", names[i], n < 0 ? errno_name(errno) : n ? "text" : "empty");
		if (lstat(path, &st) == 0)
			say("  mode %06o owner %u:%u size %ld", st.st_mode, st.st_uid, st.st_gid,
			    (long)st.st_size);
	}
}

static void say_text(const char *directory, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	MUST(get_file(path, b, sizeof(b)));
	say("%s: %.*s", name, (int)strcspn(b, "\n"), b);
}

static char directory[64], task[96];

static void as_stranger(void)
{
	say_files(directory);
	FD("stranger: fd", open(strcat(directory, "/fd"), O_RDONLY));
}

static void *waits(void *arg)
{
	prctl(PR_SET_NAME, "second");
	int *ready = arg;
	pid_t tid = (pid_t)syscall(SYS_gettid);
	write(ready[1], &tid, sizeof(tid));
	pause();
	return NULL;
}

int main(void)
{
	int ready[2];
	pid_t tid = 0;
	pthread_t thread;

	start("proc_pid_files");
	MUST(pipe(ready));
	pid_t pid = child();
	if (pid == 0) {
		prctl(PR_SET_NAME, "first");
		pthread_create(&thread, NULL, waits, ready);
		pause();
		_exit(0);
	}
	read(ready[0], &tid, sizeof(tid));
	snprintf(directory, sizeof(directory), "/proc/%d", pid);
	snprintf(task, sizeof(task), "/proc/%d/task/%d", pid, tid);
	say("as the parent");
	say_files(directory);
	say_text(directory, "comm");
	say_text(task, "comm");
	say_text(directory, "oom_score_adj");
	say_text(directory, "coredump_filter");
	say_text(directory, "personality");
	say_text(directory, "cpuset");
	char path[128];
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", getpid(), getpid());
	MUST(get_file(path, b, sizeof(b)));
	FACT("children", atoi(b) == pid);
	snprintf(path, sizeof(path), "/proc/%d", tid);
	FACT("a thread by its number", access(path, F_OK));
	snprintf(path, sizeof(path), "/proc/%d/task/%d", pid, getpid());
	FACT("a task of another process", access(path, F_OK));
	snprintf(path, sizeof(path), "%s/comm", task);
	FACT("rename another's thread", write(open(path, O_WRONLY), "other", 5));
	say("as a stranger");
	as_user("stranger", as_stranger);
	kill(pid, SIGKILL);
	say_end("child", pid);
	FACT("gone", access(directory, F_OK));
	return 0;
}
