/* capbox delete: removes what is left of a container. */
#include <errno.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/container.h"

struct input {
	const char *id;
	bool force;
};

static const struct argp_option options[] = {
    {"force", 'f', NULL, 0, "end the container first; an unknown id is no error", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	switch (key) {
	case 'f':
		in->force = true;
		return 0;
	case ARGP_KEY_ARG:
		return command_take_id(&in->id, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int command_delete(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {options, parse, "ID", "Deletes a stopped container.",
					 NULL,	  NULL,	 NULL};
	struct input in = {0};
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	int r = command_parse(&argp, argc, argv, &in, e);
	if (r == 0 && !in.id)
		r = error_set(e, 0, "delete: which container? (see capbox delete --help)");
	if (r < 0)
		return r;
	r = state_open(g->root, in.id, &s, e);
	if (r == -ENOENT && in.force)
		return 0;
	if (r == -ENODATA && in.force)
		r = 0;
	return r < 0 ? r : container_delete(&s, in.force, e);
}
