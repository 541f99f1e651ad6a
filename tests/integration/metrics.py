"""What is counted, and how it is shown: capbox metrics, and capbox debug state."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import urllib.request

from lib import paths
from lib.suite import Suite

from .lifetime import created, running, status, stopped
from .operations import call, gone

suite = Suite("metrics")


def samples(text):
    """{(name, label, ...): value} of a text in Prometheus's format; labels as k=v, sorted."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = re.fullmatch(r"(\w+)\{(.*?)\} (\S+)", line).groups()
            found[(name, *sorted(re.findall(r'(\w+="[^"]*")', labels)))] = float(value)
    return found


def value(metrics, name, **labels):
    return metrics.get((name, *sorted(f'{k}="{v}"' for k, v in labels.items())), 0)


def serving(t, address, root=None):
    """A server of metrics, which answers already."""
    process = t.runtime.start_process(t.runtime.command("metrics", "--serve", address))
    t.wait(lambda: process.poll() is not None or scrape(address, quiet=True), "the server answers")
    return process


def connect(address):
    unix = address.startswith("unix:")
    sock = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
    sock.settimeout(20)
    sock.connect(address[5:] if unix else ("127.0.0.1", int(address.split(":")[1])))
    return sock


def scrape(address, request=b"GET /metrics HTTP/1.0\r\n\r\n", quiet=False):
    try:
        with connect(address) as sock:
            sock.sendall(request)
            parts = iter(lambda: sock.recv(65536), b"")
            return b"".join(parts).decode()
    except OSError:
        if quiet:
            return ""
        raise


def ended(t, process, number=signal.SIGTERM):
    process.send_signal(number)
    code = process.wait(10)
    t.runtime.finish(process)
    return code


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@suite.case(only="capbox")
def promtool_accepts_them(t):
    names = [running(t), created(t)]
    text = call(t, "metrics")
    check = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True,
                           text=True, check=False)
    t.equal((check.returncode, check.stdout + check.stderr), (0, ""), "promtool")
    for name in names:
        t.equal(value(samples(text), "capbox_container_running", id=name), 1, "running")
        gone(t, name)
    t.equal(samples(call(t, "metrics")), {}, "without a container")


@suite.case(only="capbox")
def traps_are_counted(t):
    script = ("i=0; while [ $i -lt 50 ]; do cd /; i=$((i+1)); done; echo > /tmp/counted; "
              "cat /nowhere; sleep 100")
    name = running(t, script)
    t.wait(lambda: os.path.exists(os.path.join(t.rootfs, "tmp/counted")), "the script")
    os.unlink(os.path.join(t.rootfs, "tmp/counted"))

    def counted():
        metrics = samples(call(t, "metrics"))
        opens = [value(metrics, "capbox_traps_total", id=name, syscall=s, outcome="failed")
                 for s in ("open", "openat")]
        return metrics if sum(opens) else None

    metrics = t.wait(counted, "an open that fails")
    t.equal(value(metrics, "capbox_traps_total", id=name, syscall="chdir", outcome="answered"), 50,
            "chdir")
    t.check(value(metrics, "capbox_traps_total", id=name, syscall="execve", outcome="granted") >= 2,
            "execve")
    bucket = value(metrics, "capbox_trap_duration_seconds_bucket", id=name,
                   **{"class": "files", "le": "+Inf"})
    t.equal(value(metrics, "capbox_trap_duration_seconds_count", id=name, **{"class": "files"}),
            bucket, "all durations")
    for field in ("contexts", "workers", "sentry_resident_memory_bytes"):
        t.check(value(metrics, f"capbox_{field}", id=name) > 0, field)
    gone(t, name)


@suite.case(only="capbox")
def figures_outlive_the_sentry(t):
    name = running(t, "cd /tmp; exit 0")
    stopped(t, name)
    metrics = samples(call(t, "metrics"))
    t.equal(value(metrics, "capbox_container_running", id=name), 0, "running")
    t.check(value(metrics, "capbox_traps_total", id=name, syscall="chdir", outcome="answered"),
            "chdir")
    gone(t, name)


@suite.case(only="capbox")
def an_unreadable_file_of_counters(t):
    name = running(t)
    path = os.path.join(t.runtime.root, name, "counters")
    for change in (lambda: os.rename(path, path + ".kept"), lambda: open(path, "wb").close(),
                   lambda: open(path, "wb").write(b"x" * os.path.getsize(path + ".kept"))):
        change()
        metrics = samples(call(t, "metrics"))
        t.equal(value(metrics, "capbox_container_running", id=name), 1, "running")
        t.equal(value(metrics, "capbox_contexts", id=name), 0, "contexts")
    os.rename(path + ".kept", path)
    gone(t, name)


@suite.case(only="capbox")
def served_at_a_port_and_a_socket(t):
    name = running(t)
    for address in (f"127.0.0.1:{free_port()}", "unix:" + t.path("metrics")):
        process = serving(t, address)
        head, _, body = scrape(address).partition("\r\n\r\n")
        t.match(head, "^HTTP/1.0 200 OK\r\n", "head")
        t.check(value(samples(body), "capbox_container_running", id=name), "the container")
        t.match(scrape(address, b"GET /else HTTP/1.0\r\n\r\n"), "404", "another path")
        t.match(scrape(address, b"POST /metrics HTTP/1.0\r\n\r\n"), "405", "another method")
        t.match(scrape(address, b"GET /" + b"x" * 4090), "431", "a long request")
        second = t.runtime.call("metrics", "--serve", address)
        t.equal(second.status, 1, "an address in use")
        t.match(second.stderr, "Address already in use", "an address in use")
        t.equal(ended(t, process), 0, "status of the server")
    t.check(not os.path.exists(t.path("metrics")), "the socket is gone")
    gone(t, name)


@suite.case(only="capbox")
def a_socket_that_was_left(t):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(t.path("metrics"))
    process = serving(t, "unix:" + t.path("metrics"))
    t.equal(ended(t, process, signal.SIGINT), 0, "status of the server")


@suite.case(only="capbox")
def wrong_addresses(t):
    for address in ("", "here", "unix:", "0.0.0.0:9000", "127.0.0.1:x", "127.0.0.1:70000",
                    "127.0.0.1:", "unix:/nowhere/at/all", "unix:" + "x" * 200):
        result = t.runtime.call("metrics", "--serve", address)
        t.equal(result.status, 1, address)
        t.match(result.stderr, "--serve", address)
    t.equal(t.runtime.call("metrics", "extra").status, 1, "an argument")


@suite.case(only="capbox")
def a_thousand_clients(t):
    address = "unix:" + t.path("metrics")
    process = serving(t, address)
    mute = [connect(address) for _ in range(900)]  # who say nothing
    asking = [connect(address) for _ in range(100)]
    for sock in asking:
        sock.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
    for sock in asking:
        t.match(sock.recv(100).decode(), "200 OK", "an answer")
        sock.close()
    t.match(scrape(address), "200 OK", "one more")
    for sock in mute:
        sock.close()
    t.equal(ended(t, process), 0, "status of the server")


@suite.case(only="capbox")
def prometheus_scrapes_them(t):
    name = running(t)
    target, port = f"127.0.0.1:{free_port()}", free_port()
    server = serving(t, target)
    with open(t.path("prometheus.yml"), "w", encoding="utf-8") as file:
        file.write("scrape_configs:\n- job_name: capbox\n  scrape_interval: 200ms\n"
                   f"  scrape_timeout: 200ms\n  static_configs:\n  - targets: ['{target}']\n")
    with open(t.path("prometheus.log"), "w", encoding="utf-8") as log:
        prometheus = t.runtime.start_process(
            ["prometheus", f"--config.file={t.path('prometheus.yml')}",
             f"--storage.tsdb.path={t.path('data')}", f"--web.listen-address=127.0.0.1:{port}"],
            stdout=log, stderr=log)

    def answer():
        query = f"http://127.0.0.1:{port}/api/v1/query?query=capbox_container_running"
        try:
            with urllib.request.urlopen(query, timeout=5) as reply:
                return json.load(reply)["data"]["result"]
        except OSError:
            return None

    result = t.wait(answer, "a sample in Prometheus", 40)
    t.equal(result[0]["metric"]["id"], name, "its label")
    ended(t, prometheus)
    t.equal(ended(t, server), 0, "status of the server")
    gone(t, name)


@suite.case(only="capbox")
def state_of_a_sentry(t):
    name = running(t, "cd /tmp; mkfifo fifo; cat fifo")
    state = t.wait(lambda: waiting(t, name), "the open of a FIFO")
    t.equal(state["id"], name, "id")
    t.check({"/", "/tmp"} <= {c["cwd"] for c in state["contexts"]}, "contexts")
    t.check(any(c["program"] and "busybox" in c["program"] for c in state["contexts"]), "program")
    t.equal([e["init"] for e in state["entries"]], [True], "entries")
    t.equal(len(state["workers"]), state["pool"]["threads"], "workers")
    t.equal(state["policy"]["changes"], {}, "policy")
    t.check(len(state["descriptors"]) > 5, "descriptors")
    call(t, "kill", name, "KILL")
    stopped(t, name)
    result = t.runtime.call("debug", "state", name)
    t.equal(result.status, 1, "of a container that has ended")
    gone(t, name)
    os.unlink(os.path.join(t.rootfs, "tmp/fifo"))


def waiting(t, name):
    """The state, once a worker waits in a FIFO."""
    state = json.loads(call(t, "debug", "state", name))
    return state if any(w.get("call", "").startswith("open") for w in state["workers"]) else None


@suite.case(only="capbox")
def wrong_questions(t):
    for arguments in (["debug"], ["debug", "nothing"], ["debug", "state"],
                      ["debug", "state", "nobody"], ["debug", "state", "a", "b"]):
        result = t.runtime.call(*arguments)
        t.equal(result.status, 1, f"{arguments}")
        t.check(result.stderr.startswith("capbox: "), f"{arguments}: {result}")
    t.match(call(t, "debug", "--help"), "state", "help")
    name = running(t)
    call(t, "pause", name)
    t.match(t.runtime.call("debug", "state", name).stderr, "paused", "paused")
    t.equal(value(samples(call(t, "metrics")), "capbox_container_running", id=name), 1, "paused")
    t.equal(status(t, name), "paused", "status")
    gone(t, name)


@suite.case(only="capbox")
def the_dashboard_asks_for_what_there_is(t):
    path = os.path.join(paths.SOURCE, "packaging/grafana/capbox.json")
    with open(path, encoding="utf-8") as file:
        dashboard = json.load(file)
    asked = {name for panel in dashboard["panels"] for target in panel["targets"]
             for name in re.findall(r"capbox_\w+", target["expr"])}
    t.check(len(asked) > 10, f"metrics of the dashboard: {asked}")
    named = set(re.findall(r"# TYPE (\w+) ", call(t, "metrics")))
    missing = {re.sub("_bucket$", "", name) for name in asked} - named
    t.equal(missing, set(), "metrics that do not exist")


# top


class Terminal:
    """capbox top in a terminal of its own, which tmux keeps."""

    def __init__(self, t, *arguments, size=(80, 24)):
        self.t, self.socket = t, t.path("tmux")
        command = " ".join(shlex.quote(a) for a in t.runtime.command("top", *arguments))
        self.tmux("-f", "/dev/null", "new-session", "-d", "-s", "top", "-x", str(size[0]), "-y",
                  str(size[1]), f"{command}; echo status $?; sleep 100")

    def tmux(self, *arguments):
        environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
        return subprocess.run(["tmux", "-S", self.socket, *arguments], check=True,
                              capture_output=True, text=True, env=environment).stdout

    def screen(self):
        return self.tmux("capture-pane", "-p", "-t", "top").split("\n")

    def shows(self, pattern, what):
        return self.t.wait(lambda: re.search(pattern, "\n".join(self.screen()), re.M), what)

    def press(self, *keys):
        self.tmux("send-keys", "-t", "top", *keys)

    def end(self):
        self.tmux("kill-server")


@suite.case(only="capbox")
def top_on_80_by_24(t):
    busy = running(t, "while :; do cd /tmp; cd /; sleep 0.01; done")
    idle = running(t)
    top = Terminal(t, "-d", "0.2")
    try:
        top.shows(rf"^{busy[:16]} +[1-9]\d* .*chdir \d+", "the busy container")
        lines = top.screen()
        t.match(lines[0], r"^capbox top \d\d:\d\d:\d\d  2 containers  \d+ traps/s  by traps", "head")
        t.match(lines[2], "^CONTAINER +TRAPS/S +REFUSED +CPU% +MEMORY +TASKS", "names")
        t.match(lines[3], f"^{busy[:16]}", "the busiest is first")
        t.match(lines[23], "q\\)uit$", "keys")
        t.check(all(len(line) <= 80 for line in lines), "width")
        top.press("n")
        top.shows("by name", "another order")
        top.tmux("resize-window", "-t", "top", "-x", "120", "-y", "10")
        t.wait(lambda: "q)uit" in top.screen()[9], "the keys on the last line of a small screen")
        top.tmux("resize-window", "-t", "top", "-x", "30", "-y", "5")
        top.shows(r"^capbox top", "a tiny screen")
        top.tmux("resize-window", "-t", "top", "-x", "80", "-y", "24")
        top.press("t")
        t.wait(lambda: "q)uit" in top.screen()[23] and top.screen()[3].startswith(busy[:16]),
               "the old size")
        top.press("k", "k", "Enter")
        top.shows(r'chdir\("/tmp"\) = 0', "the trace of the busiest")
        top.press("C-c")
        top.shows("press Enter to go back", "the end of the trace")
        top.press("Enter")
        top.shows("^CONTAINER +TRAPS/S", "the view again")
        gone(t, idle)
        top.shows("  1 container  ", "a container less")
        top.press("q")
        top.shows("status 0", "the end")
    finally:
        top.end()
    gone(t, busy)


@suite.case(only="capbox")
def top_without_containers_and_without_a_terminal(t):
    top = Terminal(t)
    try:
        top.shows("no containers below", "an empty root")
        top.press("j", "k", "Enter", "s", "e", "x", "q")
        top.shows("status 0", "the end")
    finally:
        top.end()
    t.match(t.runtime.call("top").stderr, "terminal", "without a terminal")
    for delay in ("0", "x", "-1", "1e9", ""):
        t.match(t.runtime.call("top", "-d", delay).stderr, "--delay", delay)
