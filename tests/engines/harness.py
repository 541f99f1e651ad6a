"""What the tests of the engines share: a world apart for the engines to live in, their daemons, and
the cases.

The world. The cases and the engines live in a mount, a network and a pid namespace of their own:
mounts, bridges, addresses, firewall rules and processes of an engine are seen by nobody else, and
end with the first process of that pid namespace, which runs the cases and is killed when the runner
ends, also by SIGKILL. Directories of /run that engines insist on are covered by fresh ones.
Everything else an engine keeps lies in one directory of the build folder. The runner removes that,
and control groups; what a killed one could not remove, the next one does.

A case is a function that takes a Case; t.engine is the engine. After each case the host must be as it
was before: no process, mount, control group, network namespace or claim of a uid more."""

import contextlib
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

from lib import hoststate, paths, suite as base
from lib.runtime import Result, Timeout

TOKEN = hoststate.TOKEN
CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET = 0x20000, 0x20000000, 0x40000000
PR_SET_PDEATHSIG = 1
COVERED = ("/run/containerd", "/run/docker", "/run/netns", "/run/containers", "/run/libpod",
           "/run/crun", "/run/lock", "/run/runc", "/var/lib/cni", "/run/podman",
           "/run/cni", "/dev/shm")

Failure, Skip = base.Failure, base.Skip


def _unshare(flags):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def _enter_world():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    _unshare(CLONE_NEWNS | CLONE_NEWNET)
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for directory in COVERED:
        os.makedirs(directory, exist_ok=True)
        mode = "mode=1777" if directory == "/dev/shm" else "mode=755"
        subprocess.run(["mount", "-t", "tmpfs", "-o", mode, TOKEN + "-cover", directory],
                       check=True)


def _in_the_world(function):
    status = 1
    try:
        _enter_world()
        status = function()
    except BaseException:  # this process is a copy: nothing of it may return to the caller
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def in_a_world(function):
    """Calls function() in the world; returns the exit status that it returns. The world ends with
    it, or with this process, however that ends."""
    sys.stdout.flush()
    _unshare(CLONE_NEWPID)
    pid = os.fork()
    if pid == 0:
        _in_the_world(function)

    def end(*_):
        os.kill(pid, signal.SIGKILL)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status if status >= 0 else 128 - status


def lower_limits(files=8192):
    """Containers get at most what the runner has; a host whose root may not raise limits can
    refuse the large values that engines ask for otherwise."""
    import resource
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = files if hard == resource.RLIM_INFINITY else min(files, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def make_cgroups():
    """The control group under which an engine puts its containers: engines make it on the way to
    the first container and leave it, which is not a container's fault."""
    for top in hoststate.cgroup_mounts():
        directory = os.path.join(top, TOKEN)
        os.makedirs(directory, exist_ok=True)
        if os.path.exists(os.path.join(top, "cpuset.cpus")):
            for name in ("cpuset.cpus", "cpuset.mems"):
                with open(os.path.join(top, name), encoding="ascii") as above, \
                        open(os.path.join(directory, name), "w", encoding="ascii") as file:
                    file.write(above.read())


def remove_cgroups(token=TOKEN):
    """Removes the control groups that engines made on the way to their containers' own."""
    for _ in range(50):  # a killed process leaves its group a moment after it is gone
        left = sorted((d for d in hoststate.cgroups(token) if re.search(rf"/{token}(?!\d)", d)),
                      key=len, reverse=True)
        for directory in left:
            with contextlib.suppress(OSError):
                os.rmdir(directory)
        if not left:
            return
        time.sleep(0.02)


def call(command, timeout=60, stdin=b"", env=None, cwd=None, merge=False):
    """Runs a command to its end. Output goes through files: what a command leaves running may keep
    its descriptors, and no one must wait for that."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with tempfile.TemporaryFile() as given:
            given.write(stdin)
            given.seek(0)
            began = time.monotonic()
            try:
                done = subprocess.run(command, stdin=given, stdout=out, cwd=cwd,
                                      stderr=out if merge else err, timeout=timeout, check=False,
                                      env={**os.environ, **(env or {})})
            except subprocess.TimeoutExpired:
                out.seek(0)
                err.seek(0)
                raise Timeout(f"{' '.join(command)}: not done within {timeout} s: "
                              f"{(out.read() + err.read())[-2000:]!r}") from None
        seconds = time.monotonic() - began
        out.seek(0)
        err.seek(0)
        return Result(done.returncode, out.read().decode(errors="replace"),
                      err.read().decode(errors="replace"), seconds)


class Daemon:
    """A daemon of an engine, with its log."""

    def __init__(self, command, log, env=None):
        self.command, self.log, self.env, self.process = command, log, env, None

    def start(self, ready, seconds=30):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, env={**os.environ, **(self.env or {})},
                                            start_new_session=True)
        deadline = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failure(f"{self.command[0]} does not come up:\n{self.tail()}")
            time.sleep(0.1)

    def stop(self, seconds=20):
        if not self.process:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def tail(self, size=3000):
        try:
            with open(self.log, "rb") as log:
                return log.read()[-size:].decode(errors="replace")
        except FileNotFoundError:
            return ""


class Engine:
    """What an engine's file implements: commands it needs, start and stop."""

    name, needs = "", ()
    leaves = "(?!)"  # what the engine itself leaves, with any runtime: a pattern

    def __init__(self, settings):
        self.runtime, self.settings = settings.runtime, settings
        self.directory = os.path.join(settings.work, self.name)
        os.makedirs(self.directory, exist_ok=True)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def start(self):
        raise NotImplementedError

    def stop(self):
        raise NotImplementedError

    def daemons(self):
        """The pids of the engine's daemons; a case may have restarted one."""
        return {d.process.pid for d in vars(self).values() if isinstance(d, Daemon) and d.process}

    def clean(self):
        """After a case that failed: remove the containers that it left."""


class Suite(base.Suite):
    def __init__(self, engine):
        super().__init__(engine.name)
        self.engine = engine


class Case(base.Case):
    """What a case has at hand; see lib/suite.py for what it can say."""

    def __init__(self, engine, name):  # pylint: disable=super-init-not-called
        self.engine, self.runtime, self.name = engine, engine.runtime, name
        self.quick = engine.settings.quick
        self.directory = tempfile.mkdtemp(prefix=f"{TOKEN}-", dir=engine.settings.work)
        os.chmod(self.directory, 0o755)
        self._number = 0

    def identifier(self, word="c"):
        self._number += 1
        return f"{TOKEN}-{word}{self._number}-{int(time.monotonic() * 1000) % 1000000}"

    def done(self, result, status=0, what="status"):
        """A command must have ended with this status; returns its output without the last newline."""
        self.check(result.status == status, f"{what}: expected {status}: {result}")
        return result.stdout.replace("\r\n", "\n").rstrip("\n")

    def snapshot(self):
        return hoststate.Snapshot(keep=self.engine.daemons())

    def left_behind(self, before):
        left = hoststate.differences(before, keep=self.engine.daemons(), patience=4.0)
        return [item for item in left if not re.search(self.engine.leaves, item)]

    def clean(self):
        shutil.rmtree(self.directory, ignore_errors=True)


def _alarm(*_):
    raise Timeout("the case took too long")


def _outcome(function, case, timeout):
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
        line = traceback.extract_tb(failure.__traceback__)
        here = [f.lineno for f in line if f.name == function.__name__]
        return "FAIL", f"line {here[-1] if here else '?'}: {failure}"
    except Exception:  # a broken case must not end the suite
        return "FAIL", traceback.format_exc()
    finally:
        signal.alarm(0)


def _run_cases(suite, engine, counts, wanted):
    for function, only, timeout in wanted:
        reason = only and only[0] != engine.settings.name and only[1]
        if reason:
            base.report(f"{suite.name}/{function.__name__}", "skip", reason)
            counts["skip"] += 1
            continue
        case = Case(engine, function.__name__)
        began = time.monotonic()
        outcome, details = _outcome(function, case, timeout)
        if outcome == "FAIL":
            try:
                engine.clean()
            except (Failure, Timeout, OSError) as failure:
                details += f"\nand cleaning up failed: {failure}"
        case.clean()
        base.report(f"{suite.name}/{function.__name__}", outcome, details, time.monotonic() - began)
        counts[outcome] += 1


def run_suite(suite, settings, counts):
    """Starts an engine, runs its cases, stops it, and looks at what is left."""
    wanted = [c for c in suite.cases
              if re.search(settings.filter or "", f"{suite.name}/{c[0].__name__}")]
    if not wanted:
        return
    missing = [c for c in suite.engine.needs if not shutil.which(c)]
    if missing:
        base.report(suite.name, "skip", f"the host has no {' '.join(missing)}")
        counts["skip"] += len(wanted)
        return
    before, failed = hoststate.Snapshot(), counts["FAIL"]
    engine = suite.engine(settings)
    try:
        engine.start()
        _run_cases(suite, engine, counts, wanted)
    except Failure as failure:
        base.report(suite.name, "FAIL", str(failure))
        counts["FAIL"] += 1
    finally:
        engine.stop()
    remove_cgroups()
    if counts["FAIL"] > failed:  # what is left is a consequence
        hoststate.end_descendants()
        remove_cgroups()
        return
    left = hoststate.differences(before, patience=5.0)
    left = [item for item in left if not re.search(engine.leaves, item)]
    if left:
        base.report(f"{suite.name}/nothing_left", "FAIL", "\n".join(left))
        counts["FAIL"] += 1


def _remove_remains(top):
    """What runners that were killed have left."""
    for name in os.listdir(top):
        owner = re.match(r"cbt(\d+)-", name)
        if owner and not os.path.exists("/proc/" + owner[1]):
            remove_cgroups("cbt" + owner[1])
            shutil.rmtree(os.path.join(top, name), ignore_errors=True)


def work_directory():
    top = os.path.join(paths.BUILD, "engines")
    os.makedirs(top, exist_ok=True)
    _remove_remains(top)
    return tempfile.mkdtemp(prefix=TOKEN + "-", dir=top)
