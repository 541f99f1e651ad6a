"""Policies: what an operator's file and annotations change for a container."""

import json
import os

from lib.suite import Suite

suite = Suite("policies")
CAPBOX = ("capbox", "no other runtime has policies")

# busybox copies by sendfile where it can, and must not mind where it cannot.
EVERYDAY = ("cat /etc/container; (echo a; echo b) | wc -l | tr -d ' '; cp /etc/container /tmp/x;"
            " cmp /etc/container /tmp/x && echo copied; rm /tmp/x; sleep 0.01; (exit 3); echo $?")
EVERYDAY_OUTPUT = "this is the container\n2\ncopied\n3\n"


def annotate(**pairs):
    def change(configuration):
        configuration["annotations"] = {f"dev.capbox.{k.replace('_', '.')}": v
                                        for k, v in pairs.items()}
    return change


def policy_file(t, text):
    path = t.path("policy.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text if isinstance(text, str) else json.dumps(text))
    return path


@suite.case(only=CAPBOX)
def strict_runs_a_shell(t):
    t.equal(t.sh(EVERYDAY, annotate(policy="strict")).stdout, EVERYDAY_OUTPUT, "output")


@suite.case(only=CAPBOX)
def every_call_a_trap(t):
    """Whatever can be given to the sentry is given to it; programs do not notice."""
    table = json.loads(t.runtime.call("syscalls", "--format", "json").stdout)
    calls = {c["name"]: "sentry" for c in table["syscalls"] if "S" in c["dial"]}
    t.check(len(calls) > 100, "the table lets most native calls become traps")
    result = t.sh(EVERYDAY, annotate(policy=policy_file(t, {"syscalls": calls})))
    t.equal(result.stdout, EVERYDAY_OUTPUT, "output")


@suite.case(only=CAPBOX)
def a_denied_call_fails(t):
    sleep = {"action": "deny", "errno": "EOPNOTSUPP"}
    path = policy_file(t, {"syscalls": {"nanosleep": sleep, "clock_nanosleep": sleep}})
    result = t.sh("sleep 20; echo after", annotate(policy=path))
    t.check(result.seconds < 15, "sleep must not sleep")
    t.equal(result.stdout, "after\n", "output")


@suite.case(only=CAPBOX)
def a_class_by_annotation(t):
    """Denied timers and sleeping: the class wins over what the named policy says."""
    result = t.sh("sleep 20; echo after", annotate(policy="strict", class_time="deny"))
    t.check(result.seconds < 15, "sleep must not sleep")
    t.equal(result.stdout, "after\n", "output")


@suite.case(only=CAPBOX)
def refused_at_create(t):
    cases = [
        (annotate(policy=policy_file(t, "{\n\"base\": strict}")), r"policy\.json: line 2, column"),
        (annotate(policy="no-such"), r"policy /etc/capbox/policies/no-such\.json: No such file"),
        (annotate(policy="../x"), r"policy '\.\./x': expected default, strict"),
        (annotate(class_nonsense="deny"), r"dev\.capbox\.class\.nonsense: no such class"),
        (annotate(class_cred="native"), r"dev\.capbox\.class\.cred.*no call of class cred can"),
        (annotate(class_ipc="perhaps"), r"dev\.capbox\.class\.ipc: expected native, sentry or"),
        (annotate(class_shmget="deny"), r"no such class"),
    ]
    for change, pattern in cases:
        result = t.sh("echo ran", change)
        t.equal((result.status, result.stdout), (1, ""), "refused")
        t.match(result.stderr, pattern, "message")


@suite.case(only=CAPBOX)
def a_file_is_read_whole_or_not_at_all(t):
    elf = os.path.realpath(t.runtime.path)
    for path in (elf, "/dev/zero", t.directory):
        result = t.sh("echo ran", annotate(policy=path))
        t.equal((result.status, result.stdout), (1, ""), f"policy {path}")
