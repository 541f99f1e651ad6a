/* Locked memory within RLIMIT_MEMLOCK, as a user, whom no privilege helps. */
#include "facts.h"

#define PAGE 4096L
static char b[65536];

static long status_kb(const char *name)
{
	get_file("/proc/self/status", b, sizeof(b));
	char *line = strstr(b, name);
	return line ? strtol(line + strlen(name) + 1, NULL, 10) : -1;
}

static void limited(void)
{
	MUST(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){16 * PAGE, 16 * PAGE}));
	char *p = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FACT("nothing is locked", status_kb("VmLck"));
	FACT("mlock of as much", mlock(p, 16 * (size_t)PAGE));
	FACT("  VmLck", status_kb("VmLck"));
	FACT("one page more", mlock(p + 16 * PAGE, (size_t)PAGE));
	FACT("the same again", mlock(p, 16 * (size_t)PAGE));
	FACT("munlock a part", munlock(p, 4 * (size_t)PAGE));
	FACT("  VmLck", status_kb("VmLck"));
	FACT("mlock2 on fault", mlock2(p + 32 * PAGE, 4 * (size_t)PAGE, MLOCK_ONFAULT));
	FACT("mlock2, bad flags", mlock2(p, (size_t)PAGE, 2));
	unsigned char v[4];
	FACT("mincore", mincore(p + 32 * PAGE, 4 * (size_t)PAGE, v));
	say("  not there yet: %d", v[0] & 1);
	p[32 * PAGE] = 1;
	mincore(p + 32 * PAGE, 4 * (size_t)PAGE, v);
	say("  one is: %d %d", v[0] & 1, v[1] & 1);
	OK("MAP_LOCKED beyond", mmap(NULL, 32 * (size_t)PAGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0));
	FACT("munlockall", munlockall());
	FACT("  VmLck", status_kb("VmLck"));
	OK("MAP_LOCKED within", mmap(NULL, 4 * (size_t)PAGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0));
	FACT("  VmLck", status_kb("VmLck"));
	FACT("mlock of nothing", mlock((void *)0x10000, (size_t)PAGE));
	FACT("mlock that overflows", mlock((void *)(UINTPTR_MAX - 4095), 8192));
	FACT("mlock of no bytes", mlock(p, 0));
	FACT("mlockall of all", mlockall(MCL_CURRENT));
	FACT("mlockall of the future", mlockall(MCL_FUTURE));
	OK("mmap beyond then", mmap(NULL, 32 * (size_t)PAGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	FACT("munlockall", munlockall());
	FACT("mlockall, nothing", mlockall(0));
	FACT("mlockall, bad flags", mlockall(64));
	FACT("mlockall on fault alone", mlockall(MCL_ONFAULT));
	FACT("MADV_DONTNEED of locked ones",
	     (mlock(p, (size_t)PAGE), madvise(p, PAGE, MADV_DONTNEED)));
	pid_t pid = child();
	if (pid == 0) {
		FACT("a child has none locked", status_kb("VmLck"));
		_exit(0);
	}
	say_end("child", pid);
	FACT("the limit cannot grow",
	     setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){17 * PAGE, 17 * PAGE}));
	MUST(setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){0, 16 * PAGE}));
	munlockall();
	FACT("a limit of 0", mlock(p, (size_t)PAGE));
	FACT("  mlockall", mlockall(MCL_CURRENT));
}

int main(void)
{
	start("memory_locks");
	as_user("limited", limited);
	return 0;
}
