/*
 * The mount options of config.json: those of mount(8) that any filesystem has, the recursive forms
 * that mount_setattr(2) implements, the extensions of container runtimes, and the names of the
 * options of the filesystems that every container mounts, by which a misspelled option is told from
 * one that the filesystem should see.
 */
#include "runtime/spec_names.h"
#include "runtime/spec.h"
#include "lib/cleanup.h"

#include <string.h>
#include <sys/mount.h>

/* Kernel flags that glibc's header leaves out. */
#define FLAG_NOSYMFOLLOW 256u

#define FLAG(name, value)                                                                          \
	{                                                                                          \
		name, MOUNT_OPTION_FLAG, value                                                     \
	}
#define CLEAR(name, value)                                                                         \
	{                                                                                          \
		name, MOUNT_OPTION_CLEAR, value                                                    \
	}
#define PROPAGATION(name, value)                                                                   \
	{                                                                                          \
		name, MOUNT_OPTION_PROPAGATION, value                                              \
	}
#define RECURSIVE(name, value)                                                                     \
	{                                                                                          \
		name, MOUNT_OPTION_RECURSIVE, value                                                \
	}
#define RECURSIVE_CLEAR(name, value)                                                               \
	{                                                                                          \
		name, MOUNT_OPTION_RECURSIVE_CLEAR, value                                          \
	}
#define EXTENSION(name, value)                                                                     \
	{                                                                                          \
		name, MOUNT_OPTION_EXTENSION, value                                                \
	}

const struct mount_option mount_options[] = {
    FLAG("acl", MS_POSIXACL),
    CLEAR("async", MS_SYNCHRONOUS),
    CLEAR("atime", MS_NOATIME),
    FLAG("bind", MS_BIND),
    FLAG("defaults", 0),
    CLEAR("dev", MS_NODEV),
    CLEAR("diratime", MS_NODIRATIME),
    FLAG("dirsync", MS_DIRSYNC),
    CLEAR("exec", MS_NOEXEC),
    EXTENSION("idmap", SPEC_MOUNT_IDMAP),
    FLAG("iversion", MS_I_VERSION),
    FLAG("lazytime", MS_LAZYTIME),
    CLEAR("loud", MS_SILENT),
    FLAG("mand", MS_MANDLOCK),
    CLEAR("noacl", MS_POSIXACL),
    FLAG("noatime", MS_NOATIME),
    FLAG("nodev", MS_NODEV),
    FLAG("nodiratime", MS_NODIRATIME),
    FLAG("noexec", MS_NOEXEC),
    CLEAR("noiversion", MS_I_VERSION),
    CLEAR("nolazytime", MS_LAZYTIME),
    CLEAR("nomand", MS_MANDLOCK),
    CLEAR("norelatime", MS_RELATIME),
    CLEAR("nostrictatime", MS_STRICTATIME),
    FLAG("nosuid", MS_NOSUID),
    FLAG("nosymfollow", FLAG_NOSYMFOLLOW),
    PROPAGATION("private", MS_PRIVATE),
    RECURSIVE_CLEAR("ratime", MOUNT_ATTR_NOATIME),
    FLAG("rbind", MS_BIND | MS_REC),
    RECURSIVE_CLEAR("rdev", MOUNT_ATTR_NODEV),
    RECURSIVE_CLEAR("rdiratime", MOUNT_ATTR_NODIRATIME),
    FLAG("relatime", MS_RELATIME),
    RECURSIVE_CLEAR("rexec", MOUNT_ATTR_NOEXEC),
    EXTENSION("ridmap", SPEC_MOUNT_RIDMAP),
    RECURSIVE("rnoatime", MOUNT_ATTR_NOATIME),
    RECURSIVE("rnodev", MOUNT_ATTR_NODEV),
    RECURSIVE("rnodiratime", MOUNT_ATTR_NODIRATIME),
    RECURSIVE("rnoexec", MOUNT_ATTR_NOEXEC),
    RECURSIVE_CLEAR("rnorelatime", MOUNT_ATTR_RELATIME),
    RECURSIVE_CLEAR("rnostrictatime", MOUNT_ATTR_STRICTATIME),
    RECURSIVE("rnosuid", MOUNT_ATTR_NOSUID),
    RECURSIVE("rnosymfollow", MOUNT_ATTR_NOSYMFOLLOW),
    FLAG("ro", MS_RDONLY),
    PROPAGATION("rprivate", MS_PRIVATE | MS_REC),
    RECURSIVE("rrelatime", MOUNT_ATTR_RELATIME),
    RECURSIVE("rro", MOUNT_ATTR_RDONLY),
    RECURSIVE_CLEAR("rrw", MOUNT_ATTR_RDONLY),
    PROPAGATION("rshared", MS_SHARED | MS_REC),
    PROPAGATION("rslave", MS_SLAVE | MS_REC),
    RECURSIVE("rstrictatime", MOUNT_ATTR_STRICTATIME),
    RECURSIVE_CLEAR("rsuid", MOUNT_ATTR_NOSUID),
    RECURSIVE_CLEAR("rsymfollow", MOUNT_ATTR_NOSYMFOLLOW),
    PROPAGATION("runbindable", MS_UNBINDABLE | MS_REC),
    CLEAR("rw", MS_RDONLY),
    PROPAGATION("shared", MS_SHARED),
    FLAG("silent", MS_SILENT),
    PROPAGATION("slave", MS_SLAVE),
    FLAG("strictatime", MS_STRICTATIME),
    CLEAR("suid", MS_NOSUID),
    CLEAR("symfollow", FLAG_NOSYMFOLLOW),
    FLAG("sync", MS_SYNCHRONOUS),
    EXTENSION("tmpcopyup", SPEC_MOUNT_TMPCOPYUP),
    PROPAGATION("unbindable", MS_UNBINDABLE),
    {NULL, MOUNT_OPTION_FLAG, 0},
};

const struct mount_option *find_mount_option(const char *name)
{
	for (const struct mount_option *o = mount_options; o->name; o++) {
		if (strcmp(o->name, name) == 0)
			return o;
	}
	return NULL;
}

/* Options that a security module takes off the data of any filesystem. */
static const char *const security_options[] = {"context",     "fscontext", "defcontext",
					       "rootcontext", "seclabel",  NULL};

static const struct {
	const char *type;
	const char *options[12];
} filesystems[] = {
    {"tmpfs",
     {"size", "nr_blocks", "nr_inodes", "mode", "uid", "gid", "huge", "mpol", "inode32", "inode64",
      "noswap"}},
    {"devpts", {"newinstance", "ptmxmode", "mode", "uid", "gid", "max"}},
    {"proc", {"hidepid", "gid", "subset"}},
    {"mqueue", {NULL}},
    {"sysfs", {NULL}},
    {"cgroup", {NULL}},
    {"cgroup2",
     {"nsdelegate", "favordynmods", "memory_localevents", "memory_recursiveprot",
      "memory_hugetlb_accounting", "pids_localevents"}},
    {"bind", {NULL}},
};

static bool in_list(const char *const *list, const char *option)
{
	size_t length = strcspn(option, "=");
	for (; *list; list++) {
		if (strlen(*list) == length && strncmp(*list, option, length) == 0)
			return true;
	}
	return false;
}

bool filesystem_has_option(const char *type, const char *option)
{
	for (size_t i = 0; i < ARRAY_SIZE(filesystems); i++) {
		if (strcmp(filesystems[i].type, type) == 0)
			return in_list(filesystems[i].options, option) ||
			       in_list(security_options, option);
	}
	return true;
}
