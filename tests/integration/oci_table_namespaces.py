"""Namespaces, id mappings, clocks: rows of the conformance table, from config-linux.md."""

import os
import signal
import subprocess

from lib import hoststate

from .namespaces import holder, release
from .oci_table import (IGNORED, REFUSED, SUPPORTED, add, created, gives, gone, put, refused, refuses,
                        row, running, together, without)

SPACES, IDS = "Namespaces", "Ids and clocks"


def _link(kind):
    return f"readlink /proc/self/ns/{kind}"


def _new(name, kind):
    @row(SPACES, f"linux.namespaces[] ({name})", SUPPORTED,
         f"/proc/self/ns/{kind} inside is another than the host's")
    def _(t):
        change = add("linux.namespaces", {"type": "cgroup"}) if name == "cgroup" else together()
        t.check(t.lines(_link(kind), change)[0] != os.readlink(f"/proc/self/ns/{kind}"), "new")


for _name, _kind in (("pid", "pid"), ("network", "net"), ("mount", "mnt"), ("ipc", "ipc"), ("uts", "uts"),
                     ("cgroup", "cgroup")):
    _new(_name, _kind)


@row(SPACES, "linux.namespaces[] (user)", SUPPORTED, "/proc/self/uid_map inside shows the mapping, and "
     "owners of files follow it")
def _(t):
    maps = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    gives("cat /proc/self/uid_map | tr -s ' '; stat -c %u /etc/passwd", [" 0 100000 65536", "65534"],
          add("linux.namespaces", {"type": "user"}), put("linux.uidMappings", maps),
          put("linux.gidMappings", maps))(t)


@row(SPACES, "linux.namespaces[] (time)", SUPPORTED, "/proc/self/ns/time of a guest is another than the "
     "host's")
def _(t):
    name = running(t, add("linux.namespaces", {"type": "time"}))
    own = os.readlink("/proc/self/ns/time")
    for pid in hoststate.guests(t.runtime.state(name)["pid"]):
        t.check(os.readlink(f"/proc/{pid}/ns/time") != own, "namespace")
    gone(t, name)


@row(SPACES, "linux.namespaces[] (without pid, mount, user)", IGNORED, "a container always has its own of "
     "these: they are what the sandbox is made of; the log says so for pid")
def _(t):
    lines = t.lines("; ".join(_link(k) for k in ("pid", "mnt", "user")), without("pid", "mount"))
    for line, kind in zip(lines, ("pid", "mnt", "user")):
        t.check(line != os.readlink(f"/proc/self/ns/{kind}"), kind)


@row(SPACES, "linux.namespaces[] (without network, ipc, uts)", SUPPORTED, "the sentry is in the host's, "
     "guests in the host's ipc and uts")
def _(t):
    name = created(t, without("network", "ipc", "uts"), lambda c: c.pop("hostname"))
    pid = t.runtime.state(name)["pid"]
    for kind in ("net", "ipc", "uts"):
        t.equal(os.readlink(f"/proc/{pid}/ns/{kind}"), os.readlink(f"/proc/self/ns/{kind}"), kind)
    gone(t, name)
    gives("uname -n", [os.uname().nodename], without("uts"), lambda c: c.pop("hostname"))(t)


@row(SPACES, "linux.namespaces[] (unknown type, a type twice)", SUPPORTED, "refused")
def _(t):
    refused(t, "galaxy", add("linux.namespaces", {"type": "galaxy"}))
    refused(t, "uts", add("linux.namespaces", {"type": "uts"}))


def _join(name, kind, flag, how, inside=True):
    @row(SPACES, f"linux.namespaces[].path ({name})", SUPPORTED, how)
    def _(t):
        process = holder(t, flag)
        path = f"/proc/{process.pid}/ns/{kind}"
        changes = [without(name), add("linux.namespaces", {"type": name, "path": path}),
                   lambda c: c.pop("hostname")]
        if inside:
            gives(_link(kind), [os.readlink(path)], *changes)(t)
        container = created(t, *changes)
        pid = t.runtime.state(container)["pid"]
        t.equal(os.readlink(f"/proc/{pid}/ns/{kind}"), os.readlink(path), "the sentry's")
        gone(t, container)
        release(t, process)


_join("network", "net", "--net", "the sentry is in it, and makes the guests' sockets there", inside=False)
_join("ipc", "ipc", "--ipc", "/proc/self/ns/ipc inside is it")
_join("uts", "uts", "--uts", "/proc/self/ns/uts inside is it")
_join("cgroup", "cgroup", "--cgroup", "the sentry is in it", inside=False)


@row(SPACES, "linux.namespaces[].path (pid)", SUPPORTED, "the container's processes are in it, as the "
     "processes there see; guests themselves see those of their own container alone, numbered from 1")
def _(t):
    process = holder(t, "--pid", "--fork", "--mount-proc")
    first = next(iter(hoststate.descendants(process.pid)))
    name = running(t, without("pid"), add("linux.namespaces", {
        "type": "pid", "path": f"/proc/{first}/ns/pid"}), script="exec sleep 1234")
    seen = subprocess.run(["nsenter", f"--target={first}", "--pid", "--mount", "ps", "-e", "-o", "args"],
                          capture_output=True, text=True, check=True).stdout
    t.match(seen, "sleep 1234", "processes of the joined namespace")
    gone(t, name)
    os.kill(first, signal.SIGKILL)
    release(t, process)


for _type, _why in (("mount", "a container's mounts are its own"),
                    ("user", "capbox maps an id of its own for the guests, and so makes the namespace")):
    row(SPACES, f"linux.namespaces[].path ({_type})", REFUSED, _why)(
        refuses(rf"linux\.namespaces: a container has a {_type} namespace of its own", without(_type),
                add("linux.namespaces", {"type": _type, "path": "/proc/self/ns/mnt"})))

row(SPACES, "linux.namespaces[].path (time)", REFUSED, "its clocks would have to be its maker's")(
    refuses(r"linux\.namespaces: join time", add("linux.namespaces", {
        "type": "time", "path": "/proc/self/ns/time"})))


@row(SPACES, "linux.namespaces[].path (not a namespace, missing, relative)", SUPPORTED, "refused")
def _(t):
    for path in ("/etc/hostname", t.path("absent"), "proc/self/ns/net"):
        refused(t, "namespace", without("network"),
                add("linux.namespaces", {"type": "network", "path": path}))


# --- ids and clocks -------------------------------------------------------------------------------

@row(IDS, "linux.uidMappings, .gidMappings", SUPPORTED, "/proc/self/uid_map and gid_map inside, and owners "
     "of files on the host; without them every id is itself")
def _(t):
    gives("cat /proc/self/uid_map /proc/self/gid_map | tr -s ' '", [" 0 0 4294967295"] * 2)(t)
    root = t.own_rootfs()
    for directory, names, files in os.walk(root):
        for name in [".", *names, *files]:
            os.lchown(os.path.join(directory, name), 100000, 200000)
    gives("cat /proc/self/uid_map /proc/self/gid_map | tr -s ' '; touch /tmp/f; chown 5:6 /tmp/f",
          [" 0 100000 1000", " 1000 300000 10", " 0 200000 65536"],
          put("root.path", root), add("linux.namespaces", {"type": "user"}),
          put("linux.uidMappings", [{"containerID": 0, "hostID": 100000, "size": 1000},
                                    {"containerID": 1000, "hostID": 300000, "size": 10}]),
          put("linux.gidMappings", [{"containerID": 0, "hostID": 200000, "size": 65536}]))(t)
    info = os.stat(f"{root}/tmp/f")
    t.equal((info.st_uid, info.st_gid), (100005, 200006), "owner on the host")


@row(IDS, "linux.uidMappings (what cannot be)", SUPPORTED, "refused: without a user namespace, an empty "
     "range, one map alone, no id 0, a process.user that is not mapped")
def _(t):
    one = [{"containerID": 0, "hostID": 1000, "size": 10}]
    user = add("linux.namespaces", {"type": "user"})
    both = together(user, put("linux.uidMappings", one), put("linux.gidMappings", one))
    refused(t, "needs a namespace of type user", put("linux.uidMappings", one), put("linux.gidMappings", one))
    refused(t, "may not be empty", both, put("linux.uidMappings", [{**one[0], "size": 0}]))
    refused(t, "given together", user, put("linux.uidMappings", one))
    refused(t, "must map id 0", both, put("linux.uidMappings", [{**one[0], "containerID": 1}]))
    refused(t, r"process\.user: cannot act as user 1000", both,
            put("process.user", {"uid": 1000, "gid": 0}))


@row(IDS, "linux.timeOffsets.monotonic, .boottime", SUPPORTED, "/proc/uptime inside and the clocks of "
     "a guest; refused without a time namespace")
def _(t):
    day = 86400
    offsets = put("linux.timeOffsets", {"monotonic": {"secs": day}, "boottime": {"secs": 5 * day}})
    with open("/proc/uptime", encoding="utf-8") as file:
        outside = float(file.read().split()[0])
    lines = t.lines("cat /proc/uptime", together(
        add("linux.namespaces", {"type": "time"}), offsets))
    inside = float(lines[0].split()[0])
    t.check(4.9 * day < inside - outside < 5.1 * day, f"uptime {inside}, outside {outside}")
    refused(t, "needs a namespace of type time", offsets)


@row(IDS, "linux.personality.domain", SUPPORTED, "`uname -m` inside; other domains than LINUX and LINUX32 "
     "are refused")
def _(t):
    gives("uname -m", ["i686"], put("linux.personality", {"domain": "LINUX32"}))(t)
    refused(t, r"linux\.personality\.domain", put("linux.personality", {"domain": "SOLARIS"}))


row(IDS, "linux.personality.flags", REFUSED, "the specification has none yet")(
    refuses(r"linux\.personality\.flags", put("linux.personality", {
        "domain": "LINUX", "flags": ["ADDR_NO_RANDOMIZE"]})))
