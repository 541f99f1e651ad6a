/* The table of system calls against the kernel's headers and against itself. */
#include <asm/unistd_64.h>
#include <criterion/criterion.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "platform/loader/protocol.h"
#include "syscalls/table.h"

#define LAST_ASSIGNED 469 /* file_setattr, of Linux 6.17 */
#define HEADER	      "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"

static bool in_gap(int number)
{
	for (size_t i = 0; i < syscall_gaps_size; i++)
		if (number >= syscall_gaps[i].first && number <= syscall_gaps[i].last)
			return true;
	return false;
}

Test(table, has_every_call_of_the_kernel_headers)
{
	_cleanup_file_ FILE *f = fopen(HEADER, "re");
	cr_assert(f, "%s", HEADER);
	char line[256], name[64];
	int number, calls = 0;
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "#define __NR_%63s %d", name, &number) != 2)
			continue;
		calls++;
		const struct syscall_info *info = syscall_by_number(number);
		cr_assert(info, "no %s, number %d", name, number);
		cr_expect_str_eq(info->name, name, "%d is %s, not %s", number, name, info->name);
		cr_expect_eq(syscall_by_name(name), info);
	}
	cr_assert_gt(calls, 350);
}

Test(table, knows_calls_newer_than_the_headers)
{
	static const struct {
		int number;
		const char *name;
	} newer[] = {{335, "uretprobe"},
		     {451, "cachestat"},
		     {452, "fchmodat2"},
		     {453, "map_shadow_stack"},
		     {454, "futex_wake"},
		     {455, "futex_wait"},
		     {456, "futex_requeue"},
		     {457, "statmount"},
		     {458, "listmount"},
		     {459, "lsm_get_self_attr"},
		     {460, "lsm_set_self_attr"},
		     {461, "lsm_list_modules"},
		     {462, "mseal"},
		     {463, "setxattrat"},
		     {464, "getxattrat"},
		     {465, "listxattrat"},
		     {466, "removexattrat"},
		     {467, "open_tree_attr"},
		     {468, "file_getattr"},
		     {469, "file_setattr"}};
	for (size_t i = 0; i < ARRAY_SIZE(newer); i++) {
		const struct syscall_info *info = syscall_by_number(newer[i].number);
		cr_assert(info, "%s", newer[i].name);
		cr_expect_str_eq(info->name, newer[i].name);
	}
}

Test(table, has_no_number_unsaid_and_none_twice)
{
	for (int n = 0; n <= LAST_ASSIGNED; n++)
		cr_expect((syscall_by_number(n) != NULL) != in_gap(n), "number %d", n);
	for (size_t i = 1; i < SYSCALL_COUNT; i++)
		cr_expect_lt(syscall_table[i - 1].number, syscall_table[i].number, "%s",
			     syscall_table[i].name);
	for (size_t i = 0; i < SYSCALL_COUNT; i++)
		cr_expect_eq(syscall_by_name(syscall_table[i].name), &syscall_table[i], "%s",
			     syscall_table[i].name);
	cr_expect_null(syscall_by_number(-1));
	cr_expect_null(syscall_by_number(400));
	cr_expect_null(syscall_by_name("rea"));
}

Test(table, has_the_loaders_call)
{
	const struct syscall_info *info = syscall_by_number(LOADER_SYSCALL);
	cr_assert(info);
	cr_expect_eq(info->action, ACTION_SENTRY);
}

Test(table, says_why_and_how_it_fails)
{
	for (size_t i = 0; i < SYSCALL_COUNT; i++) {
		const struct syscall_info *info = &syscall_table[i];
		bool denies =
		    info->action == ACTION_DENY || info->action == ACTION_NATIVE_ELSE_DENY;
		bool ruled = info->action == ACTION_NATIVE_ELSE_SENTRY ||
			     info->action == ACTION_NATIVE_ELSE_DENY;
		cr_expect_gt(strlen(info->reason), 5, "%s: reason", info->name);
		cr_expect_null(strpbrk(info->reason, "|()\n"), "%s: reason", info->name);
		cr_expect_eq(info->error > 0, denies, "%s: errno", info->name);
		cr_expect_eq(info->rule != NULL, ruled, "%s: rule", info->name);
		cr_expect_eq(strspn(info->dial, "NSDQ"), strlen(info->dial), "%s", info->name);
		cr_expect_str_neq(syscall_class_name(info->class), "");
		cr_expect_not(info->action == ACTION_DENY && strchr(info->dial, 'S'),
			      "%s: the sentry does not serve it", info->name);
	}
}

Test(table, names_arguments_by_known_words)
{
	static const char known[] =
	    " fd dirfd path str buf out text size ptr addr int uint hex off flags "
	    "mode cmd op pid sig uid gid clock family socktype sockaddr level "
	    "optname argv dev prio protocol optval oflags amode atflags cloneflags msgflags "
	    "renameflags xattrflags how "
	    "resource ";
	for (size_t i = 0; i < SYSCALL_COUNT; i++) {
		_cleanup_free_ char *words = strdup(syscall_table[i].arguments);
		int count = 0;
		char *rest = words, *word, padded[32];
		while ((word = strtok_r(rest, " ", &rest))) {
			snprintf(padded, sizeof padded, " %s ", word);
			cr_expect(strstr(known, padded), "%s: %s", syscall_table[i].name, word);
			count++;
		}
		cr_expect_leq(count, 6, "%s", syscall_table[i].name);
	}
}

/* A rule that compares more bits than the value of an int has would never hold, or too often. */
Test(table, rules_compare_within_their_masks)
{
	for (size_t i = 0; i < SYSCALL_COUNT; i++) {
		const struct syscall_rule *rule = syscall_table[i].rule;
		for (size_t c = 0; rule && c < RULE_CASES; c++)
			for (size_t t = 0; t < RULE_TESTS; t++) {
				const struct rule_test *test = &rule->cases[c].tests[t];
				cr_expect_lt(test->argument, 6);
				for (size_t v = 0; test->mask && v < test->count; v++)
					cr_expect_eq(test->values[v] & ~test->mask, 0, "%s: %#llx",
						     syscall_table[i].name,
						     (unsigned long long)test->values[v]);
			}
	}
}

Test(table, never_lets_a_call_run_that_belongs_to_the_sentry)
{
	static const char *const never[] = {
	    "open",   "openat", "execve",   "io_uring_setup", "clone3",		 "mount", "ptrace",
	    "setns",  "bpf",	"keyctl",   "userfaultfd",    "init_module",	 "kill",  "getuid",
	    "chroot", "splice", "vmsplice", "pidfd_getfd",    "process_vm_readv"};
	const uint64_t args[6] = {0};
	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		const struct syscall_info *info = syscall_by_name(never[i]);
		cr_assert(info, "%s", never[i]);
		cr_expect_not(syscall_is_native(info, args), "%s", never[i]);
	}
}
