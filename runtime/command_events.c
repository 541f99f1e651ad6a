/* capbox events: statistics of a container, once or at intervals, that it ran out of
 * memory, and what its egress policy denied. */
#include <errno.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/events.h"

enum { OPTION_INTERVAL = 256, OPTION_STATS };

static const struct argp_option options[] = {
    {"interval", OPTION_INTERVAL, "TIME", 0, "between two statistics (default: 5s)", 0},
    {"stats", OPTION_STATS, NULL, 0, "print statistics once", 0},
    {0},
};

struct input {
	const char *id, *interval;
	bool stats;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	switch (key) {
	case OPTION_INTERVAL:
		in->interval = arg;
		return 0;
	case OPTION_STATS:
		in->stats = true;
		return 0;
	case ARGP_KEY_ARG:
		return command_take_id(&in->id, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int command_events(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {
	    options, parse, "ID", "Prints statistics and events of a container.", NULL, NULL, NULL};
	struct input in = {.interval = "5s"};
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	uint64_t interval = 0;
	int r = command_parse(&argp, argc, argv, &in, e);
	if (r == 0 && !in.id)
		r = error_set(e, 0, "events: which container? (see capbox events --help)");
	if (r < 0)
		return r;
	if (events_parse_interval(in.interval, &interval) < 0)
		return error_set(e, 0, "--interval: '%s' is not a duration such as 5s",
				 in.interval);
	if (!interval)
		return error_set(e, 0, "duration interval must be greater than 0");
	r = state_open(g->root, in.id, &s, e);
	if (r < 0)
		return r;
	if (state_status(&s) == STATUS_STOPPED)
		return error_set(e, 0, "container with id %s is not running", in.id);
	return in.stats ? events_print_stats(&s, e) : events_stream(&s, interval, e);
}
