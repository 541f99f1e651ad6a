/*
 * Reading policies: see policy_file.h.
 *
 * A file starts from a base and changes it, classes before single calls, whatever their order in
 * the file: what is said of one call is the more exact word. Bases nest (a file may build on
 * another), to a small depth, so that a file that builds on itself ends in an error.
 */
#include "runtime/policy_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/json.h"
#include "runtime/policy_shipped.h"

#define DIRECTORY  "/etc/capbox/policies"
#define SIZE_LIMIT (1 << 20)
#define DEPTH_MAX  3
#define ERRNO_MAX  4095

static const char *const actions[] = {
    [POLICY_NATIVE] = "native", [POLICY_SENTRY] = "sentry", [POLICY_DENY] = "deny"};

static int load(const char *name, unsigned depth, struct policy *policy, struct error *e);

static bool action_of(const char *word, enum policy_action *action)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (!strcmp(word, actions[i])) {
			*action = (enum policy_action)i;
			return true;
		}
	return false;
}

static enum policy_action node_action(struct node node)
{
	enum policy_action action = POLICY_DENY;
	char shown[40];
	const char *word = node_string(node);
	if (word && !action_of(word, &action))
		node_fail(&node, "expected native, sentry or deny, found '%s'",
			  printable(word, shown, sizeof shown));
	return action;
}

/* "ENOSYS" or 38. */
static int node_errno(struct node node)
{
	if (!json_is_string(node.value))
		return (int)node_signed(node, 1, ERRNO_MAX);
	const char *name = node_string(node);
	for (int i = 1; name && i < 256; i++) {
		const char *known = strerrorname_np(i);
		if (known && !strcmp(known, name))
			return i;
	}
	char shown[40];
	if (name)
		node_fail(&node, "'%s' is not the name of an errno",
			  printable(name, shown, sizeof shown));
	return 0;
}

/* One member of `classes` or `syscalls`: NAME: ACTION, or NAME: {action, errno}. */
static void change(struct policy *policy, struct node node, bool is_class)
{
	enum policy_action action;
	int error = 0;
	if (json_is_object(node.value)) {
		struct node word = node_get(&node, "action", REQUIRED);
		struct node number = node_get(&node, "errno", OPTIONAL);
		action = node_action(word);
		if (node_present(number)) {
			error = node_errno(number);
			if (action != POLICY_DENY)
				node_fail(&number, "only a call that is denied has an errno");
		}
	} else {
		action = node_action(node);
	}
	struct error why;
	int r = 0;
	if (!node.reader->status)
		r = (is_class ? policy_set_class : policy_set_call)(policy, node.key, action, error,
								    &why);
	if (r < 0)
		node_fail(&node, "%s", why.message);
}

static void change_all(struct policy *policy, struct node node, bool is_class)
{
	struct node object = node_object(node);
	if (!node_present(object))
		return;
	for (void *i = json_object_iter(object.value); i;
	     i = json_object_iter_next(object.value, i))
		change(policy, node_at(&object, i), is_class);
}

static void start_from_base(struct policy *policy, struct node node, unsigned depth)
{
	struct error why;
	const char *name = node_string(node);
	if (name && load(name, depth + 1, policy, &why) < 0)
		node_fail(&node, "%s", why.message);
}

static void check_members(const struct node *root)
{
	for (void *i = json_object_iter(root->value); i;
	     i = json_object_iter_next(root->value, i)) {
		struct node member = node_at(root, i);
		if (strcmp(member.key, "base") && strcmp(member.key, "classes") &&
		    strcmp(member.key, "syscalls") && strcmp(member.key, "comment"))
			node_fail(&member,
				  "unknown; a policy has comment, base, classes, syscalls");
	}
}

static void drop_json(json_t **value)
{
	json_decref(*value);
}

static void drop_arena(struct spec_arena **arena)
{
	arena_free(*arena);
}

static int parse(const char *document, const char *text, size_t size, unsigned depth,
		 struct policy *policy, struct error *e)
{
	_cleanup_(drop_arena) struct spec_arena *arena = arena_new();
	if (!arena)
		return error_set(e, ENOMEM, "%s", document);
	struct reader reader = {
	    .document = document, .arena = arena, .error = e, .text = text, .text_size = size};
	_cleanup_(drop_json) json_t *value = reader_parse(&reader, text, size);
	if (!value)
		return reader.status;
	struct node root = node_object(node_root(&reader, value));
	policy_default(policy);
	if (node_present(root)) {
		check_members(&root);
		start_from_base(policy, node_get(&root, "base", OPTIONAL), depth);
		change_all(policy, node_get(&root, "classes", OPTIONAL), true);
		change_all(policy, node_get(&root, "syscalls", OPTIONAL), false);
	}
	return reader.status;
}

int policy_parse(const char *document, const char *text, size_t size, struct policy *policy,
		 struct error *e)
{
	return parse(document, text, size, 0, policy, e);
}

static int load_file(const char *path, unsigned depth, struct policy *policy, struct error *e)
{
	_cleanup_free_ char *text = NULL;
	ssize_t size = read_file_alloc(AT_FDCWD, path, SIZE_LIMIT, &text);
	if (size < 0)
		return error_set(e, (int)-size, "policy %s", path);
	return parse(path, text, (size_t)size, depth, policy, e);
}

static int load(const char *name, unsigned depth, struct policy *policy, struct error *e)
{
	char shown[80], path[160];
	if (depth > DEPTH_MAX)
		return error_set(e, ELOOP, "policy %s", printable(name, shown, sizeof shown));
	if (*name == '/')
		return load_file(name, depth, policy, e);
	for (const struct policy_shipped *p = policy_shipped; p->name; p++)
		if (!strcmp(p->name, name))
			return parse(p->name, p->text, strlen(p->text), depth, policy, e);
	if (!*name || strchr(name, '/') || *name == '.' || strlen(name) > 64)
		return error_set(e, 0,
				 "policy '%s': expected default, strict, an absolute path, or the "
				 "name of a file in " DIRECTORY,
				 printable(name, shown, sizeof shown));
	snprintf(path, sizeof path, DIRECTORY "/%s.json", name);
	return load_file(path, depth, policy, e);
}

int policy_load(const char *name, struct policy *policy, struct error *e)
{
	return load(name, 0, policy, e);
}

int policy_of_spec(const struct spec *spec, struct policy *policy, struct error *e)
{
	static const char prefix[] = "dev.capbox.class.";
	const char *name = spec_annotation(spec, "dev.capbox.policy");
	int r = policy_load(name ? name : "default", policy, e);
	for (size_t i = 0; r == 0 && i < spec->annotations.count; i++) {
		const struct spec_pair *p = &spec->annotations.pairs[i];
		if (strncmp(p->key, prefix, sizeof prefix - 1))
			continue;
		char shown[40];
		const char *class = p->key + sizeof prefix - 1;
		enum policy_action action;
		if (!action_of(p->value, &action))
			return error_set(
			    e, 0, "annotation %s: expected native, sentry or deny, found '%s'",
			    p->key, printable(p->value, shown, sizeof shown));
		r = policy_set_class(policy, class, action, 0, e);
		if (r < 0)
			error_prefix(e, r, "annotation %s", p->key);
	}
	return r;
}
