/*
 * The rules of setuid(2), setreuid(2), setresuid(2), setfsuid(2) and their group twins: who may
 * change which id to what, and which ids follow.
 */
#include <errno.h>
#include <linux/capability.h>

#include "syscalls/cred.h"

#define KEEP ((uint32_t)-1)

int64_t cred_setuid(struct cred *new, const struct cred *old, const void *arg)
{
	uid_t uid = ((const struct cred_ids *)arg)->id[0];
	if (cred_capable(old, CAP_SETUID))
		new->uid = new->suid = uid;
	else if (uid != old->uid && uid != old->suid)
		return -EPERM;
	new->euid = new->fsuid = uid;
	cred_fix_setuid(new, old);
	return 0;
}

int64_t cred_setgid(struct cred *new, const struct cred *old, const void *arg)
{
	gid_t gid = ((const struct cred_ids *)arg)->id[0];
	if (cred_capable(old, CAP_SETGID))
		new->gid = new->sgid = gid;
	else if (gid != old->gid && gid != old->sgid)
		return -EPERM;
	new->egid = new->fsgid = gid;
	return 0;
}

int64_t cred_setreuid(struct cred *new, const struct cred *old, const void *arg)
{
	uid_t ruid = ((const struct cred_ids *)arg)->id[0];
	uid_t euid = ((const struct cred_ids *)arg)->id[1];
	bool may = cred_capable(old, CAP_SETUID);
	if (ruid != KEEP && ruid != old->uid && ruid != old->euid && !may)
		return -EPERM;
	if (euid != KEEP && euid != old->uid && euid != old->euid && euid != old->suid && !may)
		return -EPERM;
	if (ruid != KEEP)
		new->uid = ruid;
	if (euid != KEEP)
		new->euid = euid;
	if (ruid != KEEP || (euid != KEEP && euid != old->uid))
		new->suid = new->euid;
	new->fsuid = new->euid;
	cred_fix_setuid(new, old);
	return 0;
}

int64_t cred_setregid(struct cred *new, const struct cred *old, const void *arg)
{
	gid_t rgid = ((const struct cred_ids *)arg)->id[0];
	gid_t egid = ((const struct cred_ids *)arg)->id[1];
	bool may = cred_capable(old, CAP_SETGID);
	if (rgid != KEEP && rgid != old->gid && rgid != old->egid && !may)
		return -EPERM;
	if (egid != KEEP && egid != old->gid && egid != old->egid && egid != old->sgid && !may)
		return -EPERM;
	if (rgid != KEEP)
		new->gid = rgid;
	if (egid != KEEP)
		new->egid = egid;
	if (rgid != KEEP || (egid != KEEP && egid != old->gid))
		new->sgid = new->egid;
	new->fsgid = new->egid;
	return 0;
}

/* Whether a setres*id call asks for nothing new. Then it does not even touch the filesystem id. */
static bool nothing_new(const uint32_t id[3], uint32_t real, uint32_t effective, uint32_t saved,
			uint32_t filesystem)
{
	return (id[0] == KEEP || id[0] == real) &&
	       (id[1] == KEEP || (id[1] == effective && id[1] == filesystem)) &&
	       (id[2] == KEEP || id[2] == saved);
}

int64_t cred_setresuid(struct cred *new, const struct cred *old, const void *arg)
{
	const uint32_t *id = ((const struct cred_ids *)arg)->id;
	if (nothing_new(id, old->uid, old->euid, old->suid, old->fsuid))
		return 0;
	uid_t *fields[] = {&new->uid, &new->euid, &new->suid};
	for (int i = 0; i < 3; i++) {
		if (id[i] == KEEP)
			continue;
		if (id[i] != old->uid && id[i] != old->euid && id[i] != old->suid &&
		    !cred_capable(old, CAP_SETUID))
			return -EPERM;
		*fields[i] = id[i];
	}
	new->fsuid = new->euid;
	cred_fix_setuid(new, old);
	return 0;
}

int64_t cred_setresgid(struct cred *new, const struct cred *old, const void *arg)
{
	const uint32_t *id = ((const struct cred_ids *)arg)->id;
	if (nothing_new(id, old->gid, old->egid, old->sgid, old->fsgid))
		return 0;
	gid_t *fields[] = {&new->gid, &new->egid, &new->sgid};
	for (int i = 0; i < 3; i++) {
		if (id[i] == KEEP)
			continue;
		if (id[i] != old->gid && id[i] != old->egid && id[i] != old->sgid &&
		    !cred_capable(old, CAP_SETGID))
			return -EPERM;
		*fields[i] = id[i];
	}
	new->fsgid = new->egid;
	return 0;
}

/* setfsuid and setfsgid tell the old id, whether or not they did anything. */
int64_t cred_setfsuid(struct cred *new, const struct cred *old, const void *arg)
{
	uid_t uid = ((const struct cred_ids *)arg)->id[0];
	if (uid == old->uid || uid == old->euid || uid == old->suid ||
	    cred_capable(old, CAP_SETUID)) {
		new->fsuid = uid;
		cred_fix_setfsuid(new, old);
	}
	return old->fsuid;
}

int64_t cred_setfsgid(struct cred *new, const struct cred *old, const void *arg)
{
	gid_t gid = ((const struct cred_ids *)arg)->id[0];
	if (gid == old->gid || gid == old->egid || gid == old->sgid ||
	    cred_capable(old, CAP_SETGID))
		new->fsgid = gid;
	return old->fsgid;
}
