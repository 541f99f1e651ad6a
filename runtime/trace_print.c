/* Lines of a trace, and its sums: see trace.h. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "lib/cleanup.h"
#include "runtime/metrics.h"
#include "runtime/trace.h"
#include "runtime/trace_words.h"

static const char *call_name(int nr, char *buffer, size_t size)
{
	const struct syscall_info *info = syscall_by_number(nr);
	if (info)
		snprintf(buffer, size, "%s", info->name);
	else
		snprintf(buffer, size, "syscall_%d", nr);
	return buffer;
}

/* What came of it, as strace has it; NULL: no error. */
static const char *error_name(const struct trace_record *r)
{
	if (r->outcome == OUTCOME_PASSED || r->result >= 0 || r->result < -4095)
		return NULL;
	const char *name = strerrorname_np((int)-r->result);
	return name ? name : r->result == -512 ? "ERESTARTSYS" : "?";
}

static void print_result(FILE *f, const struct trace_record *r)
{
	const char *error = error_name(r);
	if (r->outcome == OUTCOME_PASSED)
		fputs("? (passed to the kernel)", f);
	else if (error && r->result == -512)
		fputs("? ERESTARTSYS (To be restarted)", f);
	else if (error)
		fprintf(f, "-1 %s (%s)", error, strerrordesc_np((int)-r->result) ?: "?");
	else if (r->nr == SYS_umask)
		fprintf(f, "%#03" PRIo64, (uint64_t)r->result);
	else
		fprintf(f, "%" PRId64, r->result);
	if (r->outcome == OUTCOME_REFUSED)
		fputs(" (refused)", f);
}

static void print_text(const struct trace *t, FILE *f, const struct trace_record *r)
{
	char name[40], clock[16] = "";
	uint64_t ns = t->started + r->since;
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm tm;
	if (localtime_r(&seconds, &tm))
		strftime(clock, sizeof clock, "%H:%M:%S", &tm);
	fprintf(f, "%s.%06u %d ", clock, (unsigned)(ns / 1000 % 1000000), r->tid);
	for (size_t i = 0; i < sizeof r->program && r->program[i]; i++) {
		unsigned char c = (unsigned char)r->program[i];
		fputc(c > ' ' && c < 0x7f ? c : '?', f);
	}
	fprintf(f, "[%" PRIu32 "] %s(", r->uid, call_name(r->nr, name, sizeof name));
	trace_print_arguments(r, f);
	fputs(") = ", f);
	print_result(f, r);
	fprintf(f, " <%" PRIu64 ".%06u>\n", r->ns / 1000000000, (unsigned)(r->ns / 1000 % 1000000));
}

/* A program's name may be no text at all. */
static json_t *program_name(const struct trace_record *r)
{
	json_t *name = json_stringn(r->program, strnlen(r->program, sizeof r->program));
	return name ? name : json_null();
}

static void print_json(const struct trace *t, FILE *f, const struct trace_record *r)
{
	char name[40];
	_cleanup_free_ char *arguments = NULL;
	size_t size;
	FILE *memory = open_memstream(&arguments, &size);
	if (!memory)
		return;
	trace_print_arguments(r, memory);
	fclose(memory);
	const char *error = error_name(r);
	uint64_t ns = t->started + r->since;
	json_t *object = json_pack(
	    "{s:f, s:i, s:i, s:I, s:o, s:s, s:s, s:s, s:f}", "time", (double)ns / 1e9, "pid",
	    r->pid, "tid", r->tid, "uid", (json_int_t)r->uid, "program", program_name(r), "call",
	    call_name(r->nr, name, sizeof name), "arguments", arguments, "outcome",
	    r->outcome < OUTCOME_COUNT ? metrics_outcome_name(r->outcome) : "?", "microseconds",
	    (double)r->ns / 1e3);
	if (error)
		json_object_set_new(object, "error", json_string(error));
	else if (r->outcome != OUTCOME_PASSED)
		json_object_set_new(object, "result", json_integer(r->result));
	json_dumpf(object, f, JSON_COMPACT);
	fputc('\n', f);
	json_decref(object);
}

void trace_print(const struct trace *t, const struct trace_options *o, const struct trace_record *r)
{
	if (o->json)
		print_json(t, o->out, r);
	else
		print_text(t, o->out, r);
}

/* --- sums ------------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b, void *counts)
{
	const struct trace_count *c = counts;
	uint64_t x = c[*(const size_t *)a].ns, y = c[*(const size_t *)b].ns;
	return x < y ? 1 : x > y ? -1 : 0;
}

static void print_count(const struct trace_options *o, const char *name,
			const struct trace_count *c, uint64_t all)
{
	if (o->json)
		fprintf(o->out,
			"{\"call\":\"%s\",\"calls\":%" PRIu64 ",\"errors\":%" PRIu64
			",\"seconds\":%.6f}\n",
			name, c->calls, c->errors, (double)c->ns / 1e9);
	else
		fprintf(o->out, "%6.2f %11.6f %11" PRIu64 " %9" PRIu64 " %9" PRIu64 " %s\n",
			all ? 100 * (double)c->ns / (double)all : 0, (double)c->ns / 1e9,
			c->calls ? c->ns / 1000 / c->calls : 0, c->calls, c->errors, name);
}

void trace_print_counts(const struct trace_options *o,
			const struct trace_count counts[COUNTERS_ROWS], uint64_t lost)
{
	size_t order[COUNTERS_ROWS];
	struct trace_count total = {0};
	for (size_t i = 0; i < COUNTERS_ROWS; i++) {
		order[i] = i;
		total.calls += counts[i].calls;
		total.errors += counts[i].errors;
		total.ns += counts[i].ns;
	}
	qsort_r(order, COUNTERS_ROWS, sizeof *order, by_time, (void *)counts);
	if (!o->json)
		fputs("% time     seconds  usecs/call     calls    errors syscall\n"
		      "------ ----------- ----------- --------- --------- ----------------\n",
		      o->out);
	for (size_t i = 0; i < COUNTERS_ROWS; i++)
		if (counts[order[i]].calls)
			print_count(o, metrics_call_name(order[i]), &counts[order[i]], total.ns);
	print_count(o, "total", &total, total.ns);
	if (lost)
		fprintf(o->out,
			o->json ? "{\"lost\":%" PRIu64 "}\n" : "%" PRIu64 " calls are missing\n",
			lost);
}
