"""SIGKILL to one process, at any moment: whichever it hits (the runtime, the sentry, a guest) and
whatever was going on (create, start, kill, delete, run), `delete --force` must clean everything,
and until then `state` must tell something true."""

import os
import random
import signal
import subprocess
import time

from lib import hoststate
from lib.runtime import Timeout
from lib.suite import Failure, Suite

suite = Suite("survival")
CAPBOX = ("capbox", "runc leaves control groups and processes when its create is killed")
SCRIPT = "sleep 100 & (sleep 100; sleep 100) & while :; do ls -l / /proc > /dev/null; sh -c :; done"


def rounds(t, number):
    """Random generators, one a round; the seed is in what a failure says."""
    seed = t.settings.seed
    for i in range(number // 4 if t.settings.quick else number):
        yield i, f"round {i}, seed {seed}", random.Random(f"{seed} {t.name} {i}")


def guarded(t, what, action):
    """Runs action(); puts `what` in front of what a failure says."""
    try:
        action()
    except (Failure, Timeout) as failure:
        raise Failure(f"{what}: {failure}") from failure


def living():
    """{pid: (comm, state, parent, start time)} of the runtime's and the containers' processes."""
    return {pid: stat for pid, stat in hoststate.descendants().items() if stat[1] != "Z"}


def kill_one(dice):
    """Kills one of them; returns its pid and what it was called, for a failure's message."""
    victims = living()
    for pid in dice.sample(sorted(victims), len(victims)):
        try:
            os.kill(pid, signal.SIGKILL)
            return pid, f"{pid} {victims[pid][0]} of {sorted(victims)}"
        except ProcessLookupError:
            pass
    return None, "none"


def finished(t, process, what, seconds=15):
    """Waits for a command of the runtime, which must not hang because something was killed."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise Failure(f"{' '.join(process.args[3:])} hangs; {what}; there are "
                      f"{ {p: s[:3] for p, s in living().items()} }") from None
    finally:
        process.kill()
        process.wait()
        t.runtime.finish(process)


def cleaned(t, name, before):
    state = t.runtime.call("state", name)
    t.check(state.status == 0 or state.stderr, f"state says nothing: {state}")
    result = t.runtime.delete(name, force=True, timeout=20)
    t.equal(result.status, 0, f"delete --force: {result}")
    t.equal(t.left_behind(before), [], "left behind")


def interrupted(t, dice, command, longest):
    """Starts a runtime command, kills one random process after a random time, waits for the end."""
    with open(os.devnull, "r+b") as null:
        process = t.runtime.start_process(t.runtime.command(*command), stdin=null, stdout=null,
                                          stderr=null)
    time.sleep(dice.uniform(0, longest))
    finished(t, process, "killed " + kill_one(dice)[1])


def duration(t, *command):
    began = time.monotonic()
    result = t.runtime.call(*command)
    t.equal(result.status, 0, f"{command}: {result}")
    return time.monotonic() - began


@suite.case(only=CAPBOX, timeout=300)
def kill_during_create(t):
    directory = t.bundle(t.shell(SCRIPT))
    name = t.identifier()
    longest = 1.3 * duration(t, "create", "--bundle", directory, name)
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")
    for _, what, dice in rounds(t, 60):
        def one():
            name, before = t.identifier(), t.snapshot()
            interrupted(t, dice, ("create", "--bundle", directory, name), longest)
            cleaned(t, name, before)
        guarded(t, what, one)


@suite.case(only=CAPBOX, timeout=300)
def kill_during_start(t):
    directory = t.bundle(t.shell(SCRIPT))
    for _, what, dice in rounds(t, 40):
        def one():
            name, before = t.identifier(), t.snapshot()
            t.equal(t.runtime.create(directory, name).status, 0, "create")
            interrupted(t, dice, ("start", name), 0.01)
            cleaned(t, name, before)
        guarded(t, what, one)


@suite.case(only=CAPBOX, timeout=300)
def kill_while_running(t):
    directory = t.bundle(t.shell(SCRIPT))
    for _, what, dice in rounds(t, 40):
        def one():
            name, before = t.identifier(), t.snapshot()
            t.equal(t.runtime.create(directory, name).status, 0, "create")
            t.equal(t.runtime.start(name).status, 0, "start")
            time.sleep(dice.uniform(0, 0.05))
            kill_one(dice)
            cleaned(t, name, before)
        guarded(t, what, one)


@suite.case(only=CAPBOX, timeout=300)
def kill_during_kill_and_delete(t):
    directory = t.bundle(t.shell(SCRIPT))
    for i, what, dice in rounds(t, 40):
        def one():
            name, before = t.identifier(), t.snapshot()
            t.equal(t.runtime.create(directory, name).status, 0, "create")
            t.equal(t.runtime.start(name).status, 0, "start")
            command = ("kill", name, "KILL") if i % 2 else ("delete", "--force", name)
            interrupted(t, dice, command, 0.02)
            cleaned(t, name, before)
        guarded(t, what, one)


@suite.case(only=CAPBOX, timeout=300)
def kill_during_run(t):
    directory = t.bundle(t.shell(SCRIPT))
    for _, what, dice in rounds(t, 40):
        def one():
            name, before = t.identifier(), t.snapshot()
            with open(os.devnull, "r+b") as null:
                process = t.runtime.start_process(
                    t.runtime.command("run", "--bundle", directory, name), stdin=null,
                    stdout=null, stderr=null)
            time.sleep(dice.uniform(0, 0.06))
            hit, _ = kill_one(dice)
            if hit != process.pid and dice.random() < 0.5:
                time.sleep(0.02)
            cleaned(t, name, before)
            process.kill()
            process.wait()
            t.runtime.finish(process)
            t.runtime.delete(name, force=True, timeout=20)
            t.equal(t.left_behind(before), [], "left behind")
        guarded(t, what, one)


@suite.case(only=CAPBOX)
def the_sentrys_death_ends_the_guests(t):
    name = t.identifier()
    t.equal(t.runtime.create(t.bundle(t.shell(SCRIPT)), name).status, 0, "create")
    t.equal(t.runtime.start(name).status, 0, "start")
    time.sleep(0.2)
    sentry = t.runtime.state(name)["pid"]
    guests = hoststate.descendants(sentry)
    t.check(len(guests) >= 3, f"guests: {guests}")
    os.kill(sentry, signal.SIGKILL)

    def gone():
        hoststate.reap(set(t.runtime.children))
        return not [p for p in guests if os.path.exists(f"/proc/{p}")]
    t.wait(gone, "the guests' end", 5)
    t.equal(t.runtime.state(name)["status"], "stopped", "status")
    t.equal(t.runtime.delete(name).status, 0, "delete")


@suite.case(only=CAPBOX)
def a_guests_death_is_its_own_affair(t):
    ready = t.path("ready")
    script = "sleep 1000 & echo child > /ready; wait $!; exit $?"
    with open(ready, "w", encoding="utf-8"):
        pass
    configuration = t.shell(script)
    configuration["mounts"].append({"destination": "/ready", "type": "bind", "source": ready,
                                    "options": ["bind"]})
    name = t.identifier()
    process = t.runtime.start_process(
        t.runtime.command("run", "--bundle", t.bundle(configuration), name))
    t.wait(lambda: os.path.getsize(ready), "ready")

    def sleeper():
        return [p for p, stat in hoststate.descendants(process.pid).items()
                if stat[0] == "sleep" and stat[1] != "Z"]
    for pid in t.wait(sleeper, "the child"):
        os.kill(pid, signal.SIGKILL)
    t.equal(process.wait(10), 128 + signal.SIGKILL, "status")
    t.runtime.finish(process)
