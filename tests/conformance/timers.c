/* alarm, interval timers, POSIX timers, timerfd, sleeping. */
#include "facts.h"
#include <sys/time.h>
#include <sys/timerfd.h>

static volatile sig_atomic_t ticks, value;

static void tick(int signal, siginfo_t *si, void *context)
{
	ticks++;
	value = si->si_value.sival_int;
}

static void arm(int signal)
{
	struct sigaction sa = {.sa_sigaction = tick, .sa_flags = SA_SIGINFO};

	sigaction(signal, &sa, NULL);
	ticks = 0;
}

static void old(void)
{
	struct itimerval t = {{0, 0}, {0, 20000}};

	FACT("alarm gives the rest", alarm(100) > 0);
	FACT("alarm 0 gives the rest", alarm(0));
	FACT("alarm gives nothing", alarm(50));
	alarm(0);
	arm(SIGALRM);
	FACT("setitimer", setitimer(ITIMER_REAL, &t, NULL));
	FACT("pause", pause());
	FACT("ticks", ticks);
	t.it_interval.tv_usec = 10000;
	setitimer(ITIMER_REAL, &t, NULL);
	while (ticks < 4)
		pause();
	FACT("ticks", ticks >= 4);
	t = (struct itimerval){0};
	setitimer(ITIMER_REAL, &t, NULL);
	FACT("bad timer", setitimer(99, &t, NULL));
	t.it_value.tv_usec = 1000000;
	FACT("bad microseconds", setitimer(ITIMER_REAL, &t, NULL));
	FACT("bad pointer", syscall(SYS_setitimer, ITIMER_REAL, BAD, NULL));
	arm(SIGVTALRM);
	t = (struct itimerval){{0, 0}, {0, 10000}};
	setitimer(ITIMER_VIRTUAL, &t, NULL);
	while (!ticks)
		;
	FACT("virtual timer", ticks);
	alarm(SECONDS);
}

static void posix(void)
{
	struct sigevent e = {
	    .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 42};
	struct itimerspec t = {{0, 0}, {0, 10000000}}, rest;
	timer_t id;

	arm(SIGRTMIN);
	FACT("timer_create", timer_create(CLOCK_MONOTONIC, &e, &id));
	FACT("timer_settime", timer_settime(id, 0, &t, NULL));
	while (!ticks)
		pause();
	say("ticks %d value %d", ticks, value);
	FACT("timer_gettime", timer_gettime(id, &rest));
	FACT("  the rest", rest.it_value.tv_sec + rest.it_value.tv_nsec);
	FACT("timer_getoverrun", timer_getoverrun(id));
	FACT("timer_delete", timer_delete(id));
	FACT("timer_delete again", syscall(SYS_timer_delete, 0));
	FACT("bad clock", timer_create(99, &e, &id));
}

static void descriptors(void)
{
	struct itimerspec t = {{0, 10000000}, {0, 10000000}};
	uint64_t n = 0;
	int fd;

	FACT("timerfd_create", (fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) >= 0);
	FACT("timerfd_settime", timerfd_settime(fd, 0, &t, NULL));
	FACT("read", read(fd, &n, sizeof(n)));
	FACT("at least one", n >= 1);
	FACT("read 4 bytes", read(fd, &n, 4));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	t = (struct itimerspec){0};
	timerfd_settime(fd, 0, &t, NULL);
	FACT("disarmed", read(fd, &n, sizeof(n)));
	FACT("bad clock", timerfd_create(99, 0));
	FACT("bad flags", timerfd_create(CLOCK_MONOTONIC, 1));
	FACT("settime of another descriptor", timerfd_settime(0, 0, &t, NULL));
}

static void sleeping(void)
{
	struct timespec t = {0, 20000000}, a, z;

	clock_gettime(CLOCK_MONOTONIC, &a);
	FACT("nanosleep", nanosleep(&t, NULL));
	FACT("clock_nanosleep", clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL));
	clock_gettime(CLOCK_MONOTONIC, &z);
	FACT("it took its time",
	     (z.tv_sec - a.tv_sec) * 1000 + (z.tv_nsec - a.tv_nsec) / 1000000 >= 40);
	FACT("absolute in the past", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &a, NULL));
	t.tv_nsec = 1000000000;
	FACT("bad nanoseconds", nanosleep(&t, NULL));
	t.tv_nsec = -1;
	FACT("negative nanoseconds", nanosleep(&t, NULL));
	FACT("bad pointer", syscall(SYS_nanosleep, BAD, NULL));
}

static void by_alarm(void)
{
	signal(SIGALRM, SIG_DFL);
	alarm(1);
	pause();
}

static void by_processor_time(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	setrlimit(RLIMIT_CPU, &(struct rlimit){1, 2});
	for (;;)
		;
}

int main(void)
{
	start("timers");
	old();
	posix();
	descriptors();
	sleeping();
	in_child("ended by alarm", by_alarm);
	in_child("ended by the processor time limit", by_processor_time);
	return 0;
}
