/* capbox update: changes the limits of a container that runs. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/cgroup_limits.h"
#include "runtime/cgroup_systemd.h"
#include "runtime/command.h"
#include "runtime/network.h"
#include "runtime/state.h"

enum {
	OPTION_BLKIO = 256,
	OPTION_PERIOD,
	OPTION_QUOTA,
	OPTION_SHARE,
	OPTION_RT_PERIOD,
	OPTION_RT_RUNTIME,
	OPTION_CPUS,
	OPTION_MEMS,
	OPTION_MEMORY,
	OPTION_RESERVATION,
	OPTION_SWAP,
	OPTION_PIDS,
	OPTION_L3,
	OPTION_BANDWIDTH,
	OPTION_KERNEL,
	OPTION_KERNEL_TCP,
	OPTION_BURST,
	OPTION_IDLE,
	OPTION_EGRESS
};

static const struct argp_option options[] = {
    {"resources", 'r', "FILE", 0, "take all limits from a JSON file; - is standard input", 0},
    {"egress", OPTION_EGRESS, "FILE", 0,
     "another egress policy, for a container that has one; - is standard input", 0},
    {"blkio-weight", OPTION_BLKIO, "N", 0, "weight, 10 to 1000", 0},
    {"cpu-period", OPTION_PERIOD, "US", 0, "period of the CPU quota", 0},
    {"cpu-quota", OPTION_QUOTA, "US", 0, "CPU time in each period", 0},
    {"cpu-burst", OPTION_BURST, "US", 0, "CPU time that may be saved up", 0},
    {"cpu-share", OPTION_SHARE, "N", 0, "relative weight", 0},
    {"cpu-rt-period", OPTION_RT_PERIOD, "US", 0, "period of the real-time quota", 0},
    {"cpu-rt-runtime", OPTION_RT_RUNTIME, "US", 0, "real-time CPU time in each period", 0},
    {"cpu-idle", OPTION_IDLE, "0|1", 0, "run only when nothing else does", 0},
    {"cpuset-cpus", OPTION_CPUS, "LIST", 0, "CPUs to use", 0},
    {"cpuset-mems", OPTION_MEMS, "LIST", 0, "memory nodes to use", 0},
    {"memory", OPTION_MEMORY, "BYTES", 0, "limit of memory", 0},
    {"memory-reservation", OPTION_RESERVATION, "BYTES", 0, "soft limit of memory", 0},
    {"memory-swap", OPTION_SWAP, "BYTES", 0, "limit of memory and swap; -1: none", 0},
    {"kernel-memory", OPTION_KERNEL, "BYTES", OPTION_HIDDEN, NULL, 0},
    {"kernel-memory-tcp", OPTION_KERNEL_TCP, "BYTES", OPTION_HIDDEN, NULL, 0},
    {"pids-limit", OPTION_PIDS, "N", 0, "number of processes", 0},
    {"l3-cache-schema", OPTION_L3, "SCHEMA", 0, "not supported", 0},
    {"mem-bw-schema", OPTION_BANDWIDTH, "SCHEMA", 0, "not supported", 0},
    {0},
};

struct input {
	const char *id, *file, *egress;
	struct spec_resources resources;
	struct error *e;
};

/* --- single values -------------------------------------------------------------------------- */

/* A number, with K, M, G or T (and then B or iB) for bytes. */
static bool parse_number(const char *text, bool bytes, int64_t *value)
{
	static const char units[] = "kmgt";
	char *end;
	errno = 0;
	long long n = strtoll(text, &end, 10);
	if (errno || end == text)
		return false;
	const char *unit = *end ? strchr(units, tolower((unsigned char)*end)) : NULL;
	if (bytes && unit) {
		int shift = 10 * (int)(unit - units + 1);
		if (n > INT64_MAX >> shift || n < 0)
			return false;
		n <<= shift;
		end++;
		end += *end == 'i';
	}
	if (bytes && (*end == 'b' || *end == 'B'))
		end++;
	*value = n;
	return !*end;
}

/* Where an option's number goes, and what it may be. */
static struct spec_i64 *number_target(struct spec_resources *r, int key, bool *bytes)
{
	*bytes = true;
	switch (key) {
	case OPTION_MEMORY:
		return &r->memory.limit;
	case OPTION_RESERVATION:
		return &r->memory.reservation;
	case OPTION_SWAP:
		return &r->memory.swap;
	case OPTION_KERNEL:
		return &r->memory.kernel;
	case OPTION_KERNEL_TCP:
		return &r->memory.kernel_tcp;
	}
	*bytes = false;
	switch (key) {
	case OPTION_QUOTA:
		return &r->cpu.quota;
	case OPTION_RT_RUNTIME:
		return &r->cpu.realtime_runtime;
	case OPTION_IDLE:
		return &r->cpu.idle;
	case OPTION_PIDS:
		return &r->pids_limit;
	default:
		return NULL;
	}
}

static struct spec_u64 *unsigned_target(struct spec_resources *r, int key)
{
	switch (key) {
	case OPTION_PERIOD:
		return &r->cpu.period;
	case OPTION_BURST:
		return &r->cpu.burst;
	case OPTION_SHARE:
		return &r->cpu.shares;
	case OPTION_RT_PERIOD:
		return &r->cpu.realtime_period;
	default:
		return NULL;
	}
}

static error_t bad_value(struct input *in, const char *arg)
{
	error_set(in->e, 0, "update: '%s' is not a value for this option", arg);
	return EINVAL;
}

static error_t parse_value(struct input *in, int key, const char *arg)
{
	bool bytes;
	int64_t value;
	struct spec_i64 *number = number_target(&in->resources, key, &bytes);
	struct spec_u64 *positive = unsigned_target(&in->resources, key);
	if (!number && !positive && key != OPTION_BLKIO)
		return ARGP_ERR_UNKNOWN;
	if (!parse_number(arg, bytes, &value) || value < (number ? -1 : 0))
		return bad_value(in, arg);
	if (number)
		*number = (struct spec_i64){true, value};
	else if (positive)
		*positive = (struct spec_u64){true, (uint64_t)value};
	else if (value && (value < 10 || value > 1000))
		return bad_value(in, arg);
	else
		in->resources.block_io.weight = (struct spec_u32){value != 0, (uint32_t)value};
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct input *in = state->input;
	switch (key) {
	case 'r':
		in->file = arg;
		return 0;
	case OPTION_EGRESS:
		in->egress = arg;
		return 0;
	case OPTION_CPUS:
		in->resources.cpu.cpus = arg;
		return 0;
	case OPTION_MEMS:
		in->resources.cpu.mems = arg;
		return 0;
	case OPTION_L3:
	case OPTION_BANDWIDTH:
		error_set(in->e, ENOTSUP, "Intel RDT");
		return EINVAL;
	case ARGP_KEY_ARG:
		return command_take_id(&in->id, arg);
	default:
		return parse_value(in, key, arg);
	}
}

/* --- the command ---------------------------------------------------------------------------- */

static void free_spec(struct spec **spec)
{
	spec_free(*spec);
}

/* From a file; everything else that was given is then ignored. */
static int load(const char *file, struct spec **spec, struct error *e)
{
	_cleanup_free_ char *text = NULL;
	bool standard = !strcmp(file, "-");
	ssize_t n = read_file_alloc(AT_FDCWD, standard ? "/dev/stdin" : file, SPEC_SIZE_MAX, &text);
	if (n < 0)
		return error_set(e, (int)-n, "--resources %s", file);
	return spec_resources_parse(standard ? "standard input" : file, text, (size_t)n, spec, e);
}

int command_update(const struct globals *g, int argc, char **argv, struct error *e)
{
	static const struct argp argp = {options, parse, "ID", "Changes the limits of a container.",
					 NULL,	  NULL,	 NULL};
	struct input in = {.e = e};
	_cleanup_(state_release) struct state s = STATE_EMPTY;
	_cleanup_(free_spec) struct spec *spec = NULL;
	int r = command_parse(&argp, argc, argv, &in, e);
	if (r == 0 && !in.id)
		r = error_set(e, 0, "update: which container? (see capbox update --help)");
	if (r == 0)
		r = state_open(g->root, in.id, &s, e);
	if (r == 0 && in.file)
		r = load(in.file, &spec, e);
	if (r < 0)
		return r;
	if (state_status(&s) == STATUS_STOPPED)
		return error_set(e, 0, "container not running");
	if (in.egress)
		r = network_send_policy(s.dirfd, in.egress, e);
	if (r < 0)
		return r;
	const struct spec_resources *resources = spec ? &spec->resources : &in.resources;
	if (s.unit)
		r = systemd_scope_update(s.unit, resources, cgroup_is_unified(&s.cgroup), e);
	return r < 0 ? r : cgroup_limit(&s.cgroup, resources, true, e);
}
