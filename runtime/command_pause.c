/* capbox pause and capbox resume: a container's processes stop where they are, and go on. */
#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/freezer.h"
#include "runtime/state.h"

int command_pause(const struct globals *g, int argc, char **argv, struct error *e)
{
	const char *id = NULL;
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	int r = command_parse_id("Suspends all processes of a container.", argc, argv, &id, e);
	if (r == 0)
		r = state_open(g->root, id, &s, e);
	if (r < 0)
		return r;
	enum status status = state_status(&s);
	if (status != STATUS_RUNNING && status != STATUS_CREATED)
		return error_set(e, 0, "container not running");
	return freezer_set(&s.cgroup, true, e);
}

int command_resume(const struct globals *g, int argc, char **argv, struct error *e)
{
	const char *id = NULL;
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	int r = command_parse_id("Lets a paused container go on.", argc, argv, &id, e);
	if (r == 0)
		r = state_open(g->root, id, &s, e);
	if (r < 0)
		return r;
	if (state_status(&s) != STATUS_PAUSED)
		return error_set(e, 0, "container not paused");
	return freezer_set(&s.cgroup, false, e);
}
