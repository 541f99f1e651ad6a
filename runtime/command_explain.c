/* capbox explain: what a container has been refused, how often, and what would allow it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/state.h"
#include "runtime/trace_words.h"
#include "sentry/counters.h"

enum { OPTION_JSON = 256 };

static const struct argp_option options[] = {
    {"json", OPTION_JSON, NULL, 0, "print JSON, one object a line", 0},
    {0},
};

struct input {
	const char *id;
	bool json;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	switch (key) {
	case OPTION_JSON:
		in->json = true;
		return 0;
	case ARGP_KEY_ARG:
		return command_take_id(&in->id, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *error_name(const struct refusal *r)
{
	const char *name = strerrorname_np(r->error);
	return name ? name : "?";
}

/* The call as strace would print it. Memory is not shown: nobody has kept it. */
static char *call_text(const struct refusal *r)
{
	const struct syscall_info *info = syscall_by_number(r->nr);
	static const struct trace_record nothing;
	struct trace_record record = nothing;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	if (!f)
		return NULL;
	memcpy(record.args, r->args, sizeof record.args);
	record.nr = r->nr;
	fprintf(f, "%s(", info ? info->name : "?");
	trace_print_arguments(&record, f);
	fputc(')', f);
	if (r->variant == 0)
		fputs(" and other kinds", f);
	fclose(f);
	return text;
}

static void print_text(const struct refusal *r)
{
	_cleanup_free_ char *call = call_text(r);
	char advice[512];
	refusal_advice(r, advice, sizeof advice);
	printf("%" PRIu64 " x %s = %s, first to process %d (", r->count, call ?: "?", error_name(r),
	       r->pid);
	for (size_t i = 0; i < sizeof r->program && r->program[i]; i++)
		putchar(r->program[i] >= ' ' && r->program[i] < 0x7f ? r->program[i] : '?');
	printf(")\n    %s\n", advice);
}

static void print_json(const struct refusal *r)
{
	const struct syscall_info *info = syscall_by_number(r->nr);
	_cleanup_free_ char *call = call_text(r);
	char advice[512];
	refusal_advice(r, advice, sizeof advice);
	json_t *program = json_stringn(r->program, strnlen(r->program, sizeof r->program));
	json_t *object =
	    json_pack("{s:I, s:s, s:i, s:s, s:s, s:i, s:o, s:I, s:s}", "count",
		      (json_int_t)(r->count & INT64_MAX), "call", info ? info->name : "?", "number",
		      r->nr, "text", call ?: "", "error", error_name(r), "pid", r->pid, "program",
		      program ? program : json_null(), "time", (json_int_t)(r->time & INT64_MAX),
		      "advice", advice);
	json_dumpf(object, stdout, JSON_COMPACT);
	puts("");
	json_decref(object);
}

static int print(const struct counters *c, bool json, const char *id, struct error *e)
{
	uint32_t used = MIN(__atomic_load_n(&c->refusals_used, __ATOMIC_ACQUIRE), REFUSALS_MAX);
	for (uint32_t i = 0; i < used; i++) {
		/* What is looked at twice is a copy: the sentry could change it meanwhile. */
		struct refusal r = c->refusals[i];
		if (json)
			print_json(&r);
		else
			print_text(&r);
	}
	if (!used && !json)
		printf("container %s has been refused nothing\n", id);
	if (c->refusals_lost)
		printf(json ? "{\"lost\":%" PRIu64 "}\n"
			    : "%" PRIu64 " more, of kinds for which there was no room\n",
		       c->refusals_lost);
	return fflush(stdout) || ferror(stdout) ? error_set(e, EIO, "write to stdout") : 0;
}

int command_explain(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {
	    options, parse,
	    "ID",    "Lists what a container has been refused, and what would allow it.",
	    NULL,    NULL,
	    NULL};
	struct input in = {0};
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	const struct counters *c = NULL;
	int r = command_parse(&argp, argc, argv, &in, e);
	if (r == 0 && !in.id)
		r = error_set(e, 0, "explain: which container? (see capbox explain --help)");
	if (r == 0)
		r = state_open(g->root, in.id, &s, e);
	if (r < 0)
		return r;
	r = state_map_counters(&s, &c);
	if (r < 0)
		return error_set(e, r == -ENODATA ? 0 : -r,
				 "container %s has no counters that this version can read", in.id);
	r = print(c, in.json, in.id, e);
	munmap((void *)c, sizeof *c);
	return r;
}
