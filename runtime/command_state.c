/* capbox state: the state of a container as the runtime specification defines it. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/state.h"

int command_state(const struct globals *g, int argc, char **argv, struct error *e)
{
	const char *id = NULL;
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	int r = command_parse_id("Prints the state of a container as JSON.", argc, argv, &id, e);
	if (r == 0)
		r = state_open(g->root, id, &s, e);
	if (r < 0)
		return r;
	json_t *object = state_describe(&s, state_status(&s));
	if (!object)
		return error_set(e, ENOMEM, "state");
	r = json_dumpf(object, stdout, JSON_INDENT(2)) < 0 || puts("") < 0 || fflush(stdout);
	json_decref(object);
	return r ? error_set(e, EIO, "write to stdout") : 0;
}
