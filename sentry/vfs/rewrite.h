/*
 * Host procfs texts as the guest should read them. Pure functions from text to text: what does not
 * concern the guest's identity passes unchanged, so that the format is the running kernel's own.
 * All return 0 or -ENOMEM.
 */
#ifndef CAPBOX_SENTRY_VFS_REWRITE_H
#define CAPBOX_SENTRY_VFS_REWRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/types.h>

struct cred;

/* PID/status: ids, groups, umask, capabilities and no_new_privs are the emulated ones; no filter
 * shows. */
struct rewrite_status {
	const struct cred *cred;
	mode_t umask;
	bool no_new_privs;
	bool running; /* it is the caller, which only seems to sleep: its call is being served */
};
int rewrite_status(const char *text, const struct rewrite_status *s, FILE *out);

/* PID/stat for a reader who may not trace the process: addresses are 0 or 1, as in Linux. */
int rewrite_stat_hidden(const char *text, FILE *out);

/* PID/maps and PID/smaps: without the mappings of the loader (dev, ino); names of text files put
 * right. */
int rewrite_maps(const char *text, dev_t dev, uint64_t ino, FILE *out);

/* PID/limits: the file locks limit is the emulated one. */
int rewrite_limits(const char *text, const struct rlimit *locks, FILE *out);

/* PID/cgroup: every path is the root, for a container sees no cgroup but its own. */
int rewrite_cgroup(const char *text, FILE *out);

/* A mount table, from mountinfo's text. `trees`: the synthesized ones, which show as proc and
 * sysfs. */
struct rewrite_tree {
	dev_t dev;
	const char *type; /* "proc" */
};
enum rewrite_mounts { REWRITE_MOUNTINFO, REWRITE_MOUNTS, REWRITE_MOUNTSTATS };
int rewrite_mounts(const char *text, enum rewrite_mounts form, const struct rewrite_tree trees[2],
		   FILE *out);

#endif
