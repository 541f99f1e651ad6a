"""Hostile programs in a container. Each knows by itself when it has got something; what it cannot
know, the host's side checks here: its files, its processes, the runtime's program, the sentry."""

import atexit
import functools
import hashlib
import os
import re
import shutil
import socket
import stat
import subprocess
import tempfile
import time

from lib import bundle, hoststate, paths
from lib.suite import Suite

HERE = os.path.dirname(os.path.abspath(__file__))
CFLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-pthread", "-static", "-Wall", "-Wextra",
          "-Werror", "-Wshadow", "-Wno-unused-parameter", "-Wno-unused-result"]
SANITIZER = r"(ERROR|WARNING): \w*Sanitizer|runtime error:|LeakSanitizer"
DESCRIPTORS, RSS_GROWTH_KIB = 400, 300 * 1024  # allowed to the sentry after a storm

suite = Suite("escape")


@functools.cache
def compiled(name):
    """tests/escape/NAME.c as a program, (path, None); or None and what the compiler says."""
    directory = tempfile.mkdtemp(prefix="capbox-attacks-")
    atexit.register(shutil.rmtree, directory)
    target = os.path.join(directory, name)
    done = subprocess.run(["gcc", *CFLAGS, "-o", target, os.path.join(HERE, name + ".c")],
                          capture_output=True, text=True, check=False)
    return (target, None) if done.returncode == 0 else (None, done.stderr)


def program(t, root, name, mode=0o755):
    """Puts tests/escape/NAME.c, compiled, into a root filesystem."""
    source, error = compiled(name)
    t.check(source, f"{name}.c does not compile:\n{error}")
    target = os.path.join(root, name)
    shutil.copyfile(source, target)
    os.chmod(target, mode)


def configuration(t, root, *args):
    c = t.config(*args)
    c["root"]["path"] = root
    c["mounts"].append(bundle.tmpfs("/tmp", "mode=1777", "size=16m", "nosuid", "nodev"))
    c["process"]["rlimits"] += [{"type": "RLIMIT_NPROC", "soft": 2000, "hard": 2000},
                                {"type": "RLIMIT_FSIZE", "soft": 1 << 24, "hard": 1 << 24}]
    return c


def host_state():
    """What no container may change. Mounts and processes are the suite's own affair."""
    return {"hostname": socket.gethostname(), "capbox": digest(paths.capbox()),
            "devices": {name: device(name) for name in ("null", "zero", "full", "random", "tty")},
            "limits": open("/proc/self/limits", encoding="ascii").read(),
            "core pattern": open("/proc/sys/kernel/core_pattern", encoding="ascii").read()}


def device(name):
    """Its mode, owner and time; programs that are run with no input hold the host's null device."""
    st = os.stat("/dev/" + name)
    return st.st_mode, st.st_uid, st.st_gid, name == "tty" or st.st_mtime_ns


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def attack(t, root, *args):
    before = host_state()
    result = t.run(configuration(t, root, *args), timeout=t.settings.seconds + 60)
    said = f"{result.stdout[:1000]} {result.stderr[-3000:]}"
    t.check(not re.search(SANITIZER, result.stderr), f"the sanitizer has spoken: {said}")
    t.equal(result.status, 0, f"status; {said}")
    t.equal(host_state(), before, "the host")


def witness(t):
    """A file that only the host has, and what is in it."""
    path, secret = t.path("witness"), f"secret-{os.urandom(8).hex()}"
    with open(path, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    return path, secret


@suite.case(timeout=120)
def out_of_the_root_by_paths(t):
    root = t.own_rootfs()
    program(t, root, "paths")
    path, secret = witness(t)
    attack(t, root, "/paths", path, secret, "2" if t.settings.quick else "5")


@suite.case(timeout=120)
def set_user_id_programs(t):
    root = t.own_rootfs()
    program(t, root, "setid", 0o4755)
    program(t, root, "evil")
    attack(t, root, "/setid", "3" if t.settings.quick else "8")
    t.check(not os.path.exists(os.path.join(root, "root/evil-was-root")),
            "a program of the attacker's ran as root")


@suite.case
def boundaries(t):
    root = t.own_rootfs()
    program(t, root, "boundaries")
    for name, kind, device in (("zero", stat.S_IFCHR, (1, 5)), ("mem", stat.S_IFCHR, (1, 1)),
                               ("disk", stat.S_IFBLK, (7, 0))):
        os.mknod(os.path.join(root, f"image-{name}"), kind | 0o666, os.makedev(*device))
        os.chmod(os.path.join(root, f"image-{name}"), 0o666)
    abstract = f"{hoststate.TOKEN}-abstract"
    listeners = []
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM):
        listeners.append(socket.socket(socket.AF_UNIX, kind))
        try:
            listeners[-1].bind("\0" + abstract)
            if kind != socket.SOCK_DGRAM:
                listeners[-1].listen()
        except OSError:  # one name for all types
            pass
    control = os.path.join(t.runtime.root, "other", "control")
    os.makedirs(os.path.dirname(control))
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.bind(control)
        server.listen()
        attack(t, root, "/boundaries", control, abstract)
    os.unlink(control)
    os.rmdir(os.path.dirname(control))
    for listener in listeners:
        listener.close()


@suite.case(timeout=120)
def exec_storm(t):
    root = t.own_rootfs()
    program(t, root, "exec_storm")
    attack(t, root, "/exec_storm", "1200")


def sentry_of(t, name):
    """(descriptors, resident KiB) of a container's sentry, or None when it is not there."""
    state = t.runtime.state(name)
    if not state or not state.get("pid"):
        return None
    try:
        with open(f"/proc/{state['pid']}/status", encoding="ascii") as file:
            rss = re.search(r"VmRSS:\s*(\d+)", file.read())
        return len(os.listdir(f"/proc/{state['pid']}/fd")), int(rss.group(1)) if rss else 0
    except OSError:
        return None


@suite.case(timeout=600)
def random_calls(t):
    root = t.own_rootfs()
    program(t, root, "random_calls")
    seconds, before = t.settings.seconds, host_state()
    c = configuration(t, root, "/random_calls", str(seconds), str(t.settings.seed))
    # Process 1 dies when another writes over the program, which capbox does not hinder.
    c["mounts"].append(bundle.bind("/random_calls", compiled("random_calls")[0], "ro"))
    name = t.identifier()
    with open(t.path("out"), "w+b") as out:
        process = t.runtime.start_process(
            t.runtime.command("run", "--bundle", t.bundle(c), name), stdin=subprocess.DEVNULL,
            # The sanitizer keeps what was freed, 256 MiB of it if nobody says otherwise.
            stdout=out, stderr=subprocess.STDOUT,
            env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0:quarantine_size_mb=32"})
        first = t.wait(lambda: sentry_of(t, name), "the sentry")
        last, deadline = first, time.monotonic() + seconds + 60
        while process.poll() is None and time.monotonic() < deadline:
            last = sentry_of(t, name) or last
            time.sleep(0.3)
        status = process.poll()
        t.runtime.finish(process)
        out.seek(0)
        text = out.read().decode(errors="replace")
    what = f"seed {t.settings.seed}; {text[-30000:]}"
    t.check(not re.search(SANITIZER, text), f"the sanitizer has spoken: {what}")
    t.equal(status, 42, f"status; {what}")
    t.check(last[0] <= first[0] + DESCRIPTORS, f"descriptors of the sentry: {first[0]}, {last[0]}")
    t.check(last[1] <= first[1] + RSS_GROWTH_KIB, f"KiB of the sentry: {first[1]}, {last[1]}")
    t.equal(host_state(), before, "the host")
    print(f"     sentry: descriptors {first[0]}, then {last[0]}; KiB {first[1]}, then {last[1]}; "
          f"{text.splitlines()[-1] if text else ''}")
