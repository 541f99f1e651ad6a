/*
 * How a sentry comes to life. The runtime clones the child that will be the sentry (user, mount and
 * pid namespaces of its own, ids mapped, uid 0 there, pid 1), and in that child calls
 *
 *	sentry_enter(&boot)   while the host's mount tree is still visible: makes the two procfs
 *	                      instances and guest pid 1, which waits for `start`;
 *	...                   assembles the container's mount tree and pivots into it;
 *	sentry_main(&boot)    never returns: serves until guest pid 1 ends, exits with its status.
 *
 * In sentry_main, before there are threads and before anything of a guest's is read, the sentry
 * gives up what it needs no more: nursery.h, filter.h.
 *
 * On stdio the sentry and guest pid 1 have the container's 0, 1 and 2. All other descriptors that
 * the child inherits must be close-on-exec or named here.
 */
#ifndef CAPBOX_SENTRY_BOOT_H
#define CAPBOX_SENTRY_BOOT_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/error.h"
#include "sentry/network.h"

struct counters;
struct policy;
struct spec;
struct sentry;

struct sentry_boot {
	const struct spec *spec; /* borrowed for life */
	const char *id, *bundle;
	uid_t guest_uid; /* mapped in the child's user namespace */
	gid_t guest_gid;

	const struct policy *policy; /* until sentry_enter returns */

	struct sock_fprog profile; /* linux.seccomp's filter, borrowed for life; len 0: none */
	uint32_t profile_flags;	   /* SECCOMP_FILTER_FLAG_* for it */

	struct network network; /* borrowed for life, as what it points to */

	struct counters *counters; /* mapped; counters.h */

	int oom_score_adj; /* of guests that have none configured; the sentry's own is lower */

	int preserved; /* descriptors 3 ... 2 + preserved are for the container (--preserve-fds) */

	/* Listening SOCK_SEQPACKET of the state directory. Requests and replies are one JSON object
	 * a message: {"op":"start"} | {"op":"kill","signal":15,"all":false} | {"op":"state"} ...
	 * answered with {"ok":true,...} or {"error":"one line","errno":N}. */
	int control_fd;
	/* Connected SOCK_SEQPACKET to `create`: the child's one report, the same reply form, once
	 * the container is created (or has failed; then the child exits). */
	int status_fd;

	int crash_fd; /* for the report of the sentry's crash, appended; or -1 */

	/* Set by the mount code between enter and main (-1: config mounts none); see sentry.h. */
	int proc_skeleton, sys_skeleton;
	char proc_path[256], sys_path[256];
	int cgroup_fds[16];
	char cgroup_names[16][32];

	struct sentry *sentry; /* filled by sentry_enter */
};

int sentry_enter(struct sentry_boot *boot, struct error *e);
_Noreturn void sentry_main(struct sentry_boot *boot);

#endif
