"""linux.seccomp: a profile holds for everything in the container, whoever serves the call."""

import json

from lib import bundle
from lib.suite import Suite

from .lifetime import running

suite = Suite("seccomp")
CONTAINERS = "/usr/share/containers/seccomp.json"
CAPBOX = ("capbox", "about calls that only capbox needs")

# What the shell and its programs need, in a profile that lists what is allowed.
BASE = """access arch_prctl brk clone clone3 close dup dup2 dup3 execve exit exit_group fcntl fork fstat
futex getcwd getdents64 getegid geteuid getgid getpgrp getpid getppid getrandom getrlimit gettid
getuid ioctl lseek lstat mmap mprotect munmap nanosleep newfstatat open openat pipe pipe2 poll pread64
prctl prlimit64 read readlink rseq rt_sigaction rt_sigprocmask rt_sigreturn set_robust_list
set_tid_address setpgid sigaltstack stat statfs sysinfo uname vfork wait4 write writev setuid setgid
capget capset setgroups fstatfs fchdir chdir epoll_ctl epoll_wait epoll_pwait tgkill faccessat2
recvmsg sendmsg recvfrom getsockopt setsockopt read getpid time seccomp""".split()


def deny(names, action="SCMP_ACT_ERRNO", **members):
    return {"names": names, "action": action, **members}


def profile(*rules, default="SCMP_ACT_ALLOW", **members):
    return {"defaultAction": default, "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
            "syscalls": list(rules), **members}


def run(t, seccomp, script):
    def change(configuration):
        configuration["linux"]["seccomp"] = seccomp
    return t.sh(script, change)


def engine_profile(eperm):
    """What an engine makes of the profile that it ships, for the default capabilities."""
    try:
        with open(CONTAINERS, encoding="utf-8") as file:
            source = json.load(file)
    except FileNotFoundError:
        return None
    rules = []
    for rule in source["syscalls"]:
        includes, excludes = rule.get("includes") or {}, rule.get("excludes") or {}
        caps = set(bundle.DEFAULT_CAPABILITIES)
        if ("amd64" not in includes.get("arches", ["amd64"]) or "amd64" in excludes.get("arches", [])
                or not set(includes.get("caps", [])) <= caps or set(excludes.get("caps", [])) & caps
                or eperm and rule["action"] != "SCMP_ACT_ALLOW"):
            continue
        kept = {k: rule[k] for k in ("names", "action", "args", "errnoRet") if rule.get(k)}
        rules.append(kept)
    default = {} if eperm else {"defaultErrnoRet": 38}
    return profile(*rules, default="SCMP_ACT_ERRNO", **default)


@suite.case
def profiles_of_engines(t):
    script = ("ls /etc | sort | head -2; mkdir /tmp/d && cd /tmp/d && echo x > f && mv f g && cat g; "
              "cd /; rm -r /tmp/d; echo a b | (read x y; echo $y); id -u; chroot / echo chrooted; "
              "sleep 0.01; kill -0 $$ && echo alive; unshare -n true 2>/dev/null || echo refused")
    wanted = ["container", "group", "x", "b", "0", "chrooted", "alive", "refused"]
    for eperm in (False, True):
        seccomp = engine_profile(eperm)
        if not seccomp:
            t.skip(f"no {CONTAINERS}: install the package golang-github-containers-common")
        result = run(t, seccomp, script)
        t.equal((result.stdout.split(), result.stderr), (wanted, ""), "output")


@suite.case
def status_tells_of_it(t):
    fields = "grep -E '^Seccomp' /proc/self/status"
    t.equal(t.lines(fields), ["Seccomp:\t0", "Seccomp_filters:\t0"], "without a profile")
    result = run(t, profile(deny(["mkdir"])), fields)
    t.equal(result.stdout.splitlines(), ["Seccomp:\t2", "Seccomp_filters:\t1"], "with one")


@suite.case
def a_served_call_is_refused(t):
    result = run(t, profile(deny(["mkdir", "mkdirat"], errnoRet=28)), "mkdir /tmp/x; echo $?")
    t.equal(result.stdout, "1\n", "status of mkdir")
    t.match(result.stderr, "No space left", "errno")


@suite.case
def a_native_call_is_refused(t):
    result = run(t, profile(deny(["nanosleep", "clock_nanosleep"], errnoRet=95)),
                 "sleep 5; echo after")
    t.check(result.seconds < 4, "sleep must not sleep")


@suite.case
def conditions(t):
    write = [{"index": 2, "value": 64, "op": "SCMP_CMP_MASKED_EQ", "valueTwo": 64}]  # O_CREAT
    result = run(t, profile(deny(["open"], args=[{**write[0], "index": 1}]),
                            deny(["openat"], args=write)),
                 "cat /etc/container; (: > /tmp/new) || echo refused")
    t.equal(result.stdout, "this is the container\nrefused\n", "output")
    t.match(result.stderr, "not permitted", "errno")


@suite.case
def kill_is_obeyed(t):
    for name in ("mkdir", "nanosleep"):
        names = [name, name.replace("nano", "clock_nano").replace("mkdir", "mkdirat")]
        result = run(t, profile(deny(names, "SCMP_ACT_KILL_PROCESS")),
                     f"{'mkdir /tmp/x' if name == 'mkdir' else 'sleep 1'}; echo $?")
        t.equal(result.stdout, "159\n", f"status of {name}")


@suite.case
def exec_is_subject_to_it(t):
    def change(configuration):
        configuration["linux"]["seccomp"] = profile(deny(["mkdir", "mkdirat"]))
    configuration = t.shell("sleep 100")
    change(configuration)
    name = t.identifier()
    t.equal(t.runtime.create(t.bundle(configuration), name).status, 0, "create")
    t.equal(t.runtime.start(name).status, 0, "start")
    result = t.runtime.call("exec", name, "mkdir", "/tmp/x")
    t.match(result.stderr, "not permitted", "mkdir")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")
    name = running(t)
    result = t.runtime.call("exec", name, "sh", "-c", "mkdir /tmp/x && rmdir /tmp/x && echo free")
    t.equal(result.stdout, "free\n", "without a profile")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def a_list_of_what_is_allowed(t):
    rules = {"names": BASE, "action": "SCMP_ACT_ALLOW"}
    seccomp = profile(rules, default="SCMP_ACT_ERRNO")
    result = run(t, seccomp, "echo one; cat /etc/container; mkdir /tmp/x 2>/dev/null || echo no")
    t.equal(result.stdout, "one\nthis is the container\nno\n", f"output of {result}")


@suite.case
def execveat_may_be_refused(t):
    result = run(t, profile(deny(["execveat"])), "cat /etc/container")
    t.equal((result.status, result.stdout), (0, "this is the container\n"), f"{result}")


@suite.case
def execve_may_be_refused(t):
    result = run(t, profile(deny(["execve", "execveat"])), "true")
    t.check(result.status != 0, "a container that cannot execute")


@suite.case(only=CAPBOX)
def what_the_loader_needs_is_named(t):
    result = run(t, profile(deny(["ptrace"]), deny(["mmap"])), "true")
    t.match(result.stderr, r"linux.seccomp.syscalls\[1\] refuses mmap", "message")
    allowed = [name for name in BASE if name != "pread64"]
    result = run(t, profile({"names": allowed, "action": "SCMP_ACT_ALLOW"},
                            default="SCMP_ACT_ERRNO"), "true")
    t.match(result.stderr, "linux.seccomp.defaultAction refuses pread64", "message")
    result = run(t, profile(deny(["mkdir"], "SCMP_ACT_TRACE")), "true")
    t.match(result.stderr, "SCMP_ACT_TRACE.*not supported", "message")


@suite.case
def unknown_names_are_ignored(t):
    result = run(t, profile(deny(["no_such_call", "mkdir", "mkdirat"])),
                 "mkdir /tmp/x 2>/dev/null || echo refused")
    t.equal(result.stdout, "refused\n", "output")


@suite.case
def newer_calls_do_not_exist(t):
    """glibc and musl do without a call that is missing, not without one that is forbidden."""
    seccomp = profile({"names": [n for n in BASE if n != "faccessat2"] + ["statx", "faccessat"],
                       "action": "SCMP_ACT_ALLOW"}, default="SCMP_ACT_ERRNO")
    result = run(t, seccomp, "test -r /etc/container && echo readable; ls /etc/container")
    t.equal(result.stdout, "readable\n/etc/container\n", f"{result}")
