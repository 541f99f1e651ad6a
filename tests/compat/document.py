"""Reports of a whole run: report.md and report.html beside the results, and, when asked for,
docs/compatibility.md with its chart. Nothing is written for a run that is not complete."""

import math
import os

from compat import application
from lib import paths, report

DOCS = os.path.join(paths.SOURCE, "docs")
SERIES = ["direct", "runc", "crun", "runsc-systrap", "runsc-ptrace", "capbox"]
MARKS = {"pass": "pass", "differs": "**differs**", "fails": "**fails**", "skipped": "skipped"}
REPORTS = ("report.md", "report.html")


def remove(directory):
    """Takes away the reports of an earlier run, which must not be taken for this one's."""
    for name in REPORTS:
        if os.path.exists(os.path.join(directory, name)):
            os.unlink(os.path.join(directory, name))


class Row:
    """One application: in each runtime the verdict, why, and the time and its ratio to direct."""

    def __init__(self, app, results):
        self.app = app
        self.reference = results.get("direct")
        self.cells = {name: application.verdict(app, self.reference, r)
                      for name, r in results.items()}
        self.seconds = {name: r.get("seconds") for name, r in results.items()}

    def passes(self, name):
        return self.cells[name][0] == "pass"

    def ratio(self, name):
        """Of wall times; only where both did the same."""
        base, own = self.seconds.get("direct"), self.seconds.get(name)
        good = self.reference and self.passes("direct") and self.passes(name)
        return own / base if good and base and own else None

    def text(self, name):
        ratio = self.ratio(name)
        shown = f" ({ratio:.2f})" if ratio and name != "direct" else ""
        return MARKS[self.cells[name][0]] + shown


def rows_of(data, applications):
    by_app = {}
    for result in data["results"]:
        by_app.setdefault(result["app"], {})[result["runtime"]] = result
    return [Row(app, by_app[app.name]) for app in applications if app.name in by_app]


def counts(data, applications):
    """{runtime: {verdict: how many}}"""
    found = {name: dict.fromkeys(MARKS, 0) for name in data["runtimes"]}
    for row in rows_of(data, applications):
        for name, (what, _) in row.cells.items():
            found[name][what] += 1
    return found


def means(rows, names):
    """{runtime: the geometric mean of its ratios to direct}, for those that have any."""
    found = {}
    for name in names:
        ratios = [math.log(r.ratio(name)) for r in rows if name in r.cells and r.ratio(name)]
        if ratios and name != "direct":
            found[name] = math.exp(sum(ratios) / len(ratios))
    return found


def facts(data):
    """Where and with what a run was made, as lines."""
    m = data["machine"]
    lines = [f"Linux {m['kernel']}, {m['cpus']} CPUs ({m['cpu']}), {m['memory']} MiB of memory, "
             f"cgroup v{m['cgroup']}"]
    for name, what in data["runtimes"].items():
        flags = f", flags: {' '.join(what['flags'])}" if what["flags"] else ""
        lines.append(f"{name}: {what['program']} {what['version']}{flags}")
    lines += [f"{name} was not run: {why}" for name, why, _ in data["missing"]]
    lines.append(f"{len({r['app'] for r in data['results']})} applications, "
                 f"{data['seconds'] / 60:.0f} minutes")
    return lines


def summary(data, rows, names):
    """Headings and rows: how many of each verdict, and the mean ratio."""
    mean = means(rows, names)
    total = counts(data, [r.app for r in rows])
    body = [[n, *(total[n][v] for v in MARKS), f"{mean[n]:.2f}" if n in mean else "1"]
            for n in names]
    return ["runtime", *MARKS, "time, ratio to direct (geometric mean)"], body


def chart(rows, names):
    """Wall times as ratios, one line an application, where capbox passes."""
    shown = [n for n in names if n != "direct"]
    data = [(r.app.name, {n: r.ratio(n) for n in shown if n in r.cells}) for r in rows
            if any(n in r.cells and r.ratio(n) for n in shown)]
    return report.dots("Time of real applications", "wall time, ratio to direct execution", data,
                       SERIES, reference=1.0)


def problems(rows, names):
    """[(application, runtime, what, why)] of all that do not pass; known ones with the reason."""
    found = []
    for row in rows:
        for name in names:
            what, why = row.cells.get(name, ("pass", ""))
            if what != "pass":
                found.append((row.app.name, name, what, row.app.known.get(name) or why))
    return found


def _grouped(rows):
    for category in application.CATEGORIES:
        of_it = [r for r in rows if r.app.fields["category"] == category]
        if of_it:
            yield category, of_it


def markdown(data, rows, names):
    parts = ["\n".join("- " + line for line in facts(data)) + "\n",
             report.markdown(*summary(data, rows, names))]
    for category, of_it in _grouped(rows):
        body = [[r.app.name, r.app.fields["about"], *(r.text(n) for n in names)] for r in of_it]
        parts.append(f"## {category[0].upper()}{category[1:]}\n\n" +
                     report.markdown(["application", "what it does", *names], body, text=True))
    rest = problems(rows, names)
    if rest:
        parts.append("## What does not pass\n\n" + "".join(
            f"- {app} in {name} {what}: {_short(why)}\n" for app, name, what, why in rest))
    return "\n".join(parts)


def _short(why):
    """A reason or a difference as one line for a list."""
    if not why.startswith("---"):
        return " | ".join(why.splitlines())[:300]
    lines = [x for x in why.splitlines() if not x.startswith(("---", "+++", "@@", " "))]
    return "`" + " | ".join(lines)[:300].replace("`", "'") + "`"


def _colour(row, name):
    good = row.passes(name)
    kind = "good" if good else "faint" if row.cells[name][0] == "skipped" else "bad"
    return report.raw(f'<span class="{kind}">{row.text(name).strip("*").replace("**", "")}</span>')


def page(data, rows, names):
    body = [[r.app.name, r.app.fields["category"], r.app.fields["about"],
             *(_colour(r, n) for n in names)] for r in rows]
    bodies = [report.listing(facts(data)), report.table(*summary(data, rows, names)),
              report.section("Applications", report.paragraph(
                  "Each verdict with the wall time as a ratio to direct execution."),
                  report.table(["application", "category", "what it does", *names], body,
                               search=True, text=True)),
              report.section("Time", chart(rows, names))]
    rest = [[a, n, w, report.raw(f"<pre>{report.escape(why)}</pre>")]
            for a, n, w, why in problems(rows, names)]
    if rest:
        bodies.append(report.section("What does not pass", report.table(
            ["application", "runtime", "verdict", "why"], rest, search=True, text=True)))
    return report.page("Compatibility of capbox", bodies)


_INTRODUCTION = """# Compatibility

Real software, run without a container, in other runtimes and in capbox: the same files, the same
steps. *pass* means that it ends with status 0 and that output and files are equal to those without
a container. The number beside it is the wall time, as a ratio to direct execution, from the start
of the container to its end, in a single run; what is written lies in memory, in every runtime. The
smaller the application, the more of its time is the start of a container. Measurements of speed
are in [benchmarks.md](benchmarks.md).

This page is made by `tools/compat --docs`, as root; `tools/compat --filter X` runs a part. Each
application is one file in `tests/compat/apps`.

"""


def write(data, applications, directory, docs):
    """Writes all reports of a complete run."""
    if not data["complete"]:
        raise RuntimeError("the run is not complete: no report is made of it")
    rows = rows_of(data, applications)
    names = [n for n in SERIES if n in data["runtimes"]]
    text = markdown(data, rows, names)
    report.write(os.path.join(directory, "report.html"), page(data, rows, names))
    report.write(os.path.join(directory, "report.md"), "# Compatibility of capbox\n\n" + text)
    if docs:
        os.makedirs(os.path.join(DOCS, "images"), exist_ok=True)
        report.write(os.path.join(DOCS, "images", "compatibility.svg"),
                     report.standalone(chart(rows, names)))
        report.write(os.path.join(DOCS, "compatibility.md"), _INTRODUCTION + text +
                     "\n## Time\n\n![wall time, ratio to direct](images/compatibility.svg)\n")
