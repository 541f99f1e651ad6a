/*
 * The OCI runtime specification's config.json (versions 1.0 to 1.2) as plain structs.
 *
 * Everything in a struct spec is checked when it is parsed: types, ranges, required properties,
 * names (capabilities, rlimits, namespaces, mount options, seccomp actions) and the few rules that
 * tie properties together. What is left to the user of a struct is whether the host can do it.
 *
 * Memory: everything that hangs from a struct spec belongs to it and lives until spec_free().
 * Strings hold no NUL but their end. An absent string is NULL, an absent list has count 0, an
 * absent number has .set false. Lists of strings are also ended by NULL, as execve wants them.
 *
 * Errors: one line that names the property by its JSON path, such as
 *     config.json: process.args[0]: expected string, found integer
 */
#ifndef CAPBOX_RUNTIME_SPEC_H
#define CAPBOX_RUNTIME_SPEC_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

/* A config.json or process file beyond this many bytes is refused. */
#define SPEC_SIZE_MAX (16u << 20)

/* The versions of the specification that are understood; any patch level of the last minor one is.
 */
#define SPEC_VERSION_MIN "1.0.0"
#define SPEC_VERSION_MAX "1.2.1"

struct spec_i64 {
	bool set;
	int64_t value;
};

struct spec_u64 {
	bool set;
	uint64_t value;
};

struct spec_u32 {
	bool set;
	uint32_t value;
};

struct spec_bool {
	bool set;
	bool value;
};

/* strings[count] is NULL; strings itself is never NULL, so an empty list can be handed to execve.
 */
struct spec_strings {
	size_t count;
	const char **strings;
};

struct spec_pair {
	const char *key, *value;
};

struct spec_pairs {
	size_t count;
	struct spec_pair *pairs;
};

struct spec_id_map {
	uint32_t container_id, host_id, size;
};

struct spec_id_maps {
	size_t count;
	struct spec_id_map *maps;
};

/* --- root and mounts ---------------------------------------------------------------------------
 */

struct spec_root {
	const char *path; /* spec_load: absolute, an existing directory; spec_parse: as written */
	bool readonly;
};

/* Options that are neither flags nor data of a filesystem. */
enum spec_mount_extension {
	SPEC_MOUNT_IDMAP = 1 << 0,    /* idmap: mount with the mapping below */
	SPEC_MOUNT_RIDMAP = 1 << 1,   /* ridmap: the same on the mounts below it too */
	SPEC_MOUNT_TMPCOPYUP = 1 << 2 /* tmpcopyup: a tmpfs starts with what it hides */
};

/* At most this many propagation options in one mount. */
#define SPEC_PROPAGATION_MAX 8

struct spec_mount {
	const char *destination; /* absolute */
	const char *type;	 /* "bind" for every bind mount, never NULL */
	const char *source;	 /* spec_load: absolute for a bind mount; may be NULL for others */
	struct spec_strings options; /* as written */

	/* The options decoded, the last one of a kind winning. */
	unsigned long flags;	     /* MS_* of mount(2) to set, MS_BIND and MS_REC included */
	unsigned long flags_cleared; /* MS_* that an option such as "dev" or "rw" asks to be off */
	/* MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE, with MS_REC: one mount(2) each, in
	 * order. */
	size_t propagation_count;
	unsigned long propagation[SPEC_PROPAGATION_MAX];
	/* "rro" and its like: MOUNT_ATTR_* for mount_setattr(2) with AT_RECURSIVE. */
	uint64_t recursive_set, recursive_clear;
	unsigned extensions; /* enum spec_mount_extension */
	const char *data;    /* the filesystem's own options, comma-separated; NULL when none */
	const char *label;   /* linux.mountLabel, where it is for this mount; else NULL */
	struct spec_id_maps uid_maps,
	    gid_maps; /* of this mount; empty: those of the user namespace */
};

/* --- process -----------------------------------------------------------------------------------
 */

struct spec_capabilities {
	bool set; /* false: the process gets none, as the runtime specification leaves it */
	uint64_t bounding, effective, permitted, inheritable, ambient; /* bit N is capability N */
};

struct spec_rlimit {
	int resource; /* RLIMIT_* */
	uint64_t soft, hard;
};

struct spec_user {
	uint32_t uid, gid;
	struct spec_u32 umask;
	size_t group_count;
	gid_t *groups; /* additionalGids */
};

/* process.scheduler, in the terms of sched_setattr(2). */
struct spec_scheduler {
	bool set;
	uint32_t policy; /* SCHED_* */
	int32_t nice;
	uint32_t priority;
	uint64_t flags; /* SCHED_FLAG_* */
	uint64_t runtime, deadline, period;
};

/* process.ioPriority, in the terms of ioprio_set(2). */
struct spec_io_priority {
	bool set;
	int ioclass;  /* IOPRIO_CLASS_RT (1), _BE (2) or _IDLE (3) */
	int priority; /* 0 to 7 */
};

struct spec_process {
	bool terminal;
	unsigned short console_height, console_width; /* 0: not given */
	struct spec_user user;
	struct spec_strings args; /* at least one */
	struct spec_strings env;  /* each "name=value" */
	const char *cwd;	  /* absolute */
	struct spec_capabilities capabilities;
	size_t rlimit_count;
	struct spec_rlimit *rlimits; /* no resource twice */
	bool no_new_privileges;
	struct spec_i64 oom_score_adj; /* -1000 to 1000 */
	const char *apparmor_profile;
	const char *selinux_label;
	struct spec_scheduler scheduler;
	struct spec_io_priority io_priority;
	const cpu_set_t *affinity_initial, *affinity_final; /* execCPUAffinity; NULL: not given */
};

/* --- hooks -------------------------------------------------------------------------------------
 */

enum spec_hook_kind {
	SPEC_HOOK_PRESTART,
	SPEC_HOOK_CREATE_RUNTIME,
	SPEC_HOOK_CREATE_CONTAINER,
	SPEC_HOOK_START_CONTAINER,
	SPEC_HOOK_POSTSTART,
	SPEC_HOOK_POSTSTOP,
	SPEC_HOOK_KINDS
};

struct spec_hook {
	const char *path;	  /* absolute */
	struct spec_strings args; /* argv whole, argv[0] too; empty: argv is just path */
	struct spec_strings env;
	unsigned timeout; /* seconds; 0: none */
};

struct spec_hooks {
	size_t count;
	struct spec_hook *hooks;
};

/* --- linux -------------------------------------------------------------------------------------
 */

enum spec_namespace_type {
	SPEC_NS_PID,
	SPEC_NS_NETWORK,
	SPEC_NS_MOUNT,
	SPEC_NS_IPC,
	SPEC_NS_UTS,
	SPEC_NS_USER,
	SPEC_NS_CGROUP,
	SPEC_NS_TIME,
	SPEC_NS_TYPES
};

struct spec_namespace {
	bool set;	  /* listed in linux.namespaces: not the runtime's own */
	const char *path; /* absolute: join this one; NULL: a new one */
};

struct spec_time_offset {
	bool set;
	int64_t seconds;
	uint32_t nanoseconds;
};

struct spec_device {
	char type;	  /* 'c', 'b' or 'p' ('u' is given as 'c') */
	const char *path; /* absolute */
	uint32_t major, minor;
	struct spec_u32 mode; /* permission bits */
	struct spec_u32 uid, gid;
};

struct spec_device_rule {
	bool allow;
	char type;		      /* 'a', 'c' or 'b' */
	struct spec_i64 major, minor; /* not set: any */
	bool read, write, make;	      /* access "r", "w", "m"; all of them when it is not given */
};

/* Memory limits in bytes; -1 is "no limit". */
struct spec_memory {
	struct spec_i64 limit, reservation, swap, kernel, kernel_tcp;
	struct spec_u64 swappiness; /* 0 to 100 */
	bool disable_oom_killer, use_hierarchy, check_before_update;
};

struct spec_cpu {
	struct spec_u64 shares;
	struct spec_i64 quota; /* microseconds per period; -1 is "no limit" */
	struct spec_u64 burst;
	struct spec_u64 period; /* microseconds */
	struct spec_i64 realtime_runtime;
	struct spec_u64 realtime_period;
	const char *cpus, *mems; /* lists such as 0-3,8; checked by the kernel */
	struct spec_i64 idle;
};

struct spec_block_weight {
	int64_t major, minor;
	struct spec_u32 weight, leaf_weight;
};

struct spec_block_throttle {
	int64_t major, minor;
	uint64_t rate;
};

enum spec_throttle_kind {
	SPEC_THROTTLE_READ_BPS,
	SPEC_THROTTLE_WRITE_BPS,
	SPEC_THROTTLE_READ_IOPS,
	SPEC_THROTTLE_WRITE_IOPS,
	SPEC_THROTTLE_KINDS
};

struct spec_block_io {
	struct spec_u32 weight, leaf_weight; /* 10 to 1000, or 0 */
	size_t weight_device_count;
	struct spec_block_weight *weight_devices;
	struct {
		size_t count;
		struct spec_block_throttle *devices;
	} throttle[SPEC_THROTTLE_KINDS];
};

struct spec_hugepage_limit {
	const char *page_size; /* as the kernel names it: 2MB, 64KB, 1GB */
	uint64_t limit;	       /* bytes */
};

struct spec_interface_priority {
	const char *name;
	uint32_t priority;
};

struct spec_rdma_limit {
	const char *device;
	struct spec_u32 handles, objects;
};

struct spec_resources {
	bool set; /* linux.resources is there */
	size_t device_rule_count;
	struct spec_device_rule *device_rules;
	struct spec_memory memory;
	struct spec_cpu cpu;
	struct spec_i64 pids_limit; /* 0 and below: no limit */
	struct spec_block_io block_io;
	size_t hugepage_count;
	struct spec_hugepage_limit *hugepages;
	struct spec_u32 network_class_id;
	size_t network_priority_count;
	struct spec_interface_priority *network_priorities;
	size_t rdma_count;
	struct spec_rdma_limit *rdma;
	struct spec_pairs unified; /* file of cgroup v2 (no '/'), content */
};

enum spec_seccomp_operator {
	SPEC_SECCOMP_NE,
	SPEC_SECCOMP_LT,
	SPEC_SECCOMP_LE,
	SPEC_SECCOMP_EQ,
	SPEC_SECCOMP_GE,
	SPEC_SECCOMP_GT,
	SPEC_SECCOMP_MASKED_EQ /* (argument & value) == value_two */
};

struct spec_seccomp_argument {
	unsigned index; /* 0 to 5 */
	uint64_t value, value_two;
	enum spec_seccomp_operator op;
};

struct spec_seccomp_rule {
	struct spec_strings names; /* at least one; may name calls that this machine has not */
	uint32_t action;	   /* SECCOMP_RET_* with its data (errno or trace number) */
	size_t argument_count;
	struct spec_seccomp_argument *arguments; /* all must hold */
};

/* Actions, architectures and flags are the numbers that libseccomp has for them too. */
struct spec_seccomp {
	bool set;
	uint32_t default_action; /* SECCOMP_RET_* with its data */
	size_t architecture_count;
	const uint32_t *architectures; /* AUDIT_ARCH_* with x32 as SPEC_ARCH_X32 */
	uint32_t flags;		       /* SECCOMP_FILTER_FLAG_* */
	const char *listener_path, *listener_metadata;
	size_t rule_count;
	struct spec_seccomp_rule *rules;
};

/* x32 has no AUDIT_ARCH of its own: libseccomp's token for it. */
#define SPEC_ARCH_X32 0x4000003eu

struct spec_intel_rdt {
	bool set;
	const char *clos_id, *l3_cache_schema, *mem_bw_schema;
	struct spec_strings schemata;
	bool enable_cmt, enable_mbm;
};

struct spec_arena;

struct spec {
	const char *version; /* ociVersion */
	struct spec_root root;
	const char *hostname, *domainname;
	size_t mount_count;
	struct spec_mount *mounts;
	struct spec_process process;
	struct spec_hooks hooks[SPEC_HOOK_KINDS];
	struct spec_pairs annotations;

	/* The members of config.json's "linux" object. */
	struct spec_namespace namespaces[SPEC_NS_TYPES];
	struct spec_id_maps uid_maps, gid_maps;
	struct spec_time_offset offset_monotonic, offset_boottime;
	size_t device_count;
	struct spec_device *devices;
	/* A path, or slice:prefix:name for the systemd driver; NULL: the runtime's choice. */
	const char *cgroups_path;
	struct spec_resources resources;
	unsigned long rootfs_propagation; /* MS_SHARED, ... with MS_REC; 0: not given */
	struct spec_seccomp seccomp;
	struct spec_pairs sysctl; /* path below /proc/sys, text; each of a namespace of its own */
	struct spec_strings masked_paths, readonly_paths; /* absolute */
	const char *mount_label;
	struct spec_intel_rdt intel_rdt;
	struct spec_u32 personality; /* PER_* of personality(2) */

	const char *text; /* what all of this was parsed from */
	size_t text_size;

	struct spec_arena *arena; /* what spec_free releases */
};

/*
 * Reads <bundle>/config.json, makes root.path and the sources of bind mounts absolute, and checks
 * that root.path is a directory. Returns 0 and a spec for spec_free(), or a negative errno.
 */
int spec_load(const char *bundle, struct spec **out, struct error *e);

/* The same from `size` bytes of text, with paths left as written; nothing outside text is looked
 * at. */
int spec_parse(const char *text, size_t size, struct spec **out, struct error *e);

/*
 * A process object alone, as `exec --process FILE` takes it: only out->process is filled. `name` is
 * the file's, for errors.
 */
int spec_process_parse(const char *name, const char *text, size_t size, struct spec **out,
		       struct error *e);

/* The same for a resources object, as `update --resources FILE` takes it: fills out->resources. */
int spec_resources_parse(const char *name, const char *text, size_t size, struct spec **out,
			 struct error *e);

/* NULL is fine. */
void spec_free(struct spec *spec);

/* The value of an annotation, or NULL. */
const char *spec_annotation(const struct spec *spec, const char *key);

/* The name that config.json has for it: "prestart", "network". */
const char *spec_hook_name(enum spec_hook_kind kind);
const char *spec_namespace_name(enum spec_namespace_type type);

/* The CLONE_NEW* flag of a namespace. */
int spec_namespace_flag(enum spec_namespace_type type);

/*
 * Writes config.json, the text that `capbox spec` gives, into the directory; `rootless` is the form
 * for an unprivileged user, whose ids (uid, gid) become the container's root. -EEXIST when there is
 * one.
 */
int spec_write_template(int dirfd, bool rootless, struct error *e);

/* The OCI features document (`capbox features`) as text for the caller to free; NULL without
 * memory. */
char *features_json(void);

#endif
