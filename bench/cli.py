"""The command line of tools/bench. It checks what it is given, goes into a shelter (lib.shelter),
measures round by round, and writes the report only when all of it is there."""

import argparse
import errno
import os
import re
import shutil
import sys
import time

from lib import paths, report, rootfs, runtimes, shelter
from lib.progress import Progress

from . import inputs, items, machine, render, results

DISK_NEEDED = 3 << 30  # bytes, where the containers' files go
EPILOG = """
The results are in DIR (build/bench/results): results.json, report.html, report.md and the charts as
SVG. A run that was ended early goes on with --resume. Exit status: 0 all measured; 1 something
failed (or, comparing, became slower); 2 the command line or a file given is wrong.
"""


class Refused(Exception):
    """What was asked for cannot be done; the message says why and what to do."""


def arguments():
    parser = argparse.ArgumentParser(
        prog="tools/bench", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures what containers cost: start, calls, programs, many at once.")
    add = parser.add_argument
    add("--quick", action="store_true", help="three rounds, shorter ones (under three minutes)")
    add("--rounds", type=int, metavar="N", help="default 5; 3 with --quick")
    add("--runtimes", default=",".join(runtimes.NAMES), metavar="LIST",
        help="of: %(default)s; runsc means both of its platforms")
    add("--filter", default="", metavar="REGEX", help="only what has this in its name")
    add("--list", action="store_true", help="list what can be measured, and stop")
    add("--out", default=os.path.join(paths.BUILD, "bench", "results"), metavar="DIR")
    add("--docs", action="store_true",
        help="write docs/benchmarks.md and its charts too (of a full run)")
    add("--resume", action="store_true", help="go on with a run that was ended early")
    add("--capbox", metavar="PATH", help="programs to use instead of those found")
    for name in ("runc", "crun", "runsc"):
        add("--" + name, metavar="PATH")
    add("--compare", nargs=2, metavar=("OLD", "NEW"),
        help="say what became slower between two results.json; exit 1 if anything did")
    add("--threshold", type=float, default=10, metavar="PERCENT", help="of --compare (default 10)")
    return parser.parse_args()


def compare(settings):
    old, new = (results.load(p) for p in settings.compare)
    base, changes, lost = results.compare(old, new, settings.threshold / 100)
    print(render.comparison(base, changes, lost, settings.threshold))
    return 1 if lost or any(c.slower for c in changes) else 0


def chosen(place, settings):
    """The items to measure; an item is taken when its own name or a metric's matches."""
    try:
        wanted = re.compile(settings.filter)
    except re.error as error:
        raise Refused(f"--filter {settings.filter!r}: not a regular expression: {error}") from None
    found = [i for i in items.everything(place, settings.quick) if wanted.search(i.name)
             or any(wanted.search(m.name) for m in i.metrics)]
    if not found:
        raise Refused(f"--filter {settings.filter!r}: nothing has that in its name: see --list")
    for item in found:
        if isinstance(item, items.Micro) and not wanted.search(item.name):
            item.metrics = [m for m in item.metrics if wanted.search(m.name)]
    return found


def check_disk():
    free = shutil.disk_usage(shelter.PARENT).free
    if free < DISK_NEEDED:
        raise Refused(f"{shelter.PARENT}: {free >> 20} MiB free, "
                      f"{DISK_NEEDED >> 20} MiB are needed")


def given_paths(settings):
    return {n: getattr(settings, n) for n in ("capbox", "runc", "crun", "runsc")
            if getattr(settings, n)}


class Run:
    """One run: its runtimes, items and rounds, and the journal of what is already measured."""

    def __init__(self, settings, drivers, missing, chosen_items):
        self.settings, self.items = settings, chosen_items
        self.drivers, self.missing = drivers, missing
        self.rounds = settings.rounds or (3 if settings.quick else 5)
        self.header = {
            "format": results.FORMAT, "runtimes": runtimes.describe(drivers),
            "settings": {"rounds": self.rounds, "quick": settings.quick, "filter": settings.filter},
            "kernel": os.uname().release}
        self.journal = results.Journal(os.path.join(settings.out, "partial.jsonl"), self.header)
        self.machine = machine.describe()

    def steps(self):
        """(item, driver, round), in the order of their making: the runtimes alternate, and which of
        them is first changes from round to round."""
        for number in range(self.rounds):
            for item in self.items:
                if item.rounds is None or number < item.rounds:
                    turn = number % len(self.drivers)
                    for driver in self.drivers[turn:] + self.drivers[:turn]:
                        if item.serves(driver):
                            yield item, driver, number

    def results(self):
        figures, failures = results.gather(self.journal.entries)
        return {"format": results.FORMAT, "machine": self.machine,
                "runtimes": self.header["runtimes"], "missing": self.missing,
                "settings": self.header["settings"],
                "metrics": [vars(m) for i in self.items for m in i.metrics],
                "figures": figures, "failures": failures}


def measure(run, progress):
    """Makes all steps that are not in the journal yet."""
    failed = {(k[0], k[1]) for k, e in run.journal.entries.items() if "why" in e}
    for item, driver, number in run.steps():
        key = (item.name, driver.name, number)
        if key in run.journal.entries or key[:2] in failed:
            progress.skip(key)
            continue
        progress.show(f"round {number + 1}/{run.rounds}: {item.name} in {driver.name}")
        began = time.monotonic()
        try:
            entry = {"figures": item.measure(driver)}
        except items.EXPECTED as reason:
            entry = {"why": str(reason)}
            failed.add(key[:2])
            progress.line(f"FAILED {item.name} in {driver.name}: {reason}")
        run.journal.add(key, **entry)
        progress.finish(key, time.monotonic() - began)
        for later in range(number + 1, run.rounds):
            progress.learn((item.name, driver.name, later), time.monotonic() - began)


def warm_up(run, progress):
    """Fills the page cache with what will be read, once for all: the runtimes share it."""
    for item in run.items:
        if item.rounds is None and item.serves(run.drivers[0]):
            progress.show(f"filling the page cache: {item.name}")
            try:
                item.measure(run.drivers[0])
            except items.EXPECTED:
                pass  # its first round will tell


def expectations(run):
    """First guesses in seconds, from runs on a two-core machine; only for the time left."""
    pace = {"direct": 1.0, "runc": 1.3, "crun": 1.2, "capbox": 1.7,
            "runsc-systrap": 3.5, "runsc-ptrace": 9.0}
    weight = {"containers": 30, "micro": 2}
    return {(i.name, d.name, n): pace[d.name] * weight.get(i.name, 1) for i, d, n in run.steps()}


def write_all(run, settings):
    found = run.results()
    files = render.files(found)
    for name, text in files.items():
        report.write(os.path.join(settings.out, name), text)
    if settings.docs:
        for name, text in render.documentation(found).items():
            report.write(os.path.join(paths.SOURCE, "docs", name), text)
    run.journal.remove()
    return found


def prepare(settings, root, box):
    """The Run, with everything checked that can be checked before the first measurement."""
    names = runtimes.expand(settings.runtimes)
    drivers, missing = runtimes.find(names, given_paths(settings), box)
    for name, why, how in missing:
        print(f"{name}: {why}: skipped; to get it: {how}", file=sys.stderr)
    if not drivers:
        raise Refused("no runtime is left to measure")
    direct = runtimes.find(["direct"], {}, box)[0][0]
    place = items.Place(box, f"{inputs.layer(direct, box, root)}:{root}")
    return Run(settings, drivers, missing, chosen(place, settings))


def measured(settings):
    root = rootfs.debian("bench")  # before the shelter, which has no network
    run = prepare(settings, root, shelter.enter("bench"))
    os.makedirs(settings.out, exist_ok=True)
    if settings.resume:
        run.journal.resume()
    else:
        run.journal.begin()
    if run.machine["load"] > 0.7:
        print(f"the machine is busy (load {run.machine['load']:.1f}): the figures will be too",
              file=sys.stderr)
    progress = Progress(expectations(run))
    warm_up(run, progress)
    measure(run, progress)
    progress.clear()
    found = write_all(run, settings)
    print(render.summary(found))
    print(f"report: {os.path.join(settings.out, 'report.html')}")
    return 1 if found["failures"] else 0


def check_before(settings):
    """What can be refused at once, without root and before anything is made."""
    runtimes.expand(settings.runtimes)
    if settings.rounds is not None and settings.rounds < 1:
        raise Refused(f"--rounds {settings.rounds}: at least 1")
    if settings.docs and (settings.quick or settings.filter):
        raise Refused("--docs is for a full run: leave out --quick and --filter")
    chosen(None, settings)
    for path in given_paths(settings).values():
        if not (os.path.isfile(path) and os.access(path, os.X_OK)):
            raise Refused(f"{path}: not an executable file")


def main():
    settings = arguments()
    try:
        if settings.compare:
            return compare(settings)
        check_before(settings)
        if settings.list:
            print(render.listing(chosen(None, settings)))
            return 0
        if os.geteuid() != 0:
            raise Refused("making containers takes root: run it as root")
        check_disk()
        return measured(settings)
    except (Refused, results.Unusable, ValueError) as reason:
        print(f"tools/bench: {reason}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"tools/bench: {error.filename or settings.out}: {error.strerror}", file=sys.stderr)
        if error.errno == errno.ENOSPC:
            print("what is measured so far is kept: make room, go on with --resume",
                  file=sys.stderr)
        return 2
