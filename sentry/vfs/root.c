/*
 * /proc itself: its table, in Linux's order (by length, then by letters), and small files.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/vfs/cgroup.h"
#include "sentry/vfs/cpu.h"
#include "sentry/vfs/load.h"
#include "sentry/vfs/memory.h"
#include "sentry/vfs/tree.h"
#include "sentry/worker.h"

/* A link's text, or -ENAMETOOLONG's silent cut as readlink(2) has it. */
static ssize_t put(const char *text, char *buffer, size_t size)
{
	size_t n = strlen(text);
	n = n < size ? n : size;
	memcpy(buffer, text, n);
	return (ssize_t)n;
}

static ssize_t link_text(struct vfs_view *v, char *buffer, size_t size)
{
	return put(vfs_row(v->node)->text, buffer, size);
}

/* The caller's own process; ENOENT for who has no number in the guests' namespace. */
static ssize_t link_self(struct vfs_view *v, char *buffer, size_t size)
{
	char text[16];
	pid_t pid = pid_to_guest(v->s, pid_group(v->s, v->w->trap.tid));
	snprintf(text, sizeof text, "%d", pid);
	return pid ? put(text, buffer, size) : -ENOENT;
}

static ssize_t link_thread_self(struct vfs_view *v, char *buffer, size_t size)
{
	char text[40];
	pid_t pid = pid_to_guest(v->s, pid_group(v->s, v->w->trap.tid));
	pid_t tid = pid_to_guest(v->s, v->w->trap.tid);
	snprintf(text, sizeof text, "%d/task/%d", pid, tid);
	return pid && tid ? put(text, buffer, size) : -ENOENT;
}

/* "averages running/all threads, last pid": of the container. */
static int show_loadavg(struct vfs_view *v, FILE *out)
{
	double average[3];
	struct task_count count;
	load_average(v->s, average);
	int r = load_count_tasks(v->s, &count);
	fprintf(out, "%.2f %.2f %.2f %u/%u %u\n", average[0], average[1], average[2], count.running,
		count.threads, count.last);
	return r;
}

static int show_cgroups(struct vfs_view *v, FILE *out)
{
	char text[4096];
	ssize_t n = read_file_at(v->s->proc_fd, "cgroups", text, sizeof text);
	if (n < 0)
		return (int)n;
	for (char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		char name[64];
		int hierarchy, count, enabled;
		if (sscanf(p, "%63s %d %d %d", name, &hierarchy, &count, &enabled) == 4)
			fprintf(out, "%s\t%d\t1\t%d\n", name, hierarchy, enabled);
		else
			fprintf(out, "%.*s\n", (int)strcspn(p, "\n"), p);
	}
	return 0;
}

/* Of the container's cgroup; one of version 1 tells nothing, and nobody waits. */
static const char no_pressure[] = "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
				  "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";

static int show_pressure(struct vfs_view *v, FILE *out)
{
	char file[32], text[512];
	snprintf(file, sizeof file, "%s.pressure", vfs_row(v->node)->name);
	bool known = vfs_cgroup_text(v->s, "", file, text, sizeof text) > 0;
	return fputs(known ? text : no_pressure, out) < 0 ? -ENOMEM : 0;
}

/*
 * The kernel shows, in the procfs of a pid namespace, the locks of its processes; but those that
 * belong to open files, not to processes, it shows everywhere: they have the number -1.
 */
static int show_locks(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_file_alloc(v->s->guest_proc_fd, "locks", 1u << 20, &text);
	unsigned number = 0;
	if (n < 0)
		return (int)n;
	for (char *save, *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		int pid;
		const char *rest = strchr(line, ':');
		if (!rest || sscanf(rest, ": %*[->] %*s %*s %*s %d", &pid) == 1)
			continue; /* one that waits for a lock which may not be shown */
		if (sscanf(rest, ": %*s %*s %*s %d", &pid) == 1 && pid > 0)
			fprintf(out, "%u%s\n", ++number, rest);
	}
	return 0;
}

static const char devices[] = "Character devices:\n"
			      "  1 mem\n"
			      "  5 /dev/tty\n"
			      "  5 /dev/console\n"
			      "  5 /dev/ptmx\n"
			      "136 pts\n"
			      "\n"
			      "Block devices:\n";

static const char filesystems[] = "nodev\tsysfs\n"
				  "nodev\ttmpfs\n"
				  "nodev\tproc\n"
				  "nodev\tcgroup\n"
				  "nodev\tcgroup2\n"
				  "nodev\tdevtmpfs\n"
				  "nodev\tsockfs\n"
				  "nodev\tpipefs\n"
				  "nodev\tdevpts\n"
				  "nodev\toverlay\n"
				  "nodev\tmqueue\n"
				  "\text4\n";

#define TEXT(name_, text_)                                                                         \
	{                                                                                          \
		.name = name_, .mode = 0444, .show = show_text, .text = text_                      \
	}
#define SHOW(name_, show_)                                                                         \
	{                                                                                          \
		.name = name_, .mode = 0444, .show = show_                                         \
	}
/* Programs keep these open and read them again and again. */
#define FRESH(name_, show_)                                                                        \
	{                                                                                          \
		.name = name_, .mode = 0444, .flags = ROW_FRESH, .show = show_                     \
	}
/* A copy of the host's: of files that are the same inode for the whole host, none is granted. */
#define COPY(name_, host_)                                                                         \
	{                                                                                          \
		.name = name_, .mode = 0444, .show = show_host, .text = host_                      \
	}
/* There, and closed: it tells how the host uses its memory. */
#define DENIED(name_)                                                                              \
	{                                                                                          \
		.name = name_, .mode = 0400                                                        \
	}
#define LINK(name_, link_, text_)                                                                  \
	{                                                                                          \
		.name = name_, .mode = S_IFLNK | 0777, .link = link_, .text = text_                \
	}

static const struct vfs_row pressure_rows[] = {
    FRESH("io", show_pressure),
    FRESH("cpu", show_pressure),
    FRESH("memory", show_pressure),
    {},
};

static const struct vfs_row sysvipc_rows[] = {
    COPY("msg", "sysvipc/msg"),
    COPY("sem", "sysvipc/sem"),
    COPY("shm", "sysvipc/shm"),
    {},
};

static const char tty_drivers[] = "/dev/tty             /dev/tty        5       0 system:/dev/tty\n"
				  "/dev/ptmx            /dev/ptmx       5       2 system\n"
				  "pty_slave            /dev/pts      136 0-1048575 pty:slave\n";

static const struct vfs_row tty_rows[] = {
    TEXT("drivers", tty_drivers),
    {},
};

static const struct vfs_row root_rows[] = {
    {.name = "fs", .mode = S_IFDIR | 0555},
    LINK("net", link_text, "self/net"),
    {.name = "sys", .mode = S_IFDIR | 0555, .rows = vfs_sysctl_rows},
    {.name = "tty", .mode = S_IFDIR | 0555, .rows = tty_rows},
    TEXT("keys", ""),
    FRESH("stat", show_cpu_stat),
    TEXT("swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"),
    TEXT("crypto", ""),
    LINK("mounts", link_text, "self/mounts"),
    SHOW("locks", show_locks),
    FRESH("uptime", show_uptime),
    FRESH("vmstat", show_vmstat),
    SHOW("cgroups", show_cgroups),
    TEXT("cmdline", "BOOT_IMAGE=/vmlinuz\n"),
    SHOW("cpuinfo", show_cpuinfo),
    TEXT("devices", devices),
    FRESH("loadavg", show_loadavg),
    FRESH("meminfo", show_meminfo),
    TEXT("modules", ""),
    {.name = "sysvipc", .mode = S_IFDIR | 0555, .rows = sysvipc_rows},
    COPY("version", "version"),
    {.name = "pressure", .mode = S_IFDIR | 0555, .rows = pressure_rows},
    {.name = "softirqs", .mode = 0444, .show = show_interrupts, .text = "                    "},
    DENIED("slabinfo"),
    DENIED("zoneinfo"),
    DENIED("buddyinfo"),
    TEXT("diskstats", ""),
    TEXT("key-users", ""),
    {.name = "interrupts", .mode = 0444, .show = show_interrupts, .text = "           "},
    TEXT("execdomains", "0-0\tLinux           \t[kernel]\n"),
    DENIED("pagetypeinfo"),
    TEXT("partitions", "major minor  #blocks  name\n\n"),
    TEXT("filesystems", filesystems),
    LINK("self", link_self, NULL),
    LINK("thread-self", link_thread_self, NULL),
    {},
};

const struct vfs_row vfs_proc_root = {
    .name = "",
    .mode = S_IFDIR | 0555,
    .rows = root_rows,
    .numbered = &vfs_pid_row,
};
