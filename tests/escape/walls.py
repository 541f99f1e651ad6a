"""The sentry's own walls. What it holds is read on the host; and a sentry that does what a taken-over
one would do (the build preset `hostile`) is shown to get nothing by it."""

import errno
import json
import os
import re
import signal
import socket
import subprocess
import time

from lib import paths
from lib.runtime import Runtime
from lib.suite import Suite

NAMESPACES = ("user", "mnt", "pid")
FILTER_SAYS = "the sentry made a system call that its filter forbids"
HOSTILE = os.path.join(paths.BUILD, "hostile", "capbox")

# Each ends the sentry, and with it the container.
FORBIDDEN = """execve execveat fork vfork clone clone-namespaces unshare setns mount umount fsopen
pivot_root open_by_handle_at bpf io_uring perf userfaultfd keyctl add_key module kexec
process_madvise unknown-number socket-packet socket-raw socket-sctp socket-netfilter socket-vsock
setsockopt ioctl-sti ioctl-tun fcntl-notify prctl-dumpable seccomp sigaction mmap-code mprotect-code
ptrace-attach ptrace-traceme ptrace-poke""".split()
# These fail, by what the kernel thinks of the sentry.
REFUSED = {"clone3": "ENOSYS", "nursery-memory": "EPERM", "nursery-write": "EPERM",
           "nursery-descriptor": "EPERM", "nursery-seize": "EPERM", "nursery-mem": "EACCES",
           "nursery-fd/0": "EACCES"}

suite = Suite("walls")


def read(path):
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read()


def status(pid, field):
    return re.search(rf"^{field}:\s*(.*)$", read(f"/proc/{pid}/status"), re.M)[1]


def children(pid):
    return [int(p) for task in os.listdir(f"/proc/{pid}/task")
            for p in read(f"/proc/{pid}/task/{task}/children").split()]


def running(t, runtime=None, change=None, script="sleep 1000"):
    """A container; its name and its sentry's pid."""
    runtime = runtime or t.runtime
    configuration = t.shell(script)
    if change:
        change(configuration)
    name = t.identifier()
    result = runtime.create(t.bundle(configuration), name)
    t.equal(result.status, 0, f"create: {result}")
    t.equal(runtime.start(name).status, 0, "start")
    return name, runtime.state(name)["pid"]


def end(t, name):
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


def nursery_of(t, sentry):
    found = [p for p in children(sentry) if status(p, "Name") == "capbox-nursery"]
    t.equal(len(found), 1, "nurseries")
    return found[0]


def confined_in_general(t, pid):
    """What holds for the sentry and the nursery alike."""
    for kind in NAMESPACES:
        t.check(os.readlink(f"/proc/{pid}/ns/{kind}") != os.readlink(f"/proc/self/ns/{kind}"),
                f"{pid} is in the host's {kind} namespace")
    t.equal(status(pid, "NoNewPrivs"), "1", "no_new_privs")


def subordinate(configuration):
    """Root of the container is nobody in particular on the host."""
    ids = [{"containerID": 0, "hostID": 1 << 24, "size": 65536}]
    configuration["linux"]["namespaces"].append({"type": "user"})
    configuration["linux"]["uidMappings"] = configuration["linux"]["gidMappings"] = ids


@suite.case
def what_the_sentry_holds(t):
    name, sentry = running(t, script="while :; do cat /proc/uptime >/dev/null; done")
    confined_in_general(t, sentry)
    for task in os.listdir(f"/proc/{sentry}/task"):
        pid = f"{sentry}/task/{task}"
        t.equal((status(pid, "Seccomp"), status(pid, "NoNewPrivs")), ("2", "1"),
                f"filter and no_new_privs of thread {task}")
    t.check(len(os.listdir(f"/proc/{sentry}/task")) > 2, "the sentry has workers")
    t.match(read(f"/proc/{sentry}/limits"), r"Max core file size +0 +0 ", "limits")
    t.equal(int(read(f"/proc/{sentry}/coredump_filter"), 16), 0, "coredump_filter")
    end(t, name)


@suite.case
def what_the_nursery_holds(t):
    name, sentry = running(t)
    nursery = nursery_of(t, sentry)
    confined_in_general(t, nursery)
    held = {fd: os.readlink(f"/proc/{nursery}/fd/{fd}")
            for fd in os.listdir(f"/proc/{nursery}/fd")}
    t.check(set(held) == {"0", "1", "2"} and held["0"].startswith("socket:") and
            held["1"] == "/" and "pidfd" in held["2"], f"descriptors {held}")
    t.equal(len(os.listdir(f"/proc/{nursery}/task")), 1, "threads")
    end(t, name)


@suite.case
def neither_is_dumpable(t):
    """The files of a process that may not be traced are the host root's in procfs, whoever it is."""
    name, sentry = running(t, change=subordinate)
    for pid in (sentry, nursery_of(t, sentry)):
        t.equal(os.stat(f"/proc/{pid}/maps").st_uid, 0, f"owner of the files of {pid}")
        t.check(int(status(pid, "Uid").split()[0]) >= 1 << 24, "runs as a user of the container")
    end(t, name)


def memory_holds(pid, needle):
    """Whether a process has the bytes anywhere in its writable memory."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in read(f"/proc/{pid}/maps").splitlines():
            bounds, mode = line.split()[:2]
            if not mode.startswith("rw"):
                continue
            first, last = (int(bound, 16) for bound in bounds.split("-"))
            memory.seek(first)
            try:
                if needle in memory.read(last - first):
                    return True
            except OSError:
                continue
    return False


@suite.case
def requests_are_forgotten(t):
    name, sentry = running(t)
    nursery = nursery_of(t, sentry)
    secret = "hush-" + os.urandom(12).hex()
    asked = t.runtime.start_process(
        t.runtime.command("exec", "-e", f"SECRET={secret}", name, "sh", "-c", "echo; cat"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    asked.stdout.readline()
    t.check(memory_holds(sentry, secret.encode()), "the sentry knows a request that it serves")
    asked.stdin.close()
    asked.wait(10)
    t.runtime.finish(asked)
    time.sleep(0.1)
    for pid in (sentry, nursery):
        t.check(not memory_holds(pid, secret.encode()), f"{pid} remembers a request that is over")
    end(t, name)


@suite.case
def signals_to_all_spare_the_nursery(t):
    name, sentry = running(t, script="trap '' TERM USR1; while :; do sleep 1; done")
    for number in ("TERM", "USR1", "STOP", "CONT"):
        t.equal(t.runtime.kill(name, "--all", number).status, 0, f"kill --all {number}")
    result = t.runtime.call("exec", name, "echo", "there")
    t.equal((result.status, result.stdout), (0, "there\n"), f"exec afterwards: {result}")
    listed = json.loads(t.runtime.call("ps", "--format", "json", name).stdout)
    t.check(nursery_of(t, sentry) not in listed and sentry not in listed, f"ps lists {listed}")
    end(t, name)


@suite.case
def without_its_nursery(t):
    """There is no exec then, and nothing else is amiss."""
    name, sentry = running(t)
    os.kill(nursery_of(t, sentry), signal.SIGKILL)
    for _ in range(2):
        result = t.runtime.call("exec", name, "true", timeout=20)
        t.check(result.status != 0 and "cannot fork" in result.stderr, f"exec: {result}")
    t.equal(t.runtime.state(name)["status"], "running", "status")
    end(t, name)


# A sentry that has been taken over.

def hostile(t):
    if not os.access(HOSTILE, os.X_OK):
        build = os.path.join(paths.SOURCE, "tools", "build")
        done = subprocess.run([build, "hostile", "capbox"], capture_output=True, text=True,
                              check=False)
        t.equal(done.returncode, 0, f"tools/build hostile: {done.stderr[-2000:]}")
    return Runtime("capbox", HOSTILE, t.runtime.root)


def ask(runtime, name, call):
    """Has the sentry make a call. The answer, or None when that was its end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as control:
        control.settimeout(20)
        control.connect(os.path.join(runtime.root, name, "control"))
        control.send(json.dumps({"op": "hostile", "call": call}).encode())
        try:
            answer = control.recv(65536)
        except ConnectionResetError:
            answer = b""
    return json.loads(answer) if answer else None


def dies_by_its_filter(t, runtime, call):
    name = t.identifier()
    log = t.path(f"log-{call}")
    process = runtime.start_process(
        runtime.command("run", "--bundle", t.bundle(t.shell("echo; sleep 1000")), name,
                        options=("--log", log)),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdout.readline()
    sentry = runtime.state(name)["pid"]  # the sentry has then also told `run` that it runs
    guests = children(sentry)
    t.equal(ask(runtime, name, call), None, f"{call}: answer")
    t.equal(process.wait(20), 128 + signal.SIGSYS, f"{call}: status of run")
    process.stdout.close()
    runtime.finish(process)
    if call != "int80":  # which is no call of this architecture, and kills without a word
        t.check(FILTER_SAYS in read(log), f"{call}: log {read(log)!r}")
        t.match(read(log), r"#\d+ hostile_call\+0x\w+ \(capbox\+", f"{call}: stack")
    for pid in guests:
        t.check(not os.path.exists(f"/proc/{pid}"), f"{call}: {pid} of the container is left")


@suite.case(timeout=300)
def forbidden_calls(t):
    runtime = hostile(t)
    for call in FORBIDDEN[::4] if t.settings.quick else FORBIDDEN:
        dies_by_its_filter(t, runtime, call)
    dies_by_its_filter(t, runtime, "int80")


@suite.case(timeout=120)
def out_of_a_sentrys_reach(t):
    """Its own filter aside, it can do nothing to what has none."""
    runtime = hostile(t)
    name, sentry = running(t, runtime)
    for call, error in REFUSED.items():
        answer = ask(runtime, name, call)
        t.equal(answer and errno.errorcode.get(answer.get("errno")), error, f"{call}: {answer}")
    t.equal(runtime.call("exec", name, "true").status, 0, "exec afterwards")
    t.check(sentry and nursery_of(t, sentry), "both live")
    end(t, name)


@suite.case
def only_test_builds_obey(t):
    name, _ = running(t)
    answer = ask(t.runtime, name, "execve")
    t.check(answer and "error" in answer, f"answer {answer}")
    t.equal(t.runtime.state(name)["status"], "running", "status")
    end(t, name)
