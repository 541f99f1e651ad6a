"""The commands that only look: list, state, spec, check, features, syscalls; and `do`."""

import json
import os
import re

from lib import bundle
from lib.suite import Suite

suite = Suite("commands")
CAPBOX = ("capbox", "runc has no such command")


@suite.case
def list_json(t):
    names = [t.identifier(), t.identifier()]
    directory = t.bundle(t.shell("sleep 100"))
    for name in names:
        t.equal(t.runtime.create(directory, name).status, 0, "create")
    t.equal(t.runtime.start(names[1]).status, 0, "start")
    listed = {c["id"]: c for c in json.loads(t.runtime.call("list", "--format", "json").stdout)}
    t.equal(set(listed), set(names), "ids")
    t.equal([listed[n]["status"] for n in names], ["created", "running"], "status")
    for name in names:
        t.equal(listed[name]["bundle"], directory, "bundle")
        t.equal(listed[name]["pid"], t.runtime.state(name)["pid"], "pid")
        t.match(listed[name]["created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "created")
        t.equal(t.runtime.delete(name, force=True).status, 0, "delete")
    t.check(json.loads(t.runtime.call("list", "--format", "json").stdout) in ([], None), "empty list")


@suite.case
def list_table(t):
    name = t.identifier()
    t.equal(t.runtime.create(t.bundle(t.shell("sleep 100")), name).status, 0, "create")
    lines = t.runtime.call("list").stdout.splitlines()
    t.match(lines[0], r"^ID +PID +STATUS +BUNDLE +CREATED", "heading")
    t.match(lines[1], rf"^{name} +\d+ +created +/", "line")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def state_json(t):
    configuration = t.shell("sleep 100")
    configuration["annotations"] = {"org.example.key": "a value"}
    directory, name = t.bundle(configuration), t.identifier()
    t.equal(t.runtime.create(directory, name).status, 0, "create")
    state = t.runtime.state(name)
    t.match(state["ociVersion"], r"^1\.\d", "ociVersion")
    t.equal(state["id"], name, "id")
    t.equal(state["status"], "created", "status")
    t.equal(state["bundle"], directory, "bundle")
    t.equal(state["annotations"], {"org.example.key": "a value"}, "annotations")
    t.check(isinstance(state["pid"], int) and os.path.exists(f"/proc/{state['pid']}"), "pid")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def spec_makes_a_usable_config(t):
    directory = t.path("made")
    os.mkdir(directory)
    result = t.runtime.call("spec", cwd=directory)
    t.equal((result.status, result.stdout), (0, ""), "spec")
    with open(os.path.join(directory, "config.json"), encoding="utf-8") as file:
        configuration = json.load(file)
    t.match(configuration["ociVersion"], r"^1\.\d", "ociVersion")
    configuration["root"]["path"] = t.rootfs
    configuration["process"].update(terminal=False, args=["echo", "made by spec"])
    bundle.write(directory, configuration)
    result = t.runtime.run(directory, t.identifier())
    t.equal((result.status, result.stdout), (0, "made by spec\n"), "run")
    t.check(t.runtime.call("spec", cwd=directory).status != 0, "spec must not overwrite")


@suite.case
def run_in_the_current_directory(t):
    directory = t.bundle(t.shell("echo here"))
    result = t.runtime.call("run", t.identifier(), cwd=directory)
    t.equal((result.status, result.stdout), (0, "here\n"), "run without --bundle")


@suite.case(only=CAPBOX)
def check(t):
    result = t.runtime.call("check")
    t.equal(result.status, 0, f"status of {result}")
    for word in ("kernel", "seccomp", "user namespace", "control groups", "yama"):
        t.match(result.stdout.lower(), word, "check")


@suite.case(only=CAPBOX)
def features(t):
    found = json.loads(t.runtime.call("features").stdout)
    for key in ("ociVersionMin", "ociVersionMax", "mountOptions", "linux"):
        t.check(key in found, f"no {key} in features: {sorted(found)}")
    t.check("pid" in found["linux"]["namespaces"], "namespaces")
    t.check("CAP_CHOWN" in found["linux"]["capabilities"], "capabilities")


@suite.case(only=CAPBOX)
def syscalls(t):
    result = t.runtime.call("syscalls")
    t.equal(result.status, 0, "status")
    numbers = re.findall(r"^\s*(\d+)\s+(\w+)\s", result.stdout, re.MULTILINE)
    names = dict((name, int(number)) for number, name in numbers)
    t.equal((names.get("read"), names.get("execve"), names.get("openat2")), (0, 59, 437), "numbers")
    t.check(len(names) > 350, f"only {len(names)} system calls")


@suite.case
def version(t):
    result = t.runtime.call("--version")
    t.equal(result.status, 0, "status")
    t.match(result.stdout, r"\d+\.\d+\.\d+", "version")


@suite.case(only=CAPBOX)
def help_goes_to_stdout(t):
    result = t.runtime.call("--help")
    t.equal((result.status, result.stderr), (0, ""), "help")
    for word in ("run", "create", "start", "state", "kill", "delete", "list", "spec", "check"):
        t.match(result.stdout, rf"\b{word}\b", "help")


@suite.case(only=CAPBOX)
def do_runs_on_the_hosts_root(t):
    result = t.runtime.call("do", "--", "/bin/sh", "-c", "id -u; test -d /usr/bin && echo usr")
    t.equal((result.status, result.stdout), (0, "0\nusr\n"), "do")
    t.equal(t.runtime.call("do", "--", "sh", "-c", "exit 7").status, 7, "exit status")
    t.equal(t.runtime.call("do", "--", "cat", stdin=b"through\n").stdout, "through\n", "stdin")


@suite.case(only=CAPBOX)
def do_keeps_writes_from_the_host(t):
    marker = f"/var/tmp/{t.identifier()}"
    result = t.runtime.call("do", "--", "sh", "-c", f"echo x > {marker} && cat {marker}")
    t.equal((result.status, result.stdout), (0, "x\n"), "do")
    t.check(not os.path.exists(marker), "the file reached the host")
