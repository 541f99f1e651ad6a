/*
 * From a policy to a seccomp program, by libseccomp.
 *
 * The default of the program is the sentry, so "else sentry" needs no rule, and what is denied is a
 * trap that the sentry answers from the policy: rules are only lists of what is native. Every
 * comparison is a masked one, which says how much of the register the kernel will look at.
 */
#include "platform/policy.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/cleanup.h"

/* libseccomp's level for user notification; asking the kernel at hand would tie the build to it. */
#define API_LEVEL 6

static void release_context(scmp_filter_ctx *c)
{
	if (*c)
		seccomp_release(*c);
}

static struct scmp_arg_cmp comparison(const struct rule_test *test, size_t value)
{
	return (struct scmp_arg_cmp){.arg = test->argument,
				     .op = SCMP_CMP_MASKED_EQ,
				     .datum_a = test->mask,
				     .datum_b = test->values[value]};
}

/* Allows every combination of the values that the tests of one case list. */
static int allow_case(scmp_filter_ctx c, int number, const struct rule_case *rule_case)
{
	const struct rule_test *a = &rule_case->tests[0], *b = &rule_case->tests[1];
	_Static_assert(RULE_TESTS == 2, "one loop a test");
	for (size_t i = 0; i < a->count; i++) {
		struct scmp_arg_cmp compare[2] = {comparison(a, i)};
		int r = 0;
		if (b->mask == 0)
			r = seccomp_rule_add_array(c, SCMP_ACT_ALLOW, number, 1, compare);
		for (size_t j = 0; r == 0 && b->mask && j < b->count; j++) {
			compare[1] = comparison(b, j);
			r = seccomp_rule_add_array(c, SCMP_ACT_ALLOW, number, 2, compare);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_call(scmp_filter_ctx c, const struct syscall_info *info, struct policy_entry entry)
{
	if (entry.action == POLICY_SENTRY)
		return 0;
	/* A refusal is told by the sentry, unless programs ask for it all the time. */
	if (entry.action == POLICY_DENY && !strchr(info->dial, 'Q'))
		return 0;
	if (entry.action == POLICY_DENY)
		return seccomp_rule_add(c, SCMP_ACT_ERRNO(entry.error), info->number, 0);
	if (!info->rule)
		return seccomp_rule_add(c, SCMP_ACT_ALLOW, info->number, 0);
	for (size_t i = 0; i < RULE_CASES && info->rule->cases[i].tests[0].mask; i++) {
		int r = allow_case(c, info->number, &info->rule->cases[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_all(scmp_filter_ctx c, const struct policy *policy)
{
	int r = seccomp_attr_set(c, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		r = seccomp_attr_set(c, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (size_t i = 0; r == 0 && i < SYSCALL_COUNT; i++)
		r = add_call(c, &syscall_table[i], policy->entries[i]);
	for (size_t i = 0; i < syscall_gaps_size; i++)
		for (int n = syscall_gaps[i].first; r == 0 && n <= syscall_gaps[i].last; n++)
			r = seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS), n, 0);
	return r;
}

/* libseccomp exports to descriptors only. */
int policy_export(void *c, struct sock_fprog *out)
{
	_cleanup_close_ int fd = memfd_create("filter", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	int r = seccomp_export_bpf(c, fd);
	if (r < 0)
		return r;
	off_t size = lseek(fd, 0, SEEK_END);
	size_t count = (size_t)size / sizeof(struct sock_filter);
	if (size <= 0 || count > BPF_MAXINSNS)
		return -E2BIG;
	_cleanup_free_ struct sock_filter *filter = calloc(count, sizeof *filter);
	if (!filter)
		return -ENOMEM;
	ssize_t n = pread(fd, filter, count * sizeof *filter, 0);
	if (n != (ssize_t)(count * sizeof *filter))
		return n < 0 ? -errno : -EIO;
	*out = (struct sock_fprog){.len = (unsigned short)count, .filter = steal_pointer(&filter)};
	return 0;
}

int policy_compile(const struct policy *policy, struct sock_fprog *out)
{
	int r = seccomp_api_set(API_LEVEL);
	if (r < 0)
		return r;
	_cleanup_(release_context) scmp_filter_ctx c = seccomp_init(SCMP_ACT_NOTIFY);
	if (!c)
		return -ENOMEM;
	r = add_all(c, policy);
	return r < 0 ? r : policy_export(c, out);
}
