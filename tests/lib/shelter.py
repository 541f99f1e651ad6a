"""A place to run containers in that leaves nothing behind, however the program that uses it ends.

enter(name) goes on in a child process, in pid, mount, network, ipc and uts namespaces of its own:
when the caller's process dies, of SIGKILL too, the kernel ends every process that was started and
undoes every mount. The caller's process only waits, and exits with the child's status. What
namespaces do not undo (control groups, files, claims of host uids) is removed by the *sweeper*, a
small process that waits for both to be gone; and, should the sweeper be killed as well, by the next
program that enters.

    shelter = enter("bench")        # as root, before any thread or child is started
    shelter.directory               # a private folder on disk, removed in the end
    root = shelter.overlay(rootfs)  # a writable view of a root filesystem, sharing its page cache
    shelter.drop(root)              # done with it
    shelter.processes()             # everything that runs in it, orphans too

Everything made in it should carry shelter.token in its name: control groups are found by it.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

if __name__ == "__main__":  # as the sweeper
    sys.dont_write_bytecode = True
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import hoststate  # noqa: E402

PARENT = "/var/tmp"  # on disk, and short: sockets' paths lie below
PREFIX = "capbox-"
_PR_SET_PDEATHSIG = 1
_CLONE_NEWNS, _CLONE_NEWUTS, _CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
_CLONE_NEWPID, _CLONE_NEWNET = 0x20000000, 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def detach(target):
    """Takes a mount away, and all below it, also one that is still in use."""
    _check(_libc.umount2(os.fsencode(target), 2), f"umount {target}")  # MNT_DETACH


class Shelter:
    def __init__(self, token):
        self.token, self.directory = token, os.path.join(PARENT, PREFIX + token)
        self._number = 0

    def folder(self, name, mode=0o755):
        """A new folder in the shelter, with a name of its own."""
        self._number += 1
        path = os.path.join(self.directory, f"{name}{self._number}")
        os.mkdir(path)
        os.chmod(path, mode)
        return path

    def overlay(self, rootfs):
        """Mounts a writable view of `rootfs` (a directory); its changes lie on disk."""
        top = self.folder("o")
        for name in ("u", "w", "r"):
            os.mkdir(os.path.join(top, name))
            os.chmod(os.path.join(top, name), 0o755)
        root = os.path.join(top, "r")
        subprocess.run(["mount", "-t", "overlay", "-o",
                        f"lowerdir={rootfs},upperdir={top}/u,workdir={top}/w", "overlay", root],
                       check=True)
        return root

    @staticmethod
    def processes(keep=()):
        """The pids of all processes in the shelter but pid 1, this one and those in `keep`."""
        return [pid for pid in hoststate.descendants(1) if pid not in keep and pid != os.getpid()]

    def end_processes(self, keep=()):
        """Kills them, and waits until they are gone."""
        for _ in range(500):
            left = self.processes(keep)
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if not left:
                return
            time.sleep(0.01)

    @staticmethod
    def drop(root):
        """Undoes overlay()."""
        detach(root)
        shutil.rmtree(os.path.dirname(root), ignore_errors=True)


def _loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        up = struct.pack("16sh14x", b"lo", 1)  # struct ifreq with IFF_UP; 0x8914 is SIOCSIFFLAGS
        fcntl.ioctl(s, 0x8914, up.ljust(40, b"\0"))


def _one_cgroup_version():
    """On a hybrid host (v1 with v2 beside it) only v1 is left to be seen: crun makes no control
    groups where both are, and a runtime that makes none would have an easier task."""
    mounts = hoststate.cgroup_mounts()
    if set(mounts.values()) == {"cgroup", "cgroup2"}:
        for target, kind in mounts.items():
            if kind == "cgroup2":
                subprocess.run(["umount", target], check=True)


def _settle():
    """In pid 1: namespaces of its own, with a /proc that fits and a loopback that is up."""
    _check(_libc.unshare(_CLONE_NEWNS | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUTS), "unshare")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True)
    _loopback_up()
    _one_cgroup_version()


def _remove_cgroups(token):
    """Deepest first. A group is busy as long as the kernel has not buried its last process."""
    for _ in range(100):
        left = sorted(hoststate.cgroups(token), key=len, reverse=True)
        for group in left:
            try:
                os.rmdir(group)
            except OSError:
                pass
        if not left:
            return
        time.sleep(0.1)


def sweep(token):
    """Removes what a shelter that is no more has left."""
    directory = os.path.join(PARENT, PREFIX + token)
    _remove_cgroups(token)
    if os.path.isdir(hoststate.CLAIMS):
        for name in os.listdir(hoststate.CLAIMS):
            link = os.path.join(hoststate.CLAIMS, name)
            try:
                if os.readlink(link).startswith(directory + "/"):
                    os.unlink(link)
            except OSError:  # given back meanwhile
                pass
    for _ in range(50):  # a dying process may still be writing
        shutil.rmtree(directory, ignore_errors=True)
        if not os.path.exists(directory):
            return
        time.sleep(0.1)


def remains(token, patience=30.0):
    """For tests, after the end of a program that had entered as their child: what is still there
    of the shelters whose token begins so, when the sweeper has had its time."""
    deadline = time.monotonic() + patience
    while True:
        left = sorted(hoststate.cgroups(token))
        left += [n for n in os.listdir(PARENT) if n.startswith(PREFIX + token)]
        for name in os.listdir(hoststate.CLAIMS) if os.path.isdir(hoststate.CLAIMS) else []:
            try:
                if token in os.readlink(os.path.join(hoststate.CLAIMS, name)):
                    left.append(f"claim {name}")
            except OSError:  # another container's, given back meanwhile
                pass
        left += [f"process {pid}" for pid in hoststate.descendants()]
        if not left or time.monotonic() > deadline:
            return left
        hoststate.reap()
        time.sleep(0.1)


def _locked(directory):
    """A descriptor that holds the directory's lock, or None while somebody else does."""
    try:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return fd
    except OSError:
        os.close(fd)
        return None


def _sweep_stale(kind):
    """What is left of earlier runs whose sweeper was killed too: nobody holds the lock."""
    for name in os.listdir(PARENT):
        path = os.path.join(PARENT, name)
        if name.startswith(PREFIX + kind) and os.lstat(path).st_uid == os.geteuid():
            fd = _locked(path)
            if fd is not None:
                sweep(name[len(PREFIX):])
                os.close(fd)


def _start_sweeper(token, lock):
    """Returns the descriptor whose last copy, when closed, sets the sweeper to work."""
    reading, writing = os.pipe()
    subprocess.Popen([sys.executable, os.path.abspath(__file__), token], stdin=reading,
                     stdout=subprocess.DEVNULL, pass_fds=[lock], start_new_session=True, cwd="/")
    os.close(reading)
    return writing


def _attend(child):
    """Until the child ends: signals go to it, orphans are buried; its status becomes ours."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: os.kill(child, signal.SIGTERM))
    while True:
        pid, status = os.wait()
        if pid == child:
            status = os.waitstatus_to_exitcode(status)
            os._exit(status if status >= 0 else 128 - status)


def _fork():
    """Goes on in a child that dies with its parent; the parent attends to it and never returns."""
    sys.stdout.flush()
    parent = os.getpid()
    child = os.fork()
    if child:
        _attend(child)
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
    if os.getppid() not in (parent, 0):  # 0: the parent is outside our pid namespace
        os._exit(1)


def enter(kind):
    """Goes on in the shelter; the caller's own process waits for that and never returns. `kind` (a
    short word) is the beginning of the token. A SIGTERM or Ctrl-C becomes SystemExit."""
    _sweep_stale(kind)
    token = f"{kind}{os.getpid()}x{int(time.time()) % 100000}"
    shelter = Shelter(token)
    os.mkdir(shelter.directory)
    os.chmod(shelter.directory, 0o755)
    lock = _locked(shelter.directory)
    shelter.end = _start_sweeper(token, lock)  # closed by the death of all of us, and only by it
    os.close(lock)
    _check(_libc.unshare(_CLONE_NEWPID), "unshare")
    _fork()  # pid 1: all it does is to bury orphans, which runtimes wait for
    _settle()
    _fork()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's reaches all; pid 1 tells us
    return shelter


def _sweeper(token):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.read(0, 1)  # the end of both processes; nothing is ever written
    sweep(token)


if __name__ == "__main__":
    _sweeper(sys.argv[1])
