/* Clocks: those of the vDSO and by system call, resolutions, sleeping until, the vsyscall page. */
#include "facts.h"
#include <sys/time.h>
#include <sys/timex.h>

static void by_vsyscall(void)
{
	time_t (*old)(time_t *) = (time_t(*)(time_t *))0xffffffffff600400;
	time_t before = time(NULL), t = old(NULL);

	FACT("vsyscall: time", t >= before && t <= before + 5);
}

int main(void)
{
	static const struct {
		const char *name;
		clockid_t id;
	} clocks[] = {{"realtime", CLOCK_REALTIME},
		      {"monotonic", CLOCK_MONOTONIC},
		      {"raw", CLOCK_MONOTONIC_RAW},
		      {"realtime coarse", CLOCK_REALTIME_COARSE},
		      {"monotonic coarse", CLOCK_MONOTONIC_COARSE},
		      {"boot", CLOCK_BOOTTIME},
		      {"tai", CLOCK_TAI},
		      {"process", CLOCK_PROCESS_CPUTIME_ID},
		      {"thread", CLOCK_THREAD_CPUTIME_ID},
		      {"realtime alarm", CLOCK_REALTIME_ALARM},
		      {"none", 77}};
	struct timespec t, u;
	struct timeval tv;

	start("clock_calls");
	for (size_t i = 0; i < sizeof(clocks) / sizeof *clocks; i++) {
		say("%s", clocks[i].name);
		FACT("  read", clock_gettime(clocks[i].id, &t));
		FACT("  by system call", syscall(SYS_clock_gettime, clocks[i].id, &u));
		FACT("  resolution", clock_getres(clocks[i].id, &t));
		if (i < 5)
			say("    %ld", t.tv_nsec);
	}
	FACT("bad pointer", syscall(SYS_clock_gettime, CLOCK_REALTIME, BAD));
	FACT("gettimeofday", gettimeofday(&tv, NULL));
	FACT("time", time(NULL) - tv.tv_sec <= 5);
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += 20000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	FACT("sleep until", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL));
	clock_gettime(CLOCK_MONOTONIC, &u);
	FACT("it is later",
	     u.tv_sec > t.tv_sec || (u.tv_sec == t.tv_sec && u.tv_nsec >= t.tv_nsec));
	FACT("sleep on the thread's", clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, NULL));
	FACT("bad time", nanosleep(&(struct timespec){0, 1000000000}, NULL));
	FACT("negative", nanosleep(&(struct timespec){-1, 0}, NULL));
	in_child("vsyscall", by_vsyscall);
	return 0;
}
