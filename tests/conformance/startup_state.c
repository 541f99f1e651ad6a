/* What the first program finds: descriptors, signals, limits, identity, environment, mounts. */
#include "facts.h"
#include <sys/auxv.h>

extern char **environ;

int main(int argc, char **argv)
{
	char b[8192];
	sigset_t set;
	uid_t r, e, s;

	alarm(SECONDS);
	say("argv: %d %s", argc, argv[0]);
	for (char **p = environ; *p; p++)
		say("environment: %s", *p);
	MUST(getcwd(b, sizeof(b)) ? 0 : -1);
	say("cwd: %s", b);
	mode_t mask = umask(022);
	say("umask: %03o", mask);
	for (int i = 0; i < 100; i++)
		if (fcntl(i, F_GETFD) >= 0)
			say("descriptor %d: close-on-exec %d, mode %o", i, fcntl(i, F_GETFD),
			    fcntl(i, F_GETFL) & O_ACCMODE);
	sigprocmask(SIG_SETMASK, NULL, &set);
	for (int i = 1; i < 65; i++) {
		struct sigaction sa;
		if (sigismember(&set, i) == 1)
			say("signal %d is blocked", i);
		if (i != 32 && i != 33 && sigaction(i, NULL, &sa) == 0 && sa.sa_handler != SIG_DFL)
			say("signal %d is not default", i);
	}
	getresuid(&r, &e, &s);
	say("uids: %u %u %u", r, e, s);
	getresgid(&r, &e, &s);
	say("gids: %u %u %u", r, e, s);
	FACT("groups", getgroups(0, NULL));
	FACT("pid is not 1", getpid() != 1);
	FACT("parent", getppid());
	FACT("group leader", getpgrp() == getpid());
	FACT("own session", getsid(0) == getpid());
	FACT("secure", getauxval(AT_SECURE));
	FACT("dumpable", prctl(PR_GET_DUMPABLE));
	FACT("no new privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	FACT("securebits", prctl(PR_GET_SECUREBITS));
	FACT("nice", getpriority(PRIO_PROCESS, 0));
	FACT("policy", sched_getscheduler(0));
	FACT("terminal", isatty(0) || isatty(1) || isatty(2));
	FD("controlling terminal", open("/dev/tty", O_RDWR));
	get_file("/proc/self/status", b, sizeof(b));
	for (const char *const *f =
		 (const char *const[]){"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
				       "NoNewPrivs", "Umask", "SigBlk", "SigIgn", "SigCgt",
				       "Threads", "PPid", "TracerPid", NULL};
	     *f; f++) {
		char *p = strstr(b, *f);
		say("status: %.*s", p ? (int)strcspn(p, "\n") : 0, p ? p : "");
	}
	for (const char *const *d =
		 (const char *const[]){"/", "/dev", "/etc", "/proc", "/tmp", "/scratch", "/root",
				       "/home/user", "/dev/shm", "/dev/pts", "/dev/mqueue", NULL};
	     *d; d++)
		say_owner(*d, *d);
	for (const char *const *d =
		 (const char *const[]){"null", "zero", "full", "random", "urandom", "tty", "fd",
				       "stdin", "stdout", "stderr", "ptmx", NULL};
	     *d; d++) {
		snprintf(b, 64, "/dev/%s", *d);
		say_owner(b, b);
	}
	int fd = open("/dev/null", O_RDWR);
	FACT("write to /dev/null", write(fd, "x", 1));
	FACT("read from /dev/null", read(fd, b, 1));
	FACT("read from /dev/zero", read(open("/dev/zero", O_RDONLY), b, 8));
	FACT("write to /dev/full", write(open("/dev/full", O_WRONLY), "x", 1));
	FACT("read from /dev/urandom", read(open("/dev/urandom", O_RDONLY), b, 8));
	FACT("map /dev/zero", mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE,
				   open("/dev/zero", O_RDWR), 0) != MAP_FAILED);
	FD("a pseudo terminal", posix_openpt(O_RDWR | O_NOCTTY));
	return 0;
}
