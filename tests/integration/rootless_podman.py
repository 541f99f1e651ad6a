"""Containers of a user who is not root, by Podman with capbox as its runtime."""

import os
import shutil
import signal
import subprocess

from lib.suite import Suite

from .rootless import ONLY, RANGES, own_rootfs, user

suite = Suite("rootless-podman")


class _Podman:
    """Podman as the user, with storage and configuration in the user's home."""

    CONFIGURATION = """[containers]
default_ulimits = ["nofile=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
[engine.runtimes]
capbox = ["{path}"]
"""

    def __init__(self, t, entry):
        self.t, self.home = t, entry.pw_dir
        directory = f"{self.home}/.config/containers"
        os.makedirs(directory, exist_ok=True)
        with open(f"{directory}/containers.conf", "w", encoding="utf-8") as file:
            file.write(self.CONFIGURATION.format(path=t.runtime.path))
        os.makedirs(f"{self.home}/run", 0o700, exist_ok=True)
        subprocess.run(["chown", "-R", f"{entry.pw_uid}:{entry.pw_gid}", self.home], check=True)
        self.command = [
            "setpriv", "--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid), "--init-groups",
            "env", "-i", f"PATH={os.environ['PATH']}", f"HOME={self.home}",
            f"XDG_RUNTIME_DIR={self.home}/run", "podman", "--log-level=error", "--storage-driver",
            "vfs", "--runtime", "capbox"]

    def __call__(self, *arguments):
        return subprocess.run([*self.command, *arguments], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, cwd=self.home, check=False)

    def end(self):
        """Podman keeps a process that holds the user's namespaces."""
        try:
            with open(f"{self.home}/run/libpod/tmp/pause.pid", encoding="utf-8") as file:
                os.kill(int(file.read()), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            pass


@suite.case(only=ONLY, timeout=180)
def podman_of_a_user(t):
    if not shutil.which("podman"):
        t.skip("podman is missing")
    entry = user(t, RANGES)
    podman = _Podman(t, entry)
    root = own_rootfs(t, entry.pw_uid)
    os.makedirs(f"{root}/v")
    where = ("--net=host", "--rootfs", root)
    name = t.identifier()
    try:
        result = podman("run", "--rm", *where, "sh", "-c", "id -u; touch /tmp/f; exit 7")
        t.equal((result.returncode, result.stdout), (7, "0\n"), repr(result))
        t.equal(os.stat(f"{root}/tmp/f").st_uid, entry.pw_uid, "owner on the host")
        result = podman("run", "--rm", "--user", "1000", *where, "id", "-u")
        t.equal(result.stdout, "1000\n", repr(result))
        result = podman("run", "--rm", "--userns=keep-id", "--volume", f"{entry.pw_dir}:/v", *where,
                        "sh", "-c", "id -u; touch /v/made")
        t.equal(result.stdout, f"{entry.pw_uid}\n", repr(result))
        t.equal(os.stat(f"{entry.pw_dir}/made").st_uid, entry.pw_uid, "owner of a file in a volume")
        result = podman("run", "--detach", "--name", name, *where, "sleep", "1000")
        t.equal(result.returncode, 0, repr(result))
        result = podman("exec", name, "sh", "-c", "echo inside; exit 5")
        t.equal((result.returncode, result.stdout), (5, "inside\n"), repr(result))
        t.equal(podman("rm", "--force", "--time", "0", name).returncode, 0, "rm")
    finally:
        podman("rm", "--force", "--time", "0", name)
        podman.end()
