/* capbox run: create, start, wait, delete; the exit status is the container's. */
#include <errno.h>
#include <stdio.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/create_options.h"
#include "runtime/trace.h"

enum { OPTION_KEEP = 512, OPTION_TRACE };

static const struct argp_option options[] = {
    {"detach", 'd', NULL, 0, "leave once the program runs", 0},
    {"keep", OPTION_KEEP, NULL, 0, "do not delete the container when it ends", 0},
    {"trace", OPTION_TRACE, "FILE", OPTION_ARG_OPTIONAL,
     "write the calls that its sentry serves to FILE (standard error)", 0},
    {0},
};

struct input {
	struct create_input create;
	bool traced;
	const char *file; /* of the trace; NULL: standard error */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &in->create;
		return 0;
	case 'd':
		in->create.detach = true;
		return 0;
	case OPTION_KEEP:
		in->create.keep = true;
		return 0;
	case OPTION_TRACE:
		in->traced = true;
		in->file = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void free_spec(struct spec **spec)
{
	spec_free(*spec);
}

static int open_trace(struct input *in, struct trace_options *trace, FILE **file, struct error *e)
{
	if (in->create.detach)
		return error_set(e, 0, "--trace needs the foreground; capbox trace does not");
	if (in->file) {
		*file = trace->out = fopen(in->file, "we");
		if (!*file)
			return error_set(e, errno, "--trace %s", in->file);
	}
	in->create.options.trace = trace;
	return 0;
}

int command_run(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp_child children[] = {{&create_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
	    options,  parse, NULL, "Creates a container from a bundle, starts it and waits for it.",
	    children, NULL,  NULL};
	struct input in = {0};
	_cleanup_(free_spec) struct spec *spec = NULL;
	_cleanup_file_ FILE *file = NULL;
	create_input_init(&in.create, g, e);
	int r = command_parse(&argp, argc, argv, &in, e);
	if (r == 0)
		r = create_input_load(&in.create, &spec, e);
	struct trace_options trace = {.out = stderr};
	if (r == 0 && in.traced)
		r = open_trace(&in, &trace, &file, e);
	if (r == 0)
		r = container_run(&in.create.options, spec, in.create.detach, in.create.keep, e);
	create_input_release(&in.create);
	return r;
}
