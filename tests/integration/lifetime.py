"""The life of a container: created, running, stopped, gone; exit statuses; signals; and that it ends
with its pid 1, however many processes it has made."""

import os
import signal
import time

from lib import hoststate
from lib.suite import Suite

suite = Suite("lifetime")


def created(t, script="sleep 100", *arguments, **keywords):
    """A container in state created; returns its id."""
    name = t.identifier()
    result = t.runtime.create(t.bundle(t.shell(script)), name, *arguments, **keywords)
    t.equal(result.status, 0, f"create: {result}")
    return name


def running(t, script="sleep 100", **keywords):
    name = created(t, script, **keywords)
    result = t.runtime.start(name)
    t.equal(result.status, 0, f"start: {result}")
    return name


def status(t, name):
    hoststate.reap(set(t.runtime.children))
    state = t.runtime.state(name)
    return state and state["status"]


def stopped(t, name, seconds=10.0):
    t.wait(lambda: status(t, name) == "stopped", f"{name} stopped", seconds)


@suite.case
def exit_statuses(t):
    for number in (0, 1, 42, 127, 255):
        t.equal(t.sh(f"exit {number}").status, number, "exit status of run")


@suite.case
def death_of_a_child_by_signal(t):
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT):
        t.equal(t.sh(f"sh -c 'kill -{int(number)} $$'; exit $?").status, 128 + number, "status")


@suite.case
def run_reports_a_kill(t):
    name = t.identifier()
    process = t.runtime.start_process(
        t.runtime.command("run", "--bundle", t.bundle(t.shell("sleep 100")), name))
    t.wait(lambda: status(t, name) == "running", "running")
    t.equal(t.runtime.kill(name, "KILL").status, 0, "kill")
    t.equal(process.wait(10), 128 + signal.SIGKILL, "status of run")
    t.runtime.finish(process)


@suite.case
def run_forwards_signals(t):
    ready = t.path("ready")
    script = "trap 'echo caught; exit 5' TERM; echo ready; while :; do sleep 0.1; done"
    with open(ready, "w", encoding="utf-8") as out:
        process = t.runtime.start_process(
            t.runtime.command("run", "--bundle", t.bundle(t.shell(script)), t.identifier()),
            stdout=out)
    t.wait(lambda: os.path.getsize(ready), "ready")
    process.send_signal(signal.SIGTERM)
    t.equal(process.wait(10), 5, "status")
    t.runtime.finish(process)
    with open(ready, encoding="utf-8") as out:
        t.equal(out.read(), "ready\ncaught\n", "output")


@suite.case
def standard_input_and_output(t):
    result = t.sh("cat; echo error >&2", stdin=b"one\ntwo\n" * 20000)
    t.equal(len(result.stdout), 160000, "bytes through stdin and stdout")
    t.equal(result.stderr, "error\n", "stderr")


@suite.case
def states(t):
    name = created(t)
    t.equal(status(t, name), "created", "after create")
    t.equal(t.runtime.start(name).status, 0, "start")
    t.equal(status(t, name), "running", "after start")
    t.equal(t.runtime.kill(name, "KILL").status, 0, "kill")
    stopped(t, name)
    t.equal(t.runtime.delete(name).status, 0, "delete")
    t.equal(status(t, name), None, "after delete")


@suite.case
def the_program_waits_for_start(t):
    marker = t.path("mark")
    os.mkdir(marker)
    configuration = t.shell("echo started > /tmp/started; sleep 100")
    configuration["mounts"].append({"destination": "/tmp", "type": "bind", "source": marker,
                                    "options": ["bind"]})
    name = t.identifier()
    t.equal(t.runtime.create(t.bundle(configuration), name).status, 0, "create")
    time.sleep(0.3)
    t.equal(os.listdir(marker), [], "before start")
    t.equal(t.runtime.start(name).status, 0, "start")
    t.wait(lambda: os.listdir(marker), "the program's file")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def wrong_order(t):
    name = running(t)
    t.check(t.runtime.start(name).status != 0, "started twice")
    t.check(t.runtime.delete(name).status != 0, "deleted while running")
    t.equal(status(t, name), "running", "afterwards")
    t.equal(t.runtime.kill(name, "KILL").status, 0, "kill")
    stopped(t, name)
    t.check(t.runtime.start(name).status != 0, "started after the end")
    t.check(t.runtime.kill(name, "TERM").status != 0, "killed after the end")
    t.equal(t.runtime.delete(name).status, 0, "delete")
    t.check(t.runtime.delete(name).status != 0, "deleted twice")


@suite.case
def delete_before_start(t):
    # The specification wants `stopped` for delete; runc and others also take `created`.
    name = created(t)
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete --force")


@suite.case
def kill_takes_names_and_numbers(t):
    log = t.path("log")
    script = ("trap 'echo hup' HUP; trap 'echo usr1' USR1; trap 'echo term' TERM; echo ready\n"
              "while :; do sleep 0.05; done")
    with open(log, "w", encoding="utf-8"):
        pass
    configuration = t.shell(f"exec > /log; {script}")
    configuration["mounts"].append({"destination": "/log", "type": "bind", "source": log,
                                    "options": ["bind"]})
    name = t.identifier()
    t.equal(t.runtime.create(t.bundle(configuration), name).status, 0, "create")
    t.equal(t.runtime.start(name).status, 0, "start")

    def said(text):
        with open(log, encoding="utf-8") as file:
            return text in file.read()

    t.wait(lambda: said("ready"), "ready")
    for argument, word in (("HUP", "hup"), ("SIGUSR1", "usr1"), ("15", "term")):
        t.equal(t.runtime.kill(name, argument).status, 0, f"kill {argument}")
        t.wait(lambda w=word: said(w), f"the handler of {argument}")
        with open(log, "w", encoding="utf-8"):
            pass
    t.equal(t.runtime.kill(name).status, 0, "kill without a signal sends TERM")
    t.wait(lambda: said("term"), "the handler of TERM")
    for argument in ("NOSUCH", "999", "-1", "12x"):
        t.check(t.runtime.call("kill", "--", name, argument).status != 0, f"kill took {argument}")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def kill_before_start(t):
    name = created(t)
    t.equal(t.runtime.kill(name, "KILL").status, 0, "kill")
    stopped(t, name)
    t.equal(t.runtime.delete(name).status, 0, "delete")


@suite.case
def ends_with_pid_1(t):
    # Children in the background, in sessions of their own, deaf to every signal, and stopped.
    result = t.sh("for i in 1 2 3; do sleep 1000 & setsid sleep 1000 & done\n"
                  "sh -c 'trap \"\" HUP INT TERM; while :; do sleep 1; done' &\n"
                  "sleep 1000 & kill -STOP $!\n"
                  "exec 0<&- ; exit 3", stdin=b"")
    t.equal(result.status, 3, "status")


@suite.case
def a_fork_tree_ends_too(t):
    result = t.sh("""
tree() { [ $1 -eq 0 ] && exec sleep 1000; tree $(($1 - 1)) & tree $(($1 - 1)) & wait; }
tree 5 & sleep 0.5; ps | wc -l | { read n; [ $n -gt 30 ] && echo many; }; exit 0""")
    t.equal((result.status, result.stdout), (0, "many\n"), "tree")


@suite.case
def orphans_fall_to_pid_1(t):
    lines = t.lines("sh -c 'sh -c \"sleep 0.3; awk {print\\\\ \\\\\\$4} /proc/\\$\\$/stat\" &'; sleep 0.8")
    t.equal(lines, ["1"], "parent of an orphan")


@suite.case
def ends_on_its_own(t):
    name = running(t, "exit 9")
    stopped(t, name)
    t.equal(t.runtime.delete(name).status, 0, "delete")


@suite.case
def pid_file(t):
    file = t.path("pid")
    name = created(t, "sleep 100", "--pid-file", file)
    with open(file, encoding="utf-8") as text:
        content = text.read()
    t.equal(int(content), t.runtime.state(name)["pid"], "pid")
    t.check(content == content.strip(), "the pid file has more than a number")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def many_at_once(t):
    names = [running(t) for _ in range(12)]
    pids = {t.runtime.state(n)["pid"] for n in names}
    t.equal(len(pids), 12, "different pids")
    for name in names:
        t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def containers_have_users_of_their_own(t):
    if t.runtime.name != "capbox":
        t.skip("runc containers share their users")
    names = [running(t) for _ in range(3)]
    users = set()
    for name in names:
        guests = hoststate.guests(t.runtime.state(name)["pid"])
        t.check(guests, "no guest")
        for pid in guests:
            users.add((name, os.stat(f"/proc/{pid}").st_uid))
    t.equal(len({uid for _, uid in users}), 3, f"different host users: {users}")
    t.check(all(uid >= 65536 for _, uid in users), f"users of the host: {users}")
    for name in names:
        t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def identifier_is_free_again(t):
    directory, name = t.bundle(t.shell("echo once more")), t.identifier()
    for _ in range(5):
        t.equal(t.runtime.run(directory, name).stdout, "once more\n", "run")


@suite.case(only=("capbox", "two creates of one id can both succeed with runc"))
def concurrent_creates_of_one_identifier(t):
    directory, name = t.bundle(t.shell("sleep 100")), t.identifier()
    with open(os.devnull, "r+b") as null:
        racers = [t.runtime.start_process(t.runtime.command("create", "--bundle", directory, name),
                                          stdin=null, stdout=null, stderr=null) for _ in range(6)]
    results = [r.wait(20) for r in racers]
    for racer in racers:
        t.runtime.finish(racer)
    t.equal(results.count(0), 1, f"creates that succeeded, of {results}")
    t.equal(status(t, name), "created", "state")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")
