/*
 * The process that `exec` runs: a process object of the runtime specification, from a file, or the
 * container's own with what the command line changes. It stays JSON here: the sentry parses it, but
 * it is parsed once before, so that what is wrong with it is said in terms of where it came from.
 */
#include "runtime/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/process_attributes.h"
#include "runtime/spec.h"

static int read_object(int dirfd, const char *path, json_t **out, struct error *e)
{
	_cleanup_free_ char *text = NULL;
	ssize_t n = read_file_alloc(dirfd, path, SPEC_SIZE_MAX, &text);
	if (n < 0)
		return error_set(e, (int)-n, "%s", path);
	json_error_t error;
	*out = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(*out)) {
		json_decref(*out);
		*out = NULL;
		return error_set(e, 0, "%s: line %d: %s", path, error.line, error.text);
	}
	return 0;
}

/* The process of the container's config.json. */
static int read_own(const struct state *s, json_t **out, struct error *e)
{
	json_t *config = NULL;
	int r = read_object(s->dirfd, STATE_CONFIG_NAME, &config, e);
	if (r < 0)
		return error_prefix(e, r, "container %s", s->id);
	*out = json_incref(json_object_get(config, "process"));
	json_decref(config);
	return *out ? 0 : error_set(e, 0, "container %s: its config.json has no process", s->id);
}

/* The array `key` of an object, made when it is missing. */
static json_t *get_array(json_t *object, const char *key)
{
	json_t *array = json_object_get(object, key);
	if (json_is_array(array))
		return array;
	json_object_set_new(object, key, json_array());
	return json_object_get(object, key);
}

static int append_strings(json_t *object, const char *key, char *const *strings, size_t count)
{
	json_t *array = get_array(object, key);
	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(array, json_string(strings[i])) < 0)
			return -EINVAL;
	return 0;
}

static bool parse_id(const char *text, json_int_t *id)
{
	char *end;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	*id = n;
	return !errno && end != text && !*end && n >= 0 && n < UINT32_MAX;
}

/* UID[:GID]; a user that the container's first process has otherwise. */
static int set_user(json_t *process, const char *text, struct error *e)
{
	_cleanup_free_ char *copy = strdup(text);
	json_t *user = json_object_get(process, "user");
	json_int_t uid, gid = 0;
	if (!copy)
		return error_set(e, ENOMEM, "--user");
	char *colon = strchr(copy, ':');
	if (colon)
		*colon++ = '\0';
	if (!parse_id(copy, &uid) || (colon && !parse_id(colon, &gid)))
		return error_set(e, 0, "--user: expected UID[:GID], found '%s'", text);
	json_object_set_new(user, "uid", json_integer(uid));
	if (colon)
		json_object_set_new(user, "gid", json_integer(gid));
	return 0;
}

static int add_groups(json_t *process, const struct exec_process *p, struct error *e)
{
	json_t *groups =
	    p->group_count ? get_array(json_object_get(process, "user"), "additionalGids") : NULL;
	for (size_t i = 0; i < p->group_count; i++) {
		json_int_t gid;
		if (!parse_id(p->groups[i], &gid))
			return error_set(e, 0, "--additional-gids: expected a number, found '%s'",
					 p->groups[i]);
		json_array_append_new(groups, json_integer(gid));
	}
	return 0;
}

static int add_capabilities(json_t *process, const struct exec_process *p, struct error *e)
{
	static const char *const sets[] = {"bounding", "effective", "permitted"};
	if (!p->cap_count)
		return 0;
	json_t *capabilities = json_object_get(process, "capabilities");
	if (!json_is_object(capabilities)) {
		json_object_set_new(process, "capabilities", json_object());
		capabilities = json_object_get(process, "capabilities");
	}
	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (append_strings(capabilities, sets[i], p->caps, p->cap_count) < 0)
			return error_set(e, EILSEQ, "--cap");
	return 0;
}

static int set_string(json_t *process, const char *key, const char *value, const char *option,
		      struct error *e)
{
	if (value && json_object_set_new(process, key, json_string(value)) < 0)
		return error_set(e, EILSEQ, "%s", option);
	return 0;
}

/* Changes the container's own process as the command line says. */
static int change(json_t *process, const struct exec_process *p, struct error *e)
{
	size_t count = 0;
	while (p->args[count])
		count++;
	json_object_del(process, "args");
	if (append_strings(process, "args", p->args, count) < 0)
		return error_set(e, EILSEQ, "the command");
	if (append_strings(process, "env", p->env, p->env_count) < 0)
		return error_set(e, EILSEQ, "--env");
	json_object_set_new(process, "terminal", json_boolean(p->terminal));
	if (p->no_new_privs)
		json_object_set_new(process, "noNewPrivileges", json_true());
	int r = set_string(process, "cwd", p->cwd, "--cwd", e);
	if (r == 0)
		r = set_string(process, "apparmorProfile", p->apparmor, "--apparmor", e);
	if (r == 0)
		r = set_string(process, "selinuxLabel", p->label, "--process-label", e);
	if (r == 0 && p->user)
		r = set_user(process, p->user, e);
	if (r == 0)
		r = add_groups(process, p, e);
	return r < 0 ? r : add_capabilities(process, p, e);
}

static int check(const char *name, const json_t *process, bool *terminal, struct error *e)
{
	struct spec *spec;
	_cleanup_free_ char *text = json_dumps(process, JSON_COMPACT);
	if (!text)
		return error_set(e, ENOMEM, "%s", name);
	int r = spec_process_parse(name, text, strlen(text), &spec, e);
	if (r < 0)
		return r;
	*terminal = spec->process.terminal;
	r = process_attributes_check(&spec->process, true, e);
	spec_free(spec);
	return r;
}

int exec_process_make(const struct state *s, const struct exec_process *p, json_t **out,
		      bool *terminal, struct error *e)
{
	json_t *process = NULL;
	int r = p->file ? read_object(AT_FDCWD, p->file, &process, e) : read_own(s, &process, e);
	if (r == 0 && !p->file)
		r = change(process, p, e);
	if (r == 0)
		r = check(p->file ? p->file : "process", process, terminal, e);
	if (r < 0)
		json_decref(process);
	else
		*out = process;
	return r;
}
