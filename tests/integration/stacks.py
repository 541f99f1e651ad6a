"""capbox debug stacks: of programs that behave, that are stuck, and that lie about their stacks. Whatever is
asked, the container goes on as if nobody had looked."""

import contextlib
import os
import re
import subprocess
import threading
import time

from lib import bundle, hoststate
from lib.suite import Suite

suite = Suite("stacks")
HERE = os.path.dirname(os.path.abspath(__file__))


def tree(t):
    """A root filesystem with the host's /usr, where python3 and the C library are."""
    root = t.path("tree")
    for directory in ("usr", "proc", "dev", "sys", "tmp", "etc", "work"):
        os.makedirs(os.path.join(root, directory))
    for link in ("bin", "lib", "lib64", "sbin"):
        os.symlink(f"usr/{link}", os.path.join(root, link))
    return root


def program(t, *flags):
    """tests/integration/stacks.c as an executable in a directory for /scratch."""
    directory = t.path("work")
    os.makedirs(directory, exist_ok=True)
    subprocess.run(["gcc", "-O1", "-w", "-pthread", *flags, "-o", os.path.join(directory, "stacks"),
                    os.path.join(HERE, "stacks.c")], check=True)
    return directory


@contextlib.contextmanager
def running(t, args, work=None, rootfs=None):
    """The id of a container whose program has said that it is ready."""
    configuration = bundle.config(args, rootfs=rootfs or tree(t))
    if not rootfs:
        configuration["mounts"].append(bundle.bind("/usr", "/usr", "ro"))
    if work:
        configuration["mounts"].append(bundle.bind("/scratch", work, "ro"))
    name = t.identifier()
    process = t.runtime.start_process(
        t.runtime.command("run", "--bundle", t.bundle(configuration), name),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        line = process.stdout.readline()
        t.equal(line, "ready\n", f"what the program says, of {args}")
        yield name
        t.check(process.poll() is None, "the program has ended")
    finally:
        t.runtime.kill(name, "KILL")
        process.communicate(timeout=20)
        t.runtime.finish(process)


def stacks(t, name, *arguments, **keywords):
    result = t.runtime.call("debug", "stacks", *arguments, name, **keywords)
    t.equal(result.status, 0, f"debug stacks: {result}")
    t.equal(result.stderr, "", "standard error")
    return result.stdout


def settled(t, name, *arguments):
    """The same when the program is where it stays, and not still saying that it is ready."""
    return t.wait(lambda: (text := stacks(t, name, *arguments)) and "say_ready" not in text and text,
                  "the program's place")


def thread(t, text, name):
    """The lines of the thread of that name."""
    found = re.search(rf'^  thread \d+ \(host \d+\) "{re.escape(name)}".*\n((?:    .*\n)*)', text, re.M)
    t.check(found, f"no thread {name} in {text}")
    return found.group(0)


def frames(t, lines, *names):
    """The functions are among the frames, in this order."""
    t.match(lines, r"(?s)" + r".*".join(rf"#\d+ {name}\+0x\w+ \(" for name in names), "frames")


def goes_on(t, name):
    """No thread of the container is stopped or traced."""
    for pid in hoststate.descendants(t.runtime.state(name)["pid"]):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/status", encoding="utf-8", errors="replace") as file:
                status = file.read()
            t.match(status, r"\nTracerPid:\t0\n", f"process {pid}, thread {task}")
            t.check(not re.search(r"\nState:\t[tT]", status), status)


@suite.case(only="capbox")
def threads_of_a_program(t):
    with running(t, ["/scratch/stacks", "threads"], program(t)) as name:
        text = settled(t, name)
        frames(t, thread(t, text, "stacks"), "stay", "threads", "main")
        frames(t, thread(t, text, "locker"), "pthread_mutex_lock", "wait_for_lock", "locker")
        frames(t, thread(t, text, "reader?[31m"), "read", "read_nothing", "reader")
        frames(t, thread(t, text, "busy"), "count", "busy")
        t.match(thread(t, text, "locker"), ": in futex\n", "its call")
        t.match(thread(t, text, "busy"), r': running\n.*#0 count\+0x\w+ \(/scratch/stacks\+0x', "where")
        t.match(text, r"(?m)^process 1 \(host \d+\) stacks\n", "process")
        t.check("no further" not in text[text.index("process 1"):], text)
        goes_on(t, name)


@suite.case(only="capbox")
def a_stripped_program(t):
    with running(t, ["/scratch/stacks", "threads"], program(t, "-s")) as name:
        lines = thread(t, stacks(t, name), "locker")
        t.match(lines, r"(?m)^    #\d+ /scratch/stacks\+0x[0-9a-f]+$", "module and offset")
        t.match(lines, r"pthread_mutex_lock\+0x\w+ \(/\S*libc\.so\.6\+0x", "the library's names")
        t.check("no further" not in lines, lines)


@suite.case(only="capbox")
def python(t):
    script = ("import threading,time\nthreading.Thread(target=time.sleep, args=(100,), daemon=True).start()\n"
              "print('ready',flush=True)\nthreading.Event().wait()")
    with running(t, ["/usr/bin/python3", "-c", script]) as name:
        text = stacks(t, name, "--pid", "1")
        t.check(text.startswith("process 1 "), text)
        t.equal(len(re.findall(r"(?m)^  thread ", text)), 2, "threads")
        t.equal(len(re.findall(r"_PyEval_EvalFrameDefault\+0x", text)), 2, "interpreters")
        frames(t, text, "Py_BytesMain", "__libc_start_main")
        t.check("no further" not in text, text)
        goes_on(t, name)


@suite.case(only="capbox")
def one_stuck_in_the_sentry(t):
    """It opens a FIFO that nobody writes to: it cannot be stopped, only killed."""
    script = "mkfifo /tmp/f; echo ready; cat /tmp/f"
    with running(t, ["/bin/sh", "-c", script], rootfs=t.own_rootfs()) as name:
        def waits():
            text = stacks(t, name)
            return '"cat": in open' in text and ": serves open" in text and text
        text = t.wait(waits, "cat waits")
        t.match(thread(t, text, "cat"), r": in open(at)?\n    #0 /bin/busybox\+0x", "cat")
        worker = re.search(r': serves open(at)? of thread (\d+) for \d+\.\d{3} s\n((?:    .*\n)*)', text)
        t.check(worker and re.search(r"#\d+ sys_open(at)?\+0x", worker[3]), f"no worker in {text}")
        t.match(text, rf'(?m)^  thread {worker[2]} \(host \d+\) "cat"', "whom it serves")
        goes_on(t, name)


@suite.case(only="capbox")
def the_sentrys_own(t):
    with running(t, ["/scratch/stacks", "threads"], program(t)) as name:
        text = stacks(t, name)
        sentry = text[:text.index("process 1")]
        t.match(sentry, rf"^sentry \(host {t.runtime.state(name)['pid']}\)\n", "heading")
        t.match(sentry, r"#\d+ worker_main\+0x\w+ \(\S*capbox\+0x", "a worker")
        t.check(len(re.findall("(?m)^  thread", sentry)) >= 3, sentry)


@suite.case(only="capbox")
def a_stack_pointer_to_nowhere(t):
    with running(t, ["/scratch/stacks", "garbage"], program(t)) as name:
        text = settled(t, name, "--pid", "1")
        t.match(text, r"#0 garbage\+0x\w+ .*\n    no further: its stack pointer, 0x123456789000, "
                "points to no memory\n", "frames")
        goes_on(t, name)


@suite.case(only="capbox")
def an_overwritten_stack(t):
    with running(t, ["/scratch/stacks", "overwritten"], program(t)) as name:
        text = settled(t, name, "--pid", "1")
        t.match(text, r"#0 overwritten\+0x", "frames")
        t.match(text, r"    no further: ", "its end")
        goes_on(t, name)


@suite.case(only="capbox")
def generated_code(t):
    with running(t, ["/scratch/stacks", "generated"], program(t, "-fno-omit-frame-pointer")) as name:
        text = settled(t, name, "--pid", "1")
        t.match(text, r"#0 0x[0-9a-f]+ \(code that is in no file\)\n", "frames")
        goes_on(t, name)


@suite.case(only="capbox")
def text_that_is_gone(t):
    with running(t, ["/scratch/stacks", "unmapped"], program(t)) as name:
        text = t.wait(lambda: "in no file" in (said := stacks(t, name, "--pid", "1")) and said, "unmapped")
        t.match(text, r"#0 0x[0-9a-f]+ \(code that is in no file\)\n(    #.*\n)*    no further: ", "its end")
        goes_on(t, name)


@suite.case(only="capbox")
def unwinding_without_an_end(t):
    with running(t, ["/scratch/stacks", "endless"], program(t)) as name:
        text = settled(t, name, "--pid", "1")
        t.match(text, r"    no further: understanding this stack (has ended with SIG|takes too long)",
                "its end")
        goes_on(t, name)


@suite.case(only="capbox")
def execs_do_not_notice(t):
    """The sentry stops a guest itself to make it execute another program."""
    script = ("echo ready; i=0; while [ $i -lt 400 ]; do /bin/busybox true || echo failed; i=$((i+1)); "
              "done; echo done; sleep 100")
    configuration = t.shell(script)
    name = t.identifier()
    process = t.runtime.start_process(
        t.runtime.command("run", "--bundle", t.bundle(configuration), name),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    t.equal(process.stdout.readline(), "ready\n", "start")
    said = []
    reader = threading.Thread(target=lambda: said.append(process.stdout.readline()))
    reader.start()
    while reader.is_alive():
        stacks(t, name)
    t.equal(said, ["done\n"], "what the program says")
    t.equal(t.runtime.kill(name, "KILL").status, 0, "kill")
    process.communicate(timeout=20)
    t.runtime.finish(process)


@suite.case(only="capbox")
def a_container_that_ends_meanwhile(t):
    directory = t.bundle(t.shell("for i in 1 2 3 4 5 6 7 8 9; do sleep 0.05 & done; wait"))
    for i in range(8):
        name = t.identifier()
        t.equal(t.runtime.create(directory, name).status, 0, "create")
        t.equal(t.runtime.start(name).status, 0, "start")
        for _ in range(6):
            result = t.runtime.call("debug", "stacks", name)
            if result.status:
                t.match(result.stderr, "has ended|has no processes: it is stopped", "why not")
                break
            time.sleep(0.003 * i)
        t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case(only="capbox")
def what_is_not_there(t):
    def refused(pattern, *arguments):
        result = t.runtime.call("debug", *arguments)
        t.check(result.status == 1 and result.stdout == "", f"{arguments}: {result}")
        t.match(result.stderr, pattern, f"{arguments}")
    refused("container nobody does not exist", "stacks", "nobody")
    refused("which container", "stacks")
    refused("what of it", )
    refused("unknown subcommand 'nothing'", "nothing")
    refused("not a process: '1x'", "stacks", "--pid", "1x", "nobody")
    with running(t, ["/bin/sh", "-c", "echo ready; sleep 100"], rootfs=t.own_rootfs()) as name:
        refused(f"container {name} has no process 4711", "stacks", "--pid", "4711", name)
    name = t.identifier()
    t.equal(t.runtime.create(t.bundle(t.shell("true")), name).status, 0, "create")
    t.match(stacks(t, name), r"(?m)^process 1 \(host", "a created one")
    os.kill(t.runtime.state(name)["pid"], 9)
    t.wait(lambda: t.runtime.state(name)["status"] == "stopped", "its end")
    refused("has no processes: it is stopped", "stacks", name)
    t.equal(t.runtime.delete(name).status, 0, "delete")
