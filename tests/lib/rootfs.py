"""Root filesystems for tests, cached in the build folder. A stamp beside each says what it was made
from; when that changes, it is made anew.

"busybox" is one static program. A name with a list rootfs.d/NAME.packages is a whole Debian 12 with
these. A name with a list rootfs.d/NAME.layer is what installing these adds to "debian", kept as an
overlay's upper directory, so that several gigabytes of programs share one base. lower() tells the
directories that an overlay of a root filesystem consists of."""

import fcntl
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
    """The directory of root filesystem `name`, made by make(directory) unless it is there. One
    program makes it, others that want it wait."""
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, name + ".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _made(name, key, make)


def _made(name, key, make):
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


def packages(file):
    """The package list of a file in rootfs.d: its words; `#` begins a comment."""
    text = _read(os.path.join(HERE, "rootfs.d", file))
    return sorted(word for line in text.splitlines() for word in line.split("#")[0].split())


def _key(version, words):
    return hashlib.sha256(f"{version} {' '.join(words)}".encode()).hexdigest()


def debian(name="debian"):
    """Debian 12 with the packages that tests/lib/rootfs.d/NAME.packages lists; about a minute."""
    wanted = packages(name + ".packages")

    def make(directory):
        print(f"making a Debian root filesystem in {directory} (about a minute)", file=sys.stderr,
              flush=True)
        mirror = os.environ.get("CAPBOX_DEBIAN_MIRROR")
        command = ["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root",
                   "--include=" + ",".join(wanted), "bookworm", directory]
        subprocess.run(command + ([mirror] if mirror else []), check=True, stdin=subprocess.DEVNULL)

    return _cached(name, _key(1, wanted), make)


# Installs packages into an overlay, in a mount namespace of its own that takes every mount with it.
# The lists and archives of apt lie beside the layers, not in them, and are used by all. No service
# is started.
_INSTALL = """
set -e
mount --make-rprivate /
mkdir -p "$APT/lists/partial" "$APT/archives/partial" "$FRESH/.work" "$FRESH/.root"
root=$FRESH/.root
mount -t overlay -o "lowerdir=$BASE,upperdir=$FRESH/upper,workdir=$FRESH/.work" overlay "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for d in null zero full random urandom tty; do
	touch "$root/dev/$d"; mount --bind /dev/$d "$root/dev/$d"
done
ln -s /proc/self/fd "$root/dev/fd"
mount --bind "$APT/lists" "$root/var/lib/apt/lists"
mount --bind "$APT/archives" "$root/var/cache/apt/archives"
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$root/etc/resolv.conf"
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
	DEBIAN_FRONTEND=noninteractive "$@" < /dev/null; }
inside apt-get -qq update
inside apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends $PACKAGES
rm -f "$root/usr/sbin/policy-rc.d"
"""


def layer(name):
    """What the packages of a layer add to "debian", as an overlay's upper directory."""
    wanted, base = packages(name + ".layer"), debian()

    def make(directory):
        print(f"installing {len(wanted)} packages for the root filesystem {name} (minutes; "
              f"output in {directory}.log)", file=sys.stderr, flush=True)
        os.mkdir(os.path.join(directory, "upper"))
        os.chmod(os.path.join(directory, "upper"), 0o755)
        env = {**os.environ, "BASE": base, "FRESH": directory, "PACKAGES": " ".join(wanted),
               "APT": os.path.join(CACHE, "apt")}
        with open(directory + ".log", "wb") as log:
            done = subprocess.run(["unshare", "--mount", "sh", "-c", _INSTALL], env=env, stdout=log,
                                  stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise RuntimeError(f"cannot install the packages of tests/lib/rootfs.d/{name}.layer: "
                               f"see {directory}.log")
        for scratch in (".work", ".root"):
            shutil.rmtree(os.path.join(directory, scratch), ignore_errors=True)

    key = _key(1, [*wanted, _read(os.path.join(CACHE, "debian.stamp"))])
    return os.path.join(_cached(name, key, make), "upper")


def is_layer(name):
    return os.path.exists(os.path.join(HERE, "rootfs.d", name + ".layer"))


def get(name):
    """The root filesystem that a test names, as one directory."""
    return busybox() if name == "busybox" else debian(name)


def lower(name):
    """The directories, topmost first, that an overlay of the root filesystem `name` consists of."""
    return [layer(name), debian()] if is_layer(name) else [get(name)]


if __name__ == "__main__":
    for argument in sys.argv[1:] or ["busybox"]:
        print(":".join(lower(argument)))
