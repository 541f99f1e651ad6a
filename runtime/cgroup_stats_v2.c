/* What a container has used, from the files of the unified hierarchy, in version 1's terms. */
#include "runtime/cgroup_stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"

static json_t *cpu(const struct cgroup *c)
{
	_cleanup_free_ char *stat = stats_read(c, "cpu", "cpu.stat");
	if (!stat)
		return NULL;
	json_t *usage = json_object(), *throttled = json_object();
	stats_set(usage, "total", stats_value(stat, "usage_usec") * 1000);
	json_object_set_new(usage, "kernel",
			    stats_integer(stats_value(stat, "system_usec") * 1000));
	json_object_set_new(usage, "user", stats_integer(stats_value(stat, "user_usec") * 1000));
	stats_set(throttled, "periods", stats_value(stat, "nr_periods"));
	stats_set(throttled, "throttledPeriods", stats_value(stat, "nr_throttled"));
	stats_set(throttled, "throttledTime", stats_value(stat, "throttled_usec") * 1000);
	return json_pack("{s:o, s:o}", "usage", usage, "throttling", throttled);
}

static json_t *cpuset(const struct cgroup *c)
{
	_cleanup_free_ char *cpus = stats_read(c, "cpuset", "cpuset.cpus.effective");
	_cleanup_free_ char *mems = stats_read(c, "cpuset", "cpuset.mems.effective");
	if (!cpus || !mems)
		return NULL;
	return json_pack("{s:o, s:o, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "cpus",
			 stats_list(cpus), "mems", stats_list(mems), "cpu_exclusive", 0,
			 "mem_hardwall", 0, "mem_exclusive", 0, "memory_migrate", 0,
			 "memory_spread_page", 0, "memory_spread_slab", 0, "memory_pressure", 0,
			 "sched_load_balance", 0, "sched_relax_domain_level", 0);
}

/* Version 1 counts memory and swap together. */
static uint64_t sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static json_t *memory(const struct cgroup *c)
{
	_cleanup_free_ char *stat = stats_read(c, "memory", "memory.stat");
	_cleanup_free_ char *events = stats_read(c, "memory", "memory.events");
	if (!stat || !events)
		return NULL;
	uint64_t limit = stats_number(c, "memory", "memory.max");
	uint64_t usage = stats_number(c, "memory", "memory.current");
	uint64_t swap_limit = stats_number(c, "memory", "memory.swap.max");
	uint64_t swap = stats_number(c, "memory", "memory.swap.current");
	uint64_t failures = stats_value(events, "max");
	json_t *object = json_object();
	stats_set(object, "cache", stats_value(stat, "file"));
	json_object_set_new(
	    object, "usage",
	    stats_memory_entry(limit, usage, stats_number(c, "memory", "memory.peak"), failures));
	json_object_set_new(
	    object, "swap",
	    stats_memory_entry(sum(limit, swap_limit), sum(usage, swap), 0, failures));
	json_object_set_new(object, "kernel",
			    stats_memory_entry(0, stats_value(stat, "kernel"), 0, 0));
	json_object_set_new(object, "kernelTCP",
			    stats_memory_entry(0, stats_value(stat, "sock"), 0, 0));
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

static void add_entry(json_t *list, unsigned major, unsigned minor, const char *operation,
		      uint64_t value)
{
	json_t *entry = json_object();
	stats_set(entry, "major", major);
	stats_set(entry, "minor", minor);
	json_object_set_new(entry, "op", json_string(operation));
	stats_set(entry, "value", value);
	json_array_append_new(list, entry);
}

/* One device of io.stat: "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6". */
static void add_device(const char *line, size_t length, json_t *bytes, json_t *operations)
{
	static const struct {
		const char *key, *operation;
		bool is_bytes;
	} fields[] = {
	    {" rbytes=", "Read", true}, {" wbytes=", "Write", true}, {" dbytes=", "Discard", true},
	    {" rios=", "Read", false},	{" wios=", "Write", false},  {" dios=", "Discard", false},
	};
	unsigned major, minor;
	if (sscanf(line, "%u:%u", &major, &minor) != 2)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const char *found = memmem(line, length, fields[i].key, strlen(fields[i].key));
		if (found)
			add_entry(fields[i].is_bytes ? bytes : operations, major, minor,
				  fields[i].operation,
				  strtoull(found + strlen(fields[i].key), NULL, 10));
	}
}

static json_t *block_io(const struct cgroup *c)
{
	_cleanup_free_ char *stat = stats_read(c, "io", "io.stat");
	if (!stat)
		return NULL;
	json_t *object = json_object(), *bytes = json_array(), *operations = json_array();
	for (const char *line = stat; *line; line += *line ? 1 : 0) {
		size_t length = strcspn(line, "\n");
		add_device(line, length, bytes, operations);
		line += length;
	}
	if (json_array_size(bytes))
		json_object_set(object, "ioServiceBytesRecursive", bytes);
	if (json_array_size(operations))
		json_object_set(object, "ioServicedRecursive", operations);
	json_decref(bytes);
	json_decref(operations);
	return object;
}

static json_t *hugetlb(const struct cgroup *c)
{
	static const char *const sizes[] = {"2MB", "1GB", "64KB", "32MB", "16GB"};
	json_t *object = json_object();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char file[64];
		snprintf(file, sizeof file, "hugetlb.%s.current", sizes[i]);
		_cleanup_free_ char *usage = stats_read(c, "hugetlb", file);
		if (!usage || !*usage)
			continue;
		snprintf(file, sizeof file, "hugetlb.%s.events", sizes[i]);
		_cleanup_free_ char *events = stats_read(c, "hugetlb", file);
		json_t *entry = json_object();
		stats_set(entry, "usage", strtoull(usage, NULL, 10));
		json_object_set_new(entry, "failcnt", stats_integer(stats_value(events, "max")));
		json_object_set_new(object, sizes[i], entry);
	}
	return object;
}

json_t *cgroup_stats_v2(const struct cgroup *c)
{
	return stats_assemble(cpu(c), cpuset(c), memory(c), pids(c), block_io(c), hugetlb(c));
}
