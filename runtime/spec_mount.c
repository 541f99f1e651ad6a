/*
 * Mounts: options decoded into what mount(2) and mount_setattr(2) take. A word that is no option of
 * ours belongs to the filesystem; whether it could is checked for the filesystems that we know.
 */
#include "runtime/spec_parser.h"
#include "lib/cleanup.h"

#include <string.h>
#include <sys/mount.h>

static void add_propagation(const struct node *item, struct spec_mount *mount, unsigned long flags)
{
	if (mount->propagation_count == SPEC_PROPAGATION_MAX)
		node_fail(item, "more than %d propagation options", SPEC_PROPAGATION_MAX);
	else
		mount->propagation[mount->propagation_count++] = flags;
}

/* The three access-time attributes are one field of the kernel: setting one means clearing the
 * field. */
static uint64_t attribute_mask(uint64_t attribute)
{
	bool is_atime = attribute == MOUNT_ATTR_RELATIME || attribute & MOUNT_ATTR__ATIME;
	return is_atime ? MOUNT_ATTR__ATIME : attribute;
}

/* Of these, too, the last one counts. */
#define ACCESS_TIMES ((unsigned long)(MS_NOATIME | MS_RELATIME | MS_STRICTATIME))

static void apply_option(const struct node *item, struct spec_mount *mount,
			 const struct mount_option *option)
{
	uint64_t mask = attribute_mask(option->value);
	switch (option->kind) {
	case MOUNT_OPTION_FLAG:
		if (option->value & ACCESS_TIMES)
			mount->flags &= ~ACCESS_TIMES;
		mount->flags |= option->value;
		mount->flags_cleared &= ~option->value;
		break;
	case MOUNT_OPTION_CLEAR:
		mount->flags &= ~option->value;
		mount->flags_cleared |= option->value;
		break;
	case MOUNT_OPTION_PROPAGATION:
		add_propagation(item, mount, option->value);
		break;
	case MOUNT_OPTION_RECURSIVE:
		mount->recursive_set = (mount->recursive_set & ~mask) | option->value;
		mount->recursive_clear &= ~mask;
		mount->recursive_clear |= mask & MOUNT_ATTR__ATIME;
		break;
	case MOUNT_OPTION_RECURSIVE_CLEAR:
		mount->recursive_set &= ~mask;
		mount->recursive_clear |= mask;
		break;
	case MOUNT_OPTION_EXTENSION:
		mount->extensions |= (unsigned)option->value;
		break;
	}
}

/* Joins the options of the filesystem with commas; `others` marks them. */
static void join_data(struct reader *reader, struct spec_mount *mount, const bool *others)
{
	size_t size = 0;
	for (size_t i = 0; i < mount->options.count; i++)
		size += others[i] ? strlen(mount->options.strings[i]) + 1 : 0;
	if (!size)
		return;
	char *data = reader_alloc(reader, size, 1);
	if (!data)
		return;
	mount->data = data;
	for (size_t i = 0; i < mount->options.count; i++) {
		if (!others[i])
			continue;
		if (data != mount->data)
			*data++ = ',';
		data = stpcpy(data, mount->options.strings[i]);
	}
}

static void parse_options(const struct node *object, struct spec_mount *mount)
{
	struct node list = node_get(object, "options", OPTIONAL);
	mount->options = node_strings(list);
	size_t count = mount->options.count;
	bool *others = reader_alloc(object->reader, count, sizeof *others);
	if (!others)
		return;
	for (size_t i = 0; i < count; i++) {
		struct node item = node_item(&list, i);
		const struct mount_option *option = find_mount_option(mount->options.strings[i]);
		if (option)
			apply_option(&item, mount, option);
		others[i] = !option;
	}
	if (mount->flags & MS_BIND)
		mount->type = "bind";
	for (size_t i = 0; i < count && mount->type; i++) {
		struct node item = node_item(&list, i);
		char text[80];
		if (others[i] && !filesystem_has_option(mount->type, mount->options.strings[i]))
			node_fail(&item, "unknown mount option '%s' for type %s",
				  printable(mount->options.strings[i], text, sizeof text),
				  mount->type);
	}
	join_data(object->reader, mount, others);
}

/* An absolute destination; an old relative one is taken from the root, as the specification says.
 */
static const char *parse_destination(struct node node)
{
	const char *path = node_string(node);
	if (!path || *path == '/')
		return path;
	if (!*path) {
		node_fail(&node, "the path is empty");
		return NULL;
	}
	size_t size = strlen(path) + 2;
	char *absolute = reader_alloc(node.reader, size, 1);
	if (absolute)
		snprintf(absolute, size, "/%s", path);
	return absolute;
}

static void check_mount(const struct node *object, const struct spec_mount *mount)
{
	struct node source = node_get(object, "source", OPTIONAL);
	struct node type = node_get(object, "type", OPTIONAL);
	if (!mount->type)
		node_fail(&type, "required property is missing (only a mount with the option bind "
				 "or rbind goes without)");
	else if (!*mount->type)
		node_fail(&type, "the type is empty");
	if (mount->flags & MS_BIND && (!mount->source || !*mount->source))
		node_fail(&source, "a bind mount must have a source");
	if (!mount->uid_maps.count != !mount->gid_maps.count)
		node_fail(object, "uidMappings and gidMappings must be given together");
}

static void parse_mount(const struct node *object, struct spec_mount *mount)
{
	mount->destination = parse_destination(node_get(object, "destination", REQUIRED));
	mount->type = node_string(node_get(object, "type", OPTIONAL));
	mount->source = node_string(node_get(object, "source", OPTIONAL));
	/* Docker writes type "bind", and some leave the option out. */
	if (mount->type && strcmp(mount->type, "bind") == 0)
		mount->flags = MS_BIND;
	parse_options(object, mount);
	parse_id_maps(node_get(object, "uidMappings", OPTIONAL), &mount->uid_maps);
	parse_id_maps(node_get(object, "gidMappings", OPTIONAL), &mount->gid_maps);
	/* Mappings without either option mean idmap. */
	if (mount->uid_maps.count && !(mount->extensions & (SPEC_MOUNT_IDMAP | SPEC_MOUNT_RIDMAP)))
		mount->extensions |= SPEC_MOUNT_IDMAP;
	check_mount(object, mount);
}

void parse_mounts(struct node node, struct spec *spec)
{
	struct node array = node_array(node);
	size_t count = node_count(&array);
	spec->mounts = reader_alloc(node.reader, count, sizeof *spec->mounts);
	if (!spec->mounts)
		return;
	for (; spec->mount_count < count; spec->mount_count++) {
		struct node item = node_object(node_item(&array, spec->mount_count));
		parse_mount(&item, &spec->mounts[spec->mount_count]);
	}
}
