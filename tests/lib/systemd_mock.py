#!/usr/bin/python3
"""A stand-in for systemd's manager on a bus of its own, for tests on machines where systemd does not
run: makes the control group of a scope in one hierarchy, moves its processes there, and writes down
what it was asked, one JSON object a line.

    systemd_mock.py BUS-ADDRESS HIERARCHY LOG"""

import json
import os
import sys

import dbus
import dbus.lowlevel
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.systemd1"
MANAGER = NAME + ".Manager"


def plain(value):
    """A value of D-Bus as one of JSON."""
    if isinstance(value, dict):
        return {plain(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dbus.Boolean):
        return bool(value)
    return int(value) if isinstance(value, int) else str(value)


class UnitExists(dbus.DBusException):
    _dbus_error_name = NAME + ".UnitExists"


class Manager(dbus.service.Object):
    def __init__(self, bus, hierarchy, log):
        super().__init__(bus, "/org/freedesktop/systemd1")
        self.hierarchy, self.log, self.units, self.jobs = hierarchy, log, {}, 0

    def record(self, method, **members):
        with open(self.log, "a", encoding="utf-8") as file:
            file.write(json.dumps({"method": method, **members}) + "\n")

    def job(self, unit, result="done"):
        self.jobs += 1
        path = dbus.ObjectPath(f"/org/freedesktop/systemd1/job/{self.jobs}")
        GLib.timeout_add(20, lambda: self.JobRemoved(dbus.UInt32(self.jobs), path, unit, result))
        return path

    @dbus.service.signal(MANAGER, signature="uoss")
    def JobRemoved(self, number, job, unit, result):
        pass

    @dbus.service.method(MANAGER, in_signature="", out_signature="")
    def Subscribe(self):
        self.record("Subscribe")

    @dbus.service.method(MANAGER, in_signature="ssa(sv)a(sa(sv))", out_signature="o")
    def StartTransientUnit(self, name, mode, properties, auxiliary):
        found = {str(k): plain(v) for k, v in properties}
        self.record("StartTransientUnit", name=str(name), mode=str(mode), properties=found)
        if name in self.units:
            raise UnitExists(f"Unit {name} already exists.")
        path = os.path.join(self.hierarchy, found["Slice"], str(name))
        os.makedirs(path)
        self.units[name] = path
        for pid in found["PIDs"]:
            with open(os.path.join(path, "cgroup.procs"), "w", encoding="utf-8") as file:
                file.write(str(pid))
        return self.job(name, "failed" if "fails" in name else "done")

    @dbus.service.method(MANAGER, in_signature="sba(sv)", out_signature="")
    def SetUnitProperties(self, name, runtime, properties):
        self.record("SetUnitProperties", name=str(name),
                    properties={str(k): plain(v) for k, v in properties})

    @dbus.service.method(MANAGER, in_signature="ss", out_signature="o")
    def StopUnit(self, name, mode):
        self.record("StopUnit", name=str(name))
        path = self.units.pop(name, None)
        for directory in (path, os.path.dirname(path) if path else None):
            if directory and os.path.isdir(directory):
                try:
                    os.rmdir(directory)
                except OSError:
                    pass
        return self.job(name)

    @dbus.service.method(MANAGER, in_signature="s", out_signature="")
    def ResetFailedUnit(self, name):
        self.record("ResetFailedUnit", name=str(name))
        self.units.pop(name, None)


def main():
    address, hierarchy, log = sys.argv[1:]
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.bus.BusConnection(address)
    keep = dbus.service.BusName(NAME, bus), Manager(bus, hierarchy, log)
    print("ready", flush=True)
    GLib.MainLoop().run()
    return keep


if __name__ == "__main__":
    main()
