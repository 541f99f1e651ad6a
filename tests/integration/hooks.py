"""Hooks: when each kind runs, what it is told, where it runs, and what its failure does."""

import json
import os
import time

from lib import bundle
from lib.suite import Suite

from .lifetime import status

suite = Suite("hooks")
KINDS = ("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")
RUNC = ("capbox", "runc ends the container when a poststart hook fails, as later versions ask")


def hook(script, **members):
    return {"path": "/bin/sh", "args": ["sh", "-c", script], **members}


def with_hooks(t, script="exit 0", **hooks):
    """A configuration with hooks; /out in the container is t.path("out") outside."""
    configuration = t.shell(script)
    os.makedirs(t.path("out"), exist_ok=True)
    os.chmod(t.path("out"), 0o777)
    configuration["mounts"].append(bundle.bind("/out", t.path("out")))
    configuration["hooks"] = hooks
    return configuration


def read(t, name):
    try:
        with open(t.path("out", name), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def append(t, kind, line):
    """A hook's script that writes a line to the file "log", from its side of the mount."""
    place = "/out" if kind == "startContainer" else t.path("out")
    return f"{line} >> {place}/log"


@suite.case
def order_and_state(t):
    # One write for both lines: the program runs beside the poststart hook.
    write = "printf '%s\\n%s\\n'"
    hooks = {kind: [hook(append(t, kind, f'{write} {kind} "$(cat)"'))] for kind in KINDS}
    configuration = with_hooks(t, f"{write} program '' >> /out/log", **hooks)
    configuration["annotations"] = {"key": "value"}
    directory, name = t.bundle(configuration), t.identifier()
    t.equal(t.runtime.run(directory, name).status, 0, "run")
    lines = read(t, "log").split("\n")
    names = lines[0::2]
    t.equal([n for n in names if n not in ("program", "poststart", "")],
            [k for k in KINDS if k != "poststart"], "order")
    t.check(names.index("program") > names.index("startContainer"), "startContainer is before")
    states = {n: json.loads(text) for n, text in zip(names, lines[1::2]) if text}
    t.equal({k: s["status"] for k, s in states.items() if k != "poststart"},
            {"prestart": "creating", "createRuntime": "creating", "createContainer": "creating",
             "startContainer": "created", "poststop": "stopped"}, "status")
    for kind, state in states.items():
        t.equal((state["id"], state["bundle"]), (name, directory), kind)
        t.equal(state["annotations"], {"key": "value"}, "annotations")
    t.check(states["prestart"]["pid"] > 1, "pid")


@suite.case
def several_run_in_order(t):
    hooks = [hook(append(t, "prestart", f"echo {i}")) for i in range(5)]
    t.equal(t.run(with_hooks(t, prestart=hooks)).status, 0, "run")
    t.equal(read(t, "log").split(), list("01234"), "order")


@suite.case
def arguments_and_environment(t):
    hooks = {kind: [{"path": "/bin/sh", "env": ["A=one two", "PATH=/bin"],
                     "args": ["sh", "-c", append(t, kind, 'echo "$A-$1-$2"'), "sh", "x y", ""]}]
             for kind in KINDS}
    t.equal(t.run(with_hooks(t, **hooks)).status, 0, "run")
    t.equal(read(t, "log").splitlines(), ["one two-x y-"] * 6, "what the hooks have seen")


@suite.case
def places(t):
    """Which root and which namespaces each kind sees."""
    look = f"echo $(readlink /proc/self/ns/net) $(test -e {t.path('out')} && echo host)"
    hooks = {kind: [hook(append(t, kind, look))]
             for kind in ("createRuntime", "createContainer", "startContainer")}
    t.equal(t.run(with_hooks(t, **hooks)).status, 0, "run")
    runtime, create, start = read(t, "log").splitlines()
    own = os.readlink("/proc/self/ns/net")
    t.equal(runtime, f"{own} host", "createRuntime")
    t.check(own not in create and create.endswith("host"), f"createContainer: {create}")
    t.check(own not in start and not start.endswith("host"), f"startContainer: {start}")


@suite.case
def container_is_entered_later(t):
    """prestart can still work on the container's namespaces from outside."""
    script = ("pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); "
              f"nsenter --net=/proc/$pid/ns/net ip link add hooked type dummy 2> {t.path('out')}/error "
              f"|| nsenter --net=/proc/$pid/ns/net cat /proc/net/dev > {t.path('out')}/dev")
    t.equal(t.run(with_hooks(t, prestart=[hook(script)])).status, 0, "run")
    t.check("No such" not in read(t, "error") and "lo" in (read(t, "dev") or "lo"), "namespace")


def fails(t, kind):
    name = t.identifier()
    bad = hook("echo some words >&2; exit 3")
    after = hook(f"echo poststop > {t.path('out')}/after")
    configuration = with_hooks(t, "echo ran > /out/ran", **{kind: [bad], "poststop": [after]})
    result = t.runtime.run(t.bundle(configuration), name)
    t.check(result.status != 0, f"{kind}: {result}")
    t.match(result.stderr, r"exit status 3.*some words", "message")
    t.equal(read(t, "ran"), "", "the program must not run")
    t.equal(t.runtime.state(name), None, "the container is gone")
    t.equal(read(t, "after"), "poststop\n", "poststop hooks")


@suite.case
def failure_of_prestart(t):
    fails(t, "prestart")


@suite.case
def failure_of_create_runtime(t):
    fails(t, "createRuntime")


@suite.case
def failure_of_create_container(t):
    fails(t, "createContainer")


@suite.case
def failure_of_start_container(t):
    fails(t, "startContainer")


@suite.case(only=("capbox", "runc's start does not wait for these hooks"))
def failure_of_start_container_after_create(t):
    name = t.identifier()
    configuration = with_hooks(t, "echo ran > /out/ran", startContainer=[hook("exit 3")])
    t.equal(t.runtime.create(t.bundle(configuration), name).status, 0, "create")
    t.check(t.runtime.start(name).status != 0, "start")
    t.wait(lambda: status(t, name) == "stopped", "stopped")
    t.equal(t.runtime.delete(name).status, 0, "delete")
    t.equal(read(t, "ran"), "", "the program must not run")


@suite.case(only=RUNC)
def failure_of_poststart(t):
    hooks = [hook("exit 3"), hook(f"echo second > {t.path('out')}/second")]
    result = t.run(with_hooks(t, "sleep 0.3; exit 5", poststart=hooks))
    t.equal(result.status, 5, "the container goes on")
    t.match(result.stderr, r"hooks.poststart\[0\].*exit status 3", "warning")
    t.equal(read(t, "second"), "second\n", "further hooks")


@suite.case
def failure_of_poststop(t):
    hooks = [hook("exit 3"), hook(f"echo second > {t.path('out')}/second")]
    name = t.identifier()
    t.equal(t.runtime.run(t.bundle(with_hooks(t, "exit 5", poststop=hooks)), name).status, 5, "run")
    t.equal(t.runtime.state(name), None, "the container is gone")
    if t.runtime.name == "capbox":
        t.equal(read(t, "second"), "second\n", "further hooks")


@suite.case
def missing_program(t):
    configuration = with_hooks(t, createRuntime=[{"path": "/no/such/hook"}])
    result = t.run(configuration)
    t.check(result.status != 0, "run")
    t.match(result.stderr, "/no/such/hook.*[Nn]o such file", "message")


@suite.case
def timeout(t):
    for kind in ("prestart", "createContainer", "startContainer"):
        began = time.monotonic()
        result = t.run(with_hooks(t, **{kind: [hook("exec sleep 30", timeout=1)]}))
        t.check(result.status != 0, kind)
        t.match(result.stderr, "timeout", "message")
        t.check(0.9 < time.monotonic() - began < 8, f"{kind}: {time.monotonic() - began} s")
    t.equal(t.run(with_hooks(t, prestart=[hook("exit 0", timeout=5)])).status, 0, "in time")


@suite.case
def descriptors_do_not_leak(t):
    listing = f"ls -l /proc/self/fd | grep -v -e total -e /proc/ > {t.path('out')}/fds"
    t.equal(t.run(with_hooks(t, createRuntime=[hook(listing)])).status, 0, "run")
    numbers = [line.split()[8] for line in read(t, "fds").splitlines()]
    t.equal([n for n in numbers if int(n) > 2], [], "descriptors")
