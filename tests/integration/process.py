"""config.json's `process`, as the program sees it: arguments, environment, directory, user,
capabilities, limits, no_new_privs."""

import os

from lib.suite import Suite

suite = Suite("process")

CAPABILITY_NUMBERS = {"CAP_CHOWN": 0, "CAP_DAC_OVERRIDE": 1, "CAP_FOWNER": 3, "CAP_KILL": 5,
                      "CAP_SETGID": 6, "CAP_SETUID": 7, "CAP_NET_BIND_SERVICE": 10,
                      "CAP_SYS_CHROOT": 18, "CAP_MKNOD": 27}


def mask(*names):
    return f"{sum(1 << CAPABILITY_NUMBERS[n] for n in names):016x}"


def status_fields(t, change, script="cat /proc/self/status"):
    """The lines of /proc/self/status as a dictionary."""
    return {k: v.split() for k, _, v in (line.partition(":") for line in t.lines(script, change))}


def capability_sets(t, change):
    fields = status_fields(t, change)
    return {s: fields["Cap" + s][0] for s in ("Inh", "Prm", "Eff", "Bnd", "Amb")}


@suite.case
def arguments_arrive_unchanged(t):
    words = ["", " ", "a b", "'quoted'", "\"", "\\n", "ümläut", "$HOME", "*", "x" * 5000, "-n", "\n"]
    result = t.run(t.config("/bin/sh", "-c", 'for a in "$@"; do echo "<$a>"; done', "sh", *words))
    t.equal(result.stdout, "".join(f"<{w}>\n" for w in words), "arguments")


@suite.case
def many_arguments(t):
    words = [str(i) for i in range(20000)]
    result = t.run(t.config("/bin/sh", "-c", "echo $# ${20000}", "sh", *words))
    t.equal(result.stdout, "20000 19999\n", "arguments")


@suite.case
def program_name_is_looked_up(t):
    t.equal(t.run(t.config("echo", "found")).stdout, "found\n", "by PATH")
    configuration = t.config("special")
    root = t.own_rootfs()
    with open(f"{root}/home/special", "w", encoding="utf-8") as script:
        script.write("#!/bin/sh\necho \"$0\" special\n")
    os.chmod(f"{root}/home/special", 0o755)
    configuration["root"]["path"] = root
    configuration["process"]["env"] = ["PATH=/nowhere:/home"]
    t.equal(t.run(configuration).stdout, "/home/special special\n", "by PATH of the container")
    configuration["process"].update(args=["./special"], cwd="/home")
    t.equal(t.run(configuration).stdout, "./special special\n", "from the directory")


@suite.case
def environment(t):
    def change(c):
        c["process"]["env"] = ["PATH=/bin", "A=1", "EMPTY=", "SPACE= x y ", "EQ=a=b", "U=ü"]
    lines = t.lines("env", change)
    for wanted in ("PATH=/bin", "A=1", "EMPTY=", "SPACE= x y ", "EQ=a=b", "U=ü"):
        t.check(wanted in lines, f"{wanted!r} missing in {lines}")
    names = {line.split("=")[0] for line in lines}
    t.check(names <= {"PATH", "A", "EMPTY", "SPACE", "EQ", "U", "HOME", "SHLVL", "PWD", "_",
                      "OLDPWD"}, f"variables from nowhere: {lines}")


@suite.case
def nothing_of_the_hosts_environment(t):
    result = t.sh("env", env={"PATH": "/usr/sbin:/usr/bin:/bin", "LEAK": "from the host"})
    t.check("LEAK" not in result.stdout, result.stdout)


@suite.case
def working_directory(t):
    def change(c):
        c["process"]["cwd"] = "/usr/bin"
    t.equal(t.lines("pwd; readlink /proc/self/cwd; cd ..; pwd", change),
            ["/usr/bin", "/usr/bin", "/usr"], "cwd")


@suite.case
def working_directory_is_made(t):
    root = t.own_rootfs()

    def change(c):
        c["root"]["path"] = root
        c["process"]["cwd"] = "/made/on/demand"
    t.equal(t.lines("pwd", change), ["/made/on/demand"], "cwd")


@suite.case
def user_and_groups(t):
    def change(c):
        c["process"]["user"] = {"uid": 1000, "gid": 1000, "additionalGids": [5, 2000]}
    t.equal(t.lines("id; id -G", change),
            ["uid=1000(user) gid=1000(user) groups=5(tty),2000(extra)",
             "1000 5 2000"], "id")
    fields = status_fields(t, change)
    t.equal(fields["Uid"], ["1000"] * 4, "Uid")
    t.equal(fields["Gid"], ["1000"] * 4, "Gid")
    t.equal(fields["Groups"], ["5", "2000"], "Groups")
    files = t.lines("touch /tmp/x; stat -c '%u %g' /tmp/x; rm /tmp/x", change)
    t.equal(files, ["1000 1000"], "owner of a new file")


@suite.case
def another_user_is_kept_out(t):
    def change(c):
        c["process"]["user"] = {"uid": 1000, "gid": 1000}
        for names in c["process"]["capabilities"].values():
            names.clear()
    result = t.sh("ls /root; touch /etc/x; cat /etc/passwd > /dev/null && echo readable;"
                  "chown 0 /tmp; kill -0 1 && echo own", change)
    t.check("readable\n" in result.stdout and "own\n" in result.stdout, repr(result))
    t.equal(result.stderr.count("ermission denied") + result.stderr.count("not permitted"), 3,
            f"refusals in {result.stderr!r}")


@suite.case
def umask(t):
    t.equal(t.lines("umask"), ["0022"], "default umask")

    def change(c):
        c["process"]["user"]["umask"] = 0o027
    t.equal(t.lines("umask; touch /tmp/m; stat -c %a /tmp/m; rm /tmp/m", change),
            ["0027", "640"], "umask")


@suite.case
def capabilities_of_root(t):
    names = ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE"]

    def change(c):
        c["process"]["capabilities"] = {s: names for s in ("bounding", "effective", "permitted")}
    wanted = mask(*names)
    t.equal(capability_sets(t, change),
            {"Inh": mask(), "Prm": wanted, "Eff": wanted, "Bnd": wanted, "Amb": mask()}, "sets")


@suite.case
def capabilities_none(t):
    def change(c):
        c["process"]["capabilities"] = {}
    t.equal(set(capability_sets(t, change).values()), {mask()}, "sets")
    result = t.sh("touch /tmp/c; chown 1000 /tmp/c; s=$?; rm /tmp/c; exit $s", change)
    t.equal(result.status, 1, "chown without CAP_CHOWN")


@suite.case
def capabilities_ambient(t):
    def change(c):
        c["process"]["user"] = {"uid": 1000, "gid": 1000}
        c["process"]["capabilities"] = {
            "bounding": ["CAP_CHOWN", "CAP_KILL"], "permitted": ["CAP_CHOWN"],
            "inheritable": ["CAP_CHOWN"], "effective": ["CAP_CHOWN"], "ambient": ["CAP_CHOWN"]}
    one = mask("CAP_CHOWN")
    t.equal(capability_sets(t, change),
            {"Inh": one, "Prm": one, "Eff": one, "Bnd": mask("CAP_CHOWN", "CAP_KILL"),
             "Amb": one}, "sets")
    root = t.own_rootfs()

    def in_own_rootfs(c):
        change(c)
        c["root"]["path"] = root
    t.equal(t.lines("touch /tmp/a; chown 0 /tmp/a; stat -c %u /tmp/a", in_own_rootfs),
            ["0"], "chown as uid 1000 with CAP_CHOWN")


@suite.case
def capabilities_lost_by_exec_of_a_user(t):
    def change(c):
        c["process"]["user"] = {"uid": 1000, "gid": 1000}
    sets = capability_sets(t, change)
    t.equal((sets["Prm"], sets["Eff"]), (mask(), mask()), "sets of uid 1000 after its exec")


@suite.case
def capabilities_count(t):
    """Each of these needs one capability of root's; without it the kernel says no."""
    trials = {"CAP_CHOWN": "touch /tmp/f && chown 1 /tmp/f",
              "CAP_FOWNER": "chmod 777 /home/of-user",
              "CAP_DAC_OVERRIDE": "cat /home/secret",
              "CAP_SYS_CHROOT": "chroot / /bin/true",
              "CAP_SETUID": "setuidgid user true || su user -c true"}
    root = t.own_rootfs()
    for name, mode in (("of-user", 0o644), ("secret", 0)):
        with open(f"{root}/home/{name}", "w", encoding="utf-8"):
            pass
        os.chmod(f"{root}/home/{name}", mode)
        os.chown(f"{root}/home/{name}", 1000, 1000)
    all_names = list(trials) + ["CAP_SETGID"]
    for missing in [None, *trials]:
        names = [n for n in all_names if n != missing]

        def change(c):
            c["root"]["path"] = root
            c["process"]["capabilities"] = {s: names for s in ("bounding", "effective",
                                                               "permitted")}
        script = "; ".join(f"({command}) >/dev/null 2>&1 && echo {name}"
                           for name, command in trials.items())
        got = t.sh(script + "; true", change).stdout.split()
        t.equal(got, [n for n in trials if n != missing], f"what works without {missing}")


@suite.case
def no_new_privileges(t):
    for value in (True, False):
        def change(c):
            c["process"]["noNewPrivileges"] = value
        t.equal(status_fields(t, change)["NoNewPrivs"], [str(int(value))], "NoNewPrivs")


@suite.case
def limits(t):
    wanted = {"RLIMIT_NOFILE": (256, 512), "RLIMIT_CORE": (0, 0), "RLIMIT_FSIZE": (1 << 20, 1 << 30),
              "RLIMIT_STACK": (4 << 20, 16 << 20), "RLIMIT_NPROC": (500, 1000),
              "RLIMIT_CPU": (100, 200), "RLIMIT_AS": (1 << 32, 1 << 33)}
    names = {"RLIMIT_NOFILE": "Max open files", "RLIMIT_CORE": "Max core file size",
             "RLIMIT_FSIZE": "Max file size", "RLIMIT_STACK": "Max stack size",
             "RLIMIT_NPROC": "Max processes", "RLIMIT_CPU": "Max cpu time",
             "RLIMIT_AS": "Max address space"}

    def change(c):
        c["process"]["rlimits"] = [{"type": k, "soft": s, "hard": h}
                                   for k, (s, h) in wanted.items()]
    lines = t.lines("cat /proc/self/limits; ulimit -n; ulimit -H -n", change)
    t.equal(lines[-2:], ["256", "512"], "ulimit -n")
    for kind, (soft, hard) in wanted.items():
        line = next(x for x in lines if x.startswith(names[kind]))
        t.equal(line[len(names[kind]):].split()[:2], [str(soft), str(hard)], names[kind])


@suite.case
def limits_work(t):
    def change(c):
        c["process"]["rlimits"] = [{"type": "RLIMIT_FSIZE", "soft": 4096, "hard": 4096}]
    result = t.sh("trap '' XFSZ; head -c 8192 /dev/zero > /tmp/big; stat -c %s /tmp/big; rm /tmp/big",
                  change)
    t.equal(result.stdout, "4096\n", f"size of a file under RLIMIT_FSIZE ({result.stderr!r})")


@suite.case
def out_of_memory_score(t):
    def change(c):
        c["process"]["oomScoreAdj"] = 321
    t.equal(t.lines("cat /proc/self/oom_score_adj", change), ["321"], "oom_score_adj")


@suite.case
def no_descriptor_of_the_host(t):
    lines = t.lines("ls /proc/self/fd | sort -n | tr '\\n' ' '")
    t.check(set(lines[0].split()) <= {"0", "1", "2", "3"}, f"descriptors: {lines}")


@suite.case
def pid_1(t):
    t.equal(t.lines("echo $$; cat /proc/1/comm; readlink /proc/1/exe; set -- /proc/[0-9]*; echo $#"),
            ["1", "sh", "/bin/busybox", "1"], "pid 1")


@suite.case
def scripts_and_their_interpreter(t):
    root = t.own_rootfs()
    for name, text in (("one", "#!/bin/sh -e\necho \"$0 $*\"; false; echo not reached\n"),
                       ("two", "#!/home/one with argument\n"),
                       ("bad", "#!/no/interpreter\n"), ("none", "echo by the shell\n")):
        with open(f"{root}/home/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(f"{root}/home/{name}", 0o755)

    def change(c):
        c["root"]["path"] = root
    t.equal(t.sh("/home/one a b", change).stdout, "/home/one a b\n", "script")
    t.equal(t.sh("/home/two x", change).stdout, "/home/one with argument /home/two x\n", "nested")
    t.equal(t.sh("/home/bad", change).status, 127, "missing interpreter")
    t.equal(t.sh("/home/none", change).stdout, "by the shell\n", "no interpreter")
