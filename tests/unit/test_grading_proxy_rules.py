"""What an examination's proxy passes, and what it refuses; no Docker is needed to ask."""

import json
import socket
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from swarmkit_helpers.grading import proxy
from swarmkit_helpers.grading.proxy_rules import ExamCluster, Forbidden, Request, to_machine, to_outer_engine

NODE = "swarmlab-exam-node1"
MACHINE = {"Image": "swarmlab-node:local", "HostConfig": {"Memory": 1}}
EXAM = ExamCluster(
    "exam",
    lambda name, wanted: MACHINE,
    lambda container: {"Aliases": ["node1"]},
    lambda container, network: {"bridge": "bridge", "net": "overlay", "host": "host"}.get(network, ""),
)
CREATE = "POST /v1.41/containers/create"


def asked(what: str, body: Any = None, engine: bool = False) -> Request:
    """What is passed on of that request, such as "POST /v1.41/path?query"."""
    method, _space, target = what.partition(" ")
    path, _mark, query = target.partition("?")
    text = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    request = Request(method, path, query, text)
    return to_outer_engine(EXAM, request) if engine else to_machine(EXAM, NODE, request)


def service(**container: Any) -> dict[str, Any]:
    return {"Name": "x", "TaskTemplate": {"ContainerSpec": {"Image": "busybox", **container}}}


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("GET /_ping", None),
        ("GET /v1.41/services", None),
        ("POST /v1.41/containers/abc/start", None),
        (CREATE, {"Image": "busybox", "HostConfig": {"NetworkMode": "net", "Binds": None, "Memory": 9}}),
        ("POST /v1.41/services/create", service(Mounts=[{"Type": "volume", "Source": "data", "Target": "/data"}])),
        ("POST /v1.41/services/create", service() | {"Mode": {"Replicated": {"Replicas": 500}}}),
        ("POST /v1.41/exec/abc/start", {"Detach": False, "Tty": True}),
        ("POST /v1.41/nodes/abc/update?version=7", {"Role": "worker", "Availability": "drain"}),
        ("POST /v1.41/swarm/init", {"ListenAddr": "0.0.0.0:2377", "Spec": {"Orchestration": {}}}),
    ],
)
def test_swarm_work_passes_as_it_came(what: str, body: Any):
    passed = asked(what, body)
    assert f"{passed.method} {passed.path}" == what.partition("?")[0]
    assert json.loads(passed.body or "null") == body


@pytest.mark.parametrize(("what", "body"), [
    # The start of a container took a whole HostConfig, until version 1.23; and there are checkpoints in folders.
    ("POST /v1.23/containers/abc/start", {"Privileged": True, "Binds": ["/:/host"]}),
    ("POST /v1.41/containers/abc/start", {"Privileged": True}),
    ("POST /v1.41/containers/abc/start?checkpoint=x&checkpoint-dir=/", None),
    ("POST /v1.41/containers/abc/update", {"Devices": [{"PathOnHost": "/dev/sda"}]}),
    ("POST /v1.41/swarm/update?version=1", {"Spec": {"Name": "x"}, "CAConfig": {"ExternalCAs": [{"URL": "https://x"}]}}),
    ("POST /v1.41/swarm/init", {"Spec": {"CAConfig": {"SigningCAKey": "x"}}}),
    ("POST /v1.41/swarm/unlock", {}), ("GET /v1.41/swarm/unlockkey", None),
    ("POST /v1.41/exec/abc/start", {"Privileged": True}), ("POST /v1.41/containers/abc/exec", {"Privileged": True}),
    ("POST /v1.41/commit?container=abc", None), ("PUT /v1.41/containers/abc/archive?path=/", b"x"),
    ("GET /v1.41/containers/abc/archive?path=/etc/shadow", None), ("GET /v1.41/containers/abc/export", None),
    ("POST /v1.41/build?remote=http://x", None), ("POST /v1.41/grpc", None),
    ("POST /v1.41/images/create?fromSrc=-", None), ("POST /v1.41/distribution/x/json", None),
    ("POST /v1.41/networks/create", {"Name": "x", "Driver": "macvlan"}),
    ("POST /v1.41/networks/create", {"Name": "x", "Options": {"com.docker.network.bridge.name": "eth0"}}),
    ("POST /v1.41/secrets/create", {"Name": "x", "Driver": {"Name": "x"}}),
    ("POST /v1.41/configs/create", {"Name": "x", "Templating": {"Name": "golang"}}),
    ("POST /v1.41/services/create", service(Privileges={"SELinuxContext": {"Disable": True}})),
    ("POST /v1.41/services/create", service(CapabilityAdd=["SYS_ADMIN"])),
    ("POST /v1.41/services/create", service() | {"Mode": {"Replicated": {"Replicas": 501}}}),
    ("POST /v1.41/services/abc/update?version=7", service() | {"mode": {"ReplicatedJob": {"totalCompletions": 10**9}}}),
    ("POST /v1.41/services/create", service() | {"Networks": [{"Target": "host"}]}),
    (CREATE, {"Image": "x", "Privileged": True}), (CREATE, {"HostConfig": {"NetworkMode": "container:abc"}}),
    (CREATE, {"HostConfig": {"Sysctls": {"kernel.core_pattern": "|/x"}}}),
    (CREATE, {"HostConfig": {"LogConfig": {"Type": "syslog"}}}), (CREATE, {"HostConfig": {"VolumeDriver": "x"}}),
    (CREATE, {"HostConfig": {"Mounts": [{"Type": "volume", "VolumeOptions": {"DriverConfig": {"Name": "local"}}}]}}),
    (CREATE, b'{"HostConfig": {"Memory": NaN}}'), (CREATE, b"[" * 100_000), (CREATE, b'{"a": 1} {"a": 2}'),
    ("GET /v1.41/%2e%2e/secrets", None), ("GET /v1.41/containers/..%2f..%2fsecrets/json", None),
    ("GET http://other/v1.41/info", None), ("GET //v1.41/info", None), ("GET /v1.41/info/", None),
    ("GET /v1.41/containers/a%0d%0aX:y/json", None), ("GET /v1.41/containers/%c5%bf/json", None),
    ("GET /v1.41/events?a=1&a=2", None),
])  # fmt: skip
def test_what_reaches_out_of_a_container_does_not_pass(what: str, body: Any):
    with pytest.raises(Forbidden):
        asked(what, body)


@pytest.mark.parametrize(("what", "body"), [
    (f"POST /v1.23/containers/{NODE}/start", {"Binds": ["/:/outer"]}),
    (f"POST /v1.41/containers/{NODE}/start", {"Binds": ["/:/outer"]}),
    (f"POST /v1.41/containers/{NODE}/start?checkpoint=x&checkpoint-dir=/", None),
    (f"POST /v1.41/containers/{NODE}/update", {"Memory": 0}), (f"POST /v1.41/containers/{NODE}/exec", {"Cmd": ["sh"]}),
    (f"POST /v1.41/containers/{NODE}/attach?stdin=1", None), ("POST /v1.41/containers/swarmlab-other-node1/stop", None),
    ("POST /v1.41/containers/create?name=swarmlab-exam-node9", MACHINE), ("POST /v1.41/containers/create", MACHINE),
    ("POST /v1.41/containers/create?name=swarmlab-exam-node2", MACHINE | {"User": "root"}),
    ("GET /v1.41/images/get?names=swarmlab-node:local", None), ("GET /v1.41/containers/json?all=1&all=0", None),
    ("POST /v1.41/networks/host/connect", {"Container": NODE}), ("GET /v1.41/events?filters=[]", None),
    ("POST /v1.41/networks/swarmlab-exam/connect", {"Container": NODE, "EndpointConfig": {"IPAddress": "10.0.0.1"}}),
    ("DELETE /v1.41/volumes/x", None), ("GET /v1.41/containers/json?filters={", None), ("GET /v1.41/swarm", None),
])  # fmt: skip
def test_to_the_outer_engine_only_changes_of_own_machines_pass(what: str, body: Any):
    with pytest.raises(Forbidden):
        asked(what, body, engine=True)


def test_only_what_is_of_the_cluster_is_found_on_its_engine():
    passed = asked('GET /v1.41/containers/json?filters={"Label":["a"],"name":{"x":true}}', engine=True)
    [(_key, filters)] = [pair.split("=", 1) for pair in passed.query.split("&")]
    assert "swarmlab.cluster%3Dexam" in filters
    assert asked("POST /v1.41/containers/create?name=swarmlab-exam-node2", MACHINE, engine=True).new_machine


def test_nothing_follows_a_stream_that_the_engine_did_not_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An engine takes what comes after a refusal for the next request, and that has been read by no rule."""
    ours, theirs = socket.socketpair()
    got = bytearray()
    monkeypatch.setattr(proxy.tunnel, "open_stream", lambda *_told: ours)

    def engine() -> None:
        while piece := theirs.recv(1 << 16):
            if not got:
                theirs.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}")
            got.extend(piece)

    thread = threading.Thread(target=engine, daemon=True)
    thread.start()
    nothing = SimpleNamespace(get=lambda *_path, **_query: [])
    with (
        proxy.Proxy(SimpleNamespace(url="unix:///none", api=nothing, client=None), "exam", tmp_path) as made,
        socket.socket(socket.AF_UNIX) as student,
    ):
        made.add_machine(NODE)
        student.connect(str(tmp_path / f"{NODE}.sock"))
        student.sendall(b"POST /v1.41/exec/abc/start HTTP/1.1\r\nHost: x\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n")
        assert student.recv(100).startswith(b"HTTP/1.1 404")
        student.sendall(b"POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        student.shutdown(socket.SHUT_WR)
        thread.join(1)  # it goes on waiting, unless the proxy has closed the stream
    assert got.startswith(b"POST /v1.41/exec/abc/start ")
    assert b"containers/create" not in got
