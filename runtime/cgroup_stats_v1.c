/* What a container has used, from the files of control groups version 1. */
#include "runtime/cgroup_stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"

#define TICK_NS 10000000u /* of user and kernel time: USER_HZ is 100 */

/* --- cpu ------------------------------------------------------------------------------------ */

/* The n-th column of every line but the heading. */
static json_t *column(const char *text, int n)
{
	json_t *list = json_array();
	for (text = strchrnul(text, '\n'); *text; text = strchrnul(text + 1, '\n')) {
		uint64_t values[3];
		if (sscanf(text, " %" SCNu64 " %" SCNu64 " %" SCNu64, &values[0], &values[1],
			   &values[2]) == 3)
			json_array_append_new(list, stats_integer(values[n]));
	}
	return list;
}

static json_t *numbers(const char *text)
{
	json_t *list = json_array();
	uint64_t value;
	for (int n; sscanf(text, " %" SCNu64 "%n", &value, &n) == 1; text += n)
		json_array_append_new(list, stats_integer(value));
	return list;
}

static void set_list(json_t *object, const char *key, json_t *list)
{
	if (json_array_size(list))
		json_object_set_new(object, key, list);
	else
		json_decref(list);
}

static json_t *cpu(const struct cgroup *c)
{
	_cleanup_free_ char *stat = stats_read(c, "cpuacct", "cpuacct.stat");
	_cleanup_free_ char *each = stats_read(c, "cpuacct", "cpuacct.usage_percpu");
	_cleanup_free_ char *all = stats_read(c, "cpuacct", "cpuacct.usage_all");
	_cleanup_free_ char *throttling = stats_read(c, "cpu", "cpu.stat");
	if (!stat || !each || !all || !throttling)
		return NULL;
	json_t *usage = json_object(), *throttled = json_object();
	stats_set(usage, "total", stats_number(c, "cpuacct", "cpuacct.usage"));
	set_list(usage, "percpu", numbers(each));
	set_list(usage, "percpu_kernel", column(all, 2));
	set_list(usage, "percpu_user", column(all, 1));
	json_object_set_new(usage, "kernel", stats_integer(stats_value(stat, "system") * TICK_NS));
	json_object_set_new(usage, "user", stats_integer(stats_value(stat, "user") * TICK_NS));
	stats_set(throttled, "periods", stats_value(throttling, "nr_periods"));
	stats_set(throttled, "throttledPeriods", stats_value(throttling, "nr_throttled"));
	stats_set(throttled, "throttledTime", stats_value(throttling, "throttled_time"));
	return json_pack("{s:o, s:o}", "usage", usage, "throttling", throttled);
}

static json_t *cpuset(const struct cgroup *c)
{
	static const char *const files[] = {
	    "cpu_exclusive",	  "mem_hardwall",	"mem_exclusive",   "memory_migrate",
	    "memory_spread_page", "memory_spread_slab", "memory_pressure", "sched_load_balance",
	};
	_cleanup_free_ char *cpus = stats_read(c, "cpuset", "cpuset.cpus");
	_cleanup_free_ char *mems = stats_read(c, "cpuset", "cpuset.mems");
	_cleanup_free_ char *level = stats_read(c, "cpuset", "cpuset.sched_relax_domain_level");
	if (!cpus || !mems || !level)
		return NULL;
	json_t *set = json_object();
	set_list(set, "cpus", stats_list(cpus));
	set_list(set, "mems", stats_list(mems));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char file[64];
		snprintf(file, sizeof file, "cpuset.%s", files[i]);
		json_object_set_new(set, files[i], stats_integer(stats_number(c, "cpuset", file)));
	}
	json_object_set_new(set, "sched_relax_domain_level",
			    json_integer(strtoll(level, NULL, 10)));
	return set;
}

/* --- memory and the rest -------------------------------------------------------------------- */

/* memory[.KIND].limit_in_bytes and its like. */
static json_t *memory_kind(const struct cgroup *c, const char *kind)
{
	static const char *const names[] = {"limit_in_bytes", "usage_in_bytes",
					    "max_usage_in_bytes", "failcnt"};
	uint64_t values[ARRAY_SIZE(names)];
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char file[64];
		snprintf(file, sizeof file, "memory%s.%s", kind, names[i]);
		values[i] = stats_number(c, "memory", file);
	}
	return stats_memory_entry(values[0], values[1], values[2], values[3]);
}

static json_t *memory(const struct cgroup *c)
{
	_cleanup_free_ char *stat = stats_read(c, "memory", "memory.stat");
	if (!stat)
		return NULL;
	json_t *object = json_object();
	stats_set(object, "cache", stats_value(stat, "cache"));
	json_object_set_new(object, "usage", memory_kind(c, ""));
	json_object_set_new(object, "swap", memory_kind(c, ".memsw"));
	json_object_set_new(object, "kernel", memory_kind(c, ".kmem"));
	json_object_set_new(object, "kernelTCP", memory_kind(c, ".kmem.tcp"));
	json_object_set_new(object, "raw", stats_object(stat));
	return object;
}

static json_t *pids(const struct cgroup *c)
{
	json_t *object = json_object();
	uint64_t limit = stats_number(c, "pids", "pids.max");
	stats_set(object, "current", stats_number(c, "pids", "pids.current"));
	stats_set(object, "limit", limit == UINT64_MAX ? 0 : limit);
	return object;
}

/* Lines "8:0 Read 4096" or, with one number a device, "8:0 4096". */
static json_t *block_entries(const char *text)
{
	json_t *list = json_array();
	while (*text) {
		unsigned major, minor;
		char operation[16] = "";
		uint64_t value;
		if (sscanf(text, "%u:%u %15[A-Za-z] %" SCNu64, &major, &minor, operation, &value) ==
			4 ||
		    sscanf(text, "%u:%u %" SCNu64, &major, &minor, &value) == 3) {
			json_t *entry = json_object();
			stats_set(entry, "major", major);
			stats_set(entry, "minor", minor);
			if (operation[0])
				json_object_set_new(entry, "op", json_string(operation));
			stats_set(entry, "value", value);
			json_array_append_new(list, entry);
		}
		text += strcspn(text, "\n");
		text += *text ? 1 : 0;
	}
	return list;
}

/* The first of the schedulers' files that says something. */
static void set_block(json_t *object, const char *key, const struct cgroup *c,
		      const char *const *files, size_t count)
{
	for (size_t i = 0; i < count && !json_object_get(object, key); i++) {
		_cleanup_free_ char *text = stats_read(c, "blkio", files[i]);
		if (text)
			set_list(object, key, block_entries(text));
	}
}

static json_t *block_io(const struct cgroup *c)
{
	static const char *const bytes[] = {
	    "blkio.bfq.io_service_bytes_recursive", "blkio.io_service_bytes_recursive",
	    "blkio.throttle.io_service_bytes_recursive", "blkio.throttle.io_service_bytes"};
	static const char *const operations[] = {
	    "blkio.bfq.io_serviced_recursive", "blkio.io_serviced_recursive",
	    "blkio.throttle.io_serviced_recursive", "blkio.throttle.io_serviced"};
	static const struct {
		const char *key, *files[2];
	} others[] = {
	    {"ioQueueRecursive", {"blkio.bfq.io_queued_recursive", "blkio.io_queued_recursive"}},
	    {"ioServiceTimeRecursive",
	     {"blkio.bfq.io_service_time_recursive", "blkio.io_service_time_recursive"}},
	    {"ioWaitTimeRecursive",
	     {"blkio.bfq.io_wait_time_recursive", "blkio.io_wait_time_recursive"}},
	    {"ioMergedRecursive", {"blkio.bfq.io_merged_recursive", "blkio.io_merged_recursive"}},
	    {"ioTimeRecursive", {"blkio.bfq.time_recursive", "blkio.time_recursive"}},
	    {"sectorsRecursive", {"blkio.bfq.sectors_recursive", "blkio.sectors_recursive"}},
	};
	json_t *object = json_object();
	set_block(object, "ioServiceBytesRecursive", c, bytes, ARRAY_SIZE(bytes));
	set_block(object, "ioServicedRecursive", c, operations, ARRAY_SIZE(operations));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		set_block(object, others[i].key, c, others[i].files, 2);
	return object;
}

static json_t *hugetlb(const struct cgroup *c)
{
	static const char *const sizes[] = {"2MB", "1GB", "64KB", "32MB", "16GB"};
	json_t *object = json_object();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char file[64];
		snprintf(file, sizeof file, "hugetlb.%s.usage_in_bytes", sizes[i]);
		_cleanup_free_ char *usage = stats_read(c, "hugetlb", file);
		if (!usage || !*usage)
			continue;
		json_t *entry = json_object();
		stats_set(entry, "usage", strtoull(usage, NULL, 10));
		snprintf(file, sizeof file, "hugetlb.%s.max_usage_in_bytes", sizes[i]);
		stats_set(entry, "max", stats_number(c, "hugetlb", file));
		snprintf(file, sizeof file, "hugetlb.%s.failcnt", sizes[i]);
		json_object_set_new(entry, "failcnt",
				    stats_integer(stats_number(c, "hugetlb", file)));
		json_object_set_new(object, sizes[i], entry);
	}
	return object;
}

json_t *cgroup_stats_v1(const struct cgroup *c)
{
	return stats_assemble(cpu(c), cpuset(c), memory(c), pids(c), block_io(c), hugetlb(c));
}
