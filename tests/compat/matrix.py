"""Runs applications in runtimes and keeps what came out, so that a run which was ended in the
middle can go on. The store is one JSON file, replaced whole after every single run; `complete` in
it becomes true when nothing is left to do, and only then are reports made of it."""

import json
import os
import platform
import subprocess
import time

from compat import application
from lib import bundle, report, rootfs, runtime

FORMAT = 1
HERE = os.path.dirname(os.path.abspath(__file__))
OUTPUT_LIMIT = 200_000  # characters of output that are kept and compared


class Unusable(Exception):
    """A results file that cannot be gone on with or reported."""


def machine():
    """What a report says about where it was made."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((x.split(":", 1)[1].strip() for x in file if x.startswith("model name")), "?")
    cgroups = 2 if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else 1
    return {"kernel": platform.release(), "cpu": model, "cpus": os.cpu_count(), "cgroup": cgroups,
            "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20}


class Store:
    """The results of one run of the matrix, in the order in which they were made."""

    def __init__(self, path, header):
        self.path = path
        self.data = {"format": FORMAT, "complete": False, **header, "seconds": 0.0, "results": []}

    @staticmethod
    def read(path):
        """The content of a results file; Unusable says why there is none."""
        try:
            with open(path, encoding="utf-8") as file:
                data = json.load(file)
        except FileNotFoundError:
            raise Unusable(f"{path}: there is no such file") from None
        except (OSError, ValueError) as why:
            raise Unusable(f"{path}: not a results file: {why}") from None
        found = data.get("format") if isinstance(data, dict) else None
        if found != FORMAT:
            raise Unusable(f"{path}: results of format {found}, this program reads {FORMAT}: "
                           "make them anew")
        return data

    def resume(self, applications):
        """Takes over the results that a run has left, but for applications changed since. Of a
        complete one too: its reports may be missing, or an application made right."""
        old = self.read(self.path)
        if old["runtimes"] != self.data["runtimes"] or old["machine"] != self.data["machine"]:
            raise Unusable(f"{self.path}: made with other runtimes or on another machine; start "
                           "anew without --resume")
        if old["filter"] != self.data["filter"]:
            raise Unusable(f"{self.path}: made of other applications (of '{old['filter']}'): give "
                           "--resume the same choice")
        digests = {a.name: a.digest for a in applications}
        self.data["seconds"] = old["seconds"]
        self.data["results"] = [r for r in old["results"] if digests.get(r["app"]) == r["digest"]]

    def find(self, app, name):
        return next((r for r in self.data["results"] if r["app"] == app.name and
                     r["runtime"] == name), None)

    def add(self, result, seconds):
        self.data["results"].append(result)
        self.data["seconds"] += seconds
        self.save()

    def save(self):
        report.write(self.path, json.dumps(self.data, indent=1) + "\n")


def configuration(app, root):
    uid, gid = app.user()
    config = bundle.config(["/bin/sh", "-eu", "/app.sh"], rootfs=root, cwd="/scratch",
                           user={"uid": uid, "gid": gid})
    config["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "hard": 4096, "soft": 4096}]
    config["mounts"] += [bundle.bind("/app.sh", app.path, "ro"),
                         bundle.bind("/src", os.path.join(HERE, "src"), "ro")]
    for mount in config["mounts"]:
        if mount["destination"] == "/dev/shm":
            mount["options"][-1] = f"size={int(app.fields['memory']) * 1024}k"
    return config


def _view(top, layers):
    """A private, writable view of a root filesystem with a /scratch; nothing in it names the host.
    What is written lies in memory: on a disk, removing it could take longer than writing it."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8g,mode=755", "compat", top], check=True)
    for name in ("upper", "overlay", "root"):
        os.mkdir(os.path.join(top, name))
        os.chmod(os.path.join(top, name), 0o755)
    root = os.path.join(top, "root")
    subprocess.run(["mount", "-t", "overlay", "-o", f"lowerdir={':'.join(layers)},"
                    f"upperdir={top}/upper,workdir={top}/overlay", "overlay", root], check=True)
    os.mkdir(os.path.join(root, "scratch"))
    os.chmod(os.path.join(root, "scratch"), 0o1777)
    for name, text in (("hosts", "127.0.0.1 localhost box\n"), ("resolv.conf", ""),
                       ("hostname", "box\n")):
        path = os.path.join(root, "etc", name)
        if os.path.lexists(path):
            os.unlink(path)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    return root


def _left_behind(shelter, driver, patience=5.0):
    """How many processes still run after the end of a container."""
    deadline = time.monotonic() + patience
    while True:
        left = len(shelter.processes(driver.base.children))
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.02)


def run_one(app, driver, shelter):
    """Runs an application in a runtime once; returns a result for the store."""
    result = {"app": app.name, "digest": app.digest, "runtime": driver.name, "files": []}
    layers = rootfs.lower(app.fields["rootfs"])
    missing = app.missing(layers)
    if missing:
        return {**result, "skipped": f"the root filesystem has no {' '.join(missing)}"}
    top = shelter.folder("v")
    try:
        root = _view(top, layers)
        with driver.box(configuration(app, root)) as box:
            done = box.run(timeout=int(app.fields["timeout"]), merge=True)
        result |= {"status": done.status, "seconds": round(done.seconds, 3),
                   "output": done.stdout[-OUTPUT_LIMIT:]}
        result["files"] = application.describe_files(os.path.join(root, "scratch"),
                                                      app.fields["equal"])
        left = _left_behind(shelter, driver)
        if left:
            result["broken"] = f"{left} processes were left when the container had ended"
    except (runtime.Timeout, RuntimeError) as why:
        result["broken"] = str(why)[-2000:]
    finally:
        shelter.end_processes(driver.base.children)
        subprocess.run(["umount", "--recursive", "--lazy", top], check=False)
    return result


def run_all(applications, drivers, shelter, store, progress):
    """Every application in every runtime, those of one application after one another. A first run,
    not counted, reads the files into the page cache, which is then the same for all; what only
    loads the machine reads none."""
    for app in applications:
        left, began = [d for d in drivers if not store.find(app, d.name)], time.monotonic()
        if left and app.fields["category"] != "stress":
            progress.begin(app, "a first run")
            run_one(app, left[0], shelter)
        for driver in left:
            progress.begin(app, driver.name)
            result, before = run_one(app, driver, shelter), began
            began = time.monotonic()
            store.add(result, began - before)
            progress.one_done()
        progress.end(app, [store.find(app, d.name) for d in drivers])
    store.data["complete"] = True
    store.save()
