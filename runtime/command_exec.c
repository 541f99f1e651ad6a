/* capbox exec: runs a further process in a container. */
#include <errno.h>
#include <stdlib.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/container.h"
#include "runtime/exec.h"

enum {
	OPTION_CONSOLE = 256,
	OPTION_CWD,
	OPTION_PID_FILE,
	OPTION_LABEL,
	OPTION_APPARMOR,
	OPTION_NO_NEW_PRIVS,
	OPTION_FDS,
	OPTION_CGROUP,
	OPTION_IGNORE_PAUSED
};

static const struct argp_option options[] = {
    {"console-socket", OPTION_CONSOLE, "SOCKET", 0, "where the terminal is sent", 0},
    {"cwd", OPTION_CWD, "DIR", 0, "the working directory in the container", 0},
    {"env", 'e', "NAME=VALUE", 0, "set a variable of the environment", 0},
    {"tty", 't', NULL, 0, "give it a terminal", 0},
    {"user", 'u', "UID[:GID]", 0, "run it as this user", 0},
    {"additional-gids", 'g', "GID", 0, "add a supplementary group", 0},
    {"process", 'p', "FILE", 0, "take the process from a JSON file", 0},
    {"detach", 'd', NULL, 0, "leave once the program runs", 0},
    {"pid-file", OPTION_PID_FILE, "FILE", 0, "write the supervisor's pid to FILE", 0},
    {"process-label", OPTION_LABEL, "LABEL", 0, "its SELinux label", 0},
    {"apparmor", OPTION_APPARMOR, "PROFILE", 0, "its AppArmor profile", 0},
    {"no-new-privs", OPTION_NO_NEW_PRIVS, NULL, 0, "it cannot gain privileges by exec", 0},
    {"cap", 'c', "CAP", 0, "add a capability", 0},
    {"preserve-fds", OPTION_FDS, "N", 0, "hand descriptors 3 to 2+N on", 0},
    {"cgroup", OPTION_CGROUP, "PATH", 0, "only / is supported", 0},
    {"ignore-paused", OPTION_IGNORE_PAUSED, NULL, 0, "wait until a paused container goes on", 0},
    {0},
};

/* Options that repeat share one array, as long as the command line; each has its own part. */
struct input {
	const char *id;
	struct exec_options exec;
	char **lists;
	struct error *e;
};

static error_t parse_fds(struct input *in, const char *arg)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(arg, &end, 10);
	if (errno || *end || !*arg || arg[0] == '-' || n > EXEC_PRESERVE_MAX) {
		error_set(in->e, 0, "--preserve-fds: expected a number up to %u, found '%s'",
			  EXEC_PRESERVE_MAX, arg);
		return EINVAL;
	}
	in->exec.preserve_fds = (unsigned)n;
	return 0;
}

static error_t parse_cgroup(struct input *in, const char *arg)
{
	if (arg[0] == '/' && !arg[1])
		return 0;
	error_set(in->e, 0, "--cgroup %s: sub-cgroups are not supported", arg);
	return EINVAL;
}

/* After the id comes the command, whatever it looks like. */
static void take_arguments(struct input *in, char *id, struct argp_state *state)
{
	in->id = id;
	if (state->next < state->argc)
		in->exec.process.args = state->argv + state->next;
	state->next = state->argc;
}

static error_t parse_flag(int key, struct input *in)
{
	struct exec_process *p = &in->exec.process;
	switch (key) {
	case 't':
		p->terminal = true;
		return 0;
	case 'd':
		in->exec.detach = true;
		return 0;
	case OPTION_NO_NEW_PRIVS:
		p->no_new_privs = true;
		return 0;
	case OPTION_IGNORE_PAUSED:
		in->exec.ignore_paused = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	struct exec_process *p = &in->exec.process;
	switch (key) {
	case OPTION_CONSOLE:
		in->exec.console_socket = arg;
		return 0;
	case OPTION_CWD:
		p->cwd = arg;
		return 0;
	case OPTION_PID_FILE:
		in->exec.pid_file = arg;
		return 0;
	case OPTION_LABEL:
		p->label = arg;
		return 0;
	case OPTION_APPARMOR:
		p->apparmor = arg;
		return 0;
	case OPTION_FDS:
		return parse_fds(in, arg);
	case OPTION_CGROUP:
		return parse_cgroup(in, arg);
	case 'e':
		p->env[p->env_count++] = arg;
		return 0;
	case 'g':
		p->groups[p->group_count++] = arg;
		return 0;
	case 'c':
		p->caps[p->cap_count++] = arg;
		return 0;
	case 'u':
		p->user = arg;
		return 0;
	case 'p':
		p->file = arg;
		return 0;
	case ARGP_KEY_ARG:
		take_arguments(in, arg, state);
		return 0;
	default:
		return parse_flag(key, in);
	}
}

static int check(const struct input *in, struct error *e)
{
	if (!in->id)
		return error_set(e, 0, "which container? (see capbox exec --help)");
	if (!in->exec.process.args && !in->exec.process.file)
		return error_set(e, 0, "process args cannot be empty");
	return container_check_fds(in->exec.preserve_fds, e);
}

int command_exec(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {options,
					 parse,
					 "ID [COMMAND [ARGUMENT...]]",
					 "Runs a further process in a container.",
					 NULL,
					 NULL,
					 NULL};
	size_t count = (size_t)argc;
	_cleanup_free_ char **lists = calloc(3 * count, sizeof *lists);
	if (!lists)
		return error_set(e, ENOMEM, "exec");
	struct input in = {
	    .e = e,
	    .exec.process = {.env = lists, .groups = lists + count, .caps = lists + 2 * count}};
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	int r = command_parse(&argp, argc, argv, &in, e);
	if (r < 0)
		return r;
	r = check(&in, e);
	if (r == 0)
		r = state_open(g->root, in.id, &s, e);
	if (r == 0)
		r = exec_run(&s, &in.exec, e);
	return r < 0 ? error_prefix(e, r, "exec failed") : r;
}
