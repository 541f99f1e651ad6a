"""config.json's namespaces, user mappings, hostname and sysctl: new ones, joined ones, none."""

import fcntl
import os
import signal
import subprocess

from lib import bundle, hoststate
from lib.suite import Suite

suite = Suite("namespaces")
LINKS = "for n in pid net ipc uts mnt; do readlink /proc/self/ns/$n; done"


def host_links():
    return [os.readlink(f"/proc/self/ns/{n}") for n in ("pid", "net", "ipc", "uts", "mnt")]


def with_namespace(kind, path=None):
    """A change of the configuration: namespace `kind` joined by path; removed when path is ''."""
    def change(c):
        kept = [n for n in c["linux"]["namespaces"] if n["type"] != kind]
        if path != "":
            kept.append({"type": kind, **({"path": path} if path else {})})
        c["linux"]["namespaces"] = kept
    return change


def holder(t, *flags):
    """A process of the host in namespaces of its own, for a container to join."""
    process = t.runtime.start_process(
        ["unshare", *flags, "sh", "-c", "echo ready; exec sleep 1000"], stdout=subprocess.PIPE)
    t.equal(process.stdout.readline(), b"ready\n", "holder")
    return process


def release(t, process):
    process.kill()
    process.wait()
    process.stdout.close()
    t.runtime.finish(process)


@suite.case
def all_are_new(t):
    lines = t.lines(LINKS)
    for own, of_host in zip(lines, host_links()):
        t.check(own != of_host, f"shared with the host: {own}")
        t.match(own, r"^(pid|net|ipc|uts|mnt):\[\d+\]$", "link")


@suite.case
def two_containers_share_none(t):
    ready = t.path("links")
    configuration = t.shell(f"({LINKS}) > /ready; sleep 100")
    configuration["mounts"].append(bundle.bind("/ready", ready))
    with open(ready, "w", encoding="utf-8"):
        pass
    name = t.identifier()
    t.equal(t.runtime.create(t.bundle(configuration), name).status, 0, "create")
    t.equal(t.runtime.start(name).status, 0, "start")
    t.wait(lambda: len(open(ready, encoding="utf-8").read().split()) == 5, "the first's links")
    with open(ready, encoding="utf-8") as file:
        first = file.read().split()
    t.check(not set(first) & set(t.lines(LINKS)), "a namespace is shared")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def hostname(t):
    def change(c):
        c["hostname"] = "name-of-the-box"
    before = os.uname().nodename
    t.equal(t.lines("hostname; uname -n; cat /proc/sys/kernel/hostname", change),
            ["name-of-the-box"] * 3, "hostname")
    t.equal(os.uname().nodename, before, "the host's name")


@suite.case
def hostname_can_be_changed_inside(t):
    def change(c):
        for names in c["process"]["capabilities"].values():
            names.append("CAP_SYS_ADMIN")
    before = os.uname().nodename
    t.equal(t.lines("hostname other && hostname && uname -n", change), ["other"] * 2, "hostname")
    t.equal(os.uname().nodename, before, "the host's name")
    t.equal(t.sh("hostname other").status, 1, "without CAP_SYS_ADMIN")


@suite.case
def domainname(t):
    def change(c):
        c["domainname"] = "example.org"
    if t.runtime.name == "runc":
        t.skip("runc 1.1 has no domainname")
    t.equal(t.lines("cat /proc/sys/kernel/domainname; uname -a | wc -l", change)[0], "example.org",
            "domainname")


@suite.case
def kernel_identity(t):
    lines = t.lines("uname -s; uname -m; uname -r; cat /proc/sys/kernel/ostype")
    t.equal((lines[0], lines[1], lines[3]), ("Linux", os.uname().machine, "Linux"), "uname")
    t.match(lines[2], r"^\d+\.\d+", "release")


@suite.case
def network_is_empty_but_for_loopback(t):
    t.equal([line.split(":")[0].strip() for line in t.lines("tail -n +3 /proc/net/dev")], ["lo"],
            "interfaces")


@suite.case
def join_network_by_path(t):
    process = holder(t, "--net")
    path = f"/proc/{process.pid}/ns/net"
    result = t.sh("readlink /proc/self/ns/net; ip -o link | wc -l", with_namespace("network", path))
    t.equal(result.status, 0, repr(result))
    if t.runtime.name == "runc":  # in capbox the sentry is there, the guests' own is empty
        t.equal(result.stdout.split()[0], os.readlink(path), "net")
    release(t, process)


@suite.case
def sentry_is_in_the_joined_network(t):
    process = holder(t, "--net")
    path = f"/proc/{process.pid}/ns/net"
    name = t.identifier()
    configuration = t.shell("sleep 100")
    with_namespace("network", path)(configuration)
    t.equal(t.runtime.create(t.bundle(configuration), name).status, 0, "create")
    pid = t.runtime.state(name)["pid"]
    t.equal(os.readlink(f"/proc/{pid}/ns/net"), os.readlink(path), "network of the container")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")
    release(t, process)


@suite.case
def join_ipc_by_path(t):
    process = holder(t, "--ipc")
    path = f"/proc/{process.pid}/ns/ipc"
    t.equal(t.lines("readlink /proc/self/ns/ipc", with_namespace("ipc", path)), [os.readlink(path)],
            "ipc")
    release(t, process)


@suite.case
def join_uts_by_path(t):
    process = holder(t, "--uts")
    path = f"/proc/{process.pid}/ns/uts"
    subprocess.run(["nsenter", f"--uts={path}", "hostname", "shared-name"], check=True)

    def change(c):
        with_namespace("uts", path)(c)
        del c["hostname"]
    t.equal(t.lines("hostname", change), ["shared-name"], "hostname")
    release(t, process)


NS_GET_PARENT = 0xb702


@suite.case
def join_pid_by_path(t):
    """In capbox the container nests in the joined namespace: it is seen there, and sees itself."""
    process = holder(t, "--pid", "--fork")
    child = next(iter(hoststate.descendants(process.pid)))
    path = f"/proc/{child}/ns/pid"
    name = t.identifier()
    configuration = t.shell("exec sleep 100")
    with_namespace("pid", path)(configuration)
    t.equal(t.runtime.create(t.bundle(configuration), name).status, 0, "create")
    pid = t.runtime.state(name)["pid"]
    with open(f"/proc/{pid}/ns/pid", "rb") as own, open(path, "rb") as joined:
        place = os.fstat(own.fileno()).st_ino
        if t.runtime.name != "runc":
            parent = fcntl.ioctl(own, NS_GET_PARENT)
            place = os.fstat(parent).st_ino
            os.close(parent)
        t.equal(place, os.fstat(joined.fileno()).st_ino, "the namespace that it is in")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")
    os.kill(child, signal.SIGKILL)
    release(t, process)


@suite.case
def identity_mapping_by_default(t):
    t.equal([line.split() for line in t.lines("cat /proc/self/uid_map /proc/self/gid_map")],
            [["0", "0", "4294967295"]] * 2, "maps")


def _user_namespace(t, configuration):
    """Turns a configuration into one with ids shifted by 100000; the root filesystem must suit."""
    configuration["linux"]["namespaces"].append({"type": "user"})
    mapping = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    configuration["linux"].update(uidMappings=mapping, gidMappings=mapping)
    root = t.own_rootfs()
    for directory, names, files in os.walk(root):
        for name in [".", *names, *files]:
            os.lchown(os.path.join(directory, name), 100000, 100000)
    configuration["root"]["path"] = root
    return root


@suite.case
def mapped_users(t):
    configuration = t.shell("id -u; stat -c '%u %g' /etc/passwd; touch /tmp/mine; chown 5:6 /tmp/mine;"
                            "cat /proc/self/uid_map")
    root = _user_namespace(t, configuration)
    result = t.run(configuration)
    t.equal(result.status, 0, repr(result))
    lines = result.stdout.splitlines()
    t.equal(lines[:2], ["0", "0 0"], "ids inside")
    t.equal(lines[2].split(), ["0", "100000", "65536"], "uid_map")
    info = os.stat(os.path.join(root, "tmp/mine"))
    t.equal((info.st_uid, info.st_gid), (100005, 100006), "owner on the host")


@suite.case
def mapped_users_see_others_as_nobody(t):
    configuration = t.shell("stat -c '%u %g' /etc/foreign; cat /etc/foreign")
    root = _user_namespace(t, configuration)
    with open(f"{root}/etc/foreign", "w", encoding="utf-8") as file:
        file.write("root's\n")
    os.chmod(f"{root}/etc/foreign", 0o600)
    result = t.run(configuration)
    t.equal(result.stdout, "65534 65534\n", "owner inside")
    t.match(result.stderr, "ermission denied", "reading")


@suite.case
def sysctl(t):
    def change(c):
        c["linux"]["sysctl"] = {"kernel.shm_rmid_forced": "1", "net.ipv4.ip_forward": "1"}
    result = t.sh("cat /proc/sys/kernel/shm_rmid_forced /proc/sys/net/ipv4/ip_forward", change)
    t.equal(result.stdout, "1\n1\n", f"sysctl ({result.stderr!r})")


@suite.case
def sysctl_of_the_host_is_refused(t):
    def change(c):
        c["linux"]["sysctl"] = {"vm.swappiness": "1"}
    with open("/proc/sys/vm/swappiness", encoding="utf-8") as file:
        before = file.read()
    t.check(t.sh("true", change).status != 0, "accepted")
    with open("/proc/sys/vm/swappiness", encoding="utf-8") as file:
        t.equal(file.read(), before, "the host's swappiness")


@suite.case
def cgroups_path(t):
    name = t.identifier()
    configuration = t.shell("sleep 100")
    configuration["linux"]["cgroupsPath"] = f"/{name}-parent/{name}"
    t.equal(t.runtime.create(t.bundle(configuration), name).status, 0, "create")
    pid = t.runtime.state(name)["pid"]
    with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
        text = file.read()
    t.check(f"/{name}-parent/{name}" in text, f"cgroups of the container: {text}")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")
    # The parent may stay, as with runc: it is not the container's own. It is ours.
    for directory in sorted(hoststate.cgroups(name), key=len, reverse=True):
        os.rmdir(directory)
