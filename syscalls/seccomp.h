/* seccomp(2) and prctl(2) PR_SET_SECCOMP. */
#ifndef CAPBOX_SYSCALLS_SECCOMP_H
#define CAPBOX_SYSCALLS_SECCOMP_H

#include <stdint.h>

struct worker;
struct trap;

/* Whether the caller may install the filter at this address of its memory: TRAP_PASS or an errno.
 */
int64_t seccomp_filter_allowed(struct worker *w, struct trap *t, uint64_t program);

#endif
