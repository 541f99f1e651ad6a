"""Memory that containers take on the host: the proportional share (PSS) of every process that
exists because of them, their runtime's too, and what the kernel has charged to their control
groups. All in bytes."""

import os

from lib import hoststate


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:  # the process or the group has gone meanwhile
        return ""


def _field(text, name, unit=1):
    for line in text.splitlines():
        words = line.replace(":", " ").split()
        if words and words[0] == name:
            return int(words[1]) * unit
    return 0


def total():
    return _field(_read("/proc/meminfo"), "MemTotal", 1024)


def available():
    return _field(_read("/proc/meminfo"), "MemAvailable", 1024)


def _kernel(token):
    """v1 has a file for it; v2 a line in memory.stat. A group's figure includes those below it."""
    size, groups = 0, hoststate.cgroups(token)
    for group in groups:
        if os.path.dirname(group) in groups:
            continue
        v1 = _read(os.path.join(group, "memory.kmem.usage_in_bytes"))
        size += int(v1) if v1 else _field(_read(os.path.join(group, "memory.stat")), "kernel")
    return size


def of_containers(shelter):
    """All that run in the shelter, together."""
    pss = sum(_field(_read(f"/proc/{pid}/smaps_rollup"), "Pss", 1024)
              for pid in shelter.processes())
    return pss + _kernel(shelter.token)
