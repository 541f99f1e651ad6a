/*
 * The sentry's own filter: the system calls that its sources declare, and no others.
 *
 * Every source file of the sentry, the handlers, the platform and lib says in its opening comment
 * which calls it makes once the container is set up:
 *
 *	#syscalls: openat close ioctl:TIOCGPTPEER,TIOCSWINSZ
 *
 * The build collects them (sentry/gen/calls.awk) and makes one program of them
 * (sentry/gen/sentry_filter.c), where calls that could do much more than is ever asked of them are
 * checked by value: requests of ioctl and fcntl, families and protocols of sockets, flags of clone.
 * Calls made before filter_install() need no declaration: those of boot, of the runtime, of stubs
 * and of the nursery.
 *
 * A call that is not declared is not made. It raises SIGSYS, whose handler reports what it was,
 * as of a crash (crash.h), and the process dies of the signal: either a declaration is missing, or the sentry has been
 * taken over, and with it ends the container. Nothing can change what SIGSYS does, since the filter
 * refuses that too.
 */
#ifndef CAPBOX_SENTRY_FILTER_H
#define CAPBOX_SENTRY_FILTER_H

#include <linux/filter.h>

#include "lib/error.h"

/* Confines the calling process, which must have one thread and no_new_privs; for good. */
int filter_install(struct error *e);

/* The program, for tests. */
struct sock_fprog filter_program(void);

#endif
