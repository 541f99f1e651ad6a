/* capbox trace: the system calls that the sentry of a running container serves, as they come. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/control.h"
#include "runtime/trace.h"

enum { OPTION_JSON = 256 };

static const struct argp_option options[] = {
    {"pid", 'p', "PID", 0, "only this process or thread, by its number in the container", 0},
    {NULL, 'e', "NAME,...", 0, "only these calls, or classes of calls (see capbox syscalls)", 0},
    {"count", 'c', NULL, 0, "print no calls, but their sums at the end", 0},
    {"output", 'o', "FILE", 0, "write to FILE", 0},
    {"json", OPTION_JSON, NULL, 0, "print JSON, one object a line", 0},
    {0},
};

struct input {
	struct trace_options options;
	const char *id, *file;
	struct error *e;
};

static error_t parse_pid(struct input *in, const char *text)
{
	char *end;
	long pid = strtol(text, &end, 10);
	if (pid < 1 || pid > INT32_MAX || *end) {
		error_set(in->e, 0, "--pid: '%s' is no process", text);
		return EINVAL;
	}
	in->options.pid = (pid_t)pid;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	switch (key) {
	case 'p':
		return parse_pid(in, arg);
	case 'e':
		return trace_choose(&in->options, arg, in->e) < 0 ? EINVAL : 0;
	case 'c':
		in->options.count = true;
		return 0;
	case 'o':
		in->file = arg;
		return 0;
	case OPTION_JSON:
		in->options.json = true;
		return 0;
	case ARGP_KEY_ARG:
		return command_take_id(&in->id, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void block_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* The container runs, or waits for `start`: a paused one would not answer. */
static int check(const struct state *s, struct error *e)
{
	enum status status = state_status(s);
	if (status == STATUS_CREATED || status == STATUS_RUNNING)
		return 0;
	return error_set(e, 0, "container %s is %s: it cannot be traced", s->id,
			 status_name(status));
}

int command_trace(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {
	    options, parse,
	    "ID",    "Prints the calls that the sentry of a container serves, until it ends.",
	    NULL,    NULL,
	    NULL};
	struct input in = {.options = {.out = stdout}, .e = e};
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	_cleanup_(trace_disconnect) struct trace t = TRACE_EMPTY;
	_cleanup_file_ FILE *file = NULL;
	int r = command_parse(&argp, argc, argv, &in, e);
	if (r == 0 && !in.id)
		r = error_set(e, 0, "trace: which container? (see capbox trace --help)");
	if (r == 0)
		r = state_open(g->root, in.id, &s, e);
	if (r == 0)
		r = check(&s, e);
	if (r < 0)
		return r;
	if (in.file) {
		file = in.options.out = fopen(in.file, "we");
		if (!file)
			return error_set(e, errno, "--output %s", in.file);
	}
	/* Sums are printed at a signal's request; a line of a trace may be stuck in a pipe. */
	if (in.options.count)
		block_signals();
	r = control_answered(trace_connect(&s, &t, e), s.id, e);
	return r < 0 ? r : trace_stream(&t, &in.options, e);
}
