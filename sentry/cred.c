/*
 * Emulated credentials. The rules are those of credentials(7) and capabilities(7), in the form in
 * which the kernel's commoncap module computes them; names in comments are the man page's:
 * P is the process, F the file, P' the process after execve.
 */
#include "sentry/cred.h"

#include <endian.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

#define BIT(capability) (UINT64_C(1) << (capability))

/* What follows the fsuid to and from 0: capabilities(7), "Effect of user ID changes", rule 4. */
#define FILESYSTEM_CAPS                                                                            \
	(BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) |     \
	 BIT(CAP_FSETID) | BIT(CAP_LINUX_IMMUTABLE) | BIT(CAP_MAC_OVERRIDE) | BIT(CAP_MKNOD))

_Static_assert(CRED_ALL_CAPS >> CAP_LAST_CAP == 1, "another last capability");

struct cred *cred_get(struct cred *c)
{
	__atomic_fetch_add(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

void cred_put(struct cred *c)
{
	if (c && __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) == 0)
		free(c);
}

struct cred *cred_copy(const struct cred *c, size_t ngroups)
{
	struct cred *copy = malloc(sizeof *copy + ngroups * sizeof copy->groups[0]);
	if (!copy)
		return NULL;
	/* All but the count of references, which others change meanwhile. */
	memcpy(&copy->uid, &c->uid, sizeof *c - offsetof(struct cred, uid));
	copy->refs = 1;
	copy->ngroups = ngroups;
	size_t kept = MIN(ngroups, c->ngroups);
	memcpy(copy->groups, c->groups, kept * sizeof c->groups[0]);
	memset(copy->groups + kept, 0, (ngroups - kept) * sizeof c->groups[0]);
	return copy;
}

bool cred_in_group(const struct cred *c, gid_t gid)
{
	if (gid == c->fsgid)
		return true;
	for (size_t i = 0; i < c->ngroups; i++)
		if (c->groups[i] == gid)
			return true;
	return false;
}

static int compare_groups(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;
	return (x > y) - (x < y);
}

void cred_sort_groups(struct cred *c)
{
	qsort(c->groups, c->ngroups, sizeof c->groups[0], compare_groups);
}

static bool secure_bit(const struct cred *c, unsigned bit)
{
	return c->securebits >> bit & 1;
}

/* P'(permitted) without the ambient part, and whether F(effective) is set. 0 or -EPERM. */
static int grant_by_file(struct cred *new, const struct file_privilege *file, bool *effective)
{
	*effective = file->has_caps && file->caps_effective;
	new->permitted = 0;
	if (!file->has_caps)
		return 0;
	new->permitted =
	    (file->caps_permitted & new->bounding) | (file->caps_inheritable & new->inheritable);
	if (*effective && file->caps_permitted & ~new->permitted)
		return -EPERM;
	return 0;
}

/* Root, by its real or effective id, runs every program as if the file granted everything. */
static void grant_to_root(struct cred *new, const struct file_privilege *file, bool *effective)
{
	if (secure_bit(new, SECURE_NOROOT))
		return;
	/* A set-user-ID-root program with capabilities has just those, unless root runs it. */
	if (file->has_caps && new->uid != 0 && new->euid == 0)
		return;
	if (new->euid == 0 || new->uid == 0)
		new->permitted = new->bounding | new->inheritable;
	if (new->euid == 0)
		*effective = true;
}

struct cred *cred_exec(const struct cred *old, const struct file_privilege *file, bool *secure,
		       int *error)
{
	struct cred *new = cred_copy(old, old->ngroups);
	if (!new)
		return NULL;
	if (file->set_uid)
		new->euid = file->uid;
	if (file->set_gid)
		new->egid = file->gid;
	bool effective;
	int r = grant_by_file(new, file, &effective);
	if (r < 0) {
		*error = r;
		cred_put(new);
		return NULL;
	}
	grant_to_root(new, file, &effective);

	bool id_changed = new->euid != old->euid || !cred_in_group(old, new->egid);
	if (file->no_new_privs && (id_changed || new->permitted & ~old->permitted)) {
		new->euid = new->uid;
		new->egid = new->gid;
		new->permitted &= old->permitted;
	}
	new->suid = new->fsuid = new->euid;
	new->sgid = new->fsgid = new->egid;
	if (file->has_caps || id_changed)
		new->ambient = 0;
	new->permitted |= new->ambient;
	new->effective = effective ? new->permitted : new->ambient;
	new->securebits &= ~(uint32_t)SECBIT_KEEP_CAPS;

	*secure = id_changed || new->euid != old->uid || new->egid != old->gid ||
		  (new->uid != 0 && (effective || new->permitted & ~new->ambient));
	return new;
}

int file_privilege_parse_xattr(struct file_privilege *p, const void *xattr, size_t size)
{
	struct vfs_ns_cap_data data = {0};
	if (size < sizeof data.magic_etc || size > sizeof data)
		return -EINVAL;
	memcpy(&data, xattr, size);
	uint32_t magic = le32toh(data.magic_etc);
	size_t expected;
	switch (magic & VFS_CAP_REVISION_MASK) {
	case VFS_CAP_REVISION_1:
		expected = XATTR_CAPS_SZ_1;
		break;
	case VFS_CAP_REVISION_2:
		expected = XATTR_CAPS_SZ_2;
		break;
	case VFS_CAP_REVISION_3:
		expected = XATTR_CAPS_SZ_3;
		break;
	default:
		return -EINVAL;
	}
	if (size != expected)
		return -EINVAL;
	p->has_caps = data.rootid == 0;
	p->caps_effective = magic & VFS_CAP_FLAGS_EFFECTIVE;
	p->caps_permitted = le32toh(data.data[0].permitted);
	p->caps_inheritable = le32toh(data.data[0].inheritable);
	if (expected != XATTR_CAPS_SZ_1) {
		p->caps_permitted |= (uint64_t)le32toh(data.data[1].permitted) << 32;
		p->caps_inheritable |= (uint64_t)le32toh(data.data[1].inheritable) << 32;
	}
	p->caps_permitted &= CRED_ALL_CAPS;
	p->caps_inheritable &= CRED_ALL_CAPS;
	return 0;
}

static bool any_root(const struct cred *c)
{
	return c->uid == 0 || c->euid == 0 || c->suid == 0;
}

void cred_fix_setuid(struct cred *new, const struct cred *old)
{
	if (secure_bit(old, SECURE_NO_SETUID_FIXUP))
		return;
	if (any_root(old) && !any_root(new)) {
		if (!secure_bit(old, SECURE_KEEP_CAPS))
			new->permitted = new->effective = 0;
		new->ambient = 0;
	}
	if (old->euid == 0 && new->euid != 0)
		new->effective = 0;
	if (old->euid != 0 && new->euid == 0)
		new->effective = new->permitted;
}

void cred_fix_setfsuid(struct cred *new, const struct cred *old)
{
	if (secure_bit(old, SECURE_NO_SETUID_FIXUP))
		return;
	if (old->fsuid == 0 && new->fsuid != 0)
		new->effective &= ~FILESYSTEM_CAPS;
	if (old->fsuid != 0 && new->fsuid == 0)
		new->effective |= new->permitted &FILESYSTEM_CAPS;
}

int cred_set_caps(struct cred *new, const struct cred *old, uint64_t effective, uint64_t permitted,
		  uint64_t inheritable)
{
	bool capped = !cred_capable(old, CAP_SETPCAP);
	if (capped && inheritable & ~(old->inheritable | old->permitted))
		return -EPERM;
	if (inheritable & ~(old->inheritable | old->bounding) || permitted & ~old->permitted ||
	    effective & ~permitted)
		return -EPERM;
	new->effective = effective;
	new->permitted = permitted;
	new->inheritable = inheritable;
	new->ambient &= permitted &inheritable;
	return 0;
}
