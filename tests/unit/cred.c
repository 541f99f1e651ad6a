/* Credentials: the cases that capabilities(7), credentials(7) and the pages of the calls tell. */
#include "sentry/cred.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "syscalls/cred.h"

#define BIT(capability) (UINT64_C(1) << (capability))

static struct cred *make(uid_t uid)
{
	struct cred *c = calloc(1, sizeof *c);
	c->refs = 1;
	c->uid = c->euid = c->suid = c->fsuid = uid;
	c->gid = c->egid = c->sgid = c->fsgid = uid;
	c->bounding = CRED_ALL_CAPS;
	if (uid == 0)
		c->permitted = c->effective = CRED_ALL_CAPS;
	return c;
}

static void put(struct cred **c)
{
	cred_put(*c);
}
typedef struct cred *cred_ptr;
#define _cred_ _cleanup_(put) cred_ptr

static struct cred *exec_with(const struct cred *old, struct file_privilege file, bool *secure)
{
	int error = 0;
	struct cred *new = cred_exec(old, &file, secure, &error);
	cr_assert_not_null(new);
	cr_assert_eq(error, 0);
	return new;
}

Test(cred, root_gets_its_bounding_and_inheritable_set)
{
	bool secure;
	_cred_ root = make(0);
	root->permitted = root->effective = 0;
	root->bounding = BIT(CAP_CHOWN) | BIT(CAP_KILL);
	root->inheritable = BIT(CAP_SETUID);
	_cred_ new = exec_with(root, (struct file_privilege){0}, &secure);
	cr_assert_eq(new->permitted, BIT(CAP_CHOWN) | BIT(CAP_KILL) | BIT(CAP_SETUID));
	cr_assert_eq(new->effective, new->permitted);
	cr_assert_not(secure);
}

Test(cred, noroot_makes_root_ordinary)
{
	bool secure;
	_cred_ root = make(0);
	root->securebits = SECBIT_NOROOT;
	_cred_ new = exec_with(root, (struct file_privilege){0}, &secure);
	cr_assert_eq(new->permitted, 0);
	cr_assert_eq(new->effective, 0);
	root->ambient = root->inheritable = BIT(CAP_KILL);
	_cred_ ambient = exec_with(root, (struct file_privilege){0}, &secure);
	cr_assert_eq(ambient->permitted, BIT(CAP_KILL));
	cr_assert_eq(ambient->effective, BIT(CAP_KILL));
}

Test(cred, others_keep_their_ambient_set)
{
	bool secure;
	_cred_ user = make(1000);
	user->permitted = user->effective = user->inheritable = BIT(CAP_KILL) | BIT(CAP_CHOWN);
	user->ambient = BIT(CAP_KILL);
	_cred_ new = exec_with(user, (struct file_privilege){0}, &secure);
	cr_assert_eq(new->permitted, BIT(CAP_KILL));
	cr_assert_eq(new->effective, BIT(CAP_KILL));
	cr_assert_eq(new->inheritable, user->inheritable);
	cr_assert_not(secure);
}

Test(cred, set_user_id_root)
{
	bool secure;
	_cred_ user = make(1000);
	user->ambient = user->permitted = user->inheritable = BIT(CAP_KILL);
	user->bounding = BIT(CAP_CHOWN);
	_cred_ new = exec_with(user, (struct file_privilege){.set_uid = true}, &secure);
	cr_assert(new->uid == 1000 && new->euid == 0 && new->suid == 0 && new->fsuid == 0);
	cr_assert_eq(new->permitted, BIT(CAP_CHOWN) | BIT(CAP_KILL));
	cr_assert_eq(new->effective, new->permitted);
	cr_assert_eq(new->ambient, 0);
	cr_assert(secure);
	/* its capabilities are those of the file when there are some */
	_cred_ caps =
	    exec_with(user,
		      (struct file_privilege){
			  .set_uid = true, .has_caps = true, .caps_permitted = BIT(CAP_CHOWN)},
		      &secure);
	cr_assert_eq(caps->permitted, BIT(CAP_CHOWN));
	cr_assert_eq(caps->effective, 0);
}

Test(cred, set_group_id)
{
	bool secure;
	_cred_ user = make(1000);
	_cred_ new = exec_with(user, (struct file_privilege){.set_gid = true, .gid = 50}, &secure);
	cr_assert(new->gid == 1000 && new->egid == 50 && new->sgid == 50 && new->fsgid == 50);
	cr_assert(new->euid == 1000 && secure);
}

Test(cred, file_capabilities)
{
	bool secure;
	int error = 0;
	_cred_ user = make(1000);
	user->inheritable = BIT(CAP_SETUID) | BIT(CAP_SETGID);
	user->ambient = BIT(CAP_SETUID);
	user->permitted = BIT(CAP_SETUID);
	struct file_privilege file = {.has_caps = true,
				      .caps_effective = true,
				      .caps_permitted = BIT(CAP_KILL),
				      .caps_inheritable = BIT(CAP_SETGID) | BIT(CAP_CHOWN)};
	_cred_ new = exec_with(user, file, &secure);
	cr_assert_eq(new->permitted, BIT(CAP_KILL) | BIT(CAP_SETGID));
	cr_assert_eq(new->effective, new->permitted);
	cr_assert_eq(new->ambient, 0);
	cr_assert(secure);

	user->bounding &= ~BIT(CAP_KILL);
	cr_assert_null(cred_exec(user, &file, &secure, &error));
	cr_assert_eq(error, -EPERM);
	file.caps_effective = false;
	_cred_ dumb = exec_with(user, file, &secure);
	cr_assert_eq(dumb->permitted, BIT(CAP_SETGID));
	cr_assert_eq(dumb->effective, 0);
}

Test(cred, no_new_privs_gains_nothing)
{
	bool secure;
	_cred_ user = make(1000);
	user->permitted = BIT(CAP_CHOWN);
	struct file_privilege file = {.has_caps = true,
				      .caps_effective = true,
				      .caps_permitted = BIT(CAP_KILL) | BIT(CAP_CHOWN),
				      .no_new_privs = true};
	_cred_ new = exec_with(user, file, &secure);
	cr_assert_eq(new->permitted, BIT(CAP_CHOWN));
	_cred_ root = make(0);
	root->permitted = BIT(CAP_CHOWN);
	_cred_ less = exec_with(root, (struct file_privilege){.no_new_privs = true}, &secure);
	cr_assert_eq(less->permitted, BIT(CAP_CHOWN));
}

Test(cred, keep_caps_ends_with_exec)
{
	bool secure;
	_cred_ user = make(1000);
	user->securebits = SECBIT_KEEP_CAPS | SECBIT_NO_SETUID_FIXUP;
	_cred_ new = exec_with(user, (struct file_privilege){0}, &secure);
	cr_assert_eq(new->securebits, SECBIT_NO_SETUID_FIXUP);
}

Test(cred, secure_when_ids_differ)
{
	bool secure;
	_cred_ user = make(1000);
	user->euid = user->suid = user->fsuid = 1001;
	_cred_ new = exec_with(user, (struct file_privilege){0}, &secure);
	cr_assert(secure);
	cr_assert(new->uid == 1000 && new->euid == 1001);
}

Test(cred, xattr)
{
	/* revision 2, effective, permitted: capability 5 and 33, inheritable: 40 */
	unsigned char xattr[24] = {1, 0, 0, 2, 0x20, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0};
	struct file_privilege p = {0};
	cr_assert_eq(file_privilege_parse_xattr(&p, xattr, 20), 0);
	cr_assert(p.has_caps && p.caps_effective);
	cr_assert_eq(p.caps_permitted, BIT(5) | BIT(33));
	cr_assert_eq(p.caps_inheritable, BIT(40));
	xattr[17] = 0xff; /* capabilities that there are not */
	cr_assert_eq(file_privilege_parse_xattr(&p, xattr, 20), 0);
	cr_assert_eq(p.caps_inheritable, BIT(40));
	for (size_t size = 0; size < 24; size++)
		cr_assert_eq(file_privilege_parse_xattr(&p, xattr, size), size == 20 ? 0 : -EINVAL);

	xattr[3] = 3;
	cr_assert_eq(file_privilege_parse_xattr(&p, xattr, 20), -EINVAL);
	cr_assert_eq(file_privilege_parse_xattr(&p, xattr, 24), 0);
	cr_assert(p.has_caps);
	xattr[20] = 1; /* another root's */
	cr_assert_eq(file_privilege_parse_xattr(&p, xattr, 24), 0);
	cr_assert_not(p.has_caps);

	xattr[3] = 1;
	cr_assert_eq(file_privilege_parse_xattr(&p, xattr, 20), -EINVAL);
	cr_assert_eq(file_privilege_parse_xattr(&p, xattr, 12), 0);
	cr_assert(p.has_caps && p.caps_permitted == BIT(5) && p.caps_inheritable == 0);
	xattr[3] = 4;
	cr_assert_eq(file_privilege_parse_xattr(&p, xattr, 20), -EINVAL);
	cr_assert_eq(file_privilege_parse_xattr(&p, xattr, 4), -EINVAL);
}

static int64_t apply(struct cred *c, cred_change *change, uint32_t a, uint32_t b, uint32_t d)
{
	_cred_ new = cred_copy(c, c->ngroups);
	int64_t r = change(new, c, &(struct cred_ids){{a, b, d}});
	if (r >= 0) {
		*c = *new;
		c->refs = 1;
	}
	return r;
}

#define KEEP ((uint32_t)-1)

Test(cred, root_gives_up_its_capabilities)
{
	_cred_ c = make(0);
	c->ambient = c->inheritable = BIT(CAP_KILL);
	cr_assert_eq(apply(c, cred_setuid, 1000, 0, 0), 0);
	cr_assert(c->uid == 1000 && c->euid == 1000 && c->suid == 1000 && c->fsuid == 1000);
	cr_assert(c->permitted == 0 && c->effective == 0 && c->ambient == 0);
	cr_assert_eq(apply(c, cred_setuid, 0, 0, 0), -EPERM);

	_cred_ keeper = make(0);
	keeper->securebits = SECBIT_KEEP_CAPS;
	cr_assert_eq(apply(keeper, cred_setuid, 1000, 0, 0), 0);
	cr_assert(keeper->permitted == CRED_ALL_CAPS && keeper->effective == 0);

	_cred_ fixed = make(0);
	fixed->securebits = SECBIT_NO_SETUID_FIXUP;
	cr_assert_eq(apply(fixed, cred_setuid, 1000, 0, 0), 0);
	cr_assert(fixed->permitted == CRED_ALL_CAPS && fixed->effective == CRED_ALL_CAPS);
}

Test(cred, saved_id_brings_root_back)
{
	_cred_ c = make(0);
	cr_assert_eq(apply(c, cred_setresuid, KEEP, 1000, KEEP), 0);
	cr_assert(c->uid == 0 && c->euid == 1000 && c->fsuid == 1000 && c->suid == 0);
	cr_assert(c->permitted == CRED_ALL_CAPS && c->effective == 0);
	cr_assert_eq(apply(c, cred_setreuid, 5, KEEP, 0), -EPERM);
	cr_assert_eq(apply(c, cred_setuid, 0, 0, 0), 0);
	cr_assert(c->euid == 0 && c->effective == CRED_ALL_CAPS);
}

Test(cred, fsuid_takes_the_file_capabilities_along)
{
	_cred_ c = make(0);
	cr_assert_eq(apply(c, cred_setfsuid, 1000, 0, 0), 0);
	cr_assert_eq(c->fsuid, 1000);
	cr_assert_not(cred_capable(c, CAP_DAC_OVERRIDE));
	cr_assert_not(cred_capable(c, CAP_LINUX_IMMUTABLE));
	cr_assert(cred_capable(c, CAP_KILL) && cred_capable(c, CAP_SETUID));
	cr_assert_eq(apply(c, cred_setfsuid, 0, 0, 0), 1000);
	cr_assert_eq(c->effective, CRED_ALL_CAPS);

	_cred_ user = make(1000);
	cr_assert_eq(apply(user, cred_setfsuid, 0, 0, 0), 1000);
	cr_assert_eq(user->fsuid, 1000);
}

Test(cred, capability_sets)
{
	_cred_ old = make(1000), new = make(1000);
	old->permitted = BIT(1) | BIT(2);
	old->effective = BIT(1);
	old->bounding = BIT(1) | BIT(3);
	new->ambient = BIT(1) | BIT(2);
	cr_assert_eq(cred_set_caps(new, old, 0, BIT(3), 0), -EPERM);
	cr_assert_eq(cred_set_caps(new, old, BIT(2), BIT(1), 0), -EPERM);
	cr_assert_eq(cred_set_caps(new, old, 0, BIT(1), BIT(3)), -EPERM);
	cr_assert_eq(cred_set_caps(new, old, 0, BIT(1), BIT(2)), -EPERM); /* outside bounding */
	cr_assert_eq(cred_set_caps(new, old, 0, BIT(1), BIT(1)), 0);
	cr_assert(new->permitted == BIT(1) && new->inheritable == BIT(1) && new->ambient == BIT(1));
	old->permitted = old->effective = BIT(CAP_SETPCAP);
	cr_assert_eq(cred_set_caps(new, old, 0, 0, BIT(3)), 0);
}

Test(cred, groups)
{
	_cred_ c = make(1000), more = cred_copy(c, 3);
	more->groups[0] = 30;
	more->groups[1] = 5;
	more->groups[2] = 4000000000;
	cred_sort_groups(more);
	cr_assert(more->groups[0] == 5 && more->groups[1] == 30 && more->groups[2] == 4000000000);
	cr_assert(cred_in_group(more, 30) && cred_in_group(more, 1000) && !cred_in_group(more, 31));
	_cred_ less = cred_copy(more, 1);
	cr_assert(less->ngroups == 1 && less->groups[0] == 5);
}
