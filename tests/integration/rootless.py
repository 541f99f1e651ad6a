"""Containers of callers who are not the host's root: a user with ranges of subordinate ids, one
with nothing but the own id, and root of a user namespace. docs/rootless.md says what is promised."""

import atexit
import json
import os
import pty
import pwd
import re
import select
import shutil
import signal
import subprocess
import time

from lib import bundle, hoststate, rootfs
from lib.runtime import Runtime
from lib.suite import Suite

suite = Suite("rootless")
ONLY = ("capbox", "what a rootless runc does is its own affair")
RANGES, SINGLE = f"{hoststate.TOKEN}r", f"{hoststate.TOKEN}s"
_made = set()


def _remove_users():
    for name in _made:
        subprocess.run(["userdel", "--remove", name], check=False, stderr=subprocess.DEVNULL)


def user(t, name):
    """The password entry of one of the two users, who exist while the tests run."""
    if not shutil.which("newuidmap") or not shutil.which("useradd"):
        t.skip("useradd or newuidmap (package uidmap) is missing")
    if name not in _made:
        if not _made:
            atexit.register(_remove_users)
        ranges = [] if name == RANGES else ["-K", "SUB_UID_COUNT=0", "-K", "SUB_GID_COUNT=0"]
        subprocess.run(["useradd", "--create-home", *ranges, name], check=True)
        _made.add(name)
    return pwd.getpwnam(name)


def subordinate(name, file="/etc/subuid"):
    """(first, count) of the user's range."""
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            owner, first, count = line.strip().split(":")
            if owner == name:
                return int(first), int(count)
    return None


class UserRuntime(Runtime):
    """The runtime, called by another user; `prefix` is put before the command."""

    def __init__(self, t, entry, prefix=(), root="state"):
        super().__init__("capbox", t.runtime.path, root and t.path(f"{root}-{entry.pw_name}"))
        self.entry, self.children = entry, t.runtime.children
        self.prefix = ["setpriv", "--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid),
                       "--init-groups", *prefix]

    def command(self, *arguments, options=()):
        return [*self.prefix, *super().command(*arguments, options=options)]

    def call(self, *arguments, env=None, **keywords):
        keywords.setdefault("cwd", "/")
        environment = {"PATH": os.environ["PATH"], "HOME": self.entry.pw_dir, **(env or {})}
        return super().call(*arguments, env=environment, **keywords)


def as_user(t, name, *prefix):
    """A runtime whose state lies in a directory of the user's own."""
    runtime = UserRuntime(t, user(t, name), prefix)
    if not os.path.exists(runtime.root):
        os.mkdir(runtime.root, 0o700)
        os.chown(runtime.root, runtime.entry.pw_uid, runtime.entry.pw_gid)
    return runtime


def own_rootfs(t, uid):
    """A root filesystem that belongs to the user."""
    root = t.own_rootfs()
    for directory, names, files in os.walk(root):
        for name in [".", *names, *files]:
            os.lchown(os.path.join(directory, name), uid, uid)
    return root


def config(t, entry, script, **process):
    """What `spec --rootless` describes, as the harness writes it."""
    configuration = t.shell(script, **process)
    own = {"containerID": 0, "size": 1}
    configuration["linux"]["namespaces"].append({"type": "user"})
    configuration["linux"]["uidMappings"] = [{**own, "hostID": entry.pw_uid}]
    configuration["linux"]["gidMappings"] = [{**own, "hostID": entry.pw_gid}]
    return configuration


def whole_range(configuration, name):
    """Maps the user's whole range too."""
    for key, file in (("uidMappings", "/etc/subuid"), ("gidMappings", "/etc/subgid")):
        first, count = subordinate(name, file)
        configuration["linux"][key].append({"containerID": 1, "hostID": first, "size": count})
    return configuration


def run(t, runtime, configuration, **keywords):
    return runtime.run(t.bundle(configuration), t.identifier(), **keywords)


def lines(t, runtime, configuration):
    result = run(t, runtime, configuration)
    t.equal(result.status, 0, repr(result))
    return result.stdout.splitlines()


def refused(t, runtime, configuration, *patterns):
    result = run(t, runtime, configuration)
    t.check(result.status != 0, f"accepted: {result}")
    t.equal(len(result.stderr.splitlines()), 1, f"lines of {result.stderr!r}")
    for pattern in patterns:
        t.match(result.stderr, pattern, "message")


def both(t):
    for name in (RANGES, SINGLE):
        yield name, as_user(t, name)


# --- the template ---------------------------------------------------------------------------------

def _template(t, runtime):
    """A bundle that `spec --rootless` has written, with a root of the user's own."""
    directory = t.path(f"bundle-{runtime.entry.pw_name}")
    os.mkdir(directory)
    os.chown(directory, runtime.entry.pw_uid, runtime.entry.pw_gid)
    result = runtime.call("spec", "--rootless", "--bundle", directory)
    t.equal(result.status, 0, repr(result))
    os.mkdir(f"{directory}/rootfs")
    rootfs.populate_busybox(f"{directory}/rootfs")
    return directory


@suite.case(only=ONLY)
def the_template_runs(t):
    for _, runtime in both(t):
        directory = _template(t, runtime)
        with open(f"{directory}/config.json", encoding="utf-8") as file:
            configuration = json.load(file)
        configuration["process"].update(
            terminal=False, args=["sh", "-c", "id -u; cat /proc/self/uid_map; ls -d /sys/class;"
                                  "touch /x; hostname"])
        bundle.write(directory, configuration)
        result = runtime.run(directory, t.identifier())
        t.equal(result.status, 0, repr(result))
        got = result.stdout.splitlines()
        t.equal((got[0], got[1].split()), ("0", ["0", str(runtime.entry.pw_uid), "1"]), "ids")
        t.equal(got[2:], ["/sys/class", "capbox"], "/sys and the host name")
        t.match(result.stderr, "Read-only file system", "the root")


@suite.case(only=ONLY)
def the_template_as_it_is_with_a_terminal(t):
    for _, runtime in both(t):
        directory = _template(t, runtime)
        master, slave = pty.openpty()
        process = runtime.start_process(
            runtime.command("run", "--bundle", directory, t.identifier()), stdin=slave,
            stdout=slave, stderr=slave, cwd="/")
        os.close(slave)
        os.write(master, b"tty; echo $((6*7)); exit 3\n")
        t.equal(process.wait(10), 3, "status")
        runtime.finish(process)
        text = b""
        while select.select([master], [], [], 0.2)[0]:
            try:
                text += os.read(master, 4096)
            except OSError:
                break
        os.close(master)
        t.match(text.decode(), r"/dev/pts/0\r\n42\r\n", "what the terminal shows")


# --- life -----------------------------------------------------------------------------------------

@suite.case(only=ONLY)
def life(t):
    for _, runtime in both(t):
        name = t.identifier()
        directory = t.bundle(config(t, runtime.entry, "trap 'exit 7' TERM; while :; do sleep 0.1; done"))
        t.equal(runtime.create(directory, name).status, 0, "create")
        t.equal(runtime.state(name)["status"], "created", "status")
        t.equal(runtime.start(name).status, 0, "start")
        t.equal(runtime.state(name)["status"], "running", "status")
        result = runtime.call("exec", name, "/bin/sh", "-c", "id -u; exit 5")
        t.equal((result.status, result.stdout), (5, "0\n"), "exec")
        t.check(len(json.loads(runtime.call("ps", "--format", "json", name).stdout)) >= 1, "ps")
        listed = json.loads(runtime.call("list", "--format", "json").stdout)
        t.equal([(c["id"], c["owner"]) for c in listed], [(name, runtime.entry.pw_name)], "list")
        t.equal(runtime.kill(name, "TERM").status, 0, "kill")
        t.wait(lambda n=name, r=runtime: hoststate.reap(set(r.children)) or
               r.state(n)["status"] == "stopped", "stopped")
        t.equal(runtime.delete(name).status, 0, "delete")
        t.equal(os.listdir(runtime.root), [], "what is left of it")


@suite.case(only=ONLY)
def the_sentrys_death(t):
    for _, runtime in both(t):
        name = t.identifier()
        directory = t.bundle(config(t, runtime.entry, "sleep 100 & sleep 100"))
        t.equal(runtime.create(directory, name).status, 0, "create")
        t.equal(runtime.start(name).status, 0, "start")
        os.kill(runtime.state(name)["pid"], signal.SIGKILL)
        t.equal(runtime.delete(name, force=True).status, 0, "delete --force")
        t.equal(os.listdir(runtime.root), [], "what is left of it")


# --- who the guests are ---------------------------------------------------------------------------

def _guests(t, runtime, configuration):
    """The lines of /proc/PID/status of the guests of a running container, on the host."""
    name = t.identifier()
    t.equal(runtime.create(t.bundle(configuration), name).status, 0, "create")
    t.equal(runtime.start(name).status, 0, "start")
    time.sleep(0.1)
    found = []
    for pid in hoststate.guests(runtime.state(name)["pid"]):
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            found.append(dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line))
    t.equal(runtime.delete(name, force=True).status, 0, "delete")
    t.check(len(found) >= 2, f"guests: {found}")
    return found


@suite.case(only=ONLY)
def guests_have_the_last_id_of_the_range(t):
    runtime = as_user(t, RANGES)
    first, count = subordinate(RANGES)
    for configuration in (config(t, runtime.entry, "sleep 9 & sleep 9"),
                          whole_range(config(t, runtime.entry, "sleep 9 & sleep 9"), RANGES)):
        for guest in _guests(t, runtime, configuration):
            t.equal(set(guest["Uid"].split() + guest["Gid"].split()), {str(first + count - 1)},
                    "ids of a guest")
            t.equal(guest["Groups"].strip(), "", "groups of a guest")


@suite.case(only=ONLY)
def guests_without_ranges_are_the_user_and_still_have_nothing(t):
    runtime = as_user(t, SINGLE)
    for guest in _guests(t, runtime, config(t, runtime.entry, "sleep 9 & sleep 9")):
        t.equal(set(guest["Uid"].split()), {str(runtime.entry.pw_uid)}, "uid of a guest")
        t.equal({guest[f"Cap{s}"] for s in ("Inh", "Prm", "Eff", "Bnd", "Amb")}, {"0" * 16},
                "capabilities")
        t.equal((guest["NoNewPrivs"], guest["Seccomp"]), ("1", "2"), "confinement")


@suite.case(only=ONLY)
def the_users_own_processes_are_out_of_reach(t):
    for _, runtime in both(t):
        victim = runtime.start_process([*runtime.prefix, "sleep", "1000"])
        secret = t.path(f"secret-{runtime.entry.pw_name}")
        with open(secret, "w", encoding="utf-8"):
            pass
        os.chown(secret, runtime.entry.pw_uid, runtime.entry.pw_gid)
        script = (f"kill -9 {victim.pid}; kill -9 -1; cat {secret}; ls /proc/{victim.pid};"
                  f"kill -0 {os.getpid()}; echo done")
        result = run(t, runtime, config(t, runtime.entry, script))
        t.equal(result.stdout, "done\n", repr(result))
        t.equal(victim.poll(), None, "the user's process")
        victim.kill()
        victim.wait()
        runtime.finish(victim)


# --- ids inside -----------------------------------------------------------------------------------

@suite.case(only=ONLY)
def files_of_the_user(t):
    for _, runtime in both(t):
        configuration = config(t, runtime.entry, "touch /tmp/f; stat -c '%u %g' /tmp/f /tmp/foreign")
        root = own_rootfs(t, runtime.entry.pw_uid)
        with open(f"{root}/tmp/foreign", "w", encoding="utf-8"):
            pass
        configuration["root"]["path"] = root
        t.equal(lines(t, runtime, configuration), ["0 0", "65534 65534"], "owners inside")
        t.equal(os.stat(f"{root}/tmp/f").st_uid, runtime.entry.pw_uid, "owner on the host")


@suite.case(only=ONLY)
def the_whole_range(t):
    runtime = as_user(t, RANGES)
    first, _ = subordinate(RANGES)
    group, _ = subordinate(RANGES, "/etc/subgid")
    configuration = whole_range(config(t, runtime.entry, (
        "cat /proc/self/uid_map /proc/self/setgroups; touch /tmp/f; chown 5:6 /tmp/f;"
        "su user -c 'id -u; touch /tmp/g; cat /tmp/own'")), RANGES)
    root = own_rootfs(t, runtime.entry.pw_uid)
    with open(f"{root}/tmp/own", "w", encoding="utf-8"):
        pass
    os.chmod(f"{root}/tmp/own", 0o600)
    configuration["root"]["path"] = root
    result = run(t, runtime, configuration)
    got = [line.split() for line in result.stdout.splitlines()]
    t.equal(got, [["0", str(runtime.entry.pw_uid), "1"], ["1", str(first), "65536"], ["allow"],
                  ["1000"]], repr(result))
    t.match(result.stderr, "ermission denied", "a file of the container's root")
    info = os.stat(f"{root}/tmp/f")
    t.equal((info.st_uid, info.st_gid), (first + 4, group + 5), "owner on the host")
    t.equal(os.stat(f"{root}/tmp/g").st_uid, first + 999, "owner of a user's file")


@suite.case(only=ONLY)
def ids_that_are_not_mapped(t):
    for _, runtime in both(t):
        configuration = config(t, runtime.entry, (
            "chown 1000 /tmp/f; setuidgid user id -u; su user -c id; cat /tmp/foreign; echo end"))
        root = own_rootfs(t, runtime.entry.pw_uid)
        for name, uid in (("f", runtime.entry.pw_uid), ("foreign", 0)):
            with open(f"{root}/tmp/{name}", "w", encoding="utf-8") as file:
                file.write("secret")
            os.chmod(f"{root}/tmp/{name}", 0o600)
            os.chown(f"{root}/tmp/{name}", uid, uid)
        configuration["root"]["path"] = root
        result = run(t, runtime, configuration)
        t.equal(result.stdout, "end\n", repr(result))
        configuration = config(t, runtime.entry, "id", user={"uid": 1000, "gid": 0})
        refused(t, runtime, configuration, r"process\.user: cannot act as user 1000")
        configuration = config(t, runtime.entry, "id",
                               user={"uid": 0, "gid": 0, "additionalGids": [7]})
        refused(t, runtime, configuration, r"process\.user.* 1 more")


@suite.case(only=ONLY)
def nobodys_set_user_id_program_gives_nothing(t):
    """The owner of such a file is not in the container's user namespace: the bit counts for nothing."""
    for _, runtime in both(t):
        configuration = config(t, runtime.entry, "/home/id -u; echo end")
        root = own_rootfs(t, runtime.entry.pw_uid)
        shutil.copy(f"{root}/bin/busybox", f"{root}/home/id")
        os.chown(f"{root}/home/id", 1, 1)
        os.chmod(f"{root}/home/id", 0o6755)
        configuration["root"]["path"] = root
        t.equal(lines(t, runtime, configuration), ["0", "end"], "effective user")


# --- refusals -------------------------------------------------------------------------------------

@suite.case(only=ONLY)
def without_mappings(t):
    for _, runtime in both(t):
        refused(t, runtime, t.shell("true"), r"linux\.uidMappings", "capbox spec --rootless")


@suite.case(only=ONLY)
def ids_of_others(t):
    for name, runtime in both(t):
        configuration = config(t, runtime.entry, "true")
        configuration["linux"]["uidMappings"] += [
            {"containerID": 1, "hostID": 0, "size": 1}]
        refused(t, runtime, configuration, r"linux\.uidMappings\[1\]: host ids 0 to 0",
                "/etc/subuid", f"usermod --add-subuids 0-0 {name}")
        configuration = config(t, runtime.entry, "true")
        configuration["linux"]["gidMappings"][0]["size"] = 2
        refused(t, runtime, configuration, r"linux\.gidMappings\[0\]", "/etc/subgid")


@suite.case(only=ONLY)
def a_limit_without_a_control_group(t):
    for _, runtime in both(t):
        for resources, name in (({"memory": {"limit": 1 << 26}}, r"memory\.limit"),
                                ({"pids": {"limit": 10}}, r"pids\.limit")):
            configuration = config(t, runtime.entry, "true")
            configuration["linux"]["resources"] = resources
            refused(t, runtime, configuration, rf"linux\.resources\.{name}", "delegated")
        configuration = config(t, runtime.entry, "echo ran")
        configuration["linux"]["resources"] = {"devices": [{"allow": False, "access": "rwm"}]}
        t.equal(lines(t, runtime, configuration), ["ran"], "rules for devices alone")


@suite.case(only=ONLY)
def pause_without_a_control_group(t):
    runtime = as_user(t, SINGLE)
    name = t.identifier()
    t.equal(runtime.create(t.bundle(config(t, runtime.entry, "sleep 9")), name).status, 0, "create")
    result = runtime.call("pause", name)
    t.check(result.status != 0, repr(result))
    t.match(result.stderr, "no freezer control group.*delegated", "message")
    t.equal(runtime.delete(name, force=True).status, 0, "delete")


@suite.case(only=ONLY)
def namespaces_of_the_host(t):
    holder = t.runtime.start_process(["unshare", "--net", "sh", "-c", "echo ready; exec sleep 1000"],
                                     stdout=subprocess.PIPE)
    holder.stdout.readline()
    for _, runtime in both(t):
        configuration = config(t, runtime.entry, "true")
        for namespace in configuration["linux"]["namespaces"]:
            if namespace["type"] == "network":
                namespace["path"] = f"/proc/{holder.pid}/ns/net"
        refused(t, runtime, configuration, r"linux\.namespaces.*network namespace")
    holder.kill()
    holder.wait()
    holder.stdout.close()
    t.runtime.finish(holder)


@suite.case(only=ONLY)
def the_bundle_of_another(t):
    runtime = as_user(t, SINGLE)
    directory = t.bundle(config(t, runtime.entry, "true"))
    os.chmod(directory, 0o700)
    result = runtime.run(directory, t.identifier())
    t.match(result.stderr, "ermission denied", "message")


# --- the state root -------------------------------------------------------------------------------

@suite.case(only=ONLY)
def default_roots(t):
    for _, runtime in both(t):
        entry = runtime.entry
        bare = UserRuntime(t, entry, root=None)
        run_directory = t.path(f"run-{entry.pw_name}")
        os.mkdir(run_directory, 0o700)
        os.chown(run_directory, entry.pw_uid, entry.pw_gid)
        for environment, root in (({"XDG_RUNTIME_DIR": run_directory}, f"{run_directory}/capbox"),
                                  ({}, f"/tmp/capbox-{entry.pw_uid}")):
            name = t.identifier()
            directory = t.bundle(config(t, entry, "sleep 9"))
            t.equal(bare.create(directory, name, env=environment).status, 0, "create")
            t.equal(os.listdir(root), [name], root)
            t.equal(os.stat(root).st_uid, entry.pw_uid, "owner")
            t.equal(bare.delete(name, force=True, env=environment).status, 0, "delete")
            t.equal(os.listdir(root), [], root)
            shutil.rmtree(root)


@suite.case(only=ONLY)
def a_state_root_that_another_has_made(t):
    runtime = UserRuntime(t, user(t, SINGLE), root=None)
    root = f"/tmp/capbox-{runtime.entry.pw_uid}"
    os.mkdir(root, 0o777)
    os.chmod(root, 0o777)
    try:
        refused(t, runtime, config(t, runtime.entry, "true"), root, "not the caller's own",
                "XDG_RUNTIME_DIR")
    finally:
        shutil.rmtree(root)


# --- surroundings ---------------------------------------------------------------------------------

@suite.case(only=ONLY)
def network(t):
    own = "tail -n +3 /proc/net/dev | cut -d : -f 1"
    for _, runtime in both(t):
        configuration = config(t, runtime.entry, own)
        t.equal([w.strip() for w in lines(t, runtime, configuration)], ["lo"], "a new network")
        configuration["linux"]["namespaces"] = [
            n for n in configuration["linux"]["namespaces"] if n["type"] != "network"]
        t.equal(run(t, runtime, configuration).status, 0, "the host's network")


@suite.case(only=ONLY)
def devices_and_mounts(t):
    for _, runtime in both(t):
        volume = t.path(f"volume-{runtime.entry.pw_name}")
        os.mkdir(volume)
        os.chown(volume, runtime.entry.pw_uid, runtime.entry.pw_gid)
        configuration = config(t, runtime.entry, (
            "echo x > /dev/null; head -c 2 /dev/zero | wc -c; echo in > /tmp/f; cat /tmp/f;"
            "mknod /tmp/n c 1 3; ls /tmp; ls /mnt; echo shm > /dev/shm/f; cat /dev/shm/f"))
        configuration["mounts"] += [
            bundle.bind("/tmp", volume, "nosuid", "nodev"),
            {"destination": "/mnt", "type": "bind", "source": volume, "options": ["bind", "ro"]}]
        configuration["root"]["path"] = own_rootfs(t, runtime.entry.pw_uid)
        result = run(t, runtime, configuration)
        t.equal(result.stdout.split(), ["2", "in", "f", "f", "shm"], repr(result))
        t.equal(os.stat(f"{volume}/f").st_uid, runtime.entry.pw_uid, "owner on the host")


@suite.case(only=ONLY)
def delegated_control_groups(t):
    runtime = as_user(t, SINGLE)
    places = [top for top, kind in hoststate.cgroup_mounts().items()
              if kind == "cgroup" and os.path.basename(top) in ("memory", "pids", "freezer")]
    if len(places) < 3:
        t.skip("no hierarchies of version 1")
    places = [os.path.join(top, f"{hoststate.TOKEN}-delegated") for top in places]
    for place in places:
        os.mkdir(place)
        for file in (place, f"{place}/cgroup.procs", f"{place}/tasks"):
            os.chown(file, runtime.entry.pw_uid, runtime.entry.pw_gid)
    enter = "; ".join(f"echo $$ > {place}/cgroup.procs" for place in places)
    runtime.prefix = ["sh", "-c", f'{enter}; exec "$@"', "sh", *runtime.prefix]
    try:
        name = t.identifier()
        configuration = config(t, runtime.entry, "head -1 /proc/meminfo; sleep 100")
        configuration["linux"]["resources"] = {"memory": {"limit": 64 << 20}, "pids": {"limit": 30}}
        result = runtime.create(t.bundle(configuration), name)
        t.equal(result.status, 0, repr(result))
        with open(f"{next(p for p in places if 'memory' in p)}/capbox-{name}/memory.limit_in_bytes",
                  encoding="utf-8") as file:
            t.equal(file.read().strip(), str(64 << 20), "limit")
        t.equal(runtime.start(name).status, 0, "start")
        t.equal(runtime.call("pause", name).status, 0, "pause")
        t.equal(runtime.state(name)["status"], "paused", "status")
        t.equal(runtime.call("resume", name).status, 0, "resume")
        t.equal(runtime.delete(name, force=True).status, 0, "delete")
        for place in places:
            t.equal([n for n in os.listdir(place) if os.path.isdir(f"{place}/{n}")], [], place)
        configuration["linux"]["resources"]["cpu"] = {"shares": 100}
        refused(t, runtime, configuration, r"linux\.resources\.cpu", "delegated")
    finally:
        for place in places:
            os.rmdir(place)


@suite.case(only=ONLY)
def root_of_a_user_namespace(t):
    """As rootless engines call their runtime: root of a namespace with the user's ids, in which the
    container has all ids there are."""
    runtime = as_user(t, RANGES)
    runtime.prefix += ["unshare", "--user", "--map-auto", "--map-root-user", "--mount"]
    first, _ = subordinate(RANGES)
    configuration = t.shell("id -u; touch /tmp/f; chown 5:6 /tmp/f; su user -c 'id -u'; sleep 0.3")
    root = own_rootfs(t, runtime.entry.pw_uid)
    configuration["root"]["path"] = root
    t.equal(lines(t, runtime, configuration), ["0", "1000"], "ids inside")
    t.equal(os.stat(f"{root}/tmp/f").st_uid, first + 4, "owner on the host")
    configuration["linux"]["namespaces"].append({"type": "user"})
    configuration["linux"]["uidMappings"] = configuration["linux"]["gidMappings"] = [
        {"containerID": 0, "hostID": 1, "size": 1000}, {"containerID": 1000, "hostID": 0, "size": 1},
        {"containerID": 1001, "hostID": 1001, "size": 10}]
    configuration["process"]["args"][2] = "id -u; stat -c %u /etc/passwd"
    t.equal(lines(t, runtime, configuration), ["0", "1000"], "with a mapping of its own")
    configuration["linux"]["uidMappings"] = [{"containerID": 0, "hostID": 0, "size": 100000}]
    refused(t, runtime, configuration, r"linux\.uidMappings\[0\]", "user namespace does not have")


@suite.case(only=ONLY)
def check_says_what_there_is(t):
    for name, runtime in both(t):
        result = runtime.call("check")
        t.match(result.stdout, r"privilege +missing: not root.*rootless", "privilege")
        t.match(result.stdout, r"subordinate ids +" + ("ok" if name == RANGES else "missing"), "ids")


@suite.case(only=ONLY)
def stacks_of_ones_own(t):
    """capbox debug stacks, as far as the kernel lets an owner look."""
    for _, runtime in both(t):
        name = t.identifier()
        t.equal(runtime.create(t.bundle(config(t, runtime.entry, "sleep 9 & sleep 9")), name).status,
                0, "create")
        t.equal(runtime.start(name).status, 0, "start")
        asleep = r'"sleep": in clock_nanosleep\n    #0 /bin/busybox\+0x\w+\n'

        def shown():
            result = runtime.call("debug", "stacks", name)
            t.equal((result.status, result.stderr), (0, ""), repr(result))
            return len(re.findall(asleep, result.stdout)) == 2 and result.stdout
        text = t.wait(shown, "both sleep")
        t.match(text, r"^sentry \(host \d+\): Permission denied\nprocess 1 \(host \d+\) ", "heading")
        t.equal(runtime.delete(name, force=True).status, 0, "delete")
