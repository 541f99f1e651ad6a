"""exec: a further process in a running container, and what its supervisor tells of it."""

import json
import os
import signal
import time

from lib import hoststate
from lib.suite import Suite

from .lifetime import created, running, status

suite = Suite("exec")
ENVIRONMENT = ["PATH=/bin:/usr/bin", "A=1"]


def ended(t, name):
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


def run(t, name, *arguments, **keywords):
    return t.runtime.call("exec", *arguments[:-1], name, *arguments[-1], **keywords)


def process_file(t, args, **members):
    """A file for --process."""
    path = t.path(f"process{time.monotonic_ns()}.json")
    process = {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": args, "env": ENVIRONMENT,
               "cwd": "/", **members}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(process, file)
    return path


def read_pid(path):
    with open(path, encoding="utf-8") as file:
        return int(file.read())


def wait_dead(t, pid, seconds=10.0):
    """Waits for a supervisor that has become our child; returns its exit status as a shell does."""
    t.wait(lambda: hoststate._stat(pid) and hoststate._stat(pid)[1] == "Z", f"{pid} ended", seconds)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@suite.case
def exit_statuses(t):
    name = running(t)
    for number in (0, 1, 42, 255):
        t.equal(run(t, name, ["sh", "-c", f"exit {number}"]).status, number, "exit status")
    t.equal(run(t, name, ["sh", "-c", "kill -KILL $$"]).status, 137, "killed")
    ended(t, name)


@suite.case
def streams(t):
    name = running(t)
    result = run(t, name, ["sh", "-c", "cat; echo error >&2"], stdin=b"through\n")
    t.equal((result.stdout, result.stderr), ("through\n", "error\n"), "streams")
    ended(t, name)


@suite.case
def errors(t):
    name = running(t)
    for arguments, message in ((["nope"], r'nope\\?": executable file not found in \$PATH'),
                               (["/bin/nope"], r"stat /bin/nope: no such file or directory"),
                               (["/etc/passwd"], r"permission denied")):
        result = run(t, name, arguments)
        t.equal(result.status, 255, f"status of {arguments}")
        t.match(result.stderr, "exec failed: unable to start container process: .*" + message)
    t.equal(run(t, name, "--cwd", "/nowhere", ["pwd"]).status, 255, "a directory that is missing")
    t.equal(run(t, name, "--user", "bob", ["id"]).status, 255, "a user by name")
    t.equal(run(t, t.identifier(), ["true"]).status, 255, "no such container")
    t.check(run(t, name, []).status != 0, "no command")
    t.equal(run(t, name, "-d", "-t", ["true"]).status, 255, "a terminal for nobody")
    t.equal(run(t, name, "--console-socket", "/x", ["true"]).status, 255, "no terminal")
    ended(t, name)
    t.equal(run(t, name, ["true"]).status, 255, "in a container that is gone")


@suite.case
def in_a_stopped_container(t):
    name = running(t, "exit 0")
    t.wait(lambda: status(t, name) == "stopped", "stopped")
    result = run(t, name, ["true"])
    t.equal(result.status, 255, "status")
    t.match(result.stderr, "cannot exec in a stopped container", "message")
    ended(t, name)


@suite.case
def in_a_created_container(t):
    name = created(t)
    t.equal(run(t, name, ["echo", "early"]).stdout, "early\n", "output")
    ended(t, name)


@suite.case
def process_is_the_containers(t):
    configuration = t.shell("sleep 100", cwd="/tmp", user={"uid": 1000, "gid": 5})
    configuration["process"]["env"].append("MARK=config")
    name = t.identifier()
    t.equal(t.runtime.create(t.bundle(configuration), name).status, 0, "create")
    t.equal(t.runtime.start(name).status, 0, "start")
    result = run(t, name, ["sh", "-c", "pwd; id -u; id -g; echo $MARK"])
    t.equal(result.stdout.split(), ["/tmp", "1000", "5", "config"], "process")
    result = run(t, name, "--cwd", "/etc", "--user", "0:0", "-e", "MARK=a", "-e", "NEW=b c",
                 "-e", "MARK=last", ["sh", "-c", "pwd; id -u; id -g; echo $MARK; echo $NEW"])
    t.equal(result.stdout.split("\n"), ["/etc", "0", "0", "last", "b c", ""], "process")
    result = run(t, name, "-g", "77", "-g", "78", ["id", "-G"])
    t.equal(result.stdout, "5 77 78\n", "groups")
    ended(t, name)


@suite.case
def capabilities_and_privileges(t):
    name = running(t)
    fields = "grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status"
    plain = run(t, name, ["sh", "-c", fields]).stdout.split()
    more = run(t, name, "--cap", "CAP_NET_ADMIN", "--no-new-privs", ["sh", "-c", fields]).stdout.split()
    for index in (1, 3):
        t.equal(int(more[index], 16), int(plain[index], 16) | 1 << 12, "capabilities")
    t.equal((plain[5], more[5]), ("0", "1"), "no_new_privs")
    ended(t, name)


@suite.case
def process_from_a_file(t):
    name = running(t)
    path = process_file(t, ["sh", "-c", "echo $A $0; pwd; id -u", "name"], cwd="/etc",
                        user={"uid": 1000, "gid": 1000})
    result = t.runtime.call("exec", "--process", path, name)
    t.equal(result.stdout.split(), ["1", "name", "/etc", "1000"], "output")
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"args": 3}')
    t.check(t.runtime.call("exec", "-p", path, name).status != 0, "a wrong file")
    ended(t, name)


@suite.case
def a_large_process(t):
    name = running(t)
    words = [str(i) for i in range(40000)]
    path = process_file(t, ["sh", "-c", "echo $# ${40000}", "sh", *words])
    t.equal(t.runtime.call("exec", "--process", path, name).stdout, "40000 39999\n", "output")
    ended(t, name)


@suite.case
def detached(t):
    name, pid_file = running(t), t.path("pid")
    result = run(t, name, "-d", "--pid-file", pid_file, ["sh", "-c", "sleep 0.3; exit 7"])
    t.equal(result.status, 0, f"exec -d: {result}")
    pid = read_pid(pid_file)
    t.equal(hoststate._stat(pid)[2], os.getpid(), "parent: the subreaper")
    t.equal(wait_dead(t, pid), 7, "exit status")
    run(t, name, "-d", "--pid-file", pid_file, ["true"])
    t.equal(wait_dead(t, read_pid(pid_file)), 0, "exit status of one that ends at once")
    ended(t, name)


@suite.case
def detached_leaves_the_callers_pipes(t):
    name, pid_file = running(t), t.path("pid")
    read, write = os.pipe()
    process = t.runtime.start_process(
        t.runtime.command("exec", "-d", "--pid-file", pid_file, name, "sh", "-c",
                          "echo out; exec >&- 2>&-; sleep 2"),
        stdout=write, stderr=write)
    os.close(write)
    t.equal(process.wait(10), 0, "exec -d")
    t.runtime.finish(process)
    began = time.monotonic()
    with open(read, "rb") as file:
        t.equal(file.read(), b"out\n", "output")
    t.check(time.monotonic() - began < 1.5, "the supervisor holds the caller's pipe")
    t.equal(wait_dead(t, read_pid(pid_file)), 0, "exit status")
    ended(t, name)


@suite.case
def signals_reach_the_process(t):
    name, pid_file = running(t), t.path("pid")
    run(t, name, "-d", "--pid-file", pid_file,
        ["sh", "-c", "trap 'exit 9' USR1; echo x >/tmp/ready; while :; do sleep 0.1; done"])
    t.wait(lambda: run(t, name, ["cat", "/tmp/ready"]).status == 0, "the process")
    pid = read_pid(pid_file)
    os.kill(pid, signal.SIGUSR1)
    t.equal(wait_dead(t, pid), 9, "exit status")
    run(t, name, "-d", "--pid-file", pid_file, ["sleep", "77"])
    pid = read_pid(pid_file)
    os.kill(pid, signal.SIGKILL)
    wait_dead(t, pid)
    t.wait(lambda: "sleep 77" not in run(t, name, ["ps"]).stdout, "the process is gone")
    ended(t, name)


@suite.case
def ends_with_the_container(t):
    name, pid_file = running(t), t.path("pid")
    run(t, name, "-d", "--pid-file", pid_file, ["sleep", "100"])
    pid = read_pid(pid_file)
    t.equal(t.runtime.kill(name, "KILL").status, 0, "kill")
    t.check(wait_dead(t, pid) in (137, -9), "exit status")
    t.wait(lambda: status(t, name) == "stopped", "stopped")
    ended(t, name)


@suite.case
def preserved_descriptors(t):
    name = running(t)
    path = t.path("file")
    with open(path, "w", encoding="utf-8") as file:
        file.write("three\n")
    script = f"exec 3<{path}; exec \"$@\" cat /proc/self/fd/3"
    command = ["sh", "-c", script, "sh", *t.runtime.command("exec", "--preserve-fds", "1", name)]
    process = t.runtime.start_process(command, stdout=-1)
    t.equal(process.communicate()[0], b"three\n", "descriptor 3")
    t.runtime.finish(process)
    ended(t, name)


@suite.case
def many_at_once(t):
    name = running(t)
    processes = [t.runtime.start_process(t.runtime.command("exec", name, "sh", "-c", f"exit {i}"))
                 for i in range(30)]
    for i, process in enumerate(processes):
        t.equal(process.wait(30), i, "exit status")
        t.runtime.finish(process)
    ended(t, name)
