/*
 * The processes that a call names: see target.h.
 *
 * #syscalls: openat fstat fcntl:F_GETFL,F_SETFD getdents64 close
 */
#include "syscalls/target.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"

int target_find(struct worker *w, pid_t guest_tid, struct target *target)
{
	target->tid = guest_tid == 0 ? w->trap.tid : pid_to_sentry(w->sentry, guest_tid);
	target->context = target->tid > 0 ? context_of(w->sentry, target->tid) : NULL;
	return target->context ? 0 : -ESRCH;
}

void target_release(struct target *target)
{
	context_put(target->context);
	target->context = NULL;
}

bool target_is_ours(const struct worker *w, const struct target *target, int capability)
{
	const struct cred *us = w->ctx->cred, *them = target->context->cred;
	return us->euid == them->uid || us->euid == them->euid || cred_capable(us, capability);
}

/* A set of processes; `visit` is for the threads in it. */
struct set {
	pid_t guest_group; /* 0: by user */
	uid_t uid;
	target_visit *visit;
	void *arg;
};

/* The group of a process as the guests know it, 0 when it has none there. The number may be that of
 * a process that is gone, so it cannot be translated, only read. */
static pid_t guest_group_of(struct worker *w, pid_t pid)
{
	char path[32], status[4096];
	snprintf(path, sizeof path, "%d/status", (int)pid);
	if (read_file_at(w->sentry->proc_fd, path, status, sizeof status) < 0)
		return 0;
	char *line = strstr(status, "\nNSpgid:");
	if (!line)
		return 0;
	line++;
	line[strcspn(line, "\n")] = '\0';
	/* One number a namespace, from the sentry's down to the process's own. */
	const char *number = strrchr(line, '\t');
	return number ? atoi(number) : 0;
}

static DIR *open_directory(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

/* The next number among the names of a procfs directory, 0 at the end. */
static pid_t next_number(DIR *dir)
{
	struct dirent *entry;
	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			return atoi(entry->d_name);
	return 0;
}

static int visit_threads(struct worker *w, pid_t pid, const struct set *set)
{
	char path[32];
	snprintf(path, sizeof path, "%d/task", (int)pid);
	_cleanup_dir_ DIR *dir = open_directory(w->sentry->proc_fd, path);
	pid_t tid;
	int r = 0;
	while (r >= 0 && dir && (tid = next_number(dir))) {
		_cleanup_(target_release) struct target target = {
		    .tid = tid, .context = context_of(w->sentry, tid)};
		if (target.context)
			r = set->visit(w, &target, set->arg);
	}
	return r < 0 ? r : 0;
}

static bool in_set(struct worker *w, pid_t pid, const struct set *set)
{
	if (pid_to_guest(w->sentry, pid) <= 0)
		return false; /* the sentry itself and its helpers */
	if (set->guest_group)
		return guest_group_of(w, pid) == set->guest_group;
	struct context *context = context_of(w->sentry, pid);
	bool in = context && context->cred->uid == set->uid;
	context_put(context);
	return in;
}

static int each(struct worker *w, const struct set *set)
{
	_cleanup_dir_ DIR *dir = open_directory(w->sentry->proc_fd, ".");
	pid_t pid;
	int r = 0;
	while (r >= 0 && dir && (pid = next_number(dir)))
		if (in_set(w, pid, set))
			r = visit_threads(w, pid, set);
	return r;
}

int target_each_of_group(struct worker *w, pid_t guest_group, target_visit *visit, void *arg)
{
	struct set set = {.guest_group = guest_group, .visit = visit, .arg = arg};
	if (guest_group == 0)
		set.guest_group = guest_group_of(w, w->trap.tid);
	return set.guest_group > 0 ? each(w, &set) : 0;
}

int target_each_of_user(struct worker *w, uid_t uid, target_visit *visit, void *arg)
{
	return each(w, &(struct set){.uid = uid, .visit = visit, .arg = arg});
}
