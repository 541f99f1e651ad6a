/*
 * Emulated credentials (credentials(7), capabilities(7)): what the container believes its
 * processes to be. The host never sees them change; workers wear them when they act for a guest.
 * A struct cred is immutable once it is part of a context: change a cred_copy(), put the old one.
 * Capability sets are bit masks, bit N for capability N of linux/capability.h.
 */
#ifndef CAPBOX_SENTRY_CRED_H
#define CAPBOX_SENTRY_CRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CRED_GROUPS_MAX 65536

struct cred {
	int refs;
	uid_t uid, euid, suid, fsuid;
	gid_t gid, egid, sgid, fsgid;
	uint64_t permitted, effective, inheritable, bounding, ambient;
	uint32_t securebits; /* SECBIT_* of linux/securebits.h */
	size_t ngroups;
	gid_t groups[];
};

struct cred *cred_get(struct cred *c);
void cred_put(struct cred *c);

/* A copy with one reference and room for ngroups groups (filled from c as far as they fit); NULL
 * without memory. */
struct cred *cred_copy(const struct cred *c, size_t ngroups);

static inline bool cred_capable(const struct cred *c, int capability)
{
	return c->effective >> capability & 1;
}

/* Whether gid is the fsgid or one of the supplementary groups (in_group_p of the kernel). */
bool cred_in_group(const struct cred *c, gid_t gid);

/*
 * What execve makes of credentials, as capabilities(7) "Transformation of capabilities during
 * execve()" and execve(2) "Effect on process attributes" say. `file` describes the program.
 * Returns a new cred with one reference, NULL without memory; sets *secure for AT_SECURE.
 * -EPERM case of capabilities(7) (a file whose effective bit is set but whose permitted
 * capabilities were not all granted) is reported through *error.
 */
struct file_privilege {
	bool set_uid, set_gid; /* already false on nosuid mounts and with no_new_privs */
	uid_t uid;
	gid_t gid;
	bool has_caps; /* security.capability present, mount not nosuid, no no_new_privs */
	bool caps_effective;
	uint64_t caps_permitted, caps_inheritable;
};
struct cred *cred_exec(const struct cred *old, const struct file_privilege *file, bool *secure,
		       int *error);

/* Parses a security.capability xattr (VFS_CAP_REVISION 1 to 3; root_uid of revision 3 must be 0). 0
 * or -EINVAL. */
int file_privilege_parse_xattr(struct file_privilege *p, const void *xattr, size_t size);

/* The capability changes of set*uid (capabilities(7) "Effect of user ID changes"), applied to new
 * given old. */
void cred_fix_setuid(struct cred *new, const struct cred *old);
void cred_fix_setfsuid(struct cred *new, const struct cred *old);

#endif
