/* Policy files: what they change, and what is wrong with the ones that are refused. */
#include "runtime/policy_file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

static struct policy_entry entry_of(const struct policy *policy, const char *name)
{
	return policy->entries[syscall_by_name(name) - syscall_table];
}

static void parsed(const char *text, struct policy *policy)
{
	struct error e;
	cr_assert_eq(policy_parse("p", text, strlen(text), policy, &e), 0, "%s", e.message);
}

static void refused(const char *text, const char *message)
{
	struct policy policy;
	struct error e;
	cr_assert_lt(policy_parse("p", text, strlen(text), &policy, &e), 0, "%s", text);
	cr_assert_str_eq(e.message, message);
}

Test(policy_file, nothing_said_is_the_default)
{
	struct policy usual, policy;
	policy_default(&usual);
	parsed("{}", &policy);
	cr_assert_eq(memcmp(&usual, &policy, sizeof usual), 0);
	parsed("{\"comment\": \"x\", \"base\": \"default\"}", &policy);
	cr_assert_eq(memcmp(&usual, &policy, sizeof usual), 0);
}

Test(policy_file, a_call_is_stronger_than_its_class_in_any_order)
{
	struct policy policy;
	parsed("{\"syscalls\": {\"shmget\": \"sentry\"},"
	       " \"classes\": {\"ipc\": {\"action\": \"deny\", \"errno\": \"ENOSYS\"}}}",
	       &policy);
	cr_assert_eq(entry_of(&policy, "shmget").action, POLICY_SENTRY);
	cr_assert_eq(entry_of(&policy, "semget").action, POLICY_DENY);
	cr_assert_eq(entry_of(&policy, "semget").error, ENOSYS);
}

Test(policy_file, an_errno_by_number)
{
	struct policy policy;
	parsed("{\"syscalls\": {\"memfd_create\": {\"action\": \"deny\", \"errno\": 12}}}",
	       &policy);
	cr_assert_eq(entry_of(&policy, "memfd_create").error, ENOMEM);
}

Test(policy_file, strict_reaches_less)
{
	struct policy usual, strict;
	struct error e;
	policy_default(&usual);
	cr_assert_eq(policy_load("strict", &strict, &e), 0, "%s", e.message);
	struct policy_exposure a = policy_exposure(&usual), b = policy_exposure(&strict);
	cr_assert_lt(b.native, a.native);
	cr_assert_lt(b.checked, a.checked);
	cr_assert_gt(b.denied, a.denied);
}

Test(policy_file, errors_tell_line_and_column)
{
	refused("{\n \"base\": \"default\",\n}",
		"p: line 3, column 1: string or '}' expected near '}'");
	refused("{\"base\": 1}", "p: line 1, column 2: base: expected string, found integer");
	refused("[]", "p: line 1, column 1: expected object, found array");
	refused("{\n  \"syscalls\": {\n    \"epoll_ctl\": \"sentry\",\n    \"reed\": \"deny\"}}",
		"p: line 4, column 5: syscalls.reed: no such system call; `capbox syscalls` lists "
		"them");
	refused("{\"syscalls\": {\"epoll_ctl\": \"maybe\"}}",
		"p: line 1, column 15: syscalls.epoll_ctl: expected native, sentry or deny, found "
		"'maybe'");
	refused("{\"syscalls\": {\"x\\\"]}\": 0, \"epoll_ctl\": {\"errno\": 1}}}",
		"p: syscalls[\"x\"]}\"]: expected string, found integer");
	refused("{\"syscalls\": {\"epoll_ctl\": {\"errno\": 1}}}",
		"p: line 1, column 15: syscalls.epoll_ctl.action: required property is missing");
	refused(
	    "{\"classes\": {\"shmget\": \"deny\"}}",
	    "p: line 1, column 14: classes.shmget: no such class; `capbox syscalls` lists them");
	refused("{\"syscalls\": {\"memfd_create\": {\"action\": \"deny\", \"errno\": \"EFOO\"}}}",
		"p: line 1, column 50: syscalls.memfd_create.errno: 'EFOO' is not the name of an "
		"errno");
	refused("{\"syscalls\": {\"memfd_create\": {\"action\": \"sentry\", \"errno\": 1}}}",
		"p: line 1, column 52: syscalls.memfd_create.errno: only a call that is denied has "
		"an errno");
	refused("{\"rules\": []}",
		"p: line 1, column 2: rules: unknown; a policy has comment, base, classes, "
		"syscalls");
}

Test(policy_file, what_the_table_does_not_allow)
{
	struct policy policy;
	struct error e;
	const char *text = "{\"syscalls\": {\"execve\": \"native\"}}";
	cr_assert_lt(policy_parse("p", text, strlen(text), &policy, &e), 0);
	cr_assert(strstr(e.message, "the call cannot be made native"), "%s", e.message);
}

Test(policy_file, a_base_that_is_itself_ends)
{
	char path[] = "/tmp/capbox-policy-XXXXXX", text[64];
	_cleanup_close_ int fd = mkstemp(path);
	int n = snprintf(text, sizeof text, "{\"base\": \"%s\"}", path);
	cr_assert_eq(write(fd, text, (size_t)n), n);
	struct policy policy;
	struct error e;
	cr_assert_lt(policy_load(path, &policy, &e), 0);
	unlink(path);
	cr_assert(strstr(e.message, "Too many levels"), "%s", e.message);
}

Test(policy_file, names_lead_nowhere_else)
{
	struct policy policy;
	struct error e;
	static const char *const names[] = {"", ".", "..", "../x", "a/b", ".hidden"};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cr_assert_lt(policy_load(names[i], &policy, &e), 0, "%s", names[i]);
		cr_assert(strstr(e.message, "expected default"), "%s", e.message);
	}
}
