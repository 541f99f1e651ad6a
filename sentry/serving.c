/* What workers serve: see serving.h. */
#include "sentry/serving.h"

#include "lib/cleanup.h"
#include "sentry/pool.h"
#include "sentry/sentry.h"

struct row {
	pid_t tid;
	struct serving serving;
};

/* Under the lock no more than a copy. */
static int copy_rows(struct worker_pool *pool, struct row rows[WORKERS_MAX])
{
	int n = 0;
	pthread_mutex_lock(&pool->lock);
	for (struct worker_private *p = pool->all; p && n < WORKERS_MAX; p = p->next) {
		struct serving serving = serving_look(p->worker);
		if (serving.since)
			rows[n++] = (struct row){p->tid, serving};
	}
	pthread_mutex_unlock(&pool->lock);
	return n;
}

json_t *serving_list(struct worker_pool *pool)
{
	_cleanup_free_ struct row *rows = calloc(WORKERS_MAX, sizeof *rows);
	json_t *list = rows ? json_array() : NULL;
	uint64_t now = serving_now();
	int count = list ? copy_rows(pool, rows) : 0;
	for (int i = 0; i < count; i++) {
		const struct serving *s = &rows[i].serving;
		json_t *row =
		    json_pack("{s:i, s:i, s:i, s:I}", "tid", (int)rows[i].tid, "number", (int)s->nr,
			      "caller", (int)pid_to_guest(pool->sentry, s->caller), "microseconds",
			      (json_int_t)(MAX(now, s->since) - s->since) / 1000);
		json_array_append_new(list, row);
	}
	return list;
}
