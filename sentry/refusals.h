/*
 * Refusals: what a container asked for that no container of its policy gets. The first of a kind
 * (call, errno, and what the registers say about the kind of request) is written to the log and to
 * the events of the container; all are counted, in memory that `capbox explain` reads (counters.h).
 *
 * A guest can ask for anything in any variation: the kinds are bounded, for each call and in all.
 */
#ifndef CAPBOX_SENTRY_REFUSALS_H
#define CAPBOX_SENTRY_REFUSALS_H

#include <stddef.h>
#include <stdint.h>

#define REFUSALS_MAX	     128
#define REFUSAL_VARIANTS_MAX 8 /* of one call; the last stands for all others */

struct worker;

enum refused_by {
	NOT_REFUSED,
	REFUSED_BY_TABLE,  /* syscalls/table.def */
	REFUSED_BY_POLICY, /* the container's own, which says more than the table */
	REFUSED_BY_SENTRY, /* a handler: other arguments may be allowed */
	REFUSED_BY_EGRESS, /* the egress policy, which tells of it itself */
};

struct refusal {
	uint64_t count;
	uint64_t variant;
	uint64_t time;	  /* of the first, seconds since the epoch */
	uint64_t args[6]; /* of the first */
	int32_t nr, error;
	int32_t pid; /* of the first, as guests number it; 0: gone */
	uint32_t by; /* enum refused_by */
	char program[32];
};

/*
 * Counts the refusal that w's trap is answered with. The entry when it is a new one: then
 * refusals_tell() is due after the answer. NULL otherwise.
 */
const struct refusal *refusals_add(struct worker *w, int error);
void refusals_tell(struct worker *w, const struct refusal *r);

/* How to allow it, or why it never is: one line, for people. r may be anything. */
void refusal_advice(const struct refusal *r, char *text, size_t size);

#endif
