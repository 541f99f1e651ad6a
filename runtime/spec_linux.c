/* config.json's "linux" object, save for its larger members, which have files of their own. */
#include "runtime/spec_parser.h"
#include "lib/cleanup.h"

#include <string.h>
#include <sys/mount.h>

static void parse_namespaces(struct node node, struct spec *spec)
{
	struct node array = node_array(node);
	size_t count = node_count(&array);
	for (size_t i = 0; i < count; i++) {
		struct node item = node_object(node_item(&array, i));
		struct node type = node_get(&item, "type", REQUIRED);
		uint64_t number = parse_name(type, namespace_names, "namespace type");
		if (node.reader->status)
			return;
		struct spec_namespace *ns = &spec->namespaces[number];
		if (ns->set)
			node_fail(&type, "the %s namespace is listed twice",
				  spec_namespace_name((enum spec_namespace_type)number));
		ns->set = true;
		struct node path = node_get(&item, "path", OPTIONAL);
		const char *s = node_string(path);
		/* An empty path counts as none, as in other runtimes. */
		ns->path = s && *s ? node_absolute(path) : NULL;
	}
}

static void parse_time_offset(struct node node, struct spec_time_offset *offset)
{
	struct node object = node_object(node);
	offset->set = node_present(object);
	offset->seconds = node_signed(node_get(&object, "secs", OPTIONAL), INT64_MIN, INT64_MAX);
	offset->nanoseconds =
	    (uint32_t)node_unsigned(node_get(&object, "nanosecs", OPTIONAL), 999999999);
}

static void parse_time_offsets(struct node node, struct spec *spec)
{
	struct node offsets = node_object(node);
	parse_time_offset(node_get(&offsets, "monotonic", OPTIONAL), &spec->offset_monotonic);
	parse_time_offset(node_get(&offsets, "boottime", OPTIONAL), &spec->offset_boottime);
}

/* A path, or slice:prefix:name. Going up with ".." would leave the place that the runtime manages.
 */
static const char *parse_cgroups_path(struct node node)
{
	const char *path = node_string(node);
	if (!path || !*path)
		return NULL;
	for (const char *p = path;; p++) {
		size_t length = strcspn(p, "/");
		if (length == 2 && p[0] == '.' && p[1] == '.') {
			node_fail(&node, "a cgroup path may not contain '..'");
			return NULL;
		}
		p += length;
		if (!*p)
			return path;
	}
}

static unsigned long parse_propagation(struct node node)
{
	const char *name = node_string(node);
	if (!name || !*name)
		return 0;
	const struct mount_option *option = find_mount_option(name);
	if (option && option->kind == MOUNT_OPTION_PROPAGATION)
		return option->value;
	char text[80];
	node_fail(&node, "unknown propagation '%s'", printable(name, text, sizeof text));
	return 0;
}

static struct spec_strings parse_absolute_paths(struct node node)
{
	struct spec_strings list = node_strings(node);
	for (size_t i = 0; i < list.count; i++)
		node_absolute(node_item(&node, i));
	return list;
}

/* SELinux labels no files of the kernel's own filesystems, and those of a bind mount have theirs.
 */
static void parse_mount_label(struct node node, struct spec *spec)
{
	static const char *const unlabelled[] = {"bind",   "proc",   "sysfs",
						 "mqueue", "cgroup", "cgroup2"};
	const char *label = node_string(node);
	if (!label || !*label)
		return;
	spec->mount_label = label;
	for (size_t i = 0; i < spec->mount_count; i++) {
		struct spec_mount *m = &spec->mounts[i];
		bool none = !m->type;
		for (size_t j = 0; j < ARRAY_SIZE(unlabelled) && !none; j++)
			none = strcmp(m->type, unlabelled[j]) == 0;
		m->label = none ? NULL : label;
	}
}

static void parse_personality(struct node node, struct spec *spec)
{
	struct node object = node_object(node);
	if (!node_present(object))
		return;
	struct node flags = node_get(&object, "flags", OPTIONAL);
	struct node list = node_array(flags);
	if (node_count(&list))
		node_fail(&flags, "no personality flag is supported");
	spec->personality.value = (uint32_t)parse_name(node_get(&object, "domain", REQUIRED),
						       personality_names, "execution domain");
	spec->personality.set = true;
}

static const char *one_line(struct node node)
{
	const char *s = node_string(node);
	if (s && strchr(s, '\n'))
		node_fail(&node, "a schema may not contain a line break");
	return s;
}

static void parse_intel_rdt(struct node node, struct spec_intel_rdt *out)
{
	struct node object = node_object(node);
	out->set = node_present(object);
	if (!out->set)
		return;
	struct node id = node_get(&object, "closID", OPTIONAL);
	out->clos_id = node_string(id);
	if (out->clos_id && strcmp(out->clos_id, "/") != 0 &&
	    (strchr(out->clos_id, '/') || strcmp(out->clos_id, "..") == 0 ||
	     strcmp(out->clos_id, ".") == 0))
		node_fail(&id, "a class is one name, without '/'");
	out->l3_cache_schema = one_line(node_get(&object, "l3CacheSchema", OPTIONAL));
	struct node bandwidth = node_get(&object, "memBwSchema", OPTIONAL);
	out->mem_bw_schema = one_line(bandwidth);
	if (out->mem_bw_schema && strncmp(out->mem_bw_schema, "MB:", 3) != 0)
		node_fail(&bandwidth, "a memory bandwidth schema starts with 'MB:'");
	struct node schemata = node_get(&object, "schemata", OPTIONAL);
	out->schemata = node_strings(schemata);
	for (size_t i = 0; i < out->schemata.count; i++)
		one_line(node_item(&schemata, i));
	out->enable_cmt = node_bool(node_get(&object, "enableCMT", OPTIONAL));
	out->enable_mbm = node_bool(node_get(&object, "enableMBM", OPTIONAL));
}

void parse_linux(const struct node *host, struct spec *spec)
{
	parse_namespaces(node_get(host, "namespaces", OPTIONAL), spec);
	parse_id_maps(node_get(host, "uidMappings", OPTIONAL), &spec->uid_maps);
	parse_id_maps(node_get(host, "gidMappings", OPTIONAL), &spec->gid_maps);
	parse_time_offsets(node_get(host, "timeOffsets", OPTIONAL), spec);
	parse_devices(node_get(host, "devices", OPTIONAL), spec);
	spec->cgroups_path = parse_cgroups_path(node_get(host, "cgroupsPath", OPTIONAL));
	parse_resources(node_get(host, "resources", OPTIONAL), &spec->resources);
	spec->rootfs_propagation = parse_propagation(node_get(host, "rootfsPropagation", OPTIONAL));
	parse_seccomp(node_get(host, "seccomp", OPTIONAL), &spec->seccomp);
	parse_sysctl(node_get(host, "sysctl", OPTIONAL), spec);
	spec->masked_paths = parse_absolute_paths(node_get(host, "maskedPaths", OPTIONAL));
	spec->readonly_paths = parse_absolute_paths(node_get(host, "readonlyPaths", OPTIONAL));
	parse_mount_label(node_get(host, "mountLabel", OPTIONAL), spec);
	parse_intel_rdt(node_get(host, "intelRdt", OPTIONAL), &spec->intel_rdt);
	parse_personality(node_get(host, "personality", OPTIONAL), spec);
}
