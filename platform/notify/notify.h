/*
 * Platform `notify`: traps are seccomp user notifications (seccomp_unotify(2)).
 *
 * The guest side installs the filter and hands its listener to the sentry; every later guest
 * inherits the filter by fork, so one listener serves one entry into the container (guest pid 1 and
 * its descendants, or one `capbox exec`).
 */
#ifndef CAPBOX_PLATFORM_NOTIFY_NOTIFY_H
#define CAPBOX_PLATFORM_NOTIFY_NOTIFY_H

#include <linux/filter.h>

#include "platform/platform.h"

/*
 * Guest side: binds the filter to the calling process for good and returns the listener
 * (close-on-exec). Needs no_new_privs. Async-signal-safe.
 */
int notify_install(const struct sock_fprog *filter);

/*
 * Sentry side: a platform that owns the listener from here on, also on failure (-ENOMEM). proc_fd
 * is a procfs of the sentry's pid namespace, borrowed for the platform's life;
 * child is the first process of the platform, a child of the sentry, which collects its end itself.
 */
int notify_open(int listener, int proc_fd, pid_t child, struct platform **platform);

/* Releases a platform in which no worker waits any more. */
void notify_close(struct platform *platform);

/* For the parts of the platform itself. */
struct platform {
	int listener;
	int proc_fd;
	pid_t child;
};

/* Answers; 0 also when the caller is gone. */
int notify_send(struct trap *t, int64_t value, uint32_t flags);

#endif
