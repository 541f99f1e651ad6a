/*
 * Serving one trap.
 *
 * Who calls is kernel truth, read on every call: the tag on the calling process. A worker that
 * still wears that very context goes straight to the handler. The number of a dead caller may
 * already be another's, and the tag with it: then whatever the handler finds out is never answered,
 * and before a handler acts it has checked the trap (trap_read, context_edit_begin).
 *
 * #syscalls: kill
 */
#include "sentry/serve.h"

#include "lib/log.h"
#include "sentry/context_table.h"
#include "sentry/counters.h"
#include "sentry/delay.h"
#include "sentry/planted.h"
#include "sentry/pool.h"
#include "sentry/sentry.h"
#include "syscalls/table.h"

#include <errno.h>
#include <signal.h>

/* 0 with w->ctx set and worn, or a negative errno. */
static int put_on_caller(struct worker *w, struct dress *dress)
{
	struct trap *t = &w->trap;
	uint64_t tag;
	int r = context_read_tag(t->tid, &tag);
	if (r < 0)
		return r;
	if (dress->context && dress->context->tag == tag) {
		w->ctx = dress->context;
		return dress->cred ? 0 : dress_back(dress);
	}
	struct context *c = context_table_lookup(w->sentry->contexts, tag);
	if (!c) {
		c = context_of(w->sentry, t->tid);
		if (!c && trap_check(t) == 0) {
			log_error("process %d carries the unknown tag %#llx: killed", (int)t->tid,
				  (unsigned long long)tag);
			kill(t->tid, SIGKILL);
		}
	}
	if (!c)
		return -ESRCH;
	r = dress_as(dress, c);
	w->ctx = dress->context;
	context_put(c);
	return r;
}

#define MAX_ERRNO 4095

static enum outcome outcome_of(const struct worker *w, int64_t result)
{
	if (result == TRAP_PASS)
		return OUTCOME_PASSED;
	if (result == TRAP_ANSWERED || (result >= 0 && w->trap.granted >= 0))
		return OUTCOME_GRANTED;
	if (result >= 0)
		return OUTCOME_ANSWERED;
	return w->refused ? OUTCOME_REFUSED : OUTCOME_FAILED;
}

static int64_t call_handler(struct worker *w, struct trap *t)
{
	int denied = w->sentry->denied[counters_row(t->nr)];
	if (denied) {
		const struct syscall_info *info = syscall_by_number(t->nr);
		bool usual = info && info->action == ACTION_DENY;
		return worker_refuse_by(w, usual ? REFUSED_BY_TABLE : REFUSED_BY_POLICY, denied);
	}
	syscall_handler *handler = syscall_handler_of(t->nr);
	return handler ? handler(w, t) : -ENOSYS;
}

static void serve_trap(struct worker *w, struct dress *dress)
{
	struct trap *t = &w->trap;
	w->refused = NOT_REFUSED;
	trap_delay();
	planted_fault(t);
	/* The exec that another worker injects belongs to no handler; passing it is what was
	 * agreed. */
	if (trap_is_injected_exec(t)) {
		trap_pass(t);
		return;
	}
	int64_t result = put_on_caller(w, dress);
	if (result == 0 && __atomic_load_n(&w->sentry->tracing.readers, __ATOMIC_ACQUIRE))
		trace_begin(w);
	if (result == 0)
		result = call_handler(w, t);
	if (result == TRAP_LATER) {
		t->copies = NULL; /* they are this worker's */
		result = pool_defer(w);
		if (result == TRAP_ANSWERED)
			return;
	}
	const struct refusal *refusal = NULL;
	if (result < 0 && result >= -MAX_ERRNO && w->refused)
		refusal = refusals_add(w, (int)-result);
	enum outcome outcome = outcome_of(w, result);
	/* Before the answer: what the caller does next may be another worker's, which is quicker.
	 */
	if (t->copies && result != TRAP_ANSWERED)
		trace_end(w, outcome, result);
	if (result == TRAP_PASS)
		trap_pass(t);
	else if (result != TRAP_ANSWERED)
		trap_return(t, result);
	if (t->copies && result == TRAP_ANSWERED)
		trace_end(w, outcome, result);
	counters_trap_answered(w, outcome);
	if (refusal)
		refusals_tell(w, refusal);
}

void serve(struct worker *w, struct dress *dress)
{
	counters_trap_begin(w);
	serve_trap(w, dress);
	counters_trap_over(w);
}
