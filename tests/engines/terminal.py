"""A command on a terminal of its own, as a person would use it: type, wait for text, look at the exit
status."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from lib.suite import Failure

# For a shell on a terminal: waits until the engine has given it a size. busybox's stty says that there
# is none by printing nothing, not by its status.
SIZED = 'until [ "$(stty size 2>/dev/null)" ]; do sleep 0.1; done; '


class Terminal:
    def __init__(self, command, rows=24, columns=80):
        self.master, slave = pty.openpty()
        self.resize(rows, columns)
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave,
                                        preexec_fn=lambda: _own_terminal(slave))
        os.close(slave)
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode())

    def _read(self, seconds):
        """False when nothing came in time, or nothing can come any more."""
        if not select.select([self.master], [], [], max(0, seconds))[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: the last descriptor of the other side is closed
            return False
        self.text = re.sub("\r+\n", "\n", self.text + data.decode(errors="replace"))
        return bool(data)

    def expect(self, pattern, seconds=20):
        """Reads until the pattern has come; what was read up to its end is used up."""
        deadline = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.text)
            if found:
                self.text = self.text[found.end():]
                return found
            if not self._read(deadline - time.monotonic()):
                raise Failure(f"on the terminal: no {pattern!r} in {self.text!r}")

    def shows(self, pattern, seconds=0.2):
        """Whether the pattern comes in this time."""
        try:
            return self.expect(pattern, seconds)
        except Failure:
            return None

    def end(self, seconds=20):
        """Waits for the command; returns its exit status as a shell would show it."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            self._read(0.05)
            if time.monotonic() > deadline:
                raise Failure(f"on the terminal: no end within {seconds} s: {self.text!r}")
        while self._read(0):
            pass
        status = self.process.returncode
        return status if status >= 0 else 128 - status


def _own_terminal(slave):
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
