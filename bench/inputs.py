"""What every container of the suite finds in /bench: the micro program, the workloads and their
input files. A folder in the build directory, made once; the views of the root filesystem lie over
it, so all runtimes read the same files from the same page cache."""

import fcntl
import glob
import hashlib
import io
import os
import shutil
import subprocess
import tarfile

from lib import bundle, paths

HERE = os.path.dirname(os.path.abspath(__file__))
LAYERS = os.path.join(paths.BUILD, "bench", "layers")
_CFLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror", "-static",
           "-pthread"]

_POSTGRES = """
set -eu
bin=$(echo /usr/lib/postgresql/*/bin)
mkdir /scratch; chown postgres /scratch; cd /scratch
as() { setpriv --reuid=postgres --regid=postgres --clear-groups env HOME=/scratch "$@"; }
as $bin/initdb -D /scratch/postgres -A trust --no-sync >/dev/null
as $bin/pg_ctl -s -w -D /scratch/postgres -l /scratch/log -o '-k /scratch -c listen_addresses=' start
as $bin/pgbench -i -q -h /scratch -s 1 postgres 2>/dev/null
as $bin/pg_ctl -s -w -D /scratch/postgres stop
"""


def _sources():
    return sorted(glob.glob(os.path.join(HERE, "micro", "*.[ch]")))


def _key(rootfs):
    """Changes when anything that the layer is made from does."""
    digest = hashlib.sha256(os.path.abspath(rootfs).encode())
    names = [*_sources(), *_scripts(), os.path.abspath(__file__)]
    for name in names + [rootfs.rstrip("/") + ".stamp"]:
        if os.path.exists(name):
            with open(name, "rb") as file:
                digest.update(file.read())
    return digest.hexdigest()


def _scripts():
    return [os.path.join(HERE, "prelude.sh"), *glob.glob(os.path.join(HERE, "workloads", "*"))]


def _tar(path, names):
    """An archive of small files, the same bytes each time."""
    with tarfile.open(path, "w") as tar:
        for name in names:
            content = (name + "\n").encode() * (1 + len(name) % 20)
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), 1700000000
            tar.addfile(entry, io.BytesIO(content))


def _data(directory):
    os.makedirs(directory)
    for count in (5000, 20000):
        _tar(os.path.join(directory, f"files-{count}.tar"),
             [f"{i // 100}/{i}.txt" for i in range(count)])
    _tar(os.path.join(directory, "tree.tar"),
         [f"p{i // 40}/node_modules/m{i // 4 % 10}/f{i}.js" for i in range(6000)])


def _postgres(direct, shelter, rootfs, directory):
    """A PostgreSQL cluster with pgbench's tables, made by the direct driver."""
    view = shelter.overlay(rootfs)
    with direct.box(bundle.config(["/bin/sh", "-c", _POSTGRES], rootfs=view)) as box:
        done = box.run(timeout=300)
    if done.status != 0:
        raise RuntimeError(f"initdb and pgbench -i: {done.stderr.strip()[-500:]}")
    subprocess.run(["cp", "-a", os.path.join(view, "scratch/postgres"), directory], check=True)
    shelter.drop(view)


def _make(direct, shelter, rootfs, directory):
    top = os.path.join(directory, "bench")
    os.makedirs(os.path.join(top, "workloads"))
    subprocess.run(["gcc", *_CFLAGS, "-o", os.path.join(top, "micro"),
                    *[s for s in _sources() if s.endswith(".c")]], check=True)
    for script in _scripts():
        shutil.copy(script, os.path.join(top, os.path.relpath(script, HERE)))
    _data(os.path.join(top, "data"))
    _postgres(direct, shelter, rootfs, os.path.join(top, "data"))


def layer(direct, shelter, rootfs):
    """The folder, made anew if it is out of date. To be stacked over the root filesystem."""
    os.makedirs(LAYERS, exist_ok=True)
    final = os.path.join(LAYERS, _key(rootfs)[:16])
    with open(os.path.join(LAYERS, "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another run may be making it
        if not os.path.isdir(final):
            for old in glob.glob(os.path.join(LAYERS, "[0-9a-f]*")):
                shutil.rmtree(old)
            _make(direct, shelter, rootfs, final + ".new")
            os.rename(final + ".new", final)
    return final
