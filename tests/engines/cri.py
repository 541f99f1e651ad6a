"""containerd's CRI endpoint, driven the way kubelet drives it: pods whose runtime handler is
`sandbox`. CNI gives each pod a bridged interface and loopback."""

import json
import os
import time

from . import containerd, image
from .harness import TOKEN, Failure, Suite, call, hoststate
from .protobuf import Schema

HERE = os.path.dirname(os.path.abspath(__file__))
NETWORK = {
    "cniVersion": "0.4.0", "name": "pods",
    "plugins": [{"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": True,
                 "ipam": {"type": "host-local", "subnet": "10.88.0.0/16",
                          "routes": [{"dst": "0.0.0.0/0"}]}}],
}
# method: (request, response)
METHODS = {
    "Version": ("VersionRequest", "VersionResponse"),
    "Status": ("StatusRequest", "StatusResponse"),
    "RunPodSandbox": ("RunPodSandboxRequest", "RunPodSandboxResponse"),
    "StopPodSandbox": ("PodSandboxRequest", "Empty"),
    "RemovePodSandbox": ("PodSandboxRequest", "Empty"),
    "PodSandboxStatus": ("PodSandboxRequest", "PodSandboxStatusResponse"),
    "PodSandboxStats": ("PodSandboxRequest", "PodSandboxStatsResponse"),
    "ListPodSandbox": ("Empty", "ListPodSandboxResponse"),
    "CreateContainer": ("CreateContainerRequest", "CreateContainerResponse"),
    "StartContainer": ("ContainerRequest", "Empty"),
    "StopContainer": ("StopContainerRequest", "Empty"),
    "RemoveContainer": ("ContainerRequest", "Empty"),
    "ContainerStatus": ("ContainerRequest", "ContainerStatusResponse"),
    "ContainerStats": ("ContainerRequest", "ContainerStatsResponse"),
    "ListContainers": ("Empty", "ListContainersResponse"),
    "ExecSync": ("ExecSyncRequest", "ExecSyncResponse"),
    "UpdateContainerResources": ("UpdateContainerResourcesRequest", "Empty"),
    "ReopenContainerLog": ("ContainerRequest", "Empty"),
}
CREATED, RUNNING, EXITED = 0, 1, 2
POD, CONTAINER, NODE = 0, 1, 2


class Cri(containerd.Containerd):
    name, disabled, namespace = "cri", (), "k8s.io"

    def start(self):
        try:
            import grpc
        except ImportError:
            raise Failure("python3-grpcio is not installed") from None
        os.makedirs(self.path("cni"), exist_ok=True)
        with open(self.path("cni", "10-pods.conflist"), "w", encoding="utf-8") as file:
            json.dump(NETWORK, file)
        super().start()
        self.load(image.archive(self.path("pause.tar"), image.PAUSE,
                                ("/bin/sh", "-c", image.PAUSE_SCRIPT)))
        self.schema = Schema(os.path.join(HERE, "cri.proto"))
        self.grpc, self.channel = grpc, None
        self.connect()

    def connect(self):
        if self.channel:
            self.channel.close()
        self.channel = self.grpc.insecure_channel("unix://" + self.socket)
        deadline = time.monotonic() + 20
        while True:
            try:
                return self.call("Version")
            except Failure:  # it answers before it is ready
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def call(self, method, patience=60, **values):
        request, response = METHODS[method]
        invoke = self.channel.unary_unary(
            "/runtime.v1.RuntimeService/" + method,
            request_serializer=lambda v: self.schema.encode(request, v),
            response_deserializer=lambda d: self.schema.decode(response, d))
        try:
            return invoke(values, timeout=patience, wait_for_ready=True)
        except self.grpc.RpcError as error:
            raise Failure(f"{method}: {error.code().name}: {error.details()}") from None

    def stop(self):
        self.clean()
        self.channel.close()
        self.daemon.stop()

    def clean(self):
        for pod in self.call("ListPodSandbox")["items"]:
            self.call("StopPodSandbox", pod_sandbox_id=pod["id"])
            self.call("RemovePodSandbox", pod_sandbox_id=pod["id"])


suite = Suite(Cri)


class Pod:
    """A pod sandbox, and containers in it."""

    def __init__(self, t, **options):
        self.t, self.engine, self.count = t, t.engine, 0
        self.logs = t.path(t.identifier("logs"))
        os.mkdir(self.logs)
        name = t.identifier("pod")
        self.config = {
            "metadata": {"name": name, "uid": name + "-uid", "namespace": "test", "attempt": 0},
            "hostname": "" if options.get("network") == NODE else "pod-host",
            "log_directory": self.logs,
            "dns_config": {"servers": ["10.88.0.1"], "searches": ["test.local"]},
            "linux": {"cgroup_parent": "/" + TOKEN, "security_context": {
                "namespace_options": {"network": POD, "pid": CONTAINER, "ipc": POD, **options},
                "seccomp": {"profile_type": 0}}},
        }
        self.id = self.engine.call("RunPodSandbox", config=self.config,
                                   runtime_handler="sandbox")["pod_sandbox_id"]

    def create(self, script, security=None, resources=None, **config):
        """A container that runs a script; returns its id."""
        self.count += 1
        name = f"c{self.count}"
        values = {
            "metadata": {"name": name, "attempt": 0}, "image": {"image": image.REFERENCE},
            "command": ["sh", "-c"], "args": [script], "log_path": name + ".log",
            "linux": {"resources": resources or {}, "security_context": {
                "namespace_options": self.config["linux"]["security_context"]["namespace_options"],
                "seccomp": {"profile_type": 0}, **(security or {})}},
            **config,
        }
        return self.engine.call("CreateContainer", pod_sandbox_id=self.id, config=values,
                                sandbox_config=self.config)["container_id"]

    def start(self, script, **keywords):
        container = self.create(script, **keywords)
        self.engine.call("StartContainer", container_id=container)
        return container

    def status(self, container):
        return self.engine.call("ContainerStatus", container_id=container)["status"]

    def ended(self, container):
        self.t.wait(lambda: self.status(container)["state"] == EXITED, "the container's end", 30)
        return self.status(container)

    def log(self, number):
        """What container number N (from 1) has written, as (stream, text) by lines."""
        with open(os.path.join(self.logs, f"c{number}.log"), encoding="utf-8") as file:
            return [(f[1], f[3]) for f in (line.rstrip("\n").split(" ", 3) for line in file)]

    def execute(self, container, *command, timeout=20):
        got = self.engine.call("ExecSync", container_id=container, cmd=list(command), timeout=timeout)
        return got["exit_code"], got["stdout"].decode(), got["stderr"].decode()

    def remove(self):
        self.engine.call("StopPodSandbox", pod_sandbox_id=self.id)
        self.engine.call("RemovePodSandbox", pod_sandbox_id=self.id)


@suite.case
def ready(t):
    conditions = {c["type"]: c for c in t.engine.call("Status")["status"]["conditions"]}
    for kind in ("RuntimeReady", "NetworkReady"):
        t.check(conditions[kind]["status"], f"{kind}: {conditions[kind]}")


@suite.case
def pod_alone(t):
    pod = Pod(t)
    status = t.engine.call("PodSandboxStatus", pod_sandbox_id=pod.id)["status"]
    t.equal(status["state"], 0, "state")
    t.equal(status["runtime_handler"], "sandbox", "runtime handler")
    t.match(status["network"]["ip"], r"^10\.88\.", "address")
    t.engine.call("StopPodSandbox", pod_sandbox_id=pod.id)
    status = t.engine.call("PodSandboxStatus", pod_sandbox_id=pod.id)["status"]
    t.equal(status["state"], 1, "state when stopped")
    t.engine.call("RemovePodSandbox", pod_sandbox_id=pod.id)


@suite.case
def unknown_handler(t):
    try:
        t.engine.call("RunPodSandbox", runtime_handler="nonsense",
                      config={"metadata": {"name": t.identifier(), "uid": "u", "namespace": "n"}})
    except Failure as failure:
        t.match(str(failure), "nonsense", "message")
    else:
        t.check(False, "an unknown runtime handler was accepted")


@suite.case
def container_from_start_to_end(t):
    pod = Pod(t)
    container = pod.create("echo out; echo err >&2; sleep 0.3; exit 42",
                           envs=[{"key": "A", "value": "b"}])
    t.equal(pod.status(container)["state"], CREATED, "state")
    t.engine.call("StartContainer", container_id=container)
    status = pod.ended(container)
    t.equal((status["exit_code"], status["reason"]), (42, "Error"), "the end")
    t.wait(lambda: len(pod.log(1)) == 2, "the log")
    t.equal(sorted(pod.log(1)), [("stderr", "err"), ("stdout", "out")], "log")
    t.engine.call("RemoveContainer", container_id=container)
    container = pod.start("exit 0")
    t.equal(pod.ended(container)["reason"], "Completed", "reason")
    pod.remove()


@suite.case
def program_that_is_not_there(t):
    pod = Pod(t)
    container = pod.create("", command=["/no/such/program"], args=[])
    try:
        t.engine.call("StartContainer", container_id=container)
    except Failure as failure:
        t.match(str(failure), "no such file or directory", "message")
    else:
        t.check(False, "it was started")
    pod.remove()


@suite.case
def exec_sync(t):
    pod = Pod(t)
    container = pod.start("sleep 1000", working_dir="/tmp", envs=[{"key": "A", "value": "b c"}])
    t.equal(pod.execute(container, "sh", "-c", "echo $A; pwd; echo e >&2; exit 3"),
            (3, "b c\n/tmp\n", "e\n"), "exec")
    t.equal(pod.execute(container, "hostname"), (0, "pod-host\n", ""), "hostname")
    t.match(pod.execute(container, "cat", "/etc/resolv.conf")[1], r"search test\.local\nnameserver 10\.88",
            "resolv.conf")
    try:
        pod.execute(container, "sleep", "100", timeout=1)
    except Failure as failure:
        t.match(str(failure), "DEADLINE_EXCEEDED|DeadlineExceeded|timeout", "message")
    else:
        t.check(False, "exec without end")
    t.wait(lambda: "sleep 100\n" not in pod.execute(container, "ps", "-o", "args")[1],
           "the end of what was too slow")
    for _ in range(5):
        t.equal(pod.execute(container, "true"), (0, "", ""), "a probe")
    pod.remove()


@suite.case
def stop_a_container(t):
    pod = Pod(t)
    container = pod.start("trap 'exit 7' TERM; while :; do sleep 0.1; done")
    time.sleep(0.5)
    t.engine.call("StopContainer", container_id=container, timeout=10)
    t.equal(pod.status(container)["exit_code"], 7, "exit code of what heeds SIGTERM")
    container = pod.start("trap '' TERM; while :; do sleep 0.1; done")
    time.sleep(0.5)
    t.engine.call("StopContainer", container_id=container, timeout=1)
    t.equal(pod.status(container)["exit_code"], 137, "exit code of what ignores it")
    t.engine.call("RemoveContainer", container_id=container)
    container = pod.start("sleep 1000")
    pod.remove()


@suite.case
def two_containers_of_a_pod(t):
    pod = Pod(t)
    first = pod.start("echo shared >/dev/shm/file; while :; do echo hello | nc -l -p 4000; done")
    second = pod.start("sleep 1000")
    t.wait(lambda: pod.execute(second, "nc", "-w", "2", "127.0.0.1", "4000")[1] == "hello\n",
           "the answer over localhost")
    t.equal(pod.execute(second, "cat", "/dev/shm/file"), (0, "shared\n", ""), "/dev/shm")
    t.equal(pod.execute(second, "sh", "-c", "echo back >/dev/shm/back")[0], 0, "writing to /dev/shm")
    t.equal(pod.execute(first, "cat", "/dev/shm/back")[1], "back\n", "/dev/shm the other way")
    t.check("nc -l" not in pod.execute(second, "ps", "-o", "args")[1], "processes are shared")
    t.equal([pod.execute(c, "hostname")[1] for c in (first, second)], ["pod-host\n"] * 2, "hostname")
    pod.remove()


@suite.case
def shared_processes(t):
    pod = Pod(t, pid=POD)
    try:
        pod.start("sleep 4321")
        second = pod.start("sleep 1000")
    except Failure as failure:  # a sandbox's processes are its own
        t.check(t.engine.settings.name != "runc", str(failure))
        t.match(str(failure), "another sandbox's, whose processes cannot be shared", "message")
    else:
        t.match(pod.execute(second, "ps", "-o", "args")[1], "sleep 4321", "the other's process")
    pod.remove()


@suite.case
def network_of_a_pod(t):
    server, client = Pod(t), Pod(t)
    server.start("mkdir /www; echo page >/www/index.html; exec httpd -f -p 8080 -h /www")
    address = t.engine.call("PodSandboxStatus", pod_sandbox_id=server.id)["status"]["network"]["ip"]
    other = client.start("sleep 1000")
    request = f"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 {address} 8080 | tail -1"
    t.wait(lambda: client.execute(other, "sh", "-c", request)[1] == "page\n", "a page of another pod")
    t.match(client.execute(other, "cat", "/proc/net/dev")[1], r"\beth0:", "interfaces")
    t.wait(lambda: call(["busybox", "wget", "-q", "-O", "-", f"http://{address}:8080/"]).stdout ==
           "page\n", "the page, from the node")
    server.remove()
    client.remove()


@suite.case
def host_network(t):
    pod = Pod(t, network=NODE)
    container = pod.start("grep -c cni0: /proc/net/dev; sleep 1000")
    t.wait(lambda: pod.log(1) == [("stdout", "1")], "the node's interfaces")
    t.equal(pod.status(container)["state"], RUNNING, "state")
    pod.remove()


@suite.case
def statistics(t):
    pod = Pod(t)
    container = pod.start("while :; do :; done")
    time.sleep(1)
    stats = t.engine.call("ContainerStats", container_id=container)["stats"]
    t.check(stats["cpu"]["usage_core_nano_seconds"]["value"] > 10_000_000, f"cpu: {stats}")
    t.check(stats["memory"]["working_set_bytes"]["value"] > 0, f"memory: {stats}")
    whole = t.engine.call("PodSandboxStats", pod_sandbox_id=pod.id)["stats"]["linux"]
    t.check(whole["cpu"]["usage_core_nano_seconds"]["value"] > 0, f"pod: {whole}")
    pod.remove()


@suite.case
def resources(t):
    pod = Pod(t)
    limits = {"memory_limit_in_bytes": 64 << 20, "cpu_quota": 50000, "cpu_period": 100000,
              "cpu_shares": 512, "oom_score_adj": 500}
    container = pod.start("sleep 1000", resources=limits)
    read = ("cat", "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us",
            "/sys/fs/cgroup/cpu/cpu.shares", "/proc/self/oom_score_adj")
    t.equal(pod.execute(container, *read)[1].split(), [str(64 << 20), "50000", "512", "500"], "limits")
    t.engine.call("UpdateContainerResources", container_id=container,
                  linux={**limits, "memory_limit_in_bytes": 96 << 20, "cpu_quota": 70000})
    t.equal(pod.execute(container, *read)[1].split()[:2], [str(96 << 20), "70000"], "new limits")
    pod.remove()


@suite.case
def out_of_memory(t):
    pod = Pod(t)
    container = pod.start("exec dd if=/dev/zero of=/dev/null bs=300M count=1",
                          resources={"memory_limit_in_bytes": 64 << 20})
    status = pod.ended(container)
    t.equal((status["exit_code"], status["reason"]), (137, "OOMKilled"), "the end")
    pod.remove()


@suite.case
def mounts(t):
    host = t.path("shared")
    os.mkdir(host)
    with open(os.path.join(host, "file"), "w", encoding="utf-8") as file:
        file.write("from the node\n")
    pod = Pod(t)
    pod.start("cat /rw/file; echo new >/rw/new; touch /ro/x 2>/dev/null || echo refused", mounts=[
        {"container_path": "/rw", "host_path": host},
        {"container_path": "/ro", "host_path": host, "readonly": True}])
    t.wait(lambda: [text for _, text in pod.log(1)] == ["from the node", "refused"], "output")
    with open(os.path.join(host, "new"), encoding="utf-8") as file:
        t.equal(file.read(), "new\n", "what it wrote")
    pod.remove()


@suite.case
def security_context(t):
    pod = Pod(t)
    script = ("id -u; id -g; id -G; grep -E 'CapEff|NoNewPrivs' /proc/self/status | cut -f2; "
              "touch /x 2>/dev/null || echo read-only")
    container = pod.start(script, security={
        "run_as_user": {"value": 1000}, "run_as_group": {"value": 1001},
        "supplemental_groups": [2000, 3000], "readonly_rootfs": True, "no_new_privs": True,
        "capabilities": {"drop_capabilities": ["ALL"]},
        "masked_paths": ["/proc/kcore"], "readonly_paths": ["/proc/sys"]})
    wanted = ["1000", "1001", "1001 2000 3000", "0" * 16, "1", "read-only"]
    t.wait(lambda: len(pod.log(1)) == len(wanted), "output")
    t.equal([text for _, text in pod.log(1)], wanted, "output")
    pod.ended(container)  # containerd's shim may go in the middle of a request otherwise
    pod.remove()


@suite.case
def terminal(t):
    pod = Pod(t)
    pod.start("tty; test -t 0 && test -t 1 && echo terminal", tty=True)
    t.wait(lambda: len(pod.log(1)) == 2, "output")
    t.equal([text.rstrip("\r") for _, text in pod.log(1)], ["/dev/pts/0", "terminal"], "output")
    pod.remove()


@suite.case
def log_rotation(t):
    pod = Pod(t)
    container = pod.start("i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done")
    log = os.path.join(pod.logs, "c1.log")
    t.wait(lambda: len(pod.log(1)) > 3, "output")
    os.rename(log, log + ".1")
    t.engine.call("ReopenContainerLog", container_id=container)
    t.wait(lambda: os.path.exists(log) and len(pod.log(1)) > 3, "output in the new file")
    pod.remove()


@suite.case
def restarts_of_a_container(t):
    pod = Pod(t)
    for i in range(5):
        container = pod.start(f"exit {i}")
        t.equal(pod.ended(container)["exit_code"], i, "exit code")
        t.engine.call("RemoveContainer", container_id=container)
    t.equal(len(t.engine.call("ListContainers")["containers"]), 0, "containers that are left")
    pod.remove()


@suite.case
def containerd_restarts(t):
    pod = Pod(t)
    container = pod.start("trap 'exit 7' TERM; while :; do sleep 0.1; done")
    t.engine.daemon.stop()
    t.engine.come_up()
    t.engine.connect()
    t.wait(lambda: pod.status(container)["state"] == RUNNING, "state")
    t.equal(pod.execute(container, "true"), (0, "", ""), "exec")
    t.engine.call("StopContainer", container_id=container, timeout=10)
    t.equal(pod.status(container)["exit_code"], 7, "exit code")
    pod.remove()


@suite.case
def the_sentry_is_killed(t):
    """When what supervises a container dies, kubelet must see the container end."""
    pod = Pod(t)
    container = pod.start("sleep 1000")
    before = {p for p, s in hoststate.descendants().items()}
    state = t.engine.ctr("tasks", "ls").stdout
    pid = next(int(line.split()[1]) for line in state.splitlines() if line.startswith(container))
    t.check(pid in before, "the pid is not a process of ours")
    os.kill(pid, 9)
    t.equal(pod.ended(container)["exit_code"], 137, "exit code")
    pod.remove()


@suite.case(timeout=240)
def ten_pods(t):
    pods = [Pod(t) for _ in range(4 if t.quick else 10)]
    containers = [(pod, pod.start("sleep 1000")) for pod in pods for _ in range(2)]
    for pod, container in containers:
        t.equal(pod.execute(container, "echo", "here")[1], "here\n", "exec")
    for pod in pods:
        pod.remove()
