/* config.json's that are right: every property arrives where it belongs. */
#include "lib/cleanup.h"
#include "lib/error.h"
#include "runtime/spec.h"
#include "tests/unit/spec_config.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void drop_spec(struct spec **spec)
{
	spec_free(*spec);
}

#define _cleanup_spec_ _cleanup_(drop_spec)

static struct spec *parsed(const char *text)
{
	struct error e = {0};
	struct spec *spec = NULL;
	cr_assert_eq(spec_parse(text, strlen(text), &spec, &e), 0, "%s", e.message);
	return spec;
}

static void expect_strings(struct spec_strings list, const char *const *wanted)
{
	size_t i = 0;
	for (; wanted[i]; i++) {
		cr_assert_lt(i, list.count);
		cr_expect_str_eq(list.strings[i], wanted[i]);
	}
	cr_expect_eq(list.count, i);
	cr_expect_null(list.strings[i]);
}

#define EXPECT_STRINGS(list, ...) expect_strings(list, (const char *const[]){__VA_ARGS__, NULL})

Test(spec, small)
{
	_cleanup_spec_ struct spec *spec = parsed(small_config);
	cr_expect_str_eq(spec->version, "1.0.2");
	cr_expect_str_eq(spec->root.path, "rootfs");
	cr_expect_not(spec->root.readonly);
	cr_expect_null(spec->hostname);
	cr_expect_eq(spec->mount_count, 0);
	EXPECT_STRINGS(spec->process.args, "true");
	cr_expect_eq(spec->process.env.count, 0);
	cr_assert_not_null(spec->process.env.strings);
	cr_expect_null(spec->process.env.strings[0]);
	cr_expect_not(spec->process.user.umask.set);
	cr_expect_not(spec->process.capabilities.set);
	cr_expect_not(spec->process.oom_score_adj.set);
	cr_expect_not(spec->resources.set);
	cr_expect_not(spec->seccomp.set);
	cr_expect_null(spec->cgroups_path);
	cr_expect_null(spec_annotation(spec, "any"));
	for (int i = 0; i < SPEC_NS_TYPES; i++)
		cr_expect_not(spec->namespaces[i].set);
}

Test(spec, root_and_names)
{
	_cleanup_spec_ struct spec *spec = parsed(full_config);
	cr_expect(spec->root.readonly);
	cr_expect_str_eq(spec->hostname, "box");
	cr_expect_str_eq(spec->domainname, "example.org");
	cr_expect_str_eq(spec_annotation(spec, "org.capbox.policy"), "strict");
	cr_expect_str_eq(spec_annotation(spec, "empty"), "");
	cr_expect_null(spec_annotation(spec, "other"));
}

Test(spec, mounts)
{
	_cleanup_spec_ struct spec *spec = parsed(full_config);
	cr_assert_eq(spec->mount_count, 4);
	const struct spec_mount *m = spec->mounts;
	cr_expect_str_eq(m[0].type, "proc");
	cr_expect_null(m[0].data);
	cr_expect_str_eq(m[1].data, "mode=1777,size=64k");
	cr_expect_eq(m[1].flags, MS_NOSUID | MS_NOATIME);
	cr_expect_eq(m[1].flags_cleared, MS_RDONLY);
	cr_expect_eq(m[1].extensions, SPEC_MOUNT_TMPCOPYUP);
	cr_expect_eq(m[1].options.count, 7);
	cr_expect_str_eq(m[2].destination, "/data");
	cr_expect_str_eq(m[2].type, "bind");
	cr_expect_str_eq(m[2].source, "volumes/data");
	cr_expect_eq(m[2].flags, MS_BIND | MS_REC | MS_RDONLY | 256);
	cr_assert_eq(m[2].propagation_count, 2);
	cr_expect_eq(m[2].propagation[0], MS_PRIVATE | MS_REC);
	cr_expect_eq(m[2].propagation[1], MS_SHARED);
	cr_expect_eq(m[2].recursive_set, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME);
	cr_expect_eq(m[2].recursive_clear, MOUNT_ATTR__ATIME);
	cr_expect_eq(m[2].extensions, SPEC_MOUNT_RIDMAP);
	cr_assert_eq(m[2].uid_maps.count, 1);
	cr_expect_eq(m[2].uid_maps.maps[0].host_id, 1000);
	cr_expect_eq(m[2].gid_maps.maps[0].host_id, 2000);
	cr_expect_str_eq(m[3].data, "data=ordered,errors=remount-ro");
	cr_expect_eq(m[3].recursive_set, 0);
	cr_expect_eq(m[3].recursive_clear, MOUNT_ATTR__ATIME | MOUNT_ATTR_NOSUID);
}

Test(spec, process)
{
	_cleanup_spec_ struct spec *spec = parsed(full_config);
	const struct spec_process *p = &spec->process;
	cr_expect(p->terminal);
	cr_expect_eq(p->console_height, 25);
	cr_expect_eq(p->console_width, 80);
	cr_expect_eq(p->user.uid, 1);
	cr_expect_eq(p->user.gid, 2);
	cr_expect(p->user.umask.set && p->user.umask.value == 022);
	cr_assert_eq(p->user.group_count, 2);
	cr_expect(p->user.groups[0] == 5 && p->user.groups[1] == 6);
	EXPECT_STRINGS(p->args, "sh", "-c", "echo \xc3\xa4 \"quoted\"");
	EXPECT_STRINGS(p->env, "PATH=/bin", "EMPTY=");
	cr_expect_str_eq(p->cwd, "/root");
	cr_expect(p->capabilities.set);
	cr_expect_eq(p->capabilities.bounding,
		     1 << CAP_CHOWN | 1 << CAP_KILL | UINT64_C(1) << CAP_CHECKPOINT_RESTORE);
	cr_expect_eq(p->capabilities.effective, 1 << CAP_CHOWN);
	cr_expect_eq(p->capabilities.permitted, 1 << CAP_CHOWN | 1 << CAP_KILL);
	cr_expect_eq(p->capabilities.inheritable, 1 << CAP_KILL);
	cr_expect_eq(p->capabilities.ambient, 0);
	cr_assert_eq(p->rlimit_count, 2);
	cr_expect_eq(p->rlimits[0].resource, RLIMIT_NOFILE);
	cr_expect(p->rlimits[0].soft == 1024 && p->rlimits[0].hard == 4096);
	cr_expect_eq(p->rlimits[1].resource, RLIMIT_CORE);
	cr_expect_eq(p->rlimits[1].soft, UINT64_MAX - 1);
	cr_expect_eq(p->rlimits[1].hard, RLIM_INFINITY);
	cr_expect(p->no_new_privileges);
	cr_expect(p->oom_score_adj.set && p->oom_score_adj.value == -500);
	cr_expect_str_eq(p->apparmor_profile, "profile");
	cr_expect_str_eq(p->selinux_label, "system_u:system_r:svirt_lxc_net_t:s0:c124,c675");
}

Test(spec, process_scheduling)
{
	_cleanup_spec_ struct spec *spec = parsed(full_config);
	const struct spec_process *p = &spec->process;
	cr_expect(p->scheduler.set);
	cr_expect_eq(p->scheduler.policy, SCHED_DEADLINE);
	cr_expect_eq(p->scheduler.flags, 0x05);
	cr_expect_eq(p->scheduler.runtime, 1000);
	cr_expect_eq(p->scheduler.deadline, 2000);
	cr_expect_eq(p->scheduler.period, 3000);
	cr_expect(p->io_priority.set);
	cr_expect_eq(p->io_priority.ioclass, 2);
	cr_expect_eq(p->io_priority.priority, 3);
	cr_assert_not_null(p->affinity_initial);
	cr_expect_eq(CPU_COUNT(p->affinity_initial), 5);
	cr_expect(CPU_ISSET(7, p->affinity_initial));
	cr_assert_not_null(p->affinity_final);
	cr_expect(CPU_ISSET(1, p->affinity_final));
}

Test(spec, hooks)
{
	_cleanup_spec_ struct spec *spec = parsed(full_config);
	const struct spec_hooks *hooks = spec->hooks;
	cr_assert_eq(hooks[SPEC_HOOK_PRESTART].count, 1);
	const struct spec_hook *one = &hooks[SPEC_HOOK_PRESTART].hooks[0];
	cr_expect_str_eq(one->path, "/bin/one");
	EXPECT_STRINGS(one->args, "one", "x");
	EXPECT_STRINGS(one->env, "A=b");
	cr_expect_eq(one->timeout, 5);
	cr_assert_eq(hooks[SPEC_HOOK_CREATE_RUNTIME].count, 2);
	cr_expect_str_eq(hooks[SPEC_HOOK_CREATE_RUNTIME].hooks[1].path, "/bin/three");
	cr_expect_eq(hooks[SPEC_HOOK_CREATE_RUNTIME].hooks[1].timeout, 0);
	cr_expect_eq(hooks[SPEC_HOOK_CREATE_CONTAINER].count, 0);
	cr_expect_eq(hooks[SPEC_HOOK_POSTSTOP].count, 1);
	cr_expect_str_eq(spec_hook_name(SPEC_HOOK_POSTSTOP), "poststop");
}

Test(spec, namespaces)
{
	_cleanup_spec_ struct spec *spec = parsed(full_config);
	for (int i = 0; i < SPEC_NS_TYPES; i++)
		cr_expect(spec->namespaces[i].set);
	cr_expect_str_eq(spec->namespaces[SPEC_NS_NETWORK].path, "/run/netns/x");
	cr_expect_null(spec->namespaces[SPEC_NS_PID].path);
	cr_expect_null(spec->namespaces[SPEC_NS_CGROUP].path);
	cr_expect_str_eq(spec_namespace_name(SPEC_NS_NETWORK), "network");
	cr_expect_eq(spec_namespace_flag(SPEC_NS_NETWORK), CLONE_NEWNET);
	cr_assert_eq(spec->uid_maps.count, 1);
	cr_expect_eq(spec->uid_maps.maps[0].size, 65536);
	cr_expect_eq(spec->gid_maps.maps[0].host_id, 200000);
	cr_expect(spec->offset_monotonic.set);
	cr_expect_eq(spec->offset_monotonic.seconds, 172800);
	cr_expect_eq(spec->offset_monotonic.nanoseconds, 5);
	cr_expect_eq(spec->offset_boottime.seconds, -604800);
}

Test(spec, linux_rest)
{
	_cleanup_spec_ struct spec *spec = parsed(full_config);
	cr_assert_eq(spec->device_count, 3);
	cr_expect_str_eq(spec->devices[0].path, "/dev/fuse");
	cr_expect(spec->devices[0].type == 'c' && spec->devices[0].major == 10 &&
		  spec->devices[0].minor == 229);
	cr_expect_eq(spec->devices[0].mode.value, 0666);
	cr_expect(spec->devices[0].gid.set && spec->devices[0].gid.value == 7);
	cr_expect_eq(spec->devices[1].type, 'p');
	cr_expect_not(spec->devices[1].mode.set);
	cr_expect_eq(spec->devices[2].type, 'c');
	cr_expect_str_eq(spec->cgroups_path, "/parent/box");
	cr_expect_eq(spec->rootfs_propagation, MS_SLAVE | MS_REC);
	EXPECT_STRINGS(spec->masked_paths, "/proc/kcore");
	EXPECT_STRINGS(spec->readonly_paths, "/proc/sys", "/proc/bus");
	cr_expect_str_eq(spec->mount_label, "label");
	cr_expect_str_eq(spec->intel_rdt.clos_id, "class");
	EXPECT_STRINGS(spec->intel_rdt.schemata, "L2:0=1");
	cr_expect(spec->intel_rdt.enable_cmt && spec->intel_rdt.enable_mbm);
	cr_expect(spec->personality.set && spec->personality.value == PER_LINUX32);
	cr_assert_eq(spec->sysctl.count, 4);
	cr_expect_str_eq(spec->sysctl.pairs[0].key, "net/ipv4/ip_forward");
	cr_expect_str_eq(spec->sysctl.pairs[1].key, "net/ipv4/conf/eth0.1/rp_filter");
	cr_expect_str_eq(spec->sysctl.pairs[1].value, "2");
}

Test(spec, resources)
{
	_cleanup_spec_ struct spec *spec = parsed(full_config);
	const struct spec_resources *r = &spec->resources;
	cr_expect(r->set);
	cr_assert_eq(r->device_rule_count, 2);
	cr_expect(!r->device_rules[0].allow && r->device_rules[0].type == 'a');
	cr_expect(r->device_rules[0].read && r->device_rules[0].write && r->device_rules[0].make);
	cr_expect(r->device_rules[1].major.set && !r->device_rules[1].minor.set);
	cr_expect_not(r->device_rules[1].make);
	cr_expect_eq(r->memory.limit.value, 536870912);
	cr_expect(r->memory.swap.set && r->memory.swap.value == -1);
	cr_expect_eq(r->memory.swappiness.value, 60);
	cr_expect(r->memory.disable_oom_killer && r->memory.check_before_update);
	cr_expect_eq(r->cpu.shares.value, 1024);
	cr_expect_eq(r->cpu.quota.value, -1);
	cr_expect_str_eq(r->cpu.cpus, "0-1");
	cr_expect(r->cpu.idle.set && r->cpu.idle.value == 1);
	cr_expect_eq(r->pids_limit.value, 100);
	cr_expect_eq(r->block_io.weight.value, 10);
	cr_expect_not(r->block_io.leaf_weight.set);
	cr_assert_eq(r->block_io.weight_device_count, 1);
	cr_expect_eq(r->block_io.weight_devices[0].weight.value, 500);
	cr_assert_eq(r->block_io.throttle[SPEC_THROTTLE_READ_BPS].count, 1);
	cr_expect_eq(r->block_io.throttle[SPEC_THROTTLE_WRITE_IOPS].devices[0].minor, 16);
	cr_assert_eq(r->hugepage_count, 1);
	cr_expect_str_eq(r->hugepages[0].page_size, "2MB");
	cr_expect_eq(r->hugepages[0].limit, UINT64_C(1) << 63);
	cr_expect_eq(r->network_class_id.value, 1048577);
	cr_expect_str_eq(r->network_priorities[0].name, "eth0");
	cr_assert_eq(r->rdma_count, 2);
	cr_expect(r->rdma[0].handles.value == 3 && !r->rdma[1].handles.set);
	cr_assert_eq(r->unified.count, 2);
	cr_expect_str_eq(r->unified.pairs[1].value, "259:0 rbps=1\n");
}

Test(spec, seccomp)
{
	_cleanup_spec_ struct spec *spec = parsed(full_config);
	const struct spec_seccomp *s = &spec->seccomp;
	cr_expect(s->set);
	cr_expect_eq(s->default_action, SECCOMP_RET_ERRNO | ENOSYS);
	cr_assert_eq(s->architecture_count, 2);
	cr_expect_eq(s->architectures[0], AUDIT_ARCH_X86_64);
	cr_expect_eq(s->architectures[1], SPEC_ARCH_X32);
	cr_expect_eq(s->flags, SECCOMP_FILTER_FLAG_LOG);
	cr_expect_str_eq(s->listener_path, "/run/listener");
	cr_assert_eq(s->rule_count, 4);
	EXPECT_STRINGS(s->rules[0].names, "read", "write");
	cr_expect_eq(s->rules[0].action, SECCOMP_RET_ALLOW);
	cr_expect_eq(s->rules[1].action, SECCOMP_RET_USER_NOTIF);
	cr_expect_eq(s->rules[2].action, SECCOMP_RET_ERRNO | EPERM);
	cr_assert_eq(s->rules[2].argument_count, 1);
	cr_expect_eq(s->rules[2].arguments[0].value, UINT64_C(0xffffffff80000000));
	cr_expect_eq(s->rules[2].arguments[0].value_two, 7);
	cr_expect_eq(s->rules[2].arguments[0].op, SPEC_SECCOMP_MASKED_EQ);
	cr_expect_eq(s->rules[3].action, SECCOMP_RET_TRACE | 0xffff);
}

Test(spec, docker)
{
	_cleanup_spec_ struct spec *spec = parsed(docker_config);
	cr_expect_eq(spec->mount_count, 9);
	cr_expect_str_eq(spec->mounts[7].type, "bind");
	cr_expect_eq(spec->mounts[7].flags, MS_BIND | MS_REC);
	cr_expect_str_eq(spec->cgroups_path, "system.slice:docker:0123");
	cr_expect_not(spec->process.no_new_privileges);
	cr_expect(spec->resources.cpu.shares.set);
	cr_expect_not(spec->resources.block_io.weight.set);
	cr_expect_eq(spec->seccomp.rule_count, 4);
}

Test(spec, versions)
{
	static const char *const good[] = {"1.0.0",  "1.0.2-dev",      "1.1.0+build",
					   "1.2.99", SPEC_VERSION_MIN, SPEC_VERSION_MAX};
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		json_t *root = load_config(small_config);
		set_at(root, "ociVersion", json_string(good[i]));
		_cleanup_free_ char *text = json_dumps(root, 0);
		json_decref(root);
		_cleanup_spec_ struct spec *spec = parsed(text);
		cr_expect_str_eq(spec->version, good[i]);
	}
}

Test(spec, null_is_absent)
{
	json_t *root = load_config(full_config);
	static const char *const optional[] = {"hostname",
					       "domainname",
					       "process.capabilities",
					       "hooks",
					       "linux.resources",
					       "linux.seccomp",
					       "mounts",
					       "process.rlimits",
					       "linux.uidMappings",
					       "linux.gidMappings"};
	for (size_t i = 0; i < ARRAY_SIZE(optional); i++)
		set_at(root, optional[i], json_null());
	_cleanup_free_ char *text = json_dumps(root, 0);
	json_decref(root);
	_cleanup_spec_ struct spec *spec = parsed(text);
	cr_expect_null(spec->hostname);
	cr_expect_eq(spec->mount_count, 0);
	cr_expect_not(spec->resources.set);
}

Test(spec, process_file)
{
	static const char text[] = "{\"user\": {\"uid\": 7, \"gid\": 8}, \"args\": [\"id\"], "
				   "\"cwd\": \"/\", \"env\": [\"A=\"]}";
	struct error e = {0};
	_cleanup_spec_ struct spec *spec = NULL;
	cr_assert_eq(spec_process_parse("p.json", text, strlen(text), &spec, &e), 0, "%s",
		     e.message);
	cr_expect_eq(spec->process.user.uid, 7);
	EXPECT_STRINGS(spec->process.args, "id");
	_cleanup_spec_ struct spec *none = NULL;
	cr_expect_eq(spec_process_parse("p.json", "{\"args\": 1}", 11, &none, &e), -EINVAL);
	cr_expect_str_eq(e.message, "p.json: user: required property is missing");
	cr_expect_null(none);
}

/* --- bundles -----------------------------------------------------------------------------------
 */

static char directory[] = "/tmp/capbox-spec-XXXXXX";

static void make_bundle(void)
{
	cr_assert_not_null(mkdtemp(directory));
}

static void remove_bundle(void)
{
	int fd = open(directory, O_PATH | O_DIRECTORY);
	unlinkat(fd, "config.json", 0);
	unlinkat(fd, "rootfs", 0);
	unlinkat(fd, "rootfs", AT_REMOVEDIR);
	close(fd);
	rmdir(directory);
}

static void write_config(const char *text)
{
	char path[64];
	snprintf(path, sizeof path, "%s/config.json", directory);
	FILE *f = fopen(path, "w");
	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

/* spec_load() of the bundle fails with a message that has the bundle's path between the two. */
static void expect_load_error(int r, const char *before, const char *after)
{
	char wanted[200];
	struct error e = {0};
	_cleanup_spec_ struct spec *spec = NULL;
	snprintf(wanted, sizeof wanted, "%s%s%s", before, directory, after);
	cr_expect_eq(spec_load(directory, &spec, &e), r);
	cr_expect_str_eq(e.message, wanted);
	cr_expect_null(spec);
}

TestSuite(spec_load, .init = make_bundle, .fini = remove_bundle);

Test(spec_load, paths_become_absolute)
{
	char path[64];
	snprintf(path, sizeof path, "%s/rootfs", directory);
	cr_assert_eq(mkdir(path, 0755), 0);
	write_config(full_config);
	struct error e = {0};
	_cleanup_spec_ struct spec *spec = NULL;
	cr_assert_eq(spec_load(directory, &spec, &e), 0, "%s", e.message);
	cr_expect_str_eq(spec->root.path, path);
	snprintf(path, sizeof path, "%s/volumes/data", directory);
	cr_expect_str_eq(spec->mounts[2].source, path);
	cr_expect_str_eq(spec->mounts[1].source, "tmpfs");
}

Test(spec_load, no_config)
{
	expect_load_error(-ENOENT, "bundle '",
			  "' has no config.json; `capbox spec` writes one to start from");
}

Test(spec_load, no_rootfs)
{
	write_config(small_config);
	expect_load_error(-ENOENT, "config.json: root.path: root filesystem '",
			  "/rootfs': No such file or directory");
}

Test(spec_load, rootfs_is_a_file)
{
	char path[64];
	snprintf(path, sizeof path, "%s/rootfs", directory);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	write_config(small_config);
	expect_load_error(-ENOTDIR, "config.json: root.path: root filesystem '",
			  "/rootfs': Not a directory");
}

Test(spec_load, no_bundle)
{
	struct error e = {0};
	struct spec *spec = NULL;
	cr_expect_eq(spec_load("/nonexistent/bundle", &spec, &e), -ENOENT);
	cr_expect_str_eq(e.message, "bundle '/nonexistent/bundle': No such file or directory");
	cr_expect_eq(spec_load("/dev/null", &spec, &e), -ENOTDIR);
}

/* --- what capbox itself writes -----------------------------------------------------------------
 */

Test(spec_load, templates_are_valid)
{
	struct error e = {0};
	for (int rootless = 0; rootless < 2; rootless++) {
		_cleanup_close_ int fd = open(directory, O_PATH | O_DIRECTORY);
		cr_assert_eq(spec_write_template(fd, rootless, &e), 0, "%s", e.message);
		cr_expect_eq(spec_write_template(fd, rootless, &e), -EEXIST);
		cr_expect_str_eq(e.message, "config.json exists already; remove it first");
		mkdirat(fd, "rootfs", 0755);
		_cleanup_spec_ struct spec *spec = NULL;
		cr_assert_eq(spec_load(directory, &spec, &e), 0, "%s", e.message);
		EXPECT_STRINGS(spec->process.args, "sh");
		cr_expect_eq(spec->mount_count, 7);
		cr_expect_eq(spec->namespaces[SPEC_NS_USER].set, rootless == 1);
		cr_expect_eq(spec->namespaces[SPEC_NS_NETWORK].set, rootless == 0);
		unlinkat(fd, "config.json", 0);
	}
}

Test(spec, features)
{
	_cleanup_free_ char *text = features_json();
	cr_assert_not_null(text);
	json_t *features = json_loads(text, 0, NULL);
	cr_assert_not_null(features);
	cr_expect_str_eq(json_string_value(json_object_get(features, "ociVersionMin")), "1.0.0");
	cr_expect_eq(json_array_size(json_object_get(features, "hooks")), 6);
	json_t *host = json_object_get(features, "linux");
	cr_expect_eq(json_array_size(json_object_get(host, "namespaces")), 8);
	cr_expect_eq(json_array_size(json_object_get(host, "capabilities")), CAP_LAST_CAP + 1);
	/* Every option listed is one that the parser takes. */
	json_t *root = load_config(full_config);
	json_t *options = json_incref(json_object_get(features, "mountOptions"));
	cr_expect_gt(json_array_size(options), 60);
	size_t i;
	json_t *option;
	json_array_foreach (options, i, option) {
		set_at(root, "mounts[1].options", json_pack("[O]", option));
		set_at(root, "mounts[1].source", json_string("/tmp"));
		_cleanup_free_ char *config = json_dumps(root, 0);
		_cleanup_spec_ struct spec *spec = parsed(config);
	}
	json_decref(options);
	json_decref(root);
	json_decref(features);
}
