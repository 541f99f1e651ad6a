/* Statistics of a unified control group, from a directory that stands for one; intervals. */
#include "lib/cleanup.h"
#include "runtime/cgroup_stats.h"
#include "runtime/events.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
	const char *name, *text;
} files[] = {
    {"cpu.stat", "usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\nnr_periods 7\nnr_throttled "
		 "2\nthrottled_usec 9\n"},
    {"cpuset.cpus.effective", "0-2,5\n"},
    {"cpuset.mems.effective", "0\n"},
    {"memory.current", "4096\n"},
    {"memory.max", "max\n"},
    {"memory.swap.max", "100\n"},
    {"memory.swap.current", "10\n"},
    {"memory.stat", "anon 1024\nfile 2048\n"},
    {"memory.events", "low 0\nmax 3\noom 1\noom_kill 1\n"},
    {"pids.current", "4\n"},
    {"pids.max", "max\n"},
    {"io.stat", "8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n254:16 rbytes=5 wbytes=0 "
		"rios=1 wios=0 dbytes=0 dios=0\n"},
};

static void make_group(struct cgroup *c)
{
	char name[] = "/tmp/cgroup.XXXXXX";
	cr_assert_not_null(mkdtemp(name));
	c->count = 1;
	c->directories[0].mount = strdup(name);
	c->directories[0].path = strdup("");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char path[128];
		snprintf(path, sizeof path, "%s/%s", name, files[i].name);
		_cleanup_file_ FILE *f = fopen(path, "w");
		cr_assert_not_null(f);
		fputs(files[i].text, f);
	}
}

static void drop_group(struct cgroup *c)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s", c->directories[0].mount);
	cr_expect_eq(system(command), 0);
	cgroup_release(c);
}

static void drop_json(json_t **value)
{
	json_decref(*value);
}

static json_int_t number(json_t *stats, const char *a, const char *b, const char *c)
{
	json_t *value = json_object_get(json_object_get(json_object_get(stats, a), b), c);
	return json_is_integer(value) ? json_integer_value(value) : -1;
}

Test(cgroup_stats, unified)
{
	_cleanup_(drop_group) struct cgroup c = {0};
	struct error e = {0};
	make_group(&c);
	_cleanup_(drop_json) json_t *stats = cgroup_stats(&c, &e);
	cr_assert_not_null(stats, "%s", e.message);
	cr_expect_eq(number(stats, "cpu", "usage", "total"), 5000000);
	cr_expect_eq(number(stats, "cpu", "usage", "kernel"), 2000000);
	cr_expect_eq(number(stats, "cpu", "throttling", "throttledPeriods"), 2);
	cr_expect_eq(number(stats, "memory", "usage", "usage"), 4096);
	cr_expect_eq(number(stats, "memory", "usage", "limit"), INT64_MAX);
	cr_expect_eq(number(stats, "memory", "usage", "failcnt"), 3);
	cr_expect_eq(number(stats, "memory", "swap", "usage"), 4106);
	cr_expect_eq(number(stats, "memory", "raw", "anon"), 1024);
	json_t *pids = json_object_get(stats, "pids");
	cr_expect_eq(json_integer_value(json_object_get(pids, "current")), 4);
	cr_expect_null(json_object_get(pids, "limit"));
	json_t *cpus = json_object_get(json_object_get(stats, "cpuset"), "cpus");
	cr_expect_eq(json_array_size(cpus), 4);
	cr_expect_eq(json_integer_value(json_array_get(cpus, 3)), 5);
	json_t *bytes = json_object_get(json_object_get(stats, "blkio"), "ioServiceBytesRecursive");
	cr_assert_eq(json_array_size(bytes), 6);
	json_t *written = json_array_get(bytes, 1);
	cr_expect_str_eq(json_string_value(json_object_get(written, "op")), "Write");
	cr_expect_eq(json_integer_value(json_object_get(written, "value")), 20);
	cr_expect(json_is_null(json_object_get(stats, "network_interfaces")));
}

Test(events, intervals)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} right[] = {{"5s", 5000000000},       {"500ms", 500000000}, {"1m30s", 90000000000},
		     {"1h", 3600000000000ull}, {"1.5s", 1500000000}, {"0s", 0},
		     {"10us", 10000},	       {"10µs", 10000}};
	static const char *const wrong[] = {"", "5", "s", "5x", "-5s", "5s5", "1..5s"};
	uint64_t ns;
	for (size_t i = 0; i < ARRAY_SIZE(right); i++) {
		cr_expect_eq(events_parse_interval(right[i].text, &ns), 0, "%s", right[i].text);
		cr_expect_eq(ns, right[i].ns, "%s", right[i].text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		cr_expect_lt(events_parse_interval(wrong[i], &ns), 0, "%s", wrong[i]);
}
