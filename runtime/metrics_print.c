/* Metrics in Prometheus's text format, one family after the other: see metrics.h. */
#include "runtime/metrics.h"

#include <inttypes.h>

#include "lib/cleanup.h"

static void head(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP capbox_%s %s\n# TYPE capbox_%s %s\n", name, help, name, type);
}

static void print_traps(const struct metrics *m, FILE *f)
{
	for (size_t row = 0; row < COUNTERS_ROWS; row++)
		for (int i = 0; i < OUTCOME_COUNT; i++)
			if (m->counters->calls[row].outcomes[i])
				fprintf(f,
					"capbox_traps_total{id=\"%s\",syscall=\"%s\",outcome="
					"\"%s\"} %" PRIu64 "\n",
					m->id, metrics_call_name(row), metrics_outcome_name(i),
					m->counters->calls[row].outcomes[i]);
}

static void print_trap_time(const struct metrics *m, FILE *f)
{
	for (size_t row = 0; row < COUNTERS_ROWS; row++)
		if (m->counters->calls[row].ns)
			fprintf(f, "capbox_trap_seconds_total{id=\"%s\",syscall=\"%s\"} %.9f\n",
				m->id, metrics_call_name(row),
				(double)m->counters->calls[row].ns / 1e9);
}

static double class_seconds(const struct counters *c, size_t class)
{
	uint64_t ns = 0;
	for (size_t row = 0; row < COUNTERS_ROWS; row++)
		if (counters_class((int)row) == class)
			ns += c->calls[row].ns;
	return (double)ns / 1e9;
}

static const char *class_name(size_t class)
{
	return class < CLASS_COUNT ? syscall_class_name((enum syscall_class) class) : "other";
}

static void print_histogram(const struct metrics *m, size_t class, FILE *f)
{
	const uint64_t *buckets = m->counters->latency[class];
	uint64_t count = 0;
	for (size_t i = 0; i < LATENCY_BUCKETS; i++)
		count += buckets[i];
	if (!count)
		return;
	const char *name = class_name(class);
	uint64_t below = 0;
	for (size_t i = 0; i + 1 < LATENCY_BUCKETS; i++) {
		below += buckets[i];
		fprintf(f,
			"capbox_trap_duration_seconds_bucket{id=\"%s\",class=\"%s\",le=\"%.9g\"} "
			"%" PRIu64 "\n",
			m->id, name, (double)(1u << i) / 1e6, below);
	}
	fprintf(f,
		"capbox_trap_duration_seconds_bucket{id=\"%s\",class=\"%s\",le=\"+Inf\"} %" PRIu64
		"\ncapbox_trap_duration_seconds_sum{id=\"%s\",class=\"%s\"} %.9f\n"
		"capbox_trap_duration_seconds_count{id=\"%s\",class=\"%s\"} %" PRIu64 "\n",
		m->id, name, count, m->id, name, class_seconds(m->counters, class), m->id, name,
		count);
}

static void print_latency(const struct metrics *m, FILE *f)
{
	for (size_t class = 0; class <= CLASS_COUNT; class ++)
		print_histogram(m, class, f);
}

/* --- families of one value a container ------------------------------------------------------- */

static double workers(const struct metrics *m)
{
	unsigned all, busy;
	metrics_workers(m->counters, &all, &busy);
	return all;
}

static double workers_busy(const struct metrics *m)
{
	unsigned all, busy;
	metrics_workers(m->counters, &all, &busy);
	return busy;
}

#define FIELD(name, expression)                                                                    \
	static double name(const struct metrics *m)                                                \
	{                                                                                          \
		return (double)(expression);                                                       \
	}
FIELD(running, m->running)
FIELD(contexts, m->counters->contexts)
FIELD(egress_denied, m->counters->egress_denied)
FIELD(sentry_bytes, m->sentry_bytes)
FIELD(cpu_seconds, m->cpu_seconds)
FIELD(memory_bytes, m->memory_bytes)
FIELD(memory_limit, m->memory_limit == UINT64_MAX ? -1 : (double)m->memory_limit)
FIELD(pids, m->pids)
FIELD(pids_limit, m->pids_limit == UINT64_MAX ? -1 : (double)m->pids_limit)
FIELD(io_read, m->io_read)
FIELD(io_written, m->io_written)

/* A negative value: the container has none. */
static const struct field {
	const char *name, *type, *help;
	double (*value)(const struct metrics *m);
	bool counted; /* taken from the counters */
} fields[] = {
    {"container_running", "gauge", "Whether the container's sentry lives.", running, false},
    {"contexts", "gauge", "Contexts that the sentry holds.", contexts, true},
    {"workers", "gauge", "Threads of the sentry that serve traps.", workers, true},
    {"workers_busy", "gauge", "Of them, those that serve one now.", workers_busy, true},
    {"egress_denied_total", "counter", "Addresses that the egress policy has denied.",
     egress_denied, true},
    {"sentry_resident_memory_bytes", "gauge", "Memory of the sentry.", sentry_bytes, false},
    {"cpu_seconds_total", "counter", "Processor time of the container's control group.",
     cpu_seconds, false},
    {"memory_usage_bytes", "gauge", "Memory of the container's control group.", memory_bytes,
     false},
    {"memory_limit_bytes", "gauge", "Its limit, where there is one.", memory_limit, false},
    {"tasks", "gauge", "Tasks of the container's control group.", pids, false},
    {"tasks_limit", "gauge", "Their limit, where there is one.", pids_limit, false},
    {"io_read_bytes_total", "counter", "Bytes read from block devices.", io_read, false},
    {"io_written_bytes_total", "counter", "Bytes written to block devices.", io_written, false},
};

static void print_field(const struct metrics_list *list, const struct field *field, FILE *f)
{
	head(f, field->name, field->type, field->help);
	for (size_t i = 0; i < list->count; i++) {
		const struct metrics *m = &list->containers[i];
		double value = field->counted && !m->counters ? -1 : field->value(m);
		if (value >= 0)
			fprintf(f, "capbox_%s{id=\"%s\"} %.17g\n", field->name, m->id, value);
	}
}

static void print_each(const struct metrics_list *list,
		       void (*print)(const struct metrics *m, FILE *f), FILE *f)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->containers[i].counters)
			print(&list->containers[i], f);
}

void metrics_print(const struct metrics_list *list, FILE *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		print_field(list, &fields[i], f);
	head(f, "traps_total", "counter", "System calls that the sentry served.");
	print_each(list, print_traps, f);
	head(f, "trap_seconds_total", "counter", "Time that the sentry took for them.");
	print_each(list, print_trap_time, f);
	head(f, "trap_duration_seconds", "histogram", "Time from receipt to answer of a trap.");
	print_each(list, print_latency, f);
}
