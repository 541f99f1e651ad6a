/* capbox start: lets a created container's program run. */
#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/container.h"

int command_start(const struct globals *g, int argc, char **argv, struct error *e)
{
	const char *id = NULL;
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	int r = command_parse_id("Starts a created container.", argc, argv, &id, e);
	if (r == 0)
		r = state_open(g->root, id, &s, e);
	return r < 0 ? r : container_start(&s, e);
}
