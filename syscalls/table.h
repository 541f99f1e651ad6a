/*
 * The table of system calls (syscalls/table.def) as data, and the handlers it names.
 *
 * The data (struct syscall_info and the rules) is a library of its own below the platform, which
 * makes the filter from it; the handlers are the sentry's.
 */
#ifndef CAPBOX_SYSCALLS_TABLE_H
#define CAPBOX_SYSCALLS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct worker;
struct trap;

enum syscall_class {
	CLASS_MEMORY,
	CLASS_THREADS,
	CLASS_TIME,
	CLASS_SIGNALS,
	CLASS_HANDLES,
	CLASS_SOCKETS,
	CLASS_IPC,
	CLASS_TERMINAL,
	CLASS_DEBUG,
	CLASS_FILES,
	CLASS_LIFE,
	CLASS_PROCESS,
	CLASS_CRED,
	CLASS_SYSTEM,
	CLASS_COUNT,
};

enum syscall_action {
	ACTION_NATIVE,
	ACTION_NATIVE_ELSE_SENTRY,
	ACTION_NATIVE_ELSE_DENY,
	ACTION_SENTRY,
	ACTION_DENY,
};

/*
 * When a call is harmless enough to run natively, said in values of its argument registers. A rule
 * holds when all tests of one of its cases do; a test holds when the argument, after `mask`, is one
 * of the values. Registers are 64 bits wide, but the kernel looks at the lower half of an int: the
 * mask of such an argument is at most RULE_INT.
 */
#define RULE_INT   0xffffffffULL
#define RULE_CASES 8
#define RULE_TESTS 2

struct rule_test {
	unsigned argument;
	uint64_t mask; /* 0: no test */
	const uint64_t *values;
	size_t count;
};

struct rule_case {
	struct rule_test tests[RULE_TESTS]; /* a case without a first test ends the list */
};

struct syscall_rule {
	const char *text; /* the rule in words */
	struct rule_case cases[RULE_CASES];
};

struct syscall_info {
	int number;
	enum syscall_class class;
	enum syscall_action action;
	int error; /* errno of ACTION_DENY and ACTION_NATIVE_ELSE_DENY */
	const char *name;
	const char *arguments; /* one word an argument; see table.def */
	const char *dial;      /* what policies may choose, of "NSD"  */
	const char *reason;
	const struct syscall_rule *rule; /* of the two ACTION_NATIVE_ELSE */
};

#define NATIVE(...)		+1
#define NATIVE_ELSE_SENTRY(...) +1
#define NATIVE_ELSE_DENY(...)	+1
#define SENTRY(...)		+1
#define DENY(...)		+1
enum {
	SYSCALL_COUNT = 0
#include "syscalls/table.def"
};

/* All calls by ascending number. */
extern const struct syscall_info syscall_table[SYSCALL_COUNT];

/* Ranges of numbers that Linux has given to no call. */
struct syscall_gap {
	int first, last;
};
extern const struct syscall_gap syscall_gaps[];
extern const size_t syscall_gaps_size;

/* NULL when there is no such call. */
const struct syscall_info *syscall_by_number(int number);
const struct syscall_info *syscall_by_name(const char *name);

const char *syscall_class_name(enum syscall_class class);

/* Whether the table lets the host kernel run the call with these arguments. */
bool syscall_is_native(const struct syscall_info *info, const uint64_t args[6]);

/* The rules that table.def names, from syscalls/rules.c. */
#define NATIVE_ELSE_SENTRY(number, name, arguments, class, rule, dial, reason)                     \
	extern const struct syscall_rule rule_##rule;
#define NATIVE_ELSE_DENY(number, name, arguments, class, rule, error, dial, reason)                \
	extern const struct syscall_rule rule_##rule;
#include "syscalls/table.def"

/* The handlers, sys_NAME, of every call that can be a trap by default (sentry/worker.h). */
typedef int64_t syscall_handler(struct worker *w, struct trap *t);
#define NATIVE_ELSE_SENTRY(number, name, arguments, class, rule, dial, reason)                     \
	syscall_handler sys_##name;
#define SENTRY(number, name, arguments, class, dial, reason) syscall_handler sys_##name;
#include "syscalls/table.def"

/*
 * Who answers call `number` when it is a trap, whatever made it one; never NULL. What the policy
 * made a trap although the table has no handler for it is passed or refused as the table says, and
 * a number without a call gets ENOSYS.
 */
syscall_handler *syscall_handler_of(int number);

#endif
