/* linux.resources: what the container's cgroup is to be limited to. */
#include "runtime/spec_parser.h"
#include "lib/cleanup.h"

#include <string.h>

/* The range of cgroup v1's blkio.weight, in which the specification gives it; 0 is "not given". */
#define WEIGHT_MIN 10
#define WEIGHT_MAX 1000

static struct spec_i64 limit(const struct node *object, const char *key)
{
	return node_i64(node_get(object, key, OPTIONAL), -1, INT64_MAX);
}

static void parse_memory(struct node node, struct spec_memory *out)
{
	struct node memory = node_object(node);
	out->limit = limit(&memory, "limit");
	out->reservation = limit(&memory, "reservation");
	out->swap = limit(&memory, "swap");
	out->kernel = limit(&memory, "kernel");
	out->kernel_tcp = limit(&memory, "kernelTCP");
	out->swappiness = node_u64(node_get(&memory, "swappiness", OPTIONAL), 100);
	out->disable_oom_killer = node_bool(node_get(&memory, "disableOOMKiller", OPTIONAL));
	out->use_hierarchy = node_bool(node_get(&memory, "useHierarchy", OPTIONAL));
	out->check_before_update = node_bool(node_get(&memory, "checkBeforeUpdate", OPTIONAL));
}

static void parse_cpu(struct node node, struct spec_cpu *out)
{
	struct node cpu = node_object(node);
	out->shares = node_u64(node_get(&cpu, "shares", OPTIONAL), UINT64_MAX);
	out->quota = node_i64(node_get(&cpu, "quota", OPTIONAL), INT64_MIN, INT64_MAX);
	out->burst = node_u64(node_get(&cpu, "burst", OPTIONAL), UINT64_MAX);
	out->period = node_u64(node_get(&cpu, "period", OPTIONAL), UINT64_MAX);
	out->realtime_runtime =
	    node_i64(node_get(&cpu, "realtimeRuntime", OPTIONAL), INT64_MIN, INT64_MAX);
	out->realtime_period = node_u64(node_get(&cpu, "realtimePeriod", OPTIONAL), UINT64_MAX);
	out->cpus = node_string(node_get(&cpu, "cpus", OPTIONAL));
	out->mems = node_string(node_get(&cpu, "mems", OPTIONAL));
	out->idle = node_i64(node_get(&cpu, "idle", OPTIONAL), 0, 1);
}

static struct spec_u32 parse_weight(struct node node)
{
	struct spec_u32 weight = node_u32(node, WEIGHT_MAX);
	if (weight.set && weight.value && weight.value < WEIGHT_MIN)
		node_fail(&node, "%u is out of range (%d to %d)", weight.value, WEIGHT_MIN,
			  WEIGHT_MAX);
	return weight.value ? weight : (struct spec_u32){0};
}

static int64_t parse_device_number(const struct node *object, const char *key)
{
	return node_signed(node_get(object, key, REQUIRED), 0, UINT32_MAX);
}

static void parse_weight_devices(struct node node, struct spec_block_io *out)
{
	struct node array = node_array(node);
	size_t count = node_count(&array);
	out->weight_devices = reader_alloc(node.reader, count, sizeof *out->weight_devices);
	if (!out->weight_devices)
		return;
	for (; out->weight_device_count < count; out->weight_device_count++) {
		struct node item = node_object(node_item(&array, out->weight_device_count));
		struct spec_block_weight *device = &out->weight_devices[out->weight_device_count];
		device->major = parse_device_number(&item, "major");
		device->minor = parse_device_number(&item, "minor");
		device->weight = parse_weight(node_get(&item, "weight", OPTIONAL));
		device->leaf_weight = parse_weight(node_get(&item, "leafWeight", OPTIONAL));
		if (!device->weight.set && !device->leaf_weight.set)
			node_fail(&item, "one of weight and leafWeight is required");
	}
}

static void parse_throttle(struct node node, struct spec_block_io *out,
			   enum spec_throttle_kind kind)
{
	struct node array = node_array(node);
	size_t count = node_count(&array);
	struct spec_block_throttle *devices = reader_alloc(node.reader, count, sizeof *devices);
	if (!devices)
		return;
	for (size_t i = 0; i < count; i++) {
		struct node item = node_object(node_item(&array, i));
		devices[i].major = parse_device_number(&item, "major");
		devices[i].minor = parse_device_number(&item, "minor");
		devices[i].rate = node_unsigned(node_get(&item, "rate", REQUIRED), UINT64_MAX);
	}
	out->throttle[kind].devices = devices;
	out->throttle[kind].count = count;
}

static void parse_block_io(struct node node, struct spec_block_io *out)
{
	static const char *const throttles[SPEC_THROTTLE_KINDS] = {
	    [SPEC_THROTTLE_READ_BPS] = "throttleReadBpsDevice",
	    [SPEC_THROTTLE_WRITE_BPS] = "throttleWriteBpsDevice",
	    [SPEC_THROTTLE_READ_IOPS] = "throttleReadIOPSDevice",
	    [SPEC_THROTTLE_WRITE_IOPS] = "throttleWriteIOPSDevice",
	};
	struct node io = node_object(node);
	out->weight = parse_weight(node_get(&io, "weight", OPTIONAL));
	out->leaf_weight = parse_weight(node_get(&io, "leafWeight", OPTIONAL));
	parse_weight_devices(node_get(&io, "weightDevice", OPTIONAL), out);
	for (int kind = 0; kind < SPEC_THROTTLE_KINDS; kind++)
		parse_throttle(node_get(&io, throttles[kind], OPTIONAL), out,
			       (enum spec_throttle_kind)kind);
}

/* "2MB": a number without leading zero, K, M or G, and B. */
static bool is_page_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");
	const char *unit = s + digits;
	return digits && *s != '0' && *unit && strchr("KMG", *unit) && strcmp(unit + 1, "B") == 0;
}

static void parse_hugepages(struct node node, struct spec_resources *out)
{
	struct node array = node_array(node);
	size_t count = node_count(&array);
	out->hugepages = reader_alloc(node.reader, count, sizeof *out->hugepages);
	if (!out->hugepages)
		return;
	for (; out->hugepage_count < count; out->hugepage_count++) {
		struct node item = node_object(node_item(&array, out->hugepage_count));
		struct spec_hugepage_limit *pages = &out->hugepages[out->hugepage_count];
		struct node size = node_get(&item, "pageSize", REQUIRED);
		char text[80];
		pages->page_size = node_string(size);
		if (pages->page_size && !is_page_size(pages->page_size))
			node_fail(&size, "'%s' is not a page size such as 2MB",
				  printable(pages->page_size, text, sizeof text));
		pages->limit = node_unsigned(node_get(&item, "limit", REQUIRED), UINT64_MAX);
	}
}

static void parse_network(struct node node, struct spec_resources *out)
{
	struct node network = node_object(node);
	out->network_class_id = node_u32(node_get(&network, "classID", OPTIONAL), UINT32_MAX);
	struct node list = node_get(&network, "priorities", OPTIONAL);
	struct node array = node_array(list);
	size_t count = node_count(&array);
	out->network_priorities = reader_alloc(node.reader, count, sizeof *out->network_priorities);
	if (!out->network_priorities)
		return;
	for (; out->network_priority_count < count; out->network_priority_count++) {
		struct node item = node_object(node_item(&array, out->network_priority_count));
		struct spec_interface_priority *p =
		    &out->network_priorities[out->network_priority_count];
		p->name = node_string(node_get(&item, "name", REQUIRED));
		p->priority =
		    (uint32_t)node_unsigned(node_get(&item, "priority", REQUIRED), UINT32_MAX);
	}
}

static void parse_rdma(struct node node, struct spec_resources *out)
{
	struct node devices = node_object(node);
	out->rdma = reader_alloc(node.reader, node_count(&devices), sizeof *out->rdma);
	if (!out->rdma || !devices.value)
		return;
	for (void *i = json_object_iter(devices.value); i;
	     i = json_object_iter_next(devices.value, i)) {
		struct node member = node_object(node_at(&devices, i));
		struct spec_rdma_limit *rdma = &out->rdma[out->rdma_count++];
		rdma->device = reader_strdup(node.reader, json_object_iter_key(i));
		rdma->handles = node_u32(node_get(&member, "hcaHandles", OPTIONAL), UINT32_MAX);
		rdma->objects = node_u32(node_get(&member, "hcaObjects", OPTIONAL), UINT32_MAX);
		if (!rdma->handles.set && !rdma->objects.set)
			node_fail(&member, "one of hcaHandles and hcaObjects is required");
	}
}

static void parse_unified(struct node node, struct spec_resources *out)
{
	out->unified = node_pairs(node);
	for (size_t i = 0; i < out->unified.count; i++) {
		char text[80];
		const char *file = out->unified.pairs[i].key;
		if (strchr(file, '/'))
			node_fail(&node, "'%s' is not the name of a file of a cgroup",
				  printable(file, text, sizeof text));
	}
}

void parse_resources(struct node node, struct spec_resources *out)
{
	struct node resources = node_object(node);
	out->set = node_present(resources);
	if (!out->set)
		return;
	parse_device_rules(node_get(&resources, "devices", OPTIONAL), out);
	parse_memory(node_get(&resources, "memory", OPTIONAL), &out->memory);
	parse_cpu(node_get(&resources, "cpu", OPTIONAL), &out->cpu);
	struct node pids = node_object(node_get(&resources, "pids", OPTIONAL));
	out->pids_limit = node_i64(node_get(&pids, "limit", OPTIONAL), INT64_MIN, INT64_MAX);
	parse_block_io(node_get(&resources, "blockIO", OPTIONAL), &out->block_io);
	parse_hugepages(node_get(&resources, "hugepageLimits", OPTIONAL), out);
	parse_network(node_get(&resources, "network", OPTIONAL), out);
	parse_rdma(node_get(&resources, "rdma", OPTIONAL), out);
	parse_unified(node_get(&resources, "unified", OPTIONAL), out);
}
