/* What a program finds about the machine's memory: /proc/meminfo, vmstat, zones, huge pages, nodes.
 */
#include "facts.h"
#include <sys/sysinfo.h>

static char b[65536];

static long value(const char *path, const char *name)
{
	char *at = b;

	if (get_file(path, b, sizeof(b)) < 0)
		return -1;
	size_t n = strlen(name);
	while (strncmp(at, name, n) || (at[n] != ' ' && at[n] != ':')) {
		at = strchr(at, '\n');
		if (!at || !*++at)
			return -2;
	}
	return strtol(at + n + strspn(at + n, ": "), NULL, 10);
}

static void names_in(const char *path, const char *const *names)
{
	for (; *names; names++)
		say("%s has %s: %d", path, *names, value(path, *names) >= 0);
}

int main(void)
{
	static const char *const meminfo[] = {"MemTotal",
					      "MemFree",
					      "MemAvailable",
					      "Buffers",
					      "Cached",
					      "SwapTotal",
					      "SwapFree",
					      "Shmem",
					      "Slab",
					      "SReclaimable",
					      "Committed_AS",
					      "HugePages_Total",
					      "Hugepagesize",
					      "AnonPages",
					      "Mapped",
					      "Dirty",
					      NULL};
	static const char *const vmstat[] = {"nr_free_pages", "pgpgin",	  "pgpgout",
					     "pswpin",	      "pswpout",  "pgfault",
					     "pgmajfault",    "oom_kill", NULL};
	struct sysinfo si;

	start("memory_facts");
	names_in("/proc/meminfo", meminfo);
	names_in("/proc/vmstat", vmstat);
	MUST(sysinfo(&si));
	say("sysinfo and meminfo agree: %d",
	    (long)(si.totalram * si.mem_unit >> 10) == value("/proc/meminfo", "MemTotal"));
	say("free is not more than all: %d",
	    value("/proc/meminfo", "MemAvailable") <= value("/proc/meminfo", "MemTotal"));
	say("the C library agrees: %d",
	    sysconf(_SC_PHYS_PAGES) * 4 == value("/proc/meminfo", "MemTotal"));
	FACT("HugePages_Total", value("/proc/meminfo", "HugePages_Total"));
	FACT("Hugepagesize", value("/proc/meminfo", "Hugepagesize"));
	FACT("zoneinfo is there", access("/proc/zoneinfo", F_OK));
	FACT("buddyinfo is there", access("/proc/buddyinfo", F_OK));
	FACT("pagetypeinfo is there", access("/proc/pagetypeinfo", F_OK));
	FACT("slabinfo is there", access("/proc/slabinfo", F_OK));
	FACT("node0", access("/sys/devices/system/node/node0", F_OK));
	FACT("  its processors",
	     get_file("/sys/devices/system/node/node0/cpulist", b, sizeof(b)) > 0);
	FACT("  online nodes", get_file("/sys/devices/system/node/online", b, sizeof(b)));
	say("    %s", strtok(b, "\n") ?: "");
	FACT("transparent huge pages",
	     get_file("/sys/kernel/mm/transparent_hugepage/enabled", b, sizeof(b)) > 0);
	void *huge = mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	say("a huge page: %s", huge == MAP_FAILED ? errno_name(errno) : "ok");
	long before = value("/proc/self/status", "VmRSS");
	memset(mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 1,
	       16 << 20);
	say("VmRSS grows by what is touched: %d",
	    value("/proc/self/status", "VmRSS") - before > 15000);
	say("VmHWM is not less: %d",
	    value("/proc/self/status", "VmHWM") >= value("/proc/self/status", "VmRSS") - 1000);
	get_file("/proc/self/statm", b, sizeof(b));
	long pages = strtol(strchr(b, ' '), NULL, 10);
	say("statm agrees: %d", labs(pages * 4 - value("/proc/self/status", "VmRSS")) < 2000);
	FACT("smaps_rollup's Rss", value("/proc/self/smaps_rollup", "Rss") > 15000);
	return 0;
}
