/*
 * Limits in the terms of control groups version 2. The runtime specification speaks version 1's
 * language; the translations are those that runc has made the standard.
 */
#include "runtime/cgroup_limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/cleanup.h"

#define DEFAULT_PERIOD 100000u /* microseconds, the kernel's */

/* [2, 262144] to [1, 10000] */
uint64_t cgroup_weight_of_shares(uint64_t shares)
{
	if (!shares)
		return 0;
	shares = MAX(MIN(shares, 262144), 2);
	return 1 + (shares - 2) * 9999 / 262142;
}

/* [10, 1000] to [1, 10000] */
uint64_t cgroup_weight_of_block_weight(uint64_t weight)
{
	return weight ? 1 + (weight - 10) * 9999 / 990 : 0;
}

static void plan_number(struct cgroup_plan *p, const char *controller, const char *property,
			const char *file, int64_t value)
{
	if (value > 0)
		cgroup_plan_add(p, 0, controller, property, file, "%" PRId64, value);
	else if (value < 0)
		cgroup_plan_add(p, 0, controller, property, file, "max");
}

/* Version 1 limits memory and swap together, version 2 swap alone. */
static int plan_swap(int64_t limit, int64_t swap, struct cgroup_plan *p, struct error *e)
{
	static const char *const file = "memory.swap.max", *const property = "memory.swap";
	if (swap > 0 && limit <= 0)
		return error_set(e, 0,
				 "linux.resources.memory.swap: %" PRId64
				 " includes memory, which has no limit",
				 swap);
	if (swap > 0 && swap < limit)
		return error_set(e, 0,
				 "linux.resources.memory.swap: %" PRId64
				 " includes memory, whose limit is %" PRId64,
				 swap, limit);
	/* Without swap on the machine there is nothing to limit or to forbid. */
	if (swap > 0)
		cgroup_plan_add(p, swap == limit ? CGROUP_WRITE_OPTIONAL : 0, "memory", property,
				file, "%" PRId64, swap - limit);
	else if (swap < 0 || limit < 0)
		cgroup_plan_add(p, CGROUP_WRITE_OPTIONAL, "memory", property, file, "max");
	return 0;
}

static int plan_memory(const struct spec_memory *m, int64_t in_force, struct cgroup_plan *p,
		       struct error *e)
{
	int64_t limit = m->limit.value ? m->limit.value : in_force;
	/* "No limit" that is in force says nothing about swap. */
	int r = m->swap.value || m->limit.value ? plan_swap(limit, m->swap.value, p, e) : 0;
	plan_number(p, "memory", "memory.limit", "memory.max", m->limit.value);
	plan_number(p, "memory", "memory.reservation", "memory.low", m->reservation.value);
	return r;
}

static void plan_cpu(const struct spec_cpu *cpu, struct cgroup_plan *p)
{
	if (cpu->shares.value)
		cgroup_plan_add(p, CGROUP_WRITE_AGAIN, "cpu", "cpu.shares", "cpu.weight",
				"%" PRIu64, cgroup_weight_of_shares(cpu->shares.value));
	if (cpu->quota.value || cpu->period.value) {
		uint64_t period = cpu->period.value ? cpu->period.value : DEFAULT_PERIOD;
		if (cpu->quota.value > 0)
			cgroup_plan_add(p, CGROUP_WRITE_AGAIN, "cpu", "cpu.quota", "cpu.max",
					"%" PRId64 " %" PRIu64, cpu->quota.value, period);
		else
			cgroup_plan_add(p, CGROUP_WRITE_AGAIN, "cpu", "cpu.quota", "cpu.max",
					"max %" PRIu64, period);
	}
	if (cpu->burst.set)
		cgroup_plan_add(p, CGROUP_WRITE_AGAIN, "cpu", "cpu.burst", "cpu.max.burst",
				"%" PRIu64, cpu->burst.value);
	if (cpu->idle.set)
		cgroup_plan_add(p, 0, "cpu", "cpu.idle", "cpu.idle", "%" PRId64, cpu->idle.value);
	if (cpu->cpus && cpu->cpus[0])
		cgroup_plan_add(p, 0, "cpuset", "cpu.cpus", "cpuset.cpus", "%s", cpu->cpus);
	if (cpu->mems && cpu->mems[0])
		cgroup_plan_add(p, 0, "cpuset", "cpu.mems", "cpuset.mems", "%s", cpu->mems);
}

/* BFQ has weights as version 1 has them; other schedulers have io.weight. */
static void plan_weights(const struct spec_block_io *io, struct cgroup_plan *p)
{
	if (io->weight.value) {
		cgroup_plan_add(p, CGROUP_WRITE_OR_NEXT, "io", "blockIO.weight", "io.bfq.weight",
				"%" PRIu32, io->weight.value);
		cgroup_plan_add(p, 0, "io", "blockIO.weight", "io.weight", "%" PRIu64,
				cgroup_weight_of_block_weight(io->weight.value));
	}
	for (size_t i = 0; i < io->weight_device_count; i++) {
		const struct spec_block_weight *d = &io->weight_devices[i];
		if (!d->weight.value)
			continue;
		cgroup_plan_add(p, CGROUP_WRITE_OR_NEXT, "io", "blockIO.weightDevice",
				"io.bfq.weight", "%" PRId64 ":%" PRId64 " %" PRIu32, d->major,
				d->minor, d->weight.value);
		cgroup_plan_add(p, 0, "io", "blockIO.weightDevice", "io.weight",
				"%" PRId64 ":%" PRId64 " %" PRIu64, d->major, d->minor,
				cgroup_weight_of_block_weight(d->weight.value));
	}
}

static void plan_throttles(const struct spec_block_io *io, struct cgroup_plan *p)
{
	static const char *const names[SPEC_THROTTLE_KINDS][2] = {
	    {"blockIO.throttleReadBpsDevice", "rbps"},
	    {"blockIO.throttleWriteBpsDevice", "wbps"},
	    {"blockIO.throttleReadIOPSDevice", "riops"},
	    {"blockIO.throttleWriteIOPSDevice", "wiops"},
	};
	for (size_t kind = 0; kind < SPEC_THROTTLE_KINDS; kind++)
		for (size_t i = 0; i < io->throttle[kind].count; i++) {
			const struct spec_block_throttle *d = &io->throttle[kind].devices[i];
			cgroup_plan_add(p, 0, "io", names[kind][0], "io.max",
					"%" PRId64 ":%" PRId64 " %s=%" PRIu64, d->major, d->minor,
					names[kind][1], d->rate);
		}
}

static void plan_hugepages(const struct spec_resources *r, struct cgroup_plan *p)
{
	char file[96];
	for (size_t i = 0; i < r->hugepage_count; i++) {
		const struct spec_hugepage_limit *h = &r->hugepages[i];
		snprintf(file, sizeof file, "hugetlb.%.32s.max", h->page_size);
		cgroup_plan_add(p, 0, "hugetlb", "hugepageLimits", file, "%" PRIu64, h->limit);
		snprintf(file, sizeof file, "hugetlb.%.32s.rsvd.max", h->page_size);
		cgroup_plan_add(p, CGROUP_WRITE_OPTIONAL, "hugetlb", "hugepageLimits", file,
				"%" PRIu64, h->limit);
	}
}

int cgroup_plan_v2(const struct spec_resources *r, int64_t memory_limit, struct cgroup_plan *p,
		   struct error *e)
{
	int error = plan_memory(&r->memory, memory_limit, p, e);
	if (error < 0)
		return error;
	plan_cpu(&r->cpu, p);
	plan_number(p, "pids", "pids.limit", "pids.max",
		    r->pids_limit.value > 0 ? cgroup_tasks_of_pids(r->pids_limit.value)
					    : r->pids_limit.value);
	plan_weights(&r->block_io, p);
	plan_throttles(&r->block_io, p);
	plan_hugepages(r, p);
	cgroup_plan_rdma(r, p);
	for (size_t i = 0; i < r->unified.count; i++)
		cgroup_plan_add(p, 0, "unified", "unified", r->unified.pairs[i].key, "%s",
				r->unified.pairs[i].value);
	return p->error < 0 ? error_set(e, -p->error, "linux.resources") : 0;
}
