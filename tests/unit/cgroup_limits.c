/* What linux.resources comes to in the terms of both versions of control groups. */
#include "lib/cleanup.h"
#include "lib/io.h"
#include "runtime/cgroup_limits.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void drop_spec(struct spec **spec)
{
	spec_free(*spec);
}

#define _cleanup_spec_ _cleanup_(drop_spec)

static struct spec *with_resources(const char *resources)
{
	_cleanup_free_ char *text = NULL;
	struct error e = {0};
	struct spec *spec = NULL;
	cr_assert(asprintf(&text,
			   "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"r\"},"
			   "\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"args\":[\"a\"],\"cwd\":"
			   "\"/\"},\"linux\":{\"resources\":%s}}",
			   resources) > 0);
	cr_assert_eq(spec_parse(text, strlen(text), &spec, &e), 0, "%s", e.message);
	return spec;
}

/* "controller file=value; " for each write of the plan. */
static char *plan_text(const struct cgroup_plan *p)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	cr_assert_not_null(f);
	for (size_t i = 0; i < p->count; i++)
		fprintf(f, "%s %s=%s; ", p->writes[i].controller, p->writes[i].file,
			p->writes[i].value);
	fclose(f);
	return text;
}

static void expect_plan(int version, const char *resources, const char *wanted)
{
	_cleanup_spec_ struct spec *spec = with_resources(resources);
	_cleanup_(cgroup_plan_release) struct cgroup_plan plan = {0};
	struct error e = {0};
	int r = version == 1 ? cgroup_plan_v1(&spec->resources, false, &plan, &e)
			     : cgroup_plan_v2(&spec->resources, 0, &plan, &e);
	cr_assert_eq(r, 0, "%s", e.message);
	_cleanup_free_ char *text = plan_text(&plan);
	cr_expect_str_eq(text, wanted);
}

static void expect_refusal(int version, const char *resources, const char *part)
{
	_cleanup_spec_ struct spec *spec = with_resources(resources);
	_cleanup_(cgroup_plan_release) struct cgroup_plan plan = {0};
	struct error e = {0};
	int r = version == 1 ? cgroup_plan_v1(&spec->resources, true, &plan, &e)
			     : cgroup_plan_v2(&spec->resources, 0, &plan, &e);
	cr_expect_lt(r, 0);
	cr_expect_not_null(strstr(e.message, part), "%s", e.message);
}

Test(cgroup_limits, nothing)
{
	static const char *const empty[] = {
	    "{}", "{\"memory\":{\"limit\":0,\"swap\":0,\"reservation\":0},\"pids\":{\"limit\":0},"
		  "\"cpu\":{\"shares\":0,\"quota\":0,\"period\":0,\"cpus\":\"\",\"mems\":\"\"},"
		  "\"blockIO\":{\"weight\":0}}"};
	for (size_t i = 0; i < ARRAY_SIZE(empty); i++) {
		expect_plan(1, empty[i], "");
		expect_plan(2, empty[i], "");
	}
}

Test(cgroup_limits, memory)
{
	const char *both = "{\"memory\":{\"limit\":1000,\"swap\":1500,\"reservation\":500,"
			   "\"kernel\":7,\"swappiness\":0,\"disableOOMKiller\":true}}";
	expect_plan(1, both,
		    "memory memory.limit_in_bytes=1000; memory memory.memsw.limit_in_bytes=1500; "
		    "memory memory.soft_limit_in_bytes=500; memory memory.oom_control=1; "
		    "memory memory.swappiness=0; ");
	expect_plan(2, both,
		    "memory memory.swap.max=500; memory memory.max=1000; memory memory.low=500; ");
	expect_plan(2, "{\"memory\":{\"limit\":1000,\"swap\":1000}}",
		    "memory memory.swap.max=0; memory memory.max=1000; ");
	expect_plan(2, "{\"memory\":{\"limit\":1000,\"swap\":-1}}",
		    "memory memory.swap.max=max; memory memory.max=1000; ");
	expect_plan(1, "{\"memory\":{\"limit\":-1}}",
		    "memory memory.limit_in_bytes=-1; memory memory.memsw.limit_in_bytes=-1; ");
	expect_plan(2, "{\"memory\":{\"limit\":-1}}",
		    "memory memory.swap.max=max; memory memory.max=max; ");
	expect_refusal(2, "{\"memory\":{\"swap\":1000}}", "memory.swap");
	expect_refusal(2, "{\"memory\":{\"limit\":2000,\"swap\":1000}}", "memory.swap");
}

Test(cgroup_limits, swap_beside_the_limit_in_force)
{
	_cleanup_spec_ struct spec *spec = with_resources("{\"memory\":{\"swap\":1000}}");
	_cleanup_(cgroup_plan_release) struct cgroup_plan plan = {0};
	struct error e;
	cr_assert_eq(cgroup_plan_v2(&spec->resources, 400, &plan, &e), 0);
	cr_assert_eq(plan.count, 1);
	cr_expect_str_eq(plan.writes[0].value, "600");
}

Test(cgroup_limits, cpu)
{
	const char *all = "{\"cpu\":{\"shares\":1024,\"quota\":50000,\"period\":200000,\"burst\":"
			  "1000,\"idle\":0,\"cpus\":\"0-1\",\"mems\":\"0\"}}";
	expect_plan(1, all,
		    "cpu cpu.shares=1024; cpu cpu.cfs_period_us=200000; cpu "
		    "cpu.cfs_quota_us=50000; cpu cpu.cfs_burst_us=1000; cpu cpu.idle=0; cpuset "
		    "cpuset.cpus=0-1; cpuset cpuset.mems=0; ");
	expect_plan(2, all,
		    "cpu cpu.weight=39; cpu cpu.max=50000 200000; cpu cpu.max.burst=1000; cpu "
		    "cpu.idle=0; cpuset cpuset.cpus=0-1; cpuset cpuset.mems=0; ");
	expect_plan(2, "{\"cpu\":{\"quota\":50000}}", "cpu cpu.max=50000 100000; ");
	expect_plan(2, "{\"cpu\":{\"quota\":-1}}", "cpu cpu.max=max 100000; ");
	expect_plan(2, "{\"cpu\":{\"period\":7000}}", "cpu cpu.max=max 7000; ");
	expect_plan(1, "{\"cpu\":{\"realtimeRuntime\":5,\"realtimePeriod\":6}}",
		    "cpu cpu.rt_period_us=6; cpu cpu.rt_runtime_us=5; ");
}

Test(cgroup_limits, weights)
{
	cr_expect_eq(cgroup_weight_of_shares(0), 0);
	cr_expect_eq(cgroup_weight_of_shares(2), 1);
	cr_expect_eq(cgroup_weight_of_shares(1), 1);
	cr_expect_eq(cgroup_weight_of_shares(262144), 10000);
	cr_expect_eq(cgroup_weight_of_shares(UINT64_MAX), 10000);
	cr_expect_eq(cgroup_weight_of_block_weight(0), 0);
	cr_expect_eq(cgroup_weight_of_block_weight(10), 1);
	cr_expect_eq(cgroup_weight_of_block_weight(1000), 10000);
}

Test(cgroup_limits, pids)
{
	expect_plan(1, "{\"pids\":{\"limit\":10}}", "pids pids.max=30; ");
	expect_plan(2, "{\"pids\":{\"limit\":10}}", "pids pids.max=30; ");
	expect_plan(1, "{\"pids\":{\"limit\":-1}}", "pids pids.max=max; ");
	expect_plan(2, "{\"pids\":{\"limit\":-1}}", "pids pids.max=max; ");
	expect_plan(1, "{\"pids\":{\"limit\":9223372036854775807}}",
		    "pids pids.max=9223372036854775807; ");
}

Test(cgroup_limits, block_io)
{
	const char *all =
	    "{\"blockIO\":{\"weight\":500,\"weightDevice\":[{\"major\":8,\"minor\":0,\"weight\":"
	    "10}],\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":1,\"rate\":600}],"
	    "\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":2,\"rate\":7}]}}";
	expect_plan(1, all,
		    "blkio blkio.weight=500; blkio blkio.bfq.weight=500; blkio "
		    "blkio.weight_device=8:0 10; blkio blkio.bfq.weight_device=8:0 10; blkio "
		    "blkio.throttle.read_bps_device=8:1 600; blkio "
		    "blkio.throttle.write_iops_device=8:2 7; ");
	expect_plan(2, all,
		    "io io.bfq.weight=500; io io.weight=4950; io io.bfq.weight=8:0 10; io "
		    "io.weight=8:0 1; io io.max=8:1 rbps=600; io io.max=8:2 wiops=7; ");
}

Test(cgroup_limits, others)
{
	const char *all = "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4096}],\"rdma\":{"
			  "\"mlx\":{\"hcaHandles\":2,\"hcaObjects\":3}}}";
	expect_plan(1, all,
		    "hugetlb hugetlb.2MB.limit_in_bytes=4096; hugetlb "
		    "hugetlb.2MB.rsvd.limit_in_bytes=4096; rdma rdma.max=mlx hca_handle=2 "
		    "hca_object=3; ");
	expect_plan(2, all,
		    "hugetlb hugetlb.2MB.max=4096; hugetlb hugetlb.2MB.rsvd.max=4096; rdma "
		    "rdma.max=mlx hca_handle=2 hca_object=3; ");
	expect_plan(1,
		    "{\"network\":{\"classID\":1048577,\"priorities\":[{\"name\":\"eth0\","
		    "\"priority\":5}]}}",
		    "net_cls net_cls.classid=1048577; net_prio net_prio.ifpriomap=eth0 5; ");
	expect_plan(2, "{\"unified\":{\"memory.high\":\"123\"}}", "unified memory.high=123; ");
	expect_refusal(1, "{\"unified\":{\"memory.high\":\"123\"}}", "unified");
}

Test(cgroup_limits, devices_of_version_1)
{
	_cleanup_spec_ struct spec *spec = with_resources(
	    "{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},{\"allow\":true,"
	    "\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rw\"},{\"allow\":"
	    "true,\"type\":\"a\",\"major\":7,\"access\":\"r\"}]}");
	_cleanup_(cgroup_plan_release) struct cgroup_plan plan = {0};
	struct error e = {0};
	cr_assert_eq(cgroup_plan_v1(&spec->resources, true, &plan, &e), 0, "%s", e.message);
	_cleanup_free_ char *text = plan_text(&plan);
	static const char start[] =
	    "devices devices.deny=a *:* rwm; devices devices.deny=a *:* rwm; "
	    "devices devices.allow=c 10:229 rw; devices devices.allow=c "
	    "7:* r; devices devices.allow=b 7:* r; ";
	cr_expect_eq(strncmp(text, start, strlen(start)), 0, "%s", text);
	cr_expect_not_null(strstr(text, "devices.allow=c 1:3 rwm; "));
	expect_refusal(1,
		       "{\"devices\":[{\"allow\":true,\"type\":\"c\",\"major\":10},{\"allow\":"
		       "false,\"type\":\"c\",\"major\":10,\"minor\":3}]}",
		       "devices[1]");
}

/* --- carrying it out ------------------------------------------------------------------------ */

/* A directory that stands for a unified control group, with these empty files. */
static void make_group(struct cgroup *c, const char *const *files, size_t count)
{
	char name[] = "/tmp/cgroup.XXXXXX";
	cr_assert_not_null(mkdtemp(name));
	c->count = 1;
	c->directories[0].mount = strdup(name);
	c->directories[0].path = strdup("/box");
	_cleanup_close_ int top = open(name, O_RDONLY | O_DIRECTORY);
	cr_assert_eq(mkdirat(top, "box", 0755), 0);
	for (size_t i = 0; i < count; i++) {
		char path[64];
		snprintf(path, sizeof path, "box/%s", files[i]);
		close(openat(top, path, O_WRONLY | O_CREAT, 0600));
	}
}

static void drop_group(struct cgroup *c)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s", c->directories[0].mount);
	cr_expect_eq(system(command), 0);
	cgroup_release(c);
}

static void expect_file(const struct cgroup *c, const char *file, const char *wanted)
{
	_cleanup_close_ int dirfd = cgroup_directory_open(&c->directories[0]);
	char text[128];
	cr_assert_geq(read_file_at(dirfd, file, text, sizeof text), 0, "%s", file);
	cr_expect_str_eq(text, wanted);
}

Test(cgroup_limits, applied_to_a_directory)
{
	static const char *const files[] = {"memory.max", "cpu.weight", "io.weight", "pids.max"};
	_cleanup_(drop_group) struct cgroup c = {0};
	make_group(&c, files, ARRAY_SIZE(files));
	_cleanup_spec_ struct spec *spec =
	    with_resources("{\"memory\":{\"limit\":4096,\"swap\":4096},\"cpu\":{\"shares\":2},"
			   "\"blockIO\":{\"weight\":1000},\"pids\":{\"limit\":-1}}");
	struct error e = {0};
	cr_assert(cgroup_is_unified(&c));
	cr_assert_eq(cgroup_limit(&c, &spec->resources, true, &e), 0, "%s", e.message);
	expect_file(&c, "memory.max", "4096");
	expect_file(&c, "cpu.weight", "1");
	expect_file(&c, "io.weight", "10000");
	expect_file(&c, "pids.max", "max");
}

Test(cgroup_limits, first_of_two_files_wins)
{
	static const char *const files[] = {"io.bfq.weight", "io.weight"};
	_cleanup_(drop_group) struct cgroup c = {0};
	make_group(&c, files, ARRAY_SIZE(files));
	_cleanup_spec_ struct spec *spec = with_resources("{\"blockIO\":{\"weight\":1000}}");
	struct error e = {0};
	cr_assert_eq(cgroup_limit(&c, &spec->resources, true, &e), 0, "%s", e.message);
	expect_file(&c, "io.bfq.weight", "1000");
	expect_file(&c, "io.weight", "");
}

Test(cgroup_limits, what_is_missing_is_named)
{
	_cleanup_(drop_group) struct cgroup c = {0};
	make_group(&c, NULL, 0);
	_cleanup_spec_ struct spec *spec = with_resources("{\"cpu\":{\"shares\":1024}}");
	struct error e = {0};
	cr_expect_lt(cgroup_limit(&c, &spec->resources, true, &e), 0);
	cr_expect_not_null(strstr(e.message, "linux.resources.cpu.shares"), "%s", e.message);
	strcpy(c.directories[0].name, "memory");
	cr_expect_lt(cgroup_limit(&c, &spec->resources, true, &e), 0);
	cr_expect_not_null(strstr(e.message, "linux.resources.cpu.shares: this machine"), "%s",
			   e.message);
}

Test(cgroup_limits, check_before_update)
{
	static const char *const files[] = {"memory.max", "memory.current"};
	_cleanup_(drop_group) struct cgroup c = {0};
	make_group(&c, files, ARRAY_SIZE(files));
	_cleanup_close_ int dirfd = cgroup_directory_open(&c.directories[0]);
	cr_assert_eq(write_file_at(dirfd, "memory.current", "5000\n"), 0);
	_cleanup_spec_ struct spec *spec =
	    with_resources("{\"memory\":{\"limit\":4096,\"checkBeforeUpdate\":true}}");
	struct error e = {0};
	cr_expect_lt(cgroup_limit(&c, &spec->resources, true, &e), 0);
	expect_file(&c, "memory.max", "");
}
