/* capbox run: create, start, wait, delete; the exit status is the container's. */
#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/create_options.h"

enum { OPTION_KEEP = 512 };

static const struct argp_option options[] = {
    {"detach", 'd', NULL, 0, "leave once the program runs", 0},
    {"keep", OPTION_KEEP, NULL, 0, "do not delete the container when it ends", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct create_input *in = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = in;
		return 0;
	case 'd':
		in->detach = true;
		return 0;
	case OPTION_KEEP:
		in->keep = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void free_spec(struct spec **spec)
{
	spec_free(*spec);
}

int command_run(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp_child children[] = {{&create_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
	    options,  parse, NULL, "Creates a container from a bundle, starts it and waits for it.",
	    children, NULL,  NULL};
	_cleanup_(create_input_release) struct create_input in;
	create_input_init(&in, g, e);
	int r = command_parse(&argp, argc, argv, &in, e);
	_cleanup_(free_spec) struct spec *spec = NULL;
	if (r == 0)
		r = create_input_load(&in, &spec, e);
	return r < 0 ? r : container_run(&in.options, spec, in.detach, in.keep, e);
}
