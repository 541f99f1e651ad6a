/*
 * See memory.h. A container without a memory limit shares all that the host has, and sees it. With
 * a limit, every line is either computed from the cgroup (proc_meminfo(5) on the left, memory.stat
 * on the right), a property of the machine, or zero.
 */
#include "sentry/vfs/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/vfs/cgroup.h"
#include "sentry/vfs/tree.h"

#define TEXT_LIMIT (1u << 20)

static uint64_t stat_value(const struct memory_limit *m, const char *v2, const char *v1)
{
	uint64_t value = 0;
	/* v1's total_ lines count the groups below as well. */
	if (vfs_cgroup_find(m->stat, v1, &value) < 0 && vfs_cgroup_find(m->stat, v2, &value) < 0)
		return 0;
	return value;
}

/* v1 counts swap within memsw, v2 apart. */
static void swap_limit(struct sentry *s, bool v1, struct memory_limit *m)
{
	uint64_t both, used;
	if (!v1) {
		if (vfs_cgroup_number(s, "", "memory.swap.max", &m->swap_total) < 0)
			m->swap_total = 0;
		if (vfs_cgroup_number(s, "", "memory.swap.current", &m->swap_used) < 0)
			m->swap_used = 0;
		return;
	}
	if (vfs_cgroup_find(m->stat, "hierarchical_memsw_limit", &both) == 0 && both > m->total)
		m->swap_total = both - m->total;
	if (vfs_cgroup_number(s, "memory", "memory.memsw.usage_in_bytes", &used) == 0 &&
	    used > m->used)
		m->swap_used = used - m->used;
}

void memory_limit(struct sentry *s, uint64_t host_total, struct memory_limit *m)
{
	uint64_t limit = 0;
	*m = (struct memory_limit){};
	bool v1 = vfs_cgroup_text(s, "memory", "memory.stat", m->stat, sizeof m->stat) >= 0;
	if (v1) {
		if (vfs_cgroup_find(m->stat, "hierarchical_memory_limit", &limit) < 0 ||
		    vfs_cgroup_number(s, "memory", "memory.usage_in_bytes", &m->used) < 0)
			return;
	} else if (vfs_cgroup_text(s, "", "memory.stat", m->stat, sizeof m->stat) < 0 ||
		   vfs_cgroup_number(s, "", "memory.max", &limit) < 0 ||
		   vfs_cgroup_number(s, "", "memory.current", &m->used) < 0) {
		return;
	}
	if (!limit || limit >= host_total)
		return;
	m->total = limit;
	m->used = MIN(m->used, limit);
	swap_limit(s, v1, m);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The value of a line in bytes; false: zero, or the host's when it is a property of the machine. */
static bool line_value(const char *name, uint64_t host, const struct memory_limit *m,
		       uint64_t *value)
{
	uint64_t free_bytes = m->total - m->used;
	uint64_t file = stat_value(m, "file", "total_cache");
	uint64_t inactive_file = stat_value(m, "inactive_file", "total_inactive_file");
	uint64_t active_file = stat_value(m, "active_file", "total_active_file");
	uint64_t inactive_anon = stat_value(m, "inactive_anon", "total_inactive_anon");
	uint64_t active_anon = stat_value(m, "active_anon", "total_active_anon");
	uint64_t reclaimable = stat_value(m, "slab_reclaimable", "slab_reclaimable");
	uint64_t swap_total = least(m->swap_total, host); /* for the lines about swap */
	const struct {
		const char *name;
		uint64_t value;
	} lines[] = {
	    {"MemTotal", m->total},
	    {"MemFree", free_bytes},
	    {"MemAvailable",
	     least(free_bytes + inactive_file + active_file + reclaimable, m->total)},
	    {"Cached", file},
	    {"Active", active_anon + active_file},
	    {"Inactive", inactive_anon + inactive_file},
	    {"Active(anon)", active_anon},
	    {"Inactive(anon)", inactive_anon},
	    {"Active(file)", active_file},
	    {"Inactive(file)", inactive_file},
	    {"Unevictable", stat_value(m, "unevictable", "total_unevictable")},
	    {"SwapTotal", swap_total},
	    {"SwapFree", least(swap_total - least(swap_total, m->swap_used), host)},
	    {"Dirty", stat_value(m, "file_dirty", "total_dirty")},
	    {"Writeback", stat_value(m, "file_writeback", "total_writeback")},
	    {"AnonPages", stat_value(m, "anon", "total_rss")},
	    {"Mapped", stat_value(m, "file_mapped", "total_mapped_file")},
	    {"Shmem", stat_value(m, "shmem", "total_shmem")},
	    {"KReclaimable", reclaimable},
	    {"SReclaimable", reclaimable},
	    {"Slab", stat_value(m, "slab", "slab")},
	    {"SUnreclaim", stat_value(m, "slab_unreclaimable", "slab_unreclaimable")},
	    {"KernelStack", stat_value(m, "kernel_stack", "kernel_stack")},
	    {"PageTables", stat_value(m, "pagetables", "pagetables")},
	    {"CommitLimit", m->total},
	    {"Committed_AS", m->used},
	    {"VmallocTotal", host},
	    {"Hugepagesize", host},
	};
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (!strcmp(lines[i].name, name)) {
			*value = lines[i].value;
			return true;
		}
	return false;
}

int memory_rewrite(const char *host, const struct memory_limit *m, FILE *out)
{
	while (*host) {
		char name[64], unit[8] = "";
		uint64_t kib = 0, value = 0;
		size_t n = strcspn(host, "\n");
		if (sscanf(host, "%63[^:]: %" SCNu64 " %7[a-zA-Z]", name, &kib, unit) >= 2) {
			/* The columns are the kernel's: "%-16s%8lu kB". */
			char label[66];
			bool known = line_value(name, kib * 1024, m, &value);
			snprintf(label, sizeof label, "%s:", name);
			bool bytes = !strncmp(host + n - MIN(n, (size_t)3), " kB", 3);
			fprintf(out, bytes ? "%-16s%8" PRIu64 " kB\n" : "%-16s%8" PRIu64 "\n",
				label, known ? value / 1024 : 0);
		}
		host += n + (host[n] == '\n');
	}
	return ferror(out) ? -ENOMEM : 0;
}

int show_meminfo(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	struct memory_limit m;
	uint64_t host_kib = 0;
	ssize_t n = read_file_alloc(v->s->proc_fd, "meminfo", TEXT_LIMIT, &text);
	if (n < 0)
		return (int)n;
	sscanf(text, "MemTotal: %" SCNu64, &host_kib);
	memory_limit(v->s, host_kib * 1024, &m);
	if (m.total)
		return memory_rewrite(text, &m, out);
	return fputs(text, out) < 0 ? -ENOMEM : 0;
}

int show_vmstat(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_file_alloc(v->s->proc_fd, "vmstat", TEXT_LIMIT, &text);
	if (n < 0)
		return (int)n;
	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n')
		fprintf(out, "%.*s 0\n", (int)strcspn(p, " \n"), p);
	return 0;
}
