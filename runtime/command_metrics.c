/* capbox metrics: what all containers below --root do, for Prometheus. */
#include <errno.h>
#include <stdio.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/metrics.h"

enum { OPTION_SERVE = 256 };

static const struct argp_option options[] = {
    {"serve", OPTION_SERVE, "unix:PATH|127.0.0.1:PORT", 0,
     "serve them over HTTP until a signal ends it", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **serve = state->input;
	if (key != OPTION_SERVE)
		return ARGP_ERR_UNKNOWN;
	*serve = arg;
	return 0;
}

int command_metrics(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {
	    options,
	    parse,
	    "",
	    "Prints or serves metrics of all containers in Prometheus's text "
	    "format.",
	    NULL,
	    NULL,
	    NULL};
	const char *serve = NULL;
	_cleanup_(metrics_release) struct metrics_list list = {0};
	int r = command_parse(&argp, argc, argv, &serve, e);
	if (r == 0 && serve)
		return metrics_serve(g->root, serve, e);
	if (r == 0)
		r = metrics_collect(g->root, &list, e);
	if (r < 0)
		return r;
	metrics_print(&list, stdout);
	return fflush(stdout) || ferror(stdout) ? error_set(e, EIO, "write to stdout") : 0;
}
