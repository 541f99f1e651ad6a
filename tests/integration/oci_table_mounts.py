"""config.md's mounts: rows of the conformance table."""

import os

from lib import bundle

from .oci_table import IGNORED, REFUSED, SUPPORTED, add, gives, refused, refuses, row

MOUNTS, OPTIONS = "Mounts", "Mount options"


def mounted(t, path, mount, script=""):
    """The options of a mount as /proc/self/mountinfo tells them: (of the mount, tags, of the filesystem)."""
    for line in t.lines(f"{script}cat /proc/self/mountinfo", add("mounts", mount)):
        left, right = line.split(" - ")
        words = left.split()
        if words[4] == path:
            return set(words[5].split(",")), words[6:], set(right.split()[2].split(","))
    t.check(False, f"{path} is not mounted")
    return None


def volume(t):
    """A directory of the host with a mount in it, `inner`, on a private parent."""
    directory = t.path("volume")
    os.makedirs(f"{directory}/inner", exist_ok=True)
    os.chmod(directory, 0o777)
    with open(f"{directory}/file", "w", encoding="utf-8") as file:
        file.write("from the host\n")
    return directory


# --- properties -----------------------------------------------------------------------------------

@row(MOUNTS, "mounts[] (order)", SUPPORTED, "a later mount lies in, or over, an earlier one")
def _(t):
    changes = [add("mounts", m) for m in (
        bundle.tmpfs("/tmp"), bundle.tmpfs("/tmp/a/b", "mode=711"), bundle.tmpfs("/home", "mode=700"),
        bundle.tmpfs("/home", "mode=755"))]
    gives("stat -c %a /tmp/a/b /home", ["711", "755"], *changes)(t)


@row(MOUNTS, "mounts[].destination", SUPPORTED, "made when it is missing; links are followed inside the "
     "root only; a relative one counts from the root, as 1.x demands; /, which is root.path's, is refused")
def _(t):
    root = t.own_rootfs()
    os.symlink("/../../../../etc", f"{root}/link")

    def change(configuration):
        configuration["root"]["path"] = root
        configuration["mounts"] += [bundle.tmpfs("/new/place"), bundle.tmpfs("/link/made"),
                                    bundle.tmpfs("relative")]
    gives("grep -c -e ' /new/place ' -e ' /etc/made ' -e ' /relative ' /proc/mounts", ["3"], change)(t)
    t.check(not os.path.exists("/etc/made"), "a directory of the host")
    refused(t, r"mounts\[\d\] \(/\)", add("mounts", bundle.tmpfs("/")))


@row(MOUNTS, "mounts[].source", SUPPORTED, "a directory and a file of the host, also relative to the "
     "bundle; one that is missing is refused")
def _(t):
    source = volume(t)
    gives("cat /tmp/file /etc/group", ["from the host"] * 2, add("mounts", bundle.bind("/tmp", source)),
          add("mounts", bundle.bind("/etc/group", f"{source}/file")))(t)
    refused(t, "absent", add("mounts", bundle.bind("/tmp", t.path("absent"))))
    configuration = t.shell("cat /tmp/file")
    configuration["mounts"].append(bundle.bind("/tmp", "../volume"))
    t.equal(t.run(configuration).stdout, "from the host\n", "relative")


@row(MOUNTS, "mounts[].type", SUPPORTED, "proc, sysfs, tmpfs, devpts, mqueue, cgroup and bind are what "
     "/proc/mounts says; others the host's kernel mounts; unknown ones are refused")
def _(t):
    lines = t.lines("cut -d ' ' -f 2,3 /proc/mounts", add("mounts", {
        "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": []}))
    for wanted in ("/proc proc", "/sys sysfs", "/dev tmpfs", "/dev/pts devpts", "/dev/mqueue mqueue"):
        t.check(wanted in lines, f"{wanted} in {lines}")
    refused(t, "nosuchfs", add("mounts", {"destination": "/tmp", "type": "nosuchfs", "source": "x"}))


@row(MOUNTS, "mounts[].type (proc, sysfs)", SUPPORTED, "the sentry's own trees with what concerns the "
     "container; nothing in them is the host's")
def _(t):
    lines = t.lines("set -- /proc/[0-9]*; echo $#; ls /sys | head -1; cat /proc/1/comm; true")
    t.equal((lines[0], lines[2]), ("1", "sh"), "processes")


row(MOUNTS, "mounts[].options (of the filesystem)", SUPPORTED, "tmpfs mode, size, uid and gid as `stat` "
    "and `df` see them; a word that the filesystem does not know is refused")(
    lambda t: (gives("stat -c '%a %u %g' /tmp; df -k /tmp | tail -1 | tr -s ' ' | cut -d ' ' -f 2",
                     ["750 7 8", "1024"],
                     add("mounts", bundle.tmpfs("/tmp", "mode=750", "size=1m", "uid=7", "gid=8")))(t),
               refused(t, "frobnicate", add("mounts", bundle.tmpfs("/tmp", "frobnicate")))))

MAPS = [{"containerID": 0, "hostID": 3000, "size": 500}]


@row(MOUNTS, "mounts[].uidMappings, .gidMappings", SUPPORTED, "owners of a bind mount's files inside; new "
     "files on the host")
def _(t):
    source = volume(t)
    os.chown(f"{source}/file", 7, 8)
    gives("stat -c '%u %g' /tmp/file; touch /tmp/new", ["3007 3008"], add("mounts", {
        **bundle.bind("/tmp", source), "uidMappings": [*MAPS, {"containerID": 500, "hostID": 0, "size": 1}],
        "gidMappings": [*MAPS, {"containerID": 500, "hostID": 0, "size": 1}]}))(t)
    t.equal(os.stat(f"{source}/new").st_uid, 500, "owner on the host")
    refused(t, "given together", add("mounts", {**bundle.bind("/tmp", source), "uidMappings": MAPS}))


row(MOUNTS, "mounts[].uidMappings (not of a bind mount)", REFUSED, "a new filesystem has the container's "
    "ids")(refuses("not a bind mount", add("mounts", {
        **bundle.tmpfs("/x"), "uidMappings": MAPS, "gidMappings": MAPS})))


# --- options --------------------------------------------------------------------------------------

def _flag(word, *, there=(), absent=(), base=(), how=None):
    """An option that shows in mountinfo, or that another one does not."""
    @row(OPTIONS, word, SUPPORTED, how or "/proc/self/mountinfo inside, of a tmpfs and of a bind mount")
    def _(t):
        for mount in (bundle.tmpfs("/tmp"), {"destination": "/tmp", "type": "bind", "source": volume(t),
                                             "options": ["rbind"]}):
            options, _, of_filesystem = mounted(t, "/tmp", {**mount, "options": [
                *mount["options"], *base, word]})
            t.check(set(there) <= options | of_filesystem and not set(absent) & options,
                    f"{word}: {options}, {of_filesystem}")


for _word, _arguments in (
        ("ro", {"there": ["ro"]}), ("rw", {"there": ["rw"], "base": ["ro"]}),
        ("nosuid", {"there": ["nosuid"]}), ("suid", {"absent": ["nosuid"], "base": ["nosuid"]}),
        ("nodev", {"there": ["nodev"]}),
        ("noexec", {"there": ["noexec"]}), ("exec", {"absent": ["noexec"], "base": ["noexec"]}),
        ("noatime", {"there": ["noatime"]}), ("atime", {"absent": ["noatime"], "base": ["noatime"]}),
        ("nodiratime", {"there": ["nodiratime"]}),
        ("diratime", {"absent": ["nodiratime"], "base": ["nodiratime"]}),
        ("relatime", {"there": ["relatime"], "base": ["strictatime"]}),
        ("norelatime", {"absent": ["noatime"]}),
        ("strictatime", {"absent": ["relatime", "noatime"]}),
        ("nostrictatime", {"there": ["relatime"], "base": ["strictatime"]}),
        ("nosymfollow", {"there": ["nosymfollow"]}),
        ("symfollow", {"absent": ["nosymfollow"], "base": ["nosymfollow"]}),
        ("defaults", {"there": ["rw"], "absent": ["noexec"]})):
    _flag(_word, **_arguments)


@row(OPTIONS, "dev", SUPPORTED, "/proc/self/mountinfo inside, of a bind mount; without the option a volume, "
     "like the image, is `nodev` whatever the host's is: the sentry opens what a guest names")
def _(t):
    t.check("nodev" in mounted(t, "/tmp", bundle.bind("/tmp", volume(t)))[0], "without")
    t.check("nodev" not in mounted(t, "/tmp", bundle.bind("/tmp", volume(t), "dev"))[0], "with")
    gives("echo x > /tmp/node; stat -c %F /tmp/node", ["character special file"],
          add("mounts", bundle.bind("/tmp/node", "/dev/null")))(t)


def _superblock(word, there):
    @row(OPTIONS, word, SUPPORTED, "/proc/self/mountinfo inside, of a new filesystem; a bind mount keeps "
         "what its filesystem has, as with mount(8)")
    def _(t):
        _, _, options = mounted(t, "/tmp", bundle.tmpfs("/tmp", word))
        t.check(there in options, f"{word}: {options}")


for _word in ("sync", "dirsync", "lazytime"):
    _superblock(_word, _word)

for _word, _other in (("async", "sync"), ("nolazytime", "lazytime")):
    row(OPTIONS, _word, SUPPORTED, f"takes an earlier `{_other}` back")(
        lambda t, w=_word, o=_other: t.check(
            o not in mounted(t, "/tmp", bundle.tmpfs("/tmp", o, w))[2], w))


@row(OPTIONS, "bind", SUPPORTED, "the directory without what is mounted below it")
def _(t):
    source = volume(t)
    gives("cat /tmp/file", ["from the host"], add("mounts", {
        "destination": "/tmp", "source": source, "options": ["bind"]}))(t)


row(OPTIONS, "rbind", SUPPORTED, "the directory with what is mounted below it: /dev/shm of a bound /dev")(
    gives("grep -q ' /mnt/shm ' /proc/mounts && echo there", ["there"], add("mounts", {
        "destination": "/mnt", "source": "/dev", "options": ["rbind"]})))


def _recursive(word, there=None, absent=None, base=()):
    @row(OPTIONS, word, SUPPORTED, "/proc/self/mountinfo inside, of a bound /dev and of /dev/shm below it")
    def _(t):
        mount = {"destination": "/mnt", "type": "bind", "source": "/dev", "options": ["rbind", *base, word]}
        for path in ("/mnt", "/mnt/shm"):
            options, _, _ = mounted(t, path, mount)
            t.check((not there or there in options) and (not absent or absent not in options),
                    f"{word} on {path}: {options}")


for _word, _arguments in (
        ("rro", {"there": "ro"}), ("rrw", {"there": "rw", "base": ["rro"]}),
        ("rnosuid", {"there": "nosuid"}), ("rsuid", {"absent": "nosuid", "base": ["rnosuid"]}),
        ("rnodev", {"there": "nodev"}), ("rdev", {"absent": "nodev", "base": ["rnodev"]}),
        ("rnoexec", {"there": "noexec"}), ("rexec", {"absent": "noexec", "base": ["rnoexec"]}),
        ("rnodiratime", {"there": "nodiratime"}),
        ("rdiratime", {"absent": "nodiratime", "base": ["rnodiratime"]}),
        ("rnoatime", {"there": "noatime"}), ("ratime", {"absent": "noatime", "base": ["rnoatime"]}),
        ("rrelatime", {"there": "relatime", "base": ["rnoatime"]}),
        ("rnorelatime", {"absent": "noatime"}),
        ("rstrictatime", {"absent": "relatime"}),
        ("rnostrictatime", {"there": "relatime", "base": ["rstrictatime"]}),
        ("rnosymfollow", {"there": "nosymfollow"}),
        ("rsymfollow", {"absent": "nosymfollow", "base": ["rnosymfollow"]})):
    _recursive(_word, **_arguments)

def _propagation(word, tag):
    @row(OPTIONS, word, SUPPORTED, "the tags of /proc/self/mountinfo inside" +
         (", also below" if word[0] == "r" else ""))
    def _(t):
        _, tags, _ = mounted(t, "/tmp", {"destination": "/tmp", "type": "bind", "source": volume(t),
                                         "options": ["rbind", word]})
        names = {n.split(":")[0] for n in tags}
        t.check(tag in names if tag else not names & {"shared", "master"}, f"{word}: {tags}")


for _word, _tag in (("shared", "shared"), ("rshared", "shared"), ("private", None), ("rprivate", None),
                    ("unbindable", "unbindable"), ("runbindable", "unbindable")):
    _propagation(_word, _tag)

for _word in ("slave", "rslave"):
    row(OPTIONS, _word, SUPPORTED, "no tag `shared` inside: what is mounted there does not reach the host")(
        lambda t, w=_word: t.check(not [n for n in mounted(t, "/tmp", {
            "destination": "/tmp", "type": "bind", "source": volume(t), "options": ["rbind", w]})[1]
            if n.startswith("shared")], w))


@row(OPTIONS, "tmpcopyup", SUPPORTED, "a tmpfs begins with what it hides, owners and modes included")
def _(t):
    gives("cat /etc/container; touch /etc/new; stat -c %a /etc", ["this is the container", "755"],
          add("mounts", bundle.tmpfs("/etc", "tmpcopyup")))(t)
    t.check(not os.path.exists(f"{t.rootfs}/etc/new"), "the image")


for _word in ("idmap", "ridmap"):
    row(OPTIONS, _word, SUPPORTED, "owners of a bind mount's files inside, with the mount's mappings; "
        "without mappings it needs a user namespace" if _word == "idmap" else "the same")(
        lambda t, w=_word: (os.chown(f"{volume(t)}/file", 7, 8), gives(
            "stat -c '%u %g' /tmp/file", ["3007 3008"], add("mounts", {
                **bundle.bind("/tmp", volume(t), w), "uidMappings": MAPS, "gidMappings": MAPS}))(t),
            refused(t, "needs uidMappings", add("mounts", bundle.bind("/tmp", volume(t), w)))))

row(OPTIONS, "remount", REFUSED, "every mount is a new one; its options are its own")(
    refuses("remount", add("mounts", bundle.tmpfs("/tmp", "remount", "ro"))))

for _word, _why in (("silent", "it concerns the kernel's log alone"), ("loud", "as `silent`"),
                    ("mand", "Linux has no mandatory locks since 5.15"), ("nomand", "as `mand`"),
                    ("iversion", "filesystems decide it themselves"), ("noiversion", "as `iversion`")):
    row(OPTIONS, _word, IGNORED, _why)(
        gives("echo ran", ["ran"], add("mounts", bundle.tmpfs("/tmp", _word))))
