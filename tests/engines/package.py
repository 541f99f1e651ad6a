"""The Debian package: made from the build folder that the runtime lies in, unpacked, and looked at. The
configuration files in it are read by the programs that they are for."""

import glob
import json
import os
import re

from .harness import Engine, Failure, Suite, call

CONTENTS = (
    "usr/bin/capbox", "usr/share/man/man1/capbox.1.gz", "usr/share/man/man5/capbox-policy.5.gz",
    "usr/share/bash-completion/completions/capbox", "usr/share/capbox/containerd/sandbox.toml",
    "usr/share/capbox/docker/daemon.json", "usr/share/capbox/podman/capbox.conf",
    "usr/share/capbox/kubernetes/runtimeclass.yaml", "usr/share/capbox/kubernetes/pod.yaml",
    "usr/share/doc/capbox/containerd.md", "usr/share/doc/capbox/docker.md",
    "usr/share/doc/capbox/podman.md", "usr/share/doc/capbox/kubernetes.md",
)


class Package(Engine):
    """No engine, but a package in its place."""
    name, needs = "package", ("cmake", "cpack", "dpkg-deb", "dpkg-shlibdeps", "scdoc", "man")
    leaves = "root/overlay rw"  # podman's storage

    def start(self):
        build = self.settings.build
        if not os.path.exists(os.path.join(build, "CPackConfig.cmake")):
            self.reason = f"{build} is not a build folder with packages"
            return
        self.reason = None
        done = call(["cmake", "--build", build, "--target", "man"], merge=True)
        if done.status != 0:
            raise Failure(f"target man: {done.stdout}")
        done = call(["cpack", "--config", os.path.join(build, "CPackConfig.cmake"), "-B",
                     self.path("made")], timeout=600, cwd=build, merge=True)
        if done.status != 0:
            raise Failure(f"cpack: {done.stdout}")
        self.file = glob.glob(self.path("made", "*.deb"))[0]
        self.root = self.path("root")
        done = call(["dpkg-deb", "--extract", self.file, self.root])
        if done.status != 0:
            raise Failure(f"dpkg-deb: {done}")

    def stop(self):
        pass


suite = Suite(Package)


def case(function):
    """A case that needs the package."""
    def wrapper(t):
        if t.engine.reason:
            t.skip(t.engine.reason)
        function(t)
    wrapper.__name__ = function.__name__
    return suite.case(wrapper, timeout=120)


def text_of(t, *names):
    with open(os.path.join(t.engine.root, *names), encoding="utf-8") as file:
        return file.read()


@case
def contents(t):
    for name in CONTENTS:
        t.check(os.path.isfile(os.path.join(t.engine.root, name)), f"{name} is not in the package")
    listing = t.done(call(["dpkg-deb", "--contents", t.engine.file]))
    t.check(not re.search(r"\.[ch]$|/include/|/lib/", listing, re.M), f"what does not belong: {listing}")
    t.check(all(" root/root " in line for line in listing.splitlines()), "owners of the files")


@case
def control(t):
    fields = dict(re.findall(r"^(\S+): (.*)$", t.done(call(["dpkg-deb", "--field", t.engine.file])), re.M))
    t.equal((fields["Package"], fields["Architecture"], fields["Section"]), ("capbox", "amd64", "admin"),
            "fields")
    t.match(fields["Depends"], r"^libc6 \(>= [\d.]+\)", "Depends")
    version = t.done(call([t.engine.runtime, "--version"])).split()[2]
    t.equal(fields["Version"], version, "Version")


@case
def program(t):
    program_ = os.path.join(t.engine.root, "usr/bin/capbox")
    t.match(t.done(call([program_, "--version"])), r"^capbox version \d", "version")
    t.check("not stripped" in call(["file", program_]).stdout, "a crash could not be told by names")


@case
def install_and_purge(t):
    """dpkg's view of it, in a root of its own: what is installed is gone afterwards."""
    root = t.path("root")
    for name in ("info", "updates"):
        os.makedirs(os.path.join(root, "var/lib/dpkg", name))
    for name in ("status", "available"):
        with open(os.path.join(root, "var/lib/dpkg", name), "w", encoding="ascii"):
            pass

    def dpkg(*arguments):
        return t.done(call(["dpkg", "--root", root, "--log", "/dev/null", "--force-depends",
                            "--force-script-chrootless", *arguments], merge=True))
    dpkg("--install", t.engine.file)
    t.check(os.access(os.path.join(root, "usr/bin/capbox"), os.X_OK), "it is not installed")
    t.equal(dpkg("--verify", "capbox"), "", "what is not as it was packed")
    dpkg("--purge", "capbox")
    left = [os.path.join(d, n) for d, _, names in os.walk(root) for n in names
            if not d.startswith(os.path.join(root, "var/lib/dpkg"))]
    t.equal(left, [], "files left behind")


@case
def manuals(t):
    for page in ("man1/capbox.1.gz", "man5/capbox-policy.5.gz"):
        result = call(["man", "--warnings", "--local-file",
                       os.path.join(t.engine.root, "usr/share/man", page)], env={"MANWIDTH": "100"})
        t.done(result)
        t.equal(result.stderr, "", f"what man says about {page}")
        if "capbox.1" in page:
            shown = re.sub(".\x08", "", result.stdout)
    options = re.findall(r"^ +(?:-\w, )?--([a-z-]+)", t.done(call([t.engine.runtime, "--help"])), re.M)
    helped = re.findall(r"^  ([a-z]+) ", call([t.engine.runtime, "--help"]).stdout.split("Commands")[1], re.M)
    for command in helped:
        t.match(shown, rf"\b{command}\b", "commands in capbox(1)")
        if command != "update":  # its limits are left to --help
            options += re.findall(r"^ +(?:-\w, )?--([a-z-]+)",
                                  t.done(call([t.engine.runtime, command, "--help"])), re.M)
    for option in sorted(set(options)):
        t.check("--" + option in shown.replace("\u2010\n", "").replace("-\n", "-"),
                f"capbox(1) does not tell of --{option}")


def completed(t, *words):
    script = ("source usr/share/bash-completion/completions/capbox; compopt() { :; }; "
              f"COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _capbox; "
              "printf '%s\\n' \"${COMPREPLY[@]}\"")
    return t.done(call(["bash", "-uc", script], cwd=t.engine.root,
                       env={"PATH": t.engine.root + "/usr/bin:" + os.environ["PATH"]})).split()


@case
def completion(t):
    t.equal(completed(t, "capbox", "st"), ["start", "state"], "commands")
    t.check({"create", "exec", "syscalls"} <= set(completed(t, "capbox", "''")), "all commands")
    t.equal(sorted(completed(t, "capbox", "--log")), ["--log-format=", "--log="], "global options")
    t.equal(completed(t, "capbox", "exec", "--ad"), ["--additional-gids="], "options of a command")
    t.equal(completed(t, "capbox", "syscalls", "--format", "=", "m"), ["markdown"], "values of an option")
    t.equal(completed(t, "capbox", "do", "--policy", "=", "str"), ["strict"], "names of policies")
    state = t.path("state")
    os.makedirs(state)
    t.equal(completed(t, "capbox", "--root", state, "start", "''"), [], "no container")


@case
def containerd_takes_it(t):
    with open(t.path("config.toml"), "w", encoding="utf-8") as file:
        file.write(f'version = 2\nimports = ["{t.engine.root}/usr/share/capbox/containerd/sandbox.toml"]\n')
    dump = t.done(call(["containerd", "--config", t.path("config.toml"), "config", "dump"]))
    for pattern in (r'BinaryName = "/usr/bin/capbox"', r'default_runtime_name = "runc"',
                    r'containerd\.runtimes\.runc\]', r'containerd\.runtimes\.sandbox\]',
                    r'bin_dir = "/usr/lib/cni"'):
        t.match(dump, pattern, "containerd config dump")


@case
def docker_and_podman_take_it(t):
    runtimes = json.loads(text_of(t, "usr/share/capbox/docker/daemon.json"))["runtimes"]
    t.equal(runtimes, {"capbox": {"path": "/usr/bin/capbox"}}, "daemon.json")
    info = call(["podman", "--root", t.path("root"), "--runroot", "/run/containers/package", "--runtime",
                 "capbox", "info", "--format", "{{.Host.OCIRuntime.Name}}"],
                env={"CONTAINERS_CONF": os.path.join(t.engine.root, "usr/share/capbox/podman/capbox.conf")})
    # The file names a program that need not be installed here; a name that is unknown is another error.
    t.check(info.status == 0 or "/usr/bin/capbox" in info.stderr or
            "default OCI runtime \"capbox\" not found: invalid argument" in info.stderr, f"podman: {info}")


@case
def kubernetes_names(t):
    runtime_class = text_of(t, "usr/share/capbox/kubernetes/runtimeclass.yaml")
    pod = text_of(t, "usr/share/capbox/kubernetes/pod.yaml")
    handler = re.search(r"^handler: (\w+)$", runtime_class, re.M)[1]
    name = re.search(r"^  name: (\w+)$", runtime_class, re.M)[1]
    t.equal(re.search(r"^  runtimeClassName: (\w+)$", pod, re.M)[1], name, "the class that the pod names")
    t.match(text_of(t, "usr/share/capbox/containerd/sandbox.toml"), rf"runtimes\.{handler}\]", "the handler")


@case
def documents(t):
    """What the how-tos name exists: files of the package, options of capbox."""
    for name in ("containerd", "docker", "podman", "kubernetes"):
        text = text_of(t, f"usr/share/doc/capbox/{name}.md")
        for path in re.findall(r"/(usr/share/(?:doc/)?capbox/[\w./]*\w)", text):
            t.check(os.path.exists(os.path.join(t.engine.root, path)), f"{name}.md: /{path} is not there")
