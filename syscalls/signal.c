/*
 * Signals to others: kill(2), tkill(2), tgkill(2), rt_sigqueueinfo(2), rt_tgsigqueueinfo(2) and
 * pidfd_send_signal(2).
 *
 * All guests of a container have one uid on the host, so the host would allow everything: who may
 * signal whom is decided here by the emulated credentials. Then the call is passed. Its arguments
 * are values; a siginfo is copied and checked by the kernel, which keeps anyone from posing as the
 * kernel or as another sender. Passing also leaves pid 1 as safe from its container as in Linux.
 *
 * Two cases are not passed. A group of which the caller may signal only a part gets its signals one
 * by one from the sentry. And a pidfd could be swapped by another thread after it was looked at, so
 * the sentry signals through its own copy. Such signals come from process 0, as all do that come
 * from outside of a pid namespace.
 *
 * #syscalls: pidfd_open pidfd_send_signal getsid openat fstat fcntl:F_GETFL,F_SETFD getdents64 close
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/vfs/tree.h"
#include "sentry/worker.h"
#include "syscalls/table.h"
#include "syscalls/target.h"

#define SIGNAL_MAX	   64
#define SIGINFO_SIZE	   128 /* as programs have it */
#define SIGINFO_HEAD	   48  /* what the kernel reads of it in any case */
#define PIDFD_TO_ONE_FLAGS 3u  /* PIDFD_SIGNAL_THREAD, PIDFD_SIGNAL_THREAD_GROUP */

/* A number that is no signal: the kernel looks for the target first and then refuses it. */
static bool is_signal(int sig)
{
	return sig >= 0 && sig <= SIGNAL_MAX;
}

/* kill(2): "For a process to have permission to send a signal". */
static bool may_signal(const struct worker *w, const struct target *target, int sig)
{
	const struct cred *us = w->ctx->cred, *them = target->context->cred;
	if (us->euid == them->suid || us->euid == them->uid || us->uid == them->suid ||
	    us->uid == them->uid || cred_capable(us, CAP_KILL))
		return true;
	return sig == SIGCONT && getsid(target->tid) == getsid(w->trap.tid);
}

/* The caller's call, which goes to one thread or its process, passed if that is permitted. tgid:
 * the process that the thread must belong to, or 0. */
static int64_t pass_if_permitted(struct worker *w, pid_t tid, pid_t tgid, int sig)
{
	/* Passed at once: no permission is missing, or the kernel will refuse the values. */
	if (cred_capable(w->ctx->cred, CAP_KILL) || tid <= 0 || tgid < 0 || !is_signal(sig))
		return TRAP_PASS;
	_cleanup_(target_release) struct target target = TARGET_NONE;
	int r = target_find(w, tid, &target);
	if (r < 0)
		return r;
	if (may_signal(w, &target, sig))
		return TRAP_PASS; /* see the head of this file */
	if (tgid && pid_to_guest(w->sentry, pid_group(w->sentry, target.tid)) != tgid)
		return -ESRCH;
	return -EPERM;
}

/*
 * Sends from the sentry. From there SIGKILL and SIGSTOP would work on the guests' pid 1; from
 * within its namespace, where the sender is, they never do.
 */
static int send_to(struct worker *w, int pidfd, pid_t pid, int sig, void *info, unsigned flags)
{
	if ((sig == SIGKILL || sig == SIGSTOP) &&
	    pid_group(w->sentry, pid) == pid_group(w->sentry, w->sentry->init))
		return 0;
	return syscall(SYS_pidfd_send_signal, pidfd, sig, info, flags) < 0 ? -errno : 0;
}

/* A signal to several processes. */
struct broadcast {
	int sig;
	pid_t group;  /* as the guests know it; 0: everyone but pid 1 and the caller */
	pid_t caller; /* its process, as the guests know it */
	bool send;    /* false: only count */
	size_t permitted, refused;
	int error; /* of the last one that failed */
};

/* The process group in /proc/PID/stat of the guests' procfs; 0 when there is no such process. */
static pid_t guest_group(struct worker *w, pid_t guest_pid)
{
	char path[32], stat[1024];
	int group = 0;
	snprintf(path, sizeof path, "%d/stat", guest_pid);
	if (read_file_at(w->sentry->guest_proc_fd, path, stat, sizeof stat) < 0)
		return 0;
	/* "pid (comm) state ppid pgrp ..."; comm may hold anything, also parentheses. */
	const char *end = strrchr(stat, ')');
	if (!end || sscanf(end + 1, " %*c %*d %d", &group) != 1)
		return 0;
	return group;
}

static void broadcast_to(struct worker *w, struct broadcast *b, pid_t guest_pid)
{
	if (b->group ? guest_group(w, guest_pid) != b->group
		     : guest_pid == 1 || guest_pid == b->caller)
		return;
	_cleanup_(target_release) struct target target = TARGET_NONE;
	if (target_find(w, guest_pid, &target) < 0)
		return;
	/* With the pidfd in hand, what is permitted and what is signalled are the same process. */
	_cleanup_close_ int pidfd = b->send ? (int)syscall(SYS_pidfd_open, target.tid, 0) : -1;
	target_release(&target);
	if ((b->send && pidfd < 0) || target_find(w, guest_pid, &target) < 0)
		return;
	int r = may_signal(w, &target, b->sig) ? 0 : -EPERM;
	if (r == 0 && b->send)
		r = send_to(w, pidfd, target.tid, b->sig, NULL, 0);
	if (r == 0)
		b->permitted++;
	else
		b->refused++;
	if (r < 0)
		b->error = r;
}

/* Visits every process of the container. */
static int broadcast(struct worker *w, struct broadcast *b)
{
	b->permitted = b->refused = 0;
	int fd = openat(w->sentry->guest_proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	_cleanup_dir_ DIR *dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	struct dirent *entry;
	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			broadcast_to(w, b, atoi(entry->d_name));
	return 0;
}

static int64_t kill_many(struct worker *w, pid_t guest_pid, int sig)
{
	if (guest_pid == INT_MIN)
		return -ESRCH;
	/* Passed: all members may be signalled, or none can. */
	if (cred_capable(w->ctx->cred, CAP_KILL) || !is_signal(sig))
		return TRAP_PASS;
	struct broadcast b = {.sig = sig,
			      .caller = pid_to_guest(w->sentry, pid_group(w->sentry, w->trap.tid))};
	if (guest_pid == 0)
		b.group = guest_group(w, b.caller);
	else if (guest_pid != -1)
		b.group = -guest_pid;
	int r = broadcast(w, &b);
	if (r < 0)
		return r;
	if (b.refused == 0)
		return TRAP_PASS; /* the same; an empty group is the kernel's to refuse */
	b.send = true;
	r = broadcast(w, &b);
	if (r < 0)
		return r;
	/* Linux says nothing of those whom kill(-1) did not reach. */
	return guest_pid == -1 || b.permitted ? 0 : b.refused ? b.error : -ESRCH;
}

int64_t sys_kill(struct worker *w, struct trap *t)
{
	pid_t pid = (pid_t)t->args[0];
	int sig = (int)t->args[1];
	return pid > 0 ? pass_if_permitted(w, pid, 0, sig) : kill_many(w, pid, sig);
}

int64_t sys_tkill(struct worker *w, struct trap *t)
{
	return pass_if_permitted(w, (pid_t)t->args[0], 0, (int)t->args[1]);
}

int64_t sys_tgkill(struct worker *w, struct trap *t)
{
	pid_t tgid = (pid_t)t->args[0];
	return pass_if_permitted(w, (pid_t)t->args[1], tgid ? tgid : -1, (int)t->args[2]);
}

/* A siginfo that cannot be read is EFAULT before anything else. */
static int probe_siginfo(struct trap *t, uint64_t address)
{
	char head[SIGINFO_HEAD];
	int r = trap_read(t, address, head, sizeof head);
	return r < 0 ? r : 0;
}

int64_t sys_rt_sigqueueinfo(struct worker *w, struct trap *t)
{
	int r = probe_siginfo(t, t->args[2]);
	return r < 0 ? r : pass_if_permitted(w, (pid_t)t->args[0], 0, (int)t->args[1]);
}

int64_t sys_rt_tgsigqueueinfo(struct worker *w, struct trap *t)
{
	int r = probe_siginfo(t, t->args[3]);
	return r < 0 ? r : sys_tgkill(w, t);
}

/* The process or thread of a pidfd, as a sentry pid; -EBADF when it is none, -ESRCH when that is
 * gone. */
static pid_t pid_of_pidfd(struct worker *w, int pidfd)
{
	char path[48], info[1024];
	int pid;
	snprintf(path, sizeof path, "thread-self/fdinfo/%d", pidfd);
	if (read_file_at(w->sentry->proc_fd, path, info, sizeof info) < 0)
		return -EBADF;
	const char *line = strstr(info, "\nPid:\t");
	if (!line || sscanf(line, "\nPid:\t%d", &pid) != 1)
		return -EBADF;
	return pid > 0 ? pid : -ESRCH;
}

/* A directory /proc/PID serves as a pidfd, too (psmisc's killall uses it so). The guest's is one of
 * the skeleton, which the kernel does not know: this is a pidfd in its place. -EBADF: it is none.
 */
static int pidfd_of_directory(struct worker *w, int fd)
{
	struct stat st;
	struct vfs_node node;
	if (fstat(fd, &st) < 0 || !S_ISDIR(st.st_mode) || !vfs_is_skeleton(w->sentry, &st))
		return -EBADF;
	int r = skeleton_find(w->sentry, &st, &node);
	if (r < 0)
		return r;
	if (node.tree != VFS_PROC || node.depth != 1 || !(vfs_row(&node)->flags & ROW_PID))
		return -EBADF;
	pid_t pid = pid_to_sentry(w->sentry, (pid_t)node.level[1].key);
	if (pid <= 0)
		return -ESRCH;
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return pidfd < 0 ? -errno : pidfd;
}

int64_t sys_pidfd_send_signal(struct worker *w, struct trap *t)
{
	int guest_fd = (int)t->args[0], sig = (int)t->args[1];
	unsigned flags = (unsigned)t->args[3];
	/* Passed: the number stands for the caller (PIDFD_SELF) or for nothing. */
	if (guest_fd < 0)
		return TRAP_PASS;
	_cleanup_close_ int pidfd = trap_fetch_fd(t, guest_fd);
	if (pidfd < 0)
		return pidfd;
	int stand_in = pidfd_of_directory(w, pidfd);
	if (stand_in >= 0) {
		close(pidfd);
		pidfd = stand_in;
	} else if (stand_in != -EBADF) {
		return stand_in;
	} else if (cred_capable(w->ctx->cred, CAP_KILL)) {
		return TRAP_PASS; /* no permission is missing */
	}
	/* Without PIDFD_SIGNAL_PROCESS_GROUP, as in the kernels before it. */
	if (flags & ~PIDFD_TO_ONE_FLAGS)
		return -EINVAL;
	pid_t pid = pid_of_pidfd(w, pidfd);
	if (pid == -EBADF)
		return pid;
	union {
		siginfo_t fields;
		char bytes[SIGINFO_SIZE];
	} info;
	if (t->args[2]) {
		int r = trap_read(t, t->args[2], info.bytes, sizeof info);
		if (r < 0)
			return r;
		if (info.fields.si_signo != sig)
			return -EINVAL;
	}
	_cleanup_(target_release) struct target target = {
	    .tid = pid, .context = pid > 0 ? context_of(w->sentry, pid) : NULL};
	if (!target.context)
		return -ESRCH;
	if (is_signal(sig) && !may_signal(w, &target, sig))
		return -EPERM;
	return send_to(w, pidfd, pid, sig, t->args[2] ? info.bytes : NULL, flags);
}
