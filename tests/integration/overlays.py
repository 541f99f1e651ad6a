"""--overlay: a root that looks writable and is never written, in memory and in a directory."""

import os
import shutil
import subprocess
import tempfile

from lib.suite import Suite

suite = Suite("overlays")
CAPBOX = ("capbox", "overlays are capbox's own")
CHANGES = ("echo new > /etc/new; echo more >> /etc/container; rm /etc/passwd; mkdir /etc/d;"
           "mv /etc/group /etc/d; chmod 600 /etc/container; ln -s a /etc/link; cat /etc/container;"
           "ls /etc/d /etc/new")


def tree(directory):
    """Everything in a directory: {path: (mode, owner, size, time, content or target)}."""
    found = {}
    for parent, directories, files in os.walk(directory):
        for name in directories + files:
            path = os.path.join(parent, name)
            info = os.lstat(path)
            content = ""
            if os.path.islink(path):
                content = os.readlink(path)
            elif name in files and info.st_size < 10000:
                with open(path, "rb") as file:
                    content = file.read()
            found[os.path.relpath(path, directory)] = (
                info.st_mode, info.st_uid, info.st_size, info.st_mtime_ns, content)
    return found


def run(t, root, script, *options, change=None):
    configuration = t.shell(script)
    configuration["root"]["path"] = root
    if change:
        change(configuration)
    return t.runtime.call("run", *options, "--bundle", t.bundle(configuration), t.identifier())


def annotate(value):
    def change(configuration):
        configuration["annotations"] = {"dev.capbox.overlay": value}
    return change


class Disk:
    """A directory on a file system that an overlay can be written to, wherever the tests lie."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="overlay-")
        os.chmod(self.path, 0o700)
        subprocess.run(["mount", "-t", "tmpfs", "overlay-test", self.path], check=True)
        return self.path

    def __exit__(self, *_):
        subprocess.run(["umount", self.path], check=True)
        os.rmdir(self.path)


@suite.case(only=CAPBOX)
def memory_never_writes_the_root(t):
    root = t.own_rootfs()
    before = tree(root)
    result = run(t, root, CHANGES, "--overlay=memory")
    t.equal((result.status, result.stderr), (0, ""), "changes")
    t.equal(result.stdout, "this is the container\nmore\n/etc/new\n\n/etc/d:\ngroup\n", "inside")
    t.equal(tree(root), before, "the root afterwards")
    result = run(t, root, "cat /etc/new; ls /etc/d", "--overlay=memory")
    t.equal(result.stdout, "", "a second container begins anew")


@suite.case(only=CAPBOX)
def the_annotation_does_the_same(t):
    root = t.own_rootfs()
    before = tree(root)
    result = run(t, root, CHANGES, change=annotate("memory,size=8m"))
    t.equal(result.status, 0, f"{result}")
    t.equal(tree(root), before, "the root afterwards")
    result = run(t, root, "echo x > /etc/new", "--overlay=none", change=annotate("memory"))
    t.equal(result.status, 0, f"{result}")
    t.check(os.path.exists(f"{root}/etc/new"), "the option is not stronger than the annotation")


@suite.case(only=CAPBOX)
def the_size_is_a_limit(t):
    result = run(t, t.own_rootfs(),
                 "dd if=/dev/zero of=/big bs=1M count=16; ls -l /big | awk '{print ($5 < 4194305)}';"
                 "rm /big; dd if=/dev/zero of=/small bs=1M count=2 && echo fits",
                 "--overlay=memory,size=4m")
    t.equal(result.stdout, "1\nfits\n", f"{result}")
    t.match(result.stderr, "No space left on device", "the first dd")


@suite.case(only=CAPBOX)
def copying_up_is_limited_too(t):
    root = t.own_rootfs()
    with open(f"{root}/large", "wb") as file:
        file.truncate(0)
        file.write(b"x" * (8 << 20))
    result = run(t, root, "echo more >> /large || echo refused; wc -c < /large",
                 "--overlay=memory,size=2m")
    t.equal(result.stdout, f"refused\n{8 << 20}\n", f"{result}")
    t.equal(os.path.getsize(f"{root}/large"), 8 << 20, "on the host")


@suite.case(only=CAPBOX)
def a_directory_keeps_the_changes(t):
    root = t.own_rootfs()
    before = tree(root)
    with Disk() as path:
        option = f"--overlay=dir={path}"
        result = run(t, root, CHANGES + "; chown 1000:2000 /etc/new", option)
        t.equal((result.status, result.stderr), (0, ""), "changes")
        t.equal(tree(root), before, "the root afterwards")
        info = os.stat(f"{path}/upper/etc/new")
        t.equal((info.st_uid, info.st_gid), (1000, 2000), "the owner in the upper directory")
        result = run(t, root, "cat /etc/new; ls /etc/passwd /etc/d", option)
        t.equal(result.stdout, "new\n/etc/d:\ngroup\n", "a later container")


@suite.case(only=CAPBOX)
def a_directory_has_one_user_at_a_time(t):
    root = t.own_rootfs()
    with Disk() as path:
        option = f"--overlay=dir={path}"
        configuration = t.shell("sleep 1000")
        configuration["root"]["path"] = root
        first = t.identifier()
        t.runtime.call("create", option, "--bundle", t.bundle(configuration), first)
        result = run(t, root, "true", option)
        t.equal(result.status, 1, "the second")
        t.match(result.stderr, f"overlay in {path}: another container uses it", "message")
        t.runtime.delete(first, force=True)
        t.wait(lambda: run(t, root, "true", option).status == 0, "the directory is free again")


@suite.case(only=CAPBOX)
def read_only_roots_stay_so(t):
    def change(configuration):
        configuration["root"]["readonly"] = True
    result = run(t, t.rootfs, "touch /x", "--overlay=memory", change=change)
    t.match(result.stderr, "ead-only file system", "message")


@suite.case(only=CAPBOX)
def odd_paths_of_roots(t):
    root = t.path("a,b:c\\d")
    shutil.copytree(t.own_rootfs(), root, symlinks=True)
    result = run(t, root, "echo x > /etc/new && cat /etc/new", "--overlay=memory")
    t.equal(result.stdout, "x\n", f"{result}")
    t.check(not os.path.exists(f"{root}/etc/new"), "the root was written")


@suite.case(only=CAPBOX)
def an_exec_sees_the_same(t):
    root = t.own_rootfs()
    configuration = t.shell("echo x > /etc/new; sleep 1000")
    configuration["root"]["path"] = root
    identifier = t.identifier()
    t.runtime.call("create", "--overlay=memory", "--bundle", t.bundle(configuration), identifier)
    t.runtime.call("start", identifier)
    t.wait(lambda: t.runtime.call("exec", identifier, "/bin/cat", "/etc/new").stdout == "x\n",
           "the file in an exec")
    t.runtime.delete(identifier, force=True)
    t.check(not os.path.exists(f"{root}/etc/new"), "the root was written")


@suite.case(only=CAPBOX)
def mistakes_are_told(t):
    bundle = t.bundle(t.shell("true"))
    for value, pattern in (
            ("disk", r"expected memory\[,size=SIZE\], dir=PATH or none, found 'disk'"),
            ("memory,size=", "expected ,size= and a number"),
            ("memory,size=0", "expected ,size= and a number"),
            ("memory,size=-1", "expected ,size= and a number"),
            ("memory,size=1t", "expected ,size= and a number"),
            ("memory,mode=777", "expected ,size= and a number"),
            ("memory,size=1m,mode=777", "expected ,size= and a number"),
            ("dir=relative", "expected an absolute path, found 'relative'"),
            ("dir=/does/not/exist", "overlay in /does/not/exist: No such file"),
            ("dir=/etc/hostname", "overlay in /etc/hostname: Not a directory")):
        result = t.runtime.call("run", f"--overlay={value}", "--bundle", bundle, t.identifier())
        t.equal(result.status, 1, value)
        t.match(result.stderr, pattern, value)
    result = run(t, t.rootfs, "true", change=annotate("disk"))
    t.match(result.stderr, "annotation dev.capbox.overlay: expected memory", "annotation")
