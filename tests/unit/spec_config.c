/* See spec_config.h. */
#include "tests/unit/spec_config.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
const char full_config[] =
    "{\n"
    "  \"ociVersion\": \"1.2.0\",\n"
    "  \"unknown\": {\"ignored\": [1, 2.5e3, null, 18446744073709551615]},\n"
    "  \"root\": {\"path\": \"rootfs\", \"readonly\": true, \"unknown\": 1},\n"
    "  \"hostname\": \"box\",\n"
    "  \"domainname\": \"example.org\",\n"
    "  \"mounts\": [\n"
    "    {\"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\"},\n"
    "    {\"destination\": \"/tmp\", \"type\": \"tmpfs\", \"source\": \"tmpfs\",\n"
    "     \"options\": [\"nosuid\", \"noatime\", \"mode=1777\", \"size=64k\", \"ro\","
    " \"rw\", \"tmpcopyup\"]},\n"
    "    {\"destination\": \"data\", \"source\": \"volumes/data\",\n"
    "     \"options\": [\"rbind\", \"rprivate\", \"shared\", \"rro\", \"rnoatime\", "
    "\"nosymfollow\", \"ro\", \"ridmap\"],\n"
    "     \"uidMappings\": [{\"containerID\": 0, \"hostID\": 1000, \"size\": 10}],\n"
    "     \"gidMappings\": [{\"containerID\": 0, \"hostID\": 2000, \"size\": 10}]},\n"
    "    {\"destination\": \"/srv\", \"type\": \"ext4\", \"source\": \"/dev/sdb1\",\n"
    "     \"options\": [\"data=ordered\", \"errors=remount-ro\", \"rrelatime\", \"rsu"
    "id\"]}\n"
    "  ],\n"
    "  \"process\": {\n"
    "    \"terminal\": true,\n"
    "    \"consoleSize\": {\"height\": 25, \"width\": 80},\n"
    "    \"user\": {\"uid\": 1, \"gid\": 2, \"umask\": 18, \"additionalGids\": [5, 6]"
    ", \"username\": \"ignored\"},\n"
    "    \"args\": [\"sh\", \"-c\", \"echo \\u00e4 \\\"quoted\\\"\"],\n"
    "    \"env\": [\"PATH=/bin\", \"EMPTY=\"],\n"
    "    \"cwd\": \"/root\",\n"
    "    \"capabilities\": {\n"
    "      \"bounding\": [\"CAP_CHOWN\", \"CAP_KILL\", \"CAP_CHECKPOINT_RESTORE\"],\n"
    "      \"effective\": [\"CAP_CHOWN\"],\n"
    "      \"permitted\": [\"CAP_CHOWN\", \"CAP_KILL\"],\n"
    "      \"inheritable\": [\"CAP_KILL\"],\n"
    "      \"ambient\": []\n"
    "    },\n"
    "    \"rlimits\": [\n"
    "      {\"type\": \"RLIMIT_NOFILE\", \"soft\": 1024, \"hard\": 4096},\n"
    "      {\"type\": \"RLIMIT_CORE\", \"soft\": 18446744073709551614, \"hard\": 1844"
    "6744073709551615}\n"
    "    ],\n"
    "    \"noNewPrivileges\": true,\n"
    "    \"oomScoreAdj\": -500,\n"
    "    \"apparmorProfile\": \"profile\",\n"
    "    \"selinuxLabel\": \"system_u:system_r:svirt_lxc_net_t:s0:c124,c675\",\n"
    "    \"scheduler\": {\"policy\": \"SCHED_DEADLINE\", \"flags\": [\"SCHED_FLAG_RES"
    "ET_ON_FORK\",\n"
    "                  \"SCHED_FLAG_DL_OVERRUN\"], \"runtime\": 1000, \"deadline\": 2"
    "000, \"period\": 3000},\n"
    "    \"ioPriority\": {\"class\": \"IOPRIO_CLASS_BE\", \"priority\": 3},\n"
    "    \"execCPUAffinity\": {\"initial\": \"0-3,7\", \"final\": \"1\"}\n"
    "  },\n"
    "  \"hooks\": {\n"
    "    \"prestart\": [{\"path\": \"/bin/one\", \"args\": [\"one\", \"x\"], \"env\":"
    " [\"A=b\"], \"timeout\": 5}],\n"
    "    \"createRuntime\": [{\"path\": \"/bin/two\"}, {\"path\": \"/bin/three\"}],\n"
    "    \"poststop\": [{\"path\": \"/bin/four\"}]\n"
    "  },\n"
    "  \"annotations\": {\"org.capbox.policy\": \"strict\", \"empty\": \"\"},\n"
    "  \"linux\": {\n"
    "    \"namespaces\": [\n"
    "      {\"type\": \"pid\"}, {\"type\": \"network\", \"path\": \"/run/netns/x\"}, "
    "{\"type\": \"mount\"},\n"
    "      {\"type\": \"ipc\"}, {\"type\": \"uts\"}, {\"type\": \"user\"}, {\"type\":"
    " \"cgroup\", \"path\": \"\"},\n"
    "      {\"type\": \"time\"}\n"
    "    ],\n"
    "    \"uidMappings\": [{\"containerID\": 0, \"hostID\": 100000, \"size\": 65536}]"
    ",\n"
    "    \"gidMappings\": [{\"containerID\": 0, \"hostID\": 200000, \"size\": 65536}]"
    ",\n"
    "    \"timeOffsets\": {\"monotonic\": {\"secs\": 172800, \"nanosecs\": 5}, \"boot"
    "time\": {\"secs\": -604800}},\n"
    "    \"devices\": [\n"
    "      {\"path\": \"/dev/fuse\", \"type\": \"c\", \"major\": 10, \"minor\": 229, "
    "\"fileMode\": 8630, \"uid\": 0, \"gid\": 7},\n"
    "      {\"path\": \"/dev/fifo\", \"type\": \"p\"}, {\"path\": \"/dev/u\", \"type"
    "\": \"u\", \"major\": 1, \"minor\": 3}\n"
    "    ],\n"
    "    \"netDevices\": {\"eth0\": {\"name\": \"net0\"}},\n"
    "    \"cgroupsPath\": \"/parent/box\",\n"
    "    \"resources\": {\n"
    "      \"devices\": [\n"
    "        {\"allow\": false},\n"
    "        {\"allow\": true, \"type\": \"c\", \"major\": 1, \"minor\": -1, \"access"
    "\": \"rw\"}\n"
    "      ],\n"
    "      \"memory\": {\"limit\": 536870912, \"reservation\": 1, \"swap\": -1, \"ker"
    "nel\": 2, \"kernelTCP\": 3,\n"
    "                 \"swappiness\": 60, \"disableOOMKiller\": true, \"useHierarchy"
    "\": true,\n"
    "                 \"checkBeforeUpdate\": true},\n"
    "      \"cpu\": {\"shares\": 1024, \"quota\": -1, \"burst\": 5, \"period\": 10000"
    "0, \"realtimeRuntime\": 9,\n"
    "              \"realtimePeriod\": 10, \"cpus\": \"0-1\", \"mems\": \"0\", \"idle"
    "\": 1},\n"
    "      \"pids\": {\"limit\": 100},\n"
    "      \"blockIO\": {\"weight\": 10, \"leafWeight\": 0,\n"
    "                  \"weightDevice\": [{\"major\": 8, \"minor\": 0, \"weight\": 50"
    "0, \"leafWeight\": 300}],\n"
    "                  \"throttleReadBpsDevice\": [{\"major\": 8, \"minor\": 0, \"rat"
    "e\": 600}],\n"
    "                  \"throttleWriteIOPSDevice\": [{\"major\": 8, \"minor\": 16, \""
    "rate\": 300}]},\n"
    "      \"hugepageLimits\": [{\"pageSize\": \"2MB\", \"limit\": 922337203685477580"
    "8}],\n"
    "      \"network\": {\"classID\": 1048577, \"priorities\": [{\"name\": \"eth0\", "
    "\"priority\": 500}]},\n"
    "      \"rdma\": {\"mlx5_1\": {\"hcaHandles\": 3, \"hcaObjects\": 10000}, \"rxe3"
    "\": {\"hcaObjects\": 1}},\n"
    "      \"unified\": {\"memory.high\": \"1000\", \"io.max\": \"259:0 rbps=1\\n\"}\n"
    "    },\n"
    "    \"rootfsPropagation\": \"rslave\",\n"
    "    \"seccomp\": {\n"
    "      \"defaultAction\": \"SCMP_ACT_ERRNO\",\n"
    "      \"defaultErrnoRet\": 38,\n"
    "      \"architectures\": [\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X32\"],\n"
    "      \"flags\": [\"SECCOMP_FILTER_FLAG_LOG\"],\n"
    "      \"listenerPath\": \"/run/listener\",\n"
    "      \"listenerMetadata\": \"opaque\",\n"
    "      \"syscalls\": [\n"
    "        {\"names\": [\"read\", \"write\"], \"action\": \"SCMP_ACT_ALLOW\"},\n"
    "        {\"names\": [\"mount\"], \"action\": \"SCMP_ACT_NOTIFY\"},\n"
    "        {\"names\": [\"clone\"], \"action\": \"SCMP_ACT_ERRNO\",\n"
    "         \"args\": [{\"index\": 0, \"value\": 18446744071562067968, \"valueTwo\""
    ": 7,\n"
    "                   \"op\": \"SCMP_CMP_MASKED_EQ\"}]},\n"
    "        {\"names\": [\"bpf\"], \"action\": \"SCMP_ACT_TRACE\", \"errnoRet\": 655"
    "35}\n"
    "      ]\n"
    "    },\n"
    "    \"sysctl\": {\"net.ipv4.ip_forward\": \"1\", \"net/ipv4/conf/eth0.1/rp_filte"
    "r\": \"2\",\n"
    "               \"kernel.shm_rmid_forced\": \"1\", \"fs.mqueue.msg_max\": \"10\"}"
    ",\n"
    "    \"maskedPaths\": [\"/proc/kcore\"],\n"
    "    \"readonlyPaths\": [\"/proc/sys\", \"/proc/bus\"],\n"
    "    \"mountLabel\": \"label\",\n"
    "    \"intelRdt\": {\"closID\": \"class\", \"l3CacheSchema\": \"L3:0=7f0\", \"mem"
    "BwSchema\": \"MB:0=20\",\n"
    "                 \"schemata\": [\"L2:0=1\"], \"enableCMT\": true, \"enableMBM\":"
    " true},\n"
    "    \"personality\": {\"domain\": \"LINUX32\"}\n"
    "  }\n"
    "}\n";

const char docker_config[] =
    "{\"ociVersion\":\"1.0.2-dev\",\"process\":{\"user\":{\"uid\":0,\"gid\":0,\"addit"
    "ionalGids\":[0,10]},\n"
    "\"args\":[\"/docker-entrypoint.sh\",\"nginx\",\"-g\",\"daemon off;\"],\n"
    "\"env\":[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\","
    "\"HOSTNAME=0123456789ab\"],\n"
    "\"cwd\":\"/\",\"capabilities\":{\"bounding\":[\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE"
    "\", \"CAP_FSETID\", \"CAP_FOWNER\", \"CAP_MKNOD\", \"CAP_NET_RAW\", \"CAP_SETGID"
    "\", \"CAP_SETUID\", \"CAP_SETFCAP\", \"CAP_SETPCAP\", \"CAP_NET_BIND_SERVICE\", "
    "\"CAP_SYS_CHROOT\", \"CAP_KILL\", \"CAP_AUDIT_WRITE\"],\n"
    "\"effective\":[\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FSETID\", \"CAP_FOWNER"
    "\", \"CAP_MKNOD\", \"CAP_NET_RAW\", \"CAP_SETGID\", \"CAP_SETUID\", \"CAP_SETFCA"
    "P\", \"CAP_SETPCAP\", \"CAP_NET_BIND_SERVICE\", \"CAP_SYS_CHROOT\", \"CAP_KILL\""
    ", \"CAP_AUDIT_WRITE\"],\n"
    "\"permitted\":[\"CAP_CHOWN\", \"CAP_DAC_OVERRIDE\", \"CAP_FSETID\", \"CAP_FOWNER"
    "\", \"CAP_MKNOD\", \"CAP_NET_RAW\", \"CAP_SETGID\", \"CAP_SETUID\", \"CAP_SETFCA"
    "P\", \"CAP_SETPCAP\", \"CAP_NET_BIND_SERVICE\", \"CAP_SYS_CHROOT\", \"CAP_KILL\""
    ", \"CAP_AUDIT_WRITE\"]},\n"
    "\"apparmorProfile\":\"docker-default\",\"oomScoreAdj\":0},\n"
    "\"root\":{\"path\":\"/var/lib/docker/overlay2/0123/merged\"},\"hostname\":\"0123"
    "456789ab\",\n"
    "\"mounts\":[\n"
    "{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\",\"options\":[\""
    "nosuid\",\"noexec\",\"nodev\"]},\n"
    "{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\",\"options\":["
    "\"nosuid\",\"strictatime\",\"mode=755\",\"size=65536k\"]},\n"
    "{\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"source\":\"devpts\",\"option"
    "s\":[\"nosuid\",\"noexec\",\"newinstance\",\"ptmxmode=0666\",\"mode=0620\",\"gid"
    "=5\"]},\n"
    "{\"destination\":\"/sys\",\"type\":\"sysfs\",\"source\":\"sysfs\",\"options\":["
    "\"nosuid\",\"noexec\",\"nodev\",\"ro\"]},\n"
    "{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"source\":\"cgroup\",\""
    "options\":[\"ro\",\"nosuid\",\"noexec\",\"nodev\"]},\n"
    "{\"destination\":\"/dev/mqueue\",\"type\":\"mqueue\",\"source\":\"mqueue\",\"opt"
    "ions\":[\"nosuid\",\"noexec\",\"nodev\"]},\n"
    "{\"destination\":\"/dev/shm\",\"type\":\"tmpfs\",\"source\":\"shm\",\"options\":"
    "[\"nosuid\",\"noexec\",\"nodev\",\"mode=1777\",\"size=67108864\"]},\n"
    "{\"destination\":\"/data\",\"type\":\"bind\",\"source\":\"/srv/data\",\"options"
    "\":[\"rbind\",\"rprivate\"]},\n"
    "{\"destination\":\"/etc/hosts\",\"type\":\"bind\",\"source\":\"/var/lib/docker/c"
    "ontainers/0123/hosts\",\"options\":[\"rbind\",\"rprivate\"]}],\n"
    "\"hooks\":{\"prestart\":[{\"path\":\"/proc/42/exe\",\"args\":[\"libnetwork-setke"
    "y\",\"-exec-root=/var/run/docker\",\"0123\",\"4567\"]}]},\n"
    "\"linux\":{\"sysctl\":{\"net.ipv4.ip_unprivileged_port_start\":\"0\",\"net.ipv4."
    "ping_group_range\":\"0 2147483647\"},\n"
    "\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"},\n"
    "{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":5,\"access\":\"rwm\"},\n"
    "{\"allow\":false,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rwm\"}],\n"
    "\"memory\":{\"limit\":268435456,\"swap\":536870912,\"disableOOMKiller\":false},"
    "\"cpu\":{\"shares\":0},\n"
    "\"pids\":{\"limit\":100},\"blockIO\":{\"weight\":0}},\n"
    "\"cgroupsPath\":\"system.slice:docker:0123\",\n"
    "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"network\"},{\"type\":\"uts\"},{"
    "\"type\":\"pid\"},{\"type\":\"ipc\"}],\n"
    "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":1,\n"
    "\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"],\n"
    "\"syscalls\":[{\"names\":[\"accept\",\"read\",\"write\",\"_llseek\"],\"action\":"
    "\"SCMP_ACT_ALLOW\"},\n"
    "{\"names\":[\"personality\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":"
    "0,\"value\":4294967295,\"op\":\"SCMP_CMP_EQ\"}]},\n"
    "{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[{\"index\":0,\"va"
    "lue\":2114060288,\"op\":\"SCMP_CMP_MASKED_EQ\"}]},\n"
    "{\"names\":[\"clone3\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38}]},\n"
    "\"maskedPaths\":[\"/proc/asound\",\"/proc/acpi\",\"/proc/kcore\",\"/sys/firmware"
    "\"],\n"
    "\"readonlyPaths\":[\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/pro"
    "c/sysrq-trigger\"]}}\n";

const char small_config[] =
    "{\"ociVersion\": \"1.0.2\", \"root\": {\"path\": \"rootfs\"},\n"
    " \"process\": {\"user\": {\"uid\": 0, \"gid\": 0}, \"args\": [\"true\"], \"cwd\""
    ": \"/\"}}\n";
/* clang-format on */

json_t *load_config(const char *text)
{
	char *copy = strdup(text);
	for (char *p = copy; *p; p++) {
		size_t digits = strspn(p, "0123456789");
		if (digits > 18)
			memset(p + 18, ' ', digits - 18);
		p += digits ? digits - 1 : 0;
	}
	json_t *value = json_loads(copy, 0, NULL);
	free(copy);
	return value;
}

/* Steps from *value to what the first component of the path names; gives the rest of the path. */
static const char *step(json_t **value, const char *path)
{
	if (*path == '[') {
		char *end;
		*value = json_array_get(*value, strtoul(path + 1, &end, 10));
		return end + 1;
	}
	path += *path == '.';
	size_t length = strcspn(path, ".[");
	*value = json_object_getn(*value, path, length);
	return path + length;
}

void set_at(json_t *root, const char *path, json_t *value)
{
	json_t *parent = root, *next = root;
	const char *rest = path, *last = path;
	while (*rest) {
		parent = next;
		last = rest;
		rest = step(&next, rest);
	}
	if (*last == '[')
		json_array_set_new(parent, strtoul(last + 1, NULL, 10), value);
	else if (value)
		json_object_set_new(parent, last + (*last == '.'), value);
	else
		json_object_del(parent, last + (*last == '.'));
}
