/*
 * `capbox features`: what this runtime implements, in the form of the runtime specification's
 * "features structure". It tells of the program, not of the machine it runs on. The lists of names
 * are the parser's own tables, so what is listed is what is understood.
 */
#include "runtime/spec.h"
#include "runtime/spec_names.h"
#include "lib/cleanup.h"

#include <jansson.h>

/* What is done with a property, beyond understanding it. To be kept true as the runtime grows. */
static const struct {
	bool cgroup_v1, cgroup_v2, cgroup_systemd, cgroup_systemd_user, cgroup_rdma;
	bool seccomp, apparmor, selinux, intel_rdt, idmap;
} implemented = {
    .cgroup_v1 = true,
    .cgroup_v2 = true,
    .cgroup_rdma = true,
    .cgroup_systemd = true,
    .seccomp = true,
    .apparmor = true,
    .selinux = true,
    .idmap = true,
};

static json_t *names(const struct name_value *table)
{
	json_t *list = json_array();
	for (; table->name; table++)
		json_array_append_new(list, json_string(table->name));
	return list;
}

/* An option that is understood only to be refused is no feature. */
static bool is_refused(const struct mount_option *option)
{
	return option->kind == MOUNT_OPTION_EXTENSION && !implemented.idmap &&
	       option->value & (SPEC_MOUNT_IDMAP | SPEC_MOUNT_RIDMAP);
}

static json_t *option_names(void)
{
	json_t *list = json_array();
	for (const struct mount_option *o = mount_options; o->name; o++) {
		if (!is_refused(o))
			json_array_append_new(list, json_string(o->name));
	}
	return list;
}

static json_t *enabled(bool is)
{
	return json_pack("{s:b}", "enabled", is);
}

static json_t *cgroup(void)
{
	return json_pack("{s:b, s:b, s:b, s:b, s:b}", "v1", implemented.cgroup_v1, "v2",
			 implemented.cgroup_v2, "systemd", implemented.cgroup_systemd,
			 "systemdUser", implemented.cgroup_systemd_user, "rdma",
			 implemented.cgroup_rdma);
}

static json_t *seccomp(void)
{
	return json_pack("{s:b, s:o, s:o, s:o, s:o}", "enabled", implemented.seccomp, "actions",
			 names(seccomp_action_names), "operators", names(seccomp_operator_names),
			 "archs", names(seccomp_arch_names), "knownFlags",
			 names(seccomp_flag_names));
}

static json_t *linux_features(void)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:o}}", "namespaces",
			 names(namespace_names), "capabilities", names(capability_names), "cgroup",
			 cgroup(), "seccomp", seccomp(), "apparmor", enabled(implemented.apparmor),
			 "selinux", enabled(implemented.selinux), "intelRdt",
			 enabled(implemented.intel_rdt), "mountExtensions", "idmap",
			 enabled(implemented.idmap));
}

static void drop_json(json_t **value)
{
	json_decref(*value);
}

char *features_json(void)
{
	_cleanup_(drop_json) json_t *features =
	    json_pack("{s:s, s:s, s:o, s:o, s:o, s:{s:s}}", "ociVersionMin", SPEC_VERSION_MIN,
		      "ociVersionMax", SPEC_VERSION_MAX, "hooks", names(hook_names), "mountOptions",
		      option_names(), "linux", linux_features(), "annotations",
		      "org.capbox.version", CAPBOX_VERSION);
	return features ? json_dumps(features, JSON_INDENT(4)) : NULL;
}
