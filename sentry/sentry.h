/*
 * The sentry: the user-space kernel of one container, one process with many threads. This header
 * is what its parts share. Fields are set at boot and constant afterwards unless said otherwise.
 *
 * Process ids: the sentry is pid 1 of a pid namespace of its own ("sentry pids": what traps carry);
 * guests live in a nested one ("guest pids": what guests know). pid_to_guest() and pid_to_sentry()
 * translate in constant time.
 */
#ifndef CAPBOX_SENTRY_SENTRY_H
#define CAPBOX_SENTRY_SENTRY_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sentry/counters.h"
#include "sentry/network.h"
#include "sentry/nursery.h"
#include "sentry/trace.h"

struct spec;
struct unix_peers;
struct unix_bound;
struct vfs;
struct context_table;
struct worker_pool;
struct place;
struct entry;
struct counters;

struct sentry {
	const struct spec *spec; /* config.json */
	const char *id;		 /* container id */
	const char *bundle;
	uid_t guest_uid; /* the host identity of every guest, in the container's user namespace */
	gid_t guest_gid;

	struct sock_fprog filter;  /* what guests are confined by */
	struct sock_fprog profile; /* and what their creator wants; len 0: nothing */
	struct network network;	   /* what guests may do with the network */
	int oom_score_adj;	   /* of guests that have none configured */
	uint32_t profile_flags;	   /* SECCOMP_FILTER_FLAG_* of it */

	int proc_fd;	   /* procfs of the sentry's pid namespace (a detached mount, O_PATH) */
	int guest_proc_fd; /* procfs of the guests' pid namespace (a detached mount, O_PATH)  */
	int own_pidns;	   /* nsfs descriptor of the sentry's pid namespace */
	int guest_pidns;   /* nsfs descriptor of the guests' pid namespace */
	int root_fd;	   /* the container's root, O_PATH */
	int loader_fd;	   /* sealed memfd with the loader */
	uint64_t loader_dev, loader_ino;

	/* Skeletons (section 8.1): a writable detached mount of each tmpfs, -1 when the config
	 * mounts none. */
	int proc_skeleton, sys_skeleton;
	uint64_t proc_dev, sys_dev; /* their st_dev */
	char proc_path[256],
	    sys_path[256];  /* where they are mounted in the tree: "/proc", "/sys" */
	int cgroup_fds[16]; /* this container's directories, O_PATH; -1 ends; see cgroup_names */
	char cgroup_names[16][32]; /* "memory", "cpu,cpuacct", ... or "" for v2 */

	struct place *root;	       /* the container's root directory */
	struct unix_peers *unix_peers; /* syscalls/unix_peer.c; made when first needed */
	struct unix_bound *unix_bound; /* syscalls/unix_bound.c; likewise */
	struct vfs *vfs;
	struct context_table *contexts;
	struct worker_pool *workers;
	pid_t init; /* guest pid 1, as a sentry pid */

	/* By the row of a call in the counters: the errno of what the policy denies and the filter sends
	 * here for it to be seen; 0: not denied. */
	uint16_t denied[COUNTERS_ROWS];
	struct counters *counters; /* counters.h; shared with the runtime's commands */
	struct tracing tracing;	   /* trace.h; who reads a trace of it */

	struct entry *entries;	/* entry.h; the main thread's */
	struct nursery nursery; /* likewise */
};

/* Translates a pid or tid; 0 when there is no such process there. */
pid_t pid_to_guest(struct sentry *s, pid_t sentry_pid);
pid_t pid_to_sentry(struct sentry *s, pid_t guest_pid);

/* The thread group of a thread, both sentry pids; 0 when it is gone. */
pid_t pid_group(struct sentry *s, pid_t tid);

#endif
