/* config.json's that are wrong: each is refused with one line that names the property and the
 * reason. */
#include "lib/cleanup.h"
#include "lib/error.h"
#include "runtime/spec.h"
#include "tests/unit/spec_config.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_refusal(const char *text, size_t size, const char *wanted)
{
	struct error e = {0};
	struct spec *spec = NULL;
	cr_expect_eq(spec_parse(text, size, &spec, &e), -EINVAL, "not refused: %s", wanted);
	cr_expect_null(spec);
	cr_expect_str_eq(e.message, wanted);
}

/* One change to full_config; a NULL value removes the property. */
struct change {
	const char *path, *value, *message;
};

static void expect_changed_refusal(const struct change *change)
{
	json_t *root = load_config(full_config);
	json_t *value = NULL;
	if (change->value)
		value = json_loads(change->value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	cr_assert(!change->value || value, "%s", change->value);
	set_at(root, change->path, value);
	_cleanup_free_ char *text = json_dumps(root, 0);
	char wanted[600];
	snprintf(wanted, sizeof wanted, "config.json: %s", change->message);
	expect_refusal(text, strlen(text), wanted);
	json_decref(root);
}

#define EXPECT_REFUSALS(changes)                                                                   \
	do {                                                                                       \
		for (size_t i = 0; i < ARRAY_SIZE(changes); i++)                                   \
			expect_changed_refusal(&(changes)[i]);                                     \
	} while (0)

Test(spec_errors, types)
{
	static const struct change changes[] = {
	    {"ociVersion", "1", "ociVersion: expected string, found integer"},
	    {"root", "[]", "root: expected object, found array"},
	    {"root.path", "7", "root.path: expected string, found integer"},
	    {"root.readonly", "\"yes\"", "root.readonly: expected boolean, found string"},
	    {"hostname", "false", "hostname: expected string, found boolean"},
	    {"mounts", "{}", "mounts: expected array, found object"},
	    {"mounts[1]", "\"x\"", "mounts[1]: expected object, found string"},
	    {"mounts[1].options", "\"ro\"", "mounts[1].options: expected array, found string"},
	    {"mounts[1].options[0]", "null", "mounts[1].options[0]: expected string, found null"},
	    {"process", "1.5", "process: expected object, found real number"},
	    {"process.args", "\"sh\"", "process.args: expected array, found string"},
	    {"process.args[0]", "7", "process.args[0]: expected string, found integer"},
	    {"process.env[1]", "{}", "process.env[1]: expected string, found object"},
	    {"process.user.uid", "\"root\"", "process.user.uid: expected integer, found string"},
	    {"process.user.uid", "1.0", "process.user.uid: expected integer, found real number"},
	    {"process.terminal", "0", "process.terminal: expected boolean, found integer"},
	    {"process.capabilities", "[]", "process.capabilities: expected object, found array"},
	    {"process.rlimits[0].soft", "true",
	     "process.rlimits[0].soft: expected integer, found boolean"},
	    {"hooks.prestart", "{}", "hooks.prestart: expected array, found object"},
	    {"annotations", "[]", "annotations: expected object, found array"},
	    {"linux.namespaces", "{}", "linux.namespaces: expected array, found object"},
	    {"linux.resources.rdma.rxe3", "1",
	     "linux.resources.rdma.rxe3: expected object, found integer"},
	    {"linux.resources.unified", "{\"memory.high\": 5}",
	     "linux.resources.unified[\"memory.high\"]: expected string, found integer"},
	    {"linux.seccomp.syscalls[2].args[0].value", "\"1\"",
	     "linux.seccomp.syscalls[2].args[0].value: expected integer, found string"},
	};
	EXPECT_REFUSALS(changes);
}

Test(spec_errors, missing)
{
#define MISSING(path)                                                                              \
	{                                                                                          \
		path, NULL, path ": required property is missing"                                  \
	}
	static const struct change changes[] = {
	    MISSING("ociVersion"),
	    MISSING("root"),
	    MISSING("root.path"),
	    MISSING("process"),
	    MISSING("process.user"),
	    MISSING("process.user.uid"),
	    MISSING("process.user.gid"),
	    MISSING("process.args"),
	    MISSING("process.cwd"),
	    MISSING("process.consoleSize.width"),
	    MISSING("process.rlimits[0].type"),
	    MISSING("process.rlimits[0].soft"),
	    MISSING("process.rlimits[0].hard"),
	    MISSING("process.scheduler.policy"),
	    MISSING("process.ioPriority.class"),
	    MISSING("mounts[0].destination"),
	    MISSING("hooks.createRuntime[1].path"),
	    MISSING("linux.namespaces[2].type"),
	    MISSING("linux.uidMappings[0].containerID"),
	    MISSING("linux.uidMappings[0].hostID"),
	    MISSING("linux.gidMappings[0].size"),
	    MISSING("linux.devices[0].major"),
	    MISSING("linux.devices[0].path"),
	    MISSING("linux.devices[1].type"),
	    MISSING("linux.resources.devices[1].allow"),
	    MISSING("linux.resources.hugepageLimits[0].limit"),
	    MISSING("linux.resources.network.priorities[0].name"),
	    MISSING("linux.resources.blockIO.throttleReadBpsDevice[0].rate"),
	    MISSING("linux.seccomp.defaultAction"),
	    MISSING("linux.seccomp.syscalls[0].names"),
	    MISSING("linux.seccomp.syscalls[0].action"),
	    MISSING("linux.seccomp.syscalls[2].args[0].op"),
	    MISSING("linux.personality.domain"),
	};
	EXPECT_REFUSALS(changes);
}

Test(spec_errors, versions)
{
	static const struct change changes[] = {
	    {"ociVersion", "\"2.0.0\"",
	     "ociVersion: version 2.0.0 is not supported (supported: 1.0 to 1.2)"},
	    {"ociVersion", "\"0.9.1\"",
	     "ociVersion: version 0.9.1 is not supported (supported: 1.0 to 1.2)"},
	    {"ociVersion", "\"1.3.0\"",
	     "ociVersion: version 1.3.0 is not supported (supported: 1.0 to 1.2)"},
	    {"ociVersion", "\"1.99999999999999999999.0\"",
	     "ociVersion: version 1.99999999999999999999.0 is not supported (supported: 1.0 to "
	     "1.2)"},
	    {"ociVersion", "\"\"", "ociVersion: '' is not a version such as 1.0.2"},
	    {"ociVersion", "\"0.9\"", "ociVersion: '0.9' is not a version such as 1.0.2"},
	    {"ociVersion", "\"banana\"", "ociVersion: 'banana' is not a version such as 1.0.2"},
	    {"ociVersion", "\"1.0.2x\"", "ociVersion: '1.0.2x' is not a version such as 1.0.2"},
	    {"ociVersion", "\"1. 0.2\"", "ociVersion: '1. 0.2' is not a version such as 1.0.2"},
	};
	EXPECT_REFUSALS(changes);
}

Test(spec_errors, ranges)
{
	static const struct change changes[] = {
	    {"process.user.uid", "-1", "process.user.uid: -1 is out of range (0 to 4294967294)"},
	    {"process.user.uid", "4294967295",
	     "process.user.uid: 4294967295 is out of range (0 to 4294967294)"},
	    {"process.user.umask", "512", "process.user.umask: 512 is out of range (0 to 511)"},
	    {"process.user.additionalGids[1]", "-3",
	     "process.user.additionalGids[1]: -3 is out of range (0 to 4294967294)"},
	    {"process.oomScoreAdj", "-1001",
	     "process.oomScoreAdj: -1001 is out of range (-1000 to 1000)"},
	    {"process.consoleSize.height", "65536",
	     "process.consoleSize.height: 65536 is out of range (0 to 65535)"},
	    {"process.rlimits[0].soft", "-1",
	     "process.rlimits[0].soft: -1 is out of range (0 to 18446744073709551615)"},
	    {"process.ioPriority.priority", "8",
	     "process.ioPriority.priority: 8 is out of range (0 to 7)"},
	    {"process.execCPUAffinity.initial", "\"3-1\"",
	     "process.execCPUAffinity.initial: '3-1' is not a list of CPUs such as 0-3,7"},
	    {"process.execCPUAffinity.final", "\"0,\"",
	     "process.execCPUAffinity.final: '0,' is not a list of CPUs such as 0-3,7"},
	    {"process.execCPUAffinity.final", "\"0-1024\"",
	     "process.execCPUAffinity.final: '0-1024' is not a list of CPUs such as 0-3,7"},
	    {"linux.resources.memory.swappiness", "101",
	     "linux.resources.memory.swappiness: 101 is out of range (0 to 100)"},
	    {"linux.resources.memory.limit", "-2",
	     "linux.resources.memory.limit: -2 is out of range (-1 to 9223372036854775807)"},
	    {"linux.resources.blockIO.weight", "9",
	     "linux.resources.blockIO.weight: 9 is out of range (10 to 1000)"},
	    {"linux.devices[0].minor", "1048576",
	     "linux.devices[0].minor: 1048576 is out of range (0 to 1048575)"},
	    {"linux.timeOffsets.monotonic.nanosecs", "1000000000",
	     "linux.timeOffsets.monotonic.nanosecs: 1000000000 is out of range (0 to 999999999)"},
	    {"linux.uidMappings[0].size", "0",
	     "linux.uidMappings[0]: a range of ids may not be empty"},
	    {"linux.uidMappings[0].size", "4294967295",
	     "linux.uidMappings[0]: the range of ids ends beyond the last id, 4294967294"},
	    {"linux.seccomp.syscalls[2].args[0].index", "6",
	     "linux.seccomp.syscalls[2].args[0].index: 6 is out of range (0 to 5)"},
	    {"linux.seccomp.defaultErrnoRet", "4096",
	     "linux.seccomp.defaultErrnoRet: 4096 is out of range (0 to 4095)"},
	    {"hooks.prestart[0].timeout", "0",
	     "hooks.prestart[0].timeout: 0 is not greater than zero"},
	};
	EXPECT_REFUSALS(changes);
}

Test(spec_errors, names)
{
	static const struct change changes[] = {
	    {"linux.namespaces[0].type", "\"galaxy\"",
	     "linux.namespaces[0].type: unknown namespace type 'galaxy'"},
	    {"process.rlimits[0].type", "\"RLIMIT_LUCK\"",
	     "process.rlimits[0].type: unknown rlimit 'RLIMIT_LUCK'"},
	    {"mounts[1].options[2]", "\"frobnicate=1\"",
	     "mounts[1].options[2]: unknown mount option 'frobnicate=1' for type tmpfs"},
	    {"mounts[0].options", "[\"nosiud\"]",
	     "mounts[0].options[0]: unknown mount option 'nosiud' for type proc"},
	    {"mounts[2].options[4]", "\"size=1\"",
	     "mounts[2].options[4]: unknown mount option 'size=1' for type bind"},
	    {"mounts[1].options[0]", "\"line\\nbreak\"",
	     "mounts[1].options[0]: unknown mount option 'line?break' for type tmpfs"},
	    {"process.scheduler.policy", "\"SCHED_FAST\"",
	     "process.scheduler.policy: unknown scheduling policy 'SCHED_FAST'"},
	    {"process.scheduler.flags[0]", "\"X\"",
	     "process.scheduler.flags[0]: unknown scheduling flag 'X'"},
	    {"process.ioPriority.class", "\"IOPRIO_CLASS_NONE\"",
	     "process.ioPriority.class: unknown I/O class 'IOPRIO_CLASS_NONE'"},
	    {"linux.rootfsPropagation", "\"ro\"",
	     "linux.rootfsPropagation: unknown propagation 'ro'"},
	    {"linux.devices[0].type", "\"cc\"", "linux.devices[0].type: unknown device type 'cc'"},
	    {"linux.resources.devices[1].type", "\"\"",
	     "linux.resources.devices[1].type: unknown device type ''"},
	    {"linux.resources.devices[1].access", "\"rx\"",
	     "linux.resources.devices[1].access: 'rx' is not made of r, w and m"},
	    {"linux.resources.hugepageLimits[0].pageSize", "\"02MB\"",
	     "linux.resources.hugepageLimits[0].pageSize: '02MB' is not a page size such as 2MB"},
	    {"linux.seccomp.defaultAction", "\"SCMP_ACT_MAYBE\"",
	     "linux.seccomp.defaultAction: unknown seccomp action 'SCMP_ACT_MAYBE'"},
	    {"linux.seccomp.architectures[0]", "\"PDP11\"",
	     "linux.seccomp.architectures[0]: unknown architecture 'PDP11'"},
	    {"linux.seccomp.flags[0]", "\"F\"", "linux.seccomp.flags[0]: unknown seccomp flag 'F'"},
	    {"linux.seccomp.syscalls[2].args[0].op", "\"=\"",
	     "linux.seccomp.syscalls[2].args[0].op: unknown seccomp operator '='"},
	    {"linux.personality.domain", "\"BSD\"",
	     "linux.personality.domain: unknown execution domain 'BSD'"},
	};
	EXPECT_REFUSALS(changes);
}

Test(spec_errors, paths_and_strings)
{
	static const struct change changes[] = {
	    {"process.cwd", "\"tmp\"", "process.cwd: 'tmp' is not an absolute path"},
	    {"process.cwd", "\"\"", "process.cwd: '' is not an absolute path"},
	    {"process.args", "[]", "process.args: at least one entry, the program, is required"},
	    {"process.args[0]", "\"a\\u0000b\"",
	     "process.args[0]: a string may not hold the NUL character"},
	    {"process.env[0]", "\"NOVALUE\"",
	     "process.env[0]: 'NOVALUE' is not of the form name=value"},
	    {"process.env[1]", "\"=x\"", "process.env[1]: '=x' is not of the form name=value"},
	    {"root.path", "\"\"", "root.path: the path is empty"},
	    {"hooks.poststop[0].path", "\"four\"",
	     "hooks.poststop[0].path: 'four' is not an absolute path"},
	    {"linux.namespaces[1].path", "\"netns\"",
	     "linux.namespaces[1].path: 'netns' is not an absolute path"},
	    {"linux.maskedPaths[0]", "\"proc\"",
	     "linux.maskedPaths[0]: 'proc' is not an absolute path"},
	    {"linux.cgroupsPath", "\"/a/../../b\"",
	     "linux.cgroupsPath: a cgroup path may not contain '..'"},
	    {"linux.resources.unified", "{\"../x\": \"1\"}",
	     "linux.resources.unified: '../x' is not the name of a file of a cgroup"},
	    {"annotations", "{\"\": \"x\"}",
	     "annotations: a key is empty or holds the NUL character"},
	    {"mounts[0].destination", "\"\"", "mounts[0].destination: the path is empty"},
	    {"linux.intelRdt.closID", "\"..\"",
	     "linux.intelRdt.closID: a class is one name, without '/'"},
	    {"linux.intelRdt.memBwSchema", "\"L3:1\"",
	     "linux.intelRdt.memBwSchema: a memory bandwidth schema starts with 'MB:'"},
	    {"linux.intelRdt.schemata[0]", "\"a\\nb\"",
	     "linux.intelRdt.schemata[0]: a schema may not contain a line break"},
	};
	EXPECT_REFUSALS(changes);
}

Test(spec_errors, rules)
{
	static const struct change changes[] = {
	    {"linux.namespaces[2].type", "\"pid\"",
	     "linux.namespaces[2].type: the pid namespace is listed twice"},
	    {"process.rlimits[1].type", "\"RLIMIT_NOFILE\"",
	     "process.rlimits[1].type: RLIMIT_NOFILE is listed twice"},
	    {"process.rlimits[0].soft", "5000",
	     "process.rlimits[0]: the soft limit is above the hard limit"},
	    {"process.scheduler.policy", "\"SCHED_FIFO\"",
	     "process.scheduler.priority: SCHED_FIFO takes a priority from 1 to 99"},
	    {"process.scheduler.priority", "5",
	     "process.scheduler.priority: SCHED_DEADLINE takes no priority"},
	    {"process.scheduler.nice", "5",
	     "process.scheduler.nice: SCHED_DEADLINE takes no nice value"},
	    {"process.scheduler.policy", "\"SCHED_BATCH\"",
	     "process.scheduler: SCHED_BATCH takes no runtime, deadline or period"},
	    {"mounts[0].type", NULL,
	     "mounts[0].type: required property is missing (only a mount with the option bind or "
	     "rbind goes without)"},
	    {"mounts[2].source", NULL, "mounts[2].source: a bind mount must have a source"},
	    {"mounts[2].gidMappings", NULL,
	     "mounts[2]: uidMappings and gidMappings must be given together"},
	    {"linux.gidMappings", NULL,
	     "linux: uidMappings and gidMappings must be given together"},
	    {"linux.personality.flags", "[\"ADDR_NO_RANDOMIZE\"]",
	     "linux.personality.flags: no personality flag is supported"},
	    {"linux.resources.rdma.rxe3", "{}",
	     "linux.resources.rdma.rxe3: one of hcaHandles and hcaObjects is required"},
	    {"linux.resources.blockIO.weightDevice[0]", "{\"major\": 8, \"minor\": 0}",
	     "linux.resources.blockIO.weightDevice[0]: one of weight and leafWeight is required"},
	    {"linux.seccomp.syscalls[0].names", "[]",
	     "linux.seccomp.syscalls[0].names: at least one entry is required"},
	    {"linux.seccomp.syscalls[0].errnoRet", "1",
	     "linux.seccomp.syscalls[0].errnoRet: SCMP_ACT_ALLOW does not return an errno"},
	    {"linux.seccomp.listenerPath", NULL,
	     "linux.seccomp.listenerMetadata: given without listenerPath"},
	};
	EXPECT_REFUSALS(changes);
}

Test(spec_errors, sysctl)
{
	static const struct change changes[] = {
	    {"linux.sysctl", "{\"vm.swappiness\": \"1\"}",
	     "linux.sysctl[\"vm.swappiness\"]: this kernel parameter is the whole machine's: a "
	     "container cannot have its own"},
	    {"linux.sysctl", "{\"net.../../x\": \"1\"}",
	     "linux.sysctl[\"net.../../x\"]: not the name of a kernel parameter"},
	    {"linux.sysctl", "{\"net/../vm/swappiness\": \"1\"}",
	     "linux.sysctl[\"net/../vm/swappiness\"]: not the name of a kernel parameter"},
	    {"linux.sysctl", "{\"kernel.hostname\": \"x\"}",
	     "linux.sysctl[\"kernel.hostname\"]: given together with hostname"},
	    {"linux.sysctl", "{\"kernel.shmmaxx\": \"1\"}",
	     "linux.sysctl[\"kernel.shmmaxx\"]: this kernel parameter is the whole machine's: a "
	     "container cannot have its own"},
	};
	EXPECT_REFUSALS(changes);
}

/* What belongs to a namespace, in a container that has none of its own. */
Test(spec_errors, without_namespaces)
{
	static const struct change changes[] = {
	    {"hostname", "\"x\"",
	     "config.json: hostname: needs a namespace of type uts in linux.namespaces"},
	    {"domainname", "\"x\"",
	     "config.json: domainname: needs a namespace of type uts in linux.namespaces"},
	    {"linux", "{\"uidMappings\": [{\"containerID\": 0, \"hostID\": 1, \"size\": 1}]}",
	     "config.json: linux.uidMappings: needs a namespace of type user in linux.namespaces"},
	    {"linux", "{\"timeOffsets\": {\"boottime\": {\"secs\": 1}}}",
	     "config.json: linux.timeOffsets: needs a namespace of type time in linux.namespaces"},
	    {"linux", "{\"sysctl\": {\"net.core.somaxconn\": \"1\"}}",
	     "config.json: linux.sysctl[\"net.core.somaxconn\"]: needs a namespace of type network "
	     "in linux.namespaces"},
	    {"mounts",
	     "[{\"destination\": \"/a\", \"source\": \"/b\", \"options\": [\"bind\", \"idmap\"]}]",
	     "config.json: mounts[0]: the option idmap needs uidMappings and gidMappings, or a "
	     "namespace of type user"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		json_t *root = load_config(small_config);
		set_at(root, changes[i].path, json_loads(changes[i].value, JSON_DECODE_ANY, NULL));
		_cleanup_free_ char *text = json_dumps(root, 0);
		expect_refusal(text, strlen(text), changes[i].message);
		json_decref(root);
	}
}

Test(spec_errors, notify_needs_a_listener)
{
	json_t *root = load_config(full_config);
	set_at(root, "linux.seccomp.listenerMetadata", NULL);
	set_at(root, "linux.seccomp.listenerPath", NULL);
	_cleanup_free_ char *text = json_dumps(root, 0);
	json_decref(root);
	expect_refusal(text, strlen(text),
		       "config.json: linux.seccomp.listenerPath: required with the action "
		       "SCMP_ACT_NOTIFY");
}

Test(spec_errors, syntax)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"", "config.json: line 1, column 0: unexpected token near end of file"},
	    {"nonsense", "config.json: line 1, column 8: invalid token near 'nonsense'"},
	    {"{\"a\": 1,\n  \"b\": }", "config.json: line 2, column 8: unexpected token near '}'"},
	    {"{\"a\": 18446744073709551615, x}",
	     "config.json: line 1, column 29: string or '}' expected near 'x'"},
	    {"{\"a\": 18446744073709551616}",
	     "config.json: line 1, column 26: too big integer near '18446744073709551616'"},
	    {"{\"a\": -9223372036854775809}", "config.json: line 1, column 26: too big negative "
					      "integer near '-9223372036854775809'"},
	    {"{\"a\":1}}", "config.json: line 1, column 8: end of file expected near '}'"},
	    {"{\"a\":1,\"a\":2}",
	     "config.json: line 1, column 10: duplicate object key near '\"a\"'"},
	    {"[1]", "config.json: expected object, found array"},
	    {"18446744073709551615", "config.json: expected object, found integer"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_refusal(cases[i].text, strlen(cases[i].text), cases[i].message);
	expect_refusal("\0\1\2", 3,
		       "config.json: line 1, column 1: invalid token near end of file");
}

Test(spec_errors, too_large)
{
	size_t size = SPEC_SIZE_MAX + 1;
	_cleanup_free_ char *text = malloc(size);
	memset(text, ' ', size);
	struct error e = {0};
	struct spec *spec = NULL;
	cr_expect_eq(spec_parse(text, size, &spec, &e), -EFBIG);
	cr_expect_str_eq(e.message, "config.json: larger than 16 MiB");
}
