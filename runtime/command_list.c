/* capbox list: every container below --root. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "runtime/command.h"
#include "runtime/state.h"

struct input {
	bool quiet, json;
	struct error *e;
};

static const struct argp_option options[] = {
    {"format", 'f', "table|json", 0, "form of the list", 0},
    {"quiet", 'q', NULL, 0, "print ids alone", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	switch (key) {
	case 'f':
		if (strcmp(arg, "table") && strcmp(arg, "json")) {
			error_set(in->e, 0, "--format: expected table or json, found '%s'", arg);
			return EINVAL;
		}
		in->json = !strcmp(arg, "json");
		return 0;
	case 'q':
		in->quiet = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *owner_name(uid_t uid, char *buffer, size_t size)
{
	const struct passwd *entry = getpwuid(uid);
	if (entry)
		return entry->pw_name;
	snprintf(buffer, size, "#%u", uid);
	return buffer;
}

/* Adds one container to the list. */
static int add_container(void *arg, struct state *s, struct error *e)
{
	json_t *list = arg;
	char buffer[16];
	json_t *object = state_describe(s, state_status(s));
	json_object_set_new(object, "owner",
			    json_string(owner_name(s->owner, buffer, sizeof buffer)));
	return json_array_append_new(list, object) < 0 ? error_set(e, ENOMEM, "list") : 0;
}

static const char *field(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void print_table(const json_t *list)
{
	static const char *const heads[] = {"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"};
	static const char *const keys[] = {"id", NULL, "status", "bundle", "created", "owner"};
	int widths[ARRAY_SIZE(heads)];
	json_t *object;
	size_t i;
	for (size_t c = 0; c < ARRAY_SIZE(heads); c++) {
		widths[c] = keys[c] ? (int)strlen(heads[c]) : 10;
		json_array_foreach (list, i, object) {
			if (keys[c])
				widths[c] = MAX(widths[c], (int)strlen(field(object, keys[c])));
		}
	}
	for (size_t c = 0; c < ARRAY_SIZE(heads); c++)
		printf("%-*s%s", widths[c], heads[c], c + 1 < ARRAY_SIZE(heads) ? "   " : "\n");
	json_array_foreach (list, i, object) {
		for (size_t c = 0; c < ARRAY_SIZE(heads); c++) {
			const char *end = c + 1 < ARRAY_SIZE(heads) ? "   " : "\n";
			if (keys[c])
				printf("%-*s%s", widths[c], field(object, keys[c]), end);
			else
				printf("%-*d%s", widths[c],
				       (int)json_integer_value(json_object_get(object, "pid")),
				       end);
		}
	}
}

static void print_ids(const json_t *list)
{
	json_t *object;
	size_t i;
	json_array_foreach (list, i, object) {
		puts(field(object, "id"));
	}
}

int command_list(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {options, parse, "",  "Lists the containers below --root.",
					 NULL,	  NULL,	 NULL};
	struct input in = {.e = e};
	int r = command_parse(&argp, argc, argv, &in, e);
	if (r < 0)
		return r;
	json_t *list = json_array();
	r = list ? state_each(g->root, add_container, list, e) : error_set(e, ENOMEM, "list");
	if (r == 0) {
		if (in.quiet)
			print_ids(list);
		else if (in.json)
			json_dumpf(list, stdout, JSON_COMPACT), puts("");
		else
			print_table(list);
		if (fflush(stdout) || ferror(stdout))
			r = error_set(e, EIO, "write to stdout");
	}
	json_decref(list);
	return r;
}
