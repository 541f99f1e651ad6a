/* capbox create: makes a container whose program waits for `capbox start`. */
#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/create_options.h"

static void free_spec(struct spec **spec)
{
	spec_free(*spec);
}

int command_create(const struct globals *g, int argc, char **argv, struct error *e)
{
	_cleanup_(create_input_release) struct create_input in;
	create_input_init(&in, g, e);
	struct argp argp = create_argp;
	argp.doc = "Creates a container from a bundle; its program waits for start.";
	int r = command_parse(&argp, argc, argv, &in, e);
	_cleanup_(free_spec) struct spec *spec = NULL;
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	if (r == 0)
		r = create_input_load(&in, &spec, e);
	return r < 0 ? r : container_create(&in.options, spec, &s, e);
}
