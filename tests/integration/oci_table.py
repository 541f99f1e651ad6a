"""The properties of the OCI runtime specification (config.md and config-linux.md, 1.0.2 to 1.2), one
row each: what becomes of it here, and how that is seen, mostly from inside a container. A row's check
is a case of this suite; the rows themselves are docs/oci-conformance.md.

`python3 -m integration.oci_table` (in tests/) prints the document, --write puts it in its place."""

import os
import sys

from lib import paths
from lib.suite import Suite

suite = Suite("oci", "busybox")
DOCUMENT = os.path.join(paths.SOURCE, "docs", "oci-conformance.md")

SUPPORTED = "supported"
REFUSED = "refused"  # with an error that names it
IGNORED = "ignored"  # and the row says why

HEAD = """# Conformance to the OCI runtime specification

What capbox does with each property of `config.json`, by the versions 1.0.2 to 1.2 of the specification.
The table is generated from the tests (`tests/integration/oci_table*.py`), each row from the one that checks
it; `tests/integration/run oci` runs them and compares this file.

- **supported**: it has the effect that the specification describes;
- **refused**: a configuration that has it is not run; the error names the property;
- **ignored**: it has no effect, for the reason that is given.

Not in the table: what is another platform's (`solaris`, `windows`, `vm`, `zos`, `process.commandLine`,
`process.user.username`), which is ignored like every unknown property.
"""

_rows = []  # (section, property, verdict, how)


def row(section, name, verdict, how, only="capbox"):
    """Registers a property; decorates its check. `how` is what the document says of the check, and for
    what is ignored the reason."""
    def register(check):
        _rows.append((section, name, verdict, how))

        def case(t):
            check(t)
        case.__name__ = name.replace("`", "").replace(" ", "_").replace("[]", "").replace("/", "_")
        suite.case(case, only=only)
        return check
    return register


def document():
    """The text of docs/oci-conformance.md."""
    lines, sections = [HEAD], {}
    for section, *rest in _rows:
        sections.setdefault(section, []).append(rest)
    for section, rows in sections.items():
        lines += [f"## {section}", "", "| property | verdict | how it is checked, or why |",
                  "|---|---|---|"]
        lines += [f"| `{name}` | {verdict} | {how} |" for name, verdict, how in rows]
        lines.append("")
    counts = {v: sum(r[2] == v for r in _rows) for v in (SUPPORTED, REFUSED, IGNORED)}
    lines.append(f"{len(_rows)} properties: " + ", ".join(f"{n} {v}" for v, n in counts.items()) + ".")
    return "\n".join(lines) + "\n"


# --- what checks are made of ----------------------------------------------------------------------

def put(path, value):
    """A change of the configuration: sets a property given by its path, making objects on the way."""
    def change(configuration):
        place = configuration
        *way, last = path.split(".")
        for key in way:
            place = place.setdefault(key, {})
        place[last] = value
    return change


def add(path, value):
    """The same for a list: appends."""
    def change(configuration):
        place = configuration
        *way, last = path.split(".")
        for key in way:
            place = place.setdefault(key, {})
        place.setdefault(last, []).append(value)
    return change


def together(*changes):
    def change(configuration):
        for one in changes:
            one(configuration)
    return change


def gives(script, wanted, *changes):
    """A check: the script's output lines with these changes."""
    def check(t):
        t.equal(t.lines(script, together(*changes)), wanted, script)
    return check


def refuses(pattern, *changes):
    """A check: the configuration is refused, in words that match the pattern."""
    def check(t):
        refused(t, pattern, *changes)
    return check


def refused(t, pattern, *changes):
    result = t.sh("echo must not run", together(*changes))
    t.check(result.status != 0 and not result.stdout, f"accepted: {result}")
    t.equal(len(result.stderr.splitlines()), 1, f"lines of {result.stderr!r}")
    t.match(result.stderr, pattern, "message")


def namespaces(*types, **paths_):
    """A change: exactly these namespaces, new or joined by path."""
    listed = [{"type": n} for n in types] + [{"type": n, "path": p} for n, p in paths_.items()]
    return put("linux.namespaces", listed)


def without(*types):
    def change(configuration):
        configuration["linux"]["namespaces"] = [
            n for n in configuration["linux"]["namespaces"] if n["type"] not in types]
    return change


def created(t, *changes, script="sleep 100", arguments=()):
    """A created container; its id."""
    configuration = t.shell(script)
    together(*changes)(configuration)
    name = t.identifier()
    result = t.runtime.create(t.bundle(configuration), name, *arguments)
    t.equal(result.status, 0, f"create: {result}")
    return name


def running(t, *changes, **keywords):
    name = created(t, *changes, **keywords)
    t.equal(t.runtime.start(name).status, 0, "start")
    return name


def gone(t, name):
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def load():
    """Fills the table; each of these modules registers its section's rows."""
    from . import oci_table_config, oci_table_mounts, oci_table_linux  # noqa: F401
    from . import oci_table_namespaces, oci_table_resources, oci_table_seccomp  # noqa: F401

    @suite.case(only="capbox")
    def document_is_current(t):
        committed = read(DOCUMENT) if os.path.exists(DOCUMENT) else ""
        t.check(committed == document(), "docs/oci-conformance.md is not what the tests say: write it "
                "anew with `cd tests && python3 -m integration.oci_table --write`")


if __name__ == "__main__":
    # As a module of the package, so that the rows land in the table that is printed.
    from integration import oci_table as table
    table.load()
    if "--write" in sys.argv:
        with open(DOCUMENT, "w", encoding="utf-8") as out:
            out.write(table.document())
    else:
        print(table.document(), end="")
