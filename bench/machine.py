"""What a results file says about the machine, so that figures of two can be told apart."""

import os
import time

from lib import hoststate


def _first(path, name):
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.lower().startswith(name.lower()):
                return line.split(":" if ":" in line else "=", 1)[1].strip().strip('"')
    return "unknown"


def cgroup_version():
    kinds = set(hoststate.cgroup_mounts().values())
    return {("cgroup",): "v1", ("cgroup2",): "v2"}.get(tuple(sorted(kinds)), "v1 and v2")


def describe():
    return {
        "kernel": os.uname().release,
        "system": _first("/etc/os-release", "PRETTY_NAME"),
        "cpu": _first("/proc/cpuinfo", "model name"),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(_first("/proc/meminfo", "MemTotal").split()[0]) / 2**20, 1),
        "cgroups": cgroup_version(),
        "load": os.getloadavg()[0],
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }
