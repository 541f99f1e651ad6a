/* capbox ps: the processes of a container, as the host's ps shows them, or their numbers. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/ps.h"

struct input {
	const char *id, *format;
	char **ps_args; /* what follows the id */
};

static const struct argp_option options[] = {
    {"format", 'f', "table|json", 0, "what to print", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	switch (key) {
	case 'f':
		in->format = arg;
		return 0;
	case ARGP_KEY_ARG:
		in->id = arg;
		if (state->next < state->argc)
			in->ps_args = state->argv + state->next;
		state->next = state->argc;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_json(const struct pid_list *list)
{
	putchar('[');
	for (size_t i = 0; i < list->count; i++)
		printf("%s%d", i ? "," : "", (int)list->pids[i]);
	puts("]");
}

/* --- the table ------------------------------------------------------------------------------ */

/* The n-th word of a line (from 0); false when there are fewer. */
static bool get_word(const char *line, size_t n, char *word, size_t size)
{
	static const char blank[] = " \t\n";
	for (line += strspn(line, blank); n && *line; n--) {
		line += strcspn(line, blank);
		line += strspn(line, blank);
	}
	snprintf(word, size, "%.*s", (int)strcspn(line, blank), line);
	return *line;
}

/* The column of the heading "PID"; -1 without one. */
static int pid_column(const char *heading)
{
	char word[64];
	for (int i = 0; get_word(heading, (size_t)i, word, sizeof word); i++)
		if (!strcmp(word, "PID"))
			return i;
	return -1;
}

static bool is_listed(const struct pid_list *list, const char *line, int column)
{
	char word[64];
	if (!get_word(line, (size_t)column, word, sizeof word))
		return false;
	pid_t pid = atoi(word);
	for (size_t i = 0; i < list->count; i++)
		if (list->pids[i] == pid)
			return true;
	return false;
}

/* Copies the heading and the container's lines. */
static int filter(FILE *f, const struct pid_list *list, struct error *e)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	if (getline(&line, &size, f) < 0)
		return error_set(e, 0, "ps has printed nothing");
	int column = pid_column(line);
	if (column < 0)
		return error_set(e, 0, "couldn't find PID field in ps output");
	fputs(line, stdout);
	while (getline(&line, &size, f) >= 0)
		if (is_listed(list, line, column))
			fputs(line, stdout);
	return 0;
}

static int print_table(const struct input *in, const struct pid_list *list, struct error *e)
{
	size_t count = 0;
	while (in->ps_args && in->ps_args[count])
		count++;
	_cleanup_free_ char **args = calloc(count + 3, sizeof *args);
	int pair[2];
	if (!args || pipe2(pair, O_CLOEXEC) < 0)
		return error_set(e, errno, "ps");
	args[0] = (char *)"ps";
	args[1] = (char *)"-ef";
	if (count)
		memcpy(args + 1, in->ps_args, count * sizeof *args);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(pair[1], STDOUT_FILENO);
		execvp("ps", args);
		_exit(127);
	}
	close(pair[1]);
	FILE *f = fdopen(pair[0], "r");
	int r = pid < 0 || !f ? error_set(e, errno, "ps") : filter(f, list, e);
	close_file(&f); /* a ps that still writes must not wait for us */
	int status = 0;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r == 0 && status)
		return error_set(e, 0, "ps has failed");
	return r;
}

int command_ps(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {
	    options, parse, "ID [PS-OPTION...]", "Shows the processes of a container.", NULL,
	    NULL,    NULL};
	struct input in = {.format = "table"};
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	_cleanup_(pid_list_release) struct pid_list list = {0};
	int r = command_parse(&argp, argc, argv, &in, e);
	if (r < 0)
		return r;
	bool json = !strcmp(in.format, "json");
	if (!in.id)
		return error_set(e, 0, "ps: which container? (see capbox ps --help)");
	if (!json && strcmp(in.format, "table"))
		return error_set(e, 0, "invalid format option");
	r = state_open(g->root, in.id, &s, e);
	if (r == 0)
		r = ps_list(&s, &list, e);
	if (r < 0)
		return r;
	if (!json)
		return print_table(&in, &list, e);
	print_json(&list);
	return 0;
}
