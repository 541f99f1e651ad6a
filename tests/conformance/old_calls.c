/* Calls by their old numbers, those that Linux has given up or never had, and numbers of no call.
 */
#include "facts.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/time.h>

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

static void still_there(void)
{
	struct timeval t = {0, 1000}, now;
	struct timezone zone = {-1, -1};
	sigset_t set;
	fd_set r;
	int p[2], fd;
	uint64_t value = 0;

	MUST(syscall(SYS_pipe, p));
	FD_ZERO(&r);
	FD_SET(p[0], &r);
	FACT("select, a time", syscall(SYS_select, p[0] + 1, &r, NULL, NULL, &t));
	say("  what is left of it: %ld", t.tv_sec + t.tv_usec);
	FD_SET(p[0], &r);
	write(p[1], "x", 1);
	FACT("select, ready", syscall(SYS_select, p[0] + 1, &r, NULL, NULL, NULL));
	FACT("gettimeofday", syscall(SYS_gettimeofday, &now, &zone));
	say("  a zone %d %d", zone.tz_minuteswest, zone.tz_dsttime);
	FACT("gettimeofday, nowhere", syscall(SYS_gettimeofday, BAD, NULL));
	FACT("time", labs(syscall(SYS_time, NULL) - now.tv_sec) <= 1);
	FACT("time, nowhere", syscall(SYS_time, BAD));
	FACT("sync", syscall(SYS_sync));
	FD("inotify_init", syscall(SYS_inotify_init));
	FACT("eventfd", (fd = (int)syscall(SYS_eventfd, 5)) >= 0);
	FACT("  read", read(fd, &value, 8));
	say("  %lu", (unsigned long)value);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	FACT("signalfd", (fd = (int)syscall(SYS_signalfd, -1, &set, 8)) >= 0);
	raise(SIGUSR1);
	struct signalfd_siginfo si;
	FACT("  read", read(fd, &si, sizeof(si)));
	FACT("  F_GETFD", fcntl(fd, F_GETFD));
	FACT("restart_syscall without one", syscall(SYS_restart_syscall));
}

static void scheduling(void)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} a = {.size = sizeof(a), .nice = 5}, seen = {0};

	FACT("sched_setattr", syscall(SYS_sched_setattr, 0, &a, 0));
	FACT("sched_getattr", syscall(SYS_sched_getattr, 0, &seen, sizeof(seen), 0));
	say("  policy %u nice %d size %u", seen.policy, seen.nice, seen.size);
	FACT("  too small", syscall(SYS_sched_getattr, 0, &seen, 8, 0));
	FACT("  bad flags", syscall(SYS_sched_getattr, 0, &seen, sizeof(seen), 1));
	FACT("  of nobody", syscall(SYS_sched_getattr, 999999, &seen, sizeof(seen), 0));
	a.policy = 77;
	FACT("a bad policy", syscall(SYS_sched_setattr, 0, &a, 0));
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FACT("mseal", syscall(SYS_mseal, page, 4096, 0));
	FACT("  then mprotect", mprotect(page, 4096, PROT_READ | PROT_WRITE));
}

static void gone(void)
{
	static const struct {
		const char *name;
		long number;
	} calls[] = {{"uselib", SYS_uselib},
		     {"_sysctl", SYS__sysctl},
		     {"create_module", SYS_create_module},
		     {"get_kernel_syms", SYS_get_kernel_syms},
		     {"query_module", SYS_query_module},
		     {"nfsservctl", SYS_nfsservctl},
		     {"getpmsg", SYS_getpmsg},
		     {"putpmsg", SYS_putpmsg},
		     {"afs_syscall", SYS_afs_syscall},
		     {"tuxcall", SYS_tuxcall},
		     {"security", SYS_security},
		     {"set_thread_area", SYS_set_thread_area},
		     {"get_thread_area", SYS_get_thread_area},
		     {"lookup_dcookie", SYS_lookup_dcookie},
		     {"epoll_ctl_old", SYS_epoll_ctl_old},
		     {"epoll_wait_old", SYS_epoll_wait_old},
		     {"vserver", SYS_vserver}};
	int wrong = 0;

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		FACT(calls[i].name, syscall(calls[i].number, -1, 0, 0, 0, 0, 0));
	for (long number = 337; number < 424; number++)
		wrong += syscall(number, -1, -1, -1, -1, -1, -1) != -1 || errno != ENOSYS;
	FACT("numbers of no call that are one", wrong);
	FACT("a large number", syscall(100000));
	FACT("-1", syscall(-1));
}

int main(void)
{
	start("old_calls");
	in_child("still there", still_there);
	in_child("scheduling", scheduling);
	in_child("gone", gone);
	return 0;
}
