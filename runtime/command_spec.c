/* capbox spec: writes a config.json to begin with. */
#include <errno.h>
#include <fcntl.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/spec.h"

struct input {
	const char *bundle;
	bool rootless;
};

enum { OPTION_ROOTLESS = 256 };

static const struct argp_option options[] = {
    {"bundle", 'b', "DIR", 0, "where to write it (default: the current directory)", 0},
    {"rootless", OPTION_ROOTLESS, NULL, 0, "for an unprivileged user", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	switch (key) {
	case 'b':
		in->bundle = arg;
		return 0;
	case OPTION_ROOTLESS:
		in->rootless = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int command_spec(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {
	    options, parse, "",	 "Writes a config.json for a bundle with a root in rootfs/.",
	    NULL,    NULL,  NULL};
	struct input in = {.bundle = "."};
	int r = command_parse(&argp, argc, argv, &in, e);
	if (r < 0)
		return r;
	_cleanup_close_ int dirfd = open(in.bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return error_set(e, errno, "bundle %s", in.bundle);
	return spec_write_template(dirfd, in.rootless, e);
}
