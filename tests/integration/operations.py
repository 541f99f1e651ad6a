"""What is done to a container that runs: pause, resume, ps, update, events."""

import json
import os
import signal
import subprocess
import time

from lib import hoststate
from lib.suite import Suite

from .execution import read_pid
from .lifetime import created, running, status
from .limits import limited, value

suite = Suite("operations")


def gone(t, name):
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


def call(t, *arguments, **keywords):
    result = t.runtime.call(*arguments, **keywords)
    t.equal(result.status, 0, f"{arguments}: {result}")
    return result.stdout


def guests(t, name):
    return json.loads(call(t, "ps", "--format", "json", name)) or []


# pause and resume


@suite.case
def pause_and_resume(t):
    name = running(t, "i=0; while :; do i=$((i+1)); echo $i > /tmp/count; sleep 0.01; done")

    def count():
        with open(os.path.join(t.rootfs, "tmp/count"), encoding="utf-8") as file:
            return file.read()

    t.wait(lambda: os.path.exists(os.path.join(t.rootfs, "tmp/count")), "the counter")
    call(t, "pause", name)
    t.equal(status(t, name), "paused", "status")
    before = count()
    time.sleep(0.2)
    t.equal(count(), before, "what the container does meanwhile")
    t.match(call(t, "list"), rf"{name} .*paused", "list")
    t.check(t.runtime.call("pause", name).status != 0, "paused twice")
    call(t, "resume", name)
    t.equal(status(t, name), "running", "status")
    t.wait(lambda: count() not in (before, ""), "it goes on")
    t.check(t.runtime.call("resume", name).status != 0, "resumed twice")
    gone(t, name)
    os.unlink(os.path.join(t.rootfs, "tmp/count"))


@suite.case(timeout=300)
def a_pause_is_not_noticed(t):
    """By opens and execs that are under way, hundreds of times."""
    name = running(t, "i=0; while [ ! -e /tmp/stop ]; do read x < /etc/container && "
                      "[ \"$x\" = 'this is the container' ] && /bin/busybox true || echo $i $? >> /tmp/bad; "
                      "i=$((i+1)); done; touch /tmp/bad; sleep 100")
    for _ in range(150):
        call(t, "pause", name)
        call(t, "resume", name)
    call(t, "exec", name, "touch", "/tmp/stop")
    t.equal(call(t, "exec", name, "sh", "-c", "until [ -e /tmp/bad ]; do :; done; cat /tmp/bad"), "",
            "what failed")
    gone(t, name)


@suite.case
def pause_before_start_and_after_end(t):
    name = created(t)
    call(t, "pause", name)
    t.equal(status(t, name), "paused", "status")
    call(t, "resume", name)
    t.equal(status(t, name), "created", "status")
    call(t, "start", name)
    call(t, "kill", name, "KILL")
    t.wait(lambda: status(t, name) == "stopped", "stopped")
    for command in ("pause", "resume"):
        t.equal(t.runtime.call(command, name).status, 1, command)
    gone(t, name)


@suite.case
def paused_things_wait(t):
    name = running(t, "trap 'exit 3' TERM; echo > /tmp/set; while :; do sleep 0.1; done")
    t.wait(lambda: t.runtime.call("exec", name, "test", "-e", "/tmp/set").status == 0, "trap")
    call(t, "pause", name)
    result = t.runtime.call("exec", name, "true")
    t.equal(result.status, 255, "exec")
    t.match(result.stderr, "cannot exec in a paused container", "exec")
    call(t, "kill", name, "TERM")
    time.sleep(0.1)
    t.equal(status(t, name), "paused", "status after a signal")
    call(t, "resume", name)
    t.wait(lambda: status(t, name) == "stopped", "the signal arrives")
    t.equal(t.runtime.delete(name).status, 0, "delete")
    os.unlink(os.path.join(t.rootfs, "tmp/set"))


@suite.case
def kill_of_a_paused_container(t):
    name = running(t)
    call(t, "pause", name)
    call(t, "kill", name, "KILL")
    t.wait(lambda: status(t, name) == "stopped", "stopped")
    t.equal(t.runtime.delete(name).status, 0, "delete")


@suite.case
def delete_of_a_paused_container(t):
    name = running(t)
    call(t, "pause", name)
    t.check(t.runtime.delete(name).status != 0, "delete without --force")
    gone(t, name)


# ps


@suite.case
def ps_json(t):
    name = running(t)
    first = guests(t, name)
    t.equal(len(first), 1, "processes")
    call(t, "exec", "-d", "--pid-file", t.path("pid"), name, "sleep", "50")
    pids = guests(t, name)
    t.equal(len(pids), 2, "processes")
    t.check(set(first) < set(pids), "the first is still there")
    for pid in pids:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
            t.match(file.read(), "sh|sleep", "name")
    supervisor = read_pid(t.path("pid"))
    os.kill(supervisor, signal.SIGKILL)
    os.waitpid(supervisor, 0)
    gone(t, name)


@suite.case
def ps_table(t):
    name = running(t, "sleep 4321")
    lines = call(t, "ps", name).splitlines()
    t.match(lines[0], r"^UID +PID +PPID", "heading")
    t.equal(len(lines), 2, "lines")
    t.match(lines[1], "sleep 4321", "line")
    lines = call(t, "ps", name, "-eo", "pid,comm").splitlines()
    t.equal([word for line in lines for word in line.split()],
            ["PID", "COMMAND", str(guests(t, name)[0]), "sleep"], "own columns")
    t.check(t.runtime.call("ps", "--format", "xml", name).status != 0, "an unknown format")
    t.check(t.runtime.call("ps", name, "-o", "comm").status != 0, "no column PID")
    gone(t, name)


# update


@suite.case
def update_by_flags(t):
    name = limited(t, {"memory": {"limit": 64 << 20, "swap": 64 << 20}})
    call(t, "update", "--memory", "128M", "--memory-swap", "256M", "--memory-reservation", "33M",
         "--cpu-share", "300", "--cpu-quota", "20000", "--cpu-period", "50000", "--cpuset-cpus",
         "0", name)
    for file, wanted in (("memory.limit_in_bytes", 128 << 20),
                         ("memory.memsw.limit_in_bytes", 256 << 20),
                         ("memory.soft_limit_in_bytes", 33 << 20), ("cpu.shares", 300),
                         ("cpu.cfs_quota_us", 20000), ("cpu.cfs_period_us", 50000),
                         ("cpuset.cpus", 0)):
        t.equal(value(t, name, file), str(wanted), file)
    call(t, "update", "--cpu-quota", "-1", "--memory", "32M", "--memory-swap", "32M", name)
    t.equal(value(t, name, "cpu.cfs_quota_us"), "-1", "no quota")
    t.equal(value(t, name, "memory.memsw.limit_in_bytes"), str(32 << 20), "smaller")
    t.equal(value(t, name, "cpu.shares"), "300", "what was not given")
    t.check(t.runtime.call("update", "--memory", "many", name).status != 0, "not a number")
    if t.runtime.name == "capbox":
        t.check(t.runtime.call("update", "--blkio-weight", "5", name).status != 0, "out of range")
    t.check(t.runtime.call("update", "--l3-cache-schema", "x", name).status != 0, "no such thing")
    gone(t, name)


@suite.case
def update_from_a_file(t):
    name = limited(t, {})
    path = t.path("resources.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"memory": {"limit": 50 << 20, "swap": 0, "reservation": 0},
                   "cpu": {"shares": 77, "quota": 0}, "blockIO": {"weight": 0},
                   "pids": {"limit": 20}}, file)
    call(t, "update", "--resources", path, name)
    t.equal(value(t, name, "memory.limit_in_bytes"), str(50 << 20), "memory")
    t.equal(value(t, name, "cpu.shares"), "77", "shares")
    call(t, "update", "-r", "-", name, stdin=b'{"cpu": {"shares": 99}}')
    t.equal(value(t, name, "cpu.shares"), "99", "shares from standard input")
    t.check(t.runtime.call("update", "-r", "-", name, stdin=b'{"cpu": 3}').status != 0, "wrong")
    gone(t, name)


@suite.case
def update_is_enforced(t):
    name = running(t)
    call(t, "update", "--pids-limit", "4", name)
    # More than the limit and the room that is left for the sentry's threads.
    result = t.runtime.call("exec", name, "sh", "-c",
                            "i=0; while [ $i -lt 40 ]; do sleep 1 & i=$((i + 1)); done; wait")
    t.match(result.stderr, "can't fork|[Rr]esource temporarily", "fork")
    call(t, "update", "--pids-limit", "-1", name)
    t.equal(value(t, name, "pids.max"), "max", "no limit")
    gone(t, name)


# events


@suite.case
def events_stats(t):
    name = limited(t, {"memory": {"limit": 64 << 20}, "pids": {"limit": 100}})
    call(t, "start", name)
    event = json.loads(call(t, "events", "--stats", name))
    t.equal((event["type"], event["id"]), ("stats", name), "event")
    data = event["data"]
    t.equal(set(data), {"cpu", "cpuset", "memory", "pids", "blkio", "hugetlb", "intel_rdt",
                        "network_interfaces"}, "parts")
    t.equal(data["memory"]["usage"]["limit"], 64 << 20, "memory")
    t.check(data["memory"]["usage"]["usage"] > 4096, "usage of memory")
    t.equal(set(data["memory"]) - {"cache"}, {"usage", "swap", "kernel", "kernelTCP", "raw"},
            "memory")
    t.check(data["memory"]["raw"]["hierarchical_memory_limit"] == 64 << 20, "raw")
    t.equal(len(data["cpu"]["usage"]["percpu"]), os.cpu_count(), "processors")
    t.check(data["pids"]["current"] >= 1 and data["pids"]["limit"] >= 100, "pids")
    t.equal(data["cpuset"]["mems"], [0], "cpuset")
    gone(t, name)


@suite.case
def events_stream(t):
    name = running(t)
    process = t.runtime.start_process(
        t.runtime.command("events", "--interval", "100ms", name), stdout=subprocess.PIPE)
    for _ in range(3):
        t.equal(json.loads(process.stdout.readline())["type"], "stats", "event")
    call(t, "kill", name, "KILL")
    hoststate.reap(set(t.runtime.children))
    t.wait(lambda: status(t, name) == "stopped", "stopped")
    t.check(t.runtime.call("events", name).status != 0, "of a stopped container")
    t.check(t.runtime.call("events", "--interval", "0s", name).status != 0, "no interval")
    gone(t, name)
    t.equal(process.wait(5), 0, "the end of the stream")
    process.stdout.close()
    t.runtime.finish(process)


@suite.case
def events_of_the_end_of_memory(t):
    name = limited(t, {"memory": {"limit": 32 << 20, "swap": 32 << 20}},
                   "trap 'exec tail -c 200m /dev/zero' USR1; while :; do sleep 0.1; done")
    call(t, "start", name)
    process = t.runtime.start_process(
        t.runtime.command("events", "--interval", "1h", name), stdout=subprocess.PIPE)
    time.sleep(0.5)
    call(t, "kill", name, "USR1")
    t.equal(json.loads(process.stdout.readline()), {"type": "oom", "id": name}, "event")
    process.send_signal(signal.SIGTERM)
    process.wait(5)
    process.stdout.close()
    t.runtime.finish(process)
    gone(t, name)
