/* /proc/PID/status and the owner of /proc/PID follow credentials, signals, names and states. */
#include "facts.h"
#include <pthread.h>

static void say_lines(const char *label, pid_t pid)
{
	static const char *const lines[] = {
	    "Name:",	"Umask:",  "State:",  "Uid:",	 "Gid:",    "Groups:",
	    "Threads:", "SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:",
	    "CapInh:",	"CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:"};
	char path[64], b[8192];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (get_file(path, b, sizeof(b)) < 0) {
		say("%s: %s", label, errno_name(errno));
		return;
	}
	for (size_t i = 0; i < sizeof(lines) / sizeof *lines; i++) {
		char *p = strstr(b, lines[i]);
		say("%s: %.*s", label, p ? (int)strcspn(p, "\n") : 0, p ? p : "");
	}
	snprintf(path, sizeof(path), "/proc/%d", pid);
	if (stat(path, &st) == 0)
		say("%s: directory of %u:%u %06o", label, st.st_uid, st.st_gid, st.st_mode);
}

static int ready[2];

static void done(void)
{
	write(ready[1], "x", 1);
	for (;;)
		pause();
}

static void examine(const char *label, void (*prepare)(void), char state)
{
	char b;
	pid_t pid = child();

	if (pid == 0) {
		prepare();
		done();
	}
	read(ready[0], &b, 1);
	wait_state(pid, state);
	say_lines(label, pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	say_lines("gone", pid);
}

static void plain(void)
{
}

static void ids(void)
{
	gid_t groups[] = {11, 12};

	MUST(setgroups(2, groups));
	MUST(setresgid(4, 5, 6));
	syscall(SYS_setfsgid, 6);
	MUST(setresuid(1, 2, 3));
}

static void user(void)
{
	become(USER);
}

static void signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_SETMASK, &set, NULL);
	raise(SIGUSR1);
	kill(getpid(), SIGHUP);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGTERM, (void (*)(int))done);
}

static void privileges(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_NAME, "a (strange)\nname");
	umask(0137);
	prctl(PR_CAPBSET_DROP, 5, 0, 0, 0);
}

static void *idle(void *arg)
{
	for (;;)
		pause();
	return NULL;
}

static void threads(void)
{
	pthread_t t;

	for (int i = 0; i < 3; i++)
		pthread_create(&t, NULL, idle, NULL);
}

static void stopped(void)
{
	pid_t me = getpid();

	write(ready[1], "x", 1);
	kill(me, SIGSTOP);
}

static void zombie(void)
{
	write(ready[1], "x", 1);
	_exit(3);
}

int main(void)
{
	start("proc_status");
	MUST(pipe(ready));
	examine("plain", plain, 'S');
	examine("ids", ids, 'S');
	examine("user", user, 'S');
	examine("signals", signals, 'S');
	examine("privileges", privileges, 'S');
	examine("threads", threads, 'S');
	examine("stopped", stopped, 'T');
	examine("zombie", zombie, 'Z');
	return 0;
}
