/* See cgroup_systemd.h. */
#include "runtime/cgroup_systemd.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/log.h"
#include "runtime/cgroup_limits.h"
#include "runtime/systemd_bus.h"

#define JOB_TIMEOUT_S  30
#define DEFAULT_PERIOD 100000u /* microseconds, the kernel's */
#define SECOND_US      1000000u
#define QUOTA_STEP_US  10000u /* systemd rounds to these */

char *systemd_default_path(const char *id)
{
	char *path;
	return asprintf(&path, "system.slice:capbox:%s", id) < 0 ? NULL : path;
}

/* --- names ---------------------------------------------------------------------------------- */

/* slice:prefix:name to the slice and the scope's name; both malloc. */
static int split_path(const char *path, char **slice, char **unit, struct error *e)
{
	const char *prefix = strchr(path, ':'), *name = prefix ? strchr(prefix + 1, ':') : NULL;
	if (!name)
		return error_set(e, 0, "linux.cgroupsPath: expected slice:prefix:name, found '%s'",
				 path);
	size_t length = strlen(name);
	if (length > 6 && !strcmp(name + length - 6, ".slice"))
		return error_set(e, ENOTSUP, "linux.cgroupsPath %s: a slice of its own", path);
	int prefix_length = (int)(name - prefix - 1);
	*slice = prefix == path ? strdup("system.slice") : strndup(path, (size_t)(prefix - path));
	if (asprintf(unit, "%.*s%s%s.scope", prefix_length, prefix + 1, prefix_length ? "-" : "",
		     name + 1) < 0)
		*unit = NULL;
	return *slice && *unit ? 0 : error_set(e, ENOMEM, "linux.cgroupsPath");
}

/* --- limits in systemd's words --------------------------------------------------------------- */

static int add_number(struct systemd_bus *b, sd_bus_message *m, const char *name, uint64_t value)
{
	return b->sd_bus_message_append(m, "(sv)", name, "t", value);
}

/* 0 asks for nothing, -1 for no limit. */
static int add_limit(struct systemd_bus *b, sd_bus_message *m, const char *name, int64_t value)
{
	if (!value)
		return 0;
	return add_number(b, m, name, value < 0 ? UINT64_MAX : (uint64_t)value);
}

static int add_quota(struct systemd_bus *b, sd_bus_message *m, const struct spec_cpu *cpu)
{
	uint64_t period = cpu->period.value ? cpu->period.value : DEFAULT_PERIOD;
	uint64_t each = UINT64_MAX;
	if (!cpu->quota.value)
		return 0;
	if (cpu->quota.value > 0) {
		each = (uint64_t)cpu->quota.value * SECOND_US / period;
		each = (each + QUOTA_STEP_US - 1) / QUOTA_STEP_US * QUOTA_STEP_US;
	}
	return add_number(b, m, "CPUQuotaPerSecUSec", each);
}

static int add_memory(struct systemd_bus *b, sd_bus_message *m, const struct spec_memory *memory,
		      bool unified)
{
	int64_t limit = memory->limit.value, swap = memory->swap.value;
	int r = add_limit(b, m, unified ? "MemoryMax" : "MemoryLimit", limit);
	if (r >= 0 && unified)
		r = add_limit(b, m, "MemoryLow", memory->reservation.value);
	/* No swap at all is a limit of 0. */
	if (r >= 0 && unified && swap > 0 && limit > 0 && swap >= limit)
		r = add_number(b, m, "MemorySwapMax", (uint64_t)(swap - limit));
	else if (r >= 0 && unified && swap < 0)
		r = add_limit(b, m, "MemorySwapMax", -1);
	return r;
}

static int add_resources(struct systemd_bus *b, sd_bus_message *m, const struct spec_resources *r,
			 bool unified)
{
	int64_t tasks = r->pids_limit.value > 0 ? cgroup_tasks_of_pids(r->pids_limit.value)
						: r->pids_limit.value;
	uint64_t shares = r->cpu.shares.value;
	int error = add_memory(b, m, &r->memory, unified);
	if (error >= 0 && shares)
		error = unified ? add_number(b, m, "CPUWeight", cgroup_weight_of_shares(shares))
				: add_number(b, m, "CPUShares", shares);
	if (error >= 0)
		error = add_quota(b, m, &r->cpu);
	if (error >= 0 && r->block_io.weight.value)
		error = unified
			    ? add_number(b, m, "IOWeight",
					 cgroup_weight_of_block_weight(r->block_io.weight.value))
			    : add_number(b, m, "BlockIOWeight", r->block_io.weight.value);
	return error < 0 ? error : add_limit(b, m, "TasksMax", tasks < 0 ? -1 : tasks);
}

/* --- the scope ------------------------------------------------------------------------------ */

static int add_properties(struct systemd_bus *b, sd_bus_message *m, const char *slice, pid_t pid,
			  const struct spec_resources *r, bool unified)
{
	static const char *const accounting[] = {"MemoryAccounting", "CPUAccounting",
						 "TasksAccounting"};
	int error = b->sd_bus_message_append(
	    m, "(sv)(sv)(sv)(sv)(sv)", "Description", "s", "capbox container", "Slice", "s", slice,
	    "Delegate", "b", 1, "DefaultDependencies", "b", 0, "PIDs", "au", 1, (uint32_t)pid);
	for (size_t i = 0; error >= 0 && i < ARRAY_SIZE(accounting); i++)
		error = b->sd_bus_message_append(m, "(sv)", accounting[i], "b", 1);
	if (error >= 0)
		error = b->sd_bus_message_append(
		    m, "(sv)", unified ? "IOAccounting" : "BlockIOAccounting", "b", 1);
	return error < 0 ? error : add_resources(b, m, r, unified);
}

/* The end of the one job that is waited for. */
struct job {
	struct systemd_bus *bus;
	const char *unit;
	bool done;
	char result[32];
};

static int job_removed(sd_bus_message *m, void *data, sd_bus_error *error)
{
	struct job *job = data;
	const char *path, *unit, *result;
	uint32_t id;
	if (job->bus->sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) >= 0 &&
	    !strcmp(unit, job->unit)) {
		job->done = true;
		snprintf(job->result, sizeof job->result, "%s", result);
	}
	return 0;
}

static time_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static int wait_for_job(struct job *job, struct error *e)
{
	struct systemd_bus *b = job->bus;
	time_t deadline = now() + JOB_TIMEOUT_S;
	while (!job->done) {
		int r = b->sd_bus_process(b->bus, NULL);
		if (r == 0)
			r = b->sd_bus_wait(b->bus, SECOND_US);
		if (r < 0 && r != -EINTR)
			return error_set(e, -r, "systemd: wait for %s", job->unit);
		if (now() > deadline)
			return error_set(e, ETIMEDOUT, "systemd: wait for %s", job->unit);
	}
	if (strcmp(job->result, "done"))
		return error_set(e, 0, "systemd: starting %s: %s", job->unit, job->result);
	return 0;
}

static int start_unit(struct systemd_bus *b, const char *slice, const char *unit, pid_t pid,
		      const struct spec_resources *r, bool unified, struct error *e)
{
	sd_bus_message *m = systemd_bus_message(b, "StartTransientUnit");
	int error = m ? b->sd_bus_message_append(m, "ss", unit, "replace") : -ENOMEM;
	if (error >= 0)
		error = b->sd_bus_message_open_container(m, 'a', "(sv)");
	if (error >= 0)
		error = add_properties(b, m, slice, pid, r, unified);
	if (error >= 0)
		error = b->sd_bus_message_close_container(m);
	if (error >= 0)
		error = b->sd_bus_message_append(m, "a(sa(sv))", 0);
	if (error < 0) {
		b->sd_bus_message_unref(m);
		return error_set(e, -error, "systemd: make a message");
	}
	return systemd_bus_call(b, m, NULL, e);
}

/* A method that takes the unit's name and perhaps more; what it answers is not of interest. */
static int call_with_unit(struct systemd_bus *b, const char *method, const char *unit,
			  const char *mode, struct error *e)
{
	sd_bus_message *m = systemd_bus_message(b, method);
	int r = !m     ? -ENOMEM
		: mode ? b->sd_bus_message_append(m, "ss", unit, mode)
		       : b->sd_bus_message_append(m, "s", unit);
	if (r < 0) {
		b->sd_bus_message_unref(m);
		return error_set(e, -r, "systemd: make a message");
	}
	return systemd_bus_call(b, m, NULL, e);
}

static int start_and_wait(struct systemd_bus *b, const char *slice, const char *unit, pid_t pid,
			  const struct spec_resources *r, bool unified, struct error *e)
{
	struct job job = {.bus = b, .unit = unit};
	struct error ignored;
	int error = b->sd_bus_match_signal(b->bus, NULL, NULL, "/org/freedesktop/systemd1",
					   "org.freedesktop.systemd1.Manager", "JobRemoved",
					   job_removed, &job);
	if (error < 0)
		return error_set(e, -error, "systemd: watch jobs");
	call_with_unit(b, "Subscribe", NULL, NULL, &ignored);
	error = start_unit(b, slice, unit, pid, r, unified, e);
	/* What an earlier scope of the name has left, when it failed. */
	if (error == -EEXIST && call_with_unit(b, "ResetFailedUnit", unit, NULL, &ignored) == 0)
		error = start_unit(b, slice, unit, pid, r, unified, e);
	return error < 0 ? error : wait_for_job(&job, e);
}

static int keeper_start(struct systemd_keeper *keeper, struct error *e)
{
	pid_t parent = getpid();
	keeper->pid = fork();
	if (keeper->pid == 0) {
		prctl(PR_SET_NAME, "capbox-keeper");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close_range(0, ~0u, 0);
		while (getppid() == parent)
			pause();
		_exit(0);
	}
	if (keeper->pid > 0)
		return 0;
	keeper->pid = 0;
	return error_set(e, errno, "fork");
}

void systemd_keeper_release(struct systemd_keeper *keeper)
{
	if (keeper->pid <= 0)
		return;
	kill(keeper->pid, SIGKILL);
	while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
		;
	keeper->pid = 0;
}

int systemd_scope_start(const char *cgroups_path, const struct spec_resources *r, bool unified,
			struct systemd_keeper *keeper, char **unit, struct error *e)
{
	_cleanup_(systemd_bus_close) struct systemd_bus bus = {0};
	_cleanup_free_ char *slice = NULL;
	int error = split_path(cgroups_path, &slice, unit, e);
	if (error == 0)
		error = systemd_bus_open(&bus, e);
	if (error == 0)
		error = keeper_start(keeper, e);
	return error < 0 ? error : start_and_wait(&bus, slice, *unit, keeper->pid, r, unified, e);
}

int systemd_scope_update(const char *unit, const struct spec_resources *r, bool unified,
			 struct error *e)
{
	_cleanup_(systemd_bus_close) struct systemd_bus bus = {0};
	int error = systemd_bus_open(&bus, e);
	if (error < 0)
		return error;
	sd_bus_message *m = systemd_bus_message(&bus, "SetUnitProperties");
	error = m ? bus.sd_bus_message_append(m, "sb", unit, 1) : -ENOMEM;
	if (error >= 0)
		error = bus.sd_bus_message_open_container(m, 'a', "(sv)");
	if (error >= 0)
		error = add_resources(&bus, m, r, unified);
	if (error >= 0)
		error = bus.sd_bus_message_close_container(m);
	if (error < 0) {
		bus.sd_bus_message_unref(m);
		return error_set(e, -error, "systemd: make a message");
	}
	return systemd_bus_call(&bus, m, NULL, e);
}

void systemd_scope_stop(const char *unit)
{
	_cleanup_(systemd_bus_close) struct systemd_bus bus = {0};
	struct error e = {0};
	if (systemd_bus_open(&bus, &e) == 0) {
		call_with_unit(&bus, "StopUnit", unit, "replace", &e);
		call_with_unit(&bus, "ResetFailedUnit", unit, NULL, &e);
	}
	if (e.message[0])
		log_debug("scope %s: %s", unit, e.message);
}
