/* The files of /proc itself: that they are there, how they may be opened, the form of their lines.
 */
#include "facts.h"

static char b[1 << 20];

/* A line with every number as N, so that only its form is left. */
static void say_form(const char *label, const char *line)
{
	char form[512];
	size_t used = 0;

	for (const char *p = line; *p && *p != '\n' && used < sizeof(form) - 2;) {
		if (*p >= '0' && *p <= '9') {
			p += strspn(p, "0123456789");
			form[used++] = 'N';
		} else if (*p == ' ') {
			p += strspn(p, " ");
			form[used++] = ' ';
		} else {
			form[used++] = *p++;
		}
	}
	form[used] = '\0';
	say("%s: %s", label, form);
}

static void all(void)
{
	static const char *const names[] = {
	    "cgroups",	    "cpuinfo",	     "crypto",		"devices",	  "diskstats",
	    "execdomains",  "filesystems",   "interrupts",	"key-users",	  "keys",
	    "loadavg",	    "locks",	     "meminfo",		"partitions",	  "softirqs",
	    "stat",	    "swaps",	     "uptime",		"version",	  "vmstat",
	    "pressure/cpu", "pressure/io",   "pressure/memory", "sysvipc/msg",	  "sysvipc/sem",
	    "sysvipc/shm",  "tty/drivers",   "mounts",		"self/mountinfo", "self/mountstats",
	    "net/arp",	    "net/dev",	     "net/tcp",		"net/tcp6",	  "net/udp",
	    "net/udp6",	    "net/unix",	     "net/route",	"net/if_inet6",	  "net/snmp",
	    "net/snmp6",    "net/netstat",   "net/sockstat",	"net/sockstat6",  "net/protocols",
	    "net/packet",   "net/igmp",	     "net/fib_trie",	"net/ipv6_route", "net/raw",
	    "net/netlink",  "net/dev_mcast", "missing"};
	for (size_t i = 0; i < sizeof(names) / sizeof *names; i++) {
		char path[64];
		struct stat st;
		snprintf(path, sizeof(path), "/proc/%s", names[i]);
		ssize_t n = get_file(path, b, sizeof(b));
		say("%s: %s", names[i], n < 0 ? errno_name(errno) : "read");
		if (stat(path, &st) == 0)
			say("  size %ld owner %u:%u", (long)st.st_size, st.st_uid, st.st_gid);
	}
}

/* The first line of each. */
static void forms(void)
{
	static const char *const names[] = {
	    "loadavg",	   "uptime",	    "swaps",	   "partitions",     "cgroups",
	    "sysvipc/msg", "sysvipc/sem",   "sysvipc/shm", "net/arp",	     "net/tcp",
	    "net/udp",	   "net/unix",	    "net/route",   "net/dev",	     "net/snmp",
	    "net/netlink", "net/protocols", "execdomains", "pressure/memory"};
	for (size_t i = 0; i < sizeof(names) / sizeof *names; i++) {
		char path[64];
		snprintf(path, sizeof(path), "/proc/%s", names[i]);
		if (get_file(path, b, sizeof(b)) >= 0)
			say_form(names[i], b);
	}
}

/* The names at the beginning of the lines. */
static void names_of(const char *file, const char *end)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%s", file);
	MUST(get_file(path, b, sizeof(b)));
	for (char *line = strtok(b, "\n"); line; line = strtok(NULL, "\n"))
		say("%s has %.*s", file, (int)strcspn(line, end), line);
}

static void by_user(void)
{
	FD("user: reading meminfo", open("/proc/meminfo", O_RDONLY));
	FACT("user: writing meminfo", open("/proc/meminfo", O_WRONLY));
	FACT("user: writing uptime", open("/proc/uptime", O_RDWR | O_TRUNC));
	FACT("user: writing net/dev", open("/proc/net/dev", O_WRONLY));
	FD("user: reading net/tcp", open("/proc/net/tcp", O_RDONLY));
	FACT("user: the memory map of others", open("/proc/1/maps", O_RDONLY));
	FD("user: the command of others", open("/proc/1/cmdline", O_RDONLY));
}

int main(void)
{
	start("proc_root");
	all();
	forms();
	names_of("meminfo", ":");
	names_of("stat", " ");
	names_of("vmstat", " ");
	MUST(get_file("/proc/stat", b, sizeof(b)));
	say_form("cpu", b);
	MUST(get_file("/proc/cpuinfo", b, sizeof(b)));
	int cpus = 0;
	for (char *p = b; (p = strstr(p, "processor\t:")); p++)
		cpus++;
	FACT("as many processors as may be used", cpus == sysconf(_SC_NPROCESSORS_ONLN));
	as_user("user", by_user);
	return 0;
}
