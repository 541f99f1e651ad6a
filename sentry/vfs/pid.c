/*
 * /proc/PID and /proc/PID/task/TID: tables, and the files whose text is not the host's own.
 * The order of the rows is that of Linux (tgid_base_stuff of fs/proc/base.c).
 *
 * Live rows are host files that say nothing but what the guest may know: they are granted as they
 * are, and stay fresh while they are open. They come from the procfs of the guests' pid namespace.
 *
 * #syscalls: newfstatat
 */
#include "sentry/vfs/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/vfs/pid.h"
#include "sentry/vfs/rewrite.h"
#include "sentry/worker.h"

static int show_status(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	const struct context *c = view_context(v);
	ssize_t n = view_read(v, "status", &text);
	if (n < 0 || !c)
		return n < 0 ? (int)n : -ESRCH;
	struct rewrite_status s = {.cred = c->cred,
				   .umask = c->umask,
				   .no_new_privs = c->no_new_privs,
				   .running = v->w && v->sentry_tid == v->w->trap.tid};
	return rewrite_status(text, &s, out);
}

/* For who may not trace the process; the others get the live file. */
static int show_stat(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = view_read(v, "stat", &text);
	if (n < 0)
		return (int)n;
	return rewrite_stat_hidden(text, out);
}

static int show_no_wchan(struct vfs_view *v, FILE *out)
{
	return fputc('0', out) < 0 ? -ENOMEM : 0;
}

static int show_maps(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = view_read(v, vfs_row(v->node)->name, &text);
	if (n < 0)
		return (int)n;
	return rewrite_maps(text, v->s->loader_dev, v->s->loader_ino, out);
}

static int show_limits(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	const struct context *c = view_context(v);
	ssize_t n = view_read(v, "limits", &text);
	if (n < 0 || !c)
		return n < 0 ? (int)n : -ESRCH;
	return rewrite_limits(text, &c->locks, out);
}

static int show_cgroup(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = view_read(v, "cgroup", &text);
	return n < 0 ? (int)n : rewrite_cgroup(text, out);
}

static int show_mount_table(struct vfs_view *v, enum rewrite_mounts form, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	const struct vfs_tree *t = v->s->vfs->tree;
	const struct rewrite_tree trees[2] = {
	    {.dev = t[VFS_PROC].dev, .type = t[VFS_PROC].skeleton < 0 ? NULL : "proc"},
	    {.dev = t[VFS_SYS].dev, .type = t[VFS_SYS].skeleton < 0 ? NULL : "sysfs"}};
	/* This thread stands in the caller's root, and sees what is mounted below it. */
	ssize_t n = read_file_alloc(v->s->proc_fd, "thread-self/mountinfo", 16u << 20, &text);
	return n < 0 ? (int)n : rewrite_mounts(text, form, trees, out);
}

static int show_mountinfo(struct vfs_view *v, FILE *out)
{
	return show_mount_table(v, REWRITE_MOUNTINFO, out);
}

static int show_mounts(struct vfs_view *v, FILE *out)
{
	return show_mount_table(v, REWRITE_MOUNTS, out);
}

static int show_mountstats(struct vfs_view *v, FILE *out)
{
	return show_mount_table(v, REWRITE_MOUNTSTATS, out);
}

/* The ids of the container's user namespace, without the one that capbox itself has added. */
static int show_id_map(struct vfs_view *v, const char *file, uint32_t guest, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	char *save;
	uint32_t inside, outside, count;
	ssize_t n = view_read(v, file, &text);
	if (n < 0)
		return (int)n;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		bool added = sscanf(line, "%" SCNu32 " %" SCNu32 " %" SCNu32, &inside, &outside,
				    &count) == 3 &&
			     count == 1 && inside == guest && outside == guest;
		if (!added)
			fprintf(out, "%s\n", line);
	}
	return 0;
}

static int show_uid_map(struct vfs_view *v, FILE *out)
{
	return show_id_map(v, "uid_map", v->s->guest_uid, out);
}

static int show_gid_map(struct vfs_view *v, FILE *out)
{
	return show_id_map(v, "gid_map", v->s->guest_gid, out);
}

static int show_setgroups(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = view_read(v, "setgroups", &text);
	if (n >= 0)
		fputs(text, out);
	return n < 0 ? (int)n : 0;
}

static const char projid_map[] = "         0          0 4294967295\n";

static bool task_exists(struct vfs_view *v, unsigned long tid)
{
	char path[64];
	struct stat st;
	snprintf(path, sizeof path, "%d/task/%lu", v->pid, tid);
	return fstatat(v->s->guest_proc_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int task_keys(struct vfs_view *v, struct vfs_keys *keys)
{
	char path[64];
	snprintf(path, sizeof path, "%d/task", v->pid);
	return keys_of_directory(v->s->guest_proc_fd, path, keys);
}

static bool pid_exists(struct vfs_view *v, unsigned long pid)
{
	return pid_to_sentry(v->s, (pid_t)pid) != 0;
}

static int pid_keys(struct vfs_view *v, struct vfs_keys *keys)
{
	return keys_of_directory(v->s->guest_proc_fd, ".", keys);
}

#define SHOW(name_, mode_, show_)                                                                  \
	{                                                                                          \
		.name = name_, .mode = mode_, .show = show_                                        \
	}
/* Everyone may read it, so it may go on telling. */
#define FRESH(name_, mode_, show_)                                                                 \
	{                                                                                          \
		.name = name_, .mode = mode_, .flags = ROW_FRESH, .show = show_                    \
	}
#define TRACED(name_, mode_, show_)                                                                \
	{                                                                                          \
		.name = name_, .mode = mode_, .show = show_, .flags = ROW_TRACE                    \
	}
#define TEXT(name_, mode_, text_)                                                                  \
	{                                                                                          \
		.name = name_, .mode = mode_, .show = show_text, .text = text_                     \
	}
#define LIVE(name_, mode_, flags_)                                                                 \
	{                                                                                          \
		.name = name_, .mode = mode_, .flags = ROW_LIVE | (flags_)                         \
	}
/* Live for who may trace the process; what else there is to read for others. */
#define STAT                                                                                       \
	{                                                                                          \
		.name = "stat", .mode = 0444, .flags = ROW_LIVE, .show = show_stat                 \
	}
#define WCHAN                                                                                      \
	{                                                                                          \
		.name = "wchan", .mode = 0444, .flags = ROW_LIVE, .show = show_no_wchan            \
	}
/* There, and closed to everyone: what it tells or takes is not the guest's. */
#define DENIED(name_, mode_)                                                                       \
	{                                                                                          \
		.name = name_, .mode = mode_                                                       \
	}
#define ATTRIBUTE(name_, mode_)                                                                    \
	{                                                                                          \
		.name = name_, .mode = mode_, .flags = ROW_LIVE, .text = "attr/" name_             \
	}
#define MAGIC(name_, target_)                                                                      \
	{                                                                                          \
		.name = name_, .mode = S_IFLNK | 0777, .link = vfs_magic_link, .target = target_   \
	}
#define DIRECTORY(name_, mode_, flags_, ...)                                                       \
	{                                                                                          \
		.name = name_, .mode = S_IFDIR | (mode_), .flags = flags_, __VA_ARGS__             \
	}

/* What processes and threads have alike, in three runs, as the order demands. There is no audit, as
 * in a kernel without CONFIG_AUDIT, and so no loginuid and sessionid: who logs a user in
 * (pam_loginuid of sshd, cron, login) passes over a loginuid that is not there, and fails at one it
 * cannot write. */
#define FILES_UP_TO_MEM                                                                            \
	LIVE("environ", 0400, ROW_TRACE), LIVE("auxv", 0400, ROW_TRACE),                           \
	    FRESH("status", 0444, show_status), LIVE("personality", 0400, ROW_TRACE),              \
	    FRESH("limits", 0444, show_limits), LIVE("sched", 0644, 0),                            \
	    LIVE("autogroup", 0644, 0), LIVE("comm", 0644, ROW_WRITE), DENIED("syscall", 0400),    \
	    LIVE("cmdline", 0444, 0), STAT, LIVE("statm", 0444, 0),                                \
	    TRACED("maps", 0444, show_maps)

#define FILES_FROM_MEM                                                                             \
	LIVE("mem", 0600, ROW_WRITE | ROW_SELF), MAGIC("cwd", vfs_cwd_target),                     \
	    MAGIC("root", vfs_root_target), MAGIC("exe", vfs_exe_target),                          \
	    SHOW("mounts", 0444, show_mounts), SHOW("mountinfo", 0444, show_mountinfo)

#define FILES_AT_THE_END                                                                           \
	TRACED("smaps", 0444, show_maps), TRACED("smaps_rollup", 0444, show_maps),                 \
	    DENIED("pagemap", 0400), DIRECTORY("attr", 0555, 0, .rows = attr_rows), WCHAN,         \
	    DENIED("stack", 0400), LIVE("schedstat", 0444, 0), TEXT("cpuset", 0444, "/\n"),        \
	    SHOW("cgroup", 0444, show_cgroup), LIVE("oom_score", 0444, 0),                         \
	    LIVE("oom_adj", 0644, ROW_WRITE), LIVE("oom_score_adj", 0644, ROW_WRITE)

#define FILES_OF_IDS                                                                               \
	LIVE("io", 0400, ROW_TRACE), SHOW("uid_map", 0644, show_uid_map),                          \
	    SHOW("gid_map", 0644, show_gid_map), TEXT("projid_map", 0644, projid_map),             \
	    SHOW("setgroups", 0644, show_setgroups)

/* Of security modules; writing them is theirs to allow, and no guest's. */
static const struct vfs_row attr_rows[] = {
    ATTRIBUTE("current", 0666),
    ATTRIBUTE("prev", 0444),
    ATTRIBUTE("exec", 0666),
    ATTRIBUTE("fscreate", 0666),
    ATTRIBUTE("keycreate", 0666),
    ATTRIBUTE("sockcreate", 0666),
    {},
};

static const struct vfs_row tid_rows[] = {
    DIRECTORY("fd", 0500, ROW_OWN, .numbered = &vfs_fd_row),
    DIRECTORY("fdinfo", 0555, ROW_TRACE, .numbered = &vfs_fdinfo_row),
    DIRECTORY("ns", 0511, 0, .rows = vfs_ns_rows),
    DIRECTORY("net", 0555, 0, .rows = vfs_net_rows),
    FILES_UP_TO_MEM,
    LIVE("children", 0444, 0),
    FILES_FROM_MEM,
    FILES_AT_THE_END,
    FILES_OF_IDS,
    {},
};

static const struct vfs_row task_row = {
    .name = "",
    .mode = S_IFDIR | 0555,
    .flags = ROW_TID,
    .rows = tid_rows,
    .exists = task_exists,
    .keys = task_keys,
};

static const struct vfs_row pid_rows[] = {
    DIRECTORY("task", 0555, 0, .numbered = &task_row),
    DIRECTORY("fd", 0500, ROW_OWN, .numbered = &vfs_fd_row),
    DIRECTORY("map_files", 0500, 0, .rows = NULL),
    DIRECTORY("fdinfo", 0555, ROW_TRACE, .numbered = &vfs_fdinfo_row),
    DIRECTORY("ns", 0511, 0, .rows = vfs_ns_rows),
    DIRECTORY("net", 0555, 0, .rows = vfs_net_rows),
    FILES_UP_TO_MEM,
    FILES_FROM_MEM,
    SHOW("mountstats", 0400, show_mountstats),
    LIVE("clear_refs", 0200, ROW_WRITE | ROW_SELF),
    FILES_AT_THE_END,
    LIVE("coredump_filter", 0644, ROW_WRITE),
    FILES_OF_IDS,
    LIVE("timens_offsets", 0644, 0),
    LIVE("timers", 0444, ROW_TRACE),
    LIVE("timerslack_ns", 0666, ROW_WRITE),
    LIVE("arch_status", 0444, 0),
    LIVE("ksm_merging_pages", 0400, ROW_TRACE),
    LIVE("ksm_stat", 0400, ROW_TRACE),
    {},
};

const struct vfs_row vfs_pid_row = {
    .name = "",
    .mode = S_IFDIR | 0555,
    .flags = ROW_PID,
    .rows = pid_rows,
    .exists = pid_exists,
    .keys = pid_keys,
};
