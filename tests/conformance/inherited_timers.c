/* Timers and clocks across fork, exec and threads; absolute ones, overruns, deleted ones. */
#include "facts.h"
#include <pthread.h>
#include <sys/time.h>
#include <sys/timerfd.h>

static volatile sig_atomic_t ticks, thread_of_tick, overruns;
static timer_t timer;

static void tick(int signal, siginfo_t *si, void *context)
{
	ticks++;
	thread_of_tick = gettid();
	overruns = si->si_code == SI_TIMER ? si->si_overrun : -1;
}

static void arm(int signal)
{
	sigaction(signal, &(struct sigaction){.sa_sigaction = tick, .sa_flags = SA_SIGINFO}, NULL);
	ticks = 0;
}

static void across_fork(void)
{
	struct itimerval t = {{0, 0}, {5, 0}}, seen;
	struct itimerspec p = {{0, 0}, {5, 0}}, rest;

	setitimer(ITIMER_REAL, &t, NULL);
	setitimer(ITIMER_PROF, &t, NULL);
	timer_create(CLOCK_MONOTONIC, NULL, &timer);
	timer_settime(timer, 0, &p, NULL);
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	timerfd_settime(fd, 0, &p, NULL);
	pid_t pid = fork();
	if (pid == 0) {
		getitimer(ITIMER_REAL, &seen);
		FACT("the child has no alarm", seen.it_value.tv_sec + seen.it_value.tv_usec);
		getitimer(ITIMER_PROF, &seen);
		FACT("nor a profiling timer", seen.it_value.tv_sec + seen.it_value.tv_usec);
		FACT("nor POSIX timers", timer_gettime(timer, &rest));
		FACT("but descriptors", timerfd_gettime(fd, &rest));
		say("  some seconds are left: %d", rest.it_value.tv_sec >= 3);
		_exit(0);
	}
	say_end("child", pid);
	FACT("the parent keeps its alarm", alarm(0) >= 4);
}

static void across_exec(void)
{
	char fd[16];
	struct itimerspec p = {{0, 0}, {100, 0}};

	timer_create(CLOCK_MONOTONIC, NULL, &timer);
	int n = timerfd_create(CLOCK_MONOTONIC, 0);
	timerfd_settime(n, 0, &p, NULL);
	snprintf(fd, sizeof(fd), "%d", n);
	setitimer(ITIMER_VIRTUAL, &(struct itimerval){{0, 0}, {7, 0}}, NULL);
	alarm(200);
	execl("/conformance/inherited_timers", "inherited_timers", fd, NULL);
}

static int report(int fd)
{
	struct itimerval seen;
	struct itimerspec rest;

	FACT("after exec, the alarm", alarm(0) >= 198);
	getitimer(ITIMER_VIRTUAL, &seen);
	FACT("  the virtual timer", seen.it_value.tv_sec >= 5);
	FACT("  no POSIX timer", syscall(SYS_timer_gettime, 0, &rest));
	FACT("  the descriptor", timerfd_gettime(fd, &rest));
	say("    it runs: %d", rest.it_value.tv_sec >= 98);
	return 0;
}

static void absolute(void)
{
	struct timespec now, then;
	struct itimerspec t = {0};
	uint64_t n = 0;
	int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);

	clock_gettime(CLOCK_MONOTONIC, &now);
	then = now;
	then.tv_nsec += 30000000;
	if (then.tv_nsec >= 1000000000)
		then.tv_sec++, then.tv_nsec -= 1000000000;
	FACT("until", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL));
	clock_gettime(CLOCK_MONOTONIC, &now);
	FACT("  not before", now.tv_sec > then.tv_sec || now.tv_nsec >= then.tv_nsec);
	FACT("bad nanoseconds",
	     clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){0, 1000000000}, NULL));
	FACT("a bad clock", clock_nanosleep(77, 0, &then, NULL));
	FACT("bad flags are none", clock_nanosleep(CLOCK_MONOTONIC, 2 | TIMER_ABSTIME, &now, NULL));
	FACT("boottime", clock_nanosleep(CLOCK_BOOTTIME, 0, &(struct timespec){0, 1000}, NULL));
	FACT("tai", clock_nanosleep(CLOCK_TAI, 0, &(struct timespec){0, 1000}, NULL));
	FACT("the thread's clock", clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &now, NULL));
	t.it_value.tv_sec = 1;
	FACT("a time long ago", timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL));
	sleep_ms(10);
	FACT("  has come", read(fd, &n, sizeof(n)));
	say("  %lu", (unsigned long)n);
	t.it_interval.tv_nsec = 999999999;
	t.it_value.tv_sec = 100;
	FACT("TFD_TIMER_CANCEL_ON_SET",
	     timerfd_settime(fd, 3, &(struct itimerspec){{0, 0}, {2000000000, 0}}, NULL));
	FACT("bad flags", timerfd_settime(fd, 8, &t, NULL));
	t.it_value.tv_nsec = -1;
	FACT("bad value", timerfd_settime(fd, 0, &t, NULL));
	FACT("not set, not ready", read(fd, &n, sizeof(n)));
	FACT("write", write(fd, &n, sizeof(n)));
	FACT("lseek", lseek(fd, 0, SEEK_SET));
}

static void overrun(void)
{
	sigset_t set;
	struct itimerspec t = {{0, 1000000}, {0, 1000000}};

	arm(SIGUSR1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	timer_create(CLOCK_MONOTONIC,
		     &(struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1},
		     &timer);
	timer_settime(timer, 0, &t, NULL);
	sleep_ms(50);
	timer_settime(timer, 0, &(struct itimerspec){0}, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	say("one signal for many expirations: %d, overruns %d", ticks <= 1,
	    ticks == 0 || overruns > 10);
	FACT("timer_delete", timer_delete(timer));
	FACT("none sigev_notify",
	     timer_create(CLOCK_MONOTONIC, &(struct sigevent){.sigev_notify = SIGEV_NONE}, &timer));
	FACT("a bad notification", syscall(SYS_timer_create, CLOCK_MONOTONIC,
					   &(struct sigevent){.sigev_notify = 77}, &timer));
	FACT("a bad signal",
	     syscall(SYS_timer_create, CLOCK_MONOTONIC,
		     &(struct sigevent){.sigev_notify = 0, .sigev_signo = 99}, &timer));
	FACT("bad times",
	     timer_settime(timer, 0, &(struct itimerspec){{0, 0}, {0, 1000000000}}, NULL));
}

static void *owns_a_timer(void *arg)
{
	struct sigevent e = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR2};
	struct itimerspec t = {{0, 0}, {0, 5000000}};

	e._sigev_un._tid = gettid();
	FACT("SIGEV_THREAD_ID", timer_create(CLOCK_MONOTONIC, &e, &timer));
	timer_settime(timer, 0, &t, NULL);
	while (!ticks)
		sleep_ms(1);
	say("the tick came here: %d", thread_of_tick == gettid());
	e._sigev_un._tid = 1;
	FACT("for another process", syscall(SYS_timer_create, CLOCK_MONOTONIC, &e, &timer));
	return NULL;
}

static void by_threads(void)
{
	pthread_t thread;

	arm(SIGUSR2);
	pthread_create(&thread, NULL, owns_a_timer, NULL);
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return report(atoi(argv[1]));
	start("inherited_timers");
	in_child("across fork", across_fork);
	in_child("across exec", across_exec);
	in_child("absolute", absolute);
	in_child("overrun", overrun);
	in_child("threads", by_threads);
	return 0;
}
