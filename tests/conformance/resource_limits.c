/* getrlimit, setrlimit and prlimit of all resources, for itself and for others. */
#include "facts.h"

static const char *const names[] = {"CPU",	"FSIZE",  "DATA",    "STACK", "CORE",  "RSS",
				    "NPROC",	"NOFILE", "MEMLOCK", "AS",    "LOCKS", "SIGPENDING",
				    "MSGQUEUE", "NICE",	  "RTPRIO",  "RTTIME"};

static void say_limit(const char *label, int resource)
{
	struct rlimit l;

	if (getrlimit((__rlimit_resource_t)resource, &l) < 0)
		say("%s: -1 %s", label, errno_name(errno));
	else
		say("%s: %ld %ld", label, (long)l.rlim_cur, (long)l.rlim_max);
}

static void all(void)
{
	char label[64];

	for (int r = 0; r < 16; r++) {
		struct rlimit old, limit, l;
		getrlimit((__rlimit_resource_t)r, &old);
		say_limit(names[r], r);
		limit = old;
		if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > 1000000)
			limit.rlim_max = 1000000;
		limit.rlim_cur = limit.rlim_max / 2;
		if (r == RLIMIT_STACK || r == RLIMIT_DATA || r == RLIMIT_AS)
			limit = (struct rlimit){256 << 20, 512 << 20};
		snprintf(label, sizeof(label), "%s: setrlimit", names[r]);
		FACT(label, setrlimit((__rlimit_resource_t)r, &limit));
		say_limit("  now", r);
		snprintf(label, sizeof(label), "%s: soft above hard", names[r]);
		FACT(label, setrlimit((__rlimit_resource_t)r,
				      &(struct rlimit){limit.rlim_max + 1, limit.rlim_max}));
		snprintf(label, sizeof(label), "%s: raise the hard limit", names[r]);
		FACT(label, setrlimit((__rlimit_resource_t)r,
				      &(struct rlimit){limit.rlim_cur, limit.rlim_max + 1}));
		snprintf(label, sizeof(label), "%s: prlimit64 gets and sets", names[r]);
		limit.rlim_cur = limit.rlim_max;
		FACT(label, syscall(SYS_prlimit64, 0, r, &limit, &l));
		say("  before %ld %ld", (long)l.rlim_cur, (long)l.rlim_max);
		say_limit("  now", r);
	}
}

static void locks(void)
{
	struct rlimit l = {123456, 1234567}, old;

	FACT("LOCKS: setrlimit", setrlimit(RLIMIT_LOCKS, &l));
	say_limit("LOCKS", RLIMIT_LOCKS);
	FACT("LOCKS: still works", access("/", F_OK));
	pid_t pid = child();
	if (pid == 0) {
		say_limit("LOCKS in a child", RLIMIT_LOCKS);
		FACT("LOCKS: changed in the child",
		     setrlimit(RLIMIT_LOCKS, &(struct rlimit){5, 1234567}));
		say_limit("LOCKS in the child", RLIMIT_LOCKS);
		_exit(0);
	}
	say_end("child", pid);
	say_limit("LOCKS in the parent", RLIMIT_LOCKS);
	FACT("LOCKS: prlimit, high bits of the resource",
	     syscall(SYS_prlimit64, 0, 0xabc00000000UL | RLIMIT_LOCKS, &(struct rlimit){1, 2},
		     &old));
	say("  before %ld %ld", (long)old.rlim_cur, (long)old.rlim_max);
	say_limit("LOCKS", RLIMIT_LOCKS);
	FACT("LOCKS: prlimit by pid", syscall(SYS_prlimit64, getpid(), RLIMIT_LOCKS, NULL, &old));
	FACT("chdir, setuid and the like keep it", chdir("/tmp") == 0 && umask(0) == 022);
	say_limit("LOCKS", RLIMIT_LOCKS);
	execl("/proc/self/exe", "x", "locks", NULL);
}

static void errors(void)
{
	struct rlimit l = {1, 1};

	FACT("resource 16", syscall(SYS_getrlimit, 16, &l));
	FACT("resource -1", syscall(SYS_getrlimit, -1, &l));
	FACT("prlimit resource 99", syscall(SYS_prlimit64, 0, 99, NULL, &l));
	FACT("bad pointer", syscall(SYS_getrlimit, RLIMIT_CPU, BAD));
	FACT("set, bad pointer", syscall(SYS_setrlimit, RLIMIT_CPU, BAD));
	FACT("prlimit, bad old pointer", syscall(SYS_prlimit64, 0, RLIMIT_CPU, NULL, BAD));
	FACT("prlimit, bad new pointer", syscall(SYS_prlimit64, 0, RLIMIT_CPU, BAD, NULL));
	FACT("prlimit LOCKS, bad pointer", syscall(SYS_prlimit64, 0, RLIMIT_LOCKS, NULL, BAD));
	FACT("prlimit, nothing", syscall(SYS_prlimit64, 0, RLIMIT_CPU, NULL, NULL));
	FACT("prlimit of a missing process",
	     syscall(SYS_prlimit64, 999999999, RLIMIT_CPU, NULL, &l));
	FACT("NOFILE above nr_open", setrlimit(RLIMIT_NOFILE, &(struct rlimit){1, RLIM_INFINITY}));
}

static void others(void)
{
	int pipes[2];
	char b;
	struct rlimit l;

	MUST(pipe(pipes));
	pid_t pid = child();
	if (pid == 0) {
		read(pipes[0], &b, 1);
		say_limit("others: NOFILE of the child", RLIMIT_NOFILE);
		say_limit("others: LOCKS of the child", RLIMIT_LOCKS);
		_exit(0);
	}
	FACT("others: prlimit of a child",
	     prlimit(pid, RLIMIT_NOFILE, &(struct rlimit){50, 60}, &l));
	FACT("others: prlimit LOCKS of a child",
	     prlimit(pid, RLIMIT_LOCKS, &(struct rlimit){70, 80}, &l));
	FACT("others: read it", prlimit(pid, RLIMIT_LOCKS, NULL, &l));
	say("  %ld %ld", (long)l.rlim_cur, (long)l.rlim_max);
	pid_t user = child();
	if (user == 0) {
		become(USER);
		FACT("user: prlimit of root's process", prlimit(pid, RLIMIT_NOFILE, NULL, &l));
		FACT("user: prlimit LOCKS of root's process", prlimit(pid, RLIMIT_LOCKS, NULL, &l));
		FACT("user: of its own", prlimit(getpid(), RLIMIT_NOFILE, NULL, &l));
		FACT("user: raise a hard limit",
		     setrlimit(RLIMIT_NOFILE, &(struct rlimit){1, 100000}));
		FACT("user: lower a hard limit",
		     setrlimit(RLIMIT_NOFILE, &(struct rlimit){100, 100}));
		_exit(0);
	}
	say_end("user", user);
	write(pipes[1], "x", 1);
	say_end("child", pid);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		say_limit("after exec: LOCKS", RLIMIT_LOCKS);
		return 0;
	}
	start("resource_limits");
	in_child("all", all);
	in_child("locks", locks);
	in_child("errors", errors);
	in_child("others", others);
	return 0;
}
