/*
 * See refusals.h.
 *
 * #syscalls: time
 */
#include "sentry/refusals.h"

#include "lib/cleanup.h"
#include "lib/log.h"
#include "sentry/counters.h"
#include "sentry/sentry.h"
#include "sentry/worker.h"

#include <jansson.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Words of the table whose arguments tell one kind of request from another. */
static const char kinds[] = " cmd op family socktype level optname cloneflags msgflags ";

/* The same for the same kind: the arguments that name it, and those that the call's rule looks at.
 */
static uint64_t variant_of(int nr, const uint64_t args[6])
{
	const struct syscall_info *info = syscall_by_number(nr);
	uint64_t hash = 14695981039346656037u; /* FNV-1a */
	char words[96], padded[24];
	snprintf(words, sizeof words, "%s", info ? info->arguments : "");
	char *rest = words, *word;
	for (size_t i = 0; i < 6 && (word = strtok_r(rest, " ", &rest)); i++) {
		snprintf(padded, sizeof padded, " %s ", word);
		bool ruled = info->rule && info->rule->cases[0].tests[0].argument == i;
		if (!ruled && !strstr(kinds, padded))
			continue;
		for (uint64_t value = (uint32_t)args[i]; value; value >>= 8)
			hash = (hash ^ (value & 0xff)) * 1099511628211u;
		hash = (hash ^ i) * 1099511628211u;
	}
	return hash | 1;
}

/* The entry of a kind, or of what the call has beyond its share; *variants: how many it has. */
static struct refusal *find(struct counters *c, int nr, int error, uint64_t variant,
			    unsigned *variants)
{
	uint32_t used = __atomic_load_n(&c->refusals_used, __ATOMIC_ACQUIRE);
	*variants = 0;
	for (uint32_t i = 0; i < used; i++) {
		struct refusal *r = &c->refusals[i];
		if (r->nr != nr)
			continue;
		if (r->error == error && (r->variant == variant || r->variant == 0))
			return r;
		++*variants;
	}
	return NULL;
}

static void describe(struct worker *w, struct refusal *r)
{
	r->pid = pid_to_guest(w->sentry, pid_group(w->sentry, w->trap.tid));
	r->time = (uint64_t)time(NULL);
	memcpy(r->args, w->trap.args, sizeof r->args);
	strncpy(r->program, context_program_name(w->sentry, w->ctx), sizeof r->program - 1);
}

/* A new entry, if there is room for it. The caller holds the lock. */
static const struct refusal *add(struct worker *w, int error, uint64_t variant)
{
	struct counters *c = w->sentry->counters;
	unsigned variants;
	struct refusal *r = find(c, w->trap.nr, error, variant, &variants);
	if (r) { /* another worker's */
		counters_add(&r->count, 1);
		return NULL;
	}
	if (c->refusals_used == REFUSALS_MAX) {
		counters_add(&c->refusals_lost, 1);
		return NULL;
	}
	r = &c->refusals[c->refusals_used];
	*r = (struct refusal){.count = 1,
			      .variant = variants + 1 < REFUSAL_VARIANTS_MAX ? variant : 0,
			      .nr = w->trap.nr,
			      .error = error,
			      .by = (uint32_t)w->refused};
	describe(w, r);
	__atomic_store_n(&c->refusals_used, c->refusals_used + 1, __ATOMIC_RELEASE);
	return r;
}

const struct refusal *refusals_add(struct worker *w, int error)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	unsigned variants;
	uint64_t variant = variant_of(w->trap.nr, w->trap.args);
	struct refusal *r = find(w->sentry->counters, w->trap.nr, error, variant, &variants);
	if (r) {
		counters_add(&r->count, 1);
		return NULL;
	}
	if (__atomic_load_n(&w->sentry->counters->refusals_used, __ATOMIC_RELAXED) ==
	    REFUSALS_MAX) {
		counters_add(&w->sentry->counters->refusals_lost, 1);
		return NULL;
	}
	pthread_mutex_lock(&lock);
	const struct refusal *new = add(w, error, variant);
	pthread_mutex_unlock(&lock);
	return new;
}

void refusal_advice(const struct refusal *r, char *text, size_t size)
{
	const struct syscall_info *info = syscall_by_number(r->nr);
	if (!info)
		snprintf(text, size, "Linux has no such call");
	else if (r->by == REFUSED_BY_EGRESS)
		snprintf(text, size,
			 "the egress policy (annotation dev.capbox.egress) denies the "
			 "address; a rule there can allow it");
	else if (r->by == REFUSED_BY_POLICY)
		snprintf(text, size,
			 "the container's policy denies the call; without its line for "
			 "%s, or for class %s, it is allowed",
			 info->name, syscall_class_name(info->class));
	else if (r->by == REFUSED_BY_TABLE && strchr(info->dial, 'N') && !info->rule)
		snprintf(text, size,
			 "to allow it: a policy with {\"syscalls\": {\"%s\": "
			 "\"native\"}} (capbox-policy(5)); %s",
			 info->name, info->reason);
	else
		snprintf(text, size, "cannot be allowed: %s", info->reason);
}

void refusals_tell(struct worker *w, const struct refusal *r)
{
	const struct syscall_info *info = syscall_by_number(r->nr);
	const char *name = info ? info->name : "?", *error = strerrorname_np(r->error);
	char advice[512], args[6 * 20] = "";
	if (r->by == REFUSED_BY_EGRESS)
		return;
	refusal_advice(r, advice, sizeof advice);
	for (size_t i = 0, used = 0; i < ARRAY_SIZE(r->args); i++)
		used += (size_t)snprintf(args + used, sizeof args - used, i ? ", %#llx" : "%#llx",
					 (unsigned long long)r->args[i]);
	/* The name is the guest's own choice, and may be no text at all. */
	json_t *program = json_string(r->program);
	/* Standard error is the container's too, whose programs try things and do without. */
	(log_fd() == STDERR_FILENO ? log_debug : log_warning)(
	    "refused: %s(%s) = %s to process %d (%s); %s", name, args, error ? error : "an error",
	    r->pid, program ? r->program : "?", advice);
	json_t *event =
	    json_pack("{s:s, s:s, s:i, s:s, s:s, s:i, s:o, s:I, s:s}", "event", "refused", "call",
		      name, "number", r->nr, "arguments", args, "error", error ? error : "?", "pid",
		      r->pid, "program", program ? program : json_null(), "time",
		      (json_int_t)r->time, "advice", advice);
	network_write_event(&w->sentry->network, event);
	json_decref(event);
}
