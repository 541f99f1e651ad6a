"""config.json's `mounts`: each type, each option that a program can notice, order and propagation."""

import os
import stat

from lib import bundle
from lib.suite import Suite

suite = Suite("mounts")


def options_of(t, path, change, script=""):
    """The mount options of a path as /proc/self/mounts tells them: (type, {options})."""
    for line in t.lines(f"{script}cat /proc/self/mounts", change):
        source, target, kind, options = line.split()[:4]
        if target == path:
            return kind, set(options.split(",")), source
    t.check(False, f"{path} is not mounted")
    return None


def adding(*mounts):
    def change(c):
        c["mounts"].extend(mounts)
    return change


def volume(t, name="volume"):
    directory = t.path(name)
    os.mkdir(directory)
    os.chmod(directory, 0o777)
    with open(os.path.join(directory, "file"), "w", encoding="utf-8") as file:
        file.write("from the host\n")
    return directory


@suite.case
def default_mounts(t):
    kinds = {}
    for line in t.lines("cat /proc/self/mounts"):
        kinds.setdefault(line.split()[1], line.split()[2])
    wanted = {"/proc": "proc", "/dev": "tmpfs", "/dev/pts": "devpts", "/dev/shm": "tmpfs",
              "/dev/mqueue": "mqueue", "/sys": "sysfs"}
    t.equal({p: kinds.get(p) for p in wanted}, wanted, "types")
    t.check("/" in kinds, f"no root in {kinds}")


@suite.case
def mountinfo_agrees_with_mounts(t):
    lines = t.lines("cat /proc/self/mounts; echo =; cat /proc/self/mountinfo")
    cut = lines.index("=")
    mounts = sorted(line.split()[1] for line in lines[:cut])
    info = sorted(line.split()[4] for line in lines[cut + 1:])
    t.equal(info, mounts, "mount points")


@suite.case
def no_path_of_the_host_in_mountinfo(t):
    text = "\n".join(t.lines("cat /proc/self/mounts"))
    t.check(t.directory not in text, f"the bundle's path shows: {text}")


@suite.case
def tmpfs_options(t):
    kind, options, _ = options_of(t, "/tmp", adding(
        bundle.tmpfs("/tmp", "nosuid", "nodev", "noexec", "size=1m", "mode=1777", "nr_inodes=100")))
    t.equal(kind, "tmpfs", "type")
    t.check({"nosuid", "nodev", "noexec", "size=1024k", "nr_inodes=100"} <= options, str(options))
    result = t.sh("head -c 2000000 /dev/zero > /tmp/x; stat -c %s /tmp/x",
                  adding(bundle.tmpfs("/tmp", "size=1m")))
    t.equal(result.stdout, "1048576\n", "size limit")


@suite.case
def tmpfs_owner_and_mode(t):
    root = t.own_rootfs()

    def change(c):
        c["root"]["path"] = root
        c["mounts"].append(bundle.tmpfs("/fresh", "mode=0750", "uid=1000", "gid=2000"))
    lines = t.lines("stat -c '%a %u %g' /fresh", change)
    t.equal(lines, ["750 1000 2000"], "tmpfs")


@suite.case
def flags_take_effect(t):
    base = bundle.tmpfs("/tmp", "mode=1777")

    def trial(script, *options):
        return t.sh(script, adding({**base, "options": ["mode=1777", *options]})).status
    t.equal(trial("cp /bin/busybox /tmp/true && /tmp/true"), 0, "exec")
    t.equal(trial("cp /bin/busybox /tmp/true && /tmp/true", "noexec"), 126, "noexec")
    t.equal(trial("touch /tmp/x", "ro"), 1, "ro")
    t.equal(trial("touch /tmp/x", "ro", "rw"), 0, "ro and rw: the last one counts")


@suite.case
def access_time_options(t):
    for words, wanted in ((["noatime"], "noatime"), (["relatime"], "relatime"),
                          (["nodiratime", "noatime"], "nodiratime")):
        _, options, _ = options_of(t, "/tmp", adding(bundle.tmpfs("/tmp", *words)))
        t.check(wanted in options, f"{words}: {options}")
    _, options, _ = options_of(t, "/tmp", adding(bundle.tmpfs("/tmp", "strictatime")))
    t.check(not {"noatime", "relatime"} & options, f"strictatime: {options}")


@suite.case
def bind_directory(t):
    source = volume(t)
    lines = t.lines("cat /tmp/file; echo from inside > /tmp/new; ls /tmp",
                    adding(bundle.bind("/tmp", source)))
    t.equal(lines, ["from the host", "file", "new"], "volume")
    with open(os.path.join(source, "new"), encoding="utf-8") as file:
        t.equal(file.read(), "from inside\n", "what the host sees")
    t.equal(os.stat(os.path.join(source, "new")).st_uid, 0, "owner on the host")


@suite.case
def bind_shows_the_hosts_changes(t):
    source = volume(t)
    name = t.identifier()
    configuration = t.shell("until [ -e /tmp/go ]; do sleep 0.02; done; echo seen > /tmp/answer")
    adding(bundle.bind("/tmp", source))(configuration)
    t.equal(t.runtime.create(t.bundle(configuration), name).status, 0, "create")
    t.equal(t.runtime.start(name).status, 0, "start")
    with open(os.path.join(source, "go"), "w", encoding="utf-8"):
        pass
    t.wait(lambda: os.path.exists(os.path.join(source, "answer")), "the container's answer")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def bind_file(t):
    source = os.path.join(volume(t), "file")
    lines = t.lines("cat /etc/passwd; echo appended >> /etc/passwd; cat /etc/passwd",
                    adding(bundle.bind("/etc/passwd", source)))
    t.equal(lines, ["from the host"] * 2 + ["appended"], "bound file")


@suite.case
def bind_read_only(t):
    source = volume(t)
    change = adding(bundle.bind("/tmp", source, "ro"))
    result = t.sh("cat /tmp/file; touch /tmp/new; rm /tmp/file; echo x > /tmp/file", change)
    t.equal(result.stdout, "from the host\n", "reading")
    t.equal(result.stderr.count("ead-only file system"), 3, f"refusals in {result.stderr!r}")
    t.equal(sorted(os.listdir(source)), ["file"], "the volume")
    _, options, _ = options_of(t, "/tmp", change)
    t.check("ro" in options, str(options))


@suite.case
def bind_flags(t):
    source = volume(t)
    _, options, _ = options_of(t, "/tmp", adding(
        bundle.bind("/tmp", source, "nosuid", "nodev", "noexec", "noatime")))
    t.check({"nosuid", "nodev", "noexec", "noatime"} <= options, str(options))


@suite.case
def bind_is_not_recursive_but_rbind_is(t):
    source = volume(t)
    inner = os.path.join(source, "inner")
    os.mkdir(inner)
    first = {"destination": "/home", "type": "tmpfs", "source": "tmpfs", "options": []}
    inside = {"destination": "/home/a/b", "type": "tmpfs", "source": "tmpfs", "options": ["mode=711"]}
    t.equal(t.lines("stat -c %a /home/a/b", adding(first, inside)), ["711"], "mount below a mount")


@suite.case
def order_matters(t):
    source = volume(t)
    lines = t.lines("ls /tmp /tmp/deep", adding(
        bundle.tmpfs("/tmp"), bundle.bind("/tmp/deep", source)))
    t.equal(lines, ["/tmp:", "deep", "", "/tmp/deep:", "file"], "mount inside an earlier mount")


@suite.case
def mount_points_are_made(t):
    root = t.own_rootfs()
    source = volume(t)

    def change(c):
        c["root"]["path"] = root
        adding(bundle.bind("/a/b/c", source), bundle.bind("/d/file", source + "/file"),
               bundle.tmpfs("/e/f"))(c)
    t.equal(t.lines("ls /a/b/c; cat /d/file; ls /e", change), ["file", "from the host", "f"],
            "mount points")


@suite.case
def a_symlink_does_not_lead_a_mount_to_the_host(t):
    root = t.own_rootfs()
    trap = t.path("trap")
    os.mkdir(trap)
    os.symlink(trap, os.path.join(root, "link"))
    os.symlink("../../../../../../.." + trap, os.path.join(root, "dots"))

    def change(c):
        c["root"]["path"] = root
        adding(bundle.tmpfs("/link/made"), bundle.tmpfs("/dots/made"))(c)
    t.sh("true", change)
    t.equal(os.listdir(trap), [], "directory of the host")


@suite.case
def devices(t):
    lines = t.lines("cd /dev; ls -d null zero full random urandom tty ptmx fd stdin stdout stderr shm;"
                    "stat -c '%n %t:%T %a %F' null zero full random urandom tty")
    t.equal(lines[-6:], [f"{n} 1:{m} 666 character special file" if n != "tty" else
                         "tty 5:0 666 character special file"
                         for n, m in (("null", 3), ("zero", 5), ("full", 7), ("random", 8),
                                      ("urandom", 9), ("tty", 0))], "devices")
    t.equal(len(lines), 12 + 6, f"entries of /dev: {lines}")


@suite.case
def devices_work(t):
    lines = t.lines("echo x > /dev/null; head -c 4 /dev/zero | od -An -tx1; cat /dev/null;"
                    "head -c 8 /dev/urandom | wc -c; echo y > /dev/full || echo full;"
                    "readlink /dev/fd; readlink /dev/stdin; echo out > /dev/stdout; cat < /dev/null;"
                    "echo through | cat /dev/stdin")
    t.equal(lines, [" 00 00 00 00", "8", "full", "/proc/self/fd", "/proc/self/fd/0", "out",
                    "through"], "devices")


@suite.case
def extra_devices(t):
    def change(c):
        c["linux"]["devices"] = [{"path": "/dev/mynull", "type": "c", "major": 1, "minor": 3,
                                  "fileMode": 0o640, "uid": 1000, "gid": 2000}]
        c["linux"]["resources"] = {"devices": [{"allow": True, "access": "rwm"}]}
    # A device node is bound from the host where the container cannot make one: its mode and
    # owner are then the host's.
    lines = t.lines("echo x > /dev/mynull; cat /dev/mynull; stat -c '%t:%T' /dev/mynull", change)
    t.equal(lines, ["1:3"], "device")


@suite.case
def devices_stay_the_hosts(t):
    """Their nodes are the host's: the container's root must not change owner, mode or times."""
    before = os.stat("/dev/null")
    t.lines("chown 5:6 /dev/null; chmod 600 /dev/null; touch -d @1000 /dev/null;"
            "exec 3>/dev/null; chmod 600 /proc/self/fd/3; echo written >/dev/null && echo done")
    after = os.stat("/dev/null")
    t.equal((after.st_mode, after.st_uid, after.st_gid, int(after.st_mtime) == 1000),
            (before.st_mode, before.st_uid, before.st_gid, False), "the host's node")


@suite.case
def devices_cannot_be_made(t):
    result = t.sh("mknod /tmp/sda b 8 0 && cat /tmp/sda | head -c 1; ls /dev/sd* /dev/vd* /dev/mem")
    t.equal(result.stdout, "", "stdout")
    if os.path.exists(f"{t.rootfs}/tmp/sda"):
        os.unlink(f"{t.rootfs}/tmp/sda")


@suite.case
def pseudo_terminals(t):
    t.equal(t.lines("stat -c '%a %g' /dev/pts/ptmx; ls /dev/pts; ls -lL /dev/ptmx | cut -c 1-10"),
            ["666 0", "ptmx", "crw-rw-rw-"], "devpts")


@suite.case
def shared_memory_and_queues(t):
    lines = t.lines("stat -c '%a' /dev/shm; echo x > /dev/shm/f && cat /dev/shm/f; ls /dev/mqueue | wc -l")
    t.equal(lines, ["1777", "x", "0"], "shm and mqueue")


@suite.case
def root_propagation_is_private(t):
    """A mount that the host makes in a volume afterwards does not appear inside a private one."""
    lines = t.lines("grep -c 'shared:' /proc/self/mountinfo; true")
    t.equal(lines, ["0"], "shared mounts inside")


@suite.case
def files_keep_their_kind(t):
    source = volume(t)
    t.lines("cd /tmp; mkfifo pipe; ln -s file link; ln file hard; mkdir dir", adding(
        bundle.bind("/tmp", source)))
    kinds = {n: stat.S_IFMT(os.lstat(os.path.join(source, n)).st_mode)
             for n in ("pipe", "link", "hard", "dir")}
    t.equal(kinds, {"pipe": stat.S_IFIFO, "link": stat.S_IFLNK, "hard": stat.S_IFREG,
                    "dir": stat.S_IFDIR}, "kinds")
