/* Policies: the table's defaults, and an operator's changes to them. See policy.h. */
#include "platform/policy.h"

#include <errno.h>
#include <string.h>

#include "lib/cleanup.h"

void policy_default(struct policy *policy)
{
	static const uint8_t actions[] = {
	    [ACTION_NATIVE] = POLICY_NATIVE,
	    [ACTION_NATIVE_ELSE_SENTRY] = POLICY_NATIVE,
	    [ACTION_NATIVE_ELSE_DENY] = POLICY_NATIVE,
	    [ACTION_SENTRY] = POLICY_SENTRY,
	    [ACTION_DENY] = POLICY_DENY,
	};
	for (size_t i = 0; i < SYSCALL_COUNT; i++) {
		const struct syscall_info *info = &syscall_table[i];
		policy->entries[i] = (struct policy_entry){
		    .action = actions[info->action],
		    .error = info->action == ACTION_DENY ? (uint16_t)info->error : 0,
		};
	}
}

void policy_addressed(struct policy *policy)
{
	static const char *const calls[] = {"sendmsg", "sendmmsg"};
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		struct policy_entry *entry =
		    &policy->entries[syscall_by_name(calls[i]) - syscall_table];
		if (entry->action == POLICY_NATIVE)
			*entry = (struct policy_entry){.action = POLICY_SENTRY};
	}
}

static const char letters[] = {[POLICY_NATIVE] = 'N', [POLICY_SENTRY] = 'S', [POLICY_DENY] = 'D'};
static const char *const verbs[] = {[POLICY_NATIVE] = "made native",
				    [POLICY_SENTRY] = "given to the sentry",
				    [POLICY_DENY] = "denied"};

/* Whether the call at index i may be moved; the action it has now is no move. */
static bool may_move(const struct policy *policy, size_t i, enum policy_action action)
{
	return policy->entries[i].action == action ||
	       strchr(syscall_table[i].dial, letters[action]) != NULL;
}

static void move(struct policy *policy, size_t i, enum policy_action action, int error)
{
	const struct syscall_info *info = &syscall_table[i];
	if (action != POLICY_DENY)
		error = 0;
	else if (error == 0)
		error = info->error ? info->error : EPERM;
	policy->entries[i] = (struct policy_entry){.action = action, .error = (uint16_t)error};
}

static int check_errno(const char *name, int error, struct error *e)
{
	if (error >= 0 && error <= 4095) /* MAX_ERRNO of the kernel */
		return 0;
	return error_set(e, 0, "%s: %d is no errno", name, error);
}

int policy_set_class(struct policy *policy, const char *name, enum policy_action action, int error,
		     struct error *e)
{
	bool found = false, moved = false;
	int r = check_errno(name, error, e);
	for (size_t i = 0; r == 0 && i < SYSCALL_COUNT; i++) {
		if (strcmp(syscall_class_name(syscall_table[i].class), name) != 0)
			continue;
		found = true;
		if (!may_move(policy, i, action))
			continue;
		moved = true;
		move(policy, i, action, error);
	}
	if (r < 0 || moved)
		return r;
	if (found)
		error_set(e, 0, "no call of class %s can be %s", name, verbs[action]);
	else
		error_set(e, 0, "no such class; `capbox syscalls` lists them");
	return found ? -EPERM : -ENOENT;
}

int policy_set_call(struct policy *policy, const char *name, enum policy_action action, int error,
		    struct error *e)
{
	int r = check_errno(name, error, e);
	if (r < 0)
		return r;
	const struct syscall_info *info = syscall_by_name(name);
	if (!info) {
		error_set(e, 0, "no such system call; `capbox syscalls` lists them");
		return -ENOENT;
	}
	size_t i = (size_t)(info - syscall_table);
	if (!may_move(policy, i, action)) {
		error_set(e, 0, "the call cannot be %s (%s)", verbs[action], info->reason);
		return -EPERM;
	}
	move(policy, i, action, error);
	return 0;
}
