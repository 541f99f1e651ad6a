"""What goes wrong: a process of a container's life is killed at any moment of the whole cycle, the
disk under the state root is full or read-only, commands come in the wrong order or at once. After
each the host is as before, and the answers are runc's: the same exit code, the same kind of message."""

import os
import signal
import subprocess
import time

from lib import hoststate
from lib.runtime import Runtime
from lib.suite import Suite

from .lifetime import created, running, status
from .survival import SCRIPT, cleaned, finished, guarded, kill_one, living, rounds

suite = Suite("faults")
CAPBOX = ("capbox", "runc leaves control groups and processes behind")


# --- SIGKILL at any moment ------------------------------------------------------------------------

def _cycle(t, directory, name):
    """A shell that takes a container through its life. It stands for a shim: the commands are its
    children, and the sentry falls to its parent."""
    commands = (("create", "--bundle", directory, name), ("start", name),
                ("exec", name, "/bin/ls", "/"), ("kill", name, "KILL"), ("delete", "--force", name))
    lines = [" ".join(t.runtime.command(*words)) + " < /dev/null > /dev/null 2>&1"
             for words in commands]
    return t.runtime.start_process(["sh", "-c", "\n".join([*lines, "true"])])


def _commands_end(t, what):
    """Commands whose shim was killed go on by themselves; they come to an end."""
    def none_left():
        hoststate.reap(set(t.runtime.children))
        return not [pid for pid, stat in living().items() if stat[0] == "capbox"]
    t.wait(none_left, f"the end of the commands; {what}; there are {living()}", 15)


@suite.case(only=CAPBOX, timeout=600)
def kill_during_the_whole_cycle(t):
    directory = t.bundle(t.shell(SCRIPT))
    before = t.snapshot()
    began = time.monotonic()
    finished(t, _cycle(t, directory, t.identifier()), "nothing was killed")
    longest = 1.1 * (time.monotonic() - began)
    t.equal(t.left_behind(before), [], "left behind by an undisturbed cycle")
    for _, what, dice in rounds(t, 100):
        def one():
            name, before = t.identifier(), t.snapshot()
            shim = _cycle(t, directory, name)
            time.sleep(dice.uniform(0, longest))
            victim = "killed " + kill_one(dice)[1]
            finished(t, shim, victim)
            _commands_end(t, victim)
            cleaned(t, name, before)
        guarded(t, what, one)


# --- a state root that cannot be written ----------------------------------------------------------

class _Root:
    """A small filesystem as state root of a runtime."""

    def __init__(self, t, options):
        self.t, self.path, self.covered = t, t.path("small"), False
        os.makedirs(self.path, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.path], check=True)
        self.runtime = Runtime(t.runtime.name, t.runtime.path, self.path)
        self.runtime.children = t.runtime.children

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in os.listdir(self.path):
            if os.path.isdir(os.path.join(self.path, name)):
                self.remount("rw")
                self.empty()
                self.runtime.delete(name, force=True)
        hoststate.reap(set(self.t.runtime.children))
        subprocess.run(["umount", "--lazy", self.path], check=True)

    def remount(self, option):
        """By a mount above it that is read-only: sentries have files of theirs mapped for writing."""
        if option == "rw" and self.covered:
            subprocess.run(["umount", self.path], check=True)
        elif option == "ro":
            subprocess.run(["mount", "--bind", self.path, self.path], check=True)
            subprocess.run(["mount", "-o", "remount,bind,ro", self.path], check=True)
        self.covered = option == "ro"

    def fill(self, leave=0):
        """Takes all space but `leave` pages."""
        free = os.statvfs(self.path).f_bavail
        with open(os.path.join(self.path, ".full"), "wb") as file:
            file.write(b"x" * (4096 * max(free - leave, 0)))

    def empty(self):
        if os.path.exists(os.path.join(self.path, ".full")):
            os.unlink(os.path.join(self.path, ".full"))


def _fails_cleanly(t, root, result, words, before):
    t.equal(result.status, 1, f"status: {result}")
    t.equal(len(result.stderr.splitlines()), 1, f"lines of {result.stderr!r}")
    t.match(result.stderr, words, "message")
    t.equal([n for n in os.listdir(root.path) if n != ".full"], [], "state")
    t.equal(t.left_behind(before), [], "left behind")


@suite.case(only=CAPBOX)
def create_on_a_full_disk(t):
    directory = t.bundle(t.shell("sleep 100"))
    outcomes = []
    for pages in (0, 1, 2, 3, 4, 10, 20, 24, 25, 26, 27, 28, 40):
        with _Root(t, "size=256k,nr_inodes=64,mode=711") as root:
            before, name = t.snapshot(), t.identifier()
            root.fill(pages)
            result = root.runtime.create(directory, name)
            outcomes.append(result.status)
            if result.status:
                _fails_cleanly(t, root, result, "No space left on device", before)
            else:
                t.equal(root.runtime.delete(name, force=True).status, 0, "delete --force")
    t.check(outcomes[0] == 1 and outcomes[-1] == 0, f"outcomes: {outcomes}")


@suite.case(only=CAPBOX)
def create_without_inodes(t):
    directory = t.bundle(t.shell("sleep 100"))
    outcomes = []
    for inodes in range(2, 11):
        with _Root(t, f"size=1m,nr_inodes={inodes},mode=711") as root:
            before, name = t.snapshot(), t.identifier()
            result = root.runtime.create(directory, name)
            outcomes.append(result.status)
            if result.status:
                _fails_cleanly(t, root, result, "No space left on device", before)
            else:
                t.equal(root.runtime.delete(name, force=True).status, 0, "delete --force")
    t.check(outcomes[0] == 1 and outcomes[-1] == 0, f"outcomes: {outcomes}")


@suite.case(only=CAPBOX)
def life_goes_on_on_a_full_disk(t):
    with _Root(t, "size=256k,mode=711") as root:
        name, runtime = t.identifier(), root.runtime
        t.equal(runtime.create(t.bundle(t.shell("sleep 100")), name).status, 0, "create")
        root.fill()
        for step in (runtime.start(name), runtime.call("exec", name, "/bin/true"),
                     runtime.call("pause", name), runtime.call("resume", name),
                     runtime.call("update", "--memory", "64M", name),
                     runtime.kill(name, "KILL")):
            t.equal(step.status, 0, repr(step))
        t.wait(lambda: hoststate.reap(set(t.runtime.children)) or
               runtime.state(name)["status"] == "stopped", "stopped")
        t.equal(runtime.delete(name).status, 0, "delete")


@suite.case(only=CAPBOX)
def run_and_files_on_a_full_disk(t):
    with _Root(t, "size=64k,mode=711") as root:
        name = t.identifier()
        directory = t.bundle(t.shell("sleep 100"))
        before = t.snapshot()
        root.fill()
        result = t.runtime.call("create", "--bundle", directory, "--pid-file", f"{root.path}/pid", name)
        t.check(result.status == 1 and "No space left" in result.stderr, repr(result))
        t.equal(t.left_behind(before), [], "after a pid file that could not be written")
        os.unlink(f"{root.path}/pid") if os.path.exists(f"{root.path}/pid") else None
        # A log that cannot be written is no reason to fail.
        result = t.runtime.call("run", "--bundle", t.bundle(t.shell("exit 7")), t.identifier(),
                                options=("--log", f"{root.path}/log", "--debug"))
        t.equal(result.status, 7, repr(result))
        os.unlink(f"{root.path}/log") if os.path.exists(f"{root.path}/log") else None


@suite.case(only=CAPBOX)
def a_read_only_state_root(t):
    with _Root(t, "size=1m,mode=711") as root:
        runtime, directory = root.runtime, t.bundle(t.shell("sleep 100"))
        name, second = t.identifier(), t.identifier()
        t.equal(runtime.create(directory, name).status, 0, "create")
        root.remount("ro")
        result = runtime.create(directory, second)
        t.equal(result.status, 1, repr(result))
        t.match(result.stderr, "Read-only file system", "create")
        t.equal(runtime.state(name)["status"], "created", "state")
        for step in (runtime.start(name), runtime.call("exec", name, "/bin/true"),
                     runtime.call("list")):
            t.equal(step.status, 0, repr(step))
        t.equal(runtime.kill(name, "KILL").status, 0, "kill")
        t.wait(lambda: hoststate.reap(set(t.runtime.children)) or
               runtime.state(name)["status"] == "stopped", "stopped")
        result = runtime.delete(name)
        t.equal(result.status, 1, repr(result))
        t.match(result.stderr, "Read-only file system", "delete")
        root.remount("rw")
        t.equal(runtime.delete(name).status, 0, "delete when it can be written again")


@suite.case(only=CAPBOX)
def a_state_root_below_a_file(t):
    with open(t.path("file"), "w", encoding="utf-8"):
        pass
    runtime = Runtime("capbox", t.runtime.path, t.path("file/state"))
    runtime.children = t.runtime.children
    for arguments in (("create", "--bundle", t.bundle(t.shell("true"))), ("state",), ("delete",)):
        result = runtime.call(*arguments, t.identifier())
        t.equal(result.status, 1, repr(result))
        t.match(result.stderr, "file/state.*Not a directory", "message")


# --- at once --------------------------------------------------------------------------------------

def _race(t, *commands):
    """Starts the commands together; their statuses and messages."""
    racers = [t.runtime.start_process(t.runtime.command(*c), stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=open(t.path(f"e{i}"), "wb"))
              for i, c in enumerate(commands)]
    statuses = [r.wait(20) for r in racers]
    texts = []
    for i, racer in enumerate(racers):
        t.runtime.finish(racer)
        with open(t.path(f"e{i}"), encoding="utf-8") as file:
            texts.append(file.read())
    return statuses, texts


@suite.case(only=CAPBOX)
def two_creates_of_one_identifier(t):
    directory = t.bundle(t.shell("sleep 100"))
    for _ in range(10):
        name = t.identifier()
        statuses, texts = _race(t, *[("create", "--bundle", directory, name)] * 2)
        t.equal(sorted(statuses), [0, 1], f"{texts}")
        t.match("".join(texts), f"container with id {name} already exists", "message")
        t.equal(status(t, name), "created", "state")
        t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case(only=CAPBOX)
def two_starts(t):
    for _ in range(10):
        name = created(t)
        statuses, texts = _race(t, ("start", name), ("start", name))
        t.equal(sorted(statuses), [0, 1], f"{texts}")
        t.match("".join(texts), "cannot start an already running container", "message")
        t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case(only=CAPBOX)
def two_deletes(t):
    for _ in range(10):
        name = running(t)
        statuses, texts = _race(t, *[("delete", "--force", name)] * 2)
        t.equal(statuses, [0, 0], f"{texts}")
        t.equal(t.runtime.state(name), None, "state")


@suite.case(only=CAPBOX)
def start_against_delete(t):
    for _ in range(10):
        before, name = t.snapshot(), created(t)
        statuses, texts = _race(t, ("start", name), ("delete", "--force", name))
        t.equal(statuses[1], 0, f"{texts}")
        t.equal(t.left_behind(before), [], "left behind")


@suite.case(only=CAPBOX)
def create_against_delete(t):
    """delete --force takes the half-made container away; the creation fails, or came first."""
    directory = t.bundle(t.shell("sleep 100"))
    for _ in range(20):
        before, name = t.snapshot(), t.identifier()
        statuses, texts = _race(t, ("create", "--bundle", directory, name),
                                ("delete", "--force", name))
        t.equal(statuses[1], 0, f"{texts}")
        if os.path.exists(os.path.join(t.runtime.root, name)):
            t.equal(t.runtime.delete(name, force=True).status, 0, "delete afterwards")
        t.equal(t.left_behind(before), [], "left behind")


# --- runc's answers -------------------------------------------------------------------------------

class _Pair:
    """Both runtimes, each with a state root of its own, asked the same."""

    def __init__(self, t):
        self.t = t
        self.runtimes = [t.runtime, Runtime("runc", root=t.path("runc"))]
        if not self.runtimes[1].available():
            t.skip("runc is missing")
        self.runtimes[1].children = t.runtime.children
        os.mkdir(self.runtimes[1].root)

    def same(self, words, *arguments, both_succeed=False):
        """Both answer alike: the exit status is the same, the words are in both messages."""
        results = [r.call(*arguments) for r in self.runtimes]
        hoststate.reap(set(self.t.runtime.children))
        what = f"{' '.join(arguments)}: {results}"
        self.t.equal(results[0].status, results[1].status, what)
        self.t.check(not both_succeed or results[0].status == 0, what)
        if words:
            self.t.check(results[0].status != 0, f"success: {what}")
            for result in results:
                self.t.match(result.stderr, words, what)

    def fine(self, *arguments):
        self.same(None, *arguments, both_succeed=True)

    def until(self, name, wanted):
        for runtime in self.runtimes:
            self.t.wait(lambda r=runtime: hoststate.reap(set(self.t.runtime.children)) or
                        r.state(name)["status"] == wanted, wanted)

    def remove(self, name):
        for runtime in self.runtimes:
            self.t.equal(runtime.delete(name, force=True).status, 0, "delete --force")


@suite.case(only="capbox", timeout=120)
def answers_about_nothing(t):
    pair = _Pair(t)
    for command in (["state"], ["start"], ["kill"], ["delete"], ["pause"], ["resume"], ["ps"],
                    ["events", "--stats"], ["update", "--memory", "64M"]):
        pair.same("does not exist", *command, "nothing")
    pair.same("does not exist", "exec", "nothing", "true")
    pair.fine("delete", "--force", "nothing")
    pair.same("no such file|No such file", "create", "--bundle", "/no/such/bundle", "nothing")
    pair.same("nosuch", "create", "--nosuch", "nothing")


@suite.case(only="capbox", timeout=120)
def answers_about_programs(t):
    pair = _Pair(t)
    sleeping = t.bundle(t.shell("sleep 100"))
    name = t.identifier()
    pair.fine("create", "--bundle", sleeping, name)
    pair.fine("start", name)
    for program, reason in (("/nope", "stat /nope: no such file or directory"),
                            ("nope", r"executable file not found in \$PATH"),
                            ("/etc/passwd", "permission denied")):
        words = rf'exec: \\?"{program}\\?": {reason}'  # quotes are escaped in runc's log
        directory = t.bundle(t.config(program))
        for command in ("create", "run"):
            pair.same(words, command, "--bundle", directory, t.identifier())
        pair.same("unable to start container process: " + words, "exec", name, program)
    pair.same("unable to start container process.*[Nn]o such file", "exec", "--cwd", "/nope", name,
              "true")
    pair.same("nobodyhere", "exec", "--user", "nobodyhere", name, "true")
    pair.same("NOSUCH", "kill", name, "NOSUCH")
    pair.remove(name)


@suite.case(only="capbox", timeout=120)
def answers_in_each_state(t):
    pair = _Pair(t)
    directory, name = t.bundle(t.shell("sleep 100")), t.identifier()
    pair.fine("create", "--bundle", directory, name)
    for command in ("create", "run"):
        pair.same("already exists", command, "--bundle", directory, name)
    pair.same("container not paused", "resume", name)
    pair.fine("exec", name, "true")
    pair.fine("delete", name)
    pair.fine("create", "--bundle", directory, name)
    pair.fine("start", name)
    pair.same("cannot start an already running container", "start", name)
    pair.same("cannot delete container .* that is not stopped: running", "delete", name)
    pair.same("container not paused", "resume", name)
    pair.fine("pause", name)
    pair.same("container not running", "pause", name)
    pair.same("cannot exec in a paused container", "exec", name, "true")
    pair.same("cannot start a container in the paused state", "start", name)
    pair.same("cannot delete container .* that is not stopped: paused", "delete", name)
    pair.fine("resume", name)
    pair.fine("kill", name, "KILL")
    pair.until(name, "stopped")
    for number in ("TERM", "KILL"):
        pair.same("container not running", "kill", name, number)
    pair.fine("kill", "--all", name, "TERM")
    pair.same("cannot start a container that has stopped", "start", name)
    pair.same("cannot exec in a stopped container", "exec", name, "true")
    pair.same("container not running", "pause", name)
    pair.same("container not paused", "resume", name)
    pair.same("is not running", "events", "--stats", name)
    pair.same("container not running", "update", "--memory", "64M", name)
    pair.fine("ps", name)
    pair.fine("delete", name)
    pair.same("does not exist", "delete", name)


@suite.case(only="capbox", timeout=60)
def exit_codes_of_the_program(t):
    pair = _Pair(t)
    for script in ("exit 0", "exit 1", "exit 42", "exit 127", "kill -KILL $$; sleep 1",
                   "sh -c 'kill -TERM $$'"):
        pair.same(None, "run", "--bundle", t.bundle(t.shell(script)), t.identifier())
    name = t.identifier()
    pair.fine("create", "--bundle", t.bundle(t.shell("sleep 100")), name)
    pair.fine("start", name)
    for script in ("exit 0", "exit 1", "exit 42", "exit 255", "kill -TERM $$", "kill -KILL $$"):
        pair.same(None, "exec", name, "/bin/sh", "-c", script)
    pair.remove(name)


@suite.case(only="capbox")
def a_killed_run_says_so(t):
    pair = _Pair(t)
    statuses = []
    for runtime in pair.runtimes:
        name = t.identifier()
        process = t.runtime.start_process(
            runtime.command("run", "--bundle", t.bundle(t.shell("sleep 100")), name))
        t.wait(lambda r=runtime, n=name: (r.state(n) or {}).get("status") == "running", "running")
        os.kill(process.pid, signal.SIGTERM)  # sleep as pid 1 takes none
        t.equal(runtime.kill(name, "KILL").status, 0, "kill")
        statuses.append(process.wait(10))
        t.runtime.finish(process)
    t.equal(statuses[0], statuses[1], "status of run")
