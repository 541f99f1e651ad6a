"""The same configuration under every runtime: directly on the host, in runc, crun, runsc (gVisor,
with either of its platforms) and capbox.

    shelter = shelter.enter("bench")
    drivers, missing = runtimes.find(["direct", "runc", "capbox"], {"capbox": path}, shelter)
    for driver in drivers:
        with driver.box(config) as box:      # a Python config.json, as lib.bundle.config() makes
            result = box.run(timeout=60)     # create to end: runtime.Result, wall time in .seconds
            box.launch(); box.exec(["true"]) # or: one that stays, and commands in it

A driver has .name, .program (path), .version, .flags (those the tool adds, for reports). A missing
one is (name, why, how to get it). `direct` takes from the configuration what means something
without a container: args, env, cwd, user, rlimits, bind and tmpfs mounts; it is a chroot, and with
namespaces=True (find's keyword) also a session and a pid, ipc and uts namespace of its own, and no
more capabilities than the configuration grants, for programs that look at those.

Root filesystems: give every box its own shelter.overlay(rootfs). The views share the files below
and with them the page cache, so no runtime reads what another has not read.

Nothing is left behind: see lib.shelter. runtime.Timeout is raised, and the container ended, when a
command takes too long.
"""

import os
import re
import resource
import select
import shutil
import subprocess
import time

from . import bundle, paths, runtime
from .shelter import detach

# name: (program, the flags that the tool adds, how to get it)
KNOWN = {
    "direct": ("chroot", [], "apt-get install coreutils"),
    "runc": ("runc", [], "apt-get install runc, or --runtime-path runc=PATH"),
    "crun": ("crun", [], "apt-get install crun, or --runtime-path crun=PATH"),
    "runsc-systrap": ("runsc", ["--platform=systrap", "--network=none"],
                      "tools/fetch-runsc (Debian 12's has no systrap), or --runsc PATH"),
    "runsc-ptrace": ("runsc", ["--platform=ptrace", "--network=none"],
                     "tools/fetch-runsc, or --runsc PATH"),
    "capbox": ("capbox", [], "tools/build, or --capbox PATH"),
}
NAMES = tuple(KNOWN)
ALIASES = {"runsc": ["runsc-systrap", "runsc-ptrace"]}


def expand(text):
    """The runtimes that a comma-separated list names; ValueError for an unknown one."""
    names = [n for word in text.split(",") for n in ALIASES.get(word, [word])]
    for name in names:
        if name not in KNOWN:
            raise ValueError(f"no runtime {name!r}: there are {', '.join([*NAMES, *ALIASES])}")
    return sorted(set(names), key=NAMES.index)


def _program(name, given):
    """The path of a runtime's program, or None."""
    word = KNOWN[name][0]
    if word in given:
        if not os.path.isfile(given[word]) or not os.access(given[word], os.X_OK):
            raise ValueError(f"{given[word]}: not an executable file (given for {word})")
        return os.path.abspath(given[word])
    if word == "capbox":
        return paths.capbox() if os.access(paths.capbox(), os.X_OK) else None
    fetched = os.path.join(paths.BUILD, "runsc", "usr", "bin", "runsc")
    if word == "runsc" and os.access(fetched, os.X_OK):
        return fetched
    return shutil.which(word)


def _lacks(name, program):
    """Why a program that is there cannot serve, or None."""
    if name == "runsc-systrap":
        text = subprocess.run([program, "flags"], capture_output=True, text=True, check=False)
        if "systrap" not in text.stdout + text.stderr:
            return "this runsc has no platform systrap"
    return None


def find(names, given, shelter, namespaces=False):
    """(drivers, [(name, why it is missing, how to get it)]). `given` maps program names (runc,
    crun, runsc, capbox) to paths; ValueError when one of those is no program."""
    drivers, missing = [], []
    for name in names:
        program = _program(name, given)
        why = _lacks(name, program) if program else "not installed"
        if why:
            missing.append((name, why, KNOWN[name][2]))
        elif name == "direct":
            drivers.append(Direct(program, shelter, namespaces))
        else:
            drivers.append(Container(name, program, shelter))
    return drivers, missing


def _version(program):
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+\S*", done.stdout)
    return found[0] if found else "unknown"


class Direct:
    """A chroot: what the same command costs when nothing is in the way."""
    name, flags = "direct", []

    def __init__(self, program, shelter, namespaces):
        self.program, self.shelter, self.namespaces = program, shelter, namespaces
        self.version = os.uname().release
        self.base = runtime.Runtime("direct", program)

    def box(self, config):
        return DirectBox(self, config)


class Container:
    """An OCI runtime."""

    def __init__(self, name, program, shelter):
        self.name, self.program, self.shelter = name, program, shelter
        self.version = _version(program)
        self.flags = list(KNOWN[name][1])
        root = shelter.folder("s", 0o711)
        self.base = runtime.Runtime(name, program, root)
        self.number = 0

    def identifier(self):
        self.number += 1
        return f"{self.shelter.token}-{self.name}-{self.number}"

    def box(self, config):
        return ContainerBox(self, config)


class Box:
    """A configuration made ready to run, again and again. A context manager: its end ends what
    launch() began and removes what was made for it."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.end()


class ContainerBox(Box):
    def __init__(self, driver, config):
        self.driver, self.base, self.config = driver, driver.base, config
        self.directory = bundle.write(driver.shelter.folder("b"), config)
        self.running, self.pid, self.pidfd = None, None, None

    def _call(self, *arguments, **keywords):
        return self.base.call(*arguments, options=self.driver.flags, **keywords)

    def _must(self, *arguments, timeout=60):
        result = self._call(*arguments, timeout=timeout)
        if result.status != 0:
            raise RuntimeError(f"{self.driver.name} {arguments[0]}: {result.stderr.strip()}")
        return result

    def run(self, timeout=60, **keywords):
        """A container from its creation to its end; the command's status and output."""
        name = self.driver.identifier()
        try:
            return self._call("run", "--bundle", self.directory, name, timeout=timeout, **keywords)
        except runtime.Timeout:
            self._remove(name)
            raise

    def _remove(self, name):
        self._call("delete", "--force", name, timeout=60)

    def create(self):
        """The first half of launch(); returns the pid of the container's first process."""
        if self.running:
            raise RuntimeError("there is one already")
        name, file = self.driver.identifier(), os.path.join(self.directory, "pid")
        self._must("create", "--bundle", self.directory, "--pid-file", file, name)
        self.running = name
        with open(file, encoding="ascii") as text:
            self.pid = int(text.read())
        self.pidfd = os.pidfd_open(self.pid)
        return self.pid

    def start(self):
        self._must("start", self.running)

    def launch(self):
        """Starts the container, to stay."""
        self.create()
        self.start()

    def exec(self, args, timeout=60):
        """A further command in the container that launch() started; runtime.Result."""
        return self._call("exec", self.running, *args, timeout=timeout)

    def wait(self, timeout=60):
        """Until the container's first process has ended."""
        if not select.select([self.pidfd], [], [], timeout)[0]:
            raise runtime.Timeout(f"{self.driver.name}: still running after {timeout} s")

    def delete(self):
        """What an engine does after the end."""
        name = self._forget()
        try:
            self._must("delete", name)
        except Exception:
            self._remove(name)
            raise

    def processes(self):
        """All host processes of the containers that run: their own and those that runtimes keep."""
        return self.driver.shelter.processes(self.base.children)

    def _forget(self):
        name, self.running = self.running, None
        if self.pidfd is not None:
            os.close(self.pidfd)
            self.pidfd = None
        return name

    def end(self):
        if self.running:
            self._remove(self._forget())

    def close(self):
        self.end()
        shutil.rmtree(self.directory, ignore_errors=True)


class DirectBox(Box):
    """The mounts of the configuration are made once, in the shelter's own mount namespace."""

    def __init__(self, driver, config):
        self.driver, self.base, self.config = driver, driver.base, config
        self.root, self.running, self.mounted = config["root"]["path"], None, []
        self.process = config["process"]
        for mount in config["mounts"]:
            if mount["type"] in ("bind", "tmpfs", "proc", "devpts"):
                self._mount(mount)

    def _mount(self, mount):
        target = self.root + mount["destination"]
        bound = mount["type"] == "bind"
        if bound and not os.path.isdir(mount["source"]):
            if not os.path.exists(target):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with open(target, "wb"):
                    pass
        else:
            os.makedirs(target, exist_ok=True)
        plain = [o for o in mount["options"] if o not in ("rbind", "bind")]
        command = ["mount"] + (["--rbind"] if bound else ["-t", mount["type"]])
        command += ["-o", ",".join(plain)] if plain and not bound else []
        subprocess.run([*command, mount["source"], target], check=True)
        if bound and "ro" in plain:
            subprocess.run(["mount", "-o", "remount,bind,ro", target], check=True)
        self.mounted.append(target)
        if mount["destination"] == "/dev":
            self._devices(target)

    @staticmethod
    def _devices(directory):
        for name in ("null", "zero", "full", "random", "urandom", "tty"):
            path = os.path.join(directory, name)
            with open(path, "wb"):
                pass
            subprocess.run(["mount", "--bind", "/dev/" + name, path], check=True)
        for name, target in (("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"),
                             ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2"),
                             ("ptmx", "pts/ptmx")):
            os.symlink(target, os.path.join(directory, name))

    def _command(self, args):
        user = self.process["user"]
        groups = ",".join(str(g) for g in user.get("additionalGids", []))
        inside = [self.driver.program, f"--userspec=+{user['uid']}:+{user['gid']}",
                  f"--groups={groups}", self.root]
        if self.process["cwd"] != "/":
            inside += ["/bin/sh", "-c", 'cd "$0" && unset PWD OLDPWD && exec "$@"',
                       self.process["cwd"]]
        outside = []
        if self.driver.namespaces:
            outside = ["unshare", "--pid", "--ipc", "--uts", "--mount", "--fork", "--kill-child",
                       f"--mount-proc={self.root}/proc", "setsid", "setpriv",
                       f"--bounding-set={self._bounding()}"]
        return [*outside, *inside, *args]

    def _bounding(self):
        """The capabilities that root keeps, as setpriv writes them."""
        kept = self.process.get("capabilities", {}).get("bounding", [])
        return ",".join(["-all", *("+" + c.removeprefix("CAP_").lower() for c in kept)])

    def _limits(self):
        for limit in self.process.get("rlimits", []):
            kind = getattr(resource, limit["type"])
            resource.setrlimit(kind, (limit["soft"], limit["hard"]))

    def _start(self, args, **popen):
        env = dict(line.split("=", 1) for line in self.process["env"])
        return self.base.start_process(self._command(args), env=env, preexec_fn=self._limits,
                                       **popen)

    def _finish(self, process, began, stdin, timeout):
        try:
            out, err = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired as late:
            process.kill()
            process.wait()  # not for its output, which others may hold open
            raise runtime.Timeout(f"direct: still running after {timeout} s; output so far "
                                  f"{late.stdout!r}") from None
        finally:
            self.base.finish(process)
        seconds = time.monotonic() - began
        out, err = ((t or b"").decode(errors="replace") for t in (out, err))
        return runtime.Result(process.returncode, out, err, seconds)

    def _one(self, args, timeout, stdin=b"", merge=False):
        began = time.monotonic()
        process = self._start(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT if merge else subprocess.PIPE)
        return self._finish(process, began, stdin, timeout)

    def run(self, timeout=60, stdin=b"", merge=False):
        """The command, and then the end of everything that it left running, as in a container."""
        try:
            return self._one(self.process["args"], timeout, stdin, merge)
        finally:
            self.driver.shelter.end_processes(self.base.children)

    def launch(self):
        self.running = self._start(self.process["args"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self.running.pid

    def exec(self, args, timeout=60):
        return self._one(args, timeout)

    def wait(self, timeout=60):
        self.running.wait(timeout)

    def processes(self):
        return self.driver.shelter.processes()

    def end(self):
        if self.running:
            self.running.kill()
            self.running.wait()
            self.base.finish(self.running)
            self.running = None
        self.driver.shelter.end_processes(self.base.children)

    def close(self):
        self.end()
        for target in reversed(self.mounted):
            detach(target)


def describe(drivers):
    """What a results file records of them: {name: {version, program, flags}}."""
    return {d.name: {"version": d.version, "program": os.path.basename(d.program),
                     "flags": list(d.flags)} for d in drivers}
