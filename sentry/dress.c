/*
 * Changing clothes. Only what differs is changed, so that a worker that serves one process again
 * and again makes no call here. All calls are made raw: libc's wrappers would change every thread.
 *
 * Some capabilities are worn only when the guest has them, since the kernel asks for them where a
 * guest's string meets a file. The others (CAP_SYS_PTRACE to reach guest memory, CAP_SYS_CHROOT and
 * CAP_SET*ID to change clothes, ...) are the sentry's tools and are never asked for by a name call.
 *
 * #syscalls: capset setfsuid setfsgid setresuid setresgid setgroups chroot fchdir umask
 */
#include "sentry/dress.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(capability) (UINT64_C(1) << (capability))
#define ALL_CAPS	(BIT(CAP_LAST_CAP + 1) - 1)
#define WORN_CAPS                                                                                  \
	(BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) |     \
	 BIT(CAP_FSETID) | BIT(CAP_LINUX_IMMUTABLE) | BIT(CAP_IPC_OWNER) | BIT(CAP_SYS_ADMIN) |    \
	 BIT(CAP_MKNOD) | BIT(CAP_LEASE) | BIT(CAP_SETFCAP))

static int set_caps(struct dress *d, uint64_t effective)
{
	if (d->caps == effective)
		return 0;
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
	    {.effective = (uint32_t)effective, .permitted = (uint32_t)ALL_CAPS},
	    {.effective = (uint32_t)(effective >> 32), .permitted = (uint32_t)(ALL_CAPS >> 32)}};
	if (syscall(SYS_capset, &header, data) < 0)
		return -errno;
	d->caps = effective;
	return 0;
}

/*
 * set_fs*id report no errors: an id that the user namespace does not have leaves the old one, and
 * nobody may act as someone else for that. -1 is no id, and asks for the present one.
 */
static int set_ids(struct dress *d, uid_t uid, gid_t gid)
{
	if (d->fsgid != gid) {
		syscall(SYS_setfsgid, gid);
		d->fsgid = (gid_t)syscall(SYS_setfsgid, -1);
	}
	if (d->fsuid != uid) {
		syscall(SYS_setfsuid, uid);
		d->fsuid = (uid_t)syscall(SYS_setfsuid, -1);
	}
	return d->fsuid == uid && d->fsgid == gid ? 0 : -EPERM;
}

static bool same_groups(const struct cred *a, const struct cred *b)
{
	return a && b && a->ngroups == b->ngroups &&
	       !memcmp(a->groups, b->groups, a->ngroups * sizeof a->groups[0]);
}

static int wear_cred(struct dress *d, struct cred *c)
{
	if (d->cred == c)
		return 0;
	/* Where nobody may set groups (setgroups(2), EPERM), no context has any. */
	bool same = same_groups(d->cred, c);
	/* From here on until all is done, this is nobody's dress. */
	cred_put(d->cred);
	d->cred = NULL;
	if (!same && syscall(SYS_setgroups, c->ngroups, c->groups) < 0 &&
	    (errno != EPERM || c->ngroups))
		return -errno;
	int r = set_ids(d, c->fsuid, c->fsgid);
	if (r == 0)
		r = set_caps(d, (ALL_CAPS & ~WORN_CAPS) | (c->effective & WORN_CAPS));
	if (r < 0)
		return r;
	cred_get(c);
	d->cred = c;
	return 0;
}

static int wear_umask(struct dress *d, mode_t mask)
{
	if (d->umask != mask)
		umask(mask);
	d->umask = mask;
	return 0;
}

static int wear_places(struct dress *d, struct context *c)
{
	if (d->root != c->root) {
		place_put(d->cwd);
		d->cwd = NULL;
		if (fchdir(c->root->fd) < 0 || chroot(".") < 0)
			return -errno;
		place_get(c->root);
		place_put(d->root);
		d->root = c->root;
	}
	if (d->cwd != c->cwd) {
		if (fchdir(c->cwd->fd) < 0)
			return -errno;
		place_get(c->cwd);
		place_put(d->cwd);
		d->cwd = c->cwd;
	}
	return 0;
}

int dress_init(struct dress *d)
{
	*d = (struct dress){.fsuid = (uid_t)-1, .fsgid = (gid_t)-1, .umask = (mode_t)-1};
	return dress_as_sentry(d);
}

void dress_release(struct dress *d)
{
	context_put(d->context);
	cred_put(d->cred);
	place_put(d->cwd);
	place_put(d->root);
}

int dress_as_sentry(struct dress *d)
{
	int r = set_ids(d, 0, 0);
	wear_umask(d, 0);
	if (r == 0)
		r = set_caps(d, ALL_CAPS);
	cred_put(d->cred);
	d->cred = NULL;
	return r;
}

/* A process may stand where it could not walk to; the sentry can. */
static int move_to(struct dress *d, struct context *c)
{
	if (d->root == c->root && d->cwd == c->cwd)
		return 0;
	int r = dress_as_sentry(d);
	return r < 0 ? r : wear_places(d, c);
}

int dress_as(struct dress *d, struct context *c)
{
	context_get(c);
	context_put(d->context);
	d->context = c;
	int r = move_to(d, c);
	if (r == 0)
		r = dress_back(d);
	if (r < 0) {
		/* In between: the next trap must not take this for its context. */
		context_put(d->context);
		d->context = NULL;
	}
	return r;
}

int dress_back(struct dress *d)
{
	struct context *c = d->context;
	wear_umask(d, c->umask);
	return wear_cred(d, c->cred);
}

int dress_as_real(struct dress *d)
{
	struct cred *c = d->context->cred;
	/* capabilities(7): unless SECBIT_NO_SETUID_FIXUP, root by real id has its permitted set. */
	bool fixup = !(c->securebits & 4);
	uint64_t caps = !fixup ? c->effective : c->uid == 0 ? c->permitted : 0;
	int r = set_ids(d, c->uid, c->gid);
	cred_put(d->cred);
	d->cred = NULL;
	return r < 0 ? r : set_caps(d, (ALL_CAPS & ~WORN_CAPS) | (caps & WORN_CAPS));
}

/* setres*id take the file ids along. */
static int set_effective_ids(struct dress *d, uid_t uid, gid_t gid)
{
	uid_t fsuid = d->fsuid;
	gid_t fsgid = d->fsgid;
	if (syscall(SYS_setresgid, -1, gid, -1) < 0 || syscall(SYS_setresuid, -1, uid, -1) < 0)
		return -errno;
	d->fsuid = uid;
	d->fsgid = gid;
	return set_ids(d, fsuid, fsgid);
}

int dress_show_ids(struct dress *d)
{
	const struct cred *c = d->context->cred;
	return c->euid || c->egid ? set_effective_ids(d, c->euid, c->egid) : 0;
}

int dress_hide_ids(struct dress *d)
{
	const struct cred *c = d->context->cred;
	return c->euid || c->egid ? set_effective_ids(d, 0, 0) : 0;
}
