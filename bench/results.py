"""Figures: kept while they are made, put together, compared.

A results file is one JSON object:
    format      FORMAT; another version is refused
    machine     see machine.describe()
    runtimes    {name: {version, program, flags}}; missing: [[name, why, how to get it]]
    settings    {rounds, quick, filter}
    metrics     [{name, group, about, unit, curve, x, axis}] in the order of the report
    figures     {metric: {runtime: [seconds or bytes, one each round]}}
    failures    [{item, runtime, round, why}]: no figure of that item and runtime counts after it
"""

import json
import os
import statistics

from lib import report

FORMAT = 1
NOISY = 0.15  # (largest - least) / median of the rounds, above which a figure is marked


class Unusable(Exception):
    """A file that is no results file of this version."""


class Journal:
    """The measurements of an unfinished run, one JSON line each, so that a killed one can go on.
    The first line says of what run."""

    def __init__(self, path, header):
        self.path, self.header, self.entries = path, header, {}

    def begin(self):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(json.dumps(self.header) + "\n")

    def resume(self):
        """Reads what is there; Unusable if it is another run's."""
        try:
            with open(self.path, encoding="utf-8") as file:
                lines = file.read().split("\n")
        except FileNotFoundError:
            raise Unusable(f"{self.path}: nothing to resume: run without --resume") from None
        if json.loads(lines[0] or "null") != self.header:
            raise Unusable(f"{self.path}: of a run with other settings, runtimes or kernel: "
                           "resume with the same ones, or run without --resume")
        for line in lines[1:]:
            try:
                entry = json.loads(line)
            except ValueError:  # the line that was being written
                continue
            self.entries[tuple(entry["key"])] = entry
        self._rewrite()

    def _rewrite(self):
        lines = [json.dumps(x) for x in [self.header, *self.entries.values()]]
        report.write(self.path, "\n".join(lines) + "\n")

    def add(self, key, **entry):
        entry = {"key": list(key), **entry}
        self.entries[key] = entry
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")

    def remove(self):
        os.unlink(self.path)


def gather(entries):
    """(figures, failures) of a journal's entries, keyed (item, runtime, round)."""
    figures, failures = {}, []
    for (item, runtime, number), entry in sorted(entries.items(), key=lambda e: e[0][2]):
        if "why" in entry:
            failures.append({"item": item, "runtime": runtime, "round": number,
                             "why": entry["why"]})
        for metric, value in entry.get("figures", {}).items():
            figures.setdefault(metric, {}).setdefault(runtime, []).append(value)
    return figures, failures


def load(path):
    """A results file, checked; Unusable or OSError when it is none."""
    with open(path, encoding="utf-8") as file:
        try:
            results = json.load(file)
        except ValueError as error:
            raise Unusable(f"{path}: not JSON ({error}): give a results.json of "
                           "tools/bench") from None
    if not isinstance(results, dict) or "format" not in results:
        raise Unusable(f"{path}: no results of tools/bench")
    if results["format"] != FORMAT:
        raise Unusable(f"{path}: results of format {results['format']}, this tools/bench reads "
                       f"format {FORMAT}: measure again, or compare with the version that wrote it")
    return results


def median(results, metric, runtime):
    values = results["figures"].get(metric, {}).get(runtime)
    return statistics.median(values) if values else None


def spread(values):
    """How far apart the rounds are, as a part of their median."""
    middle = statistics.median(values)
    return (max(values) - min(values)) / middle if middle else 0.0


def ratio(results, metric, runtime, base):
    """(median, least, most) of the rounds' ratios to another runtime; None without both."""
    rows = results["figures"].get(metric, {})
    pairs = [a / b for a, b in zip(rows.get(runtime, []), rows.get(base, [])) if b]
    return (statistics.median(pairs), min(pairs), max(pairs)) if pairs else None


class Change:
    def __init__(self, metric, before, after, by, slower):
        self.metric, self.before, self.after, self.by = metric, before, after, by
        self.slower = slower


def _figure(results, metric, runtime, base):
    if base:
        return ratio(results, metric, runtime, base)
    values = results["figures"].get(metric, {}).get(runtime)
    return (statistics.median(values), min(values), max(values)) if values else None


def compare(old, new, threshold, runtime="capbox"):
    """(what is compared, [Change], [metrics that only fail now]). Where both files have runc, its
    rounds are the yardstick: a machine that is slower today is no change. A metric is slower when
    its median is by more than the threshold, and its best round is not as good as the old
    median."""
    both = runtime in old["runtimes"] and runtime in new["runtimes"]
    base = "runc" if all("runc" in r["runtimes"] for r in (old, new)) else None
    if not both:
        raise Unusable(f"only one of the files measures {runtime}")
    changes, lost = [], []
    for metric in new["metrics"]:
        name = metric["name"]
        a, b = (_figure(r, name, runtime, base) for r in (old, new))
        if a and b:
            by = b[0] / a[0] - 1
            changes.append(Change(name, a[0], b[0], by, by > threshold and b[1] > a[0]))
    for metric in old["metrics"]:
        name = metric["name"]
        failed = {f["item"] for f in new["failures"] if f["runtime"] == runtime}
        if _figure(old, name, runtime, base) and name.split("/")[0] in failed:
            lost.append(name)
    return base, changes, lost
