/*
 * From a bare child to a serving sentry (boot.h).
 *
 * #syscalls: openat dup2 sendmsg close exit_group
 */
#include "sentry/boot.h"

#include "lib/clear.h"
#include "lib/io.h"
#include "lib/log.h"
#include "platform/notify/notify.h"
#include "platform/policy.h"
#include "runtime/spec.h"
#include "sentry/context_table.h"
#include "sentry/counters.h"
#include "sentry/crash.h"
#include "sentry/entry.h"
#include "sentry/filter.h"
#include "sentry/loop.h"
#include "sentry/pool.h"
#include "sentry/sentry.h"
#include "sentry/vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern const char loader_image_start[], loader_image_end[];

/* procfs of the caller's pid namespace, mounted nowhere. */
static int detached_proc(struct error *e)
{
	_cleanup_close_ int fs = fsopen("proc", FSOPEN_CLOEXEC);
	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return error_set(e, errno,
				 "cannot make a procfs for the sentry (is /proc of the host "
				 "partly hidden by mounts?)");
	int fd =
	    fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return fd < 0 ? error_set(e, errno, "cannot mount a procfs for the sentry") : fd;
}

/* The loader as a file that nobody can change. */
static int sealed_loader(struct sentry *s, struct error *e)
{
	_cleanup_close_ int fd = memfd_create("loader", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct stat st;
	if (fd < 0 ||
	    write_all(fd, loader_image_start, (size_t)(loader_image_end - loader_image_start)) <
		0 ||
	    fchmod(fd, 0555) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0 ||
	    fstat(fd, &st) < 0)
		return error_set(e, errno, "cannot make the loader");
	/* Without a writable open left, it can be executed. */
	char self[40];
	snprintf(self, sizeof self, "thread-self/fd/%d", fd);
	s->loader_fd = openat(s->proc_fd, self, O_RDONLY | O_CLOEXEC);
	if (s->loader_fd < 0)
		return error_set(e, errno, "cannot open the loader");
	return 0;
}

static int open_own_namespaces(struct sentry *s, struct error *e)
{
	s->own_pidns = openat(s->proc_fd, "self/ns/pid", O_RDONLY | O_CLOEXEC);
	char path[40];
	snprintf(path, sizeof path, "%d/ns/pid", (int)s->init);
	s->guest_pidns = openat(s->proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (s->own_pidns < 0 || s->guest_pidns < 0)
		return error_set(e, errno, "cannot open the pid namespaces");
	return 0;
}

int sentry_enter(struct sentry_boot *boot, struct error *e)
{
	struct sentry *s = calloc(1, sizeof *s);
	if (!s)
		return error_set(e, ENOMEM, "sentry");
	boot->sentry = s;
	s->spec = boot->spec;
	s->id = boot->id;
	s->bundle = boot->bundle;
	s->guest_uid = boot->guest_uid;
	s->guest_gid = boot->guest_gid;
	s->oom_score_adj = boot->oom_score_adj;
	s->profile = boot->profile;
	s->profile_flags = boot->profile_flags;
	s->network = boot->network;
	s->counters = boot->counters;
	s->tracing.fd = -1;
	for (size_t i = 0; i < SYSCALL_COUNT; i++)
		if (boot->policy->entries[i].action == POLICY_DENY)
			s->denied[counters_row(syscall_table[i].number)] =
			    boot->policy->entries[i].error;
	int r = policy_build(boot->policy, &s->filter);
	if (r < 0)
		return error_set(e, -r, "cannot build the seccomp filter");
	setsid();
	/* Capabilities follow capset alone, not the ids that workers wear. */
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) < 0)
		return error_set(e, errno, "cannot set securebits");
	s->proc_fd = detached_proc(e);
	if (s->proc_fd < 0)
		return s->proc_fd;
	r = sealed_loader(s, e);
	if (r < 0)
		return r;
	r = entry_init(s, &boot->spec->process, boot->preserved, e);
	if (r < 0)
		return r;
	return open_own_namespaces(s, e);
}

static int take_trees(struct sentry *s, const struct sentry_boot *boot, struct error *e)
{
	struct stat st;
	s->proc_skeleton = boot->proc_skeleton;
	s->sys_skeleton = boot->sys_skeleton;
	strcpy(s->proc_path, boot->proc_path);
	strcpy(s->sys_path, boot->sys_path);
	memcpy(s->cgroup_fds, boot->cgroup_fds, sizeof s->cgroup_fds);
	memcpy(s->cgroup_names, boot->cgroup_names, sizeof s->cgroup_names);
	if (s->proc_skeleton >= 0 && fstat(s->proc_skeleton, &st) == 0)
		s->proc_dev = st.st_dev;
	if (s->sys_skeleton >= 0 && fstat(s->sys_skeleton, &st) == 0)
		s->sys_dev = st.st_dev;
	s->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int own = s->root_fd < 0 ? -1 : fcntl(s->root_fd, F_DUPFD_CLOEXEC, 0);
	s->root = own < 0 ? NULL : place_new(s, own);
	return s->root ? 0 : error_set(e, errno, "cannot open the container's root");
}

/* What holds for the whole process, from before it has threads. */
static int confine(struct error *e)
{
	sigset_t all;
	sigfillset(&all);
	crash_signals_spare(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	umask(0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return error_set(e, errno, "cannot confine the sentry");
	return 0;
}

/*
 * No core dump of the sentry holds anything of its memory. That it is not dumpable would be enough,
 * were it not for fs.suid_dumpable (proc_sys_fs(5)), which counts anew at each change of ids.
 */
static int forbid_dumps(struct sentry *s, struct error *e)
{
	const struct rlimit none = {0, 0};
	/* The file is a process's own only while that is dumpable. */
	prctl(PR_SET_DUMPABLE, 1);
	int r = write_file_at(s->proc_fd, "self/coredump_filter", "0");
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		return error_set(e, errno, "cannot confine the sentry");
	/* A kernel without core dumps has no such file. */
	return r < 0 && r != -ENOENT ? error_set(e, -r, "coredump_filter of the sentry") : 0;
}

/* The last steps with one thread: what comes after them is confined for good. */
static int seal(struct sentry *s, struct error *e)
{
	int r = nursery_start(s, e);
	if (r == 0)
		r = forbid_dumps(s, e);
	return r < 0 ? r : filter_install(e);
}

static int prepare(struct sentry_boot *boot, int *master, struct error *e)
{
	struct sentry *s = boot->sentry;
	int r = crash_init(s, boot->crash_fd);
	if (r < 0)
		return error_set(e, -r, "cannot prepare for the sentry's crash");
	r = confine(e);
	if (r == 0)
		r = take_trees(s, boot, e);
	if (r < 0)
		return r;
	s->contexts = context_table_new();
	if (!s->contexts)
		return error_set(e, ENOMEM, "contexts");
	s->contexts->gauge = &s->counters->contexts;
	r = vfs_init(s);
	if (r < 0)
		return error_set(e, -r, "cannot make the container's /proc and /sys");
	r = entry_prepare_init(s, master, e);
	if (r == 0)
		r = seal(s, e);
	if (r < 0)
		return r;
	r = pool_start(s);
	if (r == 0)
		r = sweep_start(s);
	return r < 0 ? error_set(e, -r, "cannot start the sentry's threads") : 0;
}

/* The container's stdio is the guests'; the sentry keeps only its log. With a terminal, not even
 * that: nobody expects the caller's standard error to be held then. */
static void drop_stdio(bool terminal)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3; fd++) {
		if (fd == log_fd() && !terminal)
			continue;
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	}
	if (null > 2)
		close(null);
}

_Noreturn void sentry_main(struct sentry_boot *boot)
{
	struct error e = {0};
	int master = -1;
	json_set_alloc_funcs(malloc, clear_free);
	int r = prepare(boot, &master, &e);
	_cleanup_(json_decrefp) json_t *report =
	    r < 0 ? json_pack("{s:s, s:i}", "error", e.message, "errno", -r)
		  : json_pack("{s:b}", "ok", 1);
	_cleanup_free_ char *text = report ? json_dumps(report, JSON_COMPACT) : NULL;
	/* Whoever wants the container is told of it, or there is no container. */
	if (!text ||
	    send_message(boot->status_fd, text, strlen(text), &master, master < 0 ? 0 : 1) < 0)
		_exit(1);
	close_fd(&master);
	close(boot->status_fd);
	if (r < 0)
		_exit(1);
	drop_stdio(boot->spec->process.terminal);
	_exit(loop_run(boot->sentry, boot->control_fd));
}
