"""What is measured. An Item is measured in one runtime in one round by measure(driver), which
returns {metric: figure}: seconds, or bytes for memory. Figures are never made of a run that failed
or printed something else than expected: that raises Failed."""

import glob
import os
import re
import statistics
import time

from lib import bundle, runtime

from . import memory

HERE = os.path.dirname(os.path.abspath(__file__))


class Failed(Exception):
    pass


class Metric:
    """One figure of the results. group: start, workload, micro or scale; unit: what reports show it
    in; x and axis: its place on a curve, if it belongs to one (`curve`)."""

    def __init__(self, name, group, about, unit="s", curve="", x=None, axis=""):
        self.name, self.group, self.about, self.unit = name, group, about, unit
        self.curve, self.x, self.axis = curve, x, axis


class Item:
    rounds = None  # as many as asked for

    def __init__(self, name, metrics):
        self.name, self.metrics = name, metrics

    def serves(self, driver):
        """Whether it means anything in this runtime."""
        return True


class Place:
    """The root filesystem of the suite; each run gets a view of its own."""

    def __init__(self, shelter, lower):
        self.shelter, self.lower = shelter, lower

    def __enter__(self):
        self.view = self.shelter.overlay(self.lower)
        return self

    def __exit__(self, *_):
        self.shelter.drop(self.view)

    def config(self, args, env=(), mounts=0):
        config = bundle.config(args, rootfs=self.view)
        config["process"]["env"] += list(env)
        config["mounts"].append(bundle.tmpfs("/tmp", "mode=1777"))
        config["mounts"] += [bundle.tmpfs(f"/mounts/{i}", "size=4k") for i in range(mounts)]
        return config


def _ran(result):
    if result.status != 0:
        last = (result.stderr.strip() or result.stdout.strip() or "no message").splitlines()[-1]
        raise Failed(f"status {result.status}: {last[:300]}")
    return result


# Starting.


class Start(Item):
    """From `run` of a container whose program is true to its end; median of a few."""

    def __init__(self, place, repeat):
        super().__init__("start", [Metric("start", "start", "start and exit of true", "ms")])
        self.place, self.repeat = place, repeat

    def measure(self, driver):
        with self.place as place, driver.box(place.config(["/bin/true"])) as box:
            return {"start": statistics.median(_ran(box.run()).seconds
                                               for _ in range(self.repeat))}


class Cycle(Item):
    """The steps of an engine: create, start, delete; the program's own end is not measured."""

    def __init__(self, place, repeat):
        super().__init__("cycle", [Metric("cycle", "start", "create, start and delete of true",
                                          "ms")])
        self.place, self.repeat = place, repeat

    def serves(self, driver):
        return driver.name != "direct"

    @staticmethod
    def _once(box):
        began = time.monotonic()
        box.create()
        box.start()
        started = time.monotonic()
        box.wait()
        ended = time.monotonic()
        box.delete()
        return time.monotonic() - ended + started - began

    def measure(self, driver):
        with self.place as place, driver.box(place.config(["/bin/true"])) as box:
            return {"cycle": statistics.median(self._once(box) for _ in range(self.repeat))}


class Exec(Item):
    """A further process in a container that runs; median of a few."""

    def __init__(self, place, repeat):
        super().__init__("exec", [Metric("exec", "start", "exec of true in a container", "ms")])
        self.place, self.repeat = place, repeat

    def measure(self, driver):
        with self.place as place, driver.box(place.config(["/bin/sleep", "1000"])) as box:
            box.launch()
            _ran(box.exec(["/bin/true"]))
            return {"exec": statistics.median(_ran(box.exec(["/bin/true"])).seconds
                                              for _ in range(self.repeat))}


# Programs.


class Workload(Item):
    """A file of bench/workloads; the comments at its top say what it is."""

    def __init__(self, place, path):
        self.place, self.name = place, os.path.basename(path)[:-3]
        fields = {"unit": "s", "group": "workload", "parts": "", "axis": "", "mounts": ""}
        with open(path, encoding="utf-8") as file:
            fields.update(re.findall(r"^# ([a-z]+): (.*)$", file.read(), re.M))
        self.expect, self.printed = fields["expect"], None
        parts = fields["parts"].split()
        self.mounts = [int(p) for p in parts] if fields["mounts"] else [0]
        metrics = [Metric(f"{self.name}/{p}", fields["group"], fields["about"], fields["unit"],
                          self.name, int(p), fields["axis"]) for p in parts]
        super().__init__(self.name, metrics or [Metric(self.name, fields["group"],
                                                       fields["about"], fields["unit"])])

    def _figures(self, text):
        lines = text.splitlines()
        printed = "\n".join(x for x in lines if not x.startswith("@"))
        if not re.fullmatch(self.expect, printed):
            raise Failed(f"printed {printed[-200:]!r}, expected {self.expect!r}")
        if self.printed not in (None, printed):  # whoever was first, as a rule direct
            raise Failed(f"printed {printed[-200:]!r}, elsewhere {self.printed[-200:]!r}")
        self.printed = printed
        figures = {}
        for line in lines:
            if line.startswith("@"):
                part, seconds = line[1:].split(" ")
                figures[f"{self.name}/{part}" if part else self.name] = float(seconds)
        return figures

    def measure(self, driver):
        figures = {}
        for count in self.mounts:
            with self.place as place:
                config = place.config(["/bin/bash", "/bench/prelude.sh", self.name],
                                      [f"MOUNTS={count}"], count)
                with driver.box(config) as box:
                    figures.update(self._figures(_ran(box.run(timeout=300)).stdout))
        if set(figures) != {m.name for m in self.metrics}:
            raise Failed(f"figures for {sorted(figures)} only")
        return figures


class Micro(Item):
    """bench/micro: all operations in one container. The figure of a round is the median of its
    batches; least and 99th percentile go along as NAME/min and NAME/p99."""

    def __init__(self, place, names, milliseconds):
        super().__init__("micro", [Metric(f"micro/{n}", "micro", n, "us") for n in names])
        self.place, self.milliseconds = place, milliseconds

    def measure(self, driver):
        args = ["/bench/micro", "--milliseconds", str(self.milliseconds)]
        args += [m.about for m in self.metrics]
        with self.place as place, driver.box(place.config(args)) as box:
            lines = _ran(box.run(timeout=300)).stdout.splitlines()
        figures = {}
        for line in lines:
            name, _, least, median, high = line.split("\t")
            figures[f"micro/{name}"] = float(median) / 1e9
            figures[f"micro/{name}/min"], figures[f"micro/{name}/p99"] = (
                float(least) / 1e9, float(high) / 1e9)
        return figures


def micro_names():
    """The operations in the order of the sources."""
    names = []
    for file in ("calls", "io", "process", "wake", "socket"):
        with open(os.path.join(HERE, "micro", file + ".c"), encoding="utf-8") as source:
            text = source.read()
        names += re.findall(r'^\s*\{"([^"]+)", ', text, re.M)
        for call, size in re.findall(r'ON_BOTH\((\w+), \w+, "(\w+)"\)', text):
            names += [f"{call}-{size}-file", f"{call}-{size}-tmpfs"]
    return names


# Many containers.


class Containers(Item):
    """Idle containers, started one after the other and all left running: what the Nth takes to
    start (median of the last few), and the memory of each."""
    rounds = 1
    LIMIT_SECONDS = 60  # a step that would take longer is left out, in any runtime
    KEEP_FREE = 0.3     # and one that would leave less than this part of memory

    def __init__(self, place, counts):
        metrics = []
        for n in counts:
            metrics.append(Metric(f"containers/start/{n}", "scale", "start of one more container",
                                  "ms", "containers/start", n, "containers running"))
            metrics.append(Metric(f"containers/memory/{n}", "scale", "memory of an idle container",
                                  "MiB", "containers/memory", n, "containers running"))
        super().__init__("containers", metrics)
        self.place, self.counts = place, counts

    def serves(self, driver):
        return driver.name != "direct"

    def _more(self, driver, config, boxes, times, count):
        while len(boxes) < count:
            box = driver.box(config)
            boxes.append(box)
            began = time.monotonic()
            box.launch()
            times.append(time.monotonic() - began)

    def _affordable(self, times, count, per_container):
        if not times:
            return True
        more = count - len(times)
        room = memory.available() - self.KEEP_FREE * memory.total()
        return (more * statistics.median(times[-5:]) <= self.LIMIT_SECONDS
                and more * (per_container or 0) <= room)

    def measure(self, driver):
        figures, boxes, times, each = {}, [], [], None
        with self.place as place:
            config = place.config(["/bin/sleep", "100000"])
            try:
                for count in self.counts:
                    if not self._affordable(times, count, each):
                        break
                    self._more(driver, config, boxes, times, count)
                    each = memory.of_containers(driver.shelter) / count
                    figures[f"containers/start/{count}"] = statistics.median(times[-5:])
                    figures[f"containers/memory/{count}"] = each
            finally:
                for box in boxes:
                    box.close()
        return figures


def everything(place, quick):
    """All items, in the order of the report."""
    repeat = 3 if quick else 7
    workloads = [Workload(place, p)
                 for p in sorted(glob.glob(os.path.join(HERE, "workloads", "*.sh")))]
    return [Start(place, repeat), Cycle(place, repeat), Exec(place, repeat), *workloads,
            Micro(place, micro_names(), 5 if quick else 30),
            Containers(place, [1, 10] if quick else [1, 10, 100, 500])]


EXPECTED = (Failed, runtime.Timeout, RuntimeError)
