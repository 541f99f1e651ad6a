/*
 * Limits in the terms of control groups version 1: the runtime specification's own.
 */
#include "runtime/cgroup_limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/cleanup.h"

/* Memory cannot be more than memory and swap together, so the order depends on what there is. */
static void plan_memory(const struct spec_memory *m, struct cgroup_plan *p)
{
	int64_t limit = m->limit.value, swap = m->swap.value;
	if (limit)
		cgroup_plan_add(p, CGROUP_WRITE_AGAIN, "memory", "memory.limit",
				"memory.limit_in_bytes", "%" PRId64, limit);
	/* No limit on memory alone means none on swap either. */
	if (swap)
		cgroup_plan_add(p, 0, "memory", "memory.swap", "memory.memsw.limit_in_bytes",
				"%" PRId64, swap);
	else if (limit < 0)
		cgroup_plan_add(p, CGROUP_WRITE_OPTIONAL, "memory", "memory.limit",
				"memory.memsw.limit_in_bytes", "-1");
	if (m->reservation.value)
		cgroup_plan_add(p, 0, "memory", "memory.reservation", "memory.soft_limit_in_bytes",
				"%" PRId64, m->reservation.value);
	if (m->kernel_tcp.value)
		cgroup_plan_add(p, 0, "memory", "memory.kernelTCP",
				"memory.kmem.tcp.limit_in_bytes", "%" PRId64, m->kernel_tcp.value);
	if (m->disable_oom_killer)
		cgroup_plan_add(p, 0, "memory", "memory.disableOOMKiller", "memory.oom_control",
				"1");
	if (m->swappiness.set)
		cgroup_plan_add(p, 0, "memory", "memory.swappiness", "memory.swappiness",
				"%" PRIu64, m->swappiness.value);
}

/* Each of these is checked against the others that are in force. */
static void plan_cpu(const struct spec_cpu *cpu, struct cgroup_plan *p)
{
	if (cpu->shares.value)
		cgroup_plan_add(p, CGROUP_WRITE_AGAIN, "cpu", "cpu.shares", "cpu.shares",
				"%" PRIu64, cpu->shares.value);
	if (cpu->period.value)
		cgroup_plan_add(p, CGROUP_WRITE_AGAIN, "cpu", "cpu.period", "cpu.cfs_period_us",
				"%" PRIu64, cpu->period.value);
	if (cpu->quota.value)
		cgroup_plan_add(p, CGROUP_WRITE_AGAIN, "cpu", "cpu.quota", "cpu.cfs_quota_us",
				"%" PRId64, cpu->quota.value);
	if (cpu->burst.set)
		cgroup_plan_add(p, CGROUP_WRITE_AGAIN, "cpu", "cpu.burst", "cpu.cfs_burst_us",
				"%" PRIu64, cpu->burst.value);
	if (cpu->idle.set)
		cgroup_plan_add(p, 0, "cpu", "cpu.idle", "cpu.idle", "%" PRId64, cpu->idle.value);
	if (cpu->realtime_period.value)
		cgroup_plan_add(p, CGROUP_WRITE_AGAIN, "cpu", "cpu.realtimePeriod",
				"cpu.rt_period_us", "%" PRIu64, cpu->realtime_period.value);
	if (cpu->realtime_runtime.value)
		cgroup_plan_add(p, CGROUP_WRITE_AGAIN, "cpu", "cpu.realtimeRuntime",
				"cpu.rt_runtime_us", "%" PRId64, cpu->realtime_runtime.value);
	if (cpu->cpus && cpu->cpus[0])
		cgroup_plan_add(p, 0, "cpuset", "cpu.cpus", "cpuset.cpus", "%s", cpu->cpus);
	if (cpu->mems && cpu->mems[0])
		cgroup_plan_add(p, 0, "cpuset", "cpu.mems", "cpuset.mems", "%s", cpu->mems);
}

/* Weights are of the CFQ scheduler, or of its successor BFQ. */
static void plan_weight(uint32_t weight, struct cgroup_plan *p)
{
	cgroup_plan_add(p, CGROUP_WRITE_OR_NEXT, "blkio", "blockIO.weight", "blkio.weight",
			"%" PRIu32, weight);
	cgroup_plan_add(p, 0, "blkio", "blockIO.weight", "blkio.bfq.weight", "%" PRIu32, weight);
}

static void plan_device_weight(const struct spec_block_weight *d, struct cgroup_plan *p)
{
	char text[64];
	snprintf(text, sizeof text, "%" PRId64 ":%" PRId64 " %" PRIu32, d->major, d->minor,
		 d->weight.value);
	cgroup_plan_add(p, CGROUP_WRITE_OR_NEXT, "blkio", "blockIO.weightDevice",
			"blkio.weight_device", "%s", text);
	cgroup_plan_add(p, 0, "blkio", "blockIO.weightDevice", "blkio.bfq.weight_device", "%s",
			text);
}

static void plan_block_io(const struct spec_block_io *io, struct cgroup_plan *p)
{
	static const char *const throttles[SPEC_THROTTLE_KINDS][2] = {
	    {"blockIO.throttleReadBpsDevice", "blkio.throttle.read_bps_device"},
	    {"blockIO.throttleWriteBpsDevice", "blkio.throttle.write_bps_device"},
	    {"blockIO.throttleReadIOPSDevice", "blkio.throttle.read_iops_device"},
	    {"blockIO.throttleWriteIOPSDevice", "blkio.throttle.write_iops_device"},
	};
	if (io->weight.value)
		plan_weight(io->weight.value, p);
	if (io->leaf_weight.value)
		cgroup_plan_add(p, 0, "blkio", "blockIO.leafWeight", "blkio.leaf_weight",
				"%" PRIu32, io->leaf_weight.value);
	for (size_t i = 0; i < io->weight_device_count; i++) {
		const struct spec_block_weight *d = &io->weight_devices[i];
		if (d->weight.value)
			plan_device_weight(d, p);
		if (d->leaf_weight.value)
			cgroup_plan_add(p, 0, "blkio", "blockIO.weightDevice",
					"blkio.leaf_weight_device",
					"%" PRId64 ":%" PRId64 " %" PRIu32, d->major, d->minor,
					d->leaf_weight.value);
	}
	for (size_t kind = 0; kind < SPEC_THROTTLE_KINDS; kind++)
		for (size_t i = 0; i < io->throttle[kind].count; i++) {
			const struct spec_block_throttle *d = &io->throttle[kind].devices[i];
			cgroup_plan_add(p, 0, "blkio", throttles[kind][0], throttles[kind][1],
					"%" PRId64 ":%" PRId64 " %" PRIu64, d->major, d->minor,
					d->rate);
		}
}

static void plan_hugepages(const struct spec_resources *r, struct cgroup_plan *p)
{
	char file[96];
	for (size_t i = 0; i < r->hugepage_count; i++) {
		const struct spec_hugepage_limit *h = &r->hugepages[i];
		snprintf(file, sizeof file, "hugetlb.%.32s.limit_in_bytes", h->page_size);
		cgroup_plan_add(p, 0, "hugetlb", "hugepageLimits", file, "%" PRIu64, h->limit);
		/* What is reserved counts too, where the kernel knows the difference. */
		snprintf(file, sizeof file, "hugetlb.%.32s.rsvd.limit_in_bytes", h->page_size);
		cgroup_plan_add(p, CGROUP_WRITE_OPTIONAL, "hugetlb", "hugepageLimits", file,
				"%" PRIu64, h->limit);
	}
}

static void plan_network(const struct spec_resources *r, struct cgroup_plan *p)
{
	if (r->network_class_id.value)
		cgroup_plan_add(p, 0, "net_cls", "network.classID", "net_cls.classid", "%" PRIu32,
				r->network_class_id.value);
	for (size_t i = 0; i < r->network_priority_count; i++)
		cgroup_plan_add(p, 0, "net_prio", "network.priorities", "net_prio.ifpriomap",
				"%s %" PRIu32, r->network_priorities[i].name,
				r->network_priorities[i].priority);
}

static int plan_device_rules(const struct spec_resources *r, struct cgroup_plan *p, struct error *e)
{
	_cleanup_free_ struct spec_device_rule *rules = NULL;
	size_t count;
	int error = cgroup_device_rules(r, &rules, &count);
	if (error < 0)
		return error_set(e, -error, "linux.resources.devices");
	return cgroup_plan_devices(p, rules, count, e);
}

int cgroup_plan_v1(const struct spec_resources *r, bool devices, struct cgroup_plan *p,
		   struct error *e)
{
	if (r->unified.count)
		return error_set(e, 0,
				 "linux.resources.unified: this machine has version 1 control "
				 "groups, which have no such files");
	plan_memory(&r->memory, p);
	plan_cpu(&r->cpu, p);
	if (r->pids_limit.value > 0)
		cgroup_plan_add(p, 0, "pids", "pids.limit", "pids.max", "%" PRId64,
				cgroup_tasks_of_pids(r->pids_limit.value));
	else if (r->pids_limit.value < 0)
		cgroup_plan_add(p, 0, "pids", "pids.limit", "pids.max", "max");
	plan_block_io(&r->block_io, p);
	plan_hugepages(r, p);
	plan_network(r, p);
	cgroup_plan_rdma(r, p);
	int error = devices ? plan_device_rules(r, p, e) : 0;
	if (error < 0)
		return error;
	return p->error < 0 ? error_set(e, -p->error, "linux.resources") : 0;
}
