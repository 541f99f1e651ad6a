/*
 * The words of config.json and what they stand for in the kernel's interfaces. One table for each
 * kind serves both the parser and `capbox features`. A table ends with a NULL name and is in the
 * order in which features lists it.
 */
#ifndef CAPBOX_RUNTIME_SPEC_NAMES_H
#define CAPBOX_RUNTIME_SPEC_NAMES_H

#include <stdbool.h>
#include <stdint.h>

struct name_value {
	const char *name;
	uint64_t value;
};

extern const struct name_value capability_names[];	 /* the capability's number */
extern const struct name_value rlimit_names[];		 /* RLIMIT_* */
extern const struct name_value namespace_names[];	 /* enum spec_namespace_type */
extern const struct name_value hook_names[];		 /* enum spec_hook_kind */
extern const struct name_value scheduler_policy_names[]; /* SCHED_* */
extern const struct name_value scheduler_flag_names[];	 /* SCHED_FLAG_* */
extern const struct name_value io_class_names[];	 /* IOPRIO_CLASS_* */
extern const struct name_value personality_names[];	 /* PER_* */
extern const struct name_value seccomp_action_names[];	 /* SECCOMP_RET_* */
extern const struct name_value seccomp_operator_names[]; /* enum spec_seccomp_operator */
extern const struct name_value seccomp_arch_names[];	 /* AUDIT_ARCH_*, SPEC_ARCH_X32 */
extern const struct name_value seccomp_flag_names[];	 /* SECCOMP_FILTER_FLAG_* */

/* The entry of a name, or NULL. */
const struct name_value *find_name(const struct name_value *table, const char *name);

/* The name of a value, or NULL. */
const char *find_value(const struct name_value *table, uint64_t value);

/* What a mount option asks for. */
enum mount_option_kind {
	MOUNT_OPTION_FLAG,	  /* set MS_* flags */
	MOUNT_OPTION_CLEAR,	  /* clear MS_* flags */
	MOUNT_OPTION_PROPAGATION, /* MS_SHARED and its like, with MS_REC */
	MOUNT_OPTION_RECURSIVE,	  /* set MOUNT_ATTR_* on the whole tree */
	MOUNT_OPTION_RECURSIVE_CLEAR,
	MOUNT_OPTION_EXTENSION /* enum spec_mount_extension */
};

struct mount_option {
	const char *name;
	enum mount_option_kind kind;
	uint64_t value;
};

/* Every option that does not belong to a filesystem; ends with a NULL name. */
extern const struct mount_option mount_options[];

const struct mount_option *find_mount_option(const char *name);

/*
 * Whether a filesystem type has the option ("size=64k": the part before '=' counts). Only the
 * filesystems that containers always have are known; every other type is taken to know what it is
 * given.
 */
bool filesystem_has_option(const char *type, const char *option);

#endif
