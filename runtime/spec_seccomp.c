/*
 * linux.seccomp: the filter that a container's creator wants on top of capbox's own. Names of
 * system calls are kept as they are, since a filter may name calls that this machine does not have.
 */
#include "runtime/spec_parser.h"
#include "lib/cleanup.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#define ERRNO_MAX     4095
#define ARGUMENTS_MAX 6

/* An action and its errno (EPERM when none is given) or tracer's number as one SECCOMP_RET_* value.
 */
static uint32_t parse_action(const struct node *object, const char *key, const char *data_key)
{
	struct node data = node_get(object, data_key, OPTIONAL);
	uint32_t action = (uint32_t)parse_name(node_get(object, key, REQUIRED),
					       seccomp_action_names, "seccomp action");
	bool takes_data = action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE;
	if (!takes_data) {
		if (node_present(data))
			node_fail(&data, "%s does not return an errno",
				  find_value(seccomp_action_names, action));
		return action;
	}
	uint32_t max = action == SECCOMP_RET_ERRNO ? ERRNO_MAX : SECCOMP_RET_DATA;
	uint64_t value = node_present(data) ? node_unsigned(data, max) : EPERM;
	return action | (uint32_t)value;
}

static void parse_arguments(struct node node, struct spec_seccomp_rule *rule)
{
	struct node array = node_array(node);
	size_t count = node_count(&array);
	rule->arguments = reader_alloc(node.reader, count, sizeof *rule->arguments);
	if (!rule->arguments)
		return;
	for (; rule->argument_count < count; rule->argument_count++) {
		struct node item = node_object(node_item(&array, rule->argument_count));
		struct spec_seccomp_argument *argument = &rule->arguments[rule->argument_count];
		argument->index =
		    (unsigned)node_unsigned(node_get(&item, "index", REQUIRED), ARGUMENTS_MAX - 1);
		argument->value = node_unsigned(node_get(&item, "value", REQUIRED), UINT64_MAX);
		argument->value_two =
		    node_unsigned(node_get(&item, "valueTwo", OPTIONAL), UINT64_MAX);
		argument->op = (enum spec_seccomp_operator)parse_name(
		    node_get(&item, "op", REQUIRED), seccomp_operator_names, "seccomp operator");
	}
}

static void parse_rules(struct node node, struct spec_seccomp *out)
{
	struct node array = node_array(node);
	size_t count = node_count(&array);
	out->rules = reader_alloc(node.reader, count, sizeof *out->rules);
	if (!out->rules)
		return;
	for (; out->rule_count < count; out->rule_count++) {
		struct node item = node_object(node_item(&array, out->rule_count));
		struct spec_seccomp_rule *rule = &out->rules[out->rule_count];
		struct node names = node_get(&item, "names", REQUIRED);
		rule->names = node_strings(names);
		if (!rule->names.count)
			node_fail(&names, "at least one entry is required");
		rule->action = parse_action(&item, "action", "errnoRet");
		parse_arguments(node_get(&item, "args", OPTIONAL), rule);
	}
}

static void parse_architectures(struct node node, struct spec_seccomp *out)
{
	struct node array = node_array(node);
	size_t count = node_count(&array);
	uint32_t *list = reader_alloc(node.reader, count, sizeof *list);
	if (!list)
		return;
	for (size_t i = 0; i < count; i++)
		list[i] =
		    (uint32_t)parse_name(node_item(&array, i), seccomp_arch_names, "architecture");
	out->architectures = list;
	out->architecture_count = count;
}

static bool uses_notify(const struct spec_seccomp *seccomp)
{
	for (size_t i = 0; i < seccomp->rule_count; i++) {
		if (seccomp->rules[i].action == SECCOMP_RET_USER_NOTIF)
			return true;
	}
	return false;
}

static void parse_listener(const struct node *object, struct spec_seccomp *out)
{
	struct node path = node_get(object, "listenerPath", OPTIONAL);
	struct node metadata = node_get(object, "listenerMetadata", OPTIONAL);
	out->listener_path = node_string(path);
	out->listener_metadata = node_string(metadata);
	bool has_path = out->listener_path && *out->listener_path;
	if (out->listener_metadata && *out->listener_metadata && !has_path)
		node_fail(&metadata, "given without listenerPath");
	if (uses_notify(out) && !has_path)
		node_fail(&path, "required with the action SCMP_ACT_NOTIFY");
	struct node action = node_get(object, "defaultAction", OPTIONAL);
	if (out->default_action == SECCOMP_RET_USER_NOTIF)
		node_fail(&action, "SCMP_ACT_NOTIFY cannot be the default action");
}

void parse_seccomp(struct node node, struct spec_seccomp *out)
{
	struct node seccomp = node_object(node);
	out->set = node_present(seccomp);
	if (!out->set)
		return;
	out->default_action = parse_action(&seccomp, "defaultAction", "defaultErrnoRet");
	parse_architectures(node_get(&seccomp, "architectures", OPTIONAL), out);
	struct node flags = node_array(node_get(&seccomp, "flags", OPTIONAL));
	size_t count = node_count(&flags);
	for (size_t i = 0; i < count; i++)
		out->flags |=
		    (uint32_t)parse_name(node_item(&flags, i), seccomp_flag_names, "seccomp flag");
	parse_rules(node_get(&seccomp, "syscalls", OPTIONAL), out);
	parse_listener(&seccomp, out);
}
