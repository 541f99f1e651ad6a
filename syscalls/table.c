/* The table of system calls as data: see table.h. */
#include "syscalls/table.h"

#include <errno.h>
#include <string.h>

#include "lib/cleanup.h"

#define INFO(nr, name_, args, class_, action_, ...)                                                \
	{.number = nr,                                                                             \
	 .name = #name_,                                                                           \
	 .arguments = args,                                                                        \
	 .class = CLASS_##class_,                                                                  \
	 .action = ACTION_##action_,                                                               \
	 __VA_ARGS__},

const struct syscall_info syscall_table[SYSCALL_COUNT] = {
#define NATIVE(nr, name, args, class, dial_, why)                                                  \
	INFO(nr, name, args, class, NATIVE, .dial = dial_, .reason = why)
#define NATIVE_ELSE_SENTRY(nr, name, args, class, by, dial_, why)                                  \
	INFO(nr, name, args, class, NATIVE_ELSE_SENTRY, .rule = &rule_##by, .dial = dial_,         \
	     .reason = why)
#define NATIVE_ELSE_DENY(nr, name, args, class, by, error_, dial_, why)                            \
	INFO(nr, name, args, class, NATIVE_ELSE_DENY, .rule = &rule_##by, .error = error_,         \
	     .dial = dial_, .reason = why)
#define SENTRY(nr, name, args, class, dial_, why)                                                  \
	INFO(nr, name, args, class, SENTRY, .dial = dial_, .reason = why)
#define DENY(nr, name, args, class, error_, dial_, why)                                            \
	INFO(nr, name, args, class, DENY, .error = error_, .dial = dial_, .reason = why)
#include "syscalls/table.def"
};

const struct syscall_gap syscall_gaps[] = {
#define UNASSIGNED(first, last) {first, last},
#include "syscalls/table.def"
};
const size_t syscall_gaps_size = ARRAY_SIZE(syscall_gaps);

const struct syscall_info *syscall_by_number(int number)
{
	size_t low = 0, high = SYSCALL_COUNT;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (syscall_table[middle].number == number)
			return &syscall_table[middle];
		if (syscall_table[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct syscall_info *syscall_by_name(const char *name)
{
	for (size_t i = 0; i < SYSCALL_COUNT; i++)
		if (strcmp(syscall_table[i].name, name) == 0)
			return &syscall_table[i];
	return NULL;
}

const char *syscall_class_name(enum syscall_class class)
{
	static const char *const names[CLASS_COUNT] = {
	    [CLASS_MEMORY] = "memory",	 [CLASS_THREADS] = "threads",	[CLASS_TIME] = "time",
	    [CLASS_SIGNALS] = "signals", [CLASS_HANDLES] = "handles",	[CLASS_SOCKETS] = "sockets",
	    [CLASS_IPC] = "ipc",	 [CLASS_TERMINAL] = "terminal", [CLASS_DEBUG] = "debug",
	    [CLASS_FILES] = "files",	 [CLASS_LIFE] = "life",		[CLASS_PROCESS] = "process",
	    [CLASS_CRED] = "cred",	 [CLASS_SYSTEM] = "system",
	};
	return names[class];
}

static bool test_holds(const struct rule_test *test, const uint64_t args[6])
{
	if (test->mask == 0)
		return true;
	for (size_t i = 0; i < test->count; i++)
		if ((args[test->argument] & test->mask) == test->values[i])
			return true;
	return false;
}

static bool rule_holds(const struct syscall_rule *rule, const uint64_t args[6])
{
	for (size_t i = 0; i < RULE_CASES && rule->cases[i].tests[0].mask; i++) {
		bool holds = true;
		for (size_t j = 0; j < RULE_TESTS; j++)
			holds = holds && test_holds(&rule->cases[i].tests[j], args);
		if (holds)
			return true;
	}
	return false;
}

bool syscall_is_native(const struct syscall_info *info, const uint64_t args[6])
{
	if (info->rule)
		return rule_holds(info->rule, args);
	return info->action == ACTION_NATIVE;
}
