/* /sys: processors, memory nodes, huge pages, and the network interfaces. */
#include "facts.h"

static char b[65536];

static void say_file(const char *path)
{
	ssize_t n = get_file(path, b, sizeof(b));
	if (n < 0) {
		say("%s: %s", path, errno_name(errno));
		return;
	}
	say("%s:", path);
	for (char *line = strtok(b, "\n"); line; line = strtok(NULL, "\n"))
		say("  %s", line);
}

static void by_user(void)
{
	FD("user: reading", open("/sys/devices/system/cpu/online", O_RDONLY));
	FD("user: a directory", open("/sys/devices/system/cpu", O_RDONLY));
	FACT("user: writing", open("/sys/devices/system/cpu/online", O_WRONLY));
}

int main(void)
{
	static const char *const files[] = {"devices/system/cpu/online",
					    "devices/system/cpu/possible",
					    "devices/system/cpu/present",
					    "devices/system/cpu/offline",
					    "devices/system/cpu/isolated",
					    "devices/system/cpu/cpu0/topology/core_id",
					    "devices/system/cpu/cpu0/topology/physical_package_id",
					    "devices/system/cpu/cpu0/topology/thread_siblings",
					    "devices/system/cpu/cpu0/topology/thread_siblings_list",
					    "devices/system/cpu/cpu0/topology/core_siblings_list",
					    "devices/system/cpu/cpu0/topology/core_cpus_list",
					    "devices/system/cpu/cpu0/topology/package_cpus_list",
					    "devices/system/cpu/cpu999",
					    "devices/system/node/online",
					    "devices/system/node/possible",
					    "devices/system/node/has_cpu",
					    "devices/system/node/node0/cpulist",
					    "devices/system/node/node0/cpumap",
					    "devices/system/node/node0/distance",
					    "kernel/mm/transparent_hugepage/hpage_pmd_size",
					    "class/net/lo/address",
					    "class/net/lo/addr_len",
					    "class/net/lo/broadcast",
					    "class/net/lo/carrier",
					    "class/net/lo/dev_id",
					    "class/net/lo/duplex",
					    "class/net/lo/flags",
					    "class/net/lo/ifalias",
					    "class/net/lo/ifindex",
					    "class/net/lo/mtu",
					    "class/net/lo/operstate",
					    "class/net/lo/speed",
					    "class/net/lo/tx_queue_len",
					    "class/net/lo/type",
					    "class/net/lo/uevent",
					    "class/net/lo/statistics/rx_bytes",
					    "class/net/lo/statistics/tx_errors",
					    "class/net/missing/mtu",
					    "power/missing",
					    "block/missing",
					    "module/missing/version"};
	char path[128];

	start("sys_files");
	for (size_t i = 0; i < sizeof(files) / sizeof *files; i++) {
		snprintf(path, sizeof(path), "/sys/%s", files[i]);
		say_file(path);
	}
	ssize_t n = readlink("/sys/class/net/lo", b, sizeof(b) - 1);
	b[n > 0 ? n : 0] = '\0';
	say("class/net/lo: %s", n < 0 ? errno_name(errno) : b);
	say_mode("class/net/lo", "/sys/class/net/lo");
	say_mode("class/net/lo/.", "/sys/class/net/lo/.");
	say_mode("mtu", "/sys/class/net/lo/address");
	FACT("up from the interface", access("/sys/class/net/lo/../../net/lo/mtu", F_OK));
	FACT("real path",
	     strcmp(realpath("/sys/class/net/lo", NULL) ?: "", "/sys/devices/virtual/net/lo"));
	FACT("processors", sysconf(_SC_NPROCESSORS_CONF));
	FACT("online", sysconf(_SC_NPROCESSORS_ONLN));
	FACT("mkdir", mkdir("/sys/kernel/new", 0700));
	FACT("a new file", open("/sys/new", O_CREAT | O_WRONLY, 0600));
	FACT("unlink", unlink("/sys/devices/system/cpu/online"));
	FACT("for writing", open("/sys/devices/system/cpu/online", O_WRONLY));
	FACT("access for writing", access("/sys/devices/system/cpu/online", W_OK));
	as_user("user", by_user);
	return 0;
}
