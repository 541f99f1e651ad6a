"""Running a container with capbox or runc, or the same command natively in a chroot. Both runtimes
take the same commands, so a test that is written for one can be proven with the other."""

import json
import os
import shutil
import subprocess
import tempfile
import time

from . import bundle, paths


class Result:
    """How a command ended: status as a shell sees it (128+N for a signal), and its output."""

    def __init__(self, status, stdout, stderr, seconds=0.0):
        self.status = status if status >= 0 else 128 - status
        self.stdout, self.stderr, self.seconds = stdout, stderr, seconds

    def __repr__(self):
        return f"status {self.status}, stdout {self.stdout!r}, stderr {self.stderr!r}"


class Timeout(Exception):
    pass


class Runtime:
    def __init__(self, name, path=None, root=None):
        self.name = name
        self.path = path or (paths.capbox() if name == "capbox" else shutil.which(name) or name)
        self.root = root  # state directory; None: the runtime's own default
        self.children = {}  # pid -> Popen, those that are ours to wait for

    def available(self):
        return os.access(self.path, os.X_OK)

    def command(self, *arguments, options=()):
        root = ["--root", self.root] if self.root else []
        return [self.path, *root, *options, *arguments]

    def start_process(self, command, **popen):
        """A Popen that is remembered, so that the reaper of orphans keeps its hands off it."""
        process = subprocess.Popen(command, **popen)
        self.children[process.pid] = process
        return process

    def finish(self, process):
        self.children.pop(process.pid, None)

    def call(self, *arguments, options=(), timeout=60, stdin=b"", cwd=None, env=None,
             merge=False):
        """Runs one command of the runtime to its end. Output goes through pipes if the container
        ends with the command, else through files: one that `create` leaves would hold a pipe open."""
        if arguments[0] in ("run", "do"):
            out = err = subprocess.PIPE
        else:
            out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        began = time.monotonic()
        process = self.start_process(
            self.command(*arguments, options=options), stdin=subprocess.PIPE, stdout=out,
            stderr=subprocess.STDOUT if merge else err, cwd=cwd, env=env)
        try:
            texts = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired as late:
            process.kill()
            process.wait()
            raise Timeout(f"{self.name} {' '.join(arguments)}: still running after {timeout} s; "
                          f"output so far {late.stdout!r}") from None
        finally:
            self.finish(process)
        seconds = time.monotonic() - began
        if out != subprocess.PIPE:
            texts = [self._content(file) for file in (out, err)]
        out, err = ((t or b"").decode(errors="replace") for t in texts)
        return Result(process.returncode, out, err, seconds)

    @staticmethod
    def _content(file):
        with file:
            file.seek(0)
            return file.read()

    def run(self, directory, identifier, options=(), **keywords):
        return self.call("run", "--bundle", directory, identifier, options=options, **keywords)

    def create(self, directory, identifier, *arguments, options=(), **keywords):
        return self.call("create", "--bundle", directory, *arguments, identifier, options=options,
                         **keywords)

    def start(self, identifier, **keywords):
        return self.call("start", identifier, **keywords)

    def kill(self, identifier, *arguments, **keywords):
        return self.call("kill", identifier, *arguments, **keywords)

    def delete(self, identifier, force=False, **keywords):
        return self.call("delete", *(["--force"] if force else []), identifier, **keywords)

    def state(self, identifier):
        """The container's state as `state` prints it, or None when there is no such container."""
        result = self.call("state", identifier)
        return json.loads(result.stdout) if result.status == 0 else None


_NATIVE = """
set -e
mount --make-rprivate /
mount --bind "$ROOT" "$ROOT"
mount -t proc proc "$ROOT/proc"
mount -t tmpfs -o mode=755 tmpfs "$ROOT/dev"
for d in null zero full random urandom tty; do touch "$ROOT/dev/$d"; mount --bind /dev/$d "$ROOT/dev/$d"; done
ln -s /proc/self/fd "$ROOT/dev/fd"
mkdir "$ROOT/dev/shm"; chmod 1777 "$ROOT/dev/shm"
exec chroot "$ROOT" /usr/bin/env -i $ENVIRONMENT "$@"
"""


def native(root, args, env=None, timeout=60):
    """Runs a command as root in a chroot of `root`, with mount, pid, uts and ipc namespaces of its
    own: what Linux itself answers, with no container in the way."""
    command = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--net", "--fork", "sh", "-c",
               _NATIVE, "sh", *args]
    environment = {**os.environ, "ROOT": root,
                   "ENVIRONMENT": " ".join(env or bundle.DEFAULT_ENV)}
    began = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, timeout=timeout,
                          stdin=subprocess.DEVNULL, check=False)
    return Result(done.returncode, done.stdout.decode(errors="replace"),
                  done.stderr.decode(errors="replace"), time.monotonic() - began)
