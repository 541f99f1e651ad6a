"""A small harness for script-driven suites. A suite is a module-level Suite; a case is a function
decorated with it, taking one argument: a Case, through which it makes bundles, runs containers and
states what it expects. Every case must leave the host as it was; the harness checks that after each.

    suite = Suite("lifetime")

    @suite.case
    def exit_status(t):
        t.equal(t.sh("exit 42").status, 42)

main() runs suites: one line a case, then `N passed, N failed, N skipped`."""

import argparse
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback

from . import bundle, hoststate, paths, rootfs
from .runtime import Runtime, Timeout


class Failure(Exception):
    pass


class Skip(Exception):
    pass


class Suite:
    def __init__(self, name, rootfs_name="busybox"):
        self.name, self.rootfs_name, self.cases = name, rootfs_name, []

    def case(self, function=None, only=None, timeout=60):
        """Registers a case. only: the one runtime that it is about, or a (runtime, reason)."""
        def register(f):
            self.cases.append((f, only, timeout))
            return f
        return register(function) if function else register


class Case:
    """What a test case has at hand. Everything lies in t.directory, which goes away with it."""

    def __init__(self, suite, name, runtime, settings):
        self.name, self.runtime, self.settings = name, runtime, settings
        self.directory = tempfile.mkdtemp(prefix=f"{hoststate.TOKEN}-", dir=settings.work)
        os.chmod(self.directory, 0o755)
        self.rootfs = (settings.busybox if suite.rootfs_name == "busybox"
                       else rootfs.get(suite.rootfs_name))
        self._number = 0
        self.identifiers = []

    # Making containers.

    def identifier(self):
        self._number += 1
        name = f"{hoststate.TOKEN}-{self._number}-{int(time.monotonic() * 1000) % 1000000}"
        self.identifiers.append(name)
        return name

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def config(self, *args, **process):
        return bundle.config(args, rootfs=self.rootfs, **process)

    def shell(self, script, **process):
        """A configuration that runs a shell script."""
        return self.config("/bin/sh", "-c", script, **process)

    def bundle(self, configuration):
        self._number += 1
        return bundle.write(self.path(f"bundle{self._number}"), configuration)

    def own_rootfs(self):
        """A root filesystem of this case alone, to be changed at will."""
        self._number += 1
        directory = self.path(f"rootfs{self._number}")
        os.mkdir(directory)
        os.chmod(directory, 0o755)
        return rootfs.populate_busybox(directory)

    def run(self, configuration, **keywords):
        return self.runtime.run(self.bundle(configuration), self.identifier(), **keywords)

    def sh(self, script, change=None, **keywords):
        """Runs a script in a container; change(configuration) may edit its configuration first."""
        configuration = self.shell(script)
        if change:
            change(configuration)
        return self.run(configuration, **keywords)

    def lines(self, script, change=None, **keywords):
        """The output lines of a script that must succeed."""
        result = self.sh(script, change, **keywords)
        self.check(result.status == 0, f"script failed: {result}")
        return result.stdout.splitlines()

    # Saying what is expected.

    @staticmethod
    def check(condition, message):
        if not condition:
            raise Failure(message)

    def equal(self, got, wanted, what="value"):
        self.check(got == wanted, f"{what}: got {got!r}, expected {wanted!r}")

    def match(self, text, pattern, what="text"):
        self.check(re.search(pattern, text), f"{what}: {text!r} does not match {pattern!r}")

    @staticmethod
    def skip(reason):
        raise Skip(reason)

    def wait(self, condition, what, seconds=10.0):
        """Waits until condition() is true; returns its value."""
        deadline = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            self.check(time.monotonic() < deadline, f"{what}: not within {seconds:g} s")
            time.sleep(0.01)

    # Around a case.

    def snapshot(self):
        return hoststate.Snapshot([self.runtime.root], set(self.runtime.children))

    def left_behind(self, before):
        return hoststate.differences(before, [self.runtime.root], set(self.runtime.children))

    def clean(self):
        """Ends whatever a failed case has left, so that it does not fail the next one too."""
        for name in self.identifiers:
            if os.path.exists(os.path.join(self.runtime.root, name)):
                try:
                    self.runtime.delete(name, force=True, timeout=20)
                except Timeout:
                    pass
        for process in list(self.runtime.children.values()):
            process.kill()
            process.wait()
            self.runtime.finish(process)
        hoststate.end_descendants()
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.rmtree(self.runtime.root, ignore_errors=True)
        os.makedirs(self.runtime.root, mode=0o711)


def _alarm(*_):
    raise Timeout("the case took too long")


def _outcome(function, case, timeout):
    """("ok"|"FAIL"|"skip", details)"""
    before = case.snapshot()
    signal.signal(signal.SIGALRM, _alarm)
    signal.alarm(timeout)
    try:
        function(case)
        signal.alarm(0)
        left = case.left_behind(before)
        return ("FAIL", "\n".join(left)) if left else ("ok", "")
    except Skip as reason:
        return "skip", str(reason)
    except (Failure, Timeout) as failure:
        return "FAIL", str(failure)
    except Exception:	  # a broken case must not end the suite
        return "FAIL", traceback.format_exc()
    finally:
        signal.alarm(0)


def _run_case(suite, entry, runtime, settings):
    function, only, timeout = entry
    name = function.__name__.strip("_")
    wanted, reason = only if isinstance(only, tuple) else (only, f"only for {only}")
    if wanted and wanted != runtime.name:
        return name, "skip", reason, 0.0
    case = Case(suite, name, runtime, settings)
    began = time.monotonic()
    outcome, details = _outcome(function, case, timeout)
    seconds = time.monotonic() - began
    case.clean()
    return name, outcome, details, seconds


def report(name, outcome, details="", seconds=0.0):
    """One case's line, and below it what a failure has to say."""
    note = f": {details}" if outcome == "skip" else ""
    print(f"{outcome:4} {name}{note} ({seconds:.2f} s)", flush=True)
    if outcome == "FAIL":
        for line in details.splitlines():
            print(f"     {line}", flush=True)


def summary(name, counts):
    print(f"{name}: {counts['ok']} passed, {counts['FAIL']} failed, {counts['skip']} skipped",
          flush=True)


def run_suite(suite, runtime, settings):
    """Runs one suite; returns the number of failures."""
    counts = {"ok": 0, "FAIL": 0, "skip": 0}
    for entry in suite.cases:
        if settings.filter and not re.search(settings.filter, entry[0].__name__):
            continue
        name, outcome, details, seconds = _run_case(suite, entry, runtime, settings)
        report(f"{suite.name}/{name}", outcome, details, seconds)
        counts[outcome] += 1
    if any(counts.values()):
        summary(suite.name, counts)
    return counts["FAIL"]


def main(suites, description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--runtime", default="capbox", choices=("capbox", "runc"),
                        help="the runtime to test; runc proves the tests themselves")
    parser.add_argument("--capbox", type=os.path.abspath, metavar="PATH", help="the capbox program to test")
    parser.add_argument("-k", "--filter", metavar="REGEX", help="only cases whose name matches")
    parser.add_argument("--quick", action="store_true", help="fewer rounds of the random cases")
    parser.add_argument("--seconds", type=int, default=20, help="of the cases that take their time")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the random cases")
    parser.add_argument("suite", nargs="*", help="of: " + ", ".join(s.name for s in suites))
    settings = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("these tests make containers as root: run them as root")
    wanted = [s for s in suites if not settings.suite or s.name in settings.suite]
    unknown = set(settings.suite) - {s.name for s in suites}
    if unknown:
        parser.error(f"no suite {', '.join(sorted(unknown))}")
    path = settings.capbox if settings.runtime == "capbox" else None
    hoststate.become_reaper()
    settings.work = tempfile.mkdtemp(prefix=f"{hoststate.TOKEN}-work-")
    os.chmod(settings.work, 0o755)
    # This run's own: cases leave mount points and files in it.
    settings.busybox = os.path.join(settings.work, "busybox")
    os.mkdir(settings.busybox)
    os.chmod(settings.busybox, 0o755)
    rootfs.populate_busybox(settings.busybox)
    runtime = Runtime(settings.runtime, path, os.path.join(settings.work, "state"))
    if not runtime.available():
        sys.exit(f"{runtime.path}: no such program: build it with tools/build")
    os.makedirs(runtime.root, mode=0o711)
    try:
        failed = sum([run_suite(suite, runtime, settings) for suite in wanted])
    finally:
        shutil.rmtree(settings.work, ignore_errors=True)
    sys.exit(1 if failed else 0)
