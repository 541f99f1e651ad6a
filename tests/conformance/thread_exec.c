/* exec from a process with many threads: by the leader, by another thread, failing, under load. */
#include "facts.h"
#include <pthread.h>

static const char *self;

static int report(const char *what)
{
	DIR *d = opendir("/proc/self/task");
	char comm[32] = "";
	int n = 0;

	for (struct dirent *e; d && (e = readdir(d));)
		n += e->d_name[0] != '.';
	prctl(PR_GET_NAME, comm);
	say("%s: threads %d, pid is the old one %d, tid is pid %d, name %s", what, n,
	    getpid() == atoi(getenv("SELF")), getpid() == (pid_t)syscall(SYS_gettid), comm);
	return 0;
}

static void *forever(void *arg)
{
	for (;;)
		pause();
	return NULL;
}

static void *busy(void *arg)
{
	for (;;) {
		int fd = open("file", O_RDONLY);
		close(fd);
		access("missing", F_OK);
	}
	return NULL;
}

static void *execute(void *arg)
{
	execl(self, self, arg, NULL);
	FAILED("exec");
	_exit(9);
}

static void threads(int n, void *(*body)(void *), void *arg)
{
	pthread_t t;

	for (int i = 0; i < n; i++)
		pthread_create(&t, NULL, body, arg);
}

static void set_self(void)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", getpid());
	setenv("SELF", text, 1);
}

static void by_leader(void)
{
	set_self();
	threads(8, forever, NULL);
	execute("leader");
}

static void by_thread(void)
{
	set_self();
	threads(8, forever, NULL);
	threads(1, execute, "thread");
	forever(NULL);
}

static void alone(void)
{
	set_self();
	threads(1, execute, "only other thread");
	pthread_exit(NULL);
}

static void under_load(void)
{
	set_self();
	threads(6, busy, NULL);
	sleep_ms(50);
	threads(1, execute, "under load");
	busy(NULL);
}

static void several(void)
{
	set_self();
	threads(4, execute, "one of several");
	execute("one of several");
}

static void *fails(void *arg)
{
	for (int i = 0; i < 3; i++) {
		execl("missing", "missing", NULL);
		int first = errno;
		execl("text", "text", NULL);
		say("failed exec in a thread: %s %s", errno_name(first), errno_name(errno));
	}
	return NULL;
}

static void failing(void)
{
	pthread_t t;

	threads(3, forever, NULL);
	pthread_create(&t, NULL, fails, NULL);
	pthread_join(t, NULL);
	DIR *d = opendir("/proc/self/task");
	int n = 0;
	for (struct dirent *e; d && (e = readdir(d));)
		n += e->d_name[0] != '.';
	FACT("threads that are left", n);
}

static void *spawns(void *arg)
{
	int bad = 0;

	for (int i = 0; i < 10; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			execl("/bin/true", "true", NULL);
			_exit(1);
		}
		int status = -1;
		if (waitpid(pid, &status, 0) != pid || status != 0)
			bad++;
	}
	return (void *)(intptr_t)bad;
}

static void in_parallel(void)
{
	pthread_t t[8];
	void *result;
	long bad = 0;

	for (int i = 0; i < 8; i++)
		pthread_create(&t[i], NULL, spawns, NULL);
	for (int i = 0; i < 8; i++) {
		pthread_join(t[i], &result);
		bad += (intptr_t)result;
	}
	FACT("8 threads start 10 programs each, failures", bad);
}

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 1)
		return report(argv[1]);
	start("thread_exec");
	put_file("file", "x", 0644);
	put_file("text", "text", 0755);
	in_child("leader", by_leader);
	in_child("thread", by_thread);
	in_child("alone", alone);
	in_child("under load", under_load);
	in_child("several", several);
	in_child("failing", failing);
	in_parallel();
	return 0;
}
