"""Attacks that are started one by one: every ATTACK and RACE of the C programs here is a case. The
host has made something worth attacking for each, and looks at all of it afterwards: a directory
in which everybody may do everything, a process, sockets, shared memory, its own settings."""

import ctypes
import os
import re
import signal
import socket
import stat
import subprocess

from lib import bundle, hoststate
from lib.suite import Suite

from . import attacks

HERE = os.path.dirname(os.path.abspath(__file__))
SETTINGS = [
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/domainname", "/proc/sys/kernel/sysrq", "/proc/sys/kernel/panic",
    "/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max", "/proc/sys/vm/panic_on_oom",
    "/proc/sys/vm/overcommit_memory", "/proc/sys/fs/suid_dumpable", "/proc/sys/fs/file-max",
    "/proc/sys/kernel/randomize_va_space", "/sys/kernel/uevent_helper", "/proc/swaps",
    "/sys/kernel/mm/transparent_hugepage/enabled", "/proc/sys/net/ipv4/ip_forward"]
ALL_CAPABILITIES = ["CAP_" + name for name in (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE "
    "NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO "
    "SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME "
    "SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG "
    "WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE").split()]
PRIVILEGED = {"kernel", "sockets"}  # programs that run with all of them
# For these the volume's socket is open.
OPENED = {"credentials_for_a_socket_of_the_host"}
USER = 1000  # whom the attacks become
IPC_CREAT, IPC_RMID = 0o1000, 0

suite = Suite("attack")


def content(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        return error.errno


def description(path):
    """All that an attacker could change of a file."""
    st = os.lstat(path)
    attributes = {name: os.getxattr(path, name, follow_symlinks=False)
                  for name in os.listxattr(path, follow_symlinks=False)}
    data = content(path) if stat.S_ISREG(st.st_mode) else None
    return (st.st_mode, st.st_uid, st.st_gid, st.st_nlink, st.st_rdev, st.st_mtime_ns, st.st_size,
            attributes, data)


def tree(directory):
    paths = [directory]
    for base, directories, files in os.walk(directory):
        paths += [os.path.join(base, name) for name in directories + files]
    return {path: description(path) for path in paths}


class Witnesses:
    """What the host has, and whether anything has happened to it."""

    def __init__(self, t):
        self.t, self.secret = t, f"secret-{os.urandom(8).hex()}"
        self.directory = self.folder("host", mode=0o777)
        for name in ("secret", "program", "file"):
            self.file(self.directory, name)
        with open(os.path.join(self.directory, "program"), "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexit 77\n")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(os.path.join(self.directory, "socket"))
        os.chmod(os.path.join(self.directory, "socket"), 0o777)
        self.abstract = f"{hoststate.TOKEN}-{os.urandom(4).hex()}"
        self.listeners = [self.listener, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
                          socket.socket(socket.AF_INET, socket.SOCK_STREAM)]
        self.listeners[1].bind("\0" + self.abstract)
        self.listeners[2].bind(("0.0.0.0", 0))
        self.port = self.listeners[2].getsockname()[1]
        for each in self.listeners:
            each.listen()
            each.setblocking(False)
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind(("0.0.0.0", self.port))
        self.datagrams.setblocking(False)
        # In this session and group of processes, so that signals to those would be seen too.
        self.process = t.runtime.start_process(["sleep", "1000"])
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.key = int.from_bytes(os.urandom(3), "big")
        self.shm = self.libc.shmget(self.key, 4096, IPC_CREAT | 0o666)
        self.volume, self.moved = self.folder("volume"), self.folder("volume", "y")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(os.path.join(self.volume, "socket"))
        os.chmod(os.path.join(self.volume, "socket"), 0o777)
        self.socket.listen()
        self.socket.setblocking(False)
        self.readonly = self.folder("readonly")
        self.file(self.readonly, "secret")
        self.input, self.error = self.file(t.path(), "input"), self.file(t.path(), "error")
        os.chmod(self.input, 0o644)

    def folder(self, *names, mode=0o777):
        path = self.t.path(*names)
        os.mkdir(path)
        os.chmod(path, mode)
        return path

    def file(self, directory, name):
        path = os.path.join(directory, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(self.secret + "\n" + "x" * 100)
        os.chmod(path, 0o777)
        try:
            os.setxattr(path, "user.witness", b"here")
        except OSError:  # the file system has none
            pass
        return path

    def environment(self, seconds):
        address = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False)
        return [f"HOST_DIR={self.directory}", f"SECRET={self.secret}", f"ABSTRACT={self.abstract}",
                f"HOST_PID={self.process.pid}", f"TCP_PORT={self.port}", f"SHM_ID={self.shm}",
                f"SHM_KEY={self.key}", f"SECONDS={seconds}",
                f"HOST_ADDRESS={(address.stdout.split() or ['127.0.0.2'])[0]}"]

    def state(self):
        pid = self.process.pid
        limits = {name: content(f"/proc/{pid}/{name}") for name in ("limits", "oom_score_adj")}
        return {
            "host directory": tree(self.directory), "read-only directory": tree(self.readonly),
            "standard input": description(self.input),
            "standard error": description(self.error)[:3], "process": self.process.poll(),
            "limits": limits, "nice": os.getpriority(os.PRIO_PROCESS, pid),
            "affinity": os.sched_getaffinity(pid), "settings": {p: content(p) for p in SETTINGS},
            "host": attacks.host_state(),
            "shared memory": [line for line in content("/proc/sysvipc/shm").decode().splitlines()
                              if line.split()[1] == str(self.shm)]}

    def unvisited(self):
        """Nobody has connected to, or sent to, what the host alone can name."""
        for each in self.listeners:
            try:
                each.accept()
                return f"a connection to {each.getsockname()}"
            except BlockingIOError:
                pass
        try:
            return f"received {self.datagrams.recv(100)!r}"
        except BlockingIOError:
            return None

    def visitor(self):
        """The user that a connection to the volume's socket comes from, or None."""
        try:
            connection, _ = self.socket.accept()
        except BlockingIOError:
            return None
        with connection:
            peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            return int.from_bytes(peer[4:8], "little")

    def release(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.t.runtime.finish(self.process)
        self.libc.shmctl(self.shm, IPC_RMID, None)
        for each in [*self.listeners, self.datagrams, self.socket]:
            each.close()


def run_attack(t, program, name):
    root = t.own_rootfs()
    attacks.program(t, root, program)
    for directory in ("vol", "inner", "readonly"):
        os.mkdir(os.path.join(root, directory))
    w = Witnesses(t)
    try:
        c = attacks.configuration(t, root, f"/{program}", name)
        c["process"]["env"] += w.environment(0.2 if t.settings.quick else 2)
        if name in OPENED:
            c.setdefault("annotations", {})["dev.capbox.host-uds"] = "open"
        c["mounts"] += [bundle.bind("/vol", w.volume, "rw"), bundle.bind("/inner", w.moved, "rw"),
                        bundle.bind("/readonly", w.readonly, "ro")]
        if program in PRIVILEGED:
            for which in c["process"]["capabilities"]:
                c["process"]["capabilities"][which] = list(ALL_CAPABILITIES)
        before = w.state()
        with (open(w.input, "rb") as stdin, open(t.path("out"), "w+b") as out,
              open(w.error, "ab") as stderr):
            process = t.runtime.start_process(
                t.runtime.command("run", "--bundle", t.bundle(c), t.identifier()), stdin=stdin,
                stdout=out, stderr=stderr)
            status = process.wait(timeout=100)
            t.runtime.finish(process)
            out.seek(0)
            said = out.read().decode(errors="replace")[-3000:]
        with open(w.error, encoding="utf-8", errors="replace") as file:
            said += file.read().removeprefix(w.secret)[-3000:]
        t.check(w.secret not in said, f"the secret was printed: {said}")
        t.check(not re.search(attacks.SANITIZER, said), f"the sanitizer has spoken: {said}")
        t.equal(status, 0, f"status; {said}")
        after = w.state()
        for what, value in before.items():
            t.equal(after[what], value, what)
        t.equal(w.unvisited(), None, "sockets of the host")
        visitor = w.visitor()
        t.check(visitor is None or (name in OPENED and visitor == USER),
                f"came to a socket of the host as {visitor}")
    finally:
        w.release()


def register(program, name):
    def case(t):
        run_attack(t, program, name)
    case.__name__ = f"{program}.{name}"
    suite.case(case, timeout=120)


def register_all():
    for file in sorted(os.listdir(HERE)):
        if not file.endswith(".c"):
            continue
        with open(os.path.join(HERE, file), encoding="ascii") as source:
            text = source.read()
        for kind, name in re.findall(r"^(ATTACK|RACE)\((\w+)[,)]", text, re.M):
            register(file[:-2], f"race_{name}" if kind == "RACE" else name)


register_all()
