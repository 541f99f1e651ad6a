/* CPU time: its clocks, usage, RLIMIT_CPU and its signals. */
#include "facts.h"
#include <pthread.h>
#include <sys/time.h>

static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
	signals++;
}

/* Uses the processor, in user mode for the most part: ITIMER_VIRTUAL counts that alone. */
static void burn(long ms)
{
	struct timespec t;

	do {
		for (volatile int i = 0; i < 100000; i++)
			;
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	} while (t.tv_sec * 1000 + t.tv_nsec / 1000000 < ms);
}

static void on_limit(int sig)
{
	say("SIG%s", sigabbrev_np(sig));
	signal(SIGXCPU, SIG_IGN);
}

static void handled(void)
{
	alarm(55);
	signal(SIGXCPU, on_limit);
	MUST(setrlimit(RLIMIT_CPU, &(struct rlimit){1, 2}));
	burn(5000);
}

static void *thread(void *arg)
{
	struct timespec t;
	clockid_t clock;

	FACT("thread: clock", pthread_getcpuclockid(pthread_self(), &clock));
	FACT("thread: read", clock_gettime(clock, &t));
	FACT("thread: little", t.tv_sec);
	return arg;
}

static void clocks(void)
{
	struct timespec t, own;
	clockid_t clock;
	pthread_t id;

	FACT("resolution", clock_getres(CLOCK_PROCESS_CPUTIME_ID, &t));
	say("  %ld ns", t.tv_nsec);
	burn(50);
	FACT("process", clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own));
	FACT("own clock", clock_getcpuclockid(0, &clock));
	FACT("  read", clock_gettime(clock, &t));
	FACT("  goes on",
	     t.tv_sec * 1000000000L + t.tv_nsec >= own.tv_sec * 1000000000L + own.tv_nsec);
	FACT("by number", clock_getcpuclockid(getpid(), &clock));
	FACT("  read", clock_gettime(clock, &t));
	FACT("of process 1", clock_getcpuclockid(1, &clock));
	FACT("  read", clock_gettime(clock, &t));
	FACT("of nobody", clock_getcpuclockid(999999999, &clock));
	FACT("set it", clock_settime(CLOCK_PROCESS_CPUTIME_ID, &t));
	pthread_create(&id, NULL, thread, NULL);
	pthread_join(id, NULL);
}

static void timers(void)
{
	struct itimerval it = {.it_value.tv_usec = 20000};

	signal(SIGVTALRM, on_signal);
	signal(SIGPROF, on_signal);
	FACT("ITIMER_VIRTUAL", setitimer(ITIMER_VIRTUAL, &it, NULL));
	burn(100);
	FACT("signalled", signals);
	FACT("ITIMER_PROF", setitimer(ITIMER_PROF, &it, NULL));
	burn(200);
	FACT("signalled", signals);
	FACT("getitimer", getitimer(ITIMER_PROF, &it));
	say("  left %ld", it.it_value.tv_sec * 1000000L + it.it_value.tv_usec);
}

static long used_ms(const struct rusage *u)
{
	return (u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1000 +
	       (u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1000;
}

static void usage(void)
{
	struct rusage u;
	static char used[4 << 20];

	/* The kernel counts pages by processor, and sums up only what has become many. */
	memset(used, 1, sizeof used);
	FACT("self", getrusage(RUSAGE_SELF, &u));
	FACT("  memory", u.ru_maxrss > 0);
	FACT("  faults", u.ru_minflt > 0);
	FACT("thread", getrusage(RUSAGE_THREAD, &u));
	FACT("children", getrusage(RUSAGE_CHILDREN, &u));
	FACT("  time", used_ms(&u));
	pid_t pid = child();
	if (pid == 0) {
		burn(250);
		_exit(0);
	}
	int status;
	FACT("wait4", wait4(pid, &status, 0, &u) == pid);
	FACT("  time", used_ms(&u) >= 200);
	getrusage(RUSAGE_CHILDREN, &u);
	FACT("children then", used_ms(&u) >= 200);
	FACT("nobody's", getrusage(99, &u));
}

int main(void)
{
	start("cpu_limits");
	alarm(55); /* two seconds of a processor, on a machine that may be busy */
	MUST(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}));
	in_child("clocks", clocks);
	in_child("timers", timers);
	in_child("usage", usage);
	in_child("handled", handled);
	return 0;
}
