"""config-linux.md, but for namespaces, resources and seccomp: rows of the conformance table."""

import os
import stat

from lib import hoststate

from .oci_table import (IGNORED, REFUSED, SUPPORTED, add, created, gives, gone, put, refused, refuses, row,
                        together)

FILES, DEVICES, PATHS = "Default filesystems", "Devices", "Kernel parameters and paths"
OTHER = "Control groups, propagation and others"
ALLOW = put("linux.resources", {"devices": [{"allow": True, "access": "rwm"}]})


def _default(path, kind):
    row(FILES, path, SUPPORTED, f"mounted as `{kind}` where the configuration says so; nothing is mounted that "
        "it does not name")(gives(f"grep ' {path} ' /proc/mounts | cut -d ' ' -f 3", [kind]))


for _path, _kind in (("/proc", "proc"), ("/sys", "sysfs"), ("/dev/pts", "devpts"), ("/dev/shm", "tmpfs")):
    _default(_path, _kind)


# --- devices --------------------------------------------------------------------------------------

@row(DEVICES, "(default devices)", SUPPORTED, "null, zero, full, random, urandom, tty by number and by use, "
     "ptmx a link to the container's own, console with a terminal; the links fd, stdin, stdout, stderr")
def _(t):
    gives("cd /dev; stat -c '%n %t:%T %F' null zero full random urandom tty | tr '\\n' ';';"
          "for l in ptmx fd stdin stdout stderr; do readlink $l; done | tr '\\n' ' '; echo x > null; head -c 2 zero | wc -c;"
          "(echo x > full) 2>&1 | grep -c 'No space left'",
          ["".join(f"{n} {d} character special file;" for n, d in (
              ("null", "1:3"), ("zero", "1:5"), ("full", "1:7"), ("random", "1:8"), ("urandom", "1:9"),
              ("tty", "5:0"))) + "pts/ptmx /proc/self/fd /proc/self/fd/0 /proc/self/fd/1 "
           "/proc/self/fd/2 2", "1"])(t)


@row(DEVICES, "(modes and owners)", SUPPORTED, "the container's own affair: changing those of /dev/full or of "
     "a masked file inside changes nothing of the host's")
def _(t):
    nodes = {path: os.stat(path) for path in ("/dev/full", "/dev/null")}
    try:
        t.sh("chmod 600 /dev/full; chown 7 /dev/full; chmod 600 /etc/container; touch -d 2001-01-01 "
             "/dev/full /etc/container", put("linux.maskedPaths", ["/etc/container"]))
        for path, before in nodes.items():
            now = os.stat(path)
            t.equal((now.st_mode, now.st_uid, now.st_mtime), (before.st_mode, before.st_uid,
                                                              before.st_mtime), path)
    finally:
        for path, before in nodes.items():
            os.chmod(path, stat.S_IMODE(before.st_mode))
            os.chown(path, before.st_uid, before.st_gid)


def _device(**members):
    return add("linux.devices", {"path": "/dev/mine", "type": "c", "major": 1, "minor": 5, **members})


row(DEVICES, "linux.devices[].path, .type (c, u)", SUPPORTED, "a character device inside, by any name, that "
    "can be read; a missing directory is made; a relative path is refused")(
    lambda t: (gives("head -c 3 /dev/a/b/zero | od -An -tx1; head -c 3 /dev/mine | wc -c",
                     [" 00 00 00", "3"], _device(path="/dev/a/b/zero"), _device(type="u"), ALLOW)(t),
               refused(t, r"linux\.devices\[0\]\.path", _device(path="dev/x"))))


@row(DEVICES, "linux.devices[].type (b)", SUPPORTED, "a block device inside, that can be read")
def _(t):
    disks = [f"/dev/{n}" for n in os.listdir("/dev") if stat.S_ISBLK(os.stat(f"/dev/{n}").st_mode)]
    if not disks:
        t.skip("no block device")
    number = os.stat(disks[0]).st_rdev
    gives("stat -c '%F %t:%T' /dev/mine", [
        f"block special file {os.major(number):x}:{os.minor(number):x}"],
        _device(type="b", major=os.major(number), minor=os.minor(number)), ALLOW)(t)


row(DEVICES, "linux.devices[].type (p)", SUPPORTED, "a FIFO inside that passes data")(
    gives("stat -c %F /dev/pipe; echo through > /dev/pipe & cat /dev/pipe", ["fifo", "through"],
          add("linux.devices", {"path": "/dev/pipe", "type": "p"})))

row(DEVICES, "linux.devices[].major, .minor", SUPPORTED, "`stat` inside; required but for FIFOs")(
    lambda t: (gives("stat -c %t:%T /dev/mine", ["1:3"], _device(minor=3), ALLOW)(t),
               refused(t, r"linux\.devices\[0\]\.major", add("linux.devices", {
                   "path": "/dev/x", "type": "c", "minor": 1}))))

row(DEVICES, "linux.devices[].fileMode, .uid, .gid", SUPPORTED, "`stat` inside; for a caller without "
    "privilege it is the host's node with the host's mode and owner")(
    gives("stat -c '%a %u %g' /dev/mine", ["640 7 8"], _device(fileMode=0o640, uid=7, gid=8), ALLOW))


# --- parameters and paths -------------------------------------------------------------------------

@row(PATHS, "linux.sysctl", SUPPORTED, "/proc/sys inside, with dots and with slashes; what belongs to the "
     "whole machine, or to a namespace that is not the container's, is refused")
def _(t):
    gives("cat /proc/sys/kernel/shm_rmid_forced /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/sem | "
          "tr '\\t' ' '", ["1", "1", "100 200 30 40"], put("linux.sysctl", {
              "kernel.shm_rmid_forced": "1", "net/ipv4/ip_forward": "1", "kernel.sem": "100 200 30 40"}))(t)
    refused(t, r"linux\.sysctl.*whole machine", put("linux.sysctl", {"vm.swappiness": "1"}))


@row(PATHS, "linux.maskedPaths", SUPPORTED, "inside a file is empty and a directory has nothing, in the "
     "image and in /proc and /sys; what is not there is skipped; a relative path is refused")
def _(t):
    gives("cat /etc/container; ls -A /var; ls -A /home; cat /proc/uptime; ls -A /proc/sys; "
          "ls -A /sys/devices; ls /proc | grep -c -e '^uptime$' -e '^sys$'; ls /proc/absent 2> /dev/null; "
          "echo end", ["2", "end"], put("linux.maskedPaths", [
              "/etc/container", "/var", "/home", "/proc/uptime", "/proc/sys", "/sys/devices", "/absent",
              "/proc/absent"]))(t)
    refused(t, r"linux\.maskedPaths", put("linux.maskedPaths", ["etc"]))


@row(PATHS, "linux.readonlyPaths", SUPPORTED, "writing fails with EROFS, in the image and in /proc; "
     "what is not there is skipped; little in /proc can be written in any case, nothing in /sys")
def _(t):
    script = "touch /home/x; (echo y > /proc/sys/kernel/hostname); touch /tmp/x && echo written"
    root = put("root.path", t.own_rootfs())
    result = t.sh(script, together(root, put("linux.readonlyPaths", ["/home", "/proc/sys", "/absent"])))
    t.equal(result.stdout, "written\n", repr(result))
    t.equal(result.stderr.count("Read-only file system"), 2, result.stderr)
    result = t.sh(script, together(root, put("linux.readonlyPaths", [])))
    t.equal((result.stdout, result.stderr.count("Read-only")), ("written\n", 0), repr(result))


@row(PATHS, "linux.mountLabel", SUPPORTED, "refused where the kernel has no SELinux; given to every new "
     "filesystem where it has")
def _(t):
    if os.path.isdir("/sys/fs/selinux"):
        t.skip("this machine has SELinux")
    refused(t, r"linux\.mountLabel.*not enabled", put("linux.mountLabel", "system_u:object_r:x_t:s0"))
    gives("echo ran", ["ran"], put("linux.mountLabel", ""))(t)


# --- others ---------------------------------------------------------------------------------------

@row(OTHER, "linux.cgroupsPath", SUPPORTED, "the sentry's groups on the host: an absolute path from the "
     "hierarchy's mount, a relative one from the caller's group, slice:prefix:name with --systemd-cgroup; "
     "`..` is refused")
def _(t):
    place = f"{hoststate.TOKEN}-parent"
    name = created(t, put("linux.cgroupsPath", f"/{place}/inner"))
    with open(f"/proc/{t.runtime.state(name)['pid']}/cgroup", encoding="utf-8") as file:
        t.check(f":/{place}/inner\n" in file.read(), "groups")
    gone(t, name)
    t.equal(hoststate.cgroups(place), set(), "groups afterwards")
    refused(t, r"linux\.cgroupsPath", put("linux.cgroupsPath", "/a/../b"))


row(OTHER, "(ownership of the control group)", IGNORED, "the guests' view of it is read-only, and the "
    "container's root is its owner without a mapping of ids; the specification says SHOULD, for version 2 "
    "alone")(gives("touch /sys/fs/cgroup/x 2>&1 | grep -c 'Read-only'", ["1"], add("mounts", {
        "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": []})))


def _propagation(word, tag):
    @row(OTHER, f"linux.rootfsPropagation ({word})", SUPPORTED, "the tags of / in /proc/self/mountinfo inside")
    def _(t):
        lines = t.lines("cat /proc/self/mountinfo", put("linux.rootfsPropagation", word))
        tags = next(line.split(" - ")[0].split()[6:] for line in lines if line.split()[4] == "/")
        names = {n.split(":")[0] for n in tags}
        t.check(tag in names if tag else "shared" not in names, f"{word}: {tags}")


for _word, _tag in (("shared", "shared"), ("rshared", "shared"), ("slave", None), ("private", None),
                    ("unbindable", "unbindable")):
    _propagation(_word, _tag)

row(OTHER, "linux.rootfsPropagation (others)", SUPPORTED, "refused")(
    refuses(r"linux\.rootfsPropagation", put("linux.rootfsPropagation", "sideways")))

for _member, _value in (("closID", "guests"), ("l3CacheSchema", "L3:0=f"), ("memBwSchema", "MB:0=20"),
                        ("schemata", ["L3:0=f"]), ("enableCMT", True), ("enableMBM", True)):
    row(OTHER, f"linux.intelRdt.{_member}", REFUSED, "resctrl is not implemented")(
        refuses(r"linux\.intelRdt", put("linux.intelRdt", {_member: _value})))


@row(OTHER, "(descriptors)", SUPPORTED, "0, 1 and 2 and those of --preserve-fds are all that a guest has")
def _(t):
    gives("ls /proc/self/fd | tr '\\n' ' '", ["0 1 2 3 "])(t)  # 3 is the directory itself
