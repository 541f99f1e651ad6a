"""What a container may leave behind on its host: mounts, processes, control groups, network
namespaces, claims of host uids, files of the state directory. A snapshot is taken before and after; differences() names
what is new.

Processes: become_reaper() makes the test the reaper of all its descendants, so that no orphan can
hide: whatever a runtime leaves running has the test as its ancestor. Mounts and control groups are
seen by every process of the host; only those that carry the test's token (part of every container
id and of every path that the tests make) count, so that an unrelated change is not blamed on us."""

import ctypes
import os
import signal
import time

TOKEN = f"cbt{os.getpid()}"
_PR_SET_CHILD_SUBREAPER = 36


def become_reaper():
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def _stat(pid):
    """(comm, state, parent, start time) of a process, or None when it is gone."""
    text = _read(f"/proc/{pid}/stat")
    if ")" not in text:
        return None
    fields = text[text.rindex(")") + 2:].split()
    return text[text.index("(") + 1:text.rindex(")")], fields[0], int(fields[1]), int(fields[19])


def descendants(root=None):
    """{pid: (comm, state, parent, start time)} of everything below a process (this one)."""
    processes = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            stat = _stat(name)
            if stat:
                processes[int(name)] = stat
    found, frontier = {}, {root or os.getpid()}
    while frontier:
        frontier = {pid for pid, stat in processes.items() if stat[2] in frontier}
        found.update((pid, processes[pid]) for pid in frontier)
    return found


def guests(sentry):
    """The same of a container's processes: all below its sentry but the sentry's own helper."""
    return {pid: stat for pid, stat in descendants(sentry).items() if stat[0] != "capbox-nursery"}


def reap(keep=()):
    """Collects dead orphans that fell to us; children in `keep` are left to who started them."""
    for pid, (_, state, parent, _) in descendants().items():
        if state == "Z" and parent == os.getpid() and pid not in keep:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass


def end_descendants(keep=()):
    """Kills what is still running below us, so that the next case starts clean."""
    for _ in range(50):
        alive = [pid for pid in descendants() if pid not in keep]
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        reap(keep)
        if not alive:
            return
        time.sleep(0.02)


def _mounts():
    return {line.split(" ", 2)[2] for line in _read("/proc/self/mountinfo").splitlines()
            if TOKEN in line}


def cgroup_mounts():
    """{mount point: kind}; kind is "cgroup2" or the v1 controllers as the mount names them."""
    mounts = {}
    for line in _read("/proc/self/mountinfo").splitlines():
        left, right = line.split(" - ", 1)
        if right.startswith("cgroup"):
            mounts[left.split()[4]] = right.split()[0]
    return mounts


def cgroups(token=TOKEN):
    """Every control group whose path carries the token."""
    found = set()
    for top in cgroup_mounts():
        for directory, names, _ in os.walk(top):
            found.update(os.path.join(directory, n) for n in names
                         if token in os.path.join(directory, n))
    return found


CLAIMS = "/run/capbox-uids"  # host uids of running containers: links to their state directories


def _claims():
    try:
        links = [os.path.join(CLAIMS, name) for name in os.listdir(CLAIMS)]
    except FileNotFoundError:
        return set()
    found = set()
    for link in links:
        try:
            target = os.readlink(link)
        except OSError:  # another container's, just given back
            continue
        if TOKEN in target:
            found.add(f"{link} for {target}")
    return found


def _tree(top):
    return {os.path.join(d, n) for d, dirs, files in os.walk(top) for n in dirs + files}


class Snapshot:
    def __init__(self, state_roots=(), keep=()):
        reap(keep)
        self.sets = {
            "mount": _mounts(),
            "process": {f"{pid} {stat[0]} ({stat[1]})" for pid, stat in descendants().items()
                        if pid not in keep},
            "control group": cgroups(),
            "network namespace": set(os.listdir("/run/netns")) if os.path.isdir("/run/netns")
                                 else set(),
            "claim of a uid": _claims(),
            "state": set().union(*(_tree(r) for r in state_roots)) if state_roots else set(),
        }

    def left_since(self, before):
        return [f"{kind} left behind: {item}" for kind, items in self.sets.items()
                for item in sorted(items - before.sets[kind])]


def differences(before, state_roots=(), keep=(), patience=2.0):
    """What is new since `before`; waits a moment for processes that are on their way out."""
    deadline = time.monotonic() + patience
    while True:
        left = Snapshot(state_roots, keep).left_since(before)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.02)
