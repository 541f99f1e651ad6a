/*
 * /proc/sys. Most files are the host's own, granted for reading: limits and settings of the
 * running kernel, which a program would find out anyway, and those that belong to the container's
 * namespaces, of which the host file tells the reader's. Nothing is writable yet: the kernel asks
 * for privilege over the host, or over namespaces, that no guest has.
 */
#include <stdio.h>

#include "sentry/sentry.h"
#include "sentry/vfs/tree.h"

/* One for each container: the host's would tell which containers share it. */
static int show_boot_id(struct vfs_view *v, FILE *out)
{
	return fprintf(out, "%s\n", v->s->vfs->boot_id) < 0 ? -1 : 0;
}

#define HOST(directory, name_, mode_)                                                              \
	{                                                                                          \
		.name = name_, .mode = mode_, .flags = ROW_HOST, .text = "sys/" directory name_    \
	}
#define TEXT(name_, mode_, text_)                                                                  \
	{                                                                                          \
		.name = name_, .mode = mode_, .show = show_text, .text = text_                     \
	}
#define DIRECTORY(name_, rows_)                                                                    \
	{                                                                                          \
		.name = name_, .mode = S_IFDIR | 0555, .rows = rows_                               \
	}

static const struct vfs_row random_rows[] = {
    {.name = "boot_id", .mode = 0444, .show = show_boot_id},
    HOST("kernel/random/", "entropy_avail", 0444),
    HOST("kernel/random/", "poolsize", 0444),
    HOST("kernel/random/", "urandom_min_reseed_secs", 0644),
    HOST("kernel/random/", "uuid", 0444),
    HOST("kernel/random/", "write_wakeup_threshold", 0644),
    {},
};

static const struct vfs_row pty_rows[] = {
    HOST("kernel/pty/", "max", 0644),
    HOST("kernel/pty/", "nr", 0444),
    HOST("kernel/pty/", "reserve", 0644),
    {},
};

static const struct vfs_row seccomp_rows[] = {
    HOST("kernel/seccomp/", "actions_avail", 0444),
    {},
};

static const struct vfs_row kernel_rows[] = {
    HOST("kernel/", "cap_last_cap", 0444),
    TEXT("core_pattern", 0644, "core\n"),
    TEXT("core_uses_pid", 0644, "0\n"),
    HOST("kernel/", "domainname", 0644),
    HOST("kernel/", "hostname", 0644),
    HOST("kernel/", "msgmax", 0644),
    HOST("kernel/", "msgmnb", 0644),
    HOST("kernel/", "msgmni", 0644),
    HOST("kernel/", "ngroups_max", 0444),
    HOST("kernel/", "osrelease", 0444),
    HOST("kernel/", "ostype", 0444),
    HOST("kernel/", "overflowgid", 0644),
    HOST("kernel/", "overflowuid", 0644),
    HOST("kernel/", "pid_max", 0644),
    DIRECTORY("pty", pty_rows),
    DIRECTORY("random", random_rows),
    HOST("kernel/", "randomize_va_space", 0644),
    HOST("kernel/", "sched_rr_timeslice_ms", 0644),
    HOST("kernel/", "sched_rt_period_us", 0644),
    HOST("kernel/", "sched_rt_runtime_us", 0644),
    DIRECTORY("seccomp", seccomp_rows),
    HOST("kernel/", "sem", 0644),
    HOST("kernel/", "shm_rmid_forced", 0644),
    HOST("kernel/", "shmall", 0644),
    HOST("kernel/", "shmmax", 0644),
    HOST("kernel/", "shmmni", 0644),
    TEXT("tainted", 0644, "0\n"),
    HOST("kernel/", "threads-max", 0644),
    TEXT("unprivileged_bpf_disabled", 0644, "2\n"),
    HOST("kernel/", "version", 0444),
    {},
};

static const struct vfs_row vm_rows[] = {
    HOST("vm/", "max_map_count", 0644),	    HOST("vm/", "min_free_kbytes", 0644),
    HOST("vm/", "mmap_min_addr", 0644),	    HOST("vm/", "nr_hugepages", 0644),
    HOST("vm/", "overcommit_kbytes", 0644), HOST("vm/", "overcommit_memory", 0644),
    HOST("vm/", "overcommit_ratio", 0644),  HOST("vm/", "page-cluster", 0644),
    HOST("vm/", "swappiness", 0644),	    HOST("vm/", "vfs_cache_pressure", 0644),
    HOST("vm/", "zone_reclaim_mode", 0644), {},
};

static const struct vfs_row inotify_rows[] = {
    HOST("fs/inotify/", "max_queued_events", 0644),
    HOST("fs/inotify/", "max_user_instances", 0644),
    HOST("fs/inotify/", "max_user_watches", 0644),
    {},
};

static const struct vfs_row epoll_rows[] = {
    HOST("fs/epoll/", "max_user_watches", 0644),
    {},
};

static const struct vfs_row mqueue_rows[] = {
    HOST("fs/mqueue/", "msg_default", 0644),	 HOST("fs/mqueue/", "msg_max", 0644),
    HOST("fs/mqueue/", "msgsize_default", 0644), HOST("fs/mqueue/", "msgsize_max", 0644),
    HOST("fs/mqueue/", "queues_max", 0644),	 {},
};

static const struct vfs_row fs_rows[] = {
    HOST("fs/", "aio-max-nr", 0644),
    TEXT("aio-nr", 0444, "0\n"),
    DIRECTORY("epoll", epoll_rows),
    HOST("fs/", "file-max", 0644),
    TEXT("file-nr", 0444, "0\t0\t9223372036854775807\n"),
    DIRECTORY("inotify", inotify_rows),
    HOST("fs/", "lease-break-time", 0644),
    DIRECTORY("mqueue", mqueue_rows),
    HOST("fs/", "nr_open", 0644),
    HOST("fs/", "overflowgid", 0644),
    HOST("fs/", "overflowuid", 0644),
    HOST("fs/", "pipe-max-size", 0644),
    HOST("fs/", "pipe-user-pages-hard", 0644),
    HOST("fs/", "pipe-user-pages-soft", 0644),
    HOST("fs/", "protected_hardlinks", 0600),
    HOST("fs/", "protected_symlinks", 0600),
    HOST("fs/", "suid_dumpable", 0644),
    {},
};

static const struct vfs_row core_rows[] = {
    HOST("net/core/", "somaxconn", 0644),
    {},
};

static const struct vfs_row ipv4_rows[] = {
    HOST("net/ipv4/", "ip_default_ttl", 0644),
    HOST("net/ipv4/", "ip_forward", 0644),
    HOST("net/ipv4/", "ip_local_port_range", 0644),
    HOST("net/ipv4/", "ip_unprivileged_port_start", 0644),
    HOST("net/ipv4/", "ping_group_range", 0644),
    HOST("net/ipv4/", "tcp_congestion_control", 0644),
    HOST("net/ipv4/", "tcp_fin_timeout", 0644),
    HOST("net/ipv4/", "tcp_keepalive_intvl", 0644),
    HOST("net/ipv4/", "tcp_keepalive_probes", 0644),
    HOST("net/ipv4/", "tcp_keepalive_time", 0644),
    HOST("net/ipv4/", "tcp_max_syn_backlog", 0644),
    HOST("net/ipv4/", "tcp_rmem", 0644),
    HOST("net/ipv4/", "tcp_syncookies", 0644),
    HOST("net/ipv4/", "tcp_wmem", 0644),
    {},
};

static const struct vfs_row net_rows[] = {
    DIRECTORY("core", core_rows),
    DIRECTORY("ipv4", ipv4_rows),
    {},
};

const struct vfs_row vfs_sysctl_rows[] = {
    DIRECTORY("fs", fs_rows),
    DIRECTORY("kernel", kernel_rows),
    DIRECTORY("net", net_rows),
    DIRECTORY("vm", vm_rows),
    {},
};
