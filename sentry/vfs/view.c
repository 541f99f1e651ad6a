/*
 * Views: a node as one caller sees it. Which process it speaks of, whose it is, who may look.
 *
 * All rules are those of procfs (proc(5), ptrace(2)), applied to the emulated credentials; that a
 * process is not dumpable is asked of the host, where the same prctl has told it.
 *
 * #syscalls: newfstatat
 */
#include "sentry/vfs/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"

#define FILE_LIMIT (64u << 20) /* of a host procfs file; smaps of a large process is a few MiB */

int view_open(struct worker *w, const struct vfs_node *node, struct vfs_view *v)
{
	int r = view_of(w->sentry, node, v);
	v->w = w;
	return r;
}

int view_of(struct sentry *s, const struct vfs_node *node, struct vfs_view *v)
{
	bool task = false;
	*v = (struct vfs_view){.s = s, .node = node};
	for (int i = 1; i <= node->depth; i++) {
		if (node->level[i].row->flags & ROW_PID)
			v->pid = v->tid = (pid_t)node->level[i].key;
		task = node->level[i].row->flags & ROW_TID || task;
		if (node->level[i].row->flags & ROW_TID)
			v->tid = (pid_t)node->level[i].key;
	}
	if (!v->pid)
		return 0;
	v->sentry_tid = pid_to_sentry(v->s, v->tid);
	if (!v->sentry_tid)
		return -ENOENT;
	if (!task)
		snprintf(v->dir, sizeof v->dir, "%d", v->pid);
	else
		snprintf(v->dir, sizeof v->dir, "%d/task/%d", v->pid, v->tid);
	return 0;
}

void view_release(struct vfs_view *v)
{
	context_put(v->ctx);
	v->ctx = NULL;
}

const struct context *view_context(struct vfs_view *v)
{
	if (!v->ctx && v->sentry_tid)
		v->ctx = context_of(v->s, v->sentry_tid);
	return v->ctx;
}

bool view_is_own(struct vfs_view *v)
{
	if (!v->own) {
		pid_t tid = v->w->trap.tid;
		bool own =
		    v->sentry_tid && (v->sentry_tid == tid ||
				      pid_group(v->s, v->sentry_tid) == pid_group(v->s, tid));
		v->own = own ? 1 : 2;
	}
	return v->own == 1;
}

/* Host procfs gives what belongs to a process that is not dumpable to root. */
static bool is_dumpable(struct vfs_view *v)
{
	char path[64];
	struct stat st;
	snprintf(path, sizeof path, "%s/stat", v->dir);
	return fstatat(v->s->guest_proc_fd, path, &st, 0) == 0 && st.st_uid == v->s->guest_uid;
}

int view_may_trace(struct vfs_view *v)
{
	if (!v->pid || view_is_own(v))
		return 0;
	const struct context *target = view_context(v);
	if (!target)
		return -EACCES;
	const struct cred *c = v->w->ctx->cred, *t = target->cred;
	if (cred_capable(c, CAP_SYS_PTRACE))
		return 0;
	bool same = c->fsuid == t->euid && c->fsuid == t->suid && c->fsuid == t->uid &&
		    c->fsgid == t->egid && c->fsgid == t->sgid && c->fsgid == t->gid;
	if (!same || t->permitted & ~c->effective || !is_dumpable(v))
		return -EACCES;
	return 0;
}

int view_may_still_trace(struct vfs_view *v)
{
	context_put(v->ctx);
	v->ctx = NULL;
	return view_may_trace(v);
}

void view_owner(struct vfs_view *v, uid_t *uid, gid_t *gid)
{
	*uid = 0;
	*gid = 0;
	if (!v->pid || vfs_row(v->node)->flags & ROW_ROOT)
		return;
	const struct context *c = view_context(v);
	/* The directories that everyone may list keep their owner. */
	bool keeps = vfs_row(v->node)->mode == (S_IFDIR | 0555);
	if (!c || (!keeps && !is_dumpable(v)))
		return;
	*uid = c->cred->euid;
	*gid = c->cred->egid;
}

int view_permission(struct vfs_view *v, int want)
{
	const struct vfs_row *row = vfs_row(v->node);
	unsigned mode = row->mode, bits = (unsigned)want & 7;

	if (row->flags & ROW_TRACE && S_ISDIR(mode) && view_may_trace(v) < 0)
		return -EACCES;
	/* procfs makes the directory of a process immutable. */
	if (row->flags & (ROW_PID | ROW_TID) && bits & W_OK)
		return -EPERM;
	if ((mode & bits) == bits) /* everyone may; sooner than asking whose it is */
		return 0;
	if (row->flags & ROW_OWN && view_is_own(v))
		return 0;
	const struct cred *c = v->w->ctx->cred;
	uid_t uid;
	gid_t gid;
	view_owner(v, &uid, &gid);
	if (c->fsuid == uid)
		mode >>= 6;
	else if (cred_in_group(c, gid))
		mode >>= 3;
	if ((mode & bits) == bits)
		return 0;
	bool executable = S_ISDIR(row->mode) || row->mode & 0111 || !(bits & X_OK);
	if (cred_capable(c, CAP_DAC_OVERRIDE) && executable)
		return 0;
	if (cred_capable(c, CAP_DAC_READ_SEARCH) &&
	    (bits == R_OK || (S_ISDIR(row->mode) && !(bits & W_OK))))
		return 0;
	return -EACCES;
}

ssize_t view_read(struct vfs_view *v, const char *name, char **data)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", v->dir, name);
	ssize_t n = read_file_alloc(v->s->guest_proc_fd, path, FILE_LIMIT, data);
	return n;
}
