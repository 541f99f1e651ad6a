/*
 * Limits of a container (linux.resources). What is asked for becomes a plan first, a list of texts
 * to write to files of control groups, in the terms of the version at hand; then the plan is
 * carried out. Plans are made without looking at the machine, but for what their makers are told.
 *
 * As with runc, a number that is 0 asks for nothing, where 0 would make no limit.
 */
#ifndef CAPBOX_RUNTIME_CGROUP_LIMITS_H
#define CAPBOX_RUNTIME_CGROUP_LIMITS_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "runtime/cgroup.h"
#include "runtime/spec.h"

/*
 * The sentry's own threads are in the container's group too; a limit of processes leaves room for
 * them: 9 at rest when much has gone on before, twice as many while programs are started by the
 * dozen on a busy machine (18 seen), and its nursery.
 */
#define CGROUP_SENTRY_TASKS 20

enum {
	/* The kernel may find it wrong before the others of the controller are written. */
	CGROUP_WRITE_AGAIN = 1 << 0,
	/* Nothing is lost where the file does not exist. */
	CGROUP_WRITE_OPTIONAL = 1 << 1,
	/* Where the file does not exist, the next write is done instead; otherwise it is not. */
	CGROUP_WRITE_OR_NEXT = 1 << 2,
};

struct cgroup_write {
	const char *controller; /* "memory"; version 1: names the directory */
	const char *property;	/* below linux.resources, for errors */
	char file[96];
	char *value; /* owned */
	unsigned flags;
};

struct cgroup_plan {
	size_t count;
	struct cgroup_write *writes;
	int error; /* the first failure to add to it */
};

/* Adds a write; the value is formatted. */
void cgroup_plan_add(struct cgroup_plan *p, unsigned flags, const char *controller,
		     const char *property, const char *file, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
void cgroup_plan_release(struct cgroup_plan *p);

/* cgroup_v1.c; with `devices` the rules of access too. */
int cgroup_plan_v1(const struct spec_resources *r, bool devices, struct cgroup_plan *p,
		   struct error *e);

/* cgroup_v2.c; memory_limit is the one in force, 0 when there is none or r sets it anyway. */
int cgroup_plan_v2(const struct spec_resources *r, int64_t memory_limit, struct cgroup_plan *p,
		   struct error *e);

/* The conversions of version 1's terms to version 2's; 0 stays 0. */
uint64_t cgroup_weight_of_shares(uint64_t shares);
uint64_t cgroup_weight_of_block_weight(uint64_t weight);

/* The limit of tasks that a limit of processes comes to, with the sentry's threads. */
static inline int64_t cgroup_tasks_of_pids(int64_t limit)
{
	return limit > INT64_MAX - CGROUP_SENTRY_TASKS ? limit : limit + CGROUP_SENTRY_TASKS;
}

/* The same in both versions. */
void cgroup_plan_rdma(const struct spec_resources *r, struct cgroup_plan *p);

/* Carries it out in the container's directories. */
int cgroup_plan_apply(const struct cgroup_plan *p, const struct cgroup *c, struct error *e);

/*
 * Limits the container's groups as r says. A new container's (`update` false) get rules for devices
 * too, which none that is running can be given.
 */
int cgroup_limit(const struct cgroup *c, const struct spec_resources *r, bool update,
		 struct error *e);

/* The directory of a controller, or NULL: in version 2 the only one, whatever the controller. */
const struct cgroup_directory *cgroup_directory(const struct cgroup *c, const char *controller);

/* Whether the container is in the unified hierarchy. */
bool cgroup_is_unified(const struct cgroup *c);

/* Opens a directory (O_RDONLY); -errno. */
int cgroup_directory_open(const struct cgroup_directory *d);

/* --- cgroup_devices.c: which devices may be used --------------------------------------------- */

/* The configured rules and then those that every container has; the caller frees *out. */
int cgroup_device_rules(const struct spec_resources *r, struct spec_device_rule **out,
			size_t *count);

/*
 * Adds the rules to a plan for version 1, which has no way to say "all of these but one": then
 * -EINVAL.
 */
int cgroup_plan_devices(struct cgroup_plan *p, const struct spec_device_rule *rules, size_t count,
			struct error *e);

/* The same as a program for BPF_CGROUP_DEVICE; the caller frees *out. -ENOMEM. */
int cgroup_device_program(const struct spec_device_rule *rules, size_t count, struct bpf_insn **out,
			  size_t *length);

/* Loads the program and binds it to a directory of version 2. */
int cgroup_device_attach(int dirfd, const struct bpf_insn *program, size_t length, struct error *e);

#endif
