/* /proc/sys: which files there are, how they may be opened, and values that both ways share. */
#include "facts.h"

static char b[4096];

static const char *const values[] = {
    "kernel/ostype",
    "kernel/osrelease",
    "kernel/version",
    "kernel/cap_last_cap",
    "kernel/ngroups_max",
    "kernel/pid_max",
    "kernel/msgmax",
    "kernel/msgmnb",
    "kernel/msgmni",
    "kernel/sem",
    "kernel/shmmax",
    "kernel/shmall",
    "kernel/shmmni",
    "kernel/shm_rmid_forced",
    "kernel/randomize_va_space",
    "kernel/overflowuid",
    "kernel/overflowgid",
    "kernel/hostname",
    "kernel/domainname",
    "kernel/threads-max",
    "kernel/sched_rr_timeslice_ms",
    "kernel/sched_autogroup_enabled",
    "kernel/perf_event_paranoid",
    "kernel/dmesg_restrict",
    "kernel/kptr_restrict",
    "kernel/printk",
    "kernel/panic",
    "kernel/tainted",
    "kernel/keys/maxkeys",
    "kernel/pty/max",
    "kernel/random/poolsize",
    "kernel/seccomp/actions_avail",
    "vm/overcommit_memory",
    "vm/overcommit_ratio",
    "vm/max_map_count",
    "vm/swappiness",
    "vm/dirty_ratio",
    "vm/dirty_background_ratio",
    "vm/dirty_expire_centisecs",
    "vm/min_free_kbytes",
    "vm/nr_hugepages",
    "vm/mmap_min_addr",
    "vm/oom_kill_allocating_task",
    "vm/panic_on_oom",
    "vm/user_reserve_kbytes",
    "vm/zone_reclaim_mode",
    "fs/file-max",
    "fs/nr_open",
    "fs/pipe-max-size",
    "fs/inotify/max_user_watches",
    "fs/inotify/max_queued_events",
    "fs/epoll/max_user_watches",
    "fs/mqueue/msg_max",
    "fs/mqueue/queues_max",
    "fs/suid_dumpable",
    "fs/protected_symlinks",
    "fs/protected_hardlinks",
    "fs/protected_fifos",
    "fs/protected_regular",
    "fs/mount-max",
    "fs/aio-max-nr",
    "net/core/somaxconn",
    "net/core/rmem_max",
    "net/core/wmem_default",
    "net/ipv4/ip_forward",
    "net/ipv4/ip_local_port_range",
    "net/ipv4/ip_default_ttl",
    "net/ipv4/ip_unprivileged_port_start",
    "net/ipv4/ping_group_range",
    "net/ipv4/tcp_rmem",
    "net/ipv4/tcp_wmem",
    "net/ipv4/tcp_syn_retries",
    "net/ipv4/tcp_keepalive_time",
    "net/ipv4/tcp_fin_timeout",
    "net/ipv4/tcp_congestion_control",
    "net/ipv4/tcp_timestamps",
    "net/ipv4/tcp_sack",
    "net/ipv4/tcp_tw_reuse",
    "net/ipv4/tcp_max_syn_backlog",
    "net/ipv4/conf/all/forwarding",
    "net/ipv4/conf/default/rp_filter",
    "net/ipv4/conf/lo/tag",
    "net/ipv4/neigh/default/gc_thresh1",
    "net/ipv4/neigh/lo/gc_stale_time",
    "net/ipv6/conf/all/disable_ipv6",
    "net/ipv6/conf/lo/mtu",
    "net/ipv6/bindv6only",
    "net/unix/max_dgram_qlen",
    "abi/vsyscall32",
    "debug/exception-trace",
    "missing",
    "kernel/missing",
    "net/ipv4/conf/missing",
    "net/ipv4/conf/missing0/tag",
};

static void read_all(void)
{
	for (size_t i = 0; i < sizeof(values) / sizeof *values; i++) {
		char path[128];
		struct stat st;
		snprintf(path, sizeof(path), "/proc/sys/%s", values[i]);
		ssize_t n = get_file(path, b, sizeof(b));
		say("%s: %s", values[i], n < 0 ? errno_name(errno) : "");
		for (char *line = n > 0 ? strtok(b, "\n") : NULL; line; line = strtok(NULL, "\n"))
			say("  %s", line);
		if (lstat(path, &st) == 0)
			say("  mode %06o size %ld links %ld", st.st_mode, (long)st.st_size,
			    (long)st.st_nlink);
	}
}

static void refused(void)
{
	OK("mkdir", mkdir("/proc/sys/kernel/new", 0700));
	OK("a new file", open("/proc/sys/kernel/new", O_CREAT | O_WRONLY, 0600));
	OK("unlink", unlink("/proc/sys/kernel/ostype"));
	OK("rename", rename("/proc/sys/kernel/ostype", "/proc/sys/kernel/x"));
	OK("a read-only value for writing", open("/proc/sys/kernel/ostype", O_WRONLY));
	OK("as a directory", open("/proc/sys/kernel/ostype/", O_RDONLY));
	OK("a directory for writing", open("/proc/sys/kernel", O_WRONLY));
}

static void by_user(void)
{
	OK("user: reading", open("/proc/sys/kernel/shmmax", O_RDONLY));
	OK("user: writing", open("/proc/sys/kernel/shmmax", O_WRONLY));
	FACT("user: access for writing", access("/proc/sys/kernel/shmmax", W_OK));
	FACT("user: access for reading", access("/proc/sys/kernel/shmmax", R_OK));
}

static int has(const char *directory, const char *name)
{
	DIR *dir = opendir(directory);
	struct dirent *e;
	int found = 0;

	while (dir && (e = readdir(dir)))
		found |= !strcmp(e->d_name, name);
	if (dir)
		closedir(dir);
	return found;
}

int main(void)
{
	start("proc_sysctl");
	read_all();
	refused();
	as_user("user", by_user);
	FACT("listed: conf/lo", has("/proc/sys/net/ipv4/conf", "lo"));
	FACT("listed: conf/all", has("/proc/sys/net/ipv4/conf", "all"));
	FACT("listed: tcp_rmem", has("/proc/sys/net/ipv4", "tcp_rmem"));
	FACT("listed: osrelease", has("/proc/sys/kernel", "osrelease"));
	FACT("listed: net", has("/proc/sys", "net"));
	FACT("boot_id: length", get_file("/proc/sys/kernel/random/boot_id", b, sizeof(b)));
	FACT("uuid: length", get_file("/proc/sys/kernel/random/uuid", b, sizeof(b)));
	FACT("file-nr", get_file("/proc/sys/fs/file-nr", b, sizeof(b)) > 5);
	return 0;
}
