/* capbox top: a live view of all containers, for people. */
#include <stdlib.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/top.h"

static const struct argp_option options[] = {
    {"delay", 'd', "SECONDS", 0, "between two looks (default: 1)", 0},
    {0},
};

struct input {
	double delay;
	struct error *e;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	char *end;
	if (key != 'd')
		return ARGP_ERR_UNKNOWN;
	in->delay = strtod(arg, &end);
	if (!*arg || *end || !(in->delay >= 0.1 && in->delay <= 3600)) {
		error_set(in->e, 0, "--delay: '%s' is not between 0.1 and 3600", arg);
		return EINVAL;
	}
	return 0;
}

int command_top(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {
	    options, parse, "", "Shows what all containers do, again and again.", NULL, NULL, NULL};
	struct input in = {.delay = 1, .e = e};
	int r = command_parse(&argp, argc, argv, &in, e);
	return r < 0 ? r : top_show(g->root, in.delay, e);
}
