"""What is said when a sentry crashes: its log and the caller are told of the signal, the trap and the
stack. The faults are planted, in a build that is made for it (tools/build faulty)."""

import json
import os
import re
import signal
import subprocess

from lib import hoststate, paths
from lib.runtime import Runtime
from lib.suite import Suite

suite = Suite("crash")
FAULTY = os.path.join(paths.BUILD, "faulty", "capbox")
ENDED = "has ended because its sentry has crashed"


def faulty(t):
    """The runtime whose sentries fail on demand."""
    if not os.access(FAULTY, os.X_OK):
        t.skip("no build with planted faults: tools/build faulty")
    return Runtime("capbox", FAULTY, t.runtime.root)


def crash(t, fault, options=(), **process):
    """Runs a container whose sentry meets the fault when the program makes a directory."""
    return faulty(t).run(t.bundle(t.shell("mkdir /dev/shm/x; sleep 10", **process)), t.identifier(),
                         options=options, env={**os.environ, "CAPBOX_FAULT": fault})


def reports(t, fault, name, status, function=None):
    result = crash(t, fault)
    text = result.stderr
    t.equal(result.status, status, f"status; {text}")
    t.match(text, rf"the sentry has crashed: {name}\b", "report")
    t.match(text, r"serving mkdir \(system call 83\) of thread \d+: 0x", "the trap in progress")
    t.match(text, rf"#\d+ {function or 'planted_' + fault}\+0x\w+ \(capbox\+0x\w+\)", "stack")
    t.match(text, r"#\d+ serve(_trap)?\+0x", "its callers")
    t.match(text, ENDED, "what the command says")


@suite.case(only="capbox")
def segmentation_fault(t):
    reports(t, "segv", "SIGSEGV at address 0x8", 128 + signal.SIGSEGV)


@suite.case(only="capbox")
def bus_error(t):
    reports(t, "bus", "SIGBUS at address", 128 + signal.SIGBUS)


@suite.case(only="capbox")
def illegal_instruction(t):
    reports(t, "ill", "SIGILL at address", 128 + signal.SIGILL)


@suite.case(only="capbox")
def division_by_zero(t):
    reports(t, "fpe", "SIGFPE at address", 128 + signal.SIGFPE)


@suite.case(only="capbox")
def abort(t):
    reports(t, "abort", "SIGABRT", 128 + signal.SIGABRT)


@suite.case(only="capbox")
def failed_assertion(t):
    reports(t, "assertion", "SIGABRT", 128 + signal.SIGABRT)
    t.match(crash(t, "assertion").stderr, r"assertion failed: sink == 1 \(.*planted_assertion\)",
            "the assertion")


@suite.case(only="capbox")
def jump_to_nowhere(t):
    reports(t, "jump", "SIGSEGV at address 0x0", 128 + signal.SIGSEGV)


@suite.case(only="capbox")
def overflow_of_the_stack(t):
    reports(t, "deep", "SIGSEGV at address", 128 + signal.SIGSEGV)


@suite.case(only="capbox")
def before_the_program_runs(t):
    result = crash(t, "start")
    t.equal(result.status, 128 + signal.SIGSEGV, f"status; {result.stderr}")
    t.match(result.stderr, r"serving execve \(system call 59\)", "the trap in progress")
    t.match(result.stderr, ENDED, "what the command says")


@suite.case(only="capbox")
def the_log_file_has_it_too(t):
    log = t.path("log.json")
    result = crash(t, "segv", options=("--log", log, "--log-format", "json"))
    with open(log, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    text = "\n".join(line["msg"] for line in lines)
    t.match(text, "the sentry has crashed: SIGSEGV", "log")
    t.match(text, r"#0 planted_segv\+0x", "log")
    t.match(text, ENDED, "log")
    t.equal({line["level"] for line in lines}, {"error"}, "levels")
    t.match(result.stderr, ENDED, "what the command says")


@suite.case(only="capbox")
def with_a_terminal_the_caller_is_told(t):
    """The sentry holds no stream of the caller then: `run` reads the report from the state."""
    configuration = t.shell("mkdir /dev/shm/x; sleep 10", terminal=True)
    command = faulty(t).command("run", "--bundle", t.bundle(configuration), t.identifier())
    done = subprocess.run(["script", "-qec", " ".join(command), "/dev/null"], timeout=30,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          env={**os.environ, "CAPBOX_FAULT": "segv"})
    t.match(done.stdout, r"#0 planted_segv\+0x", "stack")
    t.match(done.stdout, ENDED, "what the command says")


@suite.case(only="capbox")
def a_signal_from_the_host(t):
    """Of any build: the main thread's stack."""
    name = t.identifier()
    process = t.runtime.start_process(
        t.runtime.command("run", "--bundle", t.bundle(t.shell("sleep 100")), name),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    t.wait(lambda: (t.runtime.state(name) or {}).get("status") == "running", "running")
    sentry = t.runtime.state(name)["pid"]
    t.check(len(hoststate.descendants(sentry)) >= 1, "guests")
    os.kill(sentry, signal.SIGSEGV)
    text = process.communicate(timeout=20)[1]
    t.runtime.finish(process)
    t.equal(process.returncode, 128 + signal.SIGSEGV, f"status; {text}")
    t.match(text, "the sentry has crashed: SIGSEGV\n", "report")
    t.check(len(re.findall(r"#\d+ .*\(?capbox\+0x\w+", text)) >= 2, f"stack: {text}")
    t.match(text, ENDED, "what the command says")


def patience(t, script, fault=""):
    """Runs the script under a watchdog that takes a second for too long."""
    return faulty(t).run(t.bundle(t.shell(script)), t.identifier(),
                         env={**os.environ, "CAPBOX_FAULT": fault, "CAPBOX_PATIENCE_S": "1"})


@suite.case(only="capbox")
def a_stuck_worker_is_told(t):
    """Once, with its stack, and the trap is served all the same."""
    result = patience(t, "mkdir /dev/shm/x && ls -d /dev/shm/x", "stall")
    t.equal((result.status, result.stdout), (0, "/dev/shm/x\n"), str(result))
    t.match(result.stderr, r"warning: mkdir \(system call 83\) of thread \d+ has been served for \d+ s; "
            "its worker is here:", "warning")
    t.match(result.stderr, r"#\d+ planted_stall\+0x\w+ \(capbox\+0x\w+\)", "stack")
    t.match(result.stderr, r"#\d+ serve(_trap)?\+0x", "its callers")
    t.equal(result.stderr.count("has been served"), 1, "warnings")


@suite.case(only="capbox")
def waiting_for_the_outside_is_no_news(t):
    result = patience(t, "mkfifo /tmp/f; cat /tmp/f & sleep 4; echo written > /tmp/f; wait")
    t.equal((result.status, result.stdout, result.stderr), (0, "written\n", ""), "what comes")


@suite.case(only="capbox")
def a_guests_own_crash_is_none_of_the_sentrys(t):
    result = t.sh("sh -c 'kill -SEGV $$'; exit $?")
    t.equal(result.status, 128 + signal.SIGSEGV, "status")
    t.check("sentry" not in result.stderr, result.stderr)
