/* capbox kill: sends a signal to a container's first process, or to all of its processes. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/container.h"

struct input {
	const char *id, *signal;
	bool all;
};

static const struct argp_option options[] = {
    {"all", 'a', NULL, 0, "send it to every process of the container", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	switch (key) {
	case 'a':
		in->all = true;
		return 0;
	case ARGP_KEY_ARG:
		return in->id ? command_take_id(&in->signal, arg) : command_take_id(&in->id, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* RTMIN, RTMIN+N, RTMAX-N, as kill(1) names them; -1 when it is none of these. */
static int real_time_signal(const char *name)
{
	bool from_min = !strncasecmp(name, "RTMIN", 5);
	if (!from_min && strncasecmp(name, "RTMAX", 5))
		return -1;
	const char *offset = name + 5;
	if (!*offset)
		return from_min ? SIGRTMIN : SIGRTMAX;
	char *end;
	long n = strtol(offset + 1, &end, 10);
	if (*offset != (from_min ? '+' : '-') || *end || end == offset + 1 || n < 0 ||
	    n > SIGRTMAX - SIGRTMIN)
		return -1;
	return from_min ? SIGRTMIN + (int)n : SIGRTMAX - (int)n;
}

/* A signal by number or name, with or without SIG; -1 when there is no such signal. */
static int signal_number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);
	if (*text && !*end)
		return n >= 0 && n <= SIGRTMAX ? (int)n : -1;
	if (!strncasecmp(text, "SIG", 3))
		text += 3;
	for (int i = 1; i < 32; i++) {
		const char *name = sigabbrev_np(i);
		if (name && !strcasecmp(name, text))
			return i;
	}
	return real_time_signal(text);
}

int command_kill(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {options,
					 parse,
					 "ID [SIGNAL]",
					 "Sends a signal (default: TERM) to a container's first "
					 "process.",
					 NULL,
					 NULL,
					 NULL};
	struct input in = {0};
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	int r = command_parse(&argp, argc, argv, &in, e);
	if (r == 0 && !in.id)
		r = error_set(e, 0, "kill: which container? (see capbox kill --help)");
	if (r < 0)
		return r;
	int number = signal_number(in.signal ? in.signal : "TERM");
	if (number < 0)
		return error_set(e, 0, "kill: unknown signal '%s'", in.signal);
	r = state_open(g->root, in.id, &s, e);
	return r < 0 ? r : container_kill(&s, number, in.all, e);
}
