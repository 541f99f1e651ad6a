"""What traps are about: capbox trace and run --trace, compared with what strace shows of the same
program natively; and what was refused: capbox explain, the log, and events."""

import json
import os
import re
import shutil
import signal
import subprocess
import time

from lib.suite import Suite

from .lifetime import running, status, stopped
from .network import programs
from .operations import call, gone

suite = Suite("tracing")

LINE = re.compile(r"(?P<time>\d\d:\d\d:\d\d\.\d{6}) (?P<pid>\d+) (?P<program>\S*)\[(?P<uid>\d+)\] "
                  r"(?P<call>\w+)\((?P<arguments>.*)\) = (?P<result>.*) <(?P<seconds>[\d.]+)>")

# Calls on names, with results and flags of every kind, whose arguments are no structures.
NAMES = """
mkdir -p /tmp/tr/sub; cd /tmp/tr; echo one > a; cat a >/dev/null; ln -s a link; readlink link
mv a b; ln b hard; chmod 640 b; rm -f a b hard link; rmdir sub; cat /nowhere; cd /; rmdir /tmp/tr
test -r /etc/passwd; true >> /tmp/quote'"'; rm /tmp/quote'"'; exit 0
"""
CALLS = ("open", "openat", "mkdir", "rmdir", "unlink", "unlinkat", "rename", "renameat", "symlink",
         "link", "chdir", "chmod", "access", "readlink")


def parse(t, text):
    lines = []
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        t.check(match, f"not a line of a trace: {line!r}")
        lines.append(match.groupdict())
    return lines


def traced(t, script, *options, change=None, **keywords):
    """The lines of run --trace of a script."""
    configuration = t.shell(script)
    if change:
        change(configuration)
    result = t.runtime.call("run", f"--trace={t.path('trace')}", *options, "--bundle",
                            t.bundle(configuration), t.identifier(), **keywords)
    with open(t.path("trace"), encoding="utf-8") as file:
        return result, parse(t, file.read())


def stracing(t, script):
    """The same script with strace and without a container: [(process, call, arguments, result)]."""
    out = t.path("strace")

    command = ["unshare", "--mount", "strace", "-f", "-qq", "-e", "signal=none", "-e",
               "trace=" + ",".join(CALLS), "-o", out, "chroot", t.rootfs, "/bin/sh", "-c", script]

    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = []
    with open(out, encoding="utf-8") as file:
        for line in file:
            match = re.fullmatch(r"(\d+) +(\w+)\((.*)\) += (.*)\n", line)
            t.check(match, f"not a line of strace: {line!r}")
            found.append(match.groups())
    return plain(found)


def plain(calls):
    """Without addresses, and without what busybox asks about itself."""
    return [(int(pid), name, re.sub("0x[0-9a-f]{5,}", "ADDRESS", arguments), result)
            for pid, name, arguments, result in calls if "/proc/self/exe" not in arguments]


def by_process(calls):
    """The calls of each process in its order, the processes in that of their numbers: what two do at
    the same time has no order. The shell's own begin where it goes to the script's directory."""
    processes = {}
    for pid, *rest in calls:
        processes.setdefault(pid, []).append(tuple(rest))
    lists = [processes[pid] for pid in sorted(processes)]
    begin = lists[0].index(("chdir", '"/tmp/tr"', "0"))
    return [lists[0][begin:], *lists[1:]]


@suite.case(only="capbox")
def the_same_as_strace(t):
    if not shutil.which("strace"):
        t.skip("needs strace")
    native = by_process(stracing(t, NAMES))
    result, lines = traced(t, NAMES)
    t.equal(result.status, 0, f"run: {result}")
    ours = by_process(plain([(line["pid"], line["call"], line["arguments"], line["result"])
                             for line in lines if line["call"] in CALLS]))
    t.check(sum(map(len, native)) > 20, f"strace: {native}")
    for mine, theirs in zip(ours, native):
        t.equal(mine, theirs, "the calls of a process")
    t.equal(len(ours), len(native), "processes")


# Calls of every class that comes to the sentry, as often with an error as without.
EVERYTHING = r"""
import os, resource, signal, socket
def q(call, *a, **k):
	try: return call(*a, **k)
	except OSError: return None
q(os.chdir, '/tmp')
os.umask(0o27); q(os.open, 'f', os.O_WRONLY | os.O_CREAT, 0o666)
q(os.setxattr, 'f', 'user.a', b'val'); q(os.removexattr, 'f', 'user.a'); q(os.removexattr, 'f', 'user.a')
q(os.chown, 'f', 1, 2); q(os.lchown, 'f', -1, -1); q(os.chmod, 'f', 0o4711); q(os.truncate, 'f', 5)
q(os.mkfifo, 'fifo', 0o600); q(os.mknod, 'file', 0o100600); q(os.mkfifo, 'fifo')
q(os.symlink, 'f', 's'); q(os.link, 'f', 'l'); q(os.rename, 'l', 'm'); q(os.unlink, 'm'); q(os.unlink, 'm')
q(os.access, 'f', os.R_OK | os.X_OK); q(os.access, 'f', os.F_OK); q(os.statvfs, '/tmp'); q(os.stat, 'f')
q(os.lstat, 's'); q(os.stat, 'none'); q(os.utime, 'f', (1, 2)); q(os.readlink, 's'); q(os.getcwd)
d = q(os.open, '.', os.O_RDONLY | os.O_DIRECTORY); q(os.fchdir, d); q(os.mkdir, 'sub', 0o700, dir_fd=d)
q(os.rmdir, 'sub', dir_fd=d); q(os.open, 'g', os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o640, dir_fd=d)
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM); q(s.bind, ('127.0.0.1', 0))
q(s.bind, ('192.0.2.1', 7)); q(s.connect, ('127.0.0.1', 9)); s6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
q(s6.connect, ('::1', 9)); q(s6.sendto, b'hello', ('::1', 9)); t = socket.socket(proto=socket.IPPROTO_TCP)
u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); q(u.bind, 'u'); q(u.bind, 'u'); q(u.connect, '/nowhere')
q(u.sendto, b'abc\n', 'u'); v = socket.socket(socket.AF_UNIX); q(v.connect, '\0abc')
q(s.setsockopt, socket.SOL_SOCKET, 99, 3)
q(os.kill, os.getpid(), 0); q(os.kill, 4194303, signal.SIGUSR1); q(os.getpriority, os.PRIO_PROCESS, os.getpid())
q(os.uname); q(os.getgroups); q(os.setgroups, [1, 2]); q(os.getresuid); q(os.sched_getscheduler, os.getpid())
q(os.chroot, '/tmp/none'); q(os.setregid, -1, 5); q(os.setresgid, 5, 5, 5); q(os.setresuid, 6, 6, 7)
q(os.setuid, 0); q(os.getuid); q(os.geteuid); q(os.open, '/etc/shadow', os.O_RDONLY)
q(os.execv, '/bin/none', ['no', 'a b"']); q(os.execve, '/tmp/f', ['x', 'y' * 50, *'abcdefghijklmno'], {'A': '1'})
q(os.execv, '/bin/echo', ['echo', '-n', 'end'])
"""


def without_structures(text):
    while (shorter := re.sub(r"\{[^{}]*\}|\[[^\[\]\"]*\]", "ADDRESS", text)) != text:
        text = shorter
    return text


def alike(calls):
    """Calls without what differs from one run to the next (addresses, the own process's number), and
    without what only strace shows: comments, and structures other than addresses of sockets."""
    found = []
    for name, arguments, result in calls:
        arguments = re.sub(r" /\*.*?\*/", "", arguments)
        if "sa_family" not in arguments:
            arguments = without_structures(arguments)
        arguments = re.sub("0x[0-9a-f]{5,}", "ADDRESS", arguments)
        if name in ("kill", "getpriority", "sched_getscheduler"):
            arguments = re.sub(r"(^|, )\d{1,6}(?=,|$)", r"\1SELF", arguments, count=1)
        found.append((name, arguments, result))
    return found[[f[:2] for f in found].index(("chdir", '"/tmp"')):]


def native(name, arguments):
    """The kernel serves it by itself: syscalls/table.def."""
    return (name == "newfstatat" and arguments.endswith(", AT_EMPTY_PATH")) or \
        (name == "socket" and arguments.startswith("AF_UNIX"))


@suite.case(only="capbox")
def every_class_as_strace_shows_it(t):
    """The same program natively, in namespaces of its own, and in a container: the same calls that the
    sentry serves, the same arguments, and of those that it answers the same results."""
    result = t.runtime.call("run", f"--trace={t.path('trace')}", "--bundle",
                            t.bundle(programs(t, "/usr/bin/python3", "-ISc", EVERYTHING)), t.identifier())
    t.equal((result.status, result.stdout), (0, "end"), f"run: {result}")
    ours = [(l["call"], l["arguments"], l["result"]) for l in parse(t, read(t.path("trace")))]
    calls = {call for call, _, _ in ours}
    t.check(len(calls) > 40, f"calls: {calls}")
    command = ["unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--mount-proc", "sh", "-c",
               'mount -t tmpfs tmpfs /tmp && ip link set lo up && exec "$@"', "sh", "strace", "-qq", "-e",
               "signal=none", "-e", "trace=" + ",".join(calls), "/usr/bin/python3", "-ISc", EVERYTHING]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    theirs = [re.fullmatch(r"(\w+)\((.*)\) += (.*)", line) for line in done.stderr.splitlines()]
    t.check(all(theirs), f"strace: {done.stderr}")
    theirs = [m.groups() for m in theirs if not native(*m.groups()[:2])]
    for mine, wanted in zip(alike(ours), alike(theirs)):
        t.equal(mine[:2], wanted[:2], "call and arguments")
        if "passed" not in mine[2]:
            t.equal(mine[2].removesuffix(" (refused)"), wanted[2], f"result of {mine}")
    t.equal(len(alike(ours)), len(alike(theirs)), "calls")


@suite.case(only="capbox")
def what_a_line_says(t):
    result, lines = traced(t, "cat /etc/passwd >/dev/null; id >/dev/null")
    t.equal(result.status, 0, f"run: {result}")
    opened = [l for l in lines if '"/etc/passwd", O_RDONLY' in l["arguments"]]
    t.check(opened, "the open")
    t.equal(opened[0]["uid"], "0", "uid")
    t.match(opened[0]["program"], "busybox|cat", "program")
    t.match(opened[0]["result"], r"^\d+$", "the descriptor")
    executed = [l for l in lines if l["call"] == "execve"]
    t.check(executed and executed[-1]["result"] == "0", "execve")
    t.check({"getuid", "execve"} <= {l["call"] for l in lines}, "calls")


@suite.case(only="capbox")
def run_traces_to_standard_error(t):
    result = t.runtime.call("run", "--trace", "--bundle", t.bundle(t.shell("echo x; exit 3")),
                            t.identifier())
    t.equal((result.status, result.stdout), (3, "x\n"), "run")
    t.check(any(l["call"] == "execve" for l in parse(t, result.stderr)), "execve")
    result = t.runtime.call("run", "--trace", "-d", "--bundle", t.bundle(t.shell("")),
                            t.identifier())
    t.equal(result.status, 1, "with -d")
    result = t.runtime.call("run", "--trace=/nowhere/at/all", "--bundle", t.bundle(t.shell("")),
                            t.identifier())
    t.match(result.stderr, "--trace /nowhere", "a file that cannot be made")


def tracer(t, name, *options):
    """A trace that runs, to a file. It is on when it has seen something."""
    out = t.path("out")
    process = t.runtime.start_process(
        t.runtime.command("trace", "--output", out, *options, name), stderr=subprocess.PIPE)
    return process, out


def read(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def ended(t, process, number=None):
    if number:
        process.send_signal(number)
    code = process.wait(10)
    t.runtime.finish(process)
    return code


LOOP = "while :; do cd /tmp; cd /; cat /nowhere 2>/dev/null; sleep 0.01; done"


@suite.case(only="capbox")
def on_and_off_while_it_runs(t):
    name = running(t, LOOP)
    process, out = tracer(t, name, "-e", "chdir")
    t.wait(lambda: read(out).count("chdir") > 6, "calls")
    t.equal({l["call"] for l in parse(t, read(out)[:read(out).rindex("\n") + 1])}, {"chdir"},
            "calls that were asked for")
    process.kill()
    ended(t, process)
    process, out = tracer(t, name, "--json", "-e", "files")
    t.wait(lambda: "/nowhere" in read(out), "calls of a class")
    call(t, "kill", name, "KILL")
    t.equal(ended(t, process), 0, "the end of the container ends the trace")
    objects = [json.loads(line) for line in read(out).splitlines()]
    t.check(all(o["call"] and o["outcome"] and "microseconds" in o for o in objects), "objects")
    failed = [o for o in objects if '"/nowhere"' in o["arguments"]]
    t.check(failed and failed[0]["error"] == "ENOENT" and failed[0]["outcome"] == "failed",
            f"a failed call: {failed[:1]}")
    stopped(t, name)
    gone(t, name)


@suite.case(only="capbox")
def one_process_and_sums(t):
    name = running(t, LOOP)
    process, out = tracer(t, name, "-p", "1", "-c")
    time.sleep(0.5)
    t.equal(ended(t, process, signal.SIGINT), 0, "status")
    rows = {line.split()[-1]: line.split() for line in read(out).splitlines()[2:]}
    t.check(int(rows["chdir"][3]) > 3, f"chdir: {rows}")
    t.check(int(rows["total"][3]) >= int(rows["chdir"][3]), "the total")
    process, out = tracer(t, name, "-p", "4194300")
    time.sleep(0.2)
    t.equal(read(out), "", "a process that is not there")
    ended(t, process, signal.SIGTERM)
    gone(t, name)


@suite.case(only="capbox")
def a_reader_that_stops(t):
    """Nobody waits for it: the container goes on at its pace, and what was missed is counted."""
    script = "i=0; while [ $i -lt 6000 ]; do cd /; i=$((i+1)); done; echo > /tmp/through; sleep 100"
    os.mkfifo(os.path.join(t.rootfs, "tmp/go"))
    name = running(t, "read line < /tmp/go; " + script)
    process = t.runtime.start_process(t.runtime.command("trace", name), stdout=subprocess.PIPE)
    t.wait(lambda: call(t, "debug", "state", name), "the sentry answers")
    time.sleep(0.1)
    process.send_signal(signal.SIGSTOP)
    with open(os.path.join(t.rootfs, "tmp/go"), "w", encoding="ascii") as go:
        go.write("go\n")
    through = os.path.join(t.rootfs, "tmp/through")
    t.wait(lambda: os.path.exists(through), "the container goes on", 20)
    process.send_signal(signal.SIGCONT)
    call(t, "kill", name, "KILL")
    text = process.stdout.read().decode()
    t.equal(ended(t, process), 0, "status")
    t.match(text, r"\.\.\. \d+ calls are missing", "what is missing")
    for file in ("go", "through"):
        os.unlink(os.path.join(t.rootfs, "tmp", file))
    gone(t, name)


@suite.case(only="capbox")
def several_readers(t):
    name = running(t, LOOP)
    processes = [t.runtime.start_process(t.runtime.command("trace", "-o", t.path(f"o{i}"), name))
                 for i in range(4)]
    for i in range(4):
        t.wait(lambda: read(t.path(f"o{i}")).count("chdir") > 3, f"reader {i}")
    for process in processes[:2]:
        ended(t, process, signal.SIGKILL)
    before = len(read(t.path("o3")))
    t.wait(lambda: len(read(t.path("o3"))) > before, "the others go on")
    call(t, "kill", name, "KILL")
    for process in processes[2:]:
        t.equal(ended(t, process), 0, "status")
    gone(t, name)


@suite.case(only="capbox")
def bytes_that_are_no_text(t):
    """What a container calls its files cannot command the terminal of who looks."""
    _, lines = traced(t, "cat \"$(printf '/tmp/\\033[31m\\200\\\\\\n.')\" 2>/dev/null")
    shown = [l["arguments"] for l in lines if "/tmp/" in l["arguments"]]
    t.check(any(r'"/tmp/\33[31m\200\\\n."' in s for s in shown), f"{shown}")


@suite.case(only="capbox")
def wrong_requests(t):
    name = running(t)
    for arguments, said in ((["nobody"], "does not exist"), ([], "which container"),
                            (["-p", "x", name], "--pid"), (["-p", "0", name], "--pid"),
                            (["-e", "nothing", name], "-e"), (["-e", "", name], "-e"),
                            (["-o", "/nowhere/x", name], "--output"), ([name, name], "unexpected")):
        result = t.runtime.call("trace", *arguments)
        t.equal(result.status, 1, f"{arguments}")
        t.match(result.stderr, said, f"{arguments}")
    call(t, "pause", name)
    t.match(t.runtime.call("trace", name).stderr, "paused", "a paused container")
    call(t, "resume", name)
    t.equal(status(t, name), "running", "status")
    call(t, "kill", name, "KILL")
    stopped(t, name)
    t.match(t.runtime.call("trace", name).stderr, "stopped", "a stopped container")
    gone(t, name)


# Refusals


def explained(t, name):
    return [json.loads(line) for line in call(t, "explain", "--json", name).splitlines()]


@suite.case(only="capbox")
def what_was_refused(t):
    configuration = t.shell("unshare -m true; mount -t tmpfs x /mnt; mount -t tmpfs y /mnt; sleep 100")
    name = t.identifier()
    log = t.path("log")
    options = ("--log", log, "--log-format", "json")
    t.equal(t.runtime.create(t.bundle(configuration), name, options=options).status, 0, "create")
    events = t.runtime.start_process(t.runtime.command("events", name), stdout=subprocess.PIPE)
    time.sleep(0.2)
    call(t, "start", name)
    found = t.wait(lambda: [r for r in explained(t, name) if r["call"] == "mount"
                            and r["count"] == 2], "two refused mounts")
    t.equal(found[0]["error"], "EPERM", "errno")
    t.match(found[0]["advice"], "cannot be allowed: changes the mount tree", "advice")
    t.match(found[0]["program"], "busybox|mount", "program")
    t.match(call(t, "explain", name), r"2 x mount\(.*\) = EPERM, first to process \d+ \(", "text")
    line = events.stdout.readline()
    while b'"refused"' not in line or b'"mount"' not in line:
        line = events.stdout.readline()
    event = json.loads(line)
    t.equal((event["type"], event["id"], event["data"]["error"]), ("refused", name, "EPERM"), "event")
    messages = [json.loads(line)["msg"] for line in read(log).splitlines()]
    t.equal(len([m for m in messages if m.startswith("refused: mount(")]), 1, f"log: {messages}")
    call(t, "kill", name, "KILL")
    ended(t, events)
    stopped(t, name)
    t.check(explained(t, name), "a stopped container can be explained")
    gone(t, name)


@suite.case(only="capbox")
def refused_by_a_policy(t):
    def deny(configuration):
        configuration["annotations"] = {"dev.capbox.policy": t.path("policy.json")}

    with open(t.path("policy.json"), "w", encoding="utf-8") as file:
        json.dump({"syscalls": {"sendfile": {"action": "deny", "errno": "ENOSYS"}}}, file)
    configuration = t.shell("cat /etc/passwd > /dev/null; sleep 100")
    deny(configuration)
    name = t.identifier()
    t.equal(t.runtime.create(t.bundle(configuration), name).status, 0, "create")
    call(t, "start", name)
    found = t.wait(lambda: [r for r in explained(t, name) if r["call"] == "sendfile"], "refused")
    t.equal(found[0]["error"], "ENOSYS", "errno")
    t.match(found[0]["advice"], "policy denies the call", "advice")
    gone(t, name)


@suite.case(only="capbox")
def nothing_was_refused(t):
    name = running(t)
    t.match(call(t, "explain", name), "has been refused nothing", "explain")
    t.equal(t.runtime.call("explain", "nobody").status, 1, "an unknown container")
    t.equal(t.runtime.call("explain").status, 1, "no container")
    gone(t, name)
