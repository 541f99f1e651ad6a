/*
 * The command table, the options before the command, and the common parser. argp reports nothing
 * itself here: an error of the command line is one line like every other, and goes to the log too.
 */
#include "runtime/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "runtime/rootless.h"

#define VERSION_OF_SPEC "1.2.0"

static const struct command commands[] = {
    {"check", "say what this host lacks", command_check, 0},
    {"create", "create a container", command_create, 0},
    {"debug", "look into a sentry and its guests", command_debug, 0},
    {"delete", "delete a stopped container", command_delete, 0},
    {"do", "run a command in a throw-away container on the host's own files", command_do, 0},
    {"events", "print statistics and events of a container", command_events, 0},
    {"exec", "run a further process in a container", command_exec, 255},
    {"explain", "list what a container has been refused, and what would allow it",
     command_explain, 0},
    {"features", "print what this runtime supports, as JSON", command_features, 0},
    {"kill", "send a signal to a container", command_kill, 0},
    {"list", "list the containers", command_list, 0},
    {"metrics", "print or serve what all containers do, for Prometheus", command_metrics, 0},
    {"pause", "suspend all processes of a container", command_pause, 0},
    {"ps", "show the processes of a container", command_ps, 0},
    {"resume", "let a paused container go on", command_resume, 0},
    {"run", "create a container, start it and wait for it", command_run, 0},
    {"spec", "write a config.json to begin with", command_spec, 0},
    {"start", "start a created container", command_start, 0},
    {"state", "print the state of a container", command_state, 0},
    {"syscalls", "print what is done with each system call", command_syscalls, 0},
    {"top", "show what all containers do, live", command_top, 0},
    {"trace", "print the calls that a sentry serves", command_trace, 0},
    {"update", "change the limits of a container", command_update, 0},
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

enum { OPTION_HELP = 'h' };

/* The parser around a command's own: adds --help and keeps what argp stumbled over. */
struct wrapper {
	void *input;
	const struct argp *argp; /* of the whole, for --help */
	char *name;
	const char *argument; /* the latest; consumed or not */
	const char *culprit;
};

/* What argp stumbled over: an argument that nobody took, or else an option. */
static const char *find_culprit(const struct wrapper *w, const struct argp_state *state)
{
	const char *next = state->next < state->argc ? state->argv[state->next] : NULL;
	const char *last = state->next > 1 ? state->argv[state->next - 1] : NULL;
	if (next && (next == w->argument || !last || last[0] != '-'))
		return next;
	return last;
}

static error_t parse_wrapper(int key, char *arg, struct argp_state *state)
{
	struct wrapper *w = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = w->input;
		return 0;
	case OPTION_HELP:
		argp_help(w->argp, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC,
			  w->name);
		exit(0);
	case ARGP_KEY_ARG:
		w->argument = arg;
		return ARGP_ERR_UNKNOWN;
	case ARGP_KEY_ERROR:
		w->culprit = find_culprit(w, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int command_parse(const struct argp *argp, int argc, char **argv, void *input, struct error *e)
{
	static const struct argp_option options[] = {
	    {"help", OPTION_HELP, NULL, 0, "print this help", -1}, {0}};
	const struct argp_child children[] = {{argp, 0, NULL, 0}, {0}};
	struct argp whole = {options, parse_wrapper, NULL, NULL, children, NULL, NULL};
	char name[64];
	snprintf(name, sizeof name, strcmp(argv[0], "capbox") ? "capbox %s" : "%s", argv[0]);
	struct wrapper w = {.input = input, .argp = &whole, .name = name};

	e->message[0] = '\0';
	error_t r =
	    argp_parse(&whole, argc, argv, ARGP_NO_HELP | ARGP_NO_ERRS | ARGP_IN_ORDER, NULL, &w);
	if (!r)
		return 0;
	if (r == ENOMEM)
		return error_set(e, ENOMEM, "command line");
	if (e->message[0])
		return -EINVAL;
	const char *culprit = w.culprit ? w.culprit : "";
	bool global = !strcmp(argv[0], "capbox");
	return error_set(e, 0, "%s%s%s '%s' (see %s --help)", global ? "" : argv[0],
			 global ? "" : ": ",
			 culprit[0] == '-' ? "bad option" : "unexpected argument", culprit, name);
}

error_t command_take_id(const char **id, char *arg)
{
	if (*id)
		return ARGP_ERR_UNKNOWN;
	*id = arg;
	return 0;
}

static error_t parse_id(int key, char *arg, struct argp_state *state)
{
	return key == ARGP_KEY_ARG ? command_take_id(state->input, arg) : ARGP_ERR_UNKNOWN;
}

int command_parse_id(const char *doc, int argc, char **argv, const char **id, struct error *e)
{
	const struct argp argp = {NULL, parse_id, "ID", doc, NULL, NULL, NULL};
	int r = command_parse(&argp, argc, argv, id, e);
	if (r < 0)
		return r;
	return *id ? 0
		   : error_set(e, 0, "%s: which container? (see capbox %s --help)", argv[0],
			       argv[0]);
}

/* --- the options before the command --------------------------------------------------------- */

enum { OPTION_ROOT = 256, OPTION_LOG, OPTION_LOG_FORMAT, OPTION_DEBUG, OPTION_SYSTEMD };

static const struct argp_option global_options[] = {
    {"root", OPTION_ROOT, "DIR", 0, "where the state of containers is kept", 0},
    {"log", OPTION_LOG, "FILE", 0, "write messages to FILE too", 0},
    {"log-format", OPTION_LOG_FORMAT, "text|json", 0, "form of the messages in --log", 0},
    {"debug", OPTION_DEBUG, NULL, 0, "log more", 0},
    {"systemd-cgroup", OPTION_SYSTEMD, NULL, 0, "cgroupsPath is slice:prefix:name", 0},
    {"version", 'v', NULL, 0, "print the version", 0},
    {0},
};

struct global_input {
	struct globals *g;
	struct error *e;
	int command; /* index of the command in argv; 0: none */
};

static error_t parse_global(int key, char *arg, struct argp_state *state)
{
	struct global_input *in = state->input;
	switch (key) {
	case OPTION_ROOT:
		in->g->root = arg;
		return 0;
	case OPTION_LOG:
		in->g->log = arg;
		return 0;
	case OPTION_LOG_FORMAT:
		if (strcmp(arg, "text") && strcmp(arg, "json")) {
			error_set(in->e, 0, "--log-format: expected text or json, found '%s'", arg);
			return EINVAL;
		}
		in->g->log_format = strcmp(arg, "json") ? LOG_TEXT : LOG_JSON;
		return 0;
	case OPTION_DEBUG:
		in->g->debug = true;
		return 0;
	case OPTION_SYSTEMD:
		in->g->systemd_cgroup = true;
		return 0;
	case 'v':
		printf("capbox version %s\nspec: %s\nlibseccomp: %u.%u.%u\n", CAPBOX_VERSION,
		       VERSION_OF_SPEC, seccomp_version()->major, seccomp_version()->minor,
		       seccomp_version()->micro);
		exit(0);
	case ARGP_KEY_ARG:
		/* The rest is the command's. */
		in->command = state->next - 1;
		state->next = state->argc;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static char *global_help(int key, const char *text, void *input)
{
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	char *list = NULL;
	size_t size;
	FILE *f = open_memstream(&list, &size);
	if (!f)
		return NULL;
	fputs("Commands (capbox COMMAND --help says more):\n", f);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(f, "  %-12s %s\n", commands[i].name, commands[i].help);
	fclose(f);
	return list;
}

static const char *default_root(void)
{
	static char path[PATH_MAX];
	if (!rootless_caller())
		return "/run/capbox";
	rootless_root(path);
	return path;
}

static int open_log(const struct globals *g, struct error *e)
{
	if (!g->log) {
		log_open(STDERR_FILENO, g->log_format, g->debug);
		return 0;
	}
	int fd = open(g->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return error_set(e, errno, "--log %s", g->log);
	log_open(fd, g->log_format, g->debug); /* for the life of the process */
	return 0;
}

static int parse_globals(int argc, char **argv, struct globals *g, int *command, struct error *e)
{
	static const struct argp argp = {global_options,
					 parse_global,
					 "COMMAND [ARGUMENT...]",
					 "Runs OCI containers, each behind a kernel of its own.\v",
					 NULL,
					 global_help,
					 NULL};
	struct global_input in = {.g = g, .e = e};
	char *name = argv[0];
	argv[0] = (char *)"capbox";
	int r = command_parse(&argp, argc, argv, &in, e);
	argv[0] = name;
	*command = in.command;
	/* Even a wrong command line is reported where --log said, as far as it was understood. */
	struct error log_error_ = {0};
	int log = open_log(g, r < 0 ? &log_error_ : e);
	return r < 0 ? r : log;
}

int command_main(int argc, char **argv)
{
	struct globals g = {.root = default_root()};
	struct error e = {0};
	int index = 0;
	const struct command *command = NULL;
	int r = parse_globals(argc, argv, &g, &index, &e);
	if (r == 0 && !index)
		r = error_set(&e, 0, "which command? (see capbox --help)");
	if (r == 0) {
		command = find_command(argv[index]);
		if (command)
			r = command->function(&g, argc - index, argv + index, &e);
		else
			r = error_set(&e, 0, "unknown command '%s' (see capbox --help)",
				      argv[index]);
	}
	if (r >= 0)
		return r;
	log_error("%s", e.message);
	if (log_fd() != STDERR_FILENO)
		fprintf(stderr, "capbox: %s\n", e.message);
	return command && command->failure ? command->failure : 1;
}
