/* Policies for people and programs: `capbox syscalls` and docs/syscalls.md. */
#include "platform/policy.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "lib/cleanup.h"

/* "EPERM"; numbers that have no name stay numbers. */
static const char *errno_name(int error, char *buffer, size_t size)
{
	const char *name = strerrorname_np(error);
	if (name)
		return name;
	snprintf(buffer, size, "errno %d", error);
	return buffer;
}

static void describe_action(const struct syscall_info *info, struct policy_entry entry,
			    char *buffer, size_t size)
{
	char number[16];
	if (entry.action == POLICY_SENTRY)
		snprintf(buffer, size, "sentry");
	else if (entry.action == POLICY_DENY)
		snprintf(buffer, size, "deny %s", errno_name(entry.error, number, sizeof number));
	else if (!info->rule)
		snprintf(buffer, size, "native");
	else
		snprintf(buffer, size, "native if %s, else %s", info->rule->text,
			 info->error ? errno_name(info->error, number, sizeof number) : "sentry");
}

struct policy_exposure policy_exposure(const struct policy *policy)
{
	struct policy_exposure e = {0};
	for (size_t i = 0; i < SYSCALL_COUNT; i++) {
		if (policy->entries[i].action == POLICY_SENTRY)
			e.sentry++;
		else if (policy->entries[i].action == POLICY_DENY)
			e.denied++;
		else if (syscall_table[i].rule)
			e.checked++;
		else
			e.native++;
	}
	return e;
}

static void print_exposure(const struct policy *policy, FILE *f)
{
	struct policy_exposure e = policy_exposure(policy);
	fprintf(f,
		"%d system calls: %u native, %u more when their arguments pass a rule, %u by the "
		"sentry, %u denied.\n",
		SYSCALL_COUNT, e.native, e.checked, e.sentry, e.denied);
}

static void print_text(const struct policy *policy, FILE *f)
{
	char action[256];
	for (size_t i = 0; i < SYSCALL_COUNT; i++) {
		const struct syscall_info *info = &syscall_table[i];
		describe_action(info, policy->entries[i], action, sizeof action);
		fprintf(f, "%4d  %-23s  %-8s  %s (%s)\n", info->number, info->name,
			syscall_class_name(info->class), action, info->reason);
	}
	fputc('\n', f);
	print_exposure(policy, f);
}

static void print_markdown(const struct policy *policy, FILE *f)
{
	char action[256];
	fputs("# System calls\n\nMade by `capbox syscalls --format=markdown` from "
	      "`syscalls/table.def`.\n\n",
	      f);
	print_exposure(policy, f);
	fputs("\nNative calls run on the host kernel; the sentry serves the others; the rest is\n"
	      "denied with the errno shown. The dial tells what a policy may choose instead: N\n"
	      "native, S sentry, D deny; Q: when denied, the filter itself answers. Numbers not "
	      "listed fail with ENOSYS.\n\n"
	      "| number | name | arguments | class | action | dial | reason |\n"
	      "|---:|---|---|---|---|---|---|\n",
	      f);
	for (size_t i = 0; i < SYSCALL_COUNT; i++) {
		const struct syscall_info *info = &syscall_table[i];
		describe_action(info, policy->entries[i], action, sizeof action);
		fprintf(f, "| %d | %s | %s | %s | %s | %s | %s |\n", info->number, info->name,
			info->arguments, syscall_class_name(info->class), action, info->dial,
			info->reason);
	}
}

static void free_json(json_t **j)
{
	json_decref(*j);
}

static int print_json(const struct policy *policy, FILE *f)
{
	struct policy_exposure e = policy_exposure(policy);
	_cleanup_(free_json) json_t *root =
	    json_pack("{s:{s:i,s:i,s:i,s:i},s:[]}", "exposure", "native", (int)e.native, "checked",
		      (int)e.checked, "sentry", (int)e.sentry, "denied", (int)e.denied, "syscalls");
	char action[256];
	for (size_t i = 0; root && i < SYSCALL_COUNT; i++) {
		const struct syscall_info *info = &syscall_table[i];
		describe_action(info, policy->entries[i], action, sizeof action);
		json_t *call = json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:s}", "number", info->number,
					 "name", info->name, "arguments", info->arguments, "class",
					 syscall_class_name(info->class), "action", action, "dial",
					 info->dial, "reason", info->reason);
		if (json_array_append_new(json_object_get(root, "syscalls"), call) < 0)
			return -ENOMEM;
	}
	if (!root || json_dumpf(root, f, JSON_INDENT(2)) < 0)
		return root ? -EIO : -ENOMEM;
	fputc('\n', f);
	return 0;
}

int policy_print(const struct policy *policy, FILE *f, enum policy_format format)
{
	int r = 0;
	switch (format) {
	case POLICY_TEXT:
		print_text(policy, f);
		break;
	case POLICY_MARKDOWN:
		print_markdown(policy, f);
		break;
	case POLICY_JSON:
		r = print_json(policy, f);
		break;
	}
	return r == 0 && ferror(f) ? -EIO : r;
}
