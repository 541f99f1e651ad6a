"""config-linux.md, linux.seccomp: rows of the conformance table."""

from .oci_table import IGNORED, REFUSED, SUPPORTED, gives, put, refused, refuses, row
from .profiles import BASE, deny, profile

SECTION = "Seccomp"
MKDIR = ["mkdir", "mkdirat"]


def _profile(*rules, **members):
    return put("linux.seccomp", profile(*rules, **members))


row(SECTION, "linux.seccomp (beside capbox's own filter)", SUPPORTED, "the stricter of both decides: a call "
    "that capbox refuses stays refused, whatever the profile says")(
    gives("unshare -U true 2> /dev/null || echo refused", ["refused"], _profile()))


@row(SECTION, "linux.seccomp.defaultAction", SUPPORTED, "with SCMP_ACT_ERRNO what is not listed fails; a "
     "profile under which no program could start is refused with what it lacks")
def _(t):
    allowed = {"names": BASE, "action": "SCMP_ACT_ALLOW"}
    gives("mkdir /tmp/x 2> /dev/null || echo refused", ["refused"],
          _profile(allowed, default="SCMP_ACT_ERRNO"))(t)
    refused(t, r"linux\.seccomp\.defaultAction refuses", _profile(default="SCMP_ACT_ERRNO"))


row(SECTION, "linux.seccomp.defaultErrnoRet", SUPPORTED, "the error of a call that is not listed; EPERM "
    "without it")(
    gives("mkdir /tmp/x 2>&1 | grep -c 'No space left'", ["1"],
          _profile({"names": BASE, "action": "SCMP_ACT_ALLOW"}, default="SCMP_ACT_ERRNO",
                   defaultErrnoRet=28)))

row(SECTION, "linux.seccomp.architectures", SUPPORTED, "the machine's own counts; a call in another's form "
    "kills in any case, as capbox's own filter has it; unknown names are refused")(
    lambda t: (gives("echo ran", ["ran"], _profile(architectures=["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"]))(t),
               refused(t, r"linux\.seccomp\.architectures", _profile(architectures=["SCMP_ARCH_VAX"]))))

for _flag in ("LOG", "SPEC_ALLOW", "TSYNC", "WAIT_KILLABLE_RECV"):
    row(SECTION, f"linux.seccomp.flags (SECCOMP_FILTER_FLAG_{_flag})", SUPPORTED,
        "given to the kernel with the filter" if _flag in ("LOG", "SPEC_ALLOW") else
        "without effect: the filter is installed by a process of one thread" if _flag == "TSYNC" else
        "without effect: it is about SCMP_ACT_NOTIFY")(
        gives("mkdir /tmp/x 2> /dev/null || echo refused", ["refused"],
              _profile(deny(MKDIR), flags=[f"SECCOMP_FILTER_FLAG_{_flag}"])))


def _action(name, status, how):
    @row(SECTION, f"linux.seccomp.syscalls[].action ({name})", SUPPORTED, how)
    def _(t):
        t.equal(t.lines("mkdir /dev/shm/x 2> /dev/null; echo $?", _profile(deny(MKDIR, name))),
                [str(status)], name)


_action("SCMP_ACT_ALLOW", 0, "the call succeeds")
_action("SCMP_ACT_LOG", 0, "the call succeeds; the kernel logs it")
_action("SCMP_ACT_ERRNO", 1, "the call fails with EPERM, or errnoRet")
_action("SCMP_ACT_KILL", 159, "the caller dies of SIGSYS")
_action("SCMP_ACT_KILL_THREAD", 159, "the caller dies of SIGSYS")
_action("SCMP_ACT_KILL_PROCESS", 159, "the caller dies of SIGSYS")
_action("SCMP_ACT_TRAP", 159, "the caller gets SIGSYS")

for _name, _why in (("SCMP_ACT_NOTIFY", "a guest's listener is the sentry"),
                    ("SCMP_ACT_TRACE", "a guest's tracer is the sentry")):
    row(SECTION, f"linux.seccomp.syscalls[].action ({_name})", REFUSED, _why)(
        refuses(r"linux\.seccomp", _profile(deny(MKDIR, _name), listenerPath="/run/agent.sock")))

row(SECTION, "linux.seccomp.listenerPath, .listenerMetadata", IGNORED, "they are about SCMP_ACT_NOTIFY, which "
    "is refused; metadata without a path is refused")(
    lambda t: (gives("echo ran", ["ran"], _profile(listenerPath="/run/agent.sock"))(t),
               refused(t, "listenerMetadata", _profile(listenerMetadata="x"))))

row(SECTION, "linux.seccomp.syscalls[].names", SUPPORTED, "each of the list; names that this machine does not "
    "have are skipped")(
    gives("mkdir /tmp/x 2> /dev/null || echo refused", ["refused"], _profile(deny(["no_such_call", *MKDIR]))))

row(SECTION, "linux.seccomp.syscalls[].errnoRet", SUPPORTED, "the error of the call; refused beside an action "
    "that returns none")(
    lambda t: (gives("mkdir /tmp/x 2>&1 | grep -c 'No space left'", ["1"],
                     _profile(deny(MKDIR, errnoRet=28)))(t),
               refused(t, "errnoRet", _profile(deny(MKDIR, "SCMP_ACT_KILL", errnoRet=1)))))


def _operator(op, value, hit, miss, two=0):
    @row(SECTION, f"linux.seccomp.syscalls[].args[] ({op})", SUPPORTED, "kill -0 with one signal's number is "
         "refused and with another's not, by argument 1")
    def _(t):
        rule = deny(["kill"], args=[{"index": 1, "value": value, "valueTwo": two, "op": op}])
        trap = "trap '' 10 12; "
        for number, wanted in ((hit, "refused"), (miss, "sent")):
            t.equal(t.lines(f"{trap} kill -{number} $$ 2> /dev/null && echo sent || echo refused",
                            _profile(rule)), [wanted], f"{op} of {number}")


_operator("SCMP_CMP_NE", 10, 12, 10)
_operator("SCMP_CMP_LT", 12, 10, 12)
_operator("SCMP_CMP_LE", 10, 10, 12)
_operator("SCMP_CMP_EQ", 10, 10, 12)
_operator("SCMP_CMP_GE", 12, 12, 10)
_operator("SCMP_CMP_GT", 10, 12, 10)
_operator("SCMP_CMP_MASKED_EQ", 4, 12, 10, two=4)

row(SECTION, "linux.seccomp (unknown action, operator, flag, index above 5)", SUPPORTED, "refused")(
    lambda t: [refused(t, r"linux\.seccomp", _profile(bad)) for bad in (
        deny(MKDIR, "SCMP_ACT_SHRUG"),
        deny(MKDIR, args=[{"index": 0, "value": 1, "op": "SCMP_CMP_ALMOST"}]),
        deny(MKDIR, args=[{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]))])

