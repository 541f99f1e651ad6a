/*
 * The command line: a table of commands, each in a file of its own (command_NAME.c), and the parser
 * they share. A command is added by writing its file, declaring its function here, and adding a
 * line to the table in command.c.
 */
#ifndef CAPBOX_RUNTIME_COMMAND_H
#define CAPBOX_RUNTIME_COMMAND_H

#include <argp.h>
#include <stdbool.h>

#include "lib/error.h"
#include "lib/log.h"

/* The options before the command. */
struct globals {
	const char *root; /* of the state directories */
	const char *log;
	enum log_format log_format;
	bool debug;
	bool systemd_cgroup;
};

/*
 * A command's function gets its own arguments (argv[0] is its name). It returns the exit status of
 * the process, or a negative errno with the reason in *e.
 */
typedef int command_function(const struct globals *g, int argc, char **argv, struct error *e);

struct command {
	const char *name, *help;
	command_function *function;
	int failure; /* the exit status when it fails; 0: 1 */
};

command_function command_check, command_create, command_debug, command_delete, command_do,
    command_events, command_exec, command_explain, command_features, command_kill, command_metrics,
    command_pause, command_ps, command_resume, command_update, command_list, command_run,
    command_spec, command_start, command_state, command_syscalls, command_top, command_trace;

/* Runs the whole program; returns its exit status. */
int command_main(int argc, char **argv);

/*
 * Parses a command's arguments with its own argp (options, parser, args_doc, doc); --help is added.
 * The parser may leave its own reason in *e. Returns 0, or -EINVAL with *e filled.
 */
int command_parse(const struct argp *argp, int argc, char **argv, void *input, struct error *e);

/* Parses a command that has no options and takes the container id alone. */
int command_parse_id(const char *doc, int argc, char **argv, const char **id, struct error *e);

/* For ARGP_KEY_ARG: takes the first argument as the id, refuses a second. */
error_t command_take_id(const char **id, char *arg);

#endif
