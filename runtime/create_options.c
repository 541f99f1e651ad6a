#include "runtime/create_options.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "runtime/network.h"
#include "runtime/overlay.h"

enum {
	OPTION_PID_FILE = 256,
	OPTION_CONSOLE,
	OPTION_NO_PIVOT,
	OPTION_FDS,
	OPTION_KEYRING,
	OPTION_NETWORK,
	OPTION_OVERLAY
};

#define FDS_MAX 1024u

static const struct argp_option options[] = {
    {"bundle", 'b', "DIR", 0, "the bundle (default: the current directory)", 0},
    {"console-socket", OPTION_CONSOLE, "SOCKET", 0, "where the terminal is sent", 0},
    {"pid-file", OPTION_PID_FILE, "FILE", 0, "write the container's pid to FILE", 0},
    {"no-pivot", OPTION_NO_PIVOT, NULL, 0, "chroot instead of pivot_root, for a root on a ramdisk",
     0},
    {"preserve-fds", OPTION_FDS, "N", 0, "hand descriptors 3 to 2+N on", 0},
    {"no-new-keyring", OPTION_KEYRING, NULL, 0, "keep the session keyring", 0},
    {"network", OPTION_NETWORK, "MODE", 0,
     "pod: what config.json says (default); none: loopback alone", 0},
    {"overlay", OPTION_OVERLAY, "WHERE", 0,
     "never write the root: changes go to memory[,size=SIZE] or dir=PATH (default: none)", 0},
    {0},
};

static error_t parse_fds(struct create_input *in, const char *arg)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(arg, &end, 10);
	if (errno || *end || !*arg || arg[0] == '-' || n > FDS_MAX) {
		error_set(in->e, 0, "--preserve-fds: expected a number up to %u, found '%s'",
			  FDS_MAX, arg);
		return EINVAL;
	}
	in->options.preserve_fds = (unsigned)n;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct create_input *in = state->input;
	switch (key) {
	case 'b':
		in->bundle = arg;
		return 0;
	case OPTION_CONSOLE:
		in->options.console_socket = arg;
		return 0;
	case OPTION_PID_FILE:
		in->options.pid_file = arg;
		return 0;
	case OPTION_NO_PIVOT:
		in->options.no_pivot = true;
		return 0;
	case OPTION_FDS:
		return parse_fds(in, arg);
	case OPTION_KEYRING:
		in->options.no_new_keyring = true;
		return 0;
	case OPTION_NETWORK:
		in->network = arg;
		return 0;
	case OPTION_OVERLAY:
		in->overlay = arg;
		return 0;
	case ARGP_KEY_ARG:
		return command_take_id(&in->options.id, arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp create_argp = {options, parse, "ID", NULL, NULL, NULL, NULL};

void create_input_init(struct create_input *in, const struct globals *g, struct error *e)
{
	*in = (struct create_input){
	    .options = {.root = g->root, .root_tree = -1, .systemd_cgroup = g->systemd_cgroup},
	    .bundle = ".",
	    .e = e};
}

int create_input_load(struct create_input *in, struct spec **spec, struct error *e)
{
	if (!in->options.id)
		return error_set(e, 0, "a container needs an id (see --help)");
	int r = state_check_id(in->options.id, e);
	if (r == 0)
		r = container_check_fds(in->options.preserve_fds, e);
	if (r < 0)
		return r;
	in->absolute_bundle = container_bundle(in->bundle, e);
	if (!in->absolute_bundle)
		return -ENOENT;
	in->options.bundle = in->absolute_bundle;
	r = spec_load(in->absolute_bundle, spec, e);
	if (r == 0)
		r = network_choose(*spec, in->network, e);
	return r < 0 ? r : overlay_choose(*spec, in->overlay, &in->options.root_tree, e);
}

void create_input_release(struct create_input *in)
{
	free(in->absolute_bundle);
	close_fd(&in->options.root_tree);
}
