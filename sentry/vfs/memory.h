/*
 * /proc/meminfo as the container's memory cgroup limits it.
 */
#ifndef CAPBOX_SENTRY_VFS_MEMORY_H
#define CAPBOX_SENTRY_VFS_MEMORY_H

#include <stdint.h>
#include <stdio.h>

struct sentry;
struct vfs_view;

/* Bytes. `stat` is the text of memory.stat. */
struct memory_limit {
	uint64_t total, used; /* total 0: no limit */
	uint64_t swap_total, swap_used;
	char stat[8192];
};

/* The limit in force; total is 0 when there is none below what the host has. */
void memory_limit(struct sentry *s, uint64_t host_total, struct memory_limit *m);

/* Rewrites the host's meminfo for a limit; every line of the host's is there. 0 or -ENOMEM. */
int memory_rewrite(const char *host, const struct memory_limit *m, FILE *out);

int show_meminfo(struct vfs_view *v, FILE *out);

/* The host's vmstat with all its names and no number of the host's. */
int show_vmstat(struct vfs_view *v, FILE *out);

#endif
