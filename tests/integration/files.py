"""The root filesystem, masked and read-only paths, and what must not be reachable from inside."""

import os

from lib import bundle
from lib.suite import Suite

suite = Suite("files")


@suite.case
def root_is_the_rootfs(t):
    t.equal(t.lines("cat /etc/container; ls -di / | awk '{print ($1 > 0)}'"),
            ["this is the container", "1"], "root")
    result = t.sh("ls /")
    t.check({"bin", "etc", "proc", "tmp"} <= set(result.stdout.split()), result.stdout)


@suite.case
def root_can_be_relative_or_absolute(t):
    configuration = t.shell("cat /etc/container")
    directory = t.bundle(configuration)
    os.symlink(t.rootfs, os.path.join(directory, "link"))
    configuration["root"]["path"] = os.path.relpath(t.rootfs, directory)
    bundle.write(directory, configuration)
    t.equal(t.runtime.run(directory, t.identifier()).stdout, "this is the container\n", "relative")


@suite.case
def root_writable(t):
    root = t.own_rootfs()

    def change(c):
        c["root"]["path"] = root
    t.lines("echo written > /etc/new; chown 1000:2000 /etc/new; chmod 640 /etc/new", change)
    info = os.stat(f"{root}/etc/new")
    t.equal((info.st_uid, info.st_gid, info.st_mode & 0o7777), (1000, 2000, 0o640), "on the host")


@suite.case
def root_read_only(t):
    def change(c):
        c["root"]["readonly"] = True
        c["mounts"].append(bundle.tmpfs("/tmp"))
    result = t.sh("touch /x; mkdir /etc/y; rm /etc/passwd; echo z >> /etc/passwd; chmod 0 /etc;"
                  "ln -s a /b; mv /etc/passwd /etc/q; touch /tmp/ok && echo ok;"
                  "touch /dev/shm/ok && echo ok", change)
    t.equal(result.stdout, "ok\nok\n", "writable mounts")
    t.equal(result.stderr.count("ead-only file system"), 7, f"refusals in {result.stderr!r}")


@suite.case
def masked_paths(t):
    root = t.own_rootfs()
    for name in ("secret-file", "secret-directory/key"):
        path = os.path.join(root, "etc", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write("secret\n")

    def change(c):
        c["root"]["path"] = root
        c["linux"]["maskedPaths"] += ["/etc/secret-file", "/etc/secret-directory", "/etc/absent"]
    result = t.sh("cat /etc/secret-file; ls -A /etc/secret-directory; touch /etc/secret-directory/x;"
                  "echo done", change)
    t.equal(result.stdout, "done\n", "masked")
    t.equal(result.stderr.count("ead-only"), 1, f"refusals in {result.stderr!r}")


@suite.case
def masked_parts_of_proc(t):
    result = t.sh("for f in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug; do"
                  " [ -s $f ] && head -c 1 $f | wc -c; done; ls -A /proc/acpi /proc/scsi 2>/dev/null"
                  " | grep -v :; ls -A /sys/firmware 2>/dev/null; echo done")
    t.equal(result.stdout.split(), ["done"], "masked parts")


@suite.case
def read_only_paths(t):
    root = t.own_rootfs()
    os.mkdir(f"{root}/fixed")

    def change(c):
        c["root"]["path"] = root
        c["linux"]["readonlyPaths"] += ["/fixed", "/etc/passwd", "/absent"]
    result = t.sh("touch /fixed/x; echo x >> /etc/passwd; touch /etc/ok && echo ok;"
                  "head -c 4 /etc/passwd", change)
    t.equal(result.stdout, "ok\nroot", "what remains")
    t.equal(result.stderr.count("ead-only file system"), 2, f"refusals in {result.stderr!r}")


@suite.case
def read_only_parts_of_proc(t):
    result = t.sh("echo x > /proc/sys/kernel/domainname; echo b > /proc/sysrq-trigger;"
                  "echo 1 > /proc/sys/vm/drop_caches; echo done")
    t.equal(result.stdout, "done\n", "stdout")
    t.equal(len(result.stderr.splitlines()), 3, f"refusals in {result.stderr!r}")


@suite.case
def the_host_is_out_of_reach(t):
    secret = t.path("host-secret")
    with open(secret, "w", encoding="utf-8") as file:
        file.write("the host's secret\n")
    tries = [secret, "../../../../../../../.." + secret, "/proc/1/root" + secret,
             "/proc/self/root/../../../.." + secret, "/proc/1/cwd/../../.." + secret,
             "/proc/self/fd/0/../../.." + secret, "/dev/fd/../../../.." + secret,
             "/proc/2/root" + secret]
    script = "".join(f"cat {path} 2>/dev/null\n" for path in tries)
    result = t.sh(script + "cd /proc/1/root; cat .." + secret + " 2>/dev/null\n"
                  "mkdir /tmp/j; chroot /tmp/j /bin/sh 2>/dev/null; rmdir /tmp/j; echo done")
    t.equal(result.stdout, "done\n", "what the container could read")


@suite.case
def a_chroot_inside_can_be_left_only_into_the_container(t):
    # The well-known way out of a chroot (a directory kept open across a second chroot) ends in
    # the container's own root.
    lines = t.lines("mkdir -p /tmp/jail/bin /tmp/jail/in; cp /bin/busybox /tmp/jail/bin/sh;"
                    "chroot /tmp/jail /bin/sh -c 'cd /in; echo /*'; rm -r /tmp/jail")
    t.equal(lines, ["/bin /in"], "inside the chroot")


@suite.case
def mounting_is_refused(t):
    result = t.sh("mount -t tmpfs tmpfs /tmp; mount --bind / /tmp; umount /proc;"
                  "unshare -m true; unshare -U true; echo done")
    t.equal(result.stdout, "done\n", "stdout")
    t.check(len(result.stderr.splitlines()) >= 4, f"refusals in {result.stderr!r}")


@suite.case
def the_kernels_interfaces_are_refused(t):
    result = t.sh("insmod /etc/passwd; reboot -f; dmesg -n 1; hwclock -w; swapon /etc/passwd;"
                  "echo done", lambda c: c["process"].update(noNewPrivileges=True))
    t.equal(result.stdout, "done\n", "stdout")


@suite.case
def only_the_containers_processes_show(t):
    lines = t.lines("ls /proc | grep -c '^[0-9]'; ps -o pid,comm | awk 'NR > 1 {print $2}' | sort -u")
    t.check(int(lines[0]) <= 4, f"processes: {lines}")
    t.check(set(lines[1:]) <= {"sh", "ps", "awk", "sort", "ls", "grep"}, f"processes: {lines}")


@suite.case
def large_directories(t):
    lines = t.lines("mkdir /tmp/many; cd /tmp/many; i=0; while [ $i -lt 3000 ]; do : > f$i;"
                    " i=$((i+1)); done; ls | wc -l; ls -a | sort -u | wc -l; cd /; rm -r /tmp/many")
    t.equal(lines, ["3000", "3002"], "entries")


@suite.case
def a_file_that_is_deleted_stays_open(t):
    lines = t.lines("exec 4<>/tmp/gone; rm /tmp/gone; echo kept >&4; cat /proc/self/fd/4;"
                    "readlink /proc/self/fd/4")
    t.equal(lines, ["kept", "/tmp/gone (deleted)"], "deleted file")
