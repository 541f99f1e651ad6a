"""Bad input: what capbox refuses, it refuses with one line on stderr that names the culprit, with
the same in the log when one is asked for, with a non-zero exit status, and without a trace left."""

import json
import os

from lib import bundle
from lib.suite import Suite

suite = Suite("bad-input")


def _check_log(t, file, pattern):
    with open(file, encoding="utf-8") as log:
        entries = [json.loads(line) for line in log if line.strip()]
    errors = [e for e in entries if e.get("level") == "error"]
    t.check(errors, f"no error in the log: {entries}")
    t.check({"level", "msg", "time"} <= set(errors[-1]), f"log entry lacks a field: {errors[-1]}")
    if t.runtime.name == "capbox":
        t.match(errors[-1]["msg"], pattern, "message in the log")


def _check_refusal(t, result, pattern):
    t.check(result.status != 0, f"accepted: {result}")
    t.equal(result.stdout, "", "stdout")
    if t.runtime.name == "capbox":
        t.equal(len(result.stderr.splitlines()), 1, f"lines on stderr {result.stderr!r}")
        t.match(result.stderr, pattern, "stderr")


def refused(t, directory, pattern, identifier=None, commands=("run", "create")):
    """Every command must refuse; the pattern is what its message must say about the reason."""
    for command in commands:
        before = t.snapshot()
        name = identifier or t.identifier()
        result = t.runtime.call(command, "--bundle", directory, name)
        _check_refusal(t, result, pattern)
        log = t.path("log.json")
        result = t.runtime.call(command, "--bundle", directory, name,
                                options=("--log", log, "--log-format", "json"))
        t.check(result.status != 0, f"accepted with --log: {result}")
        _check_log(t, log, pattern)
        os.unlink(log)
        left = t.left_behind(before)
        t.check(not left, f"after {command}: " + "; ".join(left))


def refused_config(t, change, pattern, **keywords):
    configuration = t.shell("echo must not run")
    change(configuration)
    refused(t, t.bundle(configuration), pattern, **keywords)


@suite.case
def no_bundle(t):
    refused(t, t.path("nowhere"), "nowhere")


@suite.case
def no_config(t):
    directory = t.path("empty")
    os.mkdir(directory)
    refused(t, directory, r"config\.json")


@suite.case
def broken_json(t):
    directory = t.bundle(t.shell("true"))
    for text in ('{"ociVersion": "1.0.2", ', "", "\0\1\2", "[1, 2]", '{"a":1}}', "nonsense"):
        with open(os.path.join(directory, "config.json"), "w", encoding="utf-8") as file:
            file.write(text)
        refused(t, directory, r"config\.json|ociVersion", commands=("run",))


@suite.case
def wrong_types(t):
    if t.runtime.name != "capbox":
        t.skip("the messages are capbox's own")

    def setter(*path):
        def change(c):
            place = c
            for key in path[:-2]:
                place = place[key]
            place[path[-2]] = path[-1]
        return change

    for change, pattern in (
            (setter("process", "args", [1]), r"process\.args\[0\]: expected string"),
            (setter("process", "args", "sh"), r"process\.args: expected array"),
            (setter("process", "user", "uid", "root"), r"process\.user\.uid: expected "),
            (setter("process", "env", ["A=1", {}]), r"process\.env\[1\]: expected string"),
            (setter("root", "path", 7), r"root\.path: expected string"),
            (setter("mounts", {}), r"mounts: expected array"),
            (setter("linux", "namespaces", [{}]), r"linux\.namespaces\[0\]\.type")):
        refused_config(t, change, pattern, commands=("run",))


@suite.case
def missing_required(t):
    def without(*path):
        def change(c):
            place = c
            for key in path[:-1]:
                place = place[key]
            del place[path[-1]]
        return change
    refused_config(t, without("process", "args"), r"process\.args", commands=("run",))
    refused_config(t, without("process", "cwd"), r"process\.cwd", commands=("run",))
    refused_config(t, without("root"), r"root", commands=("run",))
    if t.runtime.name == "capbox":  # runc takes a configuration without a version
        refused_config(t, without("ociVersion"), "ociVersion", commands=("run",))


@suite.case
def unsupported_version(t):
    if t.runtime.name != "capbox":
        t.skip("runc 1.1 does not look at the version")
    for version in ("2.0.0", "0.9", "banana", ""):
        refused_config(t, lambda c, v=version: c.update(ociVersion=v), "ociVersion",
                       commands=("run",))


@suite.case
def empty_args(t):
    refused_config(t, lambda c: c["process"].update(args=[]), r"process\.args")


@suite.case
def relative_cwd(t):
    refused_config(t, lambda c: c["process"].update(cwd="tmp"), r"process\.cwd|cwd")


@suite.case
def missing_rootfs(t):
    refused_config(t, lambda c: c["root"].update(path="no-such-rootfs"), "no-such-rootfs")


@suite.case
def rootfs_is_a_file(t):
    with open(t.path("file"), "w", encoding="utf-8"):
        pass
    refused_config(t, lambda c: c["root"].update(path=t.path("file")), "file")


@suite.case
def duplicate_identifier(t):
    directory, name = t.bundle(t.shell("sleep 100")), t.identifier()
    t.equal(t.runtime.create(directory, name).status, 0, "first create")
    refused(t, directory, name, identifier=name)
    t.equal(t.runtime.state(name)["status"], "created", "the first one afterwards")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def bad_identifiers(t):
    directory = t.bundle(t.shell("true"))
    for name in ("a/b", "..", ".", "../escape", "/abs", "", "a b", "x\ny", "-x/..", "a" * 1500):
        if t.runtime.name == "runc" and (name == "" or name.startswith("-") or len(name) > 1000):
            continue
        arguments = ["run", "--bundle", directory] + (["--"] if name.startswith("-") else [])
        before = t.snapshot()
        result = t.runtime.call(*arguments, name)
        _check_refusal(t, result, ".")
        t.equal(t.left_behind(before), [], f"after id {name!r}")


@suite.case
def unknown_namespace(t):
    refused_config(t, lambda c: c["linux"]["namespaces"].append({"type": "galaxy"}), "galaxy")


@suite.case
def namespace_path_is_not_one(t):
    def change(c):
        c["linux"]["namespaces"] = [n if n["type"] != "network" else
                                    {"type": "network", "path": "/etc/hostname"}
                                    for n in c["linux"]["namespaces"]]
    refused_config(t, change, "/etc/hostname|network")


@suite.case
def namespace_path_missing(t):
    def change(c):
        c["linux"]["namespaces"] = [n if n["type"] != "network" else
                                    {"type": "network", "path": t.path("no-namespace")}
                                    for n in c["linux"]["namespaces"]]
    refused_config(t, change, "no-namespace")


@suite.case
def duplicate_namespace(t):
    refused_config(t, lambda c: c["linux"]["namespaces"].append({"type": "uts"}), "uts|namespaces")


@suite.case
def unknown_mount_option(t):
    refused_config(t, lambda c: c["mounts"].append(bundle.tmpfs("/tmp", "frobnicate=1")),
                   "frobnicate|/tmp")


@suite.case
def unknown_mount_type(t):
    refused_config(t, lambda c: c["mounts"].append(
        {"destination": "/tmp", "type": "nosuchfs", "source": "none", "options": []}),
        "nosuchfs|/tmp")


@suite.case
def bind_source_missing(t):
    refused_config(t, lambda c: c["mounts"].append(bundle.bind("/tmp", t.path("absent"))), "absent")


@suite.case
def unknown_capability(t):
    if t.runtime.name != "capbox":
        t.skip("runc ignores unknown capabilities with a warning")
    result = t.sh("echo ran", lambda c: c["process"]["capabilities"]["bounding"].append("CAP_FLY"))
    # The specification: unknown capabilities must be ignored or refused; a silent grant is neither.
    t.check((result.status == 0 and result.stdout == "ran\n") or "CAP_FLY" in result.stderr,
            repr(result))


@suite.case
def unknown_rlimit(t):
    refused_config(t, lambda c: c["process"]["rlimits"].append(
        {"type": "RLIMIT_LUCK", "soft": 1, "hard": 1}), "RLIMIT_LUCK")


@suite.case
def unknown_properties_are_ignored(t):
    def change(c):
        c["vendorSpecific"] = {"a": [1, None]}
        c["process"]["unheardOf"] = True
        c["linux"]["fromTheFuture"] = "x"
    t.equal(t.lines("echo ran", change), ["ran"])


@suite.case
def program_missing(t):
    refused_config(t, lambda c: c["process"].update(args=["/bin/absent"]), "/bin/absent")


@suite.case
def program_not_in_path(t):
    refused_config(t, lambda c: c["process"].update(args=["absent-program"]), "absent-program")


@suite.case
def program_is_a_directory(t):
    refused_config(t, lambda c: c["process"].update(args=["/etc"]), "/etc")


@suite.case
def program_not_executable(t):
    refused_config(t, lambda c: c["process"].update(args=["/etc/passwd"]), "/etc/passwd")


@suite.case
def unknown_command(t):
    result = t.runtime.call("fly")
    if t.runtime.name == "capbox":
        t.check(result.status != 0, repr(result))
        t.match(result.stderr, "fly", "stderr")


@suite.case
def commands_on_nothing(t):
    for arguments in (("start",), ("state",), ("kill",), ("delete",)):
        result = t.runtime.call(*arguments, "no-such-container")
        t.check(result.status != 0, f"{arguments}: {result}")
        t.equal(result.stdout, "", "stdout")
        if t.runtime.name == "capbox":
            t.equal(len(result.stderr.splitlines()), 1, f"lines on stderr {result.stderr!r}")
            t.match(result.stderr, "no-such-container", "stderr")
    t.equal(t.runtime.delete("no-such-container", force=True).status, 0, "delete --force")
