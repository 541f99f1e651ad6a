/*
 * See cpu.h. The host's texts are filtered by the container's cpuset and keep their numbering,
 * which getcpu(2) tells as well. Times come from the container's cgroup when there is one.
 *
 * #syscalls: sched_getaffinity clock_gettime
 */
#include "sentry/vfs/cpu.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/vfs/cgroup.h"
#include "sentry/vfs/tree.h"

#define TEXT_LIMIT  (16u << 20)
#define NS_PER_TICK UINT64_C(10000000) /* USER_HZ is 100 on every Linux that runs programs */

void cpu_set(struct sentry *s, cpu_set_t *set)
{
	/* The sentry's main thread is in the container's cgroup and never changes its affinity. */
	CPU_ZERO(set);
	if (sched_getaffinity(1, sizeof *set, set) < 0 || !CPU_COUNT(set))
		CPU_SET(0, set);
}

void cpu_keep_first(cpu_set_t *set, unsigned long count)
{
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, set) && !(count ? count-- : 0))
			CPU_CLR(i, set);
}

/* Processors worth of time that the container may use at once; 0: no limit. */
static unsigned long quota(struct sentry *s)
{
	uint64_t allowed, period;
	char text[64];
	if (vfs_cgroup_text(s, "", "cpu.max", text, sizeof text) > 0) {
		if (sscanf(text, "%" SCNu64 " %" SCNu64, &allowed, &period) != 2)
			return 0;
	} else if (vfs_cgroup_text(s, "cpu", "cpu.cfs_quota_us", text, sizeof text) <= 0 ||
		   text[0] == '-' || sscanf(text, "%" SCNu64, &allowed) != 1 ||
		   vfs_cgroup_number(s, "cpu", "cpu.cfs_period_us", &period) < 0) {
		return 0;
	}
	return period ? allowed / period + !!(allowed % period) : 0;
}

void cpu_online(struct sentry *s, cpu_set_t *set)
{
	unsigned long limit = quota(s);
	cpu_set(s, set);
	if (limit)
		cpu_keep_first(set, limit);
}

void cpu_print_list(const cpu_set_t *set, FILE *out)
{
	const char *separator = "";
	for (int first = 0; first < CPU_SETSIZE; first++) {
		if (!CPU_ISSET(first, set))
			continue;
		int last = first;
		while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, set))
			last++;
		fprintf(out, last > first ? "%s%d-%d" : "%s%d", separator, first, last);
		separator = ",";
		first = last;
	}
}

void cpu_print_mask(const cpu_set_t *set, FILE *out)
{
	int top = CPU_SETSIZE - 1;
	while (top > 0 && !CPU_ISSET(top, set))
		top--;
	for (int word = top / 32; word >= 0; word--) {
		uint32_t bits = 0;
		for (int i = 0; i < 32; i++)
			if (CPU_ISSET(word * 32 + i, set))
				bits |= UINT32_C(1) << i;
		if (word == top / 32)
			fprintf(out, "%" PRIx32, bits);
		else
			fprintf(out, ",%08" PRIx32, bits);
	}
}

/* The block of a processor in cpuinfo, which ends with an empty line; NULL when there is none. */
static const char *cpu_block(const char *text, int *cpu)
{
	while (*text) {
		if (sscanf(text, "processor : %d", cpu) == 1)
			return text;
		text = strchr(text, '\n');
		if (!text)
			break;
		text++;
	}
	return NULL;
}

static const char *end_of_block(const char *block)
{
	const char *end = strstr(block, "\n\n");
	return end ? end + 2 : block + strlen(block);
}

static int block_number(const char *block, const char *name, int otherwise)
{
	const char *end = end_of_block(block), *p = strstr(block, name);
	if (!p || p >= end)
		return otherwise;
	p = strchr(p, ':');
	return p && p < end ? atoi(p + 1) : otherwise;
}

struct cpu_place cpu_place(const char *cpuinfo, int cpu)
{
	int number;
	for (const char *p = cpuinfo; (p = cpu_block(p, &number)); p = end_of_block(p))
		if (number == cpu)
			return (struct cpu_place){block_number(p, "\nphysical id", 0),
						  block_number(p, "\ncore id", cpu)};
	return (struct cpu_place){0, cpu};
}

int cpu_rewrite_info(const char *text, const cpu_set_t *set, FILE *out)
{
	int cpu;
	const char *end = text;
	for (const char *p = text; (p = cpu_block(p, &cpu)); p = end) {
		end = end_of_block(p);
		if (cpu >= 0 && cpu < CPU_SETSIZE && CPU_ISSET(cpu, set))
			fwrite(p, 1, (size_t)(end - p), out);
	}
	fputs(end, out); /* what some architectures say behind all processors */
	return ferror(out) ? -ENOMEM : 0;
}

/* "cpu" or "cpuN" with the ten columns of proc_stat(5): user, nice, system, idle, ... */
static void print_times(FILE *out, const char *name, uint64_t user, uint64_t system, uint64_t idle)
{
	fprintf(out, "%s %" PRIu64 " 0 %" PRIu64 " %" PRIu64 " 0 0 0 0 0 0\n", name, user, system,
		idle);
}

static void print_usage(const cpu_set_t *set, const struct cpu_usage *u, FILE *out)
{
	unsigned cpus = (unsigned)CPU_COUNT(set);
	uint64_t user = u->user / NS_PER_TICK / cpus, system = u->system / NS_PER_TICK / cpus;
	uint64_t up = u->uptime / NS_PER_TICK;
	uint64_t idle = up > user + system ? up - user - system : 0;
	print_times(out, "cpu ", user * cpus, system * cpus, idle * cpus);
	for (int i = 0; i < CPU_SETSIZE; i++) {
		char name[16];
		if (!CPU_ISSET(i, set))
			continue;
		snprintf(name, sizeof name, "cpu%d", i);
		print_times(out, name, user, system, idle);
	}
}

/* The host's own lines of the processors in set, and their sum. */
static void print_host_times(const char *text, const cpu_set_t *set, FILE *out)
{
	uint64_t sum[10] = {};
	_cleanup_free_ char *lines = NULL;
	size_t size;
	_cleanup_file_ FILE *each = open_memstream(&lines, &size);
	if (!each)
		return;
	for (const char *p = text; (p = strstr(p, "cpu")); p += 3) {
		char *q;
		unsigned long cpu = strtoul(p + 3, &q, 10);
		if ((p > text && p[-1] != '\n') || q == p + 3 || cpu >= CPU_SETSIZE ||
		    !CPU_ISSET(cpu, set))
			continue;
		for (int i = 0; i < 10; i++)
			sum[i] += strtoull(q, &q, 10);
		fprintf(each, "%.*s\n", (int)strcspn(p, "\n"), p);
	}
	fputs("cpu ", out);
	for (int i = 0; i < 10; i++)
		fprintf(out, " %" PRIu64, sum[i]);
	fputc('\n', out);
	if (fflush(each) == 0)
		fputs(lines, out);
}

int cpu_rewrite_stat(const char *text, const cpu_set_t *set, const struct cpu_usage *usage,
		     FILE *out)
{
	if (usage->known)
		print_usage(set, usage, out);
	else
		print_host_times(text, set, out);
	/* Devices are the host's, so are its interrupts. */
	const char *btime = strstr(text, "btime ");
	fputs("intr 0\nctxt 0\n", out);
	if (btime)
		fprintf(out, "%.*s\n", (int)strcspn(btime, "\n"), btime);
	fprintf(out, "processes %u\nprocs_running 1\nprocs_blocked 0\n", usage->forks);
	fputs("softirq 0 0 0 0 0 0 0 0 0 0 0\n", out);
	return ferror(out) ? -ENOMEM : 0;
}

void cpu_usage(struct sentry *s, struct cpu_usage *u)
{
	struct timespec up;
	uint64_t user, system;
	clock_gettime(CLOCK_BOOTTIME, &up);
	*u = (struct cpu_usage){.uptime = (uint64_t)up.tv_sec * 1000000000 + (uint64_t)up.tv_nsec};
	if (vfs_cgroup_number(s, "cpuacct", "cpuacct.usage_user", &user) == 0 &&
	    vfs_cgroup_number(s, "cpuacct", "cpuacct.usage_sys", &system) == 0)
		*u = (struct cpu_usage){true, user, system, u->uptime, 0};
	else if (vfs_cgroup_value(s, "", "cpu.stat", "user_usec", &user) == 0 &&
		 vfs_cgroup_value(s, "", "cpu.stat", "system_usec", &system) == 0)
		*u = (struct cpu_usage){true, user * 1000, system * 1000, u->uptime, 0};
}

int show_cpuinfo(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	cpu_set_t set;
	ssize_t n = read_file_alloc(v->s->proc_fd, "cpuinfo", TEXT_LIMIT, &text);
	if (n < 0)
		return (int)n;
	cpu_online(v->s, &set);
	return cpu_rewrite_info(text, &set, out);
}

int show_cpu_stat(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	struct cpu_usage usage;
	cpu_set_t set;
	ssize_t n = read_file_alloc(v->s->proc_fd, "stat", TEXT_LIMIT, &text);
	if (n < 0)
		return (int)n;
	cpu_online(v->s, &set);
	cpu_usage(v->s, &usage);
	/* Numbers are given out one by one: the highest is about as many as there were. */
	struct vfs_keys pids = {};
	if (keys_of_directory(v->s->guest_proc_fd, ".", &pids) == 0 && pids.count)
		usage.forks = (unsigned)pids.key[pids.count - 1];
	free(pids.key);
	return cpu_rewrite_stat(text, &set, &usage, out);
}

int show_interrupts(struct vfs_view *v, FILE *out)
{
	cpu_set_t set;
	cpu_online(v->s, &set);
	fputs(vfs_row(v->node)->text, out);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			fprintf(out, "CPU%-8d", i);
	fputc('\n', out);
	return 0;
}

int show_uptime(struct vfs_view *v, FILE *out)
{
	struct cpu_usage u;
	cpu_set_t set;
	cpu_online(v->s, &set);
	cpu_usage(v->s, &u);
	uint64_t all = u.uptime * (unsigned)CPU_COUNT(&set), busy = u.user + u.system;
	uint64_t idle = all > busy ? all - busy : 0;
	fprintf(out, "%" PRIu64 ".%02" PRIu64 " %" PRIu64 ".%02" PRIu64 "\n", u.uptime / 1000000000,
		u.uptime / 10000000 % 100, idle / 1000000000, idle / 10000000 % 100);
	return 0;
}
