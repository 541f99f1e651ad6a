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

#define HOST(name_, mode_)                                                                         \
	{                                                                                          \
		.name = name_, .mode = mode_, .flags = ROW_HOST                                    \
	}
#define TEXT(name_, mode_, text_)                                                                  \
	{                                                                                          \
		.name = name_, .mode = mode_, .show = show_text, .text = text_                     \
	}
#define DIRECTORY(name_, rows_)                                                                    \
	{                                                                                          \
		.name = name_, .mode = S_IFDIR | 0555, .flags = ROW_HOST, .rows = rows_            \
	}

static const struct vfs_row random_rows[] = {
    {.name = "boot_id", .mode = 0444, .show = show_boot_id},
    HOST("entropy_avail", 0444),
    HOST("poolsize", 0444),
    HOST("urandom_min_reseed_secs", 0644),
    HOST("uuid", 0444),
    HOST("write_wakeup_threshold", 0644),
    {},
};

static const struct vfs_row pty_rows[] = {
    HOST("max", 0644),
    HOST("nr", 0444),
    HOST("reserve", 0644),
    {},
};

static const struct vfs_row seccomp_rows[] = {
    HOST("actions_avail", 0444),
    {},
};

static const struct vfs_row key_rows[] = {
    HOST("gc_delay", 0644),
    HOST("maxbytes", 0644),
    HOST("maxkeys", 0644),
    HOST("persistent_keyring_expiry", 0644),
    HOST("root_maxbytes", 0644),
    HOST("root_maxkeys", 0644),
    {},
};

static const struct vfs_row yama_rows[] = {
    HOST("ptrace_scope", 0644),
    {},
};

static const struct vfs_row kernel_rows[] = {
    HOST("arch", 0444),
    HOST("auto_msgmni", 0644),
    HOST("cap_last_cap", 0444),
    TEXT("core_pattern", 0644, "core\n"),
    HOST("core_pipe_limit", 0644),
    TEXT("core_uses_pid", 0644, "0\n"),
    HOST("ctrl-alt-del", 0644),
    HOST("dmesg_restrict", 0644),
    HOST("domainname", 0644),
    HOST("hostname", 0644),
    TEXT("io_uring_disabled", 0644, "2\n"),
    TEXT("io_uring_group", 0644, "-1\n"),
    DIRECTORY("keys", key_rows),
    HOST("kptr_restrict", 0644),
    HOST("max_lock_depth", 0644),
    HOST("msg_next_id", 0444),
    HOST("msgmax", 0644),
    HOST("msgmnb", 0644),
    HOST("msgmni", 0644),
    HOST("ngroups_max", 0444),
    HOST("nmi_watchdog", 0444),
    HOST("ns_last_pid", 0666),
    HOST("numa_balancing", 0644),
    HOST("osrelease", 0444),
    HOST("ostype", 0444),
    HOST("overflowgid", 0644),
    HOST("overflowuid", 0644),
    HOST("panic", 0644),
    HOST("panic_on_oops", 0644),
    HOST("panic_on_warn", 0644),
    HOST("perf_event_max_sample_rate", 0644),
    HOST("perf_event_mlock_kb", 0644),
    HOST("perf_event_paranoid", 0644),
    HOST("pid_max", 0644),
    HOST("print-fatal-signals", 0644),
    HOST("printk", 0644),
    HOST("printk_ratelimit", 0644),
    HOST("printk_ratelimit_burst", 0644),
    DIRECTORY("pty", pty_rows),
    DIRECTORY("random", random_rows),
    HOST("randomize_va_space", 0644),
    HOST("sched_autogroup_enabled", 0644),
    HOST("sched_cfs_bandwidth_slice_us", 0644),
    HOST("sched_deadline_period_max_us", 0644),
    HOST("sched_deadline_period_min_us", 0644),
    HOST("sched_rr_timeslice_ms", 0644),
    HOST("sched_rt_period_us", 0644),
    HOST("sched_rt_runtime_us", 0644),
    DIRECTORY("seccomp", seccomp_rows),
    HOST("sem", 0644),
    HOST("sem_next_id", 0444),
    HOST("shm_next_id", 0444),
    HOST("shm_rmid_forced", 0644),
    HOST("shmall", 0644),
    HOST("shmmax", 0644),
    HOST("shmmni", 0644),
    HOST("soft_watchdog", 0644),
    HOST("split_lock_mitigate", 0644),
    HOST("sysctl_writes_strict", 0644),
    TEXT("tainted", 0644, "0\n"),
    HOST("task_delayacct", 0644),
    HOST("threads-max", 0644),
    HOST("timer_migration", 0644),
    TEXT("unprivileged_bpf_disabled", 0644, "2\n"),
    HOST("version", 0444),
    HOST("watchdog", 0644),
    HOST("watchdog_thresh", 0644),
    DIRECTORY("yama", yama_rows),
    {},
};

static const struct vfs_row vm_rows[] = {
    HOST("admin_reserve_kbytes", 0644),
    HOST("compact_unevictable_allowed", 0644),
    HOST("compaction_proactiveness", 0644),
    HOST("defrag_mode", 0644),
    HOST("dirty_background_bytes", 0644),
    HOST("dirty_background_ratio", 0644),
    HOST("dirty_bytes", 0644),
    HOST("dirty_expire_centisecs", 0644),
    HOST("dirty_ratio", 0644),
    HOST("dirty_writeback_centisecs", 0644),
    HOST("dirtytime_expire_seconds", 0644),
    HOST("extfrag_threshold", 0644),
    HOST("hugetlb_optimize_vmemmap", 0644),
    HOST("hugetlb_shm_group", 0644),
    HOST("laptop_mode", 0644),
    HOST("legacy_va_layout", 0644),
    HOST("lowmem_reserve_ratio", 0644),
    HOST("max_map_count", 0644),
    HOST("memfd_noexec", 0644),
    HOST("min_free_kbytes", 0644),
    HOST("min_slab_ratio", 0644),
    HOST("min_unmapped_ratio", 0644),
    HOST("mmap_min_addr", 0644),
    HOST("nr_hugepages", 0644),
    HOST("nr_hugepages_mempolicy", 0644),
    HOST("nr_overcommit_hugepages", 0644),
    HOST("numa_zonelist_order", 0644),
    HOST("oom_dump_tasks", 0644),
    HOST("oom_kill_allocating_task", 0644),
    HOST("overcommit_kbytes", 0644),
    HOST("overcommit_memory", 0644),
    HOST("overcommit_ratio", 0644),
    HOST("page-cluster", 0644),
    HOST("page_lock_unfairness", 0644),
    HOST("panic_on_oom", 0644),
    HOST("percpu_pagelist_high_fraction", 0644),
    HOST("shrink_inodes_with_pagecache", 0644),
    HOST("stat_interval", 0644),
    HOST("swappiness", 0644),
    TEXT("unprivileged_userfaultfd", 0644, "0\n"),
    HOST("user_reserve_kbytes", 0644),
    HOST("vfs_cache_pressure", 0644),
    HOST("vfs_cache_pressure_denom", 0644),
    HOST("watermark_boost_factor", 0644),
    HOST("watermark_scale_factor", 0644),
    HOST("zone_reclaim_mode", 0644),
    {},
};

static const struct vfs_row inotify_rows[] = {
    HOST("max_queued_events", 0644),
    HOST("max_user_instances", 0644),
    HOST("max_user_watches", 0644),
    {},
};

static const struct vfs_row epoll_rows[] = {
    HOST("max_user_watches", 0644),
    {},
};

static const struct vfs_row mqueue_rows[] = {
    HOST("msg_default", 0644), HOST("msg_max", 0644),	 HOST("msgsize_default", 0644),
    HOST("msgsize_max", 0644), HOST("queues_max", 0644), {},
};

static const struct vfs_row fanotify_rows[] = {
    HOST("max_queued_events", 0644),
    HOST("max_user_groups", 0644),
    HOST("max_user_marks", 0644),
    {},
};

static const struct vfs_row fs_rows[] = {
    HOST("aio-max-nr", 0644),
    TEXT("aio-nr", 0444, "0\n"),
    DIRECTORY("binfmt_misc", NULL),
    TEXT("dentry-state", 0444, "0\t0\t45\t0\t0\t0\n"),
    TEXT("dir-notify-enable", 0644, "0\n"),
    DIRECTORY("epoll", epoll_rows),
    DIRECTORY("fanotify", fanotify_rows),
    HOST("file-max", 0644),
    TEXT("file-nr", 0444, "0\t0\t9223372036854775807\n"),
    TEXT("inode-nr", 0444, "0\t0\n"),
    TEXT("inode-state", 0444, "0\t0\t0\t0\t0\t0\t0\n"),
    DIRECTORY("inotify", inotify_rows),
    HOST("lease-break-time", 0644),
    TEXT("leases-enable", 0644, "0\n"),
    HOST("mount-max", 0644),
    DIRECTORY("mqueue", mqueue_rows),
    HOST("nr_open", 0644),
    HOST("overflowgid", 0644),
    HOST("overflowuid", 0644),
    HOST("pipe-max-size", 0644),
    HOST("pipe-user-pages-hard", 0644),
    HOST("pipe-user-pages-soft", 0644),
    HOST("protected_fifos", 0644),
    HOST("protected_hardlinks", 0644),
    HOST("protected_regular", 0644),
    HOST("protected_symlinks", 0644),
    HOST("suid_dumpable", 0644),
    {},
};

static const struct vfs_row abi_rows[] = {
    HOST("vsyscall32", 0644),
    {},
};

static const struct vfs_row debug_rows[] = {
    HOST("exception-trace", 0644),
    {},
};

static const struct vfs_row user_rows[] = {
    HOST("max_cgroup_namespaces", 0644),
    HOST("max_fanotify_groups", 0644),
    HOST("max_fanotify_marks", 0644),
    HOST("max_inotify_instances", 0644),
    HOST("max_inotify_watches", 0644),
    HOST("max_ipc_namespaces", 0644),
    HOST("max_mnt_namespaces", 0644),
    HOST("max_net_namespaces", 0644),
    HOST("max_pid_namespaces", 0644),
    HOST("max_time_namespaces", 0644),
    HOST("max_user_namespaces", 0644),
    HOST("max_uts_namespaces", 0644),
    {},
};

const struct vfs_row vfs_sysctl_rows[] = {
    DIRECTORY("abi", abi_rows),
    DIRECTORY("debug", debug_rows),
    DIRECTORY("fs", fs_rows),
    DIRECTORY("kernel", kernel_rows),
    DIRECTORY("net", vfs_sysctl_net_rows),
    DIRECTORY("user", user_rows),
    DIRECTORY("vm", vm_rows),
    {},
};
