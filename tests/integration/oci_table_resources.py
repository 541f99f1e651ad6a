"""config-linux.md, linux.resources: rows of the conformance table. A limit is looked for in the file
of the container's control group, in version 1's terms or in version 2's, and where a program can feel
it, inside. Where the kernel has no such controller, the limit is refused."""

import os

from lib import hoststate

from .oci_table import (IGNORED, SUPPORTED, created, gives, gone, put, refused, row, running, together)

SECTION = "Resources"
ABSENT = r"linux\.resources\.[\w.]+: this machine has no \w+ control groups"


def _unified():
    return "cgroup" not in hoststate.cgroup_mounts().values()


def _directory(t, name, controller):
    """The container's directory of a controller, or None when this machine has no such hierarchy."""
    with open(f"/proc/{t.runtime.state(name)['pid']}/cgroup", encoding="utf-8") as file:
        for line in file.read().splitlines():
            _, names, path = line.split(":", 2)
            for top, kind in hoststate.cgroup_mounts().items():
                if kind == "cgroup2" and _unified() and not names:
                    return top + path
                if controller in names.split(",") and os.path.basename(top) in (names, controller):
                    return top + path
    return None


def _has(controller):
    if _unified():
        return True
    with open("/proc/self/cgroup", encoding="utf-8") as file:
        return any(controller in line.split(":")[1].split(",") for line in file)


def _content(t, name, file):
    directory = _directory(t, name, file.split(".")[0])
    with open(os.path.join(directory, file), encoding="utf-8") as text:
        return text.read().strip()


def _stands(resources, v1, v2=None, also=None):
    """A check: the value stands in the file ((file, content), of version 1 or 2), or the kernel has no
    such controller and the limit is refused."""
    def check(t):
        file, wanted = (v2 if _unified() else v1) or (None, None)
        if not file:
            t.skip("this version of control groups has no such limit")
        change = put("linux.resources", resources)
        if not _has(file.split(".")[0]):
            refused(t, ABSENT, change)
            return
        name = created(t, change)
        if not os.path.exists(os.path.join(_directory(t, name, file.split(".")[0]), file)):
            gone(t, name)
            t.skip(f"this kernel has no {file}")
        t.check(wanted in _content(t, name, file).splitlines(),
                f"{file}: {_content(t, name, file)!r}, expected {wanted!r}")
        gone(t, name)
        if also:
            also(t)
    return check


def _limit(name, resources, v1, v2=None, how=None, also=None):
    text = " or ".join(f"`{f[0]}`" for f in (v1, v2) if f)
    row(SECTION, f"linux.resources.{name}", SUPPORTED, how or f"{text} of the container's group")(
        _stands(resources, v1, v2, also))


MIB = 1 << 20


# --- devices --------------------------------------------------------------------------------------

def _rule(allow, access="rwm", **members):
    return {"allow": allow, "access": access, **members}


def _open(*rules):
    """A change: the rules, and a device to try them on, /dev/fuse."""
    return together(put("linux.resources", {"devices": list(rules)}),
                    put("linux.devices", [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229,
                                           "fileMode": 0o666}]))


def _devices(name, how, *trials):
    @row(SECTION, f"linux.resources.devices[].{name}", SUPPORTED, how)
    def _(t):
        if not os.path.exists("/dev/fuse"):
            t.skip("no /dev/fuse")
        for rules, wanted in trials:
            script = "(: < /dev/fuse) 2> /dev/null && echo yes || echo no"
            t.equal(t.lines(script, _open(*rules)), [wanted], f"{rules}")


_devices("allow", "opening a device inside: the last rule that fits decides, none means no",
         ([], "no"), ([_rule(True)], "yes"), ([_rule(True), _rule(False)], "no"),
         ([_rule(False), _rule(True)], "yes"))
_devices("type", "opening a device inside: `a`, `c` and `b`",
         ([_rule(True, type="a")], "yes"), ([_rule(True, type="c")], "yes"),
         ([_rule(True, type="b")], "no"))
_devices("major, .minor", "opening a device inside: the same numbers, others, and any",
         ([_rule(True, type="c", major=10, minor=229)], "yes"), ([_rule(True, type="c", major=10)], "yes"),
         ([_rule(True, type="c", major=10, minor=1)], "no"), ([_rule(True, type="c", major=11)], "no"))
_devices("access", "opening a device for reading inside: `r` counts, `w` and `m` do not",
         ([_rule(True, "r", type="c")], "yes"), ([_rule(True, "wm", type="c")], "no"))

# --- memory ---------------------------------------------------------------------------------------

def _memory_is_felt(t):
    change = put("linux.resources", {"memory": {"limit": 64 * MIB}})
    t.equal(t.lines("grep MemTotal /proc/meminfo | tr -s ' '", change), ["MemTotal: 65536 kB"], "inside")
    change = put("linux.resources", {"memory": {"limit": 48 * MIB, "swap": 48 * MIB}})
    t.equal(t.sh("exec tail -c 200m /dev/zero", change).status, 137, "status of what takes more")


_limit("memory.limit", {"memory": {"limit": 64 * MIB}},
       ("memory.limit_in_bytes", str(64 * MIB)), ("memory.max", str(64 * MIB)),
       "`memory.limit_in_bytes` or `memory.max`; MemTotal of /proc/meminfo inside; what takes more is killed",
       _memory_is_felt)
_limit("memory.reservation", {"memory": {"reservation": 32 * MIB}},
       ("memory.soft_limit_in_bytes", str(32 * MIB)), ("memory.low", str(32 * MIB)))
_limit("memory.swap", {"memory": {"limit": 64 * MIB, "swap": 96 * MIB}},
       ("memory.memsw.limit_in_bytes", str(96 * MIB)), ("memory.swap.max", str(32 * MIB)))


def _without_effect(name, resources, why):
    @row(SECTION, f"linux.resources.{name}", IGNORED, why)
    def _(t):
        t.equal(t.lines("echo ran", put("linux.resources", resources)), ["ran"], name)


_without_effect("memory.kernel", {"memory": {"kernel": 64 * MIB}},
                "Linux counts and limits kernel memory with `limit` since 5.16; as runc does")
_limit("memory.kernelTCP", {"memory": {"kernelTCP": 16 * MIB}},
       ("memory.kmem.tcp.limit_in_bytes", str(16 * MIB)), None,
       "`memory.kmem.tcp.limit_in_bytes` of the container's group; version 2 has none: ignored there, as by runc")
_limit("memory.swappiness", {"memory": {"swappiness": 7}}, ("memory.swappiness", "7"), None,
       "`memory.swappiness` of the container's group; version 2 has none: ignored there, as by runc")
_limit("memory.disableOOMKiller", {"memory": {"limit": 64 * MIB, "disableOOMKiller": True}},
       ("memory.oom_control", "oom_kill_disable 1"), None,
       "`memory.oom_control` of the container's group; version 2 has none: ignored there, as by runc")
_without_effect("memory.useHierarchy", {"memory": {"useHierarchy": True}},
                "every group counts for those above it since Linux 5.11")


@row(SECTION, "linux.resources.memory.checkBeforeUpdate", SUPPORTED, "an update below what is in use is "
     "refused, and done without it")
def _(t):
    name = running(t, put("linux.resources", {"memory": {"limit": 64 * MIB}}),
                   script="head -c 16m /dev/zero > /dev/shm/f; echo; sleep 100")
    t.wait(lambda: int(_content(t, name, "memory.current" if _unified() else "memory.usage_in_bytes"))
           > 16 * MIB, "use of memory")
    update = '{"memory": {"limit": 4194304, "checkBeforeUpdate": true}}'
    result = t.runtime.call("update", "--resources", "-", name, stdin=update.encode())
    t.check(result.status != 0, repr(result))
    t.match(result.stderr, "below the current usage", "message")
    gone(t, name)


# --- cpu ------------------------------------------------------------------------------------------

_limit("cpu.shares", {"cpu": {"shares": 512}}, ("cpu.shares", "512"), ("cpu.weight", "20"))
_limit("cpu.quota", {"cpu": {"quota": 50000}}, ("cpu.cfs_quota_us", "50000"), ("cpu.max", "50000 100000"))
_limit("cpu.burst", {"cpu": {"quota": 50000, "burst": 20000}}, ("cpu.cfs_burst_us", "20000"),
       ("cpu.max.burst", "20000"))
_limit("cpu.period", {"cpu": {"quota": 50000, "period": 200000}}, ("cpu.cfs_period_us", "200000"),
       ("cpu.max", "50000 200000"))
_limit("cpu.cpus", {"cpu": {"cpus": "0"}}, ("cpuset.cpus", "0"), ("cpuset.cpus", "0"),
       "`cpuset.cpus` of the container's group; `nproc` inside",
       lambda t: gives("nproc", ["1"], put("linux.resources", {"cpu": {"cpus": "0"}}))(t))
_limit("cpu.mems", {"cpu": {"mems": "0"}}, ("cpuset.mems", "0"), ("cpuset.mems", "0"))
_limit("cpu.idle", {"cpu": {"idle": 1}}, ("cpu.idle", "1"), ("cpu.idle", "1"))


@row(SECTION, "linux.resources.cpu.realtimeRuntime, .realtimePeriod", SUPPORTED, "`cpu.rt_runtime_us` and "
     "`cpu.rt_period_us`; refused by a kernel without groups of real-time processes; version 2 has none: "
     "ignored there, as by runc")
def _(t):
    change = put("linux.resources", {"cpu": {"realtimeRuntime": 1000, "realtimePeriod": 1000000}})
    if _unified():
        t.equal(t.lines("echo ran", change), ["ran"], "version 2")
        return
    result = t.sh("echo ran", change)
    if result.status:
        t.match(result.stderr, r"linux\.resources\.cpu\.realtime", "message")


@row(SECTION, "linux.resources (values that the kernel refuses)", SUPPORTED, "refused with the property, the "
     "file and the kernel's reason")
def _(t):
    for resources, words in (({"cpu": {"cpus": "77"}}, r"cpu\.cpus"),
                             ({"memory": {"limit": 1 << 30, "swap": MIB}}, r"memory\.\w+"),
                             ({"cpu": {"quota": 1}}, r"cpu\.quota")):
        refused(t, rf"linux\.resources\.{words}", put("linux.resources", resources))


# --- block devices --------------------------------------------------------------------------------

def _disk():
    """The numbers of a block device, as major:minor; None when there is none."""
    for name in os.listdir("/sys/block"):
        with open(f"/sys/block/{name}/dev", encoding="utf-8") as file:
            return file.read().strip()
    return None


def _weight(member, resources):
    @row(SECTION, f"linux.resources.blockIO.{member}", SUPPORTED, "`blkio.weight`, `blkio.bfq.weight` or "
         "`io.weight`, whichever the disks' scheduler has; refused where it has none")
    def _(t):
        name = t.identifier()
        configuration = t.shell("true")
        put("linux.resources", {"blockIO": resources(_disk() or "8:0")})(configuration)
        result = t.runtime.create(t.bundle(configuration), name)
        if result.status:
            t.match(result.stderr, rf"linux\.resources\.blockIO\.{member.split('[')[0]}", "message")
            return
        gone(t, name)


def _numbers(disk, **members):
    major, minor = disk.split(":")
    return [{"major": int(major), "minor": int(minor), **members}]


_weight("weight", lambda disk: {"weight": 300})
_weight("leafWeight", lambda disk: {"leafWeight": 300})
_weight("weightDevice[].weight", lambda disk: {"weightDevice": _numbers(disk, weight=300)})
_weight("weightDevice[].leafWeight", lambda disk: {"weightDevice": _numbers(disk, leafWeight=300)})


def _throttle(member, file, word):
    @row(SECTION, f"linux.resources.blockIO.{member}[]", SUPPORTED,
         f"`blkio.throttle.{file}` or `io.max` of the container's group")
    def _(t):
        disk = _disk()
        if not disk:
            t.skip("no block device")
        name = created(t, put("linux.resources", {
            "blockIO": {member: _numbers(disk, rate=1048576)}}))
        if _unified():
            t.match(_content(t, name, "io.max"), f"{disk}.*{word}=1048576", member)
        else:
            t.equal(_content(t, name, f"blkio.throttle.{file}"), f"{disk} 1048576", member)
        gone(t, name)


for _member, _file, _word in (("throttleReadBpsDevice", "read_bps_device", "rbps"),
                              ("throttleWriteBpsDevice", "write_bps_device", "wbps"),
                              ("throttleReadIOPSDevice", "read_iops_device", "riops"),
                              ("throttleWriteIOPSDevice", "write_iops_device", "wiops")):
    _throttle(_member, _file, _word)


# --- the rest -------------------------------------------------------------------------------------

_limit("hugepageLimits[].pageSize, .limit",
       {"hugepageLimits": [{"pageSize": "2MB", "limit": 4 * MIB}]},
       ("hugetlb.2MB.limit_in_bytes", str(4 * MIB)), ("hugetlb.2MB.max", str(4 * MIB)))
_limit("network.classID", {"network": {"classID": 1048577}}, ("net_cls.classid", "1048577"), None,
       "`net_cls.classid` of the container's group; version 2 has none: ignored there, as by runc")
_limit("network.priorities[]", {"network": {"priorities": [{"name": "lo", "priority": 5}]}},
       ("net_prio.ifpriomap", "lo 5"), None,
       "`net_prio.ifpriomap` of the container's group; version 2 has none: ignored there, as by runc")


def _pids_are_felt(t):
    script = "for i in $(seq 30); do sleep 3 & done; echo done"
    result = t.sh(script, put("linux.resources", {"pids": {"limit": 12}}))
    t.match(result.stderr, "can't fork", "a limit of 12")


_limit("pids.limit", {"pids": {"limit": 100}}, ("pids.max", "120"), ("pids.max", "120"),
       "`pids.max` of the container's group, with room for the sentry's own threads; forking inside fails",
       _pids_are_felt)
_limit("rdma.*.hcaHandles, .hcaObjects", {"rdma": {"mlx5_0": {"hcaHandles": 3, "hcaObjects": 100}}},
       ("rdma.max", "mlx5_0 hca_handle=3 hca_object=100"),
       ("rdma.max", "mlx5_0 hca_handle=3 hca_object=100"))


@row(SECTION, "linux.resources.unified", SUPPORTED, "the file of a version 2 group; refused where there are "
     "version 1 groups, which have no such files")
def _(t):
    change = put("linux.resources", {"unified": {"memory.high": "67108864"}})
    if not _unified():
        refused(t, r"linux\.resources\.unified", change)
        return
    name = created(t, change)
    t.equal(_content(t, name, "memory.high"), "67108864", "file")
    gone(t, name)
