"""containerd, driven by ctr: what its runc shim asks of a runtime."""

import contextlib
import json
import os
import random
import re
import shlex
import signal
import subprocess
import time

from . import image
from .harness import TOKEN, Daemon, Engine, Suite, call, hoststate, make_cgroups
from .terminal import SIZED, Terminal

CONFIGURATION = """
version = 2
root = "{root}"
state = "{state}"
disabled_plugins = [{disabled}]
[grpc]
  address = "{socket}"
[debug]
  level = "debug"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{cni}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "sandbox"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.sandbox]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.sandbox.options]
        BinaryName = "{runtime}"
"""


class Containerd(Engine):
    name, needs = "containerd", ("containerd", "ctr", "containerd-shim-runc-v2")
    disabled = ("io.containerd.grpc.v1.cri",)
    namespace = TOKEN

    def start(self):
        make_cgroups()
        self.socket = self.path("containerd.sock")
        os.makedirs(self.path("cni"), exist_ok=True)
        skip = self.disabled + tuple(f"io.containerd.snapshotter.v1.{s}"
                                     for s in ("btrfs", "aufs", "zfs", "devmapper"))
        with open(self.path("config.toml"), "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(
                root=self.path("root"), state=self.path("state"), socket=self.socket,
                runtime=self.runtime, pause=image.PAUSE, cni=self.path("cni"),
                disabled=", ".join(f'"{s}"' for s in skip)))
        self.daemon = Daemon(["containerd", "--config", self.path("config.toml")],
                             self.path("containerd.log"))
        self.come_up()
        self.load(image.archive(self.path("image.tar")))

    def come_up(self):
        self.daemon.start(lambda: self.ctr("version", timeout=5).status == 0)

    def load(self, archive):
        done = self.ctr("images", "import", "--all-platforms", archive)
        if done.status != 0:
            raise RuntimeError(f"ctr images import: {done}")

    def stop(self):
        self.clean()
        self.daemon.stop()

    def clean(self):
        for name in self.ctr("tasks", "ls", "-q").stdout.split():
            self.ctr("tasks", "delete", "--force", name)
        for name in self.ctr("containers", "ls", "-q").stdout.split():
            self.ctr("containers", "delete", name)

    # ctr commands.

    def line(self, *arguments):
        return ["ctr", "--address", self.socket, "--namespace", self.namespace, *arguments]

    def ctr(self, *arguments, **keywords):
        return call(self.line(*arguments), **keywords)

    def run_line(self, name, *command, options=()):
        return self.line("run", "--runc-binary", self.runtime, *options, image.REFERENCE, name,
                         *command)

    def run(self, name, *command, options=("--rm",), **keywords):
        return call(self.run_line(name, *command, options=options), **keywords)

    def sh(self, name, script, options=("--rm",), **keywords):
        """Not at once: ctr gives up what it has not opened yet when the program has ended, and its
        output is lost (with runc too, 2 of 250 times)."""
        return self.run(name, "sh", "-c", f"sleep 0.1; {script}", options=options, **keywords)

    def status(self, name):
        """The status column of `ctr tasks ls`, or None."""
        for line in self.ctr("tasks", "ls").stdout.splitlines():
            if line.split()[0] == name:
                return line.split()[2]
        return None

    def pid(self, name):
        for line in self.ctr("tasks", "ls").stdout.splitlines():
            if line.split()[0] == name:
                return int(line.split()[1])
        return None


suite = Suite(Containerd)
KEEP_GOING = "trap 'exit 7' TERM; while :; do sleep 0.1; done"


def background(t, script=KEEP_GOING, options=()):
    """A container that runs detached; returns its name."""
    name = t.identifier()
    t.done(t.engine.sh(name, script, options=("--detach", *options)), what="ctr run --detach")
    t.wait(lambda: t.engine.status(name) in ("RUNNING", "STOPPED"), "the task")
    return name


def remove(t, name, status=137):
    """Deletes, and kills before that unless another end is expected; `ctr tasks delete` tells the
    container's exit status."""
    if status == 137 and t.engine.status(name) != "STOPPED":
        t.done(t.engine.ctr("tasks", "kill", "--signal", "SIGKILL", name))
    t.wait(lambda: t.engine.status(name) == "STOPPED", "the end of the task")
    result = t.engine.ctr("tasks", "delete", name)
    t.done(result)
    found = re.search(r"non-zero exit code (\d+)", result.stderr)
    t.equal(int(found[1]) if found else 0, status, "exit status that ctr tasks delete tells")
    t.done(t.engine.ctr("containers", "delete", name))


def output_of(t, path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def with_log(t, script, options=()):
    """A detached container whose output goes to a file; returns (name, path)."""
    path = t.path("output")
    return background(t, script, ("--log-uri", "file://" + path, *options)), path


@suite.case
def output_and_environment(t):
    result = t.engine.sh(t.identifier(), "echo out; echo err >&2; echo $GREETING; hostname; id -u; pwd")
    got = t.done(result).splitlines()
    t.equal(got[:2], ["out", "from the image"], "stdout")
    t.equal(got[3:], ["0", "/"], "uid and directory")
    t.equal(result.stderr, "err\n", "stderr")


@suite.case
def options_reach_the_process(t):
    got = t.done(t.engine.sh(t.identifier(), "pwd; echo $WORD; touch /x 2>/dev/null || echo read-only",
                             options=("--rm", "--cwd", "/tmp", "--env", "WORD=two words",
                                      "--read-only")))
    t.equal(got.splitlines(), ["/tmp", "two words", "read-only"], "output")


@suite.case
def standard_input(t):
    # ctr 1.6 can lose the end of its input; so the container reads no further than there is data.
    data = b"line\n" * 20000
    result = t.engine.sh(t.identifier(), f"head -c {len(data)} | md5sum", stdin=data)
    t.equal(t.done(result).split()[0], t.done(call(["md5sum"], stdin=data)).split()[0], "md5sum")


@suite.case
def much_output(t):
    result = t.engine.sh(t.identifier(), "i=0; while [ $i -lt 2000 ]; do echo "
                         "0123456789012345678901234567890123456789; i=$((i+1)); done")
    t.equal(len(t.done(result)), 2000 * 41 - 1, "length")


@suite.case
def exit_codes_in_foreground(t):
    for code in (0, 1, 42, 127):
        t.equal(t.engine.sh(t.identifier(), f"exit {code}").status, code, "status")
    t.equal(t.engine.sh(t.identifier(), "kill -9 $$; sleep 1; exit 3").status, 3,
            "pid 1 that kills itself")


@suite.case
def exit_codes_of_delete(t):
    for code in (0, 1, 42, 127):
        name = background(t, f"exit {code}")
        remove(t, name, code)
    remove(t, background(t), 137)


@suite.case
def missing_program(t):
    result = t.engine.run(t.identifier(), "/no/such/program")
    t.check(result.status != 0, f"it ran: {result}")
    t.match(result.stderr, "no such file or directory", "message")
    t.check("OCI runtime create failed" in result.stderr, f"when it failed: {result}")


@suite.case
def list_and_info(t):
    name = background(t)
    t.equal(t.engine.status(name), "RUNNING", "status")
    t.check(os.path.exists(f"/proc/{t.engine.pid(name)}"), "the pid is not a process")
    info = json.loads(t.done(t.engine.ctr("containers", "info", name)))
    t.equal(info["Runtime"]["Name"], "io.containerd.runc.v2", "runtime")
    remove(t, name)


@suite.case
def run_on_a_terminal(t):
    line = t.engine.run_line(t.identifier(), "sh", options=("--rm", "--tty"))
    with Terminal(line, 33, 101) as terminal:
        terminal.expect("/ # ")
        terminal.type(SIZED + "tty; stty size\n")
        terminal.expect(r"\n/dev/pts/0\n33 101\n")
        terminal.type("sleep 100\n")
        terminal.expect("sleep 100\n")
        time.sleep(0.5)
        terminal.type("\x03")
        terminal.expect(r"\^C")
        terminal.type("echo the status is $?\n")
        terminal.expect("the status is 130\n")
        terminal.type("sleep 200 &\n")
        terminal.type("jobs; echo to the terminal >/dev/tty; ls -l /dev/console | cut -c1\n")
        terminal.expect(r"\[1\]\+? +Running +sleep 200\n")
        terminal.expect("to the terminal\nc\n")
        terminal.type("exit 5\n")
        t.equal(terminal.end(), 5, "status")


@suite.case
def resize_of_a_terminal(t):
    script = "trap 'stty size' WINCH; trap 'exit 8' INT; echo ready; while :; do sleep 0.1; done"
    line = t.engine.run_line(t.identifier(), "sh", "-c", script, options=("--rm", "--tty"))
    with Terminal(line, 24, 80) as terminal:
        terminal.expect("ready")
        terminal.resize(50, 132)
        # ctr sets the size it finds, and only then asks for the signal: one alone may come between.
        t.wait(lambda: terminal.process.send_signal(signal.SIGWINCH) or
               terminal.shows("50 132\n"), "the new size")
        terminal.type("\x03")
        t.equal(terminal.end(), 8, "status")


@suite.case
def exec_without_terminal(t):
    name = background(t)
    run = ("tasks", "exec", "--exec-id")
    got = t.done(t.engine.ctr(*run, "a", "--cwd", "/tmp", name, "sh", "-c",
                              "pwd; echo $GREETING; cat", stdin=b"typed"))
    t.equal(got.splitlines(), ["/tmp", "from the image", "typed"], "output")
    for code in (0, 1, 42, 127):
        t.equal(t.engine.ctr(*run, f"b{code}", name, "sh", "-c", f"exit {code}").status, code, "status")
    t.equal(t.engine.ctr(*run, "k", name, "sh", "-c", "kill -9 $$").status, 137, "killed")
    got = t.done(t.engine.ctr(*run, "u", "--user", "1000:1000", name, "sh", "-c", "id -u; id -g"))
    t.equal(got.split(), ["1000", "1000"], "ids")
    missing = t.engine.ctr(*run, "m", name, "/no/such/program")
    t.check(missing.status != 0, f"it ran: {missing}")
    t.match(missing.stderr, "no such file or directory", "message")
    t.equal(t.engine.status(name), "RUNNING", "status afterwards")
    remove(t, name)


@suite.case
def exec_on_a_terminal(t):
    name = background(t)
    line = t.engine.line("tasks", "exec", "--exec-id", "t", "--tty", name, "sh")
    with Terminal(line, 40, 90) as terminal:
        terminal.expect("/ # ")
        terminal.type(SIZED + "tty; stty size\n")
        terminal.expect(r"/dev/pts/\d+\n40 90\n")
        terminal.type("sleep 100\n")
        terminal.expect("sleep 100\n")
        time.sleep(0.5)
        terminal.type("\x03")
        terminal.expect(r"\^C")
        terminal.type("exit 3\n")
        t.equal(terminal.end(), 3, "status")
    remove(t, name)


@suite.case
def exec_that_is_killed(t):
    name = background(t)
    process = subprocess.Popen(t.engine.line("tasks", "exec", "--exec-id", "k", name, "sleep", "100"),
                               stdin=subprocess.DEVNULL)
    t.wait(lambda: "sleep" in "".join(s[0] for s in hoststate.descendants(t.engine.pid(name)).values())
           or t.engine.ctr("tasks", "ps", name).stdout.count("\n") >= 3, "the process")
    time.sleep(0.3)
    t.done(t.engine.ctr("tasks", "kill", "--exec-id", "k", "--signal", "SIGKILL", name))
    t.equal(process.wait(10), 137, "status of exec")
    remove(t, name)


@suite.case
def exec_after_the_end(t):
    name = background(t, "exit 0")
    t.wait(lambda: t.engine.status(name) == "STOPPED", "the end")
    result = t.engine.ctr("tasks", "exec", "--exec-id", "x", name, "true")
    t.check(result.status != 0, "exec into a stopped container")
    remove(t, name, 0)


@suite.case
def processes(t):
    name = background(t, "sleep 101 & sleep 102 & wait")
    pids = t.wait(lambda: (lambda p: p if len(p) >= 3 else None)(
        t.engine.ctr("tasks", "ps", name).stdout.splitlines()[1:]), "three processes")
    for line in pids:
        t.check(os.path.exists(f"/proc/{line.split()[0]}"), f"no process of the host: {line}")
    remove(t, name)


@suite.case
def metrics(t):
    name = background(t, "while :; do :; done", ("--memory-limit", "67108864"))
    time.sleep(0.5)
    text = t.done(t.engine.ctr("tasks", "metrics", name))
    values = dict(re.findall(r"^(\S+) +(\d+) *$", text, re.M))
    t.check(int(values.get("memory.usage_in_bytes", 0)) > 0, f"no memory: {text}")
    t.equal(values.get("memory.limit_in_bytes"), "67108864", "memory limit")
    t.check(int(values.get("pids.current", 0)) >= 1, f"no pids: {text}")
    t.check(int(values.get("cpuacct.usage", 0)) > 10_000_000, f"no cpu time: {text}")
    remove(t, name)


@suite.case
def pause_and_resume(t):
    name, log = with_log(t, "while :; do echo x; sleep 0.05; done")
    t.wait(lambda: output_of(t, log), "output")
    t.done(t.engine.ctr("tasks", "pause", name))
    t.equal(t.engine.status(name), "PAUSED", "status")
    time.sleep(0.3)
    length = len(output_of(t, log))
    time.sleep(0.5)
    t.equal(len(output_of(t, log)), length, "output while paused")
    result = t.engine.ctr("tasks", "exec", "--exec-id", "x", name, "true", timeout=20)
    t.check(result.status != 0, f"exec into a paused container: {result}")
    t.done(t.engine.ctr("tasks", "resume", name))
    t.equal(t.engine.status(name), "RUNNING", "status")
    t.wait(lambda: len(output_of(t, log)) > length, "output after resume")
    remove(t, name)


@suite.case
def signals(t):
    name, log = with_log(t, "for s in HUP USR1 USR2 TERM; do trap \"echo got $s\" $s; done; "
                            "echo ready; while :; do sleep 0.05; done")
    t.wait(lambda: "ready" in output_of(t, log), "the traps")
    for number in ("SIGHUP", "SIGUSR1", "12", "SIGTERM"):
        t.done(t.engine.ctr("tasks", "kill", "--signal", number, name))
        time.sleep(0.3)
    t.wait(lambda: output_of(t, log).split() == "ready got HUP got USR1 got USR2 got TERM".split(),
           "the signals")
    t.equal(t.engine.status(name), "RUNNING", "status")
    remove(t, name)


@suite.case
def kill_all(t):
    name = background(t, "trap '' TERM; sleep 105 & sleep 106 & wait; exit 9")
    t.wait(lambda: len(t.engine.ctr("tasks", "ps", name).stdout.splitlines()) >= 4, "processes")
    t.done(t.engine.ctr("tasks", "kill", "--all", "--signal", "SIGKILL", name))
    remove(t, name)


@suite.case
def kill_after_the_end(t):
    name = background(t, "exit 0")
    t.wait(lambda: t.engine.status(name) == "STOPPED", "the end")
    result = t.engine.ctr("tasks", "kill", name)
    t.check(result.status != 0, "kill of a stopped container")
    t.match(result.stderr, "not found|already finished", "message")
    remove(t, name, 0)


@suite.case
def out_of_memory_is_reported(t):
    events = t.path("events")
    with open(events, "wb") as file:
        watcher = subprocess.Popen(t.engine.line("events"), stdout=file, stderr=file)
    try:
        time.sleep(0.5)
        name = background(t, "sleep 1; dd if=/dev/zero of=/dev/null bs=200M count=1; exit $?",
                          ("--memory-limit", "67108864"))
        t.wait(lambda: t.engine.status(name) == "STOPPED", "the end", 30)
        t.wait(lambda: "/tasks/oom" in output_of(t, events), "the OOM event")
        remove(t, name)
    finally:
        watcher.kill()
        watcher.wait()


@suite.case
def events(t):
    file_name = t.path("events")
    with open(file_name, "wb") as file:
        watcher = subprocess.Popen(t.engine.line("events"), stdout=file, stderr=file)
    try:
        time.sleep(0.5)
        name = t.identifier()
        t.equal(t.engine.sh(name, "exit 4").status, 4, "status")
        t.wait(lambda: "/tasks/delete" in output_of(t, file_name), "the events")
        got = [topic for topic in re.findall(r"(/tasks/\w+)", output_of(t, file_name))]
        t.equal(got, ["/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete"], "topics")
    finally:
        watcher.kill()
        watcher.wait()


@suite.case
def binds(t):
    host = t.path("shared")
    os.mkdir(host)
    with open(os.path.join(host, "file"), "w", encoding="utf-8") as file:
        file.write("from the host")
    mounts = ("--mount", f"type=bind,src={host},dst=/rw,options=rbind:rw",
              "--mount", f"type=bind,src={host},dst=/ro,options=rbind:ro")
    got = t.done(t.engine.sh(t.identifier(), "cat /rw/file; echo; echo new >/rw/new; "
                             "touch /ro/x 2>/dev/null || echo refused", ("--rm", *mounts)))
    t.equal(got.splitlines(), ["from the host", "refused"], "output")
    t.equal(output_of(t, os.path.join(host, "new")), "new\n", "what it wrote")


@suite.case
def limits_inside(t):
    got = t.done(t.engine.sh(t.identifier(), "awk '/MemTotal/ {print $2}' /proc/meminfo; nproc",
                             ("--rm", "--memory-limit", str(128 << 20), "--cpus", "1")))
    if t.engine.settings.name != "runc":
        t.equal(got.split()[0], str(128 << 10), "MemTotal")


@suite.case
def default_seccomp_profile(t):
    got = t.done(t.engine.sh(t.identifier(), "echo works; date >/dev/null && echo well",
                             ("--rm", "--seccomp")))
    t.equal(got.split(), ["works", "well"], "output")


@suite.case
def host_network(t):
    got = t.done(t.engine.sh(t.identifier(), "grep -c lo: /proc/net/dev; nc -l -p 4321 >/tmp/x & sleep 0.5; "
                             "echo hello | nc -w1 127.0.0.1 4321; wait; cat /tmp/x",
                             ("--rm", "--net-host")))
    t.equal(got.split(), ["1", "hello"], "output")


@suite.case
def join_namespaces(t):
    first = background(t)
    pid = t.engine.pid(first)
    t.done(call(["nsenter", "-t", str(pid), "-u", "hostname", "of-the-first"]))
    t.done(call(["nsenter", "-t", str(pid), "-n", "ip", "link", "add", "second", "type", "bridge"]))
    got = t.done(t.engine.sh(t.identifier(), "hostname; grep -c second: /proc/net/dev",
                             ("--rm", "--with-ns", f"network:/proc/{pid}/ns/net",
                              "--with-ns", f"ipc:/proc/{pid}/ns/ipc",
                              "--with-ns", f"uts:/proc/{pid}/ns/uts")))
    t.equal(got.split(), ["of-the-first", "1"], "output")
    remove(t, first)


@suite.case
def root_filesystem_by_path(t):
    from lib import rootfs
    line = t.engine.line("run", "--rm", "--runc-binary", t.engine.runtime, "--rootfs", "--read-only",
                         rootfs.busybox(), t.identifier(), "/bin/cat", "/etc/container")
    t.equal(t.done(call(line)), "this is the container", "output")


@suite.case
def snapshots_are_private(t):
    t.done(t.engine.sh(t.identifier(), "echo changed >/etc/container; rm /bin/ls; mkdir /new"))
    got = t.done(t.engine.sh(t.identifier(), "cat /etc/container; ls -d /new 2>&1 | grep -c 'No such'"))
    t.equal(got.splitlines(), ["this is the container", "1"], "output")


@suite.case
def the_shim_is_killed(t):
    name = background(t)
    pid = t.engine.pid(name)
    shims = [p for p, s in hoststate.descendants().items() if s[0].startswith("containerd-shim")]
    t.equal(len(shims), 1, "shims")
    os.kill(shims[0], signal.SIGKILL)
    t.wait(lambda: (hoststate.reap(), not os.path.exists(f"/proc/{pid}"))[1], "the sentry's end", 20)
    t.wait(lambda: t.engine.status(name) in (None, "UNKNOWN", "STOPPED"), "the task's end", 20)
    t.engine.ctr("tasks", "delete", "--force", name)
    t.done(t.engine.ctr("containers", "delete", name))


def a_life(t, name):
    """The commands of a container's whole life, as one process."""
    words = (t.engine.run_line(name, "sh", "-c", KEEP_GOING, options=("--detach",)),
             t.engine.line("tasks", "exec", "--exec-id", "x", name, "true"),
             t.engine.line("tasks", "kill", "--signal", "SIGKILL", name),
             t.engine.line("tasks", "delete", name), t.engine.line("containers", "delete", name))
    script = "; ".join(" ".join(shlex.quote(word) for word in line) for line in words)
    return subprocess.Popen(["sh", "-c", script], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@suite.case(timeout=600)
def shims_are_killed_at_random(t):
    seed = int(time.time())
    moments, before = random.Random(seed), t.snapshot()
    for i in range(10 if t.quick else 100):
        name = t.identifier()
        life = a_life(t, name)
        delay = moments.uniform(0, 1.2)
        time.sleep(delay)
        for pid, stat in hoststate.descendants().items():
            if stat[0].startswith("containerd-shim"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        life.wait(60)
        # ctr gives up where containerd is still cleaning up after the shim.
        t.wait(lambda: t.engine.status(name) in (None, "STOPPED", "UNKNOWN") or
               t.engine.ctr("tasks", "delete", "--force", name).status == 0, "the task's end", 20)
        t.engine.ctr("tasks", "delete", "--force", name)
        t.engine.ctr("containers", "delete", name)
        t.equal(t.left_behind(before), [], f"left behind in round {i} of seed {seed}, {delay:.3f} s")
        t.equal(t.engine.ctr("containers", "ls", "-q").stdout, "", "containers")


@suite.case
def containerd_restarts(t):
    name, log = with_log(t, "trap 'exit 7' TERM; while :; do echo x; sleep 0.1; done")
    t.wait(lambda: output_of(t, log), "output")
    t.engine.daemon.stop()
    length = len(output_of(t, log))
    time.sleep(0.5)
    t.engine.come_up()
    t.equal(t.engine.status(name), "RUNNING", "status")
    t.check(len(output_of(t, log)) > length, "it did not go on meanwhile")
    t.done(t.engine.ctr("tasks", "exec", "--exec-id", "x", name, "true"))
    t.done(t.engine.ctr("tasks", "kill", name))
    remove(t, name, 7)


@suite.case(timeout=300)
def thirty_at_once(t):
    names = [t.identifier() for _ in range(8 if t.quick else 30)]
    started = [subprocess.Popen(t.engine.run_line(n, "sh", "-c", f"sleep 0.2; exit {i}", options=("--rm",)),
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE) for i, n in enumerate(names)]
    for i, process in enumerate(started):
        error = process.communicate(timeout=200)[1].decode()
        t.equal(process.returncode, i, f"status of container {i} ({error})")
    names = [t.identifier("d") for _ in names]
    started = [subprocess.Popen(t.engine.run_line(n, "sleep", "1000", options=("--detach",)),
                                stdin=subprocess.DEVNULL) for n in names]
    for process in started:
        t.equal(process.wait(200), 0, "status of ctr run --detach")
    t.equal(t.engine.ctr("tasks", "ls").stdout.count("RUNNING"), len(names), "running at once")
    t.done(t.engine.ctr("tasks", "delete", "--force", *names))
    t.done(t.engine.ctr("containers", "delete", *names))


@suite.case(timeout=600)
def two_hundred_in_sequence(t):
    for i in range(20 if t.quick else 200):
        result = t.engine.sh(t.identifier(), f"exit {i % 100}")
        t.equal(result.status, i % 100, f"status of container {i} ({result})")
    hoststate.reap(t.engine.daemons())
    left = [p for p, s in hoststate.descendants().items() if s[0].startswith("containerd-shim")]
    t.equal(left, [], "shims")
