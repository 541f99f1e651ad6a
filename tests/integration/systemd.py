"""--systemd-cgroup, against a stand-in for systemd's manager on a bus of its own: what it is asked,
and that the container is in the scope's control group."""

import json
import os
import shutil
import subprocess
import tempfile

from lib import hoststate, paths
from lib.suite import Suite

from .lifetime import status

suite = Suite("systemd")
OPTIONS = ("--systemd-cgroup",)
CAPBOX = ("capbox", "runc asks whether systemd runs before it talks to it")
MOCK = os.path.join(paths.SOURCE, "tests/lib/systemd_mock.py")


class Bus:
    """A bus with a manager. Ended by end()."""

    def __init__(self, t):
        self.t = t
        hierarchy = next((top for top in hoststate.cgroup_mounts() if top.endswith("/systemd")), None)
        if not hierarchy or os.path.isdir("/run/systemd/system"):
            t.skip("systemd runs here, or there is no hierarchy of its name")
        if not shutil.which("dbus-daemon") or subprocess.run(
                ["/usr/bin/python3", "-c", "import dbus, gi"], stderr=subprocess.DEVNULL,
                check=False).returncode:
            t.skip("the packages dbus-daemon, python3-dbus and python3-gi are not installed")
        self.hierarchy, self.log = hierarchy, t.path("calls")
        self.directory = tempfile.mkdtemp(prefix=hoststate.TOKEN)
        address = f"unix:path={self.directory}/bus"
        self.daemon = t.runtime.start_process(
            ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={address}"],
            stderr=subprocess.DEVNULL)
        t.wait(lambda: os.path.exists(f"{self.directory}/bus"), "the bus")
        self.manager = t.runtime.start_process(
            ["/usr/bin/python3", MOCK, address, hierarchy, self.log], stdout=subprocess.PIPE)
        t.equal(self.manager.stdout.readline(), b"ready\n", "the manager")
        self.environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address}

    def calls(self, method):
        with open(self.log, encoding="utf-8") as file:
            return [call for call in map(json.loads, file) if call["method"] == method]

    def call(self, *arguments, **keywords):
        return self.t.runtime.call(*arguments, options=OPTIONS, env=self.environment, **keywords)

    def end(self):
        self.manager.stdout.close()
        for process in (self.manager, self.daemon):
            process.kill()
            process.wait()
            self.t.runtime.finish(process)
        shutil.rmtree(self.directory)


def configuration_of(t, path, resources=None):
    configuration = t.shell("sleep 100")
    if path:
        configuration["linux"]["cgroupsPath"] = path
    configuration["linux"]["resources"] = resources or {}
    return configuration


@suite.case(only=CAPBOX)
def a_scope_is_asked_for(t):
    bus, name = Bus(t), t.identifier()
    token = hoststate.TOKEN
    resources = {"memory": {"limit": 64 << 20}, "pids": {"limit": 30},
                 "cpu": {"shares": 512, "quota": 25000, "period": 100000}}
    configuration = configuration_of(t, f"{token}-a.slice:box:{name}", resources)
    result = bus.call("create", "--bundle", t.bundle(configuration), name)
    t.equal(result.status, 0, f"create: {result}")
    started, = bus.calls("StartTransientUnit")
    t.equal((started["name"], started["mode"]), (f"box-{name}.scope", "replace"), "unit")
    properties = started["properties"]
    pids = properties.pop("PIDs")
    t.check(not os.path.exists(f"/proc/{pids[0]}"), "the first process has gone again")
    del properties["Description"]
    t.equal(properties, {
        "Slice": f"{token}-a.slice", "Delegate": True, "DefaultDependencies": False,
        "MemoryAccounting": True, "CPUAccounting": True, "TasksAccounting": True,
        "BlockIOAccounting": True, "MemoryLimit": 64 << 20, "CPUShares": 512,
        "CPUQuotaPerSecUSec": 250000, "TasksMax": 50}, "properties")
    with open(f"/proc/{t.runtime.state(name)['pid']}/cgroup", encoding="utf-8") as file:
        found = {line.split(":")[1]: line.strip().split(":")[2] for line in file}
    wanted = f"/{token}.slice/{token}-a.slice/box-{name}.scope"
    t.equal(found["memory"], wanted, "group of the memory controller")
    t.equal(found["name=systemd"], wanted, "group of systemd's hierarchy")
    result = bus.call("update", "--memory", "32M", name)
    t.equal(result.status, 0, f"update: {result}")
    updated, = bus.calls("SetUnitProperties")
    t.equal(updated["properties"], {"MemoryLimit": 32 << 20}, "properties of the update")
    t.equal(bus.call("delete", "--force", name).status, 0, "delete")
    t.equal([c["name"] for c in bus.calls("StopUnit")], [f"box-{name}.scope"], "the scope is ended")
    bus.end()
    for top in hoststate.cgroup_mounts():
        for directory, names, _ in os.walk(os.path.join(top, f"{token}-a.slice"), topdown=False):
            os.rmdir(directory)


@suite.case(only=CAPBOX)
def without_a_path(t):
    bus, name = Bus(t), t.identifier()
    result = bus.call("create", "--bundle", t.bundle(configuration_of(t, None)), name)
    t.equal(result.status, 0, f"create: {result}")
    t.equal(bus.call("start", name).status, 0, "start")
    started, = bus.calls("StartTransientUnit")
    t.equal((started["name"], started["properties"]["Slice"]),
            (f"capbox-{name}.scope", "system.slice"), "unit")
    t.equal(status(t, name), "running", "status")
    t.equal(bus.call("delete", "--force", name).status, 0, "delete")
    bus.end()


@suite.case(only=CAPBOX)
def refusals(t):
    bus = Bus(t)
    for path, message in (("fails.slice:fails:x", "failed"), ("/a/b", "slice:prefix:name"),
                          ("a.slice:b:c.slice", "slice of its own")):
        name = t.identifier()
        result = bus.call("create", "--bundle", t.bundle(configuration_of(t, path)), name)
        t.equal(result.status, 1, f"create: {result}")
        t.match(result.stderr, message, "message")
        t.equal(t.runtime.state(name), None, "nothing is left")
    bus.end()
    name = t.identifier()
    result = t.runtime.call("create", "--bundle", t.bundle(configuration_of(t, None)), name,
                            options=OPTIONS,
                            env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/no/bus"})
    t.equal(result.status, 1, "no bus")
    t.match(result.stderr, "connect to systemd's bus", "message")
