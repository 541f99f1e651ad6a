"""Reports that a browser shows without a network: one HTML file with its style and charts inside,
light or dark as the reader's system is; the charts also as SVG files; tables also as Markdown.

    page(title, [body, ...])                  -> a whole HTML document; bodies are HTML
    table(headings, rows, search=True)        -> HTML; a cell is a str, a number or raw(HTML)
    markdown(headings, rows)                  -> the same as Markdown; raw cells lose their markup
    bars(title, unit, rows, series)           -> an SVG element: a horizontal bar for each value
    dots(title, unit, rows, series, log=True) -> the same as dots, with the spread as a line
    lines(title, x_unit, y_unit, series)      -> an SVG element: curves; series {name: [(x, y)]}
    standalone(svg)                           -> the element as a file of its own
    write(path, text)                         writes a file that is whole or not there

A chart's rows are [(label, {series name: value})], a value a number, None (left out) or (value,
low, high). `series` lists the names in the order of their colours, so that one runtime has one
colour in every chart. reference=1.0 draws a line through that value, for ratios. Column headings may end
in a unit; first columns are text, others are aligned as numbers.
"""

import html
import math
import os
import re

COLOURS = 8
_LIGHT = ["#6b7280", "#2563eb", "#0d9488", "#9333ea", "#c026d3", "#ea580c", "#65a30d", "#dc2626"]
_DARK = ["#9ca3af", "#60a5fa", "#2dd4bf", "#c084fc", "#e879f9", "#fb923c", "#a3e635", "#f87171"]
_ROOT = "--paper:{0};--ink:{1};--faint:{2};--rule:{3};--band:{4};"


def _variables(colours, *plain):
    return _ROOT.format(*plain) + "".join(f"--c{i}:{c};" for i, c in enumerate(colours))


_CHART = """
.chart{background:var(--paper)} .chart text{font:13px system-ui,sans-serif;fill:var(--ink)}
.chart .title{font-weight:600;font-size:15px} .chart .unit,.chart .tick{fill:var(--faint)}
.chart .grid{stroke:var(--rule)} .chart .axis{stroke:var(--faint)}
.chart .reference{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:5 3}
.chart .value{font-size:11px;fill:var(--faint)} .chart .spread{stroke-width:1.5}
.chart .curve{fill:none;stroke-width:2}
""" + "".join(f".chart .c{i}{{fill:var(--c{i});stroke:var(--c{i})}}" for i in range(COLOURS))

_THEME = (":root{color-scheme:light dark;" + _variables(_LIGHT, "#ffffff", "#1f2328", "#59636e",
                                                         "#d1d9e0", "#f6f8fa") + "}"
          "@media (prefers-color-scheme:dark){:root{" +
          _variables(_DARK, "#0d1117", "#e6edf3", "#9198a1", "#3d444d", "#151b23") + "}}")

_PAGE = """
body{background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif;margin:2rem auto;
max-width:1040px;padding:0 1rem} h1{font-size:1.6rem} h2{font-size:1.25rem;margin-top:2.2rem}
.wide{overflow-x:auto;margin:1rem 0} table{border-collapse:collapse;font-size:14px}
th,td{padding:.3rem .7rem;border-bottom:1px solid var(--rule);text-align:right;vertical-align:top;
white-space:nowrap} th:first-child,td:first-child,.text td,.text th{text-align:left}
.text td{white-space:normal} th{position:sticky;top:0;background:var(--band)}
tr:hover td{background:var(--band)} code,pre{font:13px ui-monospace,monospace}
pre{background:var(--band);padding:.8rem;overflow-x:auto} .chart{max-width:100%;height:auto}
input[type=search]{font:inherit;color:inherit;background:var(--paper);padding:.35rem .6rem;
border:1px solid var(--rule);border-radius:6px;width:20rem;max-width:100%}
.good{color:var(--c6)} .bad{color:var(--c7)} .faint{color:var(--faint)} a{color:var(--c1)}
"""

_SEARCH = """
for (const box of document.querySelectorAll('input[type=search]'))
  box.addEventListener('input', () => {
    const words = box.value.toLowerCase().split(/\\s+/);
    for (const row of box.closest('section').querySelectorAll('tbody tr')) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every(word => text.includes(word));
    }
  });
"""


class raw(str):
    """HTML that is to be taken as it is."""


def escape(value):
    return value if isinstance(value, raw) else html.escape(str(value))


def page(title, bodies):
    return ('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            f"<title>{escape(title)}</title>"
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>{_THEME}{_PAGE}{_CHART}</style></head>\n<body><h1>{escape(title)}</h1>\n"
            + "\n".join(bodies) + f"\n<script>{_SEARCH}</script></body></html>\n")


def section(heading, *bodies):
    return f"<section><h2>{escape(heading)}</h2>\n" + "\n".join(bodies) + "</section>"


def paragraph(text):
    return f"<p>{escape(text)}</p>"


def listing(items):
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def table(headings, rows, search=False, text=False):
    """search: with a box above that leaves the rows with every word typed into it. text: all
    columns are text."""
    head = "".join(f"<th>{escape(h)}</th>" for h in headings)
    body = "\n".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>"
                     for row in rows)
    box = ('<p><input type="search" placeholder="search: words, all must match" '
           'aria-label="search the table"></p>') if search else ""
    kind = ' class="text"' if text else ""
    return (f'{box}<div class="wide"><table{kind}><thead><tr>{head}</tr></thead>\n'
            f"<tbody>{body}</tbody></table></div>")


def _plain(cell):
    text = html.unescape(re.sub(r"<[^>]*>", "", cell)) if isinstance(cell, raw) else str(cell)
    return text.replace("|", "\\|").replace("\n", " ")


def markdown(headings, rows, text=False):
    out = ["| " + " | ".join(_plain(h) for h in headings) + " |",
           "|" + "|".join(["---"] + ["---" if text else "---:"] * (len(headings) - 1)) + "|"]
    out += ["| " + " | ".join(_plain(c) for c in row) + " |" for row in rows]
    return "\n".join(out) + "\n"


def write(path, text):
    """Replaces a file in one step: on a full disk the old one stays. OSError when it cannot."""
    fresh = path + ".new"
    try:
        with open(fresh, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except OSError:
        if os.path.exists(fresh):
            os.unlink(fresh)
        raise


def number(value):
    """Three significant digits, never in powers of ten."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value)) + 1e-9))
    return f"{value:,.{digits}f}"


# Charts. Coordinates are pixels of the SVG's own; a scale maps a value to one.

_WIDTH, _RIGHT = 960, 70


class _Scale:
    """Values to pixels, linear from 0 or logarithmic, and where its ticks are."""

    def __init__(self, values, start, end, log):
        self.start, self.end, self.log = start, end, log
        top, bottom = max(values, default=1), min(values, default=1)
        if log:
            self.low = _nice_below(bottom)
            self.high = max(_nice_above(top), 2 * self.low)
        else:
            self.low, self.high = 0, _nice_above(top) if top > 0 else 1

    def __call__(self, value):
        if self.log:
            part = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            part = value / self.high
        return self.start + part * (self.end - self.start)

    def ticks(self):
        if self.log:
            steps = [m * 10.0 ** e for e in range(-9, 13) for m in (1, 2, 5)]
            inside = [s for s in steps if self.low * .999 <= s <= self.high * 1.001]
            return inside if len(inside) <= 11 else [s for s in inside if f"{s:e}"[0] == "1"]
        step = next(s for s in (self.high / n for n in (5, 4, 6)) if s)
        return [step * i for i in range(round(self.high / step) + 1)]


def _nice_above(value):
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
    return next(m * power for m in steps if m * power >= value * .9999)


def _nice_below(value):
    power = 10.0 ** math.floor(math.log10(value))
    return next(m * power for m in (5, 2, 1) if m * power <= value * 1.0001)


def _text(x, y, text, kind="", anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">'
            f"{escape(text)}</text>")


def _line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _svg(height, title, parts):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="{_WIDTH}" '
            f'height="{height:.0f}" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" '
            f'aria-label="{escape(title)}">\n<rect width="100%" height="100%" '
            'fill="var(--paper)"/>\n' + "\n".join(parts) + "\n</svg>")


def standalone(svg):
    """The chart as the content of an .svg file."""
    return svg.replace(">\n", f">\n<style>{_THEME}{_CHART}</style>\n", 1) + "\n"


def _legend(names, series, y):
    parts, x = [], 12.0
    for name in names:
        width = 28 + 7.6 * len(name)
        if x + width > _WIDTH:
            x, y = 12.0, y + 20
        parts.append(f'<rect x="{x:.1f}" y="{y - 10:.1f}" width="12" height="12" rx="2" '
                     f'class="c{series.index(name) % COLOURS}"/>')
        parts.append(_text(x + 17, y, name))
        x += width + 8
    return parts, y


def _span(value):
    """(value, low, high) of what a row holds."""
    return value if isinstance(value, tuple) else (value, value, value)


def _rows_chart(title, unit, rows, series, log, reference, draw, pitch):
    rows = [(label, [(n, _span(values[n])) for n in series if values.get(n) is not None])
            for label, values in rows]
    present = [n for n in series if any(n == m for _, found in rows for m, _ in found)]
    numbers = [x for _, found in rows for _, span in found for x in span if x > 0 or not log]
    numbers += [reference] if reference else []
    left = 24 + 7.2 * max((len(label) for label, _ in rows), default=0)
    scale = _Scale(numbers, left, _WIDTH - _RIGHT, log)
    legend, y = _legend(present, series, 52)
    top, parts = y + 18, []
    y = top + 8
    for label, found in rows:
        height = max(1, len(found)) * pitch
        parts.append(_text(left - 10, y + height / 2 + 4, label, anchor="end"))
        for i, (name, span) in enumerate(found):
            kind = f"c{series.index(name) % COLOURS}"
            parts.append(draw(scale, span, y + (i + .5) * pitch, kind))
        y += height + 10
    return _svg(y + 46, title, [_text(12, 26, title, "title"), *legend,
                                *_value_axis(scale, top, y, unit, reference), *parts])


def _value_axis(scale, top, bottom, unit, reference):
    parts = []
    for tick in scale.ticks():
        parts.append(_line(scale(tick), top, scale(tick), bottom, "grid"))
        parts.append(_text(scale(tick), bottom + 17, f"{tick:,.6g}", "tick", "middle"))
    if reference:
        parts.append(_line(scale(reference), top - 4, scale(reference), bottom, "reference"))
    parts.append(_line(scale.start, bottom, scale.end, bottom, "axis"))
    parts.append(_text((scale.start + scale.end) / 2, bottom + 36, unit, "unit", "middle"))
    return parts


def _bar(scale, span, y, kind):
    value, width = span[0], max(1.0, scale(span[0]) - scale.start)
    return (f'<rect x="{scale.start:.1f}" y="{y - 6:.1f}" width="{width:.1f}" height="12" rx="1.5" '
            f'class="{kind}"/>' + _text(scale.start + width + 5, y + 4, number(value), "value"))


def _dot(scale, span, y, kind):
    value, low, high = span
    return (_line(scale(low), y, scale(high), y, f"spread {kind}") +
            f'<circle cx="{scale(value):.1f}" cy="{y:.1f}" r="4.5" class="{kind}"/>' +
            _text(max(scale(high), scale(value)) + 8, y + 4, number(value), "value"))


def bars(title, unit, rows, series, reference=None):
    """Bars begin at 0, so their lengths can be compared; no logarithm then."""
    return _rows_chart(title, unit, rows, series, False, reference, _bar, 15)


def dots(title, unit, rows, series, reference=None, log=True):
    return _rows_chart(title, unit, rows, series, log, reference, _dot, 14)


def lines(title, x_unit, y_unit, data, series, log_x=True, log_y=False, reference=None):
    names = [n for n in series if data.get(n)]
    xs = [x for n in names for x, _ in data[n]]
    ys = [y for n in names for _, y in data[n]] + ([reference] if reference else [])
    legend, y = _legend(names, series, 52)
    top, bottom = y + 30, y + 330
    across, up = _Scale(xs, 80, _WIDTH - _RIGHT, log_x), _Scale(ys, bottom, top, log_y)
    parts = [_text(12, 26, title, "title"), *legend, _text(12, top - 8, y_unit, "unit")]
    for tick in up.ticks():
        parts.append(_line(across.start, up(tick), across.end, up(tick), "grid"))
        parts.append(_text(across.start - 8, up(tick) + 4, f"{tick:,.6g}", "tick", "end"))
    if reference:
        parts.append(_line(across.start, up(reference), across.end, up(reference), "reference"))
    parts += _value_axis_bottom(across, bottom, x_unit, sorted(set(xs)))
    for name in names:
        kind = f"c{series.index(name) % COLOURS}"
        points = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in sorted(data[name]))
        parts.append(f'<polyline points="{points}" class="{kind} curve" style="fill:none"/>')
        parts += [f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="4" class="{kind}"/>'
                  for x, y in data[name]]
    return _svg(bottom + 46, title, parts)


def _value_axis_bottom(across, bottom, unit, xs):
    """The ticks are where the measurements are."""
    parts = [_line(across.start, bottom, across.end, bottom, "axis"),
             _text((across.start + across.end) / 2, bottom + 38, unit, "unit", "middle")]
    return parts + [_text(across(x), bottom + 17, f"{x:,.6g}", "tick", "middle") for x in xs]
