"""What the host's privilege gives to a container's processes: priorities, clocks, labels."""

import os
import re
import subprocess

from lib import bundle
from lib.suite import Suite

from .lifetime import created
from .operations import guests

suite = Suite("attributes")
CAP_SYS_RESOURCE = 24
NEWER = ("capbox", "runc 1.1 does not know it")


def gone(t, name):
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


def start(t, change=None, script="sleep 100"):
    configuration = t.shell(script)
    if change:
        change(configuration)
    name = t.identifier()
    result = t.runtime.create(t.bundle(configuration), name)
    t.equal(result.status, 0, f"create: {result}")
    t.equal(t.runtime.start(name).status, 0, "start")
    return name


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


@suite.case
def oom_score(t):
    own = read("/proc/self/oom_score_adj")
    with open("/proc/self/status", encoding="utf-8") as file:
        effective = int(re.search(r"CapEff:\s*(\w+)", file.read()).group(1), 16)
    may_lower = effective >> CAP_SYS_RESOURCE & 1
    for wanted in (None, 500, 1000, *((0, -300) if may_lower else ())):
        def change(configuration):
            if wanted is not None:
                configuration["process"]["oomScoreAdj"] = wanted
        name = start(t, change)
        result = t.runtime.call("exec", name, "cat", "/proc/self/oom_score_adj", "/proc/1/oom_score_adj")
        number = own if wanted is None else str(wanted)
        t.equal(result.stdout.split(), [number, number], f"inside, for {wanted}")
        t.equal(read(f"/proc/{guests(t, name)[0]}/oom_score_adj"), number, "outside")
        if t.runtime.name == "capbox" and may_lower:
            sentry = read(f"/proc/{t.runtime.state(name)['pid']}/oom_score_adj")
            t.check(int(sentry) < int(number), f"the sentry's {sentry}, the guests' {number}")
        gone(t, name)


@suite.case(only=NEWER)
def scheduler(t):
    def change(configuration):
        configuration["process"]["scheduler"] = {"policy": "SCHED_BATCH", "nice": 7}
    name = start(t, change)
    pid = guests(t, name)[0]
    t.equal(os.sched_getscheduler(pid), os.SCHED_BATCH, "policy")
    t.equal(os.getpriority(os.PRIO_PROCESS, pid), 7, "nice")
    gone(t, name)
    for refused in ({"policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 2000000,
                     "period": 3000000},
                    {"policy": "SCHED_OTHER", "flags": ["SCHED_FLAG_RESET_ON_FORK"]}):
        configuration = t.shell("true", scheduler=refused)
        result = t.run(configuration)
        t.check(result.status != 0, f"{refused}")
        t.match(result.stderr, r"process\.scheduler", "message")


@suite.case(only=NEWER)
def io_priority(t):
    def change(configuration):
        configuration["process"]["ioPriority"] = {"class": "IOPRIO_CLASS_BE", "priority": 6}
    name = start(t, change)
    shown = subprocess.run(["ionice", "-p", str(guests(t, name)[0])], capture_output=True, text=True,
                           check=True).stdout
    t.equal(shown.strip(), "best-effort: prio 6", "priority")
    gone(t, name)


@suite.case(only=NEWER)
def affinity_of_exec(t):
    if os.cpu_count() < 2:
        t.skip("one processor")

    def change(configuration):
        configuration["process"]["execCPUAffinity"] = {"initial": "0", "final": "1"}
    name = start(t, change)
    t.equal(t.runtime.call("exec", name, "sh", "-c",
                           "grep Cpus_allowed_list /proc/self/status").stdout.split()[1], "1", "exec")
    t.equal(len(os.sched_getaffinity(guests(t, name)[0])), os.cpu_count(), "the first process")
    gone(t, name)


@suite.case(only=NEWER)
def personality(t):
    def change(configuration):
        configuration["linux"]["personality"] = {"domain": "LINUX32"}
    t.equal(t.lines("uname -m", change), ["i686"], "machine")
    name = start(t, change)
    t.equal(t.runtime.call("exec", name, "uname", "-m").stdout, "i686\n", "exec")
    gone(t, name)


@suite.case(only=NEWER)
def time_offsets(t):
    day = 86400

    def change(configuration):
        configuration["linux"]["namespaces"].append({"type": "time"})
        configuration["linux"]["timeOffsets"] = {
            "monotonic": {"secs": 10 * day, "nanosecs": 0}, "boottime": {"secs": 20 * day}}
    name = start(t, change)
    up = float(read("/proc/uptime").split()[0])
    inside = float(t.runtime.call("exec", name, "cat", "/proc/uptime").stdout.split()[0])
    t.check(19.9 * day < inside - up < 20.1 * day, f"uptime inside {inside}, outside {up}")
    own = os.stat("/proc/self/ns/time").st_ino
    for pid in guests(t, name):
        t.check(os.stat(f"/proc/{pid}/ns/time").st_ino != own, "namespace")
    t.equal(t.runtime.call("exec", name, "sh", "-c", "sleep 0.1; echo awake").stdout, "awake\n",
            "sleep")
    gone(t, name)


@suite.case
def labels_that_are_not_there(t):
    for member, there in (("apparmorProfile", os.path.isdir("/sys/module/apparmor")),
                          ("selinuxLabel", os.path.isdir("/sys/fs/selinux"))):
        if there:
            t.skip(f"this machine has what {member} asks for")
        if member == "apparmorProfile" and t.runtime.name == "runc":
            continue  # this version starts without the profile
        result = t.run(t.config("true", **{member: "some_t"}))
        t.check(result.status != 0, member)
    if t.runtime.name == "capbox":
        name = created(t)
        result = t.runtime.call("exec", "--apparmor", "some", name, "true")
        t.equal(result.status, 255, "exec")
        t.match(result.stderr, "AppArmor is not enabled", "message")
        gone(t, name)


@suite.case
def resource_control_that_is_not_there(t):
    if os.path.isdir("/sys/fs/resctrl/info"):
        t.skip("this machine has resctrl")
    configuration = t.shell("true")
    configuration["linux"]["intelRdt"] = {"l3CacheSchema": "L3:0=f"}
    t.check(t.run(configuration).status != 0, "run")


@suite.case(only=NEWER)
def mounts_with_mapped_ids(t):
    os.makedirs(t.path("volume"))
    for owner in (0, 7, 1000):
        with open(t.path("volume", str(owner)), "w", encoding="utf-8"):
            os.chown(t.path("volume", str(owner)), owner, owner)
    maps = [{"containerID": 0, "hostID": 3000, "size": 500},
            {"containerID": 1000, "hostID": 0, "size": 1}]

    def change(configuration):
        configuration["mounts"].append({**bundle.bind("/volume", t.path("volume")),
                                        "uidMappings": maps, "gidMappings": maps})
    lines = t.lines("cd /volume; stat -c '%n %u %g' *; touch new", change)
    t.equal(sorted(lines), ["0 3000 3000", "1000 0 0", "7 3007 3007"], "owners inside")
    t.equal(os.stat(t.path("volume/new")).st_uid, 1000, "owner of a new file outside")
    configuration = t.shell("true")
    configuration["mounts"].append({**bundle.tmpfs("/x"), "uidMappings": maps, "gidMappings": maps})
    t.check(t.run(configuration).status != 0, "on a tmpfs")
