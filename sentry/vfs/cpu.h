/*
 * The processors that the container may use, and what it has used of them.
 */
#ifndef CAPBOX_SENTRY_VFS_CPU_H
#define CAPBOX_SENTRY_VFS_CPU_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct sentry;
struct vfs_view;

/* The container's cpuset: where its first process may run. */
void cpu_set(struct sentry *s, cpu_set_t *set);

/* Those of them that it is to size itself by: as many as its quota of processor time is worth,
 * rounded up. */
void cpu_online(struct sentry *s, cpu_set_t *set);

/* Leaves the first `count` members. */
void cpu_keep_first(cpu_set_t *set, unsigned long count);

/* Prints a set as "0-1,4", or as a mask in hexadecimal words, without a newline. */
void cpu_print_list(const cpu_set_t *set, FILE *out);
void cpu_print_mask(const cpu_set_t *set, FILE *out);

/* Where a processor sits, from /proc/cpuinfo's text. */
struct cpu_place {
	int package, core;
};
struct cpu_place cpu_place(const char *cpuinfo, int cpu);

/* /proc/cpuinfo and /proc/stat for the processors in set, from the host's text. 0 or -ENOMEM. */
int cpu_rewrite_info(const char *text, const cpu_set_t *set, FILE *out);
struct cpu_usage {
	bool known;	       /* else the host's own lines are kept */
	uint64_t user, system; /* nanoseconds of the container, all processors */
	uint64_t uptime;       /* nanoseconds since boot */
	unsigned forks;
};
int cpu_rewrite_stat(const char *text, const cpu_set_t *set, const struct cpu_usage *usage,
		     FILE *out);

/* From the container's cgroup, v1 or v2. */
void cpu_usage(struct sentry *s, struct cpu_usage *usage);

int show_cpuinfo(struct vfs_view *v, FILE *out);
int show_cpu_stat(struct vfs_view *v, FILE *out);
int show_interrupts(struct vfs_view *v, FILE *out);
int show_uptime(struct vfs_view *v, FILE *out);

#endif
