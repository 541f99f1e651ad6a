/*
 * Rules that tie one property of config.json to another: what is the container's own (a host name,
 * id mappings, clock offsets) needs a namespace of the container's own to be in.
 */
#include "runtime/spec_parser.h"

static void need_namespace(const struct node *object, const char *key, bool used,
			   const struct spec *spec, enum spec_namespace_type type)
{
	if (!used || spec->namespaces[type].set)
		return;
	struct node node = node_get(object, key, OPTIONAL);
	node_fail(&node, "needs a namespace of type %s in linux.namespaces",
		  spec_namespace_name(type));
}

/* The option idmap takes the mapping of the mount, or else that of the container's user namespace.
 */
static void check_mount_maps(const struct node *root, const struct spec *spec)
{
	struct node mounts = node_get(root, "mounts", OPTIONAL);
	for (size_t i = 0; i < spec->mount_count; i++) {
		const struct spec_mount *mount = &spec->mounts[i];
		struct node item = node_item(&mounts, i);
		if (mount->extensions & (SPEC_MOUNT_IDMAP | SPEC_MOUNT_RIDMAP) &&
		    !mount->uid_maps.count && !spec->namespaces[SPEC_NS_USER].set)
			node_fail(&item, "the option idmap needs uidMappings and gidMappings, or a "
					 "namespace of type user");
	}
}

void check_spec(const struct node *root, const struct spec *spec)
{
	struct node host = node_get(root, "linux", OPTIONAL);
	bool has_offsets = spec->offset_monotonic.set || spec->offset_boottime.set;
	need_namespace(root, "hostname", spec->hostname && *spec->hostname, spec, SPEC_NS_UTS);
	need_namespace(root, "domainname", spec->domainname && *spec->domainname, spec,
		       SPEC_NS_UTS);
	need_namespace(&host, "uidMappings", spec->uid_maps.count, spec, SPEC_NS_USER);
	need_namespace(&host, "gidMappings", spec->gid_maps.count, spec, SPEC_NS_USER);
	need_namespace(&host, "timeOffsets", has_offsets, spec, SPEC_NS_TIME);
	if (!spec->namespaces[SPEC_NS_USER].path && !spec->uid_maps.count != !spec->gid_maps.count)
		node_fail(&host, "uidMappings and gidMappings must be given together");
	check_mount_maps(root, spec);
}
