"""Networks: modes, netlink, egress policies, messages to unix sockets, and real programs that talk
over a veth pair between two network namespaces of the test's own. Nothing else is contacted.

The programs are the host's: its /usr and /etc, bound read-only, are the container's root."""

import json
import os
import re
import socket
import subprocess
import time

from lib import bundle, hoststate
from lib.suite import Suite

suite = Suite("network")
CAPBOX = ("capbox", "annotations are capbox's own")
SERVER, CLIENT, PREFIX = "10.99.0.1", "10.99.0.2", 24


def annotate(configuration, **pairs):
    configuration.setdefault("annotations", {}).update(
        {f"dev.capbox.{k.replace('_', '-')}": v for k, v in pairs.items()})
    return configuration


def join(configuration, path):
    for namespace in configuration["linux"]["namespaces"]:
        if namespace["type"] == "network":
            namespace["path"] = path
    return configuration


class Namespaces:
    """Two network namespaces, joined by a veth pair."""

    def __init__(self):
        self.names = [f"{hoststate.TOKEN}{side}" for side in ("s", "c")]

    def __enter__(self):
        server, client = self.names
        for name in self.names:
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("link", "add", "veth0", "netns", server, "type", "veth", "peer", "veth0", "netns",
           client)
        for name, address in ((server, SERVER), (client, CLIENT)):
            ip("-n", name, "addr", "add", f"{address}/{PREFIX}", "dev", "veth0")
            ip("-n", name, "link", "set", "veth0", "up")
        return self

    def __exit__(self, *_):
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], check=False)

    def server(self):
        return f"/run/netns/{self.names[0]}"

    def client(self):
        return f"/run/netns/{self.names[1]}"

    def host_command(self, *command):
        """A command of the host in the client's namespace."""
        return ["ip", "netns", "exec", self.names[1], *command]


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def programs(t, *args, files=None):
    """A configuration that runs the host's programs, with files of its own in /scratch."""
    root = t.path("programs")
    work = t.path("work")
    for name in ("usr", "etc", "proc", "sys", "dev", "tmp", "run", "var", "scratch"):
        os.makedirs(os.path.join(root, name), exist_ok=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        if not os.path.lexists(os.path.join(root, name)):
            os.symlink(f"usr/{name}", os.path.join(root, name))
    os.makedirs(work, exist_ok=True)
    os.chmod(work, 0o755)
    for name, text in (files or {}).items():
        with open(os.path.join(work, name), "w", encoding="utf-8") as file:
            file.write(text)
    configuration = t.config(*args)
    configuration["root"] = {"path": root, "readonly": True}
    configuration["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "hard": 8192, "soft": 8192}]
    configuration["mounts"] += [
        bundle.bind("/usr", "/usr", "ro"), bundle.bind("/etc", "/etc", "ro"),
        bundle.bind("/scratch", work, "rw"), bundle.tmpfs("/tmp"), bundle.tmpfs("/run"),
        bundle.tmpfs("/var", "mode=755")]
    return configuration


def serve(t, configuration):
    """Creates and starts a container; its identifier."""
    name = t.identifier()
    made = t.runtime.create(t.bundle(configuration), name)
    t.equal(made.status, 0, repr(made))
    started = t.runtime.start(name)
    t.equal(started.status, 0, repr(started))
    return name


def reachable(namespaces, port):
    probe = (f"import socket; socket.create_connection(('{SERVER}', {port}), 1)")
    done = subprocess.run(namespaces.host_command("/usr/bin/python3", "-c", probe),
                          stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def output(t, configuration, **keywords):
    result = t.run(configuration, **keywords)
    t.equal(result.status, 0, repr(result))
    return result.stdout


# --- modes --------------------------------------------------------------------------------------

INTERFACES = "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' | sort | xargs"


@suite.case(only=CAPBOX)
def none_has_loopback_alone(t):
    with Namespaces() as n:
        joined = join(t.shell(INTERFACES), n.server())
        t.equal(output(t, joined), "lo veth0\n", "pod")
        t.equal(output(t, annotate(joined, network="none")), "lo\n", "none by annotation")
        directory = t.bundle(annotate(join(t.shell(INTERFACES), n.server()), network="pod"))
        result = t.runtime.call("run", "--network=none", "--bundle", directory, t.identifier())
        t.equal(result.stdout, "lo\n", "none by option, over the annotation")


@suite.case(only=CAPBOX)
def other_modes_are_refused(t):
    result = t.runtime.call("run", "--network=host", "--bundle", t.bundle(t.shell("true")),
                            t.identifier())
    t.match(result.stderr, "--network: expected pod or none, found 'host'", "message")
    result = t.run(annotate(t.shell("true"), network="sandbox"))
    t.match(result.stderr, "dev.capbox.network: expected pod or none, found 'sandbox'", "message")
    result = t.run(annotate(t.shell("true"), netlink="no"))
    t.match(result.stderr, "dev.capbox.netlink: expected 'off', found 'no'", "message")


BIND = """
import os, socket, sys
for user in (0, 1000):
    if user:
        os.setuid(user)
    for port in (80, 8080):
        try:
            socket.socket().bind(("", port))
            print(user, port, "bound")
        except OSError as e:
            print(user, port, e.strerror)
"""


@suite.case
def privileged_ports_of_a_joined_network(t):
    """The namespace belongs to the host's root, as one that CNI has made."""
    with Namespaces() as n:
        configuration = join(programs(t, "/usr/bin/python3", "-c", BIND), n.server())
        t.equal(output(t, configuration), "0 80 bound\n0 8080 bound\n1000 80 Permission denied\n"
                                          "1000 8080 bound\n", "ports")


@suite.case
def sysctl_of_a_joined_network(t):
    with Namespaces() as n:
        configuration = join(t.shell("cat /proc/sys/net/ipv4/ip_forward"), n.server())
        configuration["linux"]["sysctl"] = {"net.ipv4.ip_forward": "1"}
        t.equal(output(t, configuration), "1\n", "ip_forward")


# --- netlink ------------------------------------------------------------------------------------

@suite.case
def ip_lists(t):
    with Namespaces() as n:
        script = "ip -o addr | awk '{print $2, $4}'; ip route; ip -o link | wc -l; ss -Htln | wc -l"
        lines = output(t, join(programs(t, "/bin/sh", "-c", script), n.server())).splitlines()
        t.check(f"veth0 {SERVER}/{PREFIX}" in lines, f"addresses: {lines}")
        t.check(any(re.match(r"10\.99\.0\.0/24 dev veth0 .*src 10\.99\.0\.1", x) for x in lines),
                f"routes: {lines}")
        t.equal(lines[-2:], ["2", "0"], "links and listening sockets")


@suite.case(only=("capbox", "runc's root may change its network, if it has CAP_NET_ADMIN"))
def nobody_changes_the_network(t):
    """Not even a root with all capabilities, in a namespace that is the container's own."""
    script = """
for c in "link set lo down" "link set lo mtu 1000" "addr add 10.1.1.1/8 dev lo" \
         "addr del 127.0.0.1/8 dev lo" "route add 10.0.0.0/8 dev lo" "link add new type dummy" \
         "neigh add 10.1.1.2 lladdr 2:2:2:2:2:2 dev lo" "rule add from all lookup 7" \
         "link add v type veth peer w"; do
    ip $c 2>&1 | head -1
done
ip -o link show lo | grep -c LOOPBACK,UP
python3 -c 'import socket; socket.socket(16, 3, 12)' 2>&1 | tail -1
"""
    configuration = programs(t, "/bin/sh", "-c", script)
    for kind in ("bounding", "effective", "permitted"):
        configuration["process"]["capabilities"][kind] += ["CAP_NET_ADMIN", "CAP_SYS_ADMIN"]
    lines = output(t, configuration).splitlines()
    t.equal(lines[:9], ["RTNETLINK answers: Operation not permitted"] * 9, "changes")
    t.equal(lines[9], "1", "the interface is up")
    t.match(lines[10], "Protocol not supported", "netfilter")


@suite.case(only=CAPBOX)
def netlink_can_be_closed(t):
    script = "import socket; print(socket.if_nametoindex('lo')); socket.socket(16, 3, 0)"
    result = t.run(annotate(programs(t, "/usr/bin/python3", "-c", script), netlink="off"))
    t.equal(result.stdout, "1\n", "an interface by ioctl")
    t.match(result.stderr, "Address family not supported", "netlink")


# --- egress policies ----------------------------------------------------------------------------

REACH = """
import errno, socket
def name(call, *a):
    try:
        call(*a)
        return "ok"
    except OSError as e:
        return errno.errorcode[e.errno]
udp, message = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), [b"x"]
six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
def tcp(host, port):
    s = socket.socket()
    s.settimeout(2)
    s.connect((host, port))
def waiting(host, port):
    socket.socket().connect((host, port))
print("tcp allowed", name(tcp, "10.99.0.1", 9000), name(waiting, "10.99.0.1", 9000))
print("tcp denied", name(tcp, "10.99.0.1", 9001), name(waiting, "10.99.0.1", 9001))
print("udp", name(udp.sendto, b"x", ("10.99.0.1", 53)), name(udp.sendto, b"x", ("10.99.0.1", 54)))
print("sendmsg", name(udp.sendmsg, message, [], 0, ("10.99.0.1", 53)),
      name(udp.sendmsg, message, [], 0, ("10.99.0.1", 54)))
print("mapped", name(six.sendto, b"x", ("::ffff:10.99.0.1", 53)),
      name(six.sendto, b"x", ("::ffff:10.99.0.1", 54)))
print("connected", name(udp.connect, ("10.99.0.1", 54)), name(udp.connect, ("10.99.0.1", 53)),
      name(udp.send, b"x"))
print("metadata", name(tcp, "169.254.169.254", 80))
print("bind", name(socket.socket().bind, ("", 7000)), name(socket.socket().bind, ("", 7001)))
a, b = socket.socketpair()
print("unix", a.sendmsg([b"xy"]), b.recv(9))
"""
POLICY = """# what the case allows
default deny
allow tcp to 10.99.0.0/24 port 9000
allow udp to 10.99.0.1 port 53
deny  tcp at any port 7001
"""


@suite.case(only=CAPBOX)
def egress_rules(t):
    with Namespaces() as n:
        listener = subprocess.Popen(
            ["ip", "netns", "exec", n.names[0], "/usr/bin/python3", "-c",
             "import socket, time; s = [socket.create_server(('', p)) for p in (9000, 9001)]; "
             "print(1, flush=True); time.sleep(60)"], stdout=subprocess.PIPE)
        listener.stdout.readline()
        configuration = join(programs(t, "/usr/bin/python3", "/scratch/reach.py",
                                      files={"reach.py": REACH}), n.client())
        got = output(t, annotate(configuration, egress=POLICY)).splitlines()
        listener.kill()
        listener.wait()
        listener.stdout.close()
        t.equal(got, ["tcp allowed ok ok", "tcp denied EACCES EACCES", "udp ok EACCES",
                      "sendmsg ok EACCES", "mapped ok EACCES", "connected EACCES ok ok",
                      "metadata EACCES", "bind ok EACCES", "unix 2 b'xy'"], "what is allowed")


@suite.case(only=CAPBOX)
def egress_mistakes_are_refused(t):
    result = t.run(annotate(t.shell("true"), egress="default deny\nallow tcp to example.org"))
    t.match(result.stderr, r"egress policy, annotation dev\.capbox\.egress: line 2, column 14: "
                           r"expected an address", "message")
    path = t.path("policy")
    with open("/bin/true", "rb") as program, open(path, "wb") as file:
        file.write(program.read(4096))
    result = t.run(annotate(t.shell("true"), egress_file=path))
    t.match(result.stderr, rf"egress policy, {path}: line 1, column 1: expected allow", "message")
    result = t.run(annotate(t.shell("true"), egress_file=t.path("missing")))
    t.match(result.stderr, "missing: No such file", "message")
    result = t.run(annotate(t.shell("true"), egress_file="/dev/zero"))
    t.match(result.stderr, "not a file", "message")


@suite.case(only=CAPBOX)
def egress_answers_and_events(t):
    path = t.path("policy")
    with open(path, "w", encoding="utf-8") as file:
        file.write("default deny; answer ECONNREFUSED")
    script = ("while ! [ -e /scratch/go ]; do sleep 0.05; done; nc 127.0.0.1 99; "
              "touch /scratch/done;"
              "sleep 99")
    configuration = annotate(t.shell(script), egress_file=path)
    os.mkdir(t.path("work"))
    configuration["mounts"].append(bundle.bind("/scratch", t.path("work"), "rw"))
    name = serve(t, configuration)
    with open(t.path("events"), "wb") as file:
        events = t.runtime.start_process(t.runtime.command("events", "--interval", "1h", name),
                                         stdout=file)
    t.wait(lambda: os.path.exists(f"/proc/{events.pid}/fdinfo") and any(
        "inotify" in open(f"/proc/{events.pid}/fdinfo/{fd}", encoding="utf-8").read()
        for fd in os.listdir(f"/proc/{events.pid}/fdinfo")), "events watches")
    time.sleep(0.1)  # until it waits
    open(t.path("work", "go"), "w", encoding="utf-8").close()
    t.wait(lambda: os.path.exists(t.path("work", "done")), "the attempt")

    def denied():
        with open(t.path("events"), encoding="utf-8") as file:
            return [json.loads(line) for line in file if '"denied"' in line]
    t.wait(denied, "the event")
    data = denied()[0]["data"]
    t.equal((data["address"], data["port"], data["protocol"], data["program"], data["call"]),
            ("127.0.0.1", 99, "tcp", "nc", "connect"), "the event")
    t.check(data["pid"] > 1, f"pid {data['pid']}")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")
    events.wait(timeout=10)
    t.runtime.finish(events)


TURN = """
import errno, socket, time
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
known = None
while True:
    verdicts = []
    for port in (1111, 2222):
        try:
            udp.sendmsg([b"x"], [], 0, ("127.0.0.1", port))
            verdicts.append("ok")
        except OSError as e:
            verdicts.append(errno.errorcode[e.errno])
    if verdicts != known:
        known = verdicts
        with open("/scratch/verdicts", "a") as file:
            file.write(" ".join(verdicts) + "\\n")
    time.sleep(0.01)
"""


@suite.case(only=CAPBOX)
def egress_policy_is_replaced(t):
    """While messages are sent; a mistake leaves the old one in force."""
    policies = {"one": "default deny; allow udp to 127.0.0.1 port 1111",
                "two": "default deny; allow udp to 127.0.0.1 port 2222; answer ECONNREFUSED",
                "bad": "default deny\nallow sctp to any\n"}
    for name, text in policies.items():
        with open(t.path(name), "w", encoding="utf-8") as file:
            file.write(text)
    container = serve(t, annotate(programs(t, "/usr/bin/python3", "-c", TURN),
                                  egress_file=t.path("one")))

    def verdicts():
        try:
            with open(t.path("work", "verdicts"), encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []
    expected = ["ok EACCES"]
    t.wait(lambda: verdicts() == expected, "the first policy")
    for name, line in (("two", "ECONNREFUSED ok"), ("one", "ok EACCES"), ("two", "ECONNREFUSED ok")):
        result = t.runtime.call("update", "--egress", t.path(name), container)
        t.equal(result.status, 0, repr(result))
        expected.append(line)
        t.wait(lambda: verdicts()[-1] == line, f"policy {name}")
    result = t.runtime.call("update", "--egress", t.path("bad"), container)
    t.match(result.stderr, r"egress policy, .*bad: line 2, column 7: expected tcp, udp", "message")
    time.sleep(0.2)
    # One round of messages may see both policies.
    seen = [v for v in verdicts() if v in expected]
    t.equal(seen, expected, "verdicts")
    t.equal(t.runtime.delete(container, force=True).status, 0, "delete")


@suite.case(only=CAPBOX)
def egress_policy_is_not_added(t):
    with open(t.path("policy"), "w", encoding="utf-8") as file:
        file.write("default deny")
    container = serve(t, t.shell("sleep 99"))
    result = t.runtime.call("update", "--egress", t.path("policy"), container)
    t.check(result.status != 0, repr(result))
    t.match(result.stderr, "created without an egress policy", "message")
    t.equal(t.runtime.delete(container, force=True).status, 0, "delete")


# --- unix sockets -------------------------------------------------------------------------------

NOTIFY = """
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendmsg([b"READY=1"], [], 0, os.environ["NOTIFY_SOCKET"])
"""


@suite.case
def service_managers_are_told(t):
    """sd_notify(3) sends to a path by sendmsg(2)."""
    os.mkdir(t.path("work"))
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(t.path("work", "notify"))
    configuration = programs(t, "/usr/bin/python3", "-c", NOTIFY)
    configuration["process"]["env"].append("NOTIFY_SOCKET=/scratch/notify")
    output(t, annotate(configuration, host_uds="open"))
    t.equal(manager.recv(100), b"READY=1", "the message")
    manager.close()


TRY = """
import errno, os, socket, sys
def name(call, *a):
    try:
        call(*a)
        return "ok"
    except OSError as e:
        return errno.errorcode[e.errno]
os.chdir("/scratch")
for path in sys.argv[1:]:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        s = socket.socket(socket.AF_UNIX, kind)
        print(path, kind.name, name(s.connect, path), name(s.sendto, b"x", path))
"""


class Listeners:
    """Sockets of the host in a container's volume: NAME and NAME-datagram."""

    def __init__(self, t, name):
        self.stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.datagram = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.stream.bind(t.path("work", name))
        self.stream.listen()
        self.datagram.bind(t.path("work", f"{name}-datagram"))
        for each in (self.stream, self.datagram):
            each.setblocking(False)

    def visited(self):
        seen = []
        for call in (self.stream.accept, lambda: self.datagram.recv(10)):
            try:
                call()
                seen.append(True)
            except BlockingIOError:
                seen.append(False)
        return seen

    def close(self):
        self.stream.close()
        self.datagram.close()


@suite.case(only=CAPBOX)
def sockets_of_the_host_are_closed(t):
    os.mkdir(t.path("work"))
    host = Listeners(t, "host")
    configuration = programs(t, "/usr/bin/python3", "/scratch/try.py", "host", "host-datagram",
                             files={"try.py": TRY})
    t.equal(output(t, configuration).split("\n"),
            ["host SOCK_STREAM ECONNREFUSED ENOTSUP", "host SOCK_DGRAM ECONNREFUSED ECONNREFUSED",
             "host-datagram SOCK_STREAM ECONNREFUSED ENOTSUP",
             "host-datagram SOCK_DGRAM ECONNREFUSED ECONNREFUSED", ""], "by default")
    t.equal(host.visited(), [False, False], "visits")
    t.equal(output(t, annotate(configuration, host_uds="open")).split("\n"),
            ["host SOCK_STREAM ok EISCONN", "host SOCK_DGRAM EPROTOTYPE EPROTOTYPE",
             "host-datagram SOCK_STREAM EPROTOTYPE ENOTSUP", "host-datagram SOCK_DGRAM ok ok", ""],
            "by annotation")
    t.equal(host.visited(), [True, True], "visits")
    host.close()
    result = t.run(annotate(t.shell("true"), host_uds="yes"))
    t.match(result.stderr, "dev.capbox.host-uds: expected 'open', found 'yes'", "message")


LISTEN = """
import os, socket
os.chdir("/scratch")
kept = [socket.socket(socket.AF_UNIX, k) for k in (socket.SOCK_STREAM, socket.SOCK_DGRAM)]
kept[0].bind("guest")
kept[0].listen()
kept[1].bind("guest-datagram")
open("ready", "w").close()
while True:
    kept[0].accept()[0].send(kept[1].recv(9))
"""
CALL = """
import socket
s, d = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("/scratch/guest")
d.sendto(b"hello", "/scratch/guest-datagram")
print(s.recv(9))
"""


@suite.case
def containers_share_sockets_in_a_volume(t):
    """A file that the host makes in the place of a container's socket is the host's."""
    files = {"listen.py": LISTEN, "call.py": CALL, "try.py": TRY}
    name = serve(t, programs(t, "/usr/bin/python3", "/scratch/listen.py", files=files))
    t.wait(lambda: os.path.exists(t.path("work", "ready")), "the server")
    for _ in range(2):
        t.equal(output(t, programs(t, "/usr/bin/python3", "/scratch/call.py")), "b'hello'\n",
                "over the volume")
    t.equal(t.runtime.delete(name, force=True).status, 0, "delete")
    if t.runtime.name != "capbox":
        return
    for each in ("guest", "guest-datagram"):
        os.unlink(t.path("work", each))
    host = Listeners(t, "guest")
    configuration = programs(t, "/usr/bin/python3", "/scratch/try.py", "guest", "guest-datagram")
    t.check("ok" not in output(t, configuration), "the host's, in their place")
    t.equal(host.visited(), [False, False], "visits")
    host.close()


# --- programs -----------------------------------------------------------------------------------

NGINX = """
daemon off; worker_processes 2; pid /run/nginx.pid; error_log stderr;
events { worker_connections 1024; }
http { access_log off; client_body_temp_path /tmp/b; proxy_temp_path /tmp/p;
       fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
       server { listen 80 reuseport; listen [::]:80 ipv6only=on;
       location / { return 200 "hello from nginx\\n"; } } }
"""


@suite.case
def nginx_with_curl_and_wrk(t):
    with Namespaces() as n:
        name = serve(t, join(programs(t, "/usr/sbin/nginx", "-c", "/scratch/nginx.conf", "-p",
                                      "/var/", files={"nginx.conf": NGINX}), n.server()))
        t.wait(lambda: reachable(n, 80), "nginx")
        client = join(programs(t, "/usr/bin/curl", "-s", f"http://{SERVER}/"), n.client())
        t.equal(output(t, client), "hello from nginx\n", "curl")
        load = join(programs(t, "/usr/bin/wrk", "-t2", "-c50", "-d2s", f"http://{SERVER}/"),
                    n.client())
        text = output(t, load)
        t.match(text, r"Requests/sec: +[1-9]", "wrk")
        t.check("Socket errors" not in text and "Non-2xx" not in text, f"errors: {text}")
        t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def redis_with_its_benchmark(t):
    with Namespaces() as n:
        name = serve(t, join(programs(t, "/usr/bin/redis-server", "--bind", SERVER, "--save", "",
                                      "--dir", "/tmp", "--protected-mode", "no"), n.server()))
        t.wait(lambda: reachable(n, 6379), "redis")
        load = join(programs(t, "/usr/bin/redis-benchmark", "-h", SERVER, "-n", "5000", "-c", "20",
                             "-P", "4", "-q", "-t", "set,get"), n.client())
        text = output(t, load)
        for command in ("SET", "GET"):
            t.match(text, rf"{command}: [1-9][0-9.]* requests per second", "redis-benchmark")
        t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def iperf3_every_way(t):
    with Namespaces() as n:
        name = serve(t, join(programs(t, "/usr/bin/iperf3", "-s"), n.server()))
        t.wait(lambda: reachable(n, 5201), "iperf3")
        for ways in (["-P", "1"], ["-P", "4"], ["-R"], ["-u", "-b", "50M"]):
            def transfer():
                return t.run(join(programs(t, "/usr/bin/iperf3", "-c", SERVER, "-t", "1", "-J",
                                           *ways), n.client()))
            result = transfer()
            if "busy" in result.stdout:  # with the probe, or the run before
                time.sleep(0.5)
                result = transfer()
            t.equal(result.status, 0, f"{ways}: {result}")
            total = json.loads(result.stdout)["end"]
            total = total.get("sum_received", total.get("sum"))
            t.check(total["bytes"] > 1000000, f"{ways}: {total}")
        t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


@suite.case
def git_daemon_with_clone_and_push(t):
    environment = ["HOME=/tmp", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory",
                   "GIT_CONFIG_VALUE_0=*"]
    served = f"""
git init -q --bare -b main /tmp/repository && cd /tmp/repository && git config daemon.receivepack true
exec git daemon --export-all --base-path=/tmp --listen={SERVER} --reuseaddr
"""
    work = f"""
set -e
git clone -q git://{SERVER}/repository /tmp/one 2>/dev/null
cd /tmp/one
git config user.name n; git config user.email e@example.org
seq 100000 > numbers; git add numbers; git commit -q -m numbers; git push -q origin HEAD:main
git clone -q git://{SERVER}/repository /tmp/two
cmp numbers /tmp/two/numbers && git -C /tmp/two log --format=%s
"""
    with Namespaces() as n:
        server = join(programs(t, "/bin/sh", "-c", served), n.server())
        server["process"]["env"] += environment
        name = serve(t, server)
        t.wait(lambda: reachable(n, 9418), "git daemon")
        client = join(programs(t, "/bin/sh", "-c", work), n.client())
        client["process"]["env"] += environment
        t.equal(output(t, client), "numbers\n", "the clone of what was pushed")
        t.equal(t.runtime.delete(name, force=True).status, 0, "delete")


ECHO = """
import asyncio, resource, sys
COUNT, HOST = 1000, "127.0.0.1"
async def echo(reader, writer):
    while data := await reader.read(100):
        writer.write(data)
        await writer.drain()
    writer.close()
async def client(i):
    reader, writer = await asyncio.open_connection(HOST, 7777)
    await barrier(i)
    for n in range(3):
        writer.write(b"%d %d" % (i, n))
        if await reader.read(100) != b"%d %d" % (i, n):
            raise ValueError(i)
    writer.close()
    await writer.wait_closed()
here, all_here = 0, None
async def barrier(i):
    global here
    here += 1
    if here == COUNT:
        all_here.set()
    await all_here.wait()
async def main():
    global all_here
    all_here = asyncio.Event()
    server = await asyncio.start_server(echo, HOST, 7777, backlog=COUNT)
    await asyncio.gather(*(client(i) for i in range(COUNT)))
    print(here, "connections at once")
asyncio.run(main())
"""


@suite.case
def asyncio_with_a_thousand_connections(t):
    configuration = programs(t, "/usr/bin/python3", "/scratch/echo.py", files={"echo.py": ECHO})
    t.equal(output(t, configuration), "1000 connections at once\n", "output")
