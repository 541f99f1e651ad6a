"""The file format of an application, and what it means for two results to be equal.

An application is one file, apps/NAME.sh: a shell script that runs inside the container with
`sh -eu`, in an empty writable /scratch, on a private copy (overlay) of the root filesystem, in a
network namespace that has only a loopback. Comment lines at its top tell what it is and how to
compare:

    # about: one line for people
    # category: one of CATEGORIES
    # rootfs: tools               which of tests/lib/rootfs (default debian)
    # needs: gcc make             commands that the root filesystem must have; skipped without
    # user: 1000:1000             whose process it is (default 0:0)
    # timeout: 60                 seconds, for each runtime
    # memory: 256                 MiB of /dev/shm (default 64, as container engines do)
    # smoke: yes                  one of the few that tools/test runs
    # equal: out/*.png            files below /scratch that must be equal as the host sees them:
                                  kind, mode, owner, content
    # normalise: s/REGEX/TEXT/    (Python's re) applied to every line of the output
    # normalise: drop REGEX       leaves out the lines that match
    # normalise: sort             the order of lines does not matter
    # known: RUNTIME REASON       this runtime is known not to pass, and why

/src is tests/compat/src, read-only. Output and exit status must be equal to those without a
container.
"""

import difflib
import glob
import hashlib
import os
import re
import stat

CATEGORIES = ("shells and core tools", "languages", "databases", "web and proxies",
              "caches, queues and services", "build tools and packages", "version control", "media",
              "editors and terminals", "browsers", "system tools", "stress")
DEFAULTS = {"about": "", "category": "", "rootfs": "debian", "needs": "", "user": "0:0",
            "timeout": "60", "memory": "64", "smoke": "", "equal": ""}
PROGRAM_DIRECTORIES = ("usr/local/bin", "usr/bin", "usr/sbin", "bin", "sbin")


class Invalid(Exception):
    """The application's file cannot be understood."""


class Application:
    """One file of apps/: its script and what the comments at its top say."""

    def __init__(self, path):
        self.path, self.name = path, os.path.basename(path).removesuffix(".sh")
        self.fields, self.rules, self.known = dict(DEFAULTS), [], {}
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        for line in self.text.splitlines():
            if not line.startswith("#"):
                break
            found = re.match(r"# ([a-z]+): (.*)", line)
            if found:
                self._field(found[1], found[2])
        if self.fields["category"] not in CATEGORIES:
            raise Invalid(f"{path}: no such category: '{self.fields['category']}' (see CATEGORIES "
                          "in tests/compat/application.py)")

    def _field(self, key, value):
        if key == "normalise":
            self.rules.append(self._rule(value))
        elif key == "known":
            runtime, _, reason = value.strip().partition(" ")
            self.known[runtime] = reason
        elif key in DEFAULTS:
            self.fields[key] = value.strip()
        else:
            raise Invalid(f"{self.path}: unknown field '{key}' (the fields are listed in "
                          "tests/compat/application.py)")

    def _rule(self, text):
        """A function from lines to lines."""
        if text == "sort":
            return sorted
        try:
            if text.startswith("drop "):
                pattern = re.compile(text[5:])
                return lambda lines: [x for x in lines if not pattern.search(x)]
            pattern, replacement = text[2:].rsplit(text[1], 1)[0].split(text[1])
            pattern = re.compile(pattern)
        except (re.error, ValueError, IndexError) as why:
            raise Invalid(f"{self.path}: rule '{text}': {why}") from None
        return lambda lines: [pattern.sub(replacement, x) for x in lines]

    @property
    def digest(self):
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    def user(self):
        return tuple(int(x) for x in self.fields["user"].split(":"))

    def missing(self, directories):
        """The commands it needs that a root filesystem, given as overlay layers, has not."""
        return [c for c in self.fields["needs"].split()
                if not any(os.path.lexists(os.path.join(top, d, c))
                           for top in directories for d in PROGRAM_DIRECTORIES)]

    def normalise(self, text):
        lines = text.splitlines()
        for rule in self.rules:
            lines = rule(lines)
        return lines


def load_all(directory):
    return [Application(os.path.join(directory, n)) for n in sorted(os.listdir(directory))
            if n.endswith(".sh")]


def describe_files(work, patterns):
    """What the host sees of the files that an application has made: one line for each."""
    lines = []
    for pattern in patterns.split():
        paths = sorted(glob.glob(os.path.join(glob.escape(work), pattern), recursive=True))
        if not paths:
            lines.append(f"no file {pattern}")
        for path in paths:
            lines.append(_describe_file(path, os.path.relpath(path, work)))
    return lines


def _describe_file(path, name):
    info = os.lstat(path)
    content = ""
    if stat.S_ISREG(info.st_mode):
        with open(path, "rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    elif stat.S_ISLNK(info.st_mode):
        content = os.readlink(path)
    return f"{stat.filemode(info.st_mode)} {info.st_uid}:{info.st_gid} {content} {name}"


def difference(app, reference, other):
    """How two results (dictionaries of a store) of an application differ, as lines for people."""
    lines = [app.normalise(r["output"]) + r["files"] for r in (reference, other)]
    return list(difflib.unified_diff(*lines, reference["runtime"], other["runtime"], lineterm="",
                                     n=1))[:60]


def verdict(app, reference, result):
    """("pass" | "differs" | "fails" | "skipped", why). `reference` is the result without a
    container (None, or the result itself, when there is none)."""
    if result.get("skipped"):
        return "skipped", result["skipped"]
    if result.get("broken"):
        return "fails", result["broken"]
    if result["status"] != 0:
        tail = " | ".join(result["output"].strip().splitlines()[-3:])
        return "fails", f"exit status {result['status']}: {tail[-400:]}"
    if reference and not reference.get("broken") and reference["status"] == 0:
        lines = difference(app, reference, result)
        if lines:
            return "differs", "\n".join(lines)
    return "pass", ""
