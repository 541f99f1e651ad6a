/* Rates from two samples: see top.h. */
#include "runtime/top.h"

#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

static const struct metrics *find(const struct metrics_list *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->containers[i].id, id))
			return &list->containers[i];
	return NULL;
}

/* An id may have been used again: then the counters have begun anew. */
static bool same_container(const struct metrics *a, const struct metrics *b)
{
	return a && a->counters && b->counters && a->counters->started == b->counters->started;
}

static double rate(uint64_t before, uint64_t now, double seconds)
{
	return now > before && seconds > 0 ? (double)(now - before) / seconds : 0;
}

/* Keeps the list of the busiest sorted by insertion. */
static void consider(struct top_row *row, size_t call, double per_second)
{
	size_t i = TOP_CALLS;
	while (i > 0 && per_second > row->rates[i - 1])
		i--;
	if (i == TOP_CALLS)
		return;
	memmove(&row->calls[i + 1], &row->calls[i], (TOP_CALLS - 1 - i) * sizeof *row->calls);
	memmove(&row->rates[i + 1], &row->rates[i], (TOP_CALLS - 1 - i) * sizeof *row->rates);
	row->calls[i] = call;
	row->rates[i] = per_second;
}

static void fill(struct top_row *row, const struct metrics *before, const struct metrics *m,
		 double seconds)
{
	*row = (struct top_row){
	    .id = m->id, .memory = m->memory_bytes, .tasks = m->pids, .running = m->running};
	for (size_t i = 0; i < TOP_CALLS; i++)
		row->calls[i] = COUNTERS_ROWS;
	if (m->counters) {
		metrics_workers(m->counters, &row->workers, &row->busy);
		row->refusals = metrics_outcome(m->counters, OUTCOME_REFUSED);
	}
	if (!same_container(before, m))
		return;
	if (m->cpu_seconds > before->cpu_seconds && seconds > 0)
		row->cpu = 100 * (m->cpu_seconds - before->cpu_seconds) / seconds;
	for (size_t i = 0; i < COUNTERS_ROWS; i++) {
		double per_second = rate(metrics_traps(before->counters, i),
					 metrics_traps(m->counters, i), seconds);
		row->traps += per_second;
		consider(row, i, per_second);
	}
}

static int compare(const void *a, const void *b, void *order)
{
	const struct top_row *x = a, *y = b;
	double difference = 0;
	switch (*(enum top_order *)order) {
	case TOP_BY_TRAPS:
		difference = y->traps - x->traps;
		break;
	case TOP_BY_REFUSALS:
		difference = (double)y->refusals - (double)x->refusals;
		break;
	case TOP_BY_CPU:
		difference = y->cpu - x->cpu;
		break;
	case TOP_BY_MEMORY:
		difference = (double)y->memory - (double)x->memory;
		break;
	case TOP_BY_NAME:
		break;
	}
	return difference < 0 ? -1 : difference > 0 ? 1 : strcmp(x->id, y->id);
}

struct top_row *top_rows(const struct metrics_list *before, const struct metrics_list *now,
			 double seconds, enum top_order order)
{
	struct top_row *rows = now->count ? calloc(now->count, sizeof *rows) : NULL;
	for (size_t i = 0; rows && i < now->count; i++) {
		const struct metrics *m = &now->containers[i];
		fill(&rows[i], find(before, m->id), m, seconds);
	}
	if (rows)
		qsort_r(rows, now->count, sizeof *rows, compare, &order);
	return rows;
}
