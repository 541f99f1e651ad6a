/*
 * /sys: an honest minimum. The processors that the container may use and how they sit together,
 * transparent huge pages, and the places where software looks before it finds nothing there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "sentry/sentry.h"
#include "sentry/vfs/cpu.h"
#include "sentry/vfs/interface.h"
#include "sentry/vfs/memory.h"
#include "sentry/vfs/tree.h"

static bool cpu_exists(struct vfs_view *v, unsigned long cpu)
{
	cpu_set_t set;
	cpu_online(v->s, &set);
	return cpu < CPU_SETSIZE && CPU_ISSET(cpu, &set);
}

static int cpu_keys(struct vfs_view *v, struct vfs_keys *keys)
{
	cpu_set_t set;
	int r = 0;
	cpu_online(v->s, &set);
	for (unsigned i = 0; r == 0 && i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			r = keys_add(keys, i);
	return r;
}

/* Where arrays that getcpu(2) indexes end: the quota says how many, not which. */
static int show_all_cpus(struct vfs_view *v, FILE *out)
{
	cpu_set_t set;
	cpu_set(v->s, &set);
	cpu_print_list(&set, out);
	fputc('\n', out);
	return 0;
}

static int show_offline_cpus(struct vfs_view *v, FILE *out)
{
	cpu_set_t all, online;
	cpu_set(v->s, &all);
	cpu_online(v->s, &online);
	CPU_XOR(&all, &all, &online);
	cpu_print_list(&all, out);
	fputc('\n', out);
	return 0;
}

static int show_cpus(struct vfs_view *v, FILE *out)
{
	cpu_set_t set;
	cpu_online(v->s, &set);
	cpu_print_list(&set, out);
	fputc('\n', out);
	return 0;
}

static int show_cpu_mask(struct vfs_view *v, FILE *out)
{
	cpu_set_t set;
	cpu_online(v->s, &set);
	cpu_print_mask(&set, out);
	fputc('\n', out);
	return 0;
}

/* Which processor a node below cpuN is about. */
static int cpu_of(const struct vfs_node *node)
{
	for (int i = node->depth; i > 0; i--)
		if (node->level[i].row->exists == cpu_exists)
			return (int)node->level[i].key;
	return 0;
}

enum sharing { SAME_CORE, SAME_PACKAGE };

/* The processors of the container that share core or package with one. */
static void siblings(struct vfs_view *v, const char *cpuinfo, enum sharing sharing, cpu_set_t *out)
{
	cpu_set_t set;
	struct cpu_place mine = cpu_place(cpuinfo, cpu_of(v->node));
	cpu_online(v->s, &set);
	CPU_ZERO(out);
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &set))
			continue;
		struct cpu_place p = cpu_place(cpuinfo, i);
		if (p.package == mine.package && (sharing == SAME_PACKAGE || p.core == mine.core))
			CPU_SET(i, out);
	}
}

/* All of topology/: the name of the file says what is asked. */
static int show_topology(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *cpuinfo = NULL;
	const char *name = vfs_row(v->node)->name;
	cpu_set_t set;

	ssize_t n = read_file_alloc(v->s->proc_fd, "cpuinfo", 16u << 20, &cpuinfo);
	if (n < 0)
		return (int)n;
	struct cpu_place place = cpu_place(cpuinfo, cpu_of(v->node));
	if (!strcmp(name, "core_id")) {
		fprintf(out, "%d\n", place.core);
		return 0;
	}
	if (!strcmp(name, "physical_package_id")) {
		fprintf(out, "%d\n", place.package);
		return 0;
	}
	bool core = !strncmp(name, "thread_", 7) || !strncmp(name, "core_cpus", 9);
	siblings(v, cpuinfo, core ? SAME_CORE : SAME_PACKAGE, &set);
	if (strstr(name, "_list"))
		cpu_print_list(&set, out);
	else
		cpu_print_mask(&set, out);
	fputc('\n', out);
	return 0;
}

#define TEXT(name_, text_)                                                                         \
	{                                                                                          \
		.name = name_, .mode = 0444, .show = show_text, .text = text_                      \
	}
#define SHOW(name_, show_)                                                                         \
	{                                                                                          \
		.name = name_, .mode = 0444, .show = show_                                         \
	}
#define DIRECTORY(name_, ...)                                                                      \
	{                                                                                          \
		.name = name_, .mode = S_IFDIR | 0755, __VA_ARGS__                                 \
	}

static const struct vfs_row topology_rows[] = {
    TEXT("die_id", "0\n"),
    SHOW("physical_package_id", show_topology),
    SHOW("core_cpus_list", show_topology),
    SHOW("die_cpus_list", show_topology),
    SHOW("core_siblings", show_topology),
    SHOW("core_siblings_list", show_topology),
    SHOW("package_cpus", show_topology),
    SHOW("package_cpus_list", show_topology),
    SHOW("die_cpus", show_topology),
    SHOW("thread_siblings_list", show_topology),
    SHOW("core_id", show_topology),
    SHOW("core_cpus", show_topology),
    SHOW("thread_siblings", show_topology),
    {},
};

static const struct vfs_row one_cpu_rows[] = {
    TEXT("online", "1\n"),
    DIRECTORY("topology", .rows = topology_rows),
    {},
};

static const struct vfs_row cpu_row = {
    .name = "cpu",
    .mode = S_IFDIR | 0755,
    .rows = one_cpu_rows,
    .exists = cpu_exists,
    .keys = cpu_keys,
};

static const struct vfs_row cpu_rows[] = {
    SHOW("online", show_cpus),
    SHOW("present", show_all_cpus),
    SHOW("possible", show_all_cpus),
    SHOW("offline", show_offline_cpus),
    TEXT("isolated", "\n"),
    TEXT("kernel_max", "8191\n"),
    {},
};

/* /proc/meminfo, as the only node tells it. */
static int show_node_memory(struct vfs_view *v, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	_cleanup_file_ FILE *all = open_memstream(&text, &size);
	int r = all ? show_meminfo(v, all) : -ENOMEM;
	if (r >= 0 && fflush(all))
		r = -ENOMEM;
	for (const char *p = r < 0 ? "" : text; *p; p += strcspn(p, "\n"), p += *p == '\n')
		if (!strncmp(p, "Mem", 3) || !strncmp(p, "Active", 6) || !strncmp(p, "Inactive", 8))
			fprintf(out, "Node 0 %.*s\n", (int)strcspn(p, "\n"), p);
	return r < 0 ? r : 0;
}

static const struct vfs_row node0_rows[] = {
    TEXT("distance", "10\n"),
    SHOW("meminfo", show_node_memory),
    SHOW("cpumap", show_cpu_mask),
    SHOW("cpulist", show_cpus),
    {},
};

static const struct vfs_row node_rows[] = {
    TEXT("online", "0\n"),
    TEXT("possible", "0\n"),
    TEXT("has_cpu", "0\n"),
    TEXT("has_memory", "0\n"),
    TEXT("has_normal_memory", "0\n"),
    DIRECTORY("node0", .rows = node0_rows),
    {},
};

static const struct vfs_row system_rows[] = {
    DIRECTORY("cpu", .rows = cpu_rows, .numbered = &cpu_row),
    DIRECTORY("node", .rows = node_rows),
    {},
};

/* Every interface of a container counts as one without a device. */
static const struct vfs_row virtual_rows[] = {
    DIRECTORY("net", .numbered = &interface_row),
    {},
};

static const struct vfs_row device_rows[] = {
    DIRECTORY("system", .rows = system_rows),
    DIRECTORY("virtual", .rows = virtual_rows),
    {},
};

static const struct vfs_row huge_rows[] = {
    TEXT("enabled", "always [madvise] never\n"),
    TEXT("defrag", "always defer defer+madvise [madvise] never\n"),
    TEXT("hpage_pmd_size", "2097152\n"),
    TEXT("shmem_enabled", "always within_size advise [never] deny force\n"),
    {},
};

static const struct vfs_row mm_rows[] = {
    DIRECTORY("hugepages", .rows = NULL),
    DIRECTORY("transparent_hugepage", .rows = huge_rows),
    {},
};

static const struct vfs_row kernel_rows[] = {
    DIRECTORY("mm", .rows = mm_rows),
    {},
};

static const struct vfs_row fs_rows[] = {
    DIRECTORY("cgroup", .rows = NULL),
    {},
};

static const struct vfs_row class_rows[] = {
    DIRECTORY("block", .rows = NULL),
    DIRECTORY("net", .numbered = &interface_link_row),
    {},
};

static const struct vfs_row dev_rows[] = {
    DIRECTORY("block", .rows = NULL),
    DIRECTORY("char", .rows = NULL),
    {},
};

static const struct vfs_row root_rows[] = {
    DIRECTORY("fs", .rows = fs_rows),
    DIRECTORY("bus", .rows = NULL),
    DIRECTORY("dev", .rows = dev_rows),
    DIRECTORY("block", .rows = NULL),
    DIRECTORY("class", .rows = class_rows),
    DIRECTORY("devices", .rows = device_rows),
    DIRECTORY("kernel", .rows = kernel_rows),
    DIRECTORY("module", .rows = NULL),
    {},
};

const struct vfs_row vfs_sys_root = {
    .name = "",
    .mode = S_IFDIR | 0555,
    .rows = root_rows,
};
