/* Devices: the nodes to make (linux.devices) and the rules of access (linux.resources.devices). */
#include "runtime/spec_parser.h"
#include "lib/cleanup.h"

#include <string.h>
#include <sys/stat.h>

/* What a dev_t of the kernel holds. */
#define DEVICE_MAJOR_MAX 0xfff
#define DEVICE_MINOR_MAX 0xfffff

/* One character out of `allowed`; 0 when absent. */
static char parse_type(struct node node, const char *allowed, const char *what)
{
	const char *type = node_string(node);
	if (!type)
		return 0;
	char text[80];
	if (strlen(type) == 1 && strchr(allowed, *type))
		return *type;
	node_fail(&node, "unknown %s '%s'", what, printable(type, text, sizeof text));
	return 0;
}

static void parse_device(const struct node *object, struct spec_device *device)
{
	device->type = parse_type(node_get(object, "type", REQUIRED), "cbup", "device type");
	device->path = node_absolute(node_get(object, "path", REQUIRED));
	if (device->type == 'u')
		device->type = 'c';
	enum need need = device->type == 'p' ? OPTIONAL : REQUIRED;
	device->major = (uint32_t)node_unsigned(node_get(object, "major", need), DEVICE_MAJOR_MAX);
	device->minor = (uint32_t)node_unsigned(node_get(object, "minor", need), DEVICE_MINOR_MAX);
	/* Some write the whole st_mode. */
	device->mode = node_u32(node_get(object, "fileMode", OPTIONAL), S_IFMT | 07777);
	device->mode.value &= 07777;
	device->uid = node_u32(node_get(object, "uid", OPTIONAL), UINT32_MAX - 1);
	device->gid = node_u32(node_get(object, "gid", OPTIONAL), UINT32_MAX - 1);
}

void parse_devices(struct node node, struct spec *spec)
{
	struct node array = node_array(node);
	size_t count = node_count(&array);
	spec->devices = reader_alloc(node.reader, count, sizeof *spec->devices);
	if (!spec->devices)
		return;
	for (; spec->device_count < count; spec->device_count++) {
		struct node item = node_object(node_item(&array, spec->device_count));
		parse_device(&item, &spec->devices[spec->device_count]);
	}
}

/* -1 is how some write "any". */
static struct spec_i64 parse_wildcard(struct node node, int64_t max)
{
	struct spec_i64 number = node_i64(node, -1, max);
	return number.value < 0 ? (struct spec_i64){0} : number;
}

static void parse_access(struct node node, struct spec_device_rule *rule)
{
	const char *access = node_string(node);
	if (!access || !*access) {
		rule->read = rule->write = rule->make = true;
		return;
	}
	char text[80];
	if (access[strspn(access, "rwm")])
		node_fail(&node, "'%s' is not made of r, w and m",
			  printable(access, text, sizeof text));
	rule->read = strchr(access, 'r');
	rule->write = strchr(access, 'w');
	rule->make = strchr(access, 'm');
}

void parse_device_rules(struct node node, struct spec_resources *out)
{
	struct node array = node_array(node);
	size_t count = node_count(&array);
	out->device_rules = reader_alloc(node.reader, count, sizeof *out->device_rules);
	if (!out->device_rules)
		return;
	for (; out->device_rule_count < count; out->device_rule_count++) {
		struct node item = node_object(node_item(&array, out->device_rule_count));
		struct spec_device_rule *rule = &out->device_rules[out->device_rule_count];
		rule->allow = node_bool(node_get(&item, "allow", REQUIRED));
		struct node type = node_get(&item, "type", OPTIONAL);
		rule->type = node_present(type) ? parse_type(type, "acb", "device type") : 'a';
		rule->major = parse_wildcard(node_get(&item, "major", OPTIONAL), DEVICE_MAJOR_MAX);
		rule->minor = parse_wildcard(node_get(&item, "minor", OPTIONAL), DEVICE_MINOR_MAX);
		parse_access(node_get(&item, "access", OPTIONAL), rule);
	}
}
