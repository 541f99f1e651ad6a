"""Root filesystems for tests, cached in the build folder. A stamp beside each says what it was made
from; when that changes, it is made anew."""

import hashlib
import os
import shutil
import subprocess
import sys

from . import paths

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(paths.BUILD, "rootfs")


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def _cached(name, key, make):
    """The directory of root filesystem `name`, made by make(directory) unless it is there."""
    final, stamp = os.path.join(CACHE, name), os.path.join(CACHE, name + ".stamp")
    if os.path.isdir(final) and _read(stamp) == key:
        return final
    if os.path.exists(stamp):
        os.unlink(stamp)
    fresh = final + ".new"
    for old in (final, fresh):
        shutil.rmtree(old, ignore_errors=True)
    os.makedirs(fresh)
    os.chmod(fresh, 0o755)
    make(fresh)
    os.rename(fresh, final)
    with open(stamp, "w", encoding="utf-8") as file:
        file.write(key)
    return final


def _write(root, path, text, mode=0o644):
    full = os.path.join(root, path)
    with open(full, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(full, mode)


def populate_busybox(root):
    """Fills an empty directory with busybox, a link for each of its programs, and users."""
    for directory, mode in (("bin", 0o755), ("dev", 0o755), ("etc", 0o755), ("home", 0o755),
                            ("proc", 0o755), ("root", 0o700), ("sys", 0o755), ("tmp", 0o1777),
                            ("usr", 0o755), ("usr/bin", 0o755), ("var", 0o755)):
        os.mkdir(os.path.join(root, directory))
        os.chmod(os.path.join(root, directory), mode)
    busybox = shutil.which("busybox")
    if not busybox:
        raise RuntimeError("busybox is missing: install the package busybox-static")
    shutil.copy(busybox, os.path.join(root, "bin/busybox"))
    programs = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True)
    for program in programs.stdout.split():
        if program != "busybox":
            os.symlink("busybox", os.path.join(root, "bin", program))
    _write(root, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"
           "nobody:x:65534:65534:nobody:/:/bin/sh\nuser:x:1000:1000:user:/home:/bin/sh\n")
    _write(root, "etc/group", "root:x:0:\ntty:x:5:\nnogroup:x:65534:\nuser:x:1000:\nextra:x:2000:\n")
    _write(root, "etc/container", "this is the container\n")
    return root


def busybox():
    """A root filesystem of one static program; made in a second."""
    program = shutil.which("busybox") or ""
    key = "3 " + (str(os.stat(program).st_mtime_ns) if program else "")
    return _cached("busybox", key, populate_busybox)


def packages(name):
    """The package list of root filesystem `name`: words of a file, `#` begins a comment."""
    text = _read(os.path.join(HERE, "rootfs.d", name + ".packages"))
    return sorted(word for line in text.splitlines() for word in line.split("#")[0].split())


def debian(name="debian"):
    """Debian 12 with the packages that tests/lib/rootfs.d/NAME.packages lists; about a minute."""
    wanted = packages(name)

    def make(directory):
        print(f"making a Debian root filesystem in {directory} (about a minute)", file=sys.stderr,
              flush=True)
        mirror = os.environ.get("CAPBOX_DEBIAN_MIRROR")
        command = ["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root",
                   "--include=" + ",".join(wanted), "bookworm", directory]
        subprocess.run(command + ([mirror] if mirror else []), check=True, stdin=subprocess.DEVNULL)

    key = hashlib.sha256(("1 " + " ".join(wanted)).encode()).hexdigest()
    return _cached(name, key, make)


def get(name):
    """The root filesystem that a test names."""
    return busybox() if name == "busybox" else debian(name)


if __name__ == "__main__":
    for argument in sys.argv[1:] or ["busybox"]:
        print(get(argument))
