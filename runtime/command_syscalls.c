/* capbox syscalls: what is done with each system call, and why. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "platform/policy.h"
#include "runtime/command.h"
#include "runtime/policy_file.h"

struct input {
	enum policy_format format;
	const char *policy;
	struct error *e;
};

static const struct argp_option options[] = {
    {"format", 'f', "text|markdown|json", 0, "form of the table", 0},
    {"policy", 'p', "NAME|FILE", 0, "the table as this policy changes it (default, strict, a file)",
     0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const char *const names[] = {
	    [POLICY_TEXT] = "text", [POLICY_MARKDOWN] = "markdown", [POLICY_JSON] = "json"};
	struct input *in = state->input;
	if (key == 'p') {
		in->policy = arg;
		return 0;
	}
	if (key != 'f')
		return ARGP_ERR_UNKNOWN;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(arg, names[i])) {
			in->format = (enum policy_format)i;
			return 0;
		}
	error_set(in->e, 0, "--format: expected text, markdown or json, found '%s'", arg);
	return EINVAL;
}

int command_syscalls(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {
	    options, parse, "",	 "Prints what is done with each system call, and why.",
	    NULL,    NULL,  NULL};
	struct input in = {.format = POLICY_TEXT, .policy = "default", .e = e};
	int r = command_parse(&argp, argc, argv, &in, e);
	if (r < 0)
		return r;
	struct policy policy;
	/* A path may be relative here, unlike in an annotation. */
	_cleanup_free_ char *path = strchr(in.policy, '/') ? realpath(in.policy, NULL) : NULL;
	r = policy_load(path ? path : in.policy, &policy, e);
	if (r < 0)
		return r;
	r = policy_print(&policy, stdout, in.format);
	if (r == 0 && fflush(stdout))
		r = -errno;
	return r < 0 ? error_set(e, -r, "write to stdout") : 0;
}
