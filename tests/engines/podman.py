"""Podman: no daemon, conmon beside each container. As root, and as a user with ranges of ids."""

import json
import os
import re
import signal
import subprocess
import time

from . import image
from .harness import TOKEN, Engine, Failure, Suite, call, hoststate, make_cgroups
from lib import paths
from .terminal import SIZED, Terminal

KEEP_GOING = "trap 'exit 7' TERM; while :; do sleep 0.1; done"
CONFIGURATION = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "capbox"
[network]
network_backend = "cni"
cni_plugin_dirs = ["/usr/lib/cni"]
network_config_dir = "{networks}"
default_subnet = "10.89.0.0/24"
"""


class Podman(Engine):
    name, needs = "podman", ("podman", "conmon", "iptables")
    # A private mount of its storage, which comes and goes; conmon's control group; a pod's control
    # group in the hierarchies that podman does not know.
    leaves = rf"root/overlay rw|/run/netns rw|/conmon$|/{TOKEN}$|/(systemd|unified)/{TOKEN}/[0-9a-f]{{64}}$"

    def start(self):
        make_cgroups()
        for directory in ("root", "tmp", "networks", "home"):
            os.makedirs(self.path(directory), exist_ok=True)
        with open(self.path("containers.conf"), "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(networks=self.path("networks")))
            with open(os.path.join(paths.SOURCE, "packaging/podman/capbox.conf"), encoding="utf-8") as part:
                file.write(part.read().replace("/usr/bin/capbox", self.runtime))
        self.give()
        self.env = {"CONTAINERS_CONF": self.path("containers.conf"), "HOME": self.path("home"),
                    "TMPDIR": self.path("tmp"), "XDG_CONFIG_HOME": self.path("home")}
        done = self.podman("load", "--input", image.archive(self.path("image.tar")))
        if done.status != 0:
            raise Failure(f"podman load: {done}")

    def give(self):
        """The directories to whom they are for."""

    def stop(self):
        self.clean()
        call(["umount", "-l", self.path("root", "overlay")])

    def clean(self):
        self.podman("pod", "rm", "--all", "--force")
        self.podman("rm", "--all", "--force", "--volumes", "--time", "0")

    def prepare(self, t):
        """Before a case."""

    def line(self, *arguments):
        return ["podman", "--root", self.path("root"), "--runroot", "/run/containers/storage", "--tmpdir",
                self.path("tmp", "libpod"), "--volumepath", self.path("volumes"), "--storage-driver",
                "overlay", *arguments]

    def podman(self, *arguments, env=None, **keywords):
        # conmon notes the end of memory in a file of its working directory.
        return call(self.line(*arguments), env={**self.env, **(env or {})}, cwd=self.directory, **keywords)

    def options(self):
        return ("--cgroup-parent", "/" + TOKEN)

    def run(self, *arguments, options=("--rm",), **keywords):
        return self.podman("run", *self.options(), *options, image.REFERENCE, *arguments, **keywords)

    def sh(self, script, *options, **keywords):
        return self.run("sh", "-c", script, options=("--rm", *options), **keywords)

    def inspect(self, name, form):
        return self.podman("inspect", "--format", form, name).stdout.strip()

    def terminal(self, *arguments):
        env = [f"{key}={value}" for key, value in self.env.items()]
        return Terminal(["env", *env, *self.line(*arguments)], 33, 101)


class Rootless(Podman):
    """The same as a user that exists in the world of the tests alone."""

    name, needs = "rootless", ("podman", "conmon", "newuidmap", "setpriv")
    user, uid, storage = "capbox-engines", 2001, "/run/containers/capbox-engines"

    def start(self):
        self.added = {
            "/etc/passwd": f"{self.user}:x:{self.uid}:{self.uid}::{self.path()}:/bin/sh",
            "/etc/group": f"{self.user}:x:{self.uid}:",
            "/etc/subuid": f"{self.user}:300000:65536", "/etc/subgid": f"{self.user}:300000:65536",
        }
        for file_name, line in self.added.items():
            copy = self.path(os.path.basename(file_name))
            with open(file_name, encoding="utf-8") as old, open(copy, "w", encoding="utf-8") as file:
                file.write(old.read() + line + "\n")
            os.chmod(copy, 0o644)
            if call(["mount", "--bind", copy, file_name]).status != 0:
                raise Failure(f"cannot mount over {file_name}")
        os.makedirs(self.storage)
        for directory in (self.directory, self.storage):
            os.chown(directory, self.uid, self.uid)
        super().start()

    def give(self):
        for directory in ("root", "tmp", "home", "networks"):
            os.chown(self.path(directory), self.uid, self.uid)

    def prepare(self, t):
        os.chmod(t.directory, 0o777)

    def stop(self):
        self.clean()
        for pid, stat in hoststate.descendants().items():
            if stat[0] in ("podman pause", "catatonit"):  # it keeps the user's namespace
                os.kill(pid, signal.SIGTERM)
        for file_name in self.added:
            call(["umount", file_name])

    def options(self):
        return ("--network", "none")

    def line(self, *arguments):
        line = super().line(*arguments)
        line[line.index("--runroot") + 1] = self.storage
        return ["setpriv", "--reuid", str(self.uid), "--regid", str(self.uid), "--clear-groups", "env",
                "XDG_RUNTIME_DIR=" + self.storage, "USER=" + self.user, *line]


suite = Suite(Podman)


def background(t, script=KEEP_GOING, *options):
    name = t.identifier()
    t.done(t.engine.run("sh", "-c", script, options=("--detach", "--name", name, *options)))
    return name


def remove(t, *names):
    t.done(t.engine.podman("rm", "--force", "--volumes", "--time", "0", *names))


def ended(t, name):
    t.wait(lambda: t.engine.inspect(name, "{{.State.Running}}") == "false", "the container's end", 30)


@suite.case
def output_and_environment(t):
    result = t.engine.sh("echo out; echo err >&2; echo $GREETING $MORE; hostname; pwd; id -u", "--env",
                         "MORE=more", "--hostname", "box", "--workdir", "/tmp")
    t.equal(t.done(result).splitlines(), ["out", "from the image more", "box", "/tmp", "0"], "stdout")
    t.equal(result.stderr, "err\n", "stderr")


@suite.case
def the_runtime_is_known(t):
    info = json.loads(t.done(t.engine.podman("info", "--format", "json")))
    t.equal(info["host"]["ociRuntime"]["path"], t.engine.runtime, "the path of the runtime")
    t.match(info["host"]["ociRuntime"]["version"], r"\d+\.\d+", "its version")


@suite.case
def exit_codes(t):
    for code in (0, 1, 42, 127, 255):
        t.equal(t.engine.sh(f"exit {code}").status, code, "status")
    t.equal(t.engine.run("no-such-program").status, 127, "no such program")
    t.equal(t.engine.run("/no/such/program").status, 127, "no such path")
    t.equal(t.engine.run("/etc/passwd").status, 126, "a program that may not be executed")


@suite.case
def standard_input(t):
    data = b"line\n" * 20000
    result = t.engine.run("md5sum", options=("--rm", "--interactive"), stdin=data)
    t.equal(t.done(result).split()[0], t.done(call(["md5sum"], stdin=data)).split()[0], "md5sum")


@suite.case
def interactive_terminal(t):
    with t.engine.terminal("run", *t.engine.options(), "--rm", "-it", image.REFERENCE) as terminal:
        terminal.expect("/ # ")
        terminal.type(SIZED + "tty; stty size\n")
        terminal.expect(r"/dev/pts/0\n33 101\n")
        terminal.type("sleep 100\n")
        terminal.expect("sleep 100\n")
        time.sleep(0.5)
        terminal.type("\x03")
        terminal.expect(r"\^C")
        terminal.resize(50, 132)
        terminal.process.send_signal(signal.SIGWINCH)
        time.sleep(1)
        terminal.type("stty size\n")
        terminal.expect("50 132\n")
        terminal.type("exit 5\n")
        t.equal(terminal.end(), 5, "status")


@suite.case
def execute(t):
    name = background(t)
    run = t.engine.podman
    got = t.done(run("exec", "--env", "A=b c", "--workdir", "/tmp", "--user", "user", name, "sh", "-c",
                     "echo $A; pwd; id -un; id -gn"))
    t.equal(got.splitlines(), ["b c", "/tmp", "user", "user"], "output")
    t.equal(t.done(run("exec", "--interactive", name, "cat", stdin=b"typed")), "typed", "input")
    for code in (1, 42):
        t.equal(run("exec", name, "sh", "-c", f"exit {code}").status, code, "status")
    t.equal(run("exec", name, "no-such-program").status, 127, "no such program")
    t.equal(run("exec", name, "/etc/passwd").status, 126, "a program that may not be executed")
    t.equal(run("exec", name, "sh", "-c", "kill -9 $$").status, 137, "killed")
    t.done(run("exec", "--detach", name, "sh", "-c", "echo x >/tmp/made"))
    t.wait(lambda: run("exec", name, "cat", "/tmp/made").stdout == "x\n", "the detached process")
    with t.engine.terminal("exec", "-it", name, "sh") as terminal:
        terminal.expect("/ # ")
        terminal.type(SIZED + "tty; stty size; exit 3\n")
        terminal.expect(r"/dev/pts/\d+\n33 101\n")
        t.equal(terminal.end(), 3, "status")
    remove(t, name)


@suite.case
def logs_and_wait(t):
    name = background(t, "echo one; echo two >&2; echo three; exit 33")
    t.equal(t.done(t.engine.podman("wait", name)), "33", "what wait tells")
    result = t.engine.podman("logs", name)
    t.equal(t.done(result), "one\nthree", "stdout")
    t.equal(result.stderr, "two\n", "stderr")
    remove(t, name)


@suite.case
def stop_and_kill(t):
    name = background(t)
    time.sleep(0.5)
    t.done(t.engine.podman("stop", name))
    t.equal(t.engine.inspect(name, "{{.State.ExitCode}}"), "7", "exit code of what heeds SIGTERM")
    remove(t, name)
    name = background(t, "trap '' TERM; while :; do sleep 0.1; done")
    time.sleep(0.5)
    t.done(t.engine.podman("stop", "--time", "1", name))
    t.equal(t.engine.inspect(name, "{{.State.ExitCode}}"), "137", "exit code of what ignores it")
    remove(t, name)
    name = background(t, "trap 'echo got HUP' HUP; trap 'exit 9' USR1; echo ready; while :; do sleep 0.1; done")
    t.wait(lambda: "ready" in t.engine.podman("logs", name).stdout, "the traps")
    t.done(t.engine.podman("kill", "--signal", "HUP", name))
    t.wait(lambda: "got HUP" in t.engine.podman("logs", name).stdout, "SIGHUP")
    t.done(t.engine.podman("kill", "--signal", "USR1", name))
    ended(t, name)
    t.equal(t.engine.inspect(name, "{{.State.ExitCode}}"), "9", "exit code")
    t.check(t.engine.podman("kill", name).status != 0, "kill of a stopped container")
    remove(t, name)


@suite.case
def pause(t):
    name = background(t, "while :; do echo x; sleep 0.05; done")

    def count():
        return len(t.engine.podman("logs", name).stdout)
    t.wait(count, "output")
    t.done(t.engine.podman("pause", name))
    t.equal(t.engine.inspect(name, "{{.State.Status}}"), "paused", "status")
    before = count()
    time.sleep(0.5)
    t.equal(count(), before, "output while paused")
    t.done(t.engine.podman("unpause", name))
    t.wait(lambda: count() > before, "output afterwards")
    remove(t, name)


@suite.case
def copy(t):
    name = background(t)
    with open(t.path("file"), "w", encoding="utf-8") as file:
        file.write("from the host")
    t.done(t.engine.podman("cp", t.path("file"), name + ":/tmp/in"))
    t.equal(t.done(t.engine.podman("exec", name, "cat", "/tmp/in")), "from the host", "copied in")
    t.done(t.engine.podman("exec", name, "sh", "-c", "mkdir /d; echo out >/d/f"))
    t.done(t.engine.podman("cp", name + ":/d", t.path("d")))
    with open(t.path("d", "f"), encoding="utf-8") as file:
        t.equal(file.read(), "out\n", "copied out")
    remove(t, name)


@suite.case
def stats_and_top(t):
    name = background(t, "sleep 100 & while :; do :; done", "--memory", "100m")
    time.sleep(1)
    got = t.done(t.engine.podman("stats", "--no-stream", "--format", "{{.MemUsage}} {{.PIDs}}", name))
    found = re.match(r"([\d.]+)(\w+) / 104.9MB (\d+)", got)
    t.check(found and float(found[1]) > 0 and int(found[3]) >= 2, f"stats: {got}")
    t.match(t.done(t.engine.podman("top", name, "-eo", "pid,args")), r"sleep 100", "top, from ps")
    remove(t, name)


@suite.case
def restart(t):
    name = background(t, "echo start >>/count; wc -l </count; " + KEEP_GOING)
    t.done(t.engine.podman("restart", name))
    t.wait(lambda: t.engine.podman("logs", name).stdout == "1\n2\n", "the second start")
    remove(t, name)


@suite.case
def limits(t):
    files = ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us",
             "/sys/fs/cgroup/cpu/cpu.shares")
    got = t.done(t.engine.sh("cat " + " ".join(files), "--memory", "64m", "--cpus", "0.5",
                             "--cpu-shares", "512"))
    t.equal(got.split(), [str(64 << 20), "50000", "512"], "limits")
    got = t.engine.sh("i=0; while [ $i -lt 50 ]; do sleep 5 & i=$((i+1)); done; echo all started",
                      "--pids-limit", "20")
    t.check("all started" not in got.stdout, f"more processes than allowed: {got}")
    name = background(t, "exec dd if=/dev/zero of=/dev/null bs=200M count=1", "--memory", "64m")
    ended(t, name)
    t.equal(t.engine.inspect(name, "{{.State.ExitCode}}"), "137", "the end")
    remove(t, name)


@suite.case
def volumes(t):
    host = t.path("shared")
    os.mkdir(host)
    os.chmod(host, 0o777)
    with open(os.path.join(host, "file"), "w", encoding="utf-8") as file:
        file.write("from the host\n")
    got = t.done(t.engine.sh("cat /rw/file; echo new >/rw/new; touch /ro/x 2>/dev/null || echo refused",
                             "--volume", f"{host}:/rw", "--volume", f"{host}:/ro:ro"))
    t.equal(got.splitlines(), ["from the host", "refused"], "output")
    with open(os.path.join(host, "new"), encoding="utf-8") as file:
        t.equal(file.read(), "new\n", "what it wrote")


@suite.case
def users_and_read_only(t):
    got = t.done(t.engine.sh("id -u; id -g; touch /x 2>/dev/null || echo refused", "--user", "user"))
    t.equal(got.splitlines(), ["1000", "1000", "refused"], "user")
    got = t.done(t.engine.sh("touch /x 2>/dev/null || echo refused; touch /scratch/x && echo written",
                             "--read-only", "--tmpfs", "/scratch:size=4m"))
    t.equal(got.splitlines(), ["refused", "written"], "read-only")


@suite.case
def networks(t):
    got = t.done(t.engine.sh("tail -n +3 /proc/net/dev | cut -d: -f1", "--network", "none"))
    t.equal(got.split(), ["lo"], "interfaces without a network")
    script = "mkdir /www; echo page >/www/index.html; exec httpd -f -p 8080 -h /www"
    server = background(t, script)
    address = t.engine.inspect(server, "{{.NetworkSettings.IPAddress}}")
    fetch = f"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 {address} 8080 | tail -1"
    t.wait(lambda: t.engine.sh(fetch).stdout == "page\n", "the page", 30)
    got = t.done(t.engine.sh(fetch.replace(address, "127.0.0.1"), "--network", "container:" + server))
    t.equal(got, "page", "the page, in the same network namespace")
    remove(t, server)


@suite.case
def pod(t):
    name = t.identifier("pod")
    t.done(t.engine.podman("pod", "create", "--name", name, "--infra-image", image.REFERENCE,
                           "--infra-command", "/bin/sleep 100000", "--share", "net,ipc,uts",
                           "--cgroup-parent", "/" + TOKEN))
    t.done(t.engine.podman("run", "--detach", "--pod", name, image.REFERENCE, "sh", "-c",
                           "echo shared >/dev/shm/file; while :; do echo hello | nc -l -p 4000; done"))
    got = t.done(t.engine.podman("run", "--rm", "--pod", name, image.REFERENCE, "sh", "-c",
                                 "until nc -w 2 127.0.0.1 4000 </dev/null 2>/dev/null; do sleep 0.1; done; "
                                 "cat /dev/shm/file"))
    t.equal(got.splitlines(), ["hello", "shared"], "output")
    t.done(t.engine.podman("pod", "rm", "--force", "--time", "0", name))


@suite.case
def build(t):
    os.mkdir(t.path("context"))
    with open(t.path("context", "Dockerfile"), "w", encoding="utf-8") as file:
        file.write(f"FROM {image.REFERENCE}\nRUN echo step >/step && chown 1000:1000 /step\n"
                   "USER user\nRUN test \"$(id -un)\" = user\nCMD [\"cat\", \"/step\"]\n")
    tag = f"localhost/{TOKEN}:built"
    t.done(t.engine.podman("build", "--tag", tag, t.path("context"),
                           timeout=120, merge=True))
    t.equal(t.done(t.engine.podman("run", *t.engine.options(), "--rm", tag)), "step", "what was built")
    t.done(t.engine.podman("rmi", tag))


@suite.case
def init(t):
    if not any(os.access(p, os.X_OK) for p in ("/usr/libexec/podman/catatonit", "/usr/bin/catatonit")):
        t.skip("the host has no catatonit")
    t.equal(t.engine.sh("exit 42", "--init").status, 42, "status through the init")


@suite.case
def create_start_attach(t):
    name = t.identifier()
    t.done(t.engine.podman("create", *t.engine.options(), "--name", name, image.REFERENCE, "sh", "-c",
                           "echo started; exit 6"))
    result = t.engine.podman("start", "--attach", name)
    t.equal((result.status, result.stdout), (6, "started\n"), "start --attach")
    remove(t, name)


@suite.case
def systemd_less_hooks(t):
    """Podman's own OCI hooks directory: the hook must see the state on its input."""
    hooks, seen = t.path("hooks"), t.path("seen")
    os.mkdir(hooks)
    with open(t.path("hook"), "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\ncat >{seen}\n")
    os.chmod(t.path("hook"), 0o755)
    with open(os.path.join(hooks, "test.json"), "w", encoding="utf-8") as file:
        json.dump({"version": "1.0.0", "hook": {"path": t.path("hook")}, "when": {"always": True},
                   "stages": ["createRuntime"]}, file)
    line = t.engine.line("--hooks-dir", hooks, "run", *t.engine.options(), "--rm", image.REFERENCE, "true")
    t.done(call(line, env=t.engine.env))
    with open(seen, encoding="utf-8") as file:
        state = json.load(file)
    t.check(state["pid"] > 0 and state["id"] and os.path.isabs(state["bundle"]), f"state: {state}")


@suite.case(timeout=300)
def several_at_once(t):
    options = t.engine.options()
    if "--network" not in options:
        options += ("--network", "none")
    started = [subprocess.Popen(t.engine.line("run", *options, "--rm", image.REFERENCE, "sh", "-c",
                                              f"sleep 0.3; exit {i}"), stdin=subprocess.DEVNULL,
                                env={**os.environ, **t.engine.env})
               for i in range(4 if t.quick else 10)]
    for i, process in enumerate(started):
        t.equal(process.wait(200), i, f"status of container {i}")


def _rootless(function):
    def case(t):
        t.engine.prepare(t)
        function(t)
    case.__name__ = function.__name__
    return case


rootless = Suite(Rootless)
for _case in (output_and_environment, exit_codes, standard_input, interactive_terminal, execute,
              logs_and_wait, stop_and_kill, copy, restart, volumes, users_and_read_only,
              create_start_attach, several_at_once):
    rootless.case(_rootless(_case), timeout=120)


@rootless.case
def ids(t):
    got = t.done(t.engine.sh("id -u; chown 1234:1234 /tmp/x 2>/dev/null; touch /x && chown 1234:1234 /x && "
                             "stat -c %u:%g /x; touch /etc/shadow-of-the-host && echo mine"))
    t.equal(got.splitlines(), ["0", "1234:1234", "mine"], "output")
    got = t.done(t.engine.sh("id -u", "--userns", "keep-id"))
    t.equal(got, str(t.engine.uid), "the user's own id")


@rootless.case
def host_network(t):
    got = t.done(t.engine.podman("run", "--rm", "--network", "host", image.REFERENCE, "sh", "-c",
                                 "grep -c lo: /proc/net/dev"))
    t.equal(got, "1", "interfaces")
