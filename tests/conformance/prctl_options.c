/* prctl: names, dumpable, parent death, no_new_privs, subreaper, and what is refused. */
#include "facts.h"
#include <pthread.h>

static void names(void)
{
	char b[64] = "";

	FACT("set", prctl(PR_SET_NAME, "short"));
	FACT("get", prctl(PR_GET_NAME, b));
	say("  it is %s", b);
	FACT("set a long one", prctl(PR_SET_NAME, "a name that is longer than fifteen"));
	prctl(PR_GET_NAME, b);
	say("  it is %s", b);
	get_file("/proc/self/comm", b, sizeof(b));
	say("  comm: %.*s", (int)strcspn(b, "\n"), b);
	FACT("set an empty one", prctl(PR_SET_NAME, ""));
	prctl(PR_GET_NAME, b);
	say("  it is [%s]", b);
	FACT("set a bad pointer", prctl(PR_SET_NAME, BAD));
	FACT("get into a bad pointer", prctl(PR_GET_NAME, BAD));
	int fd = open("/proc/self/comm", O_WRONLY);
	FACT("write comm", write(fd, "written\n", 8));
	prctl(PR_GET_NAME, b);
	say("  it is [%.7s]", b);
}

static void *thread(void *arg)
{
	char b[64], path[64];

	prctl(PR_SET_NAME, "thread");
	snprintf(path, sizeof(path), "/proc/self/task/%ld/comm", syscall(SYS_gettid));
	get_file(path, b, sizeof(b));
	say("a thread's comm: %.*s", (int)strcspn(b, "\n"), b);
	get_file("/proc/thread-self/comm", b, sizeof(b));
	say("by thread-self: %.*s", (int)strcspn(b, "\n"), b);
	get_file("/proc/self/comm", b, sizeof(b));
	say("by self: %.*s", (int)strcspn(b, "\n"), b);
	return NULL;
}

static void values(void)
{
	int value = -5;

	FACT("dumpable", prctl(PR_GET_DUMPABLE));
	FACT("dumpable 0", prctl(PR_SET_DUMPABLE, 0));
	FACT("dumpable", prctl(PR_GET_DUMPABLE));
	FACT("dumpable 2", prctl(PR_SET_DUMPABLE, 2));
	FACT("dumpable 1", prctl(PR_SET_DUMPABLE, 1));
	FACT("dumpable", prctl(PR_GET_DUMPABLE));
	FACT("death signal 0", prctl(PR_GET_PDEATHSIG, &value));
	FACT("  is", value);
	FACT("death signal 15", prctl(PR_SET_PDEATHSIG, 15));
	FACT("death signal 99", prctl(PR_SET_PDEATHSIG, 99));
	FACT("death signal", (prctl(PR_GET_PDEATHSIG, &value), value));
	FACT("death signal, bad pointer", prctl(PR_GET_PDEATHSIG, BAD));
	FACT("subreaper", prctl(PR_SET_CHILD_SUBREAPER, 7));
	FACT("  is", (prctl(PR_GET_CHILD_SUBREAPER, &value), value));
	FACT("timer slack", prctl(PR_GET_TIMERSLACK));
	FACT("timer slack 99", prctl(PR_SET_TIMERSLACK, 99));
	FACT("timer slack", prctl(PR_GET_TIMERSLACK));
	FACT("timer slack 0", prctl(PR_SET_TIMERSLACK, 0));
	FACT("timer slack", prctl(PR_GET_TIMERSLACK));
	FACT("THP", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	FACT("unknown option", prctl(12345678));
	FACT("option -1", prctl(-1));
	FACT("seccomp mode", prctl(PR_GET_SECCOMP));
	FACT("timing", prctl(PR_GET_TIMING));
	FACT("keepcaps", prctl(PR_GET_KEEPCAPS));
	FACT("machine check", prctl(PR_MCE_KILL_GET, 0, 0, 0, 0));
	FACT("io flusher", prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0));
	FACT("tid address", prctl(PR_GET_TID_ADDRESS, &value));
}

static void no_new_privileges(void)
{
	FACT("get", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	FACT("get, nonzero argument", prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0));
	FACT("set 0", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	FACT("set 2", prctl(PR_SET_NO_NEW_PRIVS, 2, 0, 0, 0));
	FACT("set, nonzero argument", prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
	FACT("set", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	FACT("get", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	pid_t pid = child();
	if (pid == 0) {
		FACT("in a child", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
		_exit(0);
	}
	say_end("child", pid);
	FACT("root changes ids all the same", setuid(USER));
}

/* Dies of SIGKILL with its parent. */
static void parent_death(void)
{
	int pipes[2], parents[2];
	char b;

	MUST(pipe(pipes));
	MUST(pipe(parents));
	pid_t middle = child();
	if (middle == 0) {
		if (child() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(pipes[0]);
			write(parents[1], "x", 1);
			pause();
			_exit(0);
		}
		read(parents[0], &b, 1);
		_exit(0);
	}
	say_end("middle", middle);
	close(pipes[1]);
	FACT("the grandchild died with its parent", read(pipes[0], &b, 1));
}

int main(void)
{
	pthread_t t;

	start("prctl_options");
	in_child("names", names);
	pthread_create(&t, NULL, thread, NULL);
	pthread_join(t, NULL);
	in_child("values", values);
	in_child("no new privileges", no_new_privileges);
	in_child("parent death", parent_death);
	return 0;
}
