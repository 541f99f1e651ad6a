/* See seccomp_profile.h. */
#include "runtime/seccomp_profile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "platform/loader/protocol.h"
#include "platform/policy.h"

#define LAST_NUMBER 511 /* of x86-64's calls, with room for those to come */
#define ARGUMENTS   6

static void release_context(scmp_filter_ctx *c)
{
	if (*c)
		seccomp_release(*c);
}

/* The number of a call here; negative when this machine has none of that name. */
static int number_of(const char *name)
{
	int number = seccomp_syscall_resolve_name(name);
	return number < 0 ? -1 : number;
}

static bool permits(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

/* --- what guests need beyond their program --------------------------------------------------- */

/* The rule that refuses a call whatever its arguments, or -1 when it may be made. -2: the default.
 */
#define BY_NONE	   (-1)
#define BY_DEFAULT (-2)

static int refused_by(const struct spec_seccomp *profile, const char *name)
{
	int refusal = permits(profile->default_action) ? BY_NONE : BY_DEFAULT;
	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct spec_seccomp_rule *rule = &profile->rules[i];
		for (size_t j = 0; j < rule->names.count; j++) {
			if (strcmp(rule->names.strings[j], name))
				continue;
			/* With arguments it depends; the kernel will say. */
			if (permits(rule->action))
				return BY_NONE;
			if (!rule->argument_count)
				refusal = (int)i;
		}
	}
	return refusal;
}

static int check_loader(const struct spec_seccomp *profile, struct error *e)
{
	static const char *const needed[] = {"mmap", "munmap", "close", "pread64", "lseek"};
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		int rule = refused_by(profile, needed[i]);
		if (rule == BY_DEFAULT)
			return error_set(e, 0,
					 "linux.seccomp.defaultAction refuses %s(2), which every "
					 "program's start takes here: allow it",
					 needed[i]);
		if (rule >= 0)
			return error_set(e, 0,
					 "linux.seccomp.syscalls[%d] refuses %s(2), which every "
					 "program's start takes here: leave it out",
					 rule, needed[i]);
	}
	return 0;
}

/* Actions that ask somebody: a guest has one tracer and one listener, the sentry. */
static int check_actions(const struct spec_seccomp *profile, struct error *e)
{
	for (size_t i = 0; i < profile->rule_count; i++) {
		uint32_t action = profile->rules[i].action & SECCOMP_RET_ACTION_FULL;
		if (action == SECCOMP_RET_USER_NOTIF)
			return error_set(e, ENOTSUP, "linux.seccomp.syscalls[%zu]: SCMP_ACT_NOTIFY",
					 i);
		if (action == SECCOMP_RET_TRACE)
			return error_set(e, ENOTSUP, "linux.seccomp.syscalls[%zu]: SCMP_ACT_TRACE",
					 i);
	}
	if ((profile->default_action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_TRACE)
		return error_set(e, ENOTSUP, "linux.seccomp.defaultAction: SCMP_ACT_TRACE");
	return 0;
}

/*
 * The sentry turns execve(2) into execveat(2) of a descriptor. That form passes wherever execve
 * does; for a guest it can do what execve of /proc/self/fd/N can.
 */
static const struct scmp_arg_cmp of_descriptor = {
    .arg = 4, .op = SCMP_CMP_EQ, .datum_a = AT_EMPTY_PATH};
static const struct scmp_arg_cmp of_path = {.arg = 4, .op = SCMP_CMP_NE, .datum_a = AT_EMPTY_PATH};

static bool is_execveat_of_execve(const struct spec_seccomp *profile, int number)
{
	return number == number_of("execveat") && refused_by(profile, "execve") == BY_NONE;
}

/* --- rules ---------------------------------------------------------------------------------- */

static struct scmp_arg_cmp comparison(const struct spec_seccomp_argument *a)
{
	static const enum scmp_compare operators[] = {
	    [SPEC_SECCOMP_NE] = SCMP_CMP_NE,
	    [SPEC_SECCOMP_LT] = SCMP_CMP_LT,
	    [SPEC_SECCOMP_LE] = SCMP_CMP_LE,
	    [SPEC_SECCOMP_EQ] = SCMP_CMP_EQ,
	    [SPEC_SECCOMP_GE] = SCMP_CMP_GE,
	    [SPEC_SECCOMP_GT] = SCMP_CMP_GT,
	    [SPEC_SECCOMP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
	};
	return (struct scmp_arg_cmp){
	    .arg = a->index, .op = operators[a->op], .datum_a = a->value, .datum_b = a->value_two};
}

static bool names_argument_twice(const struct spec_seccomp_rule *rule)
{
	unsigned seen = 0;
	for (size_t i = 0; i < rule->argument_count; i++) {
		if (seen & 1u << rule->arguments[i].index)
			return true;
		seen |= 1u << rule->arguments[i].index;
	}
	return false;
}

/* Conditions must all hold; with two on one argument, any of them, as runc has it. */
static int add_conditional(scmp_filter_ctx c, const struct spec_seccomp_rule *rule, int number)
{
	struct scmp_arg_cmp all[ARGUMENTS];
	if (!names_argument_twice(rule)) {
		for (size_t i = 0; i < rule->argument_count; i++)
			all[i] = comparison(&rule->arguments[i]);
		return seccomp_rule_add_array(c, rule->action, number,
					      (unsigned)rule->argument_count, all);
	}
	int r = 0;
	for (size_t i = 0; r == 0 && i < rule->argument_count; i++) {
		struct scmp_arg_cmp one = comparison(&rule->arguments[i]);
		r = seccomp_rule_add_array(c, rule->action, number, 1, &one);
	}
	return r;
}

static int add_call(scmp_filter_ctx c, const struct spec_seccomp *profile,
		    const struct spec_seccomp_rule *rule, int number)
{
	if (rule->argument_count)
		return add_conditional(c, rule, number);
	if (!permits(rule->action) && is_execveat_of_execve(profile, number))
		return seccomp_rule_add_array(c, rule->action, number, 1, &of_path);
	return seccomp_rule_add(c, rule->action, number, 0);
}

static int add_rules(scmp_filter_ctx c, const struct spec_seccomp *profile, struct error *e)
{
	for (size_t i = 0; i < profile->rule_count; i++) {
		const struct spec_seccomp_rule *rule = &profile->rules[i];
		if (rule->action == profile->default_action)
			continue;
		for (size_t j = 0; j < rule->names.count; j++) {
			int number = number_of(rule->names.strings[j]);
			int r = number < 0 ? 0 : add_call(c, profile, rule, number);
			if (r < 0 && r != -EEXIST)
				return error_set(e, -r, "linux.seccomp.syscalls[%zu]: %s", i,
						 rule->names.strings[j]);
		}
	}
	return 0;
}

/*
 * Calls that are newer than every one that the profile names do not exist for its programs, which
 * can then do without; "not permitted" they would take for the last word. So it is with runc.
 */
static int add_unknown_calls(scmp_filter_ctx c, const struct spec_seccomp *profile)
{
	uint32_t action = profile->default_action;
	int last = 0, r = 0;
	if ((action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO ||
	    action == SCMP_ACT_ERRNO(ENOSYS))
		return 0;
	for (size_t i = 0; i < profile->rule_count; i++)
		for (size_t j = 0; j < profile->rules[i].names.count; j++)
			last = MAX(last, number_of(profile->rules[i].names.strings[j]));
	for (int n = last + 1; r == 0 && n <= LAST_NUMBER; n++)
		if (is_execveat_of_execve(profile, n))
			r = seccomp_rule_add_array(c, SCMP_ACT_ERRNO(ENOSYS), n, 1, &of_path);
		else
			r = seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS), n, 0);
	return r;
}

static int add_own_needs(scmp_filter_ctx c, const struct spec_seccomp *profile)
{
	if (permits(profile->default_action))
		return 0;
	int r = seccomp_rule_add(c, SCMP_ACT_ALLOW, LOADER_SYSCALL, 0);
	if (r == 0 && refused_by(profile, "execveat") == BY_DEFAULT &&
	    refused_by(profile, "execve") == BY_NONE)
		r = seccomp_rule_add_array(c, SCMP_ACT_ALLOW, number_of("execveat"), 1,
					   &of_descriptor);
	return r;
}

static int compile(const struct spec_seccomp *profile, struct sock_fprog *out, struct error *e)
{
	_cleanup_(release_context) scmp_filter_ctx c = seccomp_init(profile->default_action);
	if (!c)
		return error_set(e, EINVAL, "linux.seccomp.defaultAction");
	int r = seccomp_attr_set(c, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = add_rules(c, profile, e);
	if (r < 0)
		return r;
	r = add_unknown_calls(c, profile);
	if (r == 0)
		r = add_own_needs(c, profile);
	if (r == 0)
		r = policy_export(c, out);
	return r < 0 ? error_set(e, -r, "linux.seccomp") : 0;
}

int seccomp_profile_build(const struct spec_seccomp *profile, struct sock_fprog *out,
			  struct error *e)
{
	*out = (struct sock_fprog){0};
	if (!profile->set)
		return 0;
	int r = check_actions(profile, e);
	if (r == 0)
		r = check_loader(profile, e);
	return r < 0 ? r : compile(profile, out, e);
}

void seccomp_profile_release(struct sock_fprog *program)
{
	free(program->filter);
	*program = (struct sock_fprog){0};
}
