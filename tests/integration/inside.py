"""Every command that looks inside, on what people run: nginx and Node while they serve, python3 that is
refused something, and a program that is stuck. Whoever looks, the program goes on as before."""

import contextlib
import json
import re
import signal
import socket
import subprocess
import threading

from lib.suite import Suite

from .metrics import Terminal, samples, value
from .network import NGINX, programs
from .operations import call, gone
from .stacks import goes_on, stacks
from .tracing import ended, explained, parse, read, tracer

suite = Suite("inside")

NODE = """
const fs = require('fs');
require('http').createServer((request, answer) =>
	fs.readFile('/scratch/page', (error, data) => answer.end(data))).listen('/scratch/socket');
"""
SPINNING = """
function spin(n) { let x = 0; for (let i = 0; i < n; i++) x = (x * 31 + i) | 0; return x; }
setTimeout(() => { for (;;) spin(1e7); }, 0);
"""
PYTHON = """
import ctypes, os, time
libc = ctypes.CDLL(None)
while True:
	os.stat('/scratch/page')
	libc.mount(b'none', b'/mnt', b'tmpfs', 0, None)
	time.sleep(0.01)
"""


class Load(threading.Thread):
    """Asks a server again and again; what it answers otherwise than with the page is an error."""

    def __init__(self, path):
        super().__init__()
        self.path, self.answers, self.errors, self.done = path, 0, [], threading.Event()

    def ask(self):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(20)
            sock.connect(self.path)
            sock.sendall(b"GET /page HTTP/1.0\r\n\r\n")
            return b"".join(iter(lambda: sock.recv(4096), b""))

    def run(self):
        while not self.done.wait(0.005):
            try:
                answer = self.ask()
                if not answer.endswith(b"\r\n\r\nthe page\n"):
                    self.errors.append(answer)
                self.answers += 1
            except OSError as error:
                self.errors.append(error)

    def answers_more(self, t):
        before = self.answers
        t.wait(lambda: self.answers > before + 2, "answers", 20)
        t.equal(self.errors[:3], [], "wrong answers")


def started(t, *args, files=None):
    """The id of a container that runs a program of the host's."""
    name = t.identifier()
    configuration = programs(t, *args, files={"page": "the page\n", **(files or {})})
    t.equal(t.runtime.create(t.bundle(configuration), name).status, 0, "create")
    t.equal(t.runtime.start(name).status, 0, "start")
    return name


@contextlib.contextmanager
def serving(t, *args, files):
    """The same of a server at /scratch/socket, and who asks it."""
    name = started(t, *args, files=files)
    load = Load(t.path("work", "socket"))

    def answers():
        try:
            return load.ask()
        except OSError:
            return None

    t.wait(answers, "the server", 30)
    load.start()
    try:
        yield name, load
    finally:
        load.done.set()
        load.join()
    gone(t, name)


def traced(t, name, wanted, *options):
    """A trace that goes on until it has what is wanted; its lines."""
    process, out = tracer(t, name, *options)
    t.wait(lambda: re.search(wanted, read(out)), f"{wanted} in a trace")
    t.equal(ended(t, process, signal.SIGINT), -signal.SIGINT, "status of trace")
    text = read(out)
    return text[:text.rindex("\n") + 1]


def sums(t, name, syscall):
    """trace -c, which has seen a call often."""
    before = counted(t, name, syscall)
    process, out = tracer(t, name, "-c", "--json")
    t.wait(lambda: counted(t, name, syscall) > before + 10, "calls")
    t.equal(ended(t, process, signal.SIGINT), 0, "status of trace -c")
    rows = {row["call"]: row for row in map(json.loads, read(out).splitlines()) if "call" in row}
    t.check(rows[syscall]["calls"] > 3, f"{syscall}: {rows}")


def counted(t, name, syscall):
    found = samples(call(t, "metrics"))
    return sum(n for key, n in found.items() if key[0] == "capbox_traps_total"
               and f'id="{name}"' in key and f'syscall="{syscall}"' in key)


def figures(t, name):
    """metrics, which promtool accepts, and what events says of the same."""
    text = call(t, "metrics")
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True,
                          check=False)
    t.equal((done.returncode, done.stdout + done.stderr), (0, ""), "promtool")
    found = samples(text)
    t.equal(value(found, "capbox_container_running", id=name), 1, "running")
    stats = json.loads(call(t, "events", "--stats", name))
    t.equal((stats["type"], stats["id"]), ("stats", name), "events --stats")
    t.check(stats["data"]["memory"]["usage"]["usage"] > 0, "memory")
    events = t.runtime.start_process(t.runtime.command("events", "--interval", "100ms", name),
                                     stdout=subprocess.PIPE)
    for _ in range(3):
        t.equal(json.loads(events.stdout.readline())["id"], name, "events")
    events.kill()
    ended(t, events)
    return found


def top_shows(t, pattern):
    top = Terminal(t, "-d", "0.2")
    try:
        top.shows(pattern, "top")
        top.press("q")
        top.shows("status 0", "the end of top")
    finally:
        top.end()


def state(t, name):
    return json.loads(call(t, "debug", "state", name))


def programs_of(t, name):
    return {c["program"] for c in state(t, name)["contexts"]}


def whole(t, text):
    """Every stack goes to where its thread began."""
    guests = text[re.search("^process ", text, re.M).start():]
    t.check("no further" not in guests, guests)
    t.match(guests, r"#\d+ __libc_start_main\+0x.*\n    #\d+ _start\+0x", "the first thread")


def serves_and_is_seen(t, name, load, program, busiest):
    """What a server that opens files and is refused nothing leaves in state, figures and top."""
    t.check(program in programs_of(t, name), "programs")
    found = figures(t, name)
    t.check(value(found, "capbox_traps_total", id=name, syscall="openat", outcome="granted") > 10,
            "opens")
    t.equal(explained(t, name), [], "refusals")
    top_shows(t, rf"^{name[:16]} +[1-9]\d* +0 .*{busiest} \d+")
    load.answers_more(t)


@suite.case(only="capbox", timeout=120)
def nginx_while_it_serves(t):
    at_socket = re.sub(r"server \{.*\} \}", "server { listen unix:/scratch/socket; root /scratch; } }",
                       NGINX, flags=re.S)
    with serving(t, "/usr/sbin/nginx", "-c", "/scratch/nginx.conf", "-p", "/var/",
                 files={"nginx.conf": at_socket}) as (name, load):
        wanted = r'nginx\[65534\] openat\(AT_FDCWD, "/scratch/page", O_RDONLY\|O_NONBLOCK\) = \d+ <'
        lines = parse(t, traced(t, name, wanted, "-e", "files"))
        t.equal({line["program"] for line in lines}, {"nginx"}, "programs")
        load.answers_more(t)
        sums(t, name, "openat")
        for _ in range(5):
            text = stacks(t, name)
        whole(t, text)
        t.match(text, r'"nginx": in rt_sigsuspend\n.*sigsuspend\+0x.*\n.*ngx_master_process_cycle\+0x',
                "the master")
        t.equal(len(re.findall(r"(?m)^process \d+ \(host \d+\) nginx$", text)), 3, "processes")
        goes_on(t, name)
        load.answers_more(t)
        contexts = state(t, name)["contexts"]
        t.check({0, 65534} <= {c["euid"] for c in contexts}, f"users: {contexts}")
        serves_and_is_seen(t, name, load, "/usr/sbin/nginx", "(openat|newfstatat)")


@suite.case(only="capbox", timeout=120)
def node_while_it_serves(t):
    with serving(t, "/usr/bin/node", "/scratch/server.js", files={"server.js": NODE}) as (name, load):
        wanted = r'node\[0\] openat\(AT_FDCWD, "/scratch/page", O_RDONLY\|O_CLOEXEC(, 0666)?\) = \d+ <'
        parse(t, traced(t, name, wanted))
        load.answers_more(t)
        sums(t, name, "openat")
        text = stacks(t, name, "--pid", "1")
        t.check(len(re.findall("(?m)^  thread ", text)) > 4, f"threads: {text}")
        t.match(text, r"#\d+ uv_run\+0x", "the event loop")
        goes_on(t, name)
        load.answers_more(t)
        serves_and_is_seen(t, name, load, "/usr/bin/node", "openat")


@suite.case(only="capbox")
def code_that_node_has_compiled(t):
    """It has no unwind information. Each stack ends where it began, or says why it does not."""
    name = started(t, "/usr/bin/node", "/scratch/spin.js", files={"spin.js": SPINNING})

    def first_thread():
        text = re.split(r"(?m)^  thread ", stacks(t, name, "--pid", "1"))[1]
        last = text.rstrip("\n").split("\n")[-1]
        t.match(last, r"#\d+ _start\+0x|no further: |#\d+ 0x\w+", "the last line")
        return text

    text = t.wait(lambda: (found := first_thread()) and re.search(
        r"code that is in no file\)\n(.*\n)*.* uv_run\+0x.*\n(.*\n)*.* _start\+0x", found) and found,
        "a whole stack with code in no file", 30)
    t.match(text, ": running\n", "its state")
    goes_on(t, name)
    gone(t, name)


@suite.case(only="capbox", timeout=120)
def python_that_is_refused_something(t):
    name = started(t, "/usr/bin/python3", "/scratch/loop.py", files={"loop.py": PYTHON})
    found = t.wait(lambda: [r for r in explained(t, name) if r["call"] == "mount" and r["count"] > 3],
                   "refusals")
    t.match(found[0]["program"], "python3", "who was refused")
    t.match(call(t, "explain", name), r"\d+ x mount\(.*\) = EPERM, first to process 1 \(python3", "text")
    text = traced(t, name, r"mount\(.*\(refused\)(.*\n)*.*mount\(.*\(refused\)")
    lines = parse(t, text)
    t.check({"mount"} < {line["call"] for line in lines}, "calls")
    sums(t, name, "mount")
    text = stacks(t, name)
    t.match(text, r"_PyEval_EvalFrameDefault\+0x", "the interpreter")
    whole(t, text)
    t.check(any("python3" in p for p in programs_of(t, name) if p), "programs")
    metrics = figures(t, name)
    t.check(value(metrics, "capbox_traps_total", id=name, syscall="mount", outcome="refused") > 3,
            "refusals")
    top_shows(t, rf"^{name[:16]} +[1-9]\d* +[1-9]\d* .*mount \d+")
    gone(t, name)


@suite.case(only="capbox", timeout=120)
def one_that_is_stuck(t):
    """One thread waits for a lock that it holds itself, another for somebody to open a FIFO."""
    script = ("import os, threading\nos.mkfifo('/tmp/f')\n"
              "threading.Thread(target=lambda: open('/tmp/f'), daemon=True).start()\n"
              "lock = threading.Lock()\nlock.acquire()\nlock.acquire()\n")
    name = started(t, "/usr/bin/python3", "-c", script)

    def waiting():
        found = [w for w in state(t, name)["workers"] if w.get("call", "").startswith("open")]
        return found and ": in futex\n" in stacks(t, name)

    t.wait(waiting, "a worker in a FIFO, and a thread at a lock")
    text = stacks(t, name)
    t.match(text, r': serves openat of thread \d+ for \d+\.\d{3} s\n', "the worker")
    t.match(text, r': in futex\n(.*\n)*.*PyThread_acquire_lock_timed\+0x', "the lock")
    whole(t, text)
    goes_on(t, name)
    process, out = tracer(t, name)
    found = figures(t, name)
    t.check(value(found, "capbox_workers_busy", id=name) >= 1, "a worker is busy")
    t.equal(explained(t, name), [], "refusals")
    top_shows(t, rf"^{name[:16]} +0 +0 ")
    t.equal(read(out), "", "a trace of who does nothing")
    call(t, "kill", name, "KILL")
    t.equal(ended(t, process), 0, "the trace ends with it")
    gone(t, name)


@suite.case(only="capbox", timeout=120)
def a_container_that_ends_during_a_command(t):
    """Each command ends too, and says so or has said what there was."""
    commands = (["trace"], ["trace", "-c"], ["debug", "state"], ["debug", "stacks"], ["explain"],
                ["events", "--interval", "10ms"], ["events", "--stats"], ["metrics"])
    for command in commands:
        for delay in (0, 0.02):
            name = started(t, "/usr/bin/python3", "-c", f"import time; time.sleep({delay})")
            subject = [] if command == ["metrics"] else [name]
            for _ in range(20):
                result = t.runtime.call(*command, *subject, timeout=20)
                if result.status:
                    t.equal(result.status, 1, f"{command}: {result}")
                    t.match(result.stderr, rf"^capbox: container (with id )?{name} ", f"{command}")
                if t.runtime.state(name)["status"] == "stopped":
                    break
            gone(t, name)


@suite.case(only="capbox")
def an_id_that_nobody_has(t):
    for command in (["trace"], ["trace", "-c"], ["debug", "state"], ["debug", "stacks"], ["explain"],
                    ["events"], ["events", "--stats"]):
        result = t.runtime.call(*command, "nobody")
        t.equal((result.status, result.stdout), (1, ""), f"{command}")
        t.match(result.stderr, "container nobody does not exist", f"{command}")
