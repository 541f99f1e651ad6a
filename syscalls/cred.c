/*
 * The calls of credentials(7). The host never changes a guest's ids: all of this happens in the
 * caller's context, by the rules of syscalls/cred.h and sentry/cred.h.
 */
#include "syscalls/cred.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"
#include "syscalls/table.h"

#define KEEP	     ((uint32_t)-1)
#define ID_MAP_LIMIT 65536

static bool same_cred(const struct cred *a, const struct cred *b)
{
	size_t from = offsetof(struct cred, uid);
	return a->ngroups == b->ngroups &&
	       !memcmp((const char *)a + from, (const char *)b + from,
		       sizeof *a - from + a->ngroups * sizeof a->groups[0]);
}

int64_t cred_apply(struct worker *w, size_t ngroups, cred_change *change, const void *arg)
{
	struct context *context = context_edit_begin(w);
	if (!context)
		return -errno;
	struct cred *old = context->cred;
	struct cred *new = cred_copy(old, ngroups == CRED_SAME_GROUPS ? old->ngroups : ngroups);
	int64_t result = new ? change(new, old, arg) : -ENOMEM;
	/* Programs set ids to what they are already: no new context for that. */
	if (result < 0 || same_cred(new, old)) {
		cred_put(new);
		context_edit_abort(w, context);
		return result;
	}
	context->cred = new;
	cred_put(old);
	int r = context_edit_commit(w, context);
	return r < 0 ? r : result;
}

/* Lines of "first id, id outside, count". */
static bool in_map(const char *map, uint32_t id)
{
	while (*map) {
		char *end;
		uint64_t first = strtoull(map, &end, 10);
		strtoull(end, &end, 10);
		uint64_t count = strtoull(end, &end, 10);
		if (id >= first && id - first < count)
			return true;
		map = end + strcspn(end, "\n");
		map += *map == '\n';
	}
	return false;
}

/*
 * 0 when the container's user namespace has all these ids, -EINVAL otherwise, as Linux answers. The
 * map is what the kernel shows. With `optional`, (uint32_t)-1 stands for no id; it never is one.
 */
static int check_ids(struct worker *w, const char *map, const uint32_t *ids, size_t count,
		     bool optional)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_file_alloc(w->sentry->proc_fd, map, ID_MAP_LIMIT, &text);
	if (n < 0)
		return (int)n;
	for (size_t i = 0; i < count; i++) {
		if (ids[i] == KEEP && optional)
			continue;
		if (ids[i] == KEEP || !in_map(text, ids[i]))
			return -EINVAL;
	}
	return 0;
}

#define UIDS "self/uid_map"
#define GIDS "self/gid_map"

bool cred_ids_exist(struct worker *w, uid_t uid, gid_t gid)
{
	return check_ids(w, UIDS, &uid, 1, false) == 0 && check_ids(w, GIDS, &gid, 1, false) == 0;
}

/* A set*id call whose first `count` arguments are ids. */
static int64_t set_ids(struct worker *w, const char *map, size_t count, bool optional,
		       cred_change *change)
{
	struct cred_ids ids = {{KEEP, KEEP, KEEP}};
	for (size_t i = 0; i < count; i++)
		ids.id[i] = (uint32_t)w->trap.args[i];
	int r = check_ids(w, map, ids.id, count, optional);
	return r < 0 ? r : cred_apply(w, CRED_SAME_GROUPS, change, &ids);
}

int64_t sys_setuid(struct worker *w, struct trap *t)
{
	return set_ids(w, UIDS, 1, false, cred_setuid);
}

int64_t sys_setreuid(struct worker *w, struct trap *t)
{
	return set_ids(w, UIDS, 2, true, cred_setreuid);
}

int64_t sys_setresuid(struct worker *w, struct trap *t)
{
	return set_ids(w, UIDS, 3, true, cred_setresuid);
}

int64_t sys_setgid(struct worker *w, struct trap *t)
{
	return set_ids(w, GIDS, 1, false, cred_setgid);
}

int64_t sys_setregid(struct worker *w, struct trap *t)
{
	return set_ids(w, GIDS, 2, true, cred_setregid);
}

int64_t sys_setresgid(struct worker *w, struct trap *t)
{
	return set_ids(w, GIDS, 3, true, cred_setresgid);
}

/* These two have no errors: a bad id changes nothing, and programs use -1 to ask. */
int64_t sys_setfsuid(struct worker *w, struct trap *t)
{
	int64_t r = set_ids(w, UIDS, 1, false, cred_setfsuid);
	return r < 0 ? w->ctx->cred->fsuid : r;
}

int64_t sys_setfsgid(struct worker *w, struct trap *t)
{
	int64_t r = set_ids(w, GIDS, 1, false, cred_setfsgid);
	return r < 0 ? w->ctx->cred->fsgid : r;
}

int64_t sys_getuid(struct worker *w, struct trap *t)
{
	return w->ctx->cred->uid;
}

int64_t sys_geteuid(struct worker *w, struct trap *t)
{
	return w->ctx->cred->euid;
}

int64_t sys_getgid(struct worker *w, struct trap *t)
{
	return w->ctx->cred->gid;
}

int64_t sys_getegid(struct worker *w, struct trap *t)
{
	return w->ctx->cred->egid;
}

static int64_t write_ids(struct trap *t, uint32_t real, uint32_t effective, uint32_t saved)
{
	uint32_t ids[] = {real, effective, saved};
	int r = 0;
	for (int i = 0; i < 3 && r >= 0; i++)
		r = trap_write(t, t->args[i], &ids[i], sizeof ids[i]);
	return r < 0 ? r : 0;
}

int64_t sys_getresuid(struct worker *w, struct trap *t)
{
	const struct cred *c = w->ctx->cred;
	return write_ids(t, c->uid, c->euid, c->suid);
}

int64_t sys_getresgid(struct worker *w, struct trap *t)
{
	const struct cred *c = w->ctx->cred;
	return write_ids(t, c->gid, c->egid, c->sgid);
}

int64_t sys_getgroups(struct worker *w, struct trap *t)
{
	const struct cred *c = w->ctx->cred;
	int room = (int)t->args[0];
	if (room < 0)
		return -EINVAL;
	if (room > 0) {
		if (c->ngroups > (size_t)room)
			return -EINVAL;
		size_t size = c->ngroups * sizeof c->groups[0];
		int r = size ? trap_write(t, t->args[1], c->groups, size) : 0;
		if (r < 0)
			return r;
	}
	return (int64_t)c->ngroups;
}

static int64_t change_groups(struct cred *new, const struct cred *old, const void *groups)
{
	if (!cred_capable(old, CAP_SETGID))
		return -EPERM;
	memcpy(new->groups, groups, new->ngroups * sizeof new->groups[0]);
	cred_sort_groups(new);
	return 0;
}

/* user_namespaces(7): not in a namespace whose groups an unprivileged user has mapped. */
static bool groups_are_denied(struct worker *w)
{
	char text[16];
	ssize_t n = read_file_at(w->sentry->proc_fd, "self/setgroups", text, sizeof text);
	return n > 0 && !strncmp(text, "deny", 4);
}

int64_t sys_setgroups(struct worker *w, struct trap *t)
{
	if (!cred_capable(w->ctx->cred, CAP_SETGID) || groups_are_denied(w))
		return -EPERM;
	unsigned count = (unsigned)t->args[0];
	if (count > CRED_GROUPS_MAX)
		return -EINVAL;
	size_t size = count * sizeof(gid_t);
	_cleanup_free_ gid_t *groups = malloc(size + 1);
	if (!groups)
		return -ENOMEM;
	int r = size ? trap_read(t, t->args[1], groups, size) : 0;
	if (r < 0)
		return r;
	r = check_ids(w, GIDS, groups, count, false);
	if (r < 0)
		return r;
	return cred_apply(w, count, change_groups, groups);
}

/*
 * The header of capget(2) and capset(2). 0 with the number of 32-bit words of a set in the caller's
 * version; -EINVAL for an unknown version, after telling the caller the preferred one.
 */
static int read_cap_header(struct trap *t, int *pid, unsigned *words)
{
	struct __user_cap_header_struct header;
	int r = trap_read(t, t->args[0], &header.version, sizeof header.version);
	if (r < 0)
		return r;
	switch (header.version) {
	case _LINUX_CAPABILITY_VERSION_1:
		*words = _LINUX_CAPABILITY_U32S_1;
		break;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3:
		*words = _LINUX_CAPABILITY_U32S_3;
		break;
	default:
		header.version = _LINUX_CAPABILITY_VERSION_3;
		r = trap_write(t, t->args[0], &header.version, sizeof header.version);
		return r < 0 ? r : -EINVAL;
	}
	r = trap_read(t, t->args[0] + offsetof(struct __user_cap_header_struct, pid), pid,
		      sizeof *pid);
	return r < 0 ? r : 0;
}

static int write_caps(struct trap *t, const struct cred *c, unsigned words)
{
	struct __user_cap_data_struct data[2];
	for (unsigned i = 0; i < 2; i++)
		data[i] = (struct __user_cap_data_struct){
		    .effective = (uint32_t)(c->effective >> 32 * i),
		    .permitted = (uint32_t)(c->permitted >> 32 * i),
		    .inheritable = (uint32_t)(c->inheritable >> 32 * i)};
	int r = trap_write(t, t->args[1], data, words * sizeof data[0]);
	return r < 0 ? r : 0;
}

int64_t sys_capget(struct worker *w, struct trap *t)
{
	int pid = 0;
	unsigned words;
	int r = read_cap_header(t, &pid, &words);
	/* Without a buffer the call asks for the preferred version. */
	if (t->args[1] == 0)
		return r == -EINVAL ? 0 : r;
	if (r < 0)
		return r;
	if (pid < 0)
		return -EINVAL;
	if (pid == 0)
		return write_caps(t, w->ctx->cred, words);
	pid_t target = pid_to_sentry(w->sentry, pid);
	struct context *context = target > 0 ? context_of(w->sentry, target) : NULL;
	if (!context)
		return -ESRCH;
	r = write_caps(t, context->cred, words);
	context_put(context);
	return r;
}

struct cap_sets {
	uint64_t effective, permitted, inheritable;
};

static int64_t change_caps(struct cred *new, const struct cred *old, const void *arg)
{
	const struct cap_sets *sets = arg;
	return cred_set_caps(new, old, sets->effective & CRED_ALL_CAPS,
			     sets->permitted & CRED_ALL_CAPS, sets->inheritable & CRED_ALL_CAPS);
}

int64_t sys_capset(struct worker *w, struct trap *t)
{
	int pid = 0;
	unsigned words;
	int r = read_cap_header(t, &pid, &words);
	if (r < 0)
		return r;
	if (pid != 0 && pid != pid_to_guest(w->sentry, t->tid))
		return -EPERM;
	struct __user_cap_data_struct data[2] = {0};
	r = trap_read(t, t->args[1], data, words * sizeof data[0]);
	if (r < 0)
		return r;
	struct cap_sets sets = {.effective = (uint64_t)data[1].effective << 32 | data[0].effective,
				.permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted,
				.inheritable =
				    (uint64_t)data[1].inheritable << 32 | data[0].inheritable};
	return cred_apply(w, CRED_SAME_GROUPS, change_caps, &sets);
}
