"""Results as people read them: an HTML report, Markdown, SVG charts, and lines for a terminal."""

import json
import statistics

from lib import report, runtimes

from . import results as r

SERIES = list(runtimes.NAMES)
SCALES = {"s": 1, "ms": 1e-3, "us": 1e-6, "MiB": 1 << 20}
UNITS = {"us": "µs"}
GROUPS = {"start": "Starting", "workload": "Programs", "micro": "Single operations",
          "scale": "Many"}
RUNTIME_HEADINGS = ["runtime", "version", "options given"]
METHOD = [
    "The same programs on the same files everywhere: one Debian root filesystem below, and over it "
    "a fresh overlay for every run. The page cache is filled once before the first round; what a "
    "run has written is deleted before the next begins.",
    "The runtimes alternate (A B C, then B C A ...), and ratios are made within a round, so that a "
    "slow minute of the machine is everyone's. Figures are medians over the rounds.",
    "Every run's output is checked. A run that fails or prints something else counts as failed, "
    "never as a time, and is not measured again in that runtime.",
    "Programs are timed inside, from the first command to the last, without the container's start, "
    "which has a figure of its own. Less is better everywhere.",
    f"~ marks figures whose rounds lie further apart than {r.NOISY:.0%} of their median.",
    "direct is a chroot on the host, without namespaces.",
    "Where the host has control groups of both versions, only v1 is shown to the runtimes: crun "
    "makes none otherwise.",
    "Each runtime has the defaults that it comes with; the options given are in the table. runsc "
    "keeps changes to the root filesystem in a file of its own by default; the others write to the "
    "overlay.",
]


def _unit(metric):
    return UNITS.get(metric["unit"], metric["unit"])


def _names(results):
    return [n for n in SERIES if n in results["runtimes"]]


def _group(results, group):
    return [m for m in results["metrics"] if m["group"] == group and not m["curve"]]


def _failed(results, metric, runtime):
    item = "micro" if metric["group"] == "micro" else metric["curve"] or metric["name"]
    return any(f["item"] == item.split("/")[0] and f["runtime"] == runtime
               for f in results["failures"])


def _cell(results, metric, runtime):
    values = results["figures"].get(metric["name"], {}).get(runtime)
    if _failed(results, metric, runtime):
        return report.raw('<span class="bad">failed</span>')
    if not values:
        return "–"
    mark = " ~" if r.spread(values) > r.NOISY else ""
    return report.number(statistics.median(values) / SCALES[metric["unit"]]) + mark


def _ratio_text(results, metric, runtime, base):
    found = r.ratio(results, metric["name"], runtime, base)
    return f"{found[0]:.2f}" if found and not _failed(results, metric, runtime) else "–"


def _table(results, metrics):
    """(headings, rows): medians of all runtimes, and capbox's ratios."""
    names = _names(results)
    ratios = [b for b in ("direct", "runc") if "capbox" in names and b in names]
    headings = ["", "unit", *names, *[f"capbox / {b}" for b in ratios]]
    rows = [[m["about"], _unit(m), *[_cell(results, m, n) for n in names],
             *[_ratio_text(results, m, "capbox", b) for b in ratios]] for m in metrics]
    return headings, rows


def _least_and_most(results, metrics):
    """Of the single operations: what the batches of capbox's rounds say beside the median."""
    rows = []
    for m in metrics:
        sides = [results["figures"].get(f"{m['name']}/{part}", {}).get("capbox")
                 for part in ("min", "p99")]
        if all(sides):
            rows.append([m["about"], *[report.number(statistics.median(s) * 1e6) for s in sides]])
    return ["capbox, µs", "least", "99th percentile"], rows


# Charts.


def _ratio_chart(results, title, metrics, names, base):
    rows = []
    for m in metrics:
        found = {n: r.ratio(results, m["name"], n, base) for n in names
                 if n != base and not _failed(results, m, n)}
        rows.append((_short(m), {n: v for n, v in found.items() if v}))
    rows = [row for row in rows if row[1]]
    if not rows:
        return None
    return report.dots(title, f"time relative to {base} (1 = the same, less is better; "
                       "line: all rounds)", rows, SERIES, reference=1.0)


def _short(metric):
    return metric["name"] if metric["group"] == "workload" else metric["about"]


def _bar_chart(results, title, metrics):
    unit = metrics[0]["unit"] if metrics else "s"
    rows = []
    for m in metrics:
        values = {n: r.median(results, m["name"], n) for n in _names(results)}
        rows.append((_short(m), {n: v / SCALES[unit] for n, v in values.items() if v is not None}))
    rows = [row for row in rows if row[1]]
    return report.bars(title, UNITS.get(unit, unit), rows, SERIES) if rows else None


def _curves(results):
    """{curve: SVG}, in the order of the metrics."""
    charts = {}
    for curve in dict.fromkeys(m["curve"] for m in results["metrics"] if m["curve"]):
        points = [m for m in results["metrics"] if m["curve"] == curve]
        data = {}
        for n in _names(results):
            found = [(m["x"], r.median(results, m["name"], n)) for m in points]
            data[n] = [(x, y / SCALES[points[0]["unit"]]) for x, y in found if y is not None]
        if any(data.values()):
            about = points[0]["about"].split(";")[0]
            charts[curve] = report.lines(about[0].upper() + about[1:], points[0]["axis"],
                                         _unit(points[0]), data, SERIES,
                                         log_x=min(m["x"] for m in points) > 0, log_y=True)
    return charts


def charts(results):
    """{file name without .svg: SVG element}."""
    names = _names(results)
    base = "runc" if "runc" in names else names[0]
    direct = "direct" if "direct" in names else base
    programs = _group(results, "workload")
    main = [n for n in names if n in ("runsc-systrap", "capbox")]
    made = {
        "start": _bar_chart(results, "Starting", _group(results, "start")),
        "programs": _ratio_chart(results, "Programs", programs, main, base),
        "programs-all": _ratio_chart(results, "Programs, all runtimes", programs, names, base),
        "operations": _ratio_chart(results, "Single operations", _group(results, "micro"),
                                   names, direct),
        **{c.replace("/", "-"): svg for c, svg in _curves(results).items()},
    }
    return {name: svg for name, svg in made.items() if svg}


# Documents.


def _facts(results):
    m, s = results["machine"], results["settings"]
    busy = f"; load at the beginning {m['load']:.1f}"
    return (f"{m['date']}, {m['cpus']} CPUs ({m['cpu']}), {m['memory_gib']} GiB, Linux "
            f"{m['kernel']}, {m['system']}, control groups {m['cgroups']}; {s['rounds']} rounds"
            f"{', quick' if s['quick'] else ''}"
            f"{', only ' + repr(s['filter']) if s['filter'] else ''}{busy}.")


def _runtime_rows(results):
    rows = [[n, x["version"], " ".join(x["flags"]) or "none"]
            for n, x in results["runtimes"].items()]
    return rows + [[n, f"not measured: {why}", how] for n, why, how in results["missing"]]


def _failure_lines(results):
    return [f"{f['item']} in {f['runtime']}, round {f['round'] + 1}: {f['why']}"
            for f in results["failures"]]


def _scale_table(results):
    points = [m for m in results["metrics"] if m["curve"]]
    headings, rows = _table(results, points)
    for m, row in zip(points, rows):
        row[0] = f"{row[0].split(';')[0]}: {m['x']} {m['axis']}"
    return headings, rows


def html(results):
    made = charts(results)
    bodies = [report.paragraph(_facts(results)),
              report.table(RUNTIME_HEADINGS, _runtime_rows(results), text=True)]
    if results["failures"]:
        bodies.append(report.section("Failures", report.listing(_failure_lines(results))))
    for group, heading in GROUPS.items():
        metrics = _group(results, group)
        parts = [made[n] for n in {"start": ["start"], "workload": ["programs", "programs-all"],
                                   "micro": ["operations"]}.get(group, []) if n in made]
        if group == "scale":
            parts += [made[m] for m in made if m.replace("-", "/") in _curves(results)
                      or m in _curves(results)]
            headings, rows = _scale_table(results)
        else:
            headings, rows = _table(results, metrics)
        if group == "micro":
            parts.append(report.table(*_least_and_most(results, metrics)))
        if rows:
            bodies.append(report.section(heading, *parts,
                                         report.table(headings, rows, search=len(rows) > 20)))
    bodies.append(report.section("How it is measured", report.listing(METHOD)))
    return report.page("capbox: what it costs", bodies)


def markdown(results, images=""):
    """images: what goes before a chart's name in links; none without."""
    def picture(name):
        return f"![{name}]({images}{name}.svg)\n\n" if images and name in made else ""

    made = charts(results)
    out = [_facts(results) + "\n\n",
           report.markdown(RUNTIME_HEADINGS, _runtime_rows(results), text=True)]
    if results["failures"]:
        out.append("\n## Failures\n\n" + "".join(f"- {x}\n" for x in _failure_lines(results)))
    for group, heading in GROUPS.items():
        headings, rows = _scale_table(results) if group == "scale" else \
            _table(results, _group(results, group))
        if rows:
            pictures = {"start": ["start"], "workload": ["programs", "programs-all"],
                        "micro": ["operations"],
                        "scale": [c.replace("/", "-") for c in _curves(results)]}[group]
            out.append(f"\n## {heading}\n\n" + "".join(picture(p) for p in pictures))
            out.append(report.markdown(headings, rows))
    out.append("\n## How it is measured\n\n" + "".join(f"- {x}\n" for x in METHOD))
    return "".join(out)


def files(results):
    """{file name: content} of a results folder."""
    out = {"results.json": json.dumps(results, indent=1) + "\n", "report.html": html(results),
           "report.md": "# capbox: what it costs\n\n" + markdown(results)}
    out.update((f"{n}.svg", report.standalone(svg)) for n, svg in charts(results).items())
    return out


def documentation(results):
    """{file name: content} for docs/."""
    head = ("# Benchmarks\n\nWhat a container costs in capbox, beside direct execution, runc, crun "
            "and gVisor's runsc. Written by `tools/bench --docs`; the command measures anew on any "
            "machine, and `tools/bench --compare OLD NEW` says what became slower.\n\n")
    out = {"benchmarks.md": head + markdown(results, "benchmarks-")}
    out.update((f"benchmarks-{n}.svg", report.standalone(s)) for n, s in charts(results).items())
    return out


# For a terminal.


def _columns(headings, rows):
    cells = [[str(c) if not isinstance(c, report.raw) else "failed" for c in row]
             for row in [headings, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headings))]
    return "\n".join("  ".join(c.ljust(w) if i == 0 else c.rjust(w)
                               for i, (c, w) in enumerate(zip(row, widths))).rstrip()
                     for row in cells)


def summary(results):
    parts = []
    for group, heading in GROUPS.items():
        headings, rows = _scale_table(results) if group == "scale" else \
            _table(results, _group(results, group))
        if rows:
            rows = [[row[0][:60], *row[1:]] for row in rows]
            parts.append(f"{heading}\n" + _columns(headings, rows))
    parts += ["FAILED " + x for x in _failure_lines(results)]
    return "\n\n".join(parts)


def listing(items):
    return "\n".join(f"{m.name:28} {m.group:9} {m.about}" for i in items for m in i.metrics)


def comparison(base, changes, lost, threshold):
    what = f"capbox relative to {base}" if base else "capbox, seconds or bytes"
    slower = sorted((c for c in changes if c.slower), key=lambda c: -c.by)
    faster = sorted((c for c in changes if c.by < -threshold / 100), key=lambda c: c.by)
    lines = [f"{len(changes)} figures compared ({what}), threshold {threshold:g} %"]
    for heading, found in (("slower", slower), ("faster", faster)):
        lines += [f"{heading}: {c.metric}: {report.number(c.before)} -> {report.number(c.after)} "
                  f"({c.by:+.0%})" for c in found]
    lines += [f"fails now: {name}" for name in lost]
    if not slower and not lost:
        lines.append("nothing became slower")
    return "\n".join(lines)
