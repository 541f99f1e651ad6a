"""Docker: what a user of the docker command does, with the runtime as dockerd's default."""

import json
import os
import re
import signal
import subprocess
import time

from . import image
from .harness import TOKEN, Daemon, Engine, Failure, Suite, call, hoststate, make_cgroups
from lib import paths
from .terminal import SIZED, Terminal

KEEP_GOING = "trap 'exit 7' TERM; while :; do sleep 0.1; done"


class Docker(Engine):
    name, needs = "docker", ("dockerd", "docker", "containerd", "iptables")

    def start(self):
        make_cgroups()
        self.socket = self.path("docker.sock")
        with open(os.path.join(paths.SOURCE, "packaging/docker/daemon.json"), encoding="utf-8") as file:
            configuration = json.load(file)
        configuration["runtimes"]["capbox"]["path"] = self.runtime
        configuration |= {
            "default-runtime": "capbox",
            "data-root": self.path("data"), "exec-root": self.path("exec"),
            "pidfile": self.path("docker.pid"), "hosts": ["unix://" + self.socket],
            "cgroup-parent": "/" + TOKEN, "storage-driver": "overlay2", "bip": "172.30.0.1/16",
            "live-restore": True, "debug": True,
        }
        with open(self.path("daemon.json"), "w", encoding="utf-8") as file:
            json.dump(configuration, file, indent=1)
        self.daemon = Daemon(["dockerd", "--config-file", self.path("daemon.json")],
                             self.path("dockerd.log"))
        self.come_up()
        done = self.docker("load", "--input", image.archive(self.path("image.tar")))
        if done.status != 0:
            raise Failure(f"docker load: {done}")

    def come_up(self):
        self.daemon.start(lambda: self.docker("info", timeout=5).status == 0)

    def daemons(self):
        """With live-restore, dockerd's containerd outlives it, and is taken over by the next."""
        return super().daemons() | {pid for pid, stat in hoststate.descendants().items()
                                    if stat[0] == "containerd"}

    def stop(self):
        self.clean()
        self.daemon.stop()
        for pid in self.daemons():
            os.kill(pid, signal.SIGTERM)
        call(["umount", "-l", self.path("data")])  # which a dockerd that was started twice leaves

    def clean(self):
        left = self.docker("ps", "--all", "--quiet").stdout.split()
        if left:
            self.docker("rm", "--force", "--volumes", *left)

    def line(self, *arguments):
        return ["docker", "--host", "unix://" + self.socket, "--config", self.path("client"),
                *arguments]

    def docker(self, *arguments, **keywords):
        return call(self.line(*arguments), **keywords)

    def run(self, *arguments, options=("--rm",), **keywords):
        return self.docker("run", *options, image.REFERENCE, *arguments, **keywords)

    def sh(self, script, *options, **keywords):
        return self.run("sh", "-c", script, options=("--rm", *options), **keywords)

    def inspect(self, name, form):
        return self.docker("inspect", "--format", form, name).stdout.strip()


suite = Suite(Docker)


def background(t, script=KEEP_GOING, *options):
    name = t.identifier()
    t.done(t.engine.run("sh", "-c", script, options=("--detach", "--name", name, *options)))
    return name


def remove(t, *names):
    t.done(t.engine.docker("rm", "--force", "--volumes", *names))


def ended(t, name):
    t.wait(lambda: t.engine.inspect(name, "{{.State.Running}}") == "false", "the container's end", 30)


@suite.case
def output_and_environment(t):
    result = t.engine.sh("echo out; echo err >&2; echo $GREETING $MORE; hostname; pwd; cat /etc/hosts | "
                         "grep -c box; id -u", "--env", "MORE=more", "--hostname", "box", "--workdir", "/tmp")
    t.equal(t.done(result).splitlines(), ["out", "from the image more", "box", "/tmp", "1", "0"], "stdout")
    t.equal(result.stderr, "err\n", "stderr")


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
    line = t.engine.line("run", "--rm", "-it", image.REFERENCE)
    with Terminal(line, 33, 101) as terminal:
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
        time.sleep(0.5)
        terminal.type("stty size\n")
        terminal.expect("50 132\n")
        terminal.type("exit 5\n")
        t.equal(terminal.end(), 5, "status")


@suite.case
def execute(t):
    name = background(t)
    run = t.engine.docker
    got = t.done(run("exec", "--env", "A=b c", "--workdir", "/tmp", "--user", "user", name, "sh", "-c",
                     "echo $A; pwd; id -un; id -gn"))
    t.equal(got.splitlines(), ["b c", "/tmp", "user", "user"], "output")
    t.equal(t.done(run("exec", "--interactive", name, "cat", stdin=b"typed")), "typed", "input")
    for code in (1, 42):
        t.equal(run("exec", name, "sh", "-c", f"exit {code}").status, code, "status")
    t.equal(run("exec", name, "no-such-program").status, 126, "no such program")
    t.equal(run("exec", name, "/etc/passwd").status, 126, "a program that may not be executed")
    t.equal(run("exec", name, "sh", "-c", "kill -9 $$").status, 137, "killed")
    t.done(run("exec", "--detach", name, "sh", "-c", "echo x >/tmp/made"))
    t.wait(lambda: run("exec", name, "cat", "/tmp/made").stdout == "x\n", "the detached process")
    with Terminal(t.engine.line("exec", "-it", name, "sh"), 40, 90) as terminal:
        terminal.expect("/ # ")
        terminal.type(SIZED + "tty; stty size; exit 3\n")
        terminal.expect(r"/dev/pts/\d+\n40 90\n")
        t.equal(terminal.end(), 3, "status")
    remove(t, name)


@suite.case
def logs(t):
    name = background(t, "echo one; echo two >&2; echo three")
    ended(t, name)
    result = t.engine.docker("logs", name)
    t.equal(t.done(result), "one\nthree", "stdout")
    t.equal(result.stderr, "two\n", "stderr")
    remove(t, name)


@suite.case
def stop_and_kill(t):
    name = background(t)
    t.done(t.engine.docker("stop", name))
    t.equal(t.engine.inspect(name, "{{.State.ExitCode}}"), "7", "exit code of what heeds SIGTERM")
    remove(t, name)
    name = background(t, "trap '' TERM; while :; do sleep 0.1; done")
    t.done(t.engine.docker("stop", "--time", "1", name))
    t.equal(t.engine.inspect(name, "{{.State.ExitCode}}"), "137", "exit code of what ignores it")
    remove(t, name)
    name = background(t, "trap 'echo got HUP' HUP; trap 'exit 9' USR1; echo ready; while :; do sleep 0.1; done")
    t.wait(lambda: "ready" in t.engine.docker("logs", name).stdout, "the traps")
    t.done(t.engine.docker("kill", "--signal", "HUP", name))
    t.wait(lambda: "got HUP" in t.engine.docker("logs", name).stdout, "SIGHUP")
    t.done(t.engine.docker("kill", "--signal", "USR1", name))
    ended(t, name)
    t.equal(t.engine.inspect(name, "{{.State.ExitCode}}"), "9", "exit code")
    t.check(t.engine.docker("kill", name).status != 0, "kill of a stopped container")
    remove(t, name)
    name = background(t)
    t.done(t.engine.docker("kill", name))
    t.equal(t.done(t.engine.docker("wait", name)), "137", "what wait tells")
    remove(t, name)


@suite.case
def wait_for_the_end(t):
    name = background(t, "sleep 0.5; exit 33")
    t.equal(t.done(t.engine.docker("wait", name)), "33", "what wait tells")
    remove(t, name)


@suite.case
def pause(t):
    name = background(t, "while :; do echo x; sleep 0.05; done")

    def count():
        return len(t.engine.docker("logs", name).stdout)
    t.wait(count, "output")
    t.done(t.engine.docker("pause", name))
    t.equal(t.engine.inspect(name, "{{.State.Status}}"), "paused", "status")
    time.sleep(0.3)
    before = count()
    time.sleep(0.5)
    t.equal(count(), before, "output while paused")
    t.check(t.engine.docker("exec", name, "true").status != 0, "exec into a paused container")
    t.done(t.engine.docker("unpause", name))
    t.wait(lambda: count() > before, "output afterwards")
    t.done(t.engine.docker("pause", name))
    remove(t, name)


@suite.case
def copy(t):
    name = background(t)
    with open(t.path("file"), "w", encoding="utf-8") as file:
        file.write("from the host")
    t.done(t.engine.docker("cp", t.path("file"), name + ":/tmp/in"))
    t.equal(t.done(t.engine.docker("exec", name, "cat", "/tmp/in")), "from the host", "copied in")
    t.done(t.engine.docker("exec", name, "sh", "-c", "mkdir /d; echo out >/d/f; ln -s f /d/l"))
    t.done(t.engine.docker("cp", name + ":/d", t.path("d")))
    with open(t.path("d", "l"), encoding="utf-8") as file:
        t.equal(file.read(), "out\n", "copied out")
    remove(t, name)


@suite.case
def stats_and_top(t):
    name = background(t, "sleep 100 & while :; do :; done", "--memory", "100m")
    time.sleep(1)
    form = "{{.CPUPerc}} {{.MemUsage}} {{.PIDs}}"
    got = t.done(t.engine.docker("stats", "--no-stream", "--format", form, name))
    found = re.match(r"([\d.]+)% ([\d.]+)(\wi)?B / 100MiB (\d+)", got)
    t.check(found, f"stats: {got}")
    t.check(float(found[1]) > 5 and float(found[2]) > 0 and int(found[4]) >= 2, f"stats: {got}")
    top = t.done(t.engine.docker("top", name))
    t.match(top, r"sleep 100", "top")
    t.match(t.done(t.engine.docker("top", name, "-o", "pid,comm")), r"sleep", "top with options")
    remove(t, name)


@suite.case
def inspect(t):
    name = background(t)
    pid = int(t.engine.inspect(name, "{{.State.Pid}}"))
    t.check(os.path.exists(f"/proc/{pid}"), "the pid is not a process")
    t.equal(t.engine.inspect(name, "{{.HostConfig.Runtime}}"), "capbox", "runtime")
    t.equal(t.engine.inspect(name, "{{.State.Status}}"), "running", "status")
    remove(t, name)


@suite.case
def restart(t):
    name = background(t, "echo start >>/count; wc -l </count; " + KEEP_GOING)
    t.done(t.engine.docker("restart", name))
    t.wait(lambda: t.engine.docker("logs", name).stdout == "1\n2\n", "the second start")
    t.done(t.engine.docker("stop", name))
    t.done(t.engine.docker("start", name))
    t.wait(lambda: t.engine.docker("logs", name).stdout == "1\n2\n3\n", "the third start")
    remove(t, name)
    name = background(t, "echo again; exit 1", "--restart", "on-failure:2")
    t.wait(lambda: t.engine.docker("logs", name).stdout == "again\n" * 3, "three starts", 20)
    remove(t, name)


@suite.case
def memory_limit(t):
    got = t.done(t.engine.sh("cat /sys/fs/cgroup/memory/memory.limit_in_bytes; "
                             "awk '/MemTotal/ {print $2}' /proc/meminfo", "--memory", "64m"))
    t.equal(got.split()[0], str(64 << 20), "the limit")
    if t.engine.settings.name != "runc":
        t.equal(got.split()[1], str(64 << 10), "MemTotal")
    name = background(t, "dd if=/dev/zero of=/dev/null bs=200M count=1; echo not reached",
                      "--memory", "64m")
    ended(t, name)
    t.check("not reached" not in t.engine.docker("logs", name).stdout
            or t.engine.inspect(name, "{{.State.OOMKilled}}") == "true", "the limit has no effect")
    remove(t, name)
    name = background(t, "exec dd if=/dev/zero of=/dev/null bs=200M count=1", "--memory", "64m")
    ended(t, name)
    t.equal(t.engine.inspect(name, "{{.State.ExitCode}} {{.State.OOMKilled}}"), "137 true", "the end")
    remove(t, name)


@suite.case
def cpu_limit(t):
    quota, period = "cpu.cfs_quota_us", "cpu.cfs_period_us"
    got = t.done(t.engine.sh(f"cd /sys/fs/cgroup/cpu; cat {quota} {period} cpu.shares", "--cpus", "0.5",
                             "--cpu-shares", "512"))
    t.equal(got.split(), ["50000", "100000", "512"], "limits inside")
    name = background(t, "while :; do :; done", "--cpus", "0.2")
    time.sleep(1)
    file = f"/sys/fs/cgroup/cpuacct/{TOKEN}/{t.engine.inspect(name, '{{.Id}}')}/cpuacct.usage"

    def used():
        with open(file, encoding="ascii") as usage:
            return int(usage.read()) / 1e9
    before = used()
    time.sleep(2)
    t.check(0.02 < used() - before < 0.8, f"{used() - before:.2f} s of processor in 2 s, of 0.4 allowed")
    remove(t, name)
    t.equal(t.done(t.engine.sh("cat /sys/fs/cgroup/cpuset/cpuset.cpus", "--cpuset-cpus", "0")), "0", "cpus")


@suite.case
def pids_limit(t):
    got = t.engine.sh("cat /sys/fs/cgroup/pids/pids.max; i=0; while [ $i -lt 50 ]; do sleep 5 & "
                      "i=$((i+1)); done; echo all started", "--pids-limit", "20")
    sentry = 0 if t.engine.settings.name == "runc" else 20  # the threads that serve the container
    t.equal(int(got.stdout.split("\n")[0]), 20 + sentry, "the limit inside")
    t.check("all started" not in got.stdout, f"more processes than allowed: {got}")
    t.match(got.stderr, "[Rr]esource temporarily unavailable", "message")


@suite.case
def update(t):
    name = background(t, KEEP_GOING, "--memory", "64m", "--memory-swap", "64m")
    t.done(t.engine.docker("update", "--memory", "96m", "--memory-swap", "96m", "--cpu-shares", "300", name))
    got = t.done(t.engine.docker("exec", name, "cat", "/sys/fs/cgroup/memory/memory.limit_in_bytes",
                                 "/sys/fs/cgroup/cpu/cpu.shares"))
    t.equal(got.split(), [str(96 << 20), "300"], "limits")
    remove(t, name)


@suite.case
def volumes(t):
    host = t.path("shared")
    os.mkdir(host)
    with open(os.path.join(host, "file"), "w", encoding="utf-8") as file:
        file.write("from the host\n")
    got = t.done(t.engine.sh("cat /rw/file; echo new >/rw/new; touch /ro/x 2>/dev/null || echo refused",
                             "--volume", f"{host}:/rw", "--volume", f"{host}:/ro:ro"))
    t.equal(got.splitlines(), ["from the host", "refused"], "output")
    with open(os.path.join(host, "new"), encoding="utf-8") as file:
        t.equal(file.read(), "new\n", "what it wrote")
    volume = t.identifier("v")
    t.done(t.engine.docker("volume", "create", volume))
    t.done(t.engine.sh("echo kept >/v/f", "--volume", f"{volume}:/v"))
    t.equal(t.done(t.engine.sh("cat /v/f", "--volume", f"{volume}:/v")), "kept", "a named volume")
    t.equal(t.done(t.engine.sh("cat /etc/container", "--volume", f"{volume}:/etc/x",
                               "--mount", f"type=bind,src={host}/file,dst=/etc/container")),
            "from the host", "a file")
    t.done(t.engine.docker("volume", "rm", volume))


@suite.case
def users(t):
    got = t.done(t.engine.sh("id -u; id -g; id -G; touch /x 2>/dev/null || echo refused; echo $HOME",
                             "--user", "user", "--group-add", "extra"))
    t.equal(got.splitlines(), ["1000", "1000", "1000 2000", "refused", "/home"], "output")
    t.equal(t.done(t.engine.sh("id -u; id -g", "--user", "1234:5678")).split(), ["1234", "5678"], "ids")


@suite.case
def read_only_and_tmpfs(t):
    got = t.done(t.engine.sh("touch /x 2>/dev/null || echo refused; touch /scratch/x && echo written; "
                             "df -k /scratch | tail -1 | awk '{print $2}'; touch /dev/shm/x && echo shm",
                             "--read-only", "--tmpfs", "/scratch:size=4m"))
    t.equal(got.splitlines(), ["refused", "written", "4096", "shm"], "output")


@suite.case
def no_network(t):
    got = t.done(t.engine.sh("tail -n +3 /proc/net/dev | cut -d: -f1", "--network", "none"))
    t.equal(got.split(), ["lo"], "interfaces")


@suite.case
def init(t):
    got = t.done(t.engine.sh("cat /proc/1/comm; sh -c 'sleep 0.1 & exit 0'; sleep 0.5; "
                             "ls /proc | grep -c '^[0-9]'", "--init"))
    t.match(got.splitlines()[0], "^(docker-init|tini)$", "pid 1")
    t.check(int(got.splitlines()[1]) <= 5, f"processes: {got}")
    t.equal(t.engine.sh("exit 42", "--init").status, 42, "status through the init")
    name = background(t, "sleep 1000", "--init")
    t.done(t.engine.docker("stop", "--time", "5", name))
    t.equal(t.engine.inspect(name, "{{.State.ExitCode}}"), "143", "SIGTERM through the init")
    remove(t, name)


@suite.case
def build(t):
    os.mkdir(t.path("context"))
    with open(t.path("context", "greeting"), "w", encoding="utf-8") as file:
        file.write("hello from the context\n")
    with open(t.path("context", "Dockerfile"), "w", encoding="utf-8") as file:
        file.write(f"""FROM {image.REFERENCE} AS first
RUN echo step one >/one && chown 1000:1000 /one && chmod 640 /one
COPY greeting /greeting
RUN tr a-z A-Z </greeting >/shout && ln /shout /hard && ln -s /shout /soft
RUN mkdir -p /opt/a/b && for i in 1 2 3 4 5; do echo $i >/opt/a/b/$i; done && rm /opt/a/b/3
FROM {image.REFERENCE}
COPY --from=first /one /shout /opt /from/
WORKDIR /from
USER user
RUN test "$(id -un)" = user && test "$PWD" = /from && ! touch /from/x 2>/dev/null
ENV WHO=built
ENTRYPOINT ["sh", "-c"]
CMD ["cat /from/shout; ls /from/a/b | tr '\\\\n' ' '; stat -c %u:%a /from/one; echo $WHO"]
""")
    tag = f"localhost/{TOKEN}:built"
    t.done(t.engine.docker("build", "--tag", tag, t.path("context"), timeout=120, merge=True,
                           env={"DOCKER_BUILDKIT": "0"}))
    got = t.done(t.engine.docker("run", "--rm", tag))
    t.equal(got.splitlines(), ["HELLO FROM THE CONTEXT", "1 2 4 5 1000:640", "built"], "what was built")
    with open(t.path("context", "Dockerfile"), "w", encoding="utf-8") as file:
        file.write(f"FROM {image.REFERENCE}\nRUN exit 3\n")
    failed = t.engine.docker("build", t.path("context"), merge=True, env={"DOCKER_BUILDKIT": "0"})
    t.check(failed.status != 0, "a build whose step fails")
    t.match(failed.stdout, "returned a non-zero code: 3", "message")
    t.done(t.engine.docker("rmi", tag))


@suite.case
def pair_on_a_network(t):
    network, server = t.identifier("n"), t.identifier("server")
    t.done(t.engine.docker("network", "create", network))
    script = "mkdir /www; echo served >/www/index.html; exec httpd -f -p 8080 -h /www"
    t.done(t.engine.run("sh", "-c", script, options=("--detach", "--name", server, "--network", network,
                                                     "--network-alias", "web")))
    client = ("--network", network)
    address = t.engine.inspect(server, "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}")

    # Debian's static busybox resolves names by nslookup alone.
    def resolved(name):
        return t.done(t.engine.sh(f"nslookup {name} | awk '/^Address: / {{print $2}}'", *client))
    t.equal(resolved("web"), address, "address of the alias")
    t.equal(resolved(server), address, "address of the name")
    fetch = f"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 {address} 8080 | tail -1"
    t.wait(lambda: t.engine.sh(fetch, *client).stdout == "served\n", "the page", 30)
    t.check("served" not in t.engine.sh(fetch).stdout, "the default network reaches the other one")
    remove(t, server)
    t.done(t.engine.docker("network", "rm", network))


@suite.case
def published_port(t):
    script = "mkdir /www; echo published >/www/index.html; exec httpd -f -p 80 -h /www"
    name = background(t, script, "--publish", "127.0.0.1:18080:80")
    t.wait(lambda: call(["busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:18080/"]).stdout ==
           "published\n", "the page", 20)
    remove(t, name)


@suite.case
def shared_namespaces(t):
    first = background(t, "echo secret >/dev/shm/x; while :; do echo hello | nc -l -p 4000; done",
                       "--ipc", "shareable")
    share = "container:" + first
    got = t.done(t.engine.sh("cat /dev/shm/x; until nc -w 2 127.0.0.1 4000 </dev/null 2>/dev/null; do "
                             "sleep 0.1; done", "--ipc", share, "--network", share))
    t.equal(got.splitlines(), ["secret", "hello"], "output")
    remove(t, first)


@suite.case
def shared_processes(t):
    first = background(t, "sleep 1234")
    got = t.engine.sh("ps -o args | grep -c '[s]leep 1234'", "--pid", "container:" + first)
    if t.engine.settings.name == "runc":
        t.equal(t.done(got), "1", "output")
    else:  # a sandbox's processes are its own
        t.equal(got.status, 125, "status of the refusal")
        t.match(got.stderr, "another sandbox's, whose processes cannot be shared", "message")
    remove(t, first)


@suite.case
def capabilities(t):
    got = t.done(t.engine.sh("grep CapEff /proc/self/status | cut -f2; chown 1000 /tmp && echo may", ))
    t.equal(got.split(), ["00000000a80425fb", "may"], "as they come")
    got = t.done(t.engine.sh("grep CapEff /proc/self/status | cut -f2; chown 1000 /tmp 2>/dev/null || "
                             "echo refused", "--cap-drop", "ALL"))
    t.equal(got.split(), ["0000000000000000", "refused"], "none")
    got = t.done(t.engine.sh("grep NoNewPrivs /proc/self/status | cut -f2", "--security-opt",
                             "no-new-privileges"))
    t.equal(got, "1", "NoNewPrivs")
    got = t.done(t.engine.sh("echo works", "--security-opt", "seccomp=unconfined"))
    t.equal(got, "works", "without a profile")


@suite.case
def limits_and_sysctls(t):
    got = t.done(t.engine.sh("ulimit -n; ulimit -c; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; "
                             "df -k /dev/shm | tail -1 | awk '{print $2}'", "--ulimit", "nofile=200:300",
                             "--ulimit", "core=0", "--sysctl", "net.ipv4.ip_unprivileged_port_start=80",
                             "--shm-size", "8m"))
    t.equal(got.split(), ["200", "0", "80", "8192"], "output")


@suite.case
def devices(t):
    got = t.done(t.engine.sh("ls /dev | tr '\\n' ' '; head -c 4 /dev/zero | wc -c; echo x >/dev/null; "
                             "dd if=/dev/full of=/dev/null count=1 2>&1 | grep -c '1+0 records in'"))
    t.match(got, r"^(core )?fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero 4\n1$",
            "/dev")


@suite.case
def privileged(t):
    result = t.engine.sh("id -u; chown 1000 /tmp && echo may; test -c /dev/kmsg && echo devices; "
                         "readlink /dev/ptmx", "--privileged")
    if "unable to apply caps" in result.stderr:
        t.skip("the host's root lacks a capability that runc must give")
    got = t.done(result)
    t.equal(got.split(), ["0", "may", "devices", "pts/ptmx"], "output")
    got = t.done(t.engine.sh("test -c /dev/fuse && echo there", "--device", "/dev/fuse"))
    t.equal(got, "there", "one device more")


@suite.case
def health_check(t):
    name = background(t, KEEP_GOING, "--health-cmd", "test -e /tmp/ok", "--health-interval", "1s",
                      "--health-retries", "1")
    t.wait(lambda: t.engine.inspect(name, "{{.State.Health.Status}}") == "unhealthy", "unhealthy", 20)
    t.done(t.engine.docker("exec", name, "touch", "/tmp/ok"))
    t.wait(lambda: t.engine.inspect(name, "{{.State.Health.Status}}") == "healthy", "healthy", 20)
    remove(t, name)


@suite.case
def attach(t):
    name = t.identifier()
    t.done(t.engine.run("sh", options=("-dit", "--name", name)))
    with Terminal(t.engine.line("attach", name)) as terminal:
        terminal.type("echo $((6*7))\n")
        terminal.expect("\n42\n")
        terminal.type("exit 4\n")
        t.equal(terminal.end(), 4, "status")
    remove(t, name)


@suite.case
def commit_and_diff(t):
    name = background(t, "echo changed >/etc/container; mkdir /new; rm /bin/vi")
    ended(t, name)
    lines = t.done(t.engine.docker("diff", name)).splitlines()
    t.check({"C /etc/container", "A /new", "D /bin/vi"} <= set(lines), f"diff: {lines}")
    tag = f"localhost/{TOKEN}:committed"
    t.done(t.engine.docker("commit", name, tag))
    t.equal(t.done(t.engine.docker("run", "--rm", tag, "cat", "/etc/container")), "changed", "output")
    remove(t, name)
    t.done(t.engine.docker("rmi", tag))


@suite.case
def dockerd_restarts(t):
    name = background(t, "while :; do echo x; sleep 0.1; done")
    t.engine.daemon.stop()
    time.sleep(0.5)
    t.engine.come_up()
    t.equal(t.engine.inspect(name, "{{.State.Status}}"), "running", "status")
    t.done(t.engine.docker("exec", name, "true"))
    before = len(t.engine.docker("logs", name).stdout)
    t.wait(lambda: len(t.engine.docker("logs", name).stdout) > before, "output afterwards")
    remove(t, name)


@suite.case(timeout=300)
def ten_at_once(t):
    names = [t.identifier() for _ in range(5 if t.quick else 10)]
    started = [subprocess.Popen(t.engine.line("run", "--rm", "--name", n, image.REFERENCE, "sh", "-c",
                                              f"sleep 0.3; exit {i}"), stdin=subprocess.DEVNULL)
               for i, n in enumerate(names)]
    for i, process in enumerate(started):
        t.equal(process.wait(200), i, f"status of container {i}")
