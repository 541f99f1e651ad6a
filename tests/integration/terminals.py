"""Terminals: handed over by --console-socket, or relayed to the caller's in the foreground."""

import array
import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import termios
import time

from lib import hoststate
from lib.suite import Suite

from .execution import read_pid, wait_dead
from .lifetime import running, status

suite = Suite("terminals")


def set_size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Screen:
    """The master of a terminal, and what has come from it."""

    def __init__(self, t, fd):
        self.t, self.fd, self.text = t, fd, ""

    def read(self, seconds=0.05):
        """Takes what comes within a moment; False at the end."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.text += data.decode(errors="replace")
        return bool(data)

    def expect(self, pattern, seconds=10.0):
        deadline = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.text)
            if found:
                self.text = self.text[found.end():]
                return found
            alive = self.read()
            self.t.check(alive or re.search(pattern, self.text), f"ended: {self.text!r}")
            self.t.check(time.monotonic() < deadline, f"no {pattern!r} in {self.text!r}")

    def type(self, text):
        os.write(self.fd, text.encode())


class Foreground(Screen):
    """A command of the runtime on a terminal of its own, as a user has it."""

    def __init__(self, t, *arguments, rows=30, columns=90):
        master, slave = pty.openpty()
        set_size(master, rows, columns)
        super().__init__(t, master)
        self.slave = slave
        self.before = termios.tcgetattr(slave)

        def take():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        self.process = t.runtime.start_process(
            t.runtime.command(*arguments), stdin=slave, stdout=slave, stderr=slave,
            preexec_fn=take)

    def resize(self, rows, columns):
        set_size(self.fd, rows, columns)

    def is_raw(self):
        return not termios.tcgetattr(self.slave)[3] & (termios.ICANON | termios.ECHO)

    def end(self, seconds=10):
        """Waits for the command; returns its status, with the terminal as it was before."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            self.read()
            self.t.check(time.monotonic() < deadline, f"still running: {self.text!r}")
        while select.select([self.fd], [], [], 0.05)[0] and self.read():
            pass
        self.t.runtime.finish(self.process)
        self.t.equal(termios.tcgetattr(self.slave), self.before, "settings of the terminal")
        os.close(self.fd)
        os.close(self.slave)
        code = self.process.returncode
        return code if code >= 0 else 128 - code


def shell(t, *args, **process):
    """A configuration of an interactive shell on a terminal."""
    configuration = t.config(*(args or ("/bin/sh",)), terminal=True, **process)
    configuration["process"]["env"] += ["PS1=> ", "TERM=dumb"]
    return configuration


class ConsoleSocket:
    def __init__(self, t):
        self.t, self.path = t, t.path(f"s{time.monotonic_ns() % 1000000}")
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listening.bind(self.path)
        self.listening.listen(1)

    def receive(self):
        """The master that comes, as a Screen, and the name with it."""
        self.listening.settimeout(10)
        connection, _ = self.listening.accept()
        name, control, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(4))
        self.t.equal(len(control), 1, "descriptors")
        fds = array.array("i", control[0][2])
        connection.close()
        self.listening.close()
        return Screen(self.t, fds[0]), name.decode()


def gone(t, name):
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def console_socket_of_create(t):
    name, console = t.identifier(), ConsoleSocket(t)
    configuration = shell(t, consoleSize={"height": 33, "width": 77})
    result = t.runtime.create(t.bundle(configuration), name, "--console-socket", console.path)
    t.equal(result.status, 0, f"create: {result}")
    screen, label = console.receive()
    t.check(label, "a name comes with the descriptor")
    t.equal(t.runtime.start(name).status, 0, "start")
    screen.expect("> ")
    screen.type("tty; stty size; ls -l /dev/console | cut -c1; echo $((6*7))\n")
    screen.expect(r"/dev/pts/0\r\n33 77\r\nc\r\n42\r\n")
    set_size(screen.fd, 20, 60)
    screen.type("stty size\n")
    screen.expect("20 60")
    screen.type("exit 4\n")
    t.wait(lambda: status(t, name) == "stopped", "stopped")
    os.close(screen.fd)
    t.equal(t.runtime.delete(name).status, 0, "delete")


@suite.case
def console_socket_of_run(t):
    name, console = t.identifier(), ConsoleSocket(t)
    result = t.runtime.call("run", "-d", "--console-socket", console.path, "--bundle",
                            t.bundle(shell(t)), name)
    t.equal(result.status, 0, f"run: {result}")
    screen, _ = console.receive()
    screen.expect("> ")
    os.close(screen.fd)
    gone(t, name)


@suite.case
def wrong_uses(t):
    name, directory = t.identifier(), t.bundle(shell(t))
    plain = t.bundle(t.shell("true"))
    for arguments in (("create", "--bundle", directory, name),
                      ("run", "-d", "--bundle", directory, name),
                      ("create", "--bundle", plain, "--console-socket", "/x", name),
                      ("create", "--bundle", directory, "--console-socket", "/no/such", name)):
        t.check(t.runtime.call(*arguments).status != 0, f"{arguments}")
    t.equal(t.runtime.state(name), None, "nothing is left")


@suite.case
def foreground(t):
    screen = Foreground(t, "run", "--bundle", t.bundle(shell(t)), t.identifier())
    screen.expect("> ")
    t.check(screen.is_raw(), "the caller's terminal is raw")
    screen.type("echo a$((1+1))b; stty size\n")
    screen.expect(r"a2b\r\n30 90\r\n")
    screen.resize(22, 66)
    screen.type("sleep 0.1; stty size\n")
    screen.expect(r"22 66\r\n")
    screen.type("exit 5\n")
    t.equal(screen.end(), 5, "exit status")


@suite.case
def job_control(t):
    screen = Foreground(t, "run", "--bundle", t.bundle(shell(t)), t.identifier())
    screen.expect("> ")
    screen.type("sleep 100\n")
    time.sleep(0.3)
    screen.type("\x03")
    screen.expect("> ")
    screen.type("echo status=$?\n")
    screen.expect(r"status=130\r\n")
    screen.type("sleep 100\n")
    time.sleep(0.3)
    screen.type("\x1a")
    screen.expect("Stopped")
    screen.type("kill -9 %1; wait; echo over > /dev/tty\n")
    screen.expect(r"over\r\n")
    screen.type("\n")
    screen.expect("> ")
    screen.type("exit 7\nexit 7\n")  # the first may be told that there are stopped jobs
    t.equal(screen.end(), 7, "exit status")


@suite.case
def window_changes_are_signalled(t):
    script = "trap 'stty size; exit 3' WINCH; echo ready; while :; do sleep 0.1; done"
    screen = Foreground(t, "run", "--bundle", t.bundle(shell(t, "/bin/sh", "-c", script)),
                        t.identifier())
    screen.expect("ready")
    screen.resize(11, 22)
    screen.expect("11 22")
    t.equal(screen.end(), 3, "exit status")


@suite.case
def all_output_arrives(t):
    screen = Foreground(t, "run", "--bundle",
                        t.bundle(shell(t, "/bin/sh", "-c", "seq 20000; exit 9")), t.identifier())
    t.equal(screen.end(30), 9, "exit status")
    t.equal(screen.text.split(), [str(i) for i in range(1, 20001)], "output")


@suite.case
def restored_after_signals(t):
    for number in (signal.SIGTERM, signal.SIGHUP):
        name = t.identifier()
        screen = Foreground(t, "run", "--bundle", t.bundle(shell(t, "sleep", "100")), name)
        t.wait(screen.is_raw, "raw")
        t.wait(lambda: status(t, name) == "running", "running")
        t.runtime.kill(name, "KILL")
        t.equal(screen.end(), 137, "status")
        script = f"trap 'exit 6' {number.value}; echo ready; while :; do sleep 0.1; done"
        screen = Foreground(t, "run", "--bundle", t.bundle(shell(t, "/bin/sh", "-c", script)),
                            t.identifier())
        screen.expect("ready")
        screen.process.send_signal(number)
        t.equal(screen.end(), 6, f"status after signal {number}")


@suite.case
def restored_after_errors(t):
    screen = Foreground(t, "run", "--bundle", t.bundle(shell(t, "/no/such/program")),
                        t.identifier())
    t.check(screen.end() != 0, "status")
    t.match(screen.text, "no such file", "message")


@suite.case
def exec_in_the_foreground(t):
    name = running(t)
    screen = Foreground(t, "exec", "-t", "-e", "PS1=> ", name, "/bin/sh")
    screen.expect("> ")
    screen.type("tty; stty size; ps | head -1\n")
    screen.expect(r"/dev/pts/\d+\r\n30 90\r\n")
    screen.resize(21, 65)
    screen.type("sleep 0.1; stty size\n")
    screen.expect(r"21 65\r\n")
    screen.type("exit 8\n")
    t.equal(screen.end(), 8, "exit status")
    screen = Foreground(t, "exec", "-t", name, "/no/such/program")
    t.equal(screen.end(), 255, "exit status")
    gone(t, name)


@suite.case
def exec_with_console_socket(t):
    name, console, pid_file = running(t), ConsoleSocket(t), t.path("pid")
    result = t.runtime.call("exec", "-d", "-t", "--console-socket", console.path, "--pid-file",
                            pid_file, name, "/bin/sh", "-c", "read x; echo got $x; exit 3")
    t.equal(result.status, 0, f"exec: {result}")
    screen, _ = console.receive()
    screen.type("word\n")
    screen.expect(r"got word\r\n")
    t.equal(wait_dead(t, read_pid(pid_file)), 3, "exit status")
    os.close(screen.fd)
    gone(t, name)
    hoststate.reap(set(t.runtime.children))


@suite.case
def owner_of_the_terminal(t):
    configuration = shell(t, "/bin/sh", "-c", "ls -ln $(tty); echo x > $(tty)",
                          user={"uid": 1000, "gid": 1000})
    screen = Foreground(t, "run", "--bundle", t.bundle(configuration), t.identifier())
    t.equal(screen.end(), 0, "status")
    t.match(screen.text, r"crw\S* +1 1000 .*\r\nx\r\n", "terminal")
