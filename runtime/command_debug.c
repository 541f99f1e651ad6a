/* capbox debug: looks into a sentry. Each subcommand has a file of its own (debug.h). */
#include <stdio.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runtime/debug.h"

static const struct command subcommands[] = {
    {"stacks", "print the stacks of all threads", debug_stacks_command, 0},
    {"state", "print what the sentry holds, as JSON", debug_state_command, 0},
};

static void print_help(void)
{
	puts("Usage: capbox debug SUBCOMMAND [ARGUMENT...]\nLooks into the sentry of a "
	     "container.\n");
	for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++)
		printf("  %-12s %s\n", subcommands[i].name, subcommands[i].help);
}

int command_debug(const struct globals *g, int argc, char **argv, struct error *e)
{
	if (argc < 2)
		return error_set(e, 0, "debug: what of it? (see capbox debug --help)");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return print_help(), 0;
	for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++) {
		char name[32];
		if (strcmp(subcommands[i].name, argv[1]) != 0)
			continue;
		snprintf(name, sizeof name, "debug %s", argv[1]);
		argv[1] = name;
		return subcommands[i].function(g, argc - 1, argv + 1, e);
	}
	return error_set(e, 0, "debug: unknown subcommand '%s' (see capbox debug --help)", argv[1]);
}
