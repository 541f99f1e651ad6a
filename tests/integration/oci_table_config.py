"""config.md, but for the mounts: rows of the conformance table."""

import json
import os
import resource
import subprocess
import time

from .oci_table import (IGNORED, REFUSED, SUPPORTED, add, created, gives, gone, put, read, refused,
                        refuses, row, running, together)
from .terminals import ConsoleSocket, Foreground

NUMBERS = {"LOCKS": 10}  # of RLIMIT_*, where Python has no name

TOP, ROOT, PROCESS, HOOKS = "The configuration", "Root", "Process", "Hooks and annotations"


# --- the configuration ----------------------------------------------------------------------------

@row(TOP, "ociVersion", SUPPORTED, "1.0.0 to 1.2.x run, also with a suffix; 2.0.0, 0.9 and what is no "
     "version are refused; `state` shows it")
def _(t):
    for version in ("1.0.0", "1.0.2", "1.0.2-dev", "1.1.0", "1.2.0", "1.2.1"):
        t.equal(t.lines("echo ran", put("ociVersion", version)), ["ran"], version)
    for version in ("2.0.0", "0.9.0", "1.3.0", "1.2", "latest", ""):
        refused(t, "ociVersion", put("ociVersion", version))
    name = created(t, put("ociVersion", "1.1.0"))
    t.equal(t.runtime.state(name)["ociVersion"], "1.1.0", "state")
    gone(t, name)


@row(TOP, "hostname", SUPPORTED, "`uname -n` inside; refused without a uts namespace")
def _(t):
    gives("uname -n", ["some-name"], put("hostname", "some-name"))(t)
    spaces = [{"type": n} for n in ("pid", "network", "ipc", "mount")]
    refused(t, "hostname: needs a namespace of type uts", put("linux.namespaces", spaces))


row(TOP, "domainname", SUPPORTED, "/proc/sys/kernel/domainname inside")(
    gives("cat /proc/sys/kernel/domainname", ["example.org"], put("domainname", "example.org")))


@row(TOP, "(unknown properties)", IGNORED, "the specification demands it, for extensions and for later "
     "versions; tried at the top, in `process`, `linux` and a mount")
def _(t):
    changes = [put(f"{place}fromTheFuture", {"a": [1, None]}) for place in ("", "process.", "linux.")]
    gives("echo ran", ["ran"], *changes, lambda c: c["mounts"][0].update(vendor=True))(t)


@row(TOP, "(values of the wrong type)", SUPPORTED, "refused with the property's path; so are missing "
     "required properties and NUL in a string")
def _(t):
    for path, value in (("process.args", "sh"), ("process.env", [1]), ("root.path", 7),
                        ("linux.namespaces", {}), ("mounts", 1), ("process.cwd", None),
                        ("process.args", ["a\0b"])):
        last = path.rsplit(".", maxsplit=1)[-1]
        refused(t, rf"config\.json.*{last}", put(path, value))
    for section, key in (("process", "args"), ("process", "cwd"), ("process", "user"), ("root", "path")):
        refused(t, rf"{section}\.{key}", lambda c, s=section, k=key: c[s].pop(k))


# --- root -----------------------------------------------------------------------------------------

@row(ROOT, "root.path", SUPPORTED, "absolute and relative to the bundle; a file or a missing directory is "
     "refused")
def _(t):
    gives("cat /etc/container", ["this is the container"])(t)
    configuration = t.shell("cat /etc/container")
    directory = t.bundle(configuration)
    os.rename(t.own_rootfs(), f"{directory}/inner")
    configuration["root"]["path"] = "inner"
    with open(f"{directory}/config.json", "w", encoding="utf-8") as file:
        json.dump(configuration, file)
    t.equal(t.runtime.run(directory, t.identifier()).stdout, "this is the container\n", "relative")
    for path in ("missing", "/etc/passwd"):
        refused(t, r"root\.path", put("root.path", path))


@row(ROOT, "root.readonly", SUPPORTED, "writing fails with EROFS, in mounts above it not")
def _(t):
    result = t.sh("touch /x; touch /dev/shm/x && echo shm", put("root.readonly", True))
    t.equal(result.stdout, "shm\n", "a mount")
    t.match(result.stderr, "Read-only file system", "the root")
    gives("touch /tmp/x && rm /tmp/x && echo writable", ["writable"])(t)


# --- process --------------------------------------------------------------------------------------

@row(PROCESS, "process.terminal", SUPPORTED, "`tty` inside says /dev/pts/0, /dev/console is it; without it "
     "there is none; `create` without --console-socket is refused")
def _(t):
    configuration = t.shell("tty; echo told > /dev/console", terminal=True)
    screen = Foreground(t, "run", "--bundle", t.bundle(configuration), t.identifier())
    screen.expect(r"/dev/pts/0\r\ntold")
    t.equal(screen.end(), 0, "status")
    t.equal(t.sh("tty").stdout, "not a tty\n", "without")
    result = t.runtime.create(t.bundle(t.shell("true", terminal=True)), t.identifier())
    t.match(result.stderr, r"process\.terminal needs --console-socket", "create")


@row(PROCESS, "process.consoleSize", SUPPORTED, "`stty size` inside")
def _(t):
    configuration = t.shell("stty size; sleep 100", terminal=True,
                            consoleSize={"height": 33, "width": 77})
    name, console = t.identifier(), ConsoleSocket(t)
    result = t.runtime.create(t.bundle(configuration), name, "--console-socket", console.path)
    t.equal(result.status, 0, repr(result))
    screen, _ = console.receive()
    t.equal(t.runtime.start(name).status, 0, "start")
    screen.expect("33 77")
    gone(t, name)


@row(PROCESS, "process.cwd", SUPPORTED, "`pwd` inside; made when it is missing; a relative one is refused")
def _(t):
    root = t.own_rootfs()
    gives("pwd; test -d /a/b/c && echo made", ["/a/b/c", "made"], put("process.cwd", "/a/b/c"),
          put("root.path", root))(t)
    refused(t, r"process\.cwd", put("process.cwd", "tmp"))


@row(PROCESS, "process.env", SUPPORTED, "`env` inside; an entry without a name is refused")
def _(t):
    gives("echo $A-$B", ["1-x y"], put("process.env", ["PATH=/bin", "A=1", "B=x y"]))(t)
    refused(t, r"process\.env\[0\]", put("process.env", ["nonsense"]))


@row(PROCESS, "process.args", SUPPORTED, "found in PATH or by path, arguments unchanged; an empty list is "
     "refused")
def _(t):
    result = t.run(t.config("printf", "<%s>", "a b", "", "*"))
    t.equal(result.stdout, "<a b><><*>", "arguments")
    refused(t, r"process\.args", put("process.args", []))


@row(PROCESS, "process.rlimits[]", SUPPORTED, "`/proc/self/limits` inside for each type; unknown types, a "
     "type twice and soft above hard are refused")
def _(t):
    kinds = {"AS": "Max address space", "CORE": "Max core file size", "CPU": "Max cpu time",
             "DATA": "Max data size", "FSIZE": "Max file size", "LOCKS": "Max file locks",
             "MEMLOCK": "Max locked memory", "MSGQUEUE": "Max msgqueue size",
             "NICE": "Max nice priority", "NOFILE": "Max open files", "NPROC": "Max processes",
             "RSS": "Max resident set", "RTPRIO": "Max realtime priority", "RTTIME": "Max realtime timeout",
             "SIGPENDING": "Max pending signals", "STACK": "Max stack size"}
    small = {"NICE": (0, 0), "RTPRIO": (0, 0), "NOFILE": (100, 200), "SIGPENDING": (100, 200),
             "MSGQUEUE": (4096, 8192), "MEMLOCK": (4096, 8192)}
    limits = {k: small.get(k, (1 << 30, 1 << 31)) for k in kinds}
    for kind, (soft, hard) in limits.items():  # nobody may raise a limit that the tests have
        most = resource.prlimit(0, getattr(resource, f"RLIMIT_{kind}", NUMBERS.get(kind)))[1]
        if most != resource.RLIM_INFINITY:
            limits[kind] = min(soft, most), min(hard, most)
    text = "\n".join(t.lines("cat /proc/self/limits", put("process.rlimits", [
        {"type": f"RLIMIT_{k}", "soft": s, "hard": h} for k, (s, h) in limits.items()])))
    for kind, (soft, hard) in limits.items():
        t.match(text, rf"{kinds[kind]} +{soft} +{hard} ", f"RLIMIT_{kind}")
    one = {"type": "RLIMIT_NOFILE", "soft": 1, "hard": 2}
    for bad in ([one, one], [{**one, "type": "RLIMIT_LUCK"}], [{**one, "soft": 3}]):
        refused(t, r"process\.rlimits", put("process.rlimits", bad))


def _labels(member, module, name):
    @row(PROCESS, f"process.{member}", SUPPORTED,
         f"refused where the kernel has no {name}, applied at the exec where it has")
    def _(t):
        if os.path.isdir(module):
            t.skip(f"this machine has {name}")
        refused(t, rf"process\.{member}.*not enabled", put(f"process.{member}", "some"))


_labels("apparmorProfile", "/sys/module/apparmor", "AppArmor")


def _capability_mask(names):
    numbers = {"CAP_CHOWN": 0, "CAP_KILL": 5, "CAP_SETUID": 7, "CAP_NET_BIND_SERVICE": 10}
    return f"{sum(1 << numbers[n] for n in names):016x}"


def _capabilities(member, field, extra):
    @row(PROCESS, f"process.capabilities.{member}", SUPPORTED,
         f"the line {field} of /proc/self/status inside")
    def _(t):
        sets = {s: [] for s in ("bounding", "effective", "permitted", "inheritable", "ambient")}
        for name in (member, *extra):
            sets[name] = ["CAP_CHOWN", "CAP_KILL"]
        user = {"uid": 1000, "gid": 1000} if member == "ambient" else {"uid": 0, "gid": 0}
        lines = t.lines(f"grep {field} /proc/self/status", together(
            put("process.capabilities", sets), put("process.user", user)))
        t.equal(lines[0].split(), [f"{field}:", _capability_mask(["CAP_CHOWN", "CAP_KILL"])], member)
        t.equal(set(t.lines("grep Cap /proc/self/status | cut -f 2", put("process.capabilities", {}))),
                {"0" * 16}, "none at all")


_capabilities("bounding", "CapBnd", ())
_capabilities("effective", "CapEff", ("permitted", "bounding"))
_capabilities("permitted", "CapPrm", ("bounding",))
_capabilities("inheritable", "CapInh", ())
_capabilities("ambient", "CapAmb", ("permitted", "inheritable", "bounding"))


@row(PROCESS, "process.capabilities (unknown names)", IGNORED, "with a warning, as the specification "
     "demands since 1.1: what cannot be granted is not granted")
def _(t):
    def change(configuration):
        for names in configuration["process"]["capabilities"].values():
            names.append("CAP_FLY")
    result = t.sh("echo ran", change)
    t.equal((result.status, result.stdout), (0, "ran\n"), repr(result))
    t.match(result.stderr, "CAP_FLY", "warning")


row(PROCESS, "process.noNewPrivileges", SUPPORTED, "the line NoNewPrivs of /proc/self/status; a "
    "set-user-ID program gives nothing")(
    gives("grep NoNewPrivs /proc/self/status | cut -f 2", ["1"], put("process.noNewPrivileges", True)))


@row(PROCESS, "process.oomScoreAdj", SUPPORTED, "/proc/self/oom_score_adj inside; beyond -1000 to 1000 is "
     "refused")
def _(t):
    gives("cat /proc/self/oom_score_adj", ["321"], put("process.oomScoreAdj", 321))(t)
    refused(t, r"process\.oomScoreAdj", put("process.oomScoreAdj", 1001))


def _scheduling(t, scheduler):
    """(policy, nice) of a guest on the host."""
    name = running(t, put("process.scheduler", scheduler))
    pid = json.loads(t.runtime.call("ps", "--format", "json", name).stdout)[0]
    got = os.sched_getscheduler(pid), os.getpriority(os.PRIO_PROCESS, pid)
    priority = os.sched_getparam(pid).sched_priority
    gone(t, name)
    return (*got, priority)


@row(PROCESS, "process.scheduler.policy", SUPPORTED, "what the host's kernel says of a guest, for "
     "SCHED_OTHER, SCHED_BATCH and SCHED_IDLE, for SCHED_FIFO and SCHED_RR with `priority`; unknown ones are "
     "refused")
def _(t):
    for policy, number in (("SCHED_OTHER", os.SCHED_OTHER), ("SCHED_BATCH", os.SCHED_BATCH),
                           ("SCHED_IDLE", os.SCHED_IDLE)):
        t.equal(_scheduling(t, {"policy": policy})[0], number, policy)
    refused(t, r"process\.scheduler\.policy", put("process.scheduler", {"policy": "SCHED_LUCKY"}))


@row(PROCESS, "process.scheduler.policy (SCHED_DEADLINE, SCHED_ISO)", REFUSED, "a process of that class "
     "cannot fork; the kernel has no SCHED_ISO")
def _(t):
    refused(t, r"process\.scheduler", put("process.scheduler", {
        "policy": "SCHED_DEADLINE", "runtime": 10 ** 6, "deadline": 10 ** 7, "period": 10 ** 7}))
    refused(t, r"process\.scheduler", put("process.scheduler", {"policy": "SCHED_ISO"}))


@row(PROCESS, "process.scheduler.nice", SUPPORTED, "what the host's kernel says of a guest; refused for "
     "policies that have none")
def _(t):
    t.equal(_scheduling(t, {"policy": "SCHED_OTHER", "nice": 7})[1], 7, "nice")
    refused(t, r"process\.scheduler\.nice", put("process.scheduler", {"policy": "SCHED_IDLE", "nice": 1}))


@row(PROCESS, "process.scheduler.priority", SUPPORTED, "what the host's kernel says of a guest; refused "
     "for policies that have none")
def _(t):
    scheduler = {"policy": "SCHED_RR", "priority": 3}
    result = t.sh("true", put("process.scheduler", scheduler))
    if result.status:  # a kernel where groups need real time of their own, or nobody has any
        t.match(result.stderr, r"process\.scheduler", "message")
    else:
        t.equal(_scheduling(t, scheduler)[2], 3, "priority")
    refused(t, r"process\.scheduler\.priority",
            put("process.scheduler", {"policy": "SCHED_OTHER", "priority": 3}))


row(PROCESS, "process.scheduler.flags", REFUSED, "any flag: each changes what a child inherits or belongs "
    "to SCHED_DEADLINE")(
    refuses(r"process\.scheduler\.flags", put("process.scheduler", {
        "policy": "SCHED_OTHER", "flags": ["SCHED_FLAG_RESET_ON_FORK"]})))

row(PROCESS, "process.scheduler.runtime, .deadline, .period", REFUSED, "they belong to SCHED_DEADLINE")(
    refuses(r"process\.scheduler", put("process.scheduler", {
        "policy": "SCHED_OTHER", "runtime": 1, "deadline": 2, "period": 3})))

_labels("selinuxLabel", "/sys/fs/selinux", "SELinux")


@row(PROCESS, "process.ioPriority.class, .priority", SUPPORTED, "`ionice` on the host says it of a guest; "
     "other classes and numbers are refused")
def _(t):
    name = running(t, put("process.ioPriority", {"class": "IOPRIO_CLASS_BE", "priority": 6}))
    pid = json.loads(t.runtime.call("ps", "--format", "json", name).stdout)[0]
    shown = subprocess.run(["ionice", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
    t.equal(shown.strip(), "best-effort: prio 6", "priority")
    gone(t, name)
    for value in ({"class": "IOPRIO_CLASS_NO", "priority": 1}, {"class": "IOPRIO_CLASS_BE", "priority": 8}):
        refused(t, r"process\.ioPriority", put("process.ioPriority", value))


@row(PROCESS, "process.execCPUAffinity.initial, .final", SUPPORTED, "Cpus_allowed_list inside an exec is "
     "`final`; it starts on `initial` outside the container's groups no longer than it takes to enter them, "
     "which is at once; the first process is not affected")
def _(t):
    if os.cpu_count() < 2:
        t.skip("one processor")
    name = running(t, put("process.execCPUAffinity", {"initial": "0", "final": "1"}))
    t.equal(t.runtime.call("exec", name, "grep", "Cpus_allowed_list", "/proc/self/status").stdout.split(),
            ["Cpus_allowed_list:", "1"], "exec")
    gone(t, name)
    refused(t, r"process\.execCPUAffinity\.initial",
            put("process.execCPUAffinity", {"initial": "one"}))


row(PROCESS, "process.user.uid, .gid", SUPPORTED, "`id` inside, owner of a new file")(
    gives("id -u; id -g; touch /dev/shm/f; stat -c '%u %g' /dev/shm/f", ["1000", "2000", "1000 2000"],
          put("process.user", {"uid": 1000, "gid": 2000})))

row(PROCESS, "process.user.umask", SUPPORTED, "`umask` inside")(
    gives("umask", ["0027"], put("process.user.umask", 0o027)))

row(PROCESS, "process.user.additionalGids", SUPPORTED, "the line Groups of /proc/self/status inside")(
    gives("grep Groups /proc/self/status | tr -s '\\t ' ' '", ["Groups: 5 2000 "],
          put("process.user.additionalGids", [5, 2000])))


# --- hooks and annotations ------------------------------------------------------------------------

def _hook(t, kind, script, **members):
    """A change: one hook of the kind; it appends to the file `log`, which is /out/log inside."""
    os.makedirs(t.path("out"), exist_ok=True)
    os.chmod(t.path("out"), 0o777)
    place = "/out" if kind == "startContainer" else t.path("out")
    text = script.replace("LOG", f"{place}/log")
    return together(put(f"hooks.{kind}", [{"path": "/bin/sh", "args": ["sh", "-c", text], **members}]),
                    add("mounts", {"destination": "/out", "type": "bind", "source": t.path("out"),
                                   "options": ["bind"]}))


def _log(t):
    return read(t.path("out/log")).split("\n") if os.path.exists(t.path("out/log")) else []


STAGES = (
    ("prestart", "creating", "in the runtime's namespaces, after everything is mounted"),
    ("createRuntime", "creating", "in the runtime's namespaces, after everything is mounted"),
    ("createContainer", "creating", "in the container's namespaces, with the host's files in sight"),
    ("startContainer", "created", "as a guest in the container, before its program"),
    ("poststart", "running", "in the runtime's namespaces, after the program has started"),
    ("poststop", "stopped", "in the runtime's namespaces, after the container is deleted"),
)


def _stage(kind, status, where):
    @row(HOOKS, f"hooks.{kind}[]", SUPPORTED, f"runs {where}; its stdin has the state with status "
         f"`{status}`")
    def _(t):
        hook = _hook(t, kind, 'cat >> LOG; echo >> LOG; readlink /proc/self/ns/net >> LOG')
        result = t.sh("sleep 0.3; true", hook)
        t.equal(result.status, 0, repr(result))
        state, namespace = _log(t)[:2]
        t.equal(json.loads(state)["status"], status, "status")
        own = os.readlink("/proc/self/ns/net")
        t.equal(namespace == own, "runtime's" in where, "namespaces")


for _kind in STAGES:
    _stage(*_kind)


@row(HOOKS, "hooks.*[].path, .args, .env", SUPPORTED, "what the hook's shell sees; a relative path is "
     "refused")
def _(t):
    hook = {"path": "/bin/sh", "args": ["sh", "-c", f'echo "$0 $1 $A" > {t.path("seen")}', "zero", "one"],
            "env": ["A=value", "PATH=/bin"]}
    gives("true", [], put("hooks.createRuntime", [hook]))(t)
    t.equal(read(t.path("seen")), "zero one value\n", "what the hook has seen")
    refused(t, r"hooks\.prestart\[0\]\.path", put("hooks.prestart", [{"path": "bin/sh"}]))


@row(HOOKS, "hooks.*[].timeout", SUPPORTED, "a hook that takes longer is killed and fails; 0 and less are "
     "refused")
def _(t):
    began = time.monotonic()
    refused(t, "timeout", _hook(t, "createRuntime", "exec sleep 30", timeout=1))
    t.check(time.monotonic() - began < 10, "duration")
    refused(t, r"timeout", _hook(t, "createRuntime", "true", timeout=0))


@row(HOOKS, "hooks (failure)", SUPPORTED, "prestart to startContainer: no container, the error has the "
     "hook's words; poststart and poststop: a warning, further hooks run")
def _(t):
    for kind in ("prestart", "createRuntime", "createContainer", "startContainer"):
        result = t.sh("echo ran", _hook(t, kind, "echo words >&2; exit 3"))
        t.check(result.status != 0 and result.stdout == "", f"{kind}: {result}")
        t.match(result.stderr, f"hooks.{kind}.*exit status 3.*words", kind)
    for kind in ("poststart", "poststop"):
        result = t.sh("sleep 0.3; exit 5", _hook(t, kind, "exit 3"))
        t.equal(result.status, 5, kind)
        t.match(result.stderr, f"hooks.{kind}.*exit status 3", kind)


@row(HOOKS, "annotations", SUPPORTED, "`state` shows them, hooks read them; a value that is no string is "
     "refused")
def _(t):
    name = created(t, put("annotations", {"org.example.key": "value", "empty": ""}))
    t.equal(t.runtime.state(name)["annotations"], {"org.example.key": "value", "empty": ""}, "state")
    gone(t, name)
    refused(t, "annotations", put("annotations", {"key": 1}))
