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
 * Returns a new cred with one reference and sets *secure for AT_SECURE. NULL without memory, or
 * with *error -EPERM in capabilities(7)'s case of a "capability-dumb" program: the file's effective
 * bit is set, but not all of its permitted capabilities could be granted.
 */
struct file_privilege {
	bool set_uid, set_gid; /* already false on nosuid mounts and with no_new_privs */
	uid_t uid;
	gid_t gid;
	bool has_caps; /* security.capability present and the mount not nosuid */
	bool caps_effective;
	uint64_t caps_permitted, caps_inheritable;
	bool no_new_privs; /* of the process: whatever else is said here, it gains nothing */
};
struct cred *cred_exec(const struct cred *old, const struct file_privilege *file, bool *secure,
		       int *error);

/*
 * Parses a security.capability xattr (VFS_CAP_REVISION 1 to 3) into the caps fields. 0, or -EINVAL,
 * with which execve fails. Capabilities for the root of another user namespace (a root id other
 * than 0 in revision 3) count as none.
 */
int file_privilege_parse_xattr(struct file_privilege *p, const void *xattr, size_t size);

/* The capability changes of set*uid (capabilities(7) "Effect of user ID changes"), applied to new
 * given old. */
void cred_fix_setuid(struct cred *new, const struct cred *old);
void cred_fix_setfsuid(struct cred *new, const struct cred *old);

/* capset(2): 0 with the sets of `new` (a copy of old) changed, or -EPERM. */
int cred_set_caps(struct cred *new, const struct cred *old, uint64_t effective, uint64_t permitted,
		  uint64_t inheritable);

/* Sorts the groups, as Linux keeps them. */
void cred_sort_groups(struct cred *c);

/* All capabilities that there are. */
#define CRED_ALL_CAPS ((UINT64_C(1) << 41) - 1)

#endif
