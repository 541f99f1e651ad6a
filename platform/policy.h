/*
 * The policy of one container: what happens to each system call, from the table's defaults and
 * what an operator changed, and the seccomp program that carries it out.
 *
 * The program asks the architecture first (anything but x86-64, x32 included, kills the process),
 * then finds the number in a balanced tree. What the table makes native without conditions the
 * kernel recognizes as such and allows without running the program (its action cache). Numbers no
 * one has named go to the sentry, which answers ENOSYS.
 */
#ifndef CAPBOX_PLATFORM_POLICY_H
#define CAPBOX_PLATFORM_POLICY_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/error.h"
#include "syscalls/table.h"

enum policy_action {
	POLICY_NATIVE, /* when the call has a rule: as the rule says, else to the sentry or refused
			*/
	POLICY_SENTRY,
	POLICY_DENY,
};

/* By index into syscall_table. */
struct policy {
	struct policy_entry {
		uint16_t action; /* enum policy_action */
		uint16_t error;	 /* of POLICY_DENY     */
	} entries[SYSCALL_COUNT];
};

void policy_default(struct policy *policy);

/* Gives messages that can carry an address in memory (sendmsg, sendmmsg) to the sentry, where they
 * are native. */
void policy_addressed(struct policy *policy);

/*
 * Moves a call, or those of a class that can be moved, to `action`; `error` is what POLICY_DENY
 * answers (0: the table's errno, or EPERM). -ENOENT: no call or class of that name; -EPERM: the
 * table does not allow it; -EINVAL: no errno. A line for people, without the name, is left in *e.
 */
int policy_set_call(struct policy *policy, const char *name, enum policy_action action, int error,
		    struct error *e);
int policy_set_class(struct policy *policy, const char *name, enum policy_action action, int error,
		     struct error *e);

/*
 * The seccomp program. For the default policy, also an addressed one, it was made when capbox was built and costs nothing;
 * any other takes some 10 ms. Release it with policy_release.
 */
int policy_build(const struct policy *policy, struct sock_fprog *out);
void policy_release(struct sock_fprog *program);

/* Makes the program with libseccomp, whatever the policy. The caller frees out->filter. */
int policy_compile(const struct policy *policy, struct sock_fprog *out);

/* The program of a filter of libseccomp (a scmp_filter_ctx). The caller frees out->filter. */
int policy_export(void *filter, struct sock_fprog *out);

/* How much of the host kernel a guest can reach. */
struct policy_exposure {
	unsigned native;  /* calls that run natively whatever their arguments     */
	unsigned checked; /* calls that run natively when a rule holds for theirs */
	unsigned sentry, denied;
};
struct policy_exposure policy_exposure(const struct policy *policy);

/* One line (row, object) a call: number, name, class, action, reason. */
enum policy_format { POLICY_TEXT, POLICY_MARKDOWN, POLICY_JSON };
int policy_print(const struct policy *policy, FILE *f, enum policy_format format);

#endif
