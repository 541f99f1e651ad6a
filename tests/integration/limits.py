"""linux.resources: what is asked for stands in the container's control groups, and holds inside."""

import os

from lib import hoststate
from lib.suite import Suite

from .lifetime import status

suite = Suite("limits")


def group(t, name, controller):
    """The container's directory of a version 1 controller."""
    state = t.runtime.state(name)
    with open(f"/proc/{state['pid']}/cgroup", encoding="utf-8") as file:
        for line in file.read().splitlines():
            _, names, path = line.split(":", 2)
            if controller in names.split(","):
                for top, _ in hoststate.cgroup_mounts().items():
                    if os.path.exists(f"{top}{path}") and top.endswith(controller):
                        return f"{top}{path}"
    t.skip(f"no {controller} hierarchy of version 1")
    return None


def value(t, name, file):
    with open(os.path.join(group(t, name, file.split(".")[0]), file), encoding="utf-8") as f:
        return f.read().strip()


def limited(t, resources, script="sleep 100"):
    configuration = t.shell(script)
    configuration["linux"]["resources"] = resources
    name = t.identifier()
    result = t.runtime.create(t.bundle(configuration), name)
    t.equal(result.status, 0, f"create: {result}")
    return name


def gone(t, name):
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


def inside(t, resources, script, **keywords):
    def change(configuration):
        configuration["linux"]["resources"] = resources
    return t.sh(script, change, **keywords)


@suite.case
def files(t):
    name = limited(t, {
        "memory": {"limit": 64 << 20, "reservation": 32 << 20, "swap": 96 << 20, "swappiness": 7},
        "cpu": {"shares": 512, "quota": 50000, "period": 200000, "cpus": "0", "mems": "0"},
        "blockIO": {"throttleReadBpsDevice": [{"major": 254, "minor": 0, "rate": 1 << 30}]},
    })
    for file, wanted in (("memory.limit_in_bytes", str(64 << 20)),
                         ("memory.soft_limit_in_bytes", str(32 << 20)),
                         ("memory.memsw.limit_in_bytes", str(96 << 20)),
                         ("memory.swappiness", "7"), ("cpu.shares", "512"),
                         ("cpu.cfs_quota_us", "50000"), ("cpu.cfs_period_us", "200000"),
                         ("cpuset.cpus", "0"), ("cpuset.mems", "0")):
        t.equal(value(t, name, file), wanted, file)
    gone(t, name)


@suite.case
def cpuset_is_inherited(t):
    name = limited(t, {})
    directory = group(t, name, "cpuset")
    with open(os.path.join(os.path.dirname(directory), "cpuset.cpus"), encoding="utf-8") as file:
        t.equal(value(t, name, "cpuset.cpus"), file.read().strip(), "cpus")
    gone(t, name)


@suite.case
def cpus_inside(t):
    t.equal(inside(t, {"cpu": {"cpus": "0"}}, "nproc").stdout, "1\n", "processors")


@suite.case
def quota_inside(t):
    """Who sizes itself by processors is told as many as the quota is worth, rounded up."""
    if t.runtime.name != "capbox":
        t.skip("runc shows the host's")
    count = os.cpu_count()
    script = ("nproc; grep -c ^processor /proc/cpuinfo; grep -c '^cpu[0-9]' /proc/stat;"
              "cat /sys/devices/system/cpu/online /sys/devices/system/cpu/possible")
    for quota, cpus in ((20000, 1), (100000, 1), (100001, min(2, count)), (6400000, count)):
        t.equal(inside(t, {"cpu": {"quota": quota, "period": 100000}}, script).stdout,
                f"{cpus}\n" * 3 + ("0" if cpus == 1 else f"0-{cpus - 1}") +
                ("\n0\n" if count == 1 else f"\n0-{count - 1}\n"), f"a quota of {quota}")


@suite.case
def memory_is_enforced(t):
    result = inside(t, {"memory": {"limit": 48 << 20, "swap": 48 << 20}},
                    "head -c 200m /dev/zero | tail | wc -c; echo survived")
    t.check("survived" in result.stdout or result.status == 137, f"{result}")
    t.check("209715200" not in result.stdout, f"{result}")


@suite.case
def memory_kills_the_first_process(t):
    result = inside(t, {"memory": {"limit": 48 << 20, "swap": 48 << 20}},
                    "exec tail -c 200m /dev/zero")
    t.equal(result.status, 137, "status")


@suite.case
def memory_inside(t):
    result = inside(t, {"memory": {"limit": 64 << 20}}, "head -1 /proc/meminfo")
    if t.runtime.name == "capbox":
        t.equal(result.stdout.split()[1], "65536", "MemTotal")


@suite.case
def pids_are_enforced(t):
    script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do sleep 5 & done; echo done"
    result = inside(t, {"pids": {"limit": 12}}, script)
    t.match(result.stderr, "can't fork", "message")
    result = inside(t, {"pids": {"limit": 40}}, script)
    t.equal((result.stdout, result.stderr), ("done\n", ""), "below the limit")


@suite.case
def a_small_limit_of_pids(t):
    t.equal(inside(t, {"pids": {"limit": 1}}, "exec echo one").stdout, "one\n", "output")


@suite.case
def quota_is_enforced(t):
    name = limited(t, {"cpu": {"quota": 10000, "period": 100000}}, "while :; do :; done")
    t.equal(t.runtime.start(name).status, 0, "start")
    t.wait(lambda: "nr_throttled 0" not in value(t, name, "cpu.stat"), "throttled")
    gone(t, name)


def device(allow, access="rwm", **numbers):
    return {"allow": allow, "access": access, **numbers}


@suite.case
def devices(t):
    fuse = {"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 0o666}
    if not os.path.exists("/dev/fuse"):
        t.skip("no /dev/fuse")
    open_it = "(: < /dev/fuse) 2>/dev/null && echo yes || echo no"
    other = "(: < /dev/null) && echo yes"
    for rules, wanted in (([], "no"), ([device(False)], "no"),
                          ([device(False), device(True, type="c", major=10, minor=229)], "yes"),
                          ([device(False), device(True, type="c", major=10)], "yes"),
                          ([device(False), device(True, "w", type="c", major=10)], "no"),
                          ([device(True)], "yes")):
        def change(configuration):
            configuration["linux"]["devices"] = [fuse]
            configuration["linux"]["resources"] = {"devices": rules}
        t.equal(t.lines(f"{open_it}; {other}", change), [wanted, "yes"], f"{rules}")


@suite.case
def refusals(t):
    for resources, message in (({"cpu": {"cpus": "77"}}, "cpus"),
                               ({"memory": {"limit": 1 << 30, "swap": 1 << 20}}, "mem"),
                               ({"unified": {"memory.high": "1"}}, "unified")):
        result = inside(t, resources, "true")
        t.check(result.status != 0, f"{resources}")
        t.match(result.stderr, message, "message")


@suite.case
def an_own_path(t):
    name = limited(t, {})
    gone(t, name)
    configuration = t.shell("sleep 100")
    path = f"/{hoststate.TOKEN}-top/a/b"
    configuration["linux"]["cgroupsPath"] = path
    configuration["linux"]["resources"] = {"cpu": {"shares": 77}}
    name = t.identifier()
    t.equal(t.runtime.create(t.bundle(configuration), name).status, 0, "create")
    t.match(group(t, name, "cpu"), f"{path}$", "path")
    t.equal(value(t, name, "cpu.shares"), "77", "shares")
    t.equal(status(t, name), "created", "status")
    gone(t, name)
    for top in hoststate.cgroup_mounts():
        for part in (path, os.path.dirname(path), os.path.dirname(os.path.dirname(path))):
            if os.path.isdir(top + part):
                os.rmdir(top + part)
