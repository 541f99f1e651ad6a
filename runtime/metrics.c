/* Collecting metrics: see metrics.h. */
#include "runtime/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/cgroup_stats.h"
#include "runtime/state.h"

static json_int_t number(const json_t *object, const char *a, const char *b, const char *c)
{
	const json_t *value = json_object_get(object, a);
	value = b ? json_object_get(value, b) : value;
	value = c ? json_object_get(value, c) : value;
	return json_integer_value(value);
}

/* Of all devices. */
static uint64_t io_bytes(const json_t *stats, const char *op)
{
	const json_t *list =
	    json_object_get(json_object_get(stats, "blkio"), "ioServiceBytesRecursive");
	uint64_t sum = 0;
	size_t i;
	json_t *entry;
	json_array_foreach (list, i, entry) {
		const char *name = json_string_value(json_object_get(entry, "op"));
		if (name && !strcasecmp(name, op))
			sum += (uint64_t)number(entry, "value", NULL, NULL);
	}
	return sum;
}

static uint64_t limit(json_int_t value)
{
	return value <= 0 || value >= INT64_MAX - 4096 ? UINT64_MAX : (uint64_t)value;
}

static void read_cgroup(const struct state *s, struct metrics *m)
{
	struct error ignored;
	json_t *stats = cgroup_stats(&s->cgroup, &ignored);
	m->cpu_seconds = (double)number(stats, "cpu", "usage", "total") / 1e9;
	const json_t *memory = json_object_get(stats, "memory");
	m->memory_bytes = (uint64_t)number(memory, "usage", "usage", NULL);
	m->memory_limit = limit(number(memory, "usage", "limit", NULL));
	m->pids = (uint64_t)number(stats, "pids", "current", NULL);
	m->pids_limit = limit(number(stats, "pids", "limit", NULL));
	m->io_read = io_bytes(stats, "read");
	m->io_written = io_bytes(stats, "write");
	json_decref(stats);
}

static void read_sentry(const struct state *s, struct metrics *m)
{
	char path[40], text[256];
	unsigned long pages = 0;
	snprintf(path, sizeof path, "/proc/%d/statm", (int)s->pid);
	if (m->running && read_file_at(AT_FDCWD, path, text, sizeof text) > 0)
		sscanf(text, "%*u %lu", &pages);
	m->sentry_bytes = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int add(void *arg, struct state *s, struct error *e)
{
	struct metrics_list *list = arg;
	struct metrics *grown =
	    reallocarray(list->containers, list->count + 1, sizeof *list->containers);
	if (!grown)
		return error_set(e, ENOMEM, "metrics");
	list->containers = grown;
	struct metrics *m = &grown[list->count];
	*m = (struct metrics){.id = strdup(s->id)};
	if (!m->id)
		return error_set(e, ENOMEM, "metrics");
	list->count++;
	_cleanup_close_ int sentry = state_pidfd(s);
	m->running = sentry >= 0;
	const struct counters *shared;
	if (state_map_counters(s, &shared) == 0) {
		m->counters = aligned_alloc(_Alignof(struct counters), sizeof *shared);
		if (m->counters)
			memcpy(m->counters, shared, sizeof *shared);
		munmap((void *)shared, sizeof *shared);
	}
	read_sentry(s, m);
	read_cgroup(s, m);
	return 0;
}

int metrics_collect(const char *root, struct metrics_list *list, struct error *e)
{
	*list = (struct metrics_list){0};
	int r = state_each(root, add, list, e);
	if (r < 0)
		metrics_release(list);
	return r;
}

void metrics_release(struct metrics_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->containers[i].id);
		free(list->containers[i].counters);
	}
	free(list->containers);
	*list = (struct metrics_list){0};
}

uint64_t metrics_traps(const struct counters *c, size_t row)
{
	uint64_t sum = 0;
	size_t first = row == COUNTERS_ROWS ? 0 : row, last = MIN(row, COUNTERS_ROWS - 1u);
	for (size_t i = first; i <= last; i++)
		for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++)
			sum += c->calls[i].outcomes[outcome];
	return sum;
}

uint64_t metrics_outcome(const struct counters *c, enum outcome outcome)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < COUNTERS_ROWS; i++)
		sum += c->calls[i].outcomes[outcome];
	return sum;
}

void metrics_workers(const struct counters *c, unsigned *workers, unsigned *busy)
{
	*workers = *busy = 0;
	for (size_t i = 0; i < SLOTS_MAX; i++) {
		*workers += c->slots[i].tid != 0;
		*busy += c->slots[i].tid != 0 && c->slots[i].since != 0;
	}
}

const char *metrics_outcome_name(enum outcome outcome)
{
	static const char *const names[] = {[OUTCOME_ANSWERED] = "answered",
					    [OUTCOME_GRANTED] = "granted",
					    [OUTCOME_PASSED] = "passed",
					    [OUTCOME_FAILED] = "failed",
					    [OUTCOME_REFUSED] = "refused"};
	return names[outcome];
}

const char *metrics_call_name(size_t row)
{
	const struct syscall_info *info = syscall_by_number((int)row);
	return info && counters_row(info->number) == row ? info->name : "other";
}
