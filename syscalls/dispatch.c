/*
 * From the number of a trapped call to who answers it.
 *
 * A policy may turn a native call into a trap (to watch it, or to deny it later): such a call is
 * passed when the table would have let it run, so for every call with a rule the rule is asked
 * first and its handler sees only what is left.
 */
#include "syscalls/table.h"

#include <errno.h>
#include <sys/syscall.h>

#include "lib/cleanup.h"
#include "platform/loader/protocol.h"
#include "sentry/worker.h"

#define NUMBERS 512 /* more than Linux has; LOADER_SYSCALL lies apart */

/* Answers by the table alone. */
static int64_t by_table(struct worker *w, struct trap *t)
{
	const struct syscall_info *info = syscall_by_number(t->nr);
	if (!info)
		return -ENOSYS;
	/* Passed: the table holds these registers harmless, and the kernel will see the same ones.
	 */
	if (syscall_is_native(info, t->args))
		return TRAP_PASS;
	return worker_refuse_by(w, REFUSED_BY_TABLE, info->error ? info->error : EPERM);
}

#define NATIVE_ELSE_SENTRY(number, name, arguments, class, rule, dial, reason)                     \
	static int64_t unless_native_##name(struct worker *w, struct trap *t)                      \
	{                                                                                          \
		if (syscall_is_native(syscall_by_number(number), t->args))                         \
			return TRAP_PASS; /* as in by_table */                                     \
		return sys_##name(w, t);                                                           \
	}
#include "syscalls/table.def"

static syscall_handler *const handlers[NUMBERS] = {
#define NATIVE_ELSE_SENTRY(number, name, arguments, class, rule, dial, reason)                     \
	[(number) % NUMBERS] = unless_native_##name,
#define SENTRY(number, name, arguments, class, dial, reason) [(number) % NUMBERS] = sys_##name,
#include "syscalls/table.def"
};

syscall_handler *syscall_handler_of(int number)
{
	_Static_assert(LOADER_SYSCALL % NUMBERS > 469, "the loader's call shares a slot");
	size_t slot = (unsigned)number % NUMBERS;
	if (number != LOADER_SYSCALL && (unsigned)number >= NUMBERS)
		return by_table;
	if (number != LOADER_SYSCALL && slot == LOADER_SYSCALL % NUMBERS)
		return by_table;
	/* Traps of a policy that wants to see what their rule cannot, an address in memory. */
	if (number == SYS_sendmsg || number == SYS_sendmmsg)
		return number == SYS_sendmsg ? sys_sendmsg : sys_sendmmsg;
	return handlers[slot] ? handlers[slot] : by_table;
}
