/*
 * Emulated credentials against real ones: a child of the test, which is root, makes random calls
 * that change its credentials and executes a program with random privileges. After each call and
 * after the exec, its state must be what the rules say.
 */
#include "syscalls/prctl.c"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "tests/unit/exec_native.h"

#define GROUPS 4
#define STEPS  40

/* One run, in memory that parent and child share. */
struct run {
	uint64_t random;
	bool no_new_privs;
	struct file_privilege file;
	char message[256];
	struct cred cred;
	gid_t groups[GROUPS];
};

static uint64_t random_next(struct run *run)
{
	run->random = run->random * 6364136223846793005u + 1442695040888963407u;
	return run->random >> 33;
}

static struct cred *new_cred(size_t groups)
{
	struct cred *c = calloc(1, sizeof *c + groups * sizeof c->groups[0]);
	c->refs = 1;
	c->ngroups = groups;
	return c;
}

/* The credentials that the kernel says this process has. */
static struct cred *read_own(void)
{
	struct cred *c = new_cred(GROUPS);
	cr_assert_eq(getresuid(&c->uid, &c->euid, &c->suid), 0);
	cr_assert_eq(getresgid(&c->gid, &c->egid, &c->sgid), 0);
	c->fsuid = (uid_t)syscall(SYS_setfsuid, -1);
	c->fsgid = (gid_t)syscall(SYS_setfsgid, -1);
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	cr_assert_eq(syscall(SYS_capget, &header, data), 0);
	c->effective = (uint64_t)data[1].effective << 32 | data[0].effective;
	c->permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	c->inheritable = (uint64_t)data[1].inheritable << 32 | data[0].inheritable;
	for (unsigned long i = 0; i <= CAP_LAST_CAP; i++) {
		c->bounding |= (uint64_t)(prctl(PR_CAPBSET_READ, i) == 1) << i;
		uint64_t set = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1;
		c->ambient |= set << i;
	}
	c->securebits = (uint32_t)prctl(PR_GET_SECUREBITS);
	int n = getgroups(GROUPS, c->groups);
	cr_assert_geq(n, 0);
	c->ngroups = (size_t)n;
	return c;
}

static void describe(const char *name, const struct cred *c, char *text, size_t size)
{
	snprintf(text, size, "%s: %u/%u/%u/%u %u/%u/%u/%u %lx/%lx/%lx/%lx/%lx %x %zu", name, c->uid,
		 c->euid, c->suid, c->fsuid, c->gid, c->egid, c->sgid, c->fsgid, c->permitted,
		 c->effective, c->inheritable, c->bounding, c->ambient, c->securebits, c->ngroups);
}

static bool equal(const struct cred *a, const struct cred *b)
{
	return a->uid == b->uid && a->euid == b->euid && a->suid == b->suid &&
	       a->fsuid == b->fsuid && a->gid == b->gid && a->egid == b->egid &&
	       a->sgid == b->sgid && a->fsgid == b->fsgid && a->permitted == b->permitted &&
	       a->effective == b->effective && a->inheritable == b->inheritable &&
	       a->bounding == b->bounding && a->ambient == b->ambient &&
	       a->securebits == b->securebits && a->ngroups == b->ngroups &&
	       !memcmp(a->groups, b->groups, a->ngroups * sizeof a->groups[0]);
}

static int64_t model_capset(struct cred *new, const struct cred *old, const void *arg)
{
	const uint64_t *sets = arg;
	return cred_set_caps(new, old, sets[0], sets[1], sets[2]);
}

static int64_t native_capset(const uint64_t sets[3])
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	for (int i = 0; i < 2; i++)
		data[i] = (struct __user_cap_data_struct){(uint32_t)(sets[0] >> 32 * i),
							  (uint32_t)(sets[1] >> 32 * i),
							  (uint32_t)(sets[2] >> 32 * i)};
	return syscall(SYS_capset, &header, data);
}

static uint32_t random_id(struct run *run, bool keep)
{
	static const uint32_t ids[] = {0, 0, 1000, 1001, (uint32_t)-1, (uint32_t)-1};
	return ids[random_next(run) % (keep ? 6 : 4)];
}

/* Mostly all, often half, sometimes one. */
static uint64_t random_caps(struct run *run)
{
	uint64_t bits = random_next(run) << 31 ^ random_next(run);
	uint64_t kind = random_next(run) % 4;
	return (kind == 0   ? bits
		: kind == 1 ? UINT64_C(1) << bits % 41
			    : UINT64_MAX) &
	       CRED_ALL_CAPS;
}

static const struct {
	long number;
	size_t count;
	bool keep;
	cred_change *change;
} id_calls[] = {{SYS_setuid, 1, false, cred_setuid},	  {SYS_setgid, 1, false, cred_setgid},
		{SYS_setreuid, 2, true, cred_setreuid},	  {SYS_setregid, 2, true, cred_setregid},
		{SYS_setresuid, 3, true, cred_setresuid}, {SYS_setresgid, 3, true, cred_setresgid},
		{SYS_setfsuid, 1, false, cred_setfsuid},  {SYS_setfsgid, 1, false, cred_setfsgid}};

static int64_t step_ids(struct run *run, struct cred *new, const struct cred *old, int64_t *native)
{
	size_t i = random_next(run) % ARRAY_SIZE(id_calls);
	struct cred_ids ids = {{0}};
	for (size_t n = 0; n < id_calls[i].count; n++)
		ids.id[n] = random_id(run, id_calls[i].keep);
	*native = syscall(id_calls[i].number, ids.id[0], ids.id[1], ids.id[2]);
	return id_calls[i].change(new, old, &ids);
}

static int64_t step_caps(struct run *run, struct cred *new, const struct cred *old, int64_t *native)
{
	uint64_t sets[3] = {random_caps(run), random_caps(run), random_caps(run)};
	/* Within what is allowed, else hardly any succeeds. */
	if (random_next(run) % 8) {
		sets[1] &= old->permitted;
		sets[0] &= sets[1];
		sets[2] &= old->bounding;
	}
	*native = native_capset(sets);
	return model_capset(new, old, sets);
}

static int64_t step_prctl(struct run *run, struct cred *new, const struct cred *old,
			  int64_t *native)
{
	uint64_t value = random_next(run) % 42;
	uint64_t args[5] = {PR_CAP_AMBIENT, 1 + random_next(run) % 5, value, 0, 0};
	switch (random_next(run) % 5) {
	case 0:
		*native = prctl(PR_CAPBSET_DROP, value);
		return drop_bounding(new, old, &value);
	case 1:
		value = random_next(run) % 3;
		*native = prctl(PR_SET_KEEPCAPS, value);
		return set_keep_caps(new, old, &value);
	case 2: /* seldom a lock */
		value = random_next(run) & (random_next(run) % 4 ? 0x55 : 0xff);
		*native = prctl(PR_SET_SECUREBITS, value);
		return set_securebits(new, old, &value);
	default:
		*native = prctl(PR_CAP_AMBIENT, args[1], args[2], args[3], args[4]);
		return change_ambient(new, old, args);
	}
}

/* One call, here and by the kernel. False, with a message, when they differ. */
static bool step(struct run *run, struct cred **cred)
{
	struct cred *old = *cred, *new = cred_copy(old, old->ngroups);
	int64_t native = 0, ours;
	unsigned kind = (unsigned)(random_next(run) % 3);
	ours = kind == 0   ? step_ids(run, new, old, &native)
	       : kind == 1 ? step_caps(run, new, old, &native)
			   : step_prctl(run, new, old, &native);
	if (native < 0)
		native = -errno;
	if (ours < 0) {
		cred_put(new);
		new = cred_get(old);
	}
	cred_put(old);
	*cred = new;
	struct cred *real = read_own();
	bool same = ours == native && equal(new, real);
	if (!same) {
		char a[128], b[128];
		describe("ours", new, a, sizeof a);
		describe("real", real, b, sizeof b);
		snprintf(run->message, sizeof run->message, "kind %u: %ld, not %ld; %.100s %.100s",
			 kind, (long)ours, (long)native, a, b);
	}
	cred_put(real);
	return same;
}

static bool before(void *arg)
{
	struct run *run = arg;
	static const gid_t groups[] = {7, 3, 1001};
	if (setgroups(ARRAY_SIZE(groups), groups) < 0)
		return false;
	struct cred *cred = read_own();
	uint64_t steps = random_next(run) % STEPS;
	bool good = true;
	for (uint64_t i = 0; good && i < steps; i++)
		good = step(run, &cred);
	if (random_next(run) % 3 == 0)
		run->no_new_privs = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	run->cred = *cred;
	memcpy(run->groups, cred->groups, cred->ngroups * sizeof cred->groups[0]);
	return good;
}

static uint64_t status_field(const char *status, const char *name, int base, unsigned index)
{
	const char *line = strstr(status, name);
	cr_assert_not_null(line);
	char *end = (char *)line + strlen(name);
	uint64_t value = 0;
	for (unsigned i = 0; i <= index; i++)
		value = strtoull(end, &end, base);
	return value;
}

static bool secure_mode(pid_t pid)
{
	char path[40];
	uint64_t auxv[128] = {0};
	snprintf(path, sizeof path, "/proc/%d/auxv", (int)pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	cr_assert_gt(read(fd, auxv, sizeof auxv), 0);
	for (size_t i = 0; auxv[i]; i += 2)
		if (auxv[i] == AT_SECURE)
			return auxv[i + 1];
	return false;
}

static struct cred *expected(struct run *run, bool *secure, int *error)
{
	struct cred *old = new_cred(run->cred.ngroups);
	size_t n = old->ngroups;
	*old = run->cred;
	old->ngroups = n;
	old->refs = 1;
	memcpy(old->groups, run->groups, n * sizeof old->groups[0]);
	run->file.no_new_privs = run->no_new_privs;
	if (run->no_new_privs)
		run->file.set_uid = run->file.set_gid = false;
	struct cred *new = cred_exec(old, &run->file, secure, error);
	cred_put(old);
	return new;
}

static void after(void *arg, pid_t pid)
{
	struct run *run = arg;
	bool secure = false;
	int error = 0;
	struct cred *c = expected(run, &secure, &error);
	char path[40], status[8192], text[256];
	cr_assert_not_null(c, "refused here");
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	cr_assert_gt(read_file_at(AT_FDCWD, path, status, sizeof status), 0);
	describe("ours", c, text, sizeof text);
	const uint32_t uids[] = {c->uid, c->euid, c->suid, c->fsuid};
	const uint32_t gids[] = {c->gid, c->egid, c->sgid, c->fsgid};
	for (unsigned i = 0; i < 4; i++) {
		cr_assert_eq(status_field(status, "\nUid:", 10, i), uids[i], "%s%s", text, status);
		cr_assert_eq(status_field(status, "\nGid:", 10, i), gids[i], "%s%s", text, status);
	}
	cr_assert_eq(status_field(status, "\nCapInh:", 16, 0), c->inheritable, "%s%s", text,
		     status);
	cr_assert_eq(status_field(status, "\nCapPrm:", 16, 0), c->permitted, "%s%s", text, status);
	cr_assert_eq(status_field(status, "\nCapEff:", 16, 0), c->effective, "%s%s", text, status);
	cr_assert_eq(status_field(status, "\nCapBnd:", 16, 0), c->bounding, "%s%s", text, status);
	cr_assert_eq(status_field(status, "\nCapAmb:", 16, 0), c->ambient, "%s%s", text, status);
	cr_assert_eq(secure_mode(pid), secure, "AT_SECURE; %s%s", text, status);
	cred_put(c);
}

static void make_program(struct run *run, const char *path)
{
	struct elf_file f;
	elf_file_init(&f, NULL);
	write_program(path, &f, sizeof f);
	run->file = (struct file_privilege){.set_uid = random_next(run) % 2,
					    .set_gid = random_next(run) % 3 == 0,
					    .uid = random_id(run, false),
					    .gid = random_id(run, false)};
	cr_assert_eq(chown(path, run->file.uid, run->file.gid), 0);
	cr_assert_eq(chmod(path, 0755u | (run->file.set_uid ? S_ISUID : 0) |
				     (run->file.set_gid ? S_ISGID : 0)),
		     0);
	if (random_next(run) % 2)
		return;
	uint64_t permitted = random_caps(run), inheritable = random_caps(run);
	struct vfs_cap_data data = {
	    .magic_etc = VFS_CAP_REVISION_2 | (random_next(run) % 2 ? VFS_CAP_FLAGS_EFFECTIVE : 0),
	    .data = {{(uint32_t)permitted, (uint32_t)inheritable},
		     {(uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)}}};
	cr_assert_eq(setxattr(path, "security.capability", &data, sizeof data, 0), 0);
	cr_assert_eq(file_privilege_parse_xattr(&run->file, &data, sizeof data), 0);
}

/* Until Linux 6.16, a process whose effective and real ids differed counted as executing a set-ID
 * program, whatever it executed. */
static bool can_compare(const char *directory)
{
	struct utsname uts;
	unsigned major = 0, minor = 0;
	struct statvfs fs;
	uname(&uts);
	sscanf(uts.release, "%u.%u", &major, &minor);
	return major * 1000 + minor >= 6016 && geteuid() == 0 && statvfs(directory, &fs) == 0 &&
	       !(fs.f_flag & ST_NOSUID);
}

Test(cred_native, random_processes_and_programs, .timeout = 120)
{
	char directory[64], program[80];
	test_directory(directory);
	if (!can_compare(directory)) {
		test_directory_remove(directory);
		cr_skip_test("needs root, set-user-ID files in /tmp, and Linux 6.16");
	}
	snprintf(program, sizeof program, "%s/program", directory);
	struct run *run =
	    mmap(NULL, sizeof *run, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (unsigned i = 0; i < 400; i++) {
		memset(run, 0, sizeof *run);
		run->random = i * 7919;
		random_next(run);
		make_program(run, program);
		int r = exec_native(program, &(struct exec_hooks){before, after, run});
		cr_assert_str_eq(run->message, "", "run %u: %s", i, run->message);
		if (r < 0) {
			bool secure;
			int error = 0;
			cr_assert_null(expected(run, &secure, &error));
			cr_assert_eq(error, r, "run %u: %s", i, strerror(-r));
		}
	}
	munmap(run, sizeof *run);
	test_directory_remove(directory);
}
