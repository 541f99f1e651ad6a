/* uname, sysinfo, host and domain name, times, usage: shapes and relations. */
#include "facts.h"
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>

static void names(void)
{
	struct utsname u;
	char b[100];

	FACT("uname", uname(&u));
	say("sysname %s nodename %s machine %s", u.sysname, u.nodename, u.machine);
	say("release %s", u.release);
	FACT("uname, bad pointer", syscall(SYS_uname, BAD));
	FACT("gethostname", gethostname(b, sizeof(b)));
	say("  %s", b);
	FACT("gethostname, 3 bytes", gethostname(b, 3));
	FACT("sethostname", sethostname("another", 7));
	uname(&u);
	say("nodename %s", u.nodename);
	get_file("/proc/sys/kernel/hostname", b, sizeof(b));
	say("/proc/sys/kernel/hostname: %.*s", (int)strcspn(b, "\n"), b);
	FACT("sethostname of 65", sethostname(repeat('x', 65), 65));
	FACT("sethostname of 64", sethostname(repeat('x', 64), 64));
	FACT("sethostname -1", sethostname("x", (size_t)-1));
	FACT("sethostname, bad pointer", syscall(SYS_sethostname, BAD, 5));
	FACT("sethostname back", sethostname("conformance", 11));
	FACT("setdomainname", setdomainname("domain", 6));
	uname(&u);
	say("domainname %s", u.domainname);
	FACT("setdomainname back", setdomainname("(none)", 6));
	get_file("/proc/sys/kernel/osrelease", b, sizeof(b));
	FACT("osrelease is the release", strncmp(b, u.release, strlen(u.release)) == 0);
}

static void by_user(void)
{
	FACT("user: sethostname", sethostname("x", 1));
	FACT("user: setdomainname", setdomainname("x", 1));
	FACT("user: settimeofday", settimeofday(&(struct timeval){0, 0}, NULL));
	FACT("user: clock_settime", clock_settime(CLOCK_REALTIME, &(struct timespec){0, 0}));
	FACT("user: reboot", syscall(SYS_reboot, 0, 0, 0, NULL));
	FACT("user: acct", syscall(SYS_acct, NULL));
	FACT("user: swapon", syscall(SYS_swapon, "/missing", 0));
	FACT("user: vhangup", syscall(SYS_vhangup));
	FACT("user: mount", syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL));
	FACT("user: umount", syscall(SYS_umount2, "/tmp", 0));
	FACT("user: pivot_root", syscall(SYS_pivot_root, ".", "."));
}

static void numbers(void)
{
	struct sysinfo s;
	struct timeval tv;
	struct timespec a, b;
	struct rusage u;
	struct tms t;
	unsigned cpu, node;

	FACT("sysinfo", sysinfo(&s));
	FACT("memory is plausible", s.totalram > 0 && s.freeram <= s.totalram && s.mem_unit == 1);
	FACT("uptime is plausible", s.uptime > 0);
	FACT("processes are plausible", s.procs > 0);
	FACT("sysinfo, bad pointer", syscall(SYS_sysinfo, BAD));
	FACT("processors configured", sysconf(_SC_NPROCESSORS_CONF) > 0);
	FACT("processors online",
	     sysconf(_SC_NPROCESSORS_ONLN) > 0 &&
		 sysconf(_SC_NPROCESSORS_ONLN) <= sysconf(_SC_NPROCESSORS_CONF));
	FACT("pages", sysconf(_SC_PHYS_PAGES) > 0);
	gettimeofday(&tv, NULL);
	FACT("the year is plausible", tv.tv_sec > 1600000000);
	clock_gettime(CLOCK_MONOTONIC, &a);
	clock_gettime(CLOCK_MONOTONIC, &b);
	FACT("time goes on",
	     b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
	FACT("resolution", (clock_getres(CLOCK_MONOTONIC, &a), a.tv_nsec));
	FACT("boot time", clock_gettime(CLOCK_BOOTTIME, &a));
	FACT("process time", clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a));
	FACT("a clock that does not exist", clock_gettime(99, &a));
	FACT("time and gettimeofday", labs(time(NULL) - tv.tv_sec) < 5);
	FACT("getrusage", getrusage(RUSAGE_SELF, &u));
	FACT("resident memory is plausible", u.ru_maxrss > 100);
	FACT("getrusage, bad who", getrusage(77, &u));
	FACT("times", times(&t) != -1);
	FACT("getcpu", syscall(SYS_getcpu, &cpu, &node, NULL));
	FACT("random bytes", syscall(SYS_getrandom, &cpu, sizeof(cpu), 0));
	FACT("random bytes, bad flags", syscall(SYS_getrandom, &cpu, sizeof(cpu), 77));
	FACT("random bytes, bad pointer", syscall(SYS_getrandom, BAD, 10, 0));
	FACT("personality", syscall(SYS_personality, 0xffffffff));
	FACT("an unknown system call", syscall(1000));
	FACT("system call -1", syscall(-1));
}

int main(void)
{
	start("system_facts");
	names();
	as_user("user", by_user);
	numbers();
	return 0;
}
