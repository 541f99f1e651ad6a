"""First inputs for the fuzz targets, made from what the sources say: each call of
syscalls/table.def with arguments of the kinds it takes, configurations, requests, program files."""

import json
import os
import re
import struct

from lib import bundle

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GUEST_MEMORY = 0x10000
AT_FDCWD = 2**64 - 100

PATHS = ["/file", "tmp/new", "/proc/self/status", "/proc/self/fd/1", "/sys/class/net", "/me/../1",
         "/link", "d/../..", "/loop", "/fifo", "/script", "/proc/1/task/1/maps", ""]
FDS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]


class Guest:
    """Builds one input of the traps target (tests/fuzz/guest.c)."""

    def __init__(self, how):
        self.how, self.calls, self.memory = how, b"", b""
        self.count = 0

    def put(self, data):
        """Places bytes in the guest's memory; the argument that points there."""
        offset = len(self.memory)
        self.memory += data + b"\0" * (-len(data) % 16)
        return struct.pack("<BH", 4, offset)

    @staticmethod
    def value(number):
        return struct.pack("<BQ", 7, number & (2**64 - 1))

    @staticmethod
    def fd(number):
        return struct.pack("<B", 3 | number << 3)

    def call(self, number, arguments):
        arguments += [b"\0"] * (6 - len(arguments))
        self.calls += struct.pack("<Hi", 0xff00, number) + b"".join(arguments)
        self.count += 1

    def input(self):
        return struct.pack("<BB", self.how, self.count - 1) + self.calls + self.memory


def syscalls():
    """(number, [argument kinds]) of every call."""
    with open(os.path.join(REPOSITORY, "syscalls/table.def"), encoding="ascii") as file:
        for number, kinds in re.findall(r'^[A-Z_]+\((\d+), \w+, "([^"]*)"', file.read(), re.M):
            yield int(number), kinds.split()


def argument(guest, kind, variant):
    if kind in ("path", "str"):
        return guest.put(PATHS[variant % len(PATHS)].encode() + b"\0")
    if kind == "dirfd":
        return guest.value(AT_FDCWD) if variant % 3 else guest.fd(FDS[variant % len(FDS)])
    if kind == "fd":
        return guest.fd(FDS[variant % len(FDS)])
    if kind in ("buf", "ptr", "sockaddr"):
        address = struct.pack("<H14s", 1, b"/tmp/socket\0") if variant % 2 else struct.pack(
            "<HHI8x", 2, 80, 0x0100007f)
        return guest.put(address + struct.pack("<QQ", GUEST_MEMORY, 16) + bytes(32))
    if kind == "out":
        return struct.pack("<BH", 4, len(guest.memory) + 256)
    if kind in ("size", "off"):
        return guest.value([16, 64, 24, 0, 4096][variant % 5])
    if kind == "pid":
        return guest.value([0, 2, 1][variant % 3])
    if kind == "mode":
        return guest.value([0o644, 0o40755, 0o10600, 0o140600][variant % 4])
    return guest.value([0, 1, 2, 0x100, 0x1000, 8, 0x40][variant % 7])


def traps():
    for number, kinds in syscalls():
        for variant in range(0, 14, 2):
            guest = Guest(variant % 4)
            for step in (0, 1):
                guest.call(number, [argument(guest, kind, variant + step) for kind in kinds])
            yield guest.input()


def configurations():
    plain = bundle.config(["/bin/sh"], rootfs="/rootfs")
    yield json.dumps(plain).encode()
    yield b"p" + json.dumps(plain["process"]).encode()  # 'p' % 4 is 0: a process
    yield b"q" + json.dumps({  # a resources object
        "devices": [{"allow": False, "access": "rwm"}], "pids": {"limit": 10},
        "memory": {"limit": 1 << 20, "swap": -1}, "cpu": {"shares": 5, "cpus": "0-1"},
        "blockIO": {"weight": 10, "throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 1}]},
        "hugepageLimits": [{"pageSize": "2MB", "limit": 1}], "unified": {"a": "b"}}).encode()
    plain["hooks"] = {"prestart": [{"path": "/h", "args": ["h"], "timeout": 3}]}
    plain.setdefault("linux", {})["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
                      "args": [{"index": 0, "value": 1, "valueTwo": 2,
                                "op": "SCMP_CMP_MASKED_EQ"}]}]}
    yield json.dumps(plain).encode()


def message(client, descriptors, request):
    text = request if isinstance(request, bytes) else json.dumps(request).encode()
    return struct.pack("<BBH", 3 | client << 3, descriptors, len(text)) + text


def requests():
    process = {"cwd": "/", "args": ["/a"], "user": {"uid": 0, "gid": 0}, "terminal": False}
    start = message(0, 0, {"op": "start"})
    run = message(1, 3, {"op": "exec", "process": process, "preserve_fds": 0})
    yield start + b"\0" + message(0, 0, {"op": "state"}) + message(0, 0, b"{")
    yield message(0, 0, {"op": "kill", "signal": 15, "all": True})
    yield start + run + b"\x08" + message(1, 0, {"op": "signal", "signal": 9}) + b"\x09\x03"
    yield run + b"\x0a" + run + b"\x09\0"
    yield message(2, 4, {"op": "exec", "preserve_fds": 0})
    process["terminal"] = True
    yield message(1, 3, {"op": "exec", "process": process}) + b"\x08\x0a"


def programs():
    yield b"#! /bin/sh -x y\n"
    yield b"#!" + b"x" * 300
    with open("/bin/true", "rb") as file:
        yield file.read(8192)
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0,
                       0, 0)
    interp = struct.pack("<IIQQQQQQ", 3, 4, 176, 0, 0, 8, 8, 1)
    stack = struct.pack("<IIQQQQQQ", 0x6474e551, 7, 0, 0, 0, 0, 0, 16)
    yield head + interp + stack + b"/ld.so\0\0"


TARGETS = {"traps": traps, "config": configurations, "control": requests, "program": programs}


def words(*sources):
    """A dictionary of the words that sources know."""
    found = set()
    for source in sources:
        with open(os.path.join(REPOSITORY, source), encoding="utf-8") as file:
            found |= set(re.findall(r'"([A-Za-z][A-Za-z0-9_.]{2,30})"', file.read()))
    return "".join(f'"{word}"\n' for word in sorted(found))


def dictionary(target):
    runtime = os.path.join(REPOSITORY, "runtime")
    spec = [f"runtime/{name}" for name in sorted(os.listdir(runtime))
            if re.fullmatch(r"spec.*\.c", name)]
    if target == "config":
        return words(*spec)
    if target == "control":
        return words("sentry/control.c", "runtime/spec_process.c")
    if target == "traps":
        return "".join(f'"{path}\\x00"\n' for path in PATHS if path)
    return '"\\x7fELF"\n"#!"\n'


def write(target, directory):
    for number, data in enumerate(TARGETS[target]()):
        with open(os.path.join(directory, f"seed-{number:04d}"), "wb") as file:
            file.write(data)
    with open(os.path.join(directory, os.pardir, f"{target}.dict"), "w", encoding="ascii") as file:
        file.write(dictionary(target))
