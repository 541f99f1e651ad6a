/* What both versions of control groups need to tell what a container has used: cgroup_stats.h. */
#include "runtime/cgroup_stats.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/cgroup_limits.h"

#define FILE_MAX (1u << 20)

char *stats_read(const struct cgroup *c, const char *controller, const char *file)
{
	const struct cgroup_directory *d = cgroup_directory(c, controller);
	_cleanup_close_ int dirfd = d ? cgroup_directory_open(d) : -1;
	char *text = NULL;
	if (dirfd < 0 || read_file_alloc(dirfd, file, FILE_MAX, &text) < 0)
		return strdup("");
	return text;
}

static uint64_t parse_number(const char *text)
{
	return !strncmp(text, "max", 3) ? UINT64_MAX : strtoull(text, NULL, 10);
}

uint64_t stats_number(const struct cgroup *c, const char *controller, const char *file)
{
	_cleanup_free_ char *text = stats_read(c, controller, file);
	return text ? parse_number(text) : 0;
}

uint64_t stats_value(const char *text, const char *key)
{
	size_t length = strlen(key);
	while (text && *text) {
		if (!strncmp(text, key, length) && text[length] == ' ')
			return parse_number(text + length + 1);
		text = strchr(text, '\n');
		text += text ? 1 : 0;
	}
	return 0;
}

json_t *stats_integer(uint64_t value)
{
	return json_integer((json_int_t)MIN(value, (uint64_t)INT64_MAX));
}

json_t *stats_object(const char *text)
{
	json_t *object = json_object();
	char key[128];
	for (uint64_t value; object && *text; text += *text ? 1 : 0) {
		if (sscanf(text, "%127s %" SCNu64, key, &value) == 2)
			json_object_set_new(object, key, stats_integer(value));
		text += strcspn(text, "\n");
	}
	return object;
}

json_t *stats_list(const char *text)
{
	json_t *list = json_array();
	while (*text >= '0' && *text <= '9') {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (; first <= last && json_array_size(list) < 65536; first++)
			json_array_append_new(list, json_integer((json_int_t)first));
		text = *end == ',' ? end + 1 : end;
	}
	return list;
}

void stats_set(json_t *object, const char *key, uint64_t value)
{
	if (value)
		json_object_set_new(object, key, stats_integer(value));
}

json_t *stats_memory_entry(uint64_t limit, uint64_t usage, uint64_t max, uint64_t failures)
{
	json_t *entry = json_object();
	json_object_set_new(entry, "limit", stats_integer(limit));
	stats_set(entry, "usage", usage);
	stats_set(entry, "max", max);
	json_object_set_new(entry, "failcnt", stats_integer(failures));
	return entry;
}

json_t *stats_assemble(json_t *cpu, json_t *cpuset, json_t *memory, json_t *pids, json_t *blkio,
		       json_t *hugetlb)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:{}, s:n}", "cpu", cpu, "cpuset", cpuset,
			 "memory", memory, "pids", pids, "blkio", blkio, "hugetlb", hugetlb,
			 "intel_rdt", "network_interfaces");
}

json_t *cgroup_stats(const struct cgroup *c, struct error *e)
{
	json_t *stats = cgroup_is_unified(c) ? cgroup_stats_v2(c) : cgroup_stats_v1(c);
	if (!stats)
		error_set(e, ENOMEM, "statistics");
	return stats;
}
