"""Whatever a client sends over HTTP, a simulated engine answers it, refuses in Docker's way, and goes on."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from socket import create_connection
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from swarmkit_helpers.cluster import node_container
from swarmkit_helpers.engine import simulator
from swarmkit_helpers.machine import container_name, network_name

Json = Any
SPEED = 100
ANSWER = 5  # seconds
CLUSTER, PREFIX = "fuzz", "10.213.0"
NAMES = ("node1", "node2", "node3")  # the first two are in a swarm
STATES = ("new", "allocated", "pending", "assigned", "accepted", "preparing", "ready", "starting", "running",
          "complete", "shutdown", "failed", "rejected", "remove", "orphaned")  # fmt: skip

# Requests that are right, but for what is spoilt in them. {} is any thing's id; VERSION is the object's present one.
CONTAINER = {
    "Image": "busybox",
    "Cmd": ["sleep", "9"],
    "Env": ["A=1"],
    "Labels": {"a": "1"},
    "Hostname": "h",
    "StopTimeout": 1,
    "ExposedPorts": {"80/tcp": {}},
    "Tty": False,
    "HostConfig": {
        "NanoCpus": 10**9,
        "Memory": 1 << 26,
        "RestartPolicy": {"Name": "always"},
        "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]},
        "Mounts": [{"Type": "volume", "Source": "v", "Target": "/v"}],
        "NetworkMode": "bridge",
    },
    "NetworkingConfig": {"EndpointsConfig": {"bridge": {"IPAMConfig": {"IPv4Address": "172.17.0.9"}}}},
}
SERVICE = {
    "Name": "web",
    "Labels": {"a": "1"},
    "Mode": {"Replicated": {"Replicas": 3}},
    "TaskTemplate": {
        "ContainerSpec": {
            "Image": "busybox",
            "Command": ["sleep", "9"],
            "Env": ["A=1"],
            "StopGracePeriod": 0,
            "Labels": {},
            "Hostname": "{{.Node.Hostname}}",
        },
        "Resources": {"Limits": {"MemoryBytes": 1 << 25}, "Reservations": {"NanoCPUs": 10**8}},
        "RestartPolicy": {"Condition": "any", "Delay": 10**9, "MaxAttempts": 3, "Window": 0},
        "Placement": {
            "Constraints": ["node.role==worker"],
            "MaxReplicas": 2,
            "Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.a"}}],
        },
        "LogDriver": {"Name": "json-file", "Options": {}},
        "ForceUpdate": 1,
    },
    "UpdateConfig": {"Parallelism": 1, "Delay": 0, "FailureAction": "pause", "Monitor": 10**9, "MaxFailureRatio": 0.5},
    "EndpointSpec": {
        "Mode": "vip",
        "Ports": [{"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 8080, "PublishMode": "ingress"}],
    },
}
NODE = {"Labels": {"a": "1"}, "Role": "worker", "Availability": "drain"}
SWARM = {
    "Name": "default",
    "Labels": {},
    "Orchestration": {"TaskHistoryRetentionLimit": 5},
    "Raft": {"SnapshotInterval": 10000, "ElectionTick": 10, "HeartbeatTick": 1},
    "Dispatcher": {"HeartbeatPeriod": 5 * 10**9},
    "CAConfig": {"NodeCertExpiry": 7776 * 10**12},
    "EncryptionConfig": {"AutoLockManagers": False},
}
NETWORK = {
    "Name": "net",
    "Driver": "overlay",
    "Attachable": True,
    "Options": {},
    "Labels": {"a": "1"},
    "IPAM": {"Driver": "default", "Config": [{"Subnet": "10.9.0.0/24", "Gateway": "10.9.0.1"}]},
}
BODIES: dict[str, Json] = {
    "POST /containers/create": CONTAINER, "POST /services/create": SERVICE, "POST /services/{}/update": SERVICE,
    "POST /nodes/{}/update": NODE, "POST /swarm/update": SWARM, "POST /networks/create": NETWORK,
    "POST /volumes/create": {"Name": "v", "Driver": "local", "Labels": {"a": "1"}, "DriverOpts": {}},
    "POST /secrets/create": {"Name": "s", "Data": "eA==", "Labels": {}},
    "POST /configs/create": {"Name": "c", "Data": "eA==", "Labels": {}},
    "POST /containers/{}/update": {"Memory": 1 << 26, "NanoCpus": 10**9, "RestartPolicy": {"Name": "no"}},
    "POST /containers/{}/exec": {"Cmd": ["true"], "Tty": False, "AttachStdout": True, "Env": ["A=1"]},
    "POST /exec/{}/start": {"Detach": True, "Tty": False},
    "POST /networks/{}/connect": {"Container": "web", "EndpointConfig": {"Aliases": ["x"]}},
    "POST /networks/{}/disconnect": {"Container": "web", "Force": True},
    "POST /swarm/init": {"ListenAddr": "0.0.0.0:2377", "AdvertiseAddr": "10.213.0.11",
                         "DefaultAddrPool": ["10.9.0.0/16"], "SubnetSize": 24, "Spec": SWARM},
    "POST /swarm/join": {"RemoteAddrs": ["node1:2377"], "JoinToken": "SWMTKN-1-a-b", "ListenAddr": "0.0.0.0"},
    "POST /swarm/unlock": {"UnlockKey": "SWMKEY-1-a"}, "POST /auth": {"username": "a", "password": "b"},
}  # fmt: skip
PLAIN = """GET /_ping /version /info /plugins /system/df /events /containers/json /containers/{}/json /containers/{}/top
/containers/{}/changes /containers/{}/stats /containers/{}/logs /exec/{}/json /images/json /images/get /images/search
/images/{}/get /images/{}/json /images/{}/history /distribution/{}/json /networks /networks/{} /volumes /volumes/{}
/swarm /swarm/unlockkey /nodes /nodes/{} /services /services/{} /services/{}/logs /tasks /tasks/{} /tasks/{}/logs
/secrets /secrets/{} /configs /configs/{} /nothing /
POST /containers/prune /containers/{}/start /containers/{}/stop /containers/{}/restart /containers/{}/kill
/containers/{}/rename
/containers/{}/resize /containers/{}/unpause /containers/{}/wait /containers/{}/attach /exec/{}/resize /images/load
/images/create /images/prune /images/{}/tag /images/{}/push /build /build/prune /networks/prune /volumes/prune
/swarm/leave DELETE /containers/{} /images/{} /networks/{} /volumes/{} /nodes/{} /services/{} /secrets/{} /configs/{}"""
VERSIONS = ("", "", "", "/v1.51", "/v1.41", "/v1.1", "/v9.99", "/v1", "/vx.y")
SOMEBODY = [
    "web",
    "s",
    "c",
    "v",
    "net",
    "bridge",
    "ingress",
    "busybox",
    "node2",
    "TASK",
    "CONTAINER",
    "EXEC",
    "a",
    "a/b",
    container_name(CLUSTER, "node3"),
    "x" * 300,
    "0" * 64,
    "..",
    "é☃",
    "%",
    "\0",
    " ",
    "-",
]
RIGHT = {
    "services": "web",
    "nodes": "node2",
    "tasks": "TASK",
    "containers": "CONTAINER",
    "exec": "EXEC",
    "images": "busybox",
    "networks": "bridge",
    "secrets": "s",
    "configs": "c",
    "volumes": "v",
}
KEYS = [
    "all",
    "filters",
    "force",
    "name",
    "tail",
    "since",
    "until",
    "timestamps",
    "follow",
    "stream",
    "signal",
    "size",
    "limit",
    "fromImage",
    "tag",
    "repo",
    "status",
    "insertDefaults",
    "rollback",
    "details",
    "stdout",
    "stderr",
    "h",
    "w",
    "condition",
    "verbose",
    "noprune",
    "link",
    "v",
    "logs",
    "type",
    "version",
    "digests",
    "rotateWorkerToken",
    "rotateManagerToken",
    "names",
    "ps_args",
    "term",
    "one-shot",
    "platform",
]
VALUES = [
    "",
    "0",
    "1",
    "true",
    "-1",
    "x",
    "9" * 20,
    "9" * 5000,
    "1e999",
    "nan",
    "-inf",
    "1700000000.000000001",
    "é☃",
    "\0",
    "%",
    "previous",
    "KILL",
    "15",
    "next-exit",
]
FILTERS = [
    *["[" * 5000] * 4,
    '{"label":["a=1"]}',
    '{"id":{"x":true}}',
    "[]",
    "null",
    "{",
    '{"name":"x"}',
    '{"name":[1]}',
    '{"desired-state":["x"]}',
    '{"service":["web"],"node":["node2"]}',
    '{"until":["x"]}',
    '{"label":{"a":{"b":1}}}',
    '{"is-task":["x"],"role":["x"],"mode":["x"]}',
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.sampled_from(
        [
            0,
            -1,
            1,
            3,
            2**31,
            2**63,
            -(2**63),
            2**64,
            10**30,
            0.5,
            1e308,
            float("inf"),
            float("nan"),
            "",
            "x",
            "é☃",
            "\0",
            "\ud800",
            "a" * 3000,
            "host",
            "ingress",
            "global",
            "start",
            "node.id==",
            "x:y:z",
            "{{",
            "10.9.0.0/8",
            "::1/200",
        ]
    )
)
NAMED = st.sampled_from(["", "a", "Name", "Replicas", "é"])
JUNK = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMED, inner, max_size=2), max_leaves=3
)
RAW = [
    (piece, 1)
    for piece in (
        b"",
        b" ",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"0",
        b"\xff\xfe",
        b'{"Image":1e999}',
        b'{"Name":"a","Name":{}}',
        b"{}{}",
    )
]
RAW += [(b"[", 100_000), (b'{"a":', 5000), (b"9", 5000), (b"\0", 2000)]
BYTES = st.sampled_from(RAW).map(lambda of: of[0] * of[1])
KINDS = ("application/json",) * 8 + ("", "text/plain", "application/json; charset=x", "application/x-tar", "é")


def places(body: Json) -> Iterator[tuple[Json, ...]]:
    """The way to each value in it."""
    yield ()
    inside = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in inside:
        yield from ((key, *way) for way in places(value))


def put(body: Json, way: tuple[Json, ...], value: Json) -> Json:
    """The body with that value there, if there is such a place any more."""
    if not way:
        return value
    key, *rest = way
    known = body if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()
    if key not in known:
        return body
    changed = body.copy()
    changed[key] = put(body[key], rest, value)
    return changed


def spoilt(body: Json) -> st.SearchStrategy[bytes]:
    """The body with up to two values replaced, as JSON; or bytes of some kind."""

    def write(changes: list[tuple[tuple[Json, ...], Json]]) -> bytes:
        changed = body
        for way, value in changes:
            changed = put(changed, way, value)
        return json.dumps(changed).encode()

    changes = st.lists(st.tuples(st.sampled_from(list(places(body))), JUNK), max_size=2)
    return st.one_of(*[changes.map(write)] * 4, BYTES)


def lines() -> Iterator[tuple[str, str, st.SearchStrategy[bytes]]]:
    """Verb, path and bodies of each request there is."""
    for line, body in BODIES.items():
        for _ in range(3):  # there is more that can be wrong in them
            yield *line.split(), spoilt(body)
    verb = ""
    for word in PLAIN.split():
        if word.startswith("/"):
            yield verb, word, st.just(b"") | BYTES
        else:
            verb = word


def somebody(path: str) -> st.SearchStrategy[str]:
    """Whom it may be about: as often as not, somebody who is there."""
    return st.just(RIGHT.get(path.split("/")[1], "x")) | st.sampled_from(SOMEBODY)


VERBS = st.sampled_from([None] * 12 + ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "X"])
WHERE = st.sampled_from([None, None, *["node1"] * 5, "node2", "node3", "nobody"])
QUERY = st.one_of(
    st.just({}),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES + FILTERS), max_size=3),
    st.fixed_dictionaries({}, optional={"filters": st.sampled_from(FILTERS), "version": st.sampled_from(VALUES)}),
)
FRAMES = st.sampled_from([None] * 12 + ["chunked", "broken", "short"])
REQUESTS = st.one_of(
    *(
        st.tuples(
            WHERE,
            VERBS.map(lambda other, verb=verb: other or verb),
            st.sampled_from(VERSIONS),
            st.just(path),
            somebody(path),
            QUERY,
            body,
            st.sampled_from(KINDS),
            FRAMES,
        )
        for verb, path, body in lines()
    )
)


class Wire:
    """A way to an engine that sends anything at all."""

    def __init__(self, url: str) -> None:
        self.host, self.port, self.token = re.fullmatch(r"tcp://(.+):(\d+)/(.+)", url).groups()

    def ask(
        self, verb: str, path: str, body: bytes = b"", kind: str = "application/json", frame: str | None = None
    ) -> tuple[int, Json]:
        """Status and body, None if that has no end; decoded if it is JSON."""
        head = f"{verb} /{self.token}{path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
        head += f"Content-Type: {kind}\r\n" if kind else ""
        body = body[:100] if frame == "broken" else body  # what is not read any more would reset the connection
        if frame in ("chunked", "broken"):
            head += "Transfer-Encoding: chunked\r\n"
            size = b"%x" % len(body) if frame == "chunked" else b"zz"
            body = (size + b"\r\n" + body + b"\r\n" if body else b"") + b"0\r\n\r\n"
        else:
            head += f"Content-Length: {len(body) + 9 * (frame == 'short')}\r\n"
        with create_connection((self.host, int(self.port)), timeout=ANSWER) as line:
            line.sendall(head.encode() + b"\r\n" + body)
            if frame == "short":
                return 400, {"message": "never sent"}  # nobody waits for an answer to half a request
            answer = HTTPResponse(line, method=verb)
            answer.begin()
            endless = answer.status < 400 and answer.getheader("Content-Length") is None
            text = b"" if endless else answer.read()
        is_json = answer.getheader("Content-Type") == "application/json" and text
        return answer.status, json.loads(text, parse_constant=pytest.fail) if is_json else text

    def wish(self, verb: str, path: str, body: Json = None) -> Json:
        """The answer to a request that is not refused."""
        status, answer = self.ask(verb, path, b"" if body is None else json.dumps(body).encode())
        assert status < 400, (verb, path, answer)
        return answer


class Fuzzed:
    """An engine in a process, and what it writes where nobody should read anything."""

    def __init__(self, process: "subprocess.Popen[str]", errors: Path) -> None:
        self.process, self.errors = process, errors
        self.wire = Wire(process.stdout.readline().strip())

    def set_up(self) -> None:
        """Three machines, two of them with a swarm and a service, whatever was there before."""
        wish = self.wire.wish
        for container in wish("GET", "/containers/json?all=1"):
            wish("DELETE", f"/containers/{container['Id']}?force=1&v=1")
        wish("POST", "/networks/prune")
        wish(
            "POST",
            "/networks/create",
            {
                "Name": network_name(CLUSTER),
                "Driver": "bridge",
                "IPAM": {"Config": [{"Subnet": f"{PREFIX}.0/24", "Gateway": f"{PREFIX}.1"}]},
            },
        )
        for name in NAMES:
            body = node_container.container(CLUSTER, name, "swarmlab-node:local", PREFIX, "reduced", 2)
            wish("POST", f"/containers/create?name={container_name(CLUSTER, name)}", body)
            wish("POST", f"/containers/{container_name(CLUSTER, name)}/start")
        wish("POST", f"{self.at('node1')}/swarm/init", {"AdvertiseAddr": f"{PREFIX}.11", "ListenAddr": "0.0.0.0:2377"})
        token = wish("GET", f"{self.at('node1')}/swarm")["JoinTokens"]["Worker"]
        wish("POST", f"{self.at('node2')}/swarm/join", {"RemoteAddrs": [f"{PREFIX}.11:2377"], "JoinToken": token})
        wish("POST", f"{self.at('node1')}/services/create", {"Name": "web", "Mode": {"Replicated": {"Replicas": 2}},
             "TaskTemplate": {"ContainerSpec": {"Image": "busybox", "Command": ["top"]}}})  # fmt: skip

    def at(self, name: str | None) -> str:
        return f"/machines/{container_name(CLUSTER, name)}" if name else ""

    def send(
        self,
        where: str | None,
        verb: str,
        version: str,
        path: str,
        who: str,
        query: dict[str, str],
        body: bytes,
        kind: str,
        frame: str | None,
    ) -> None:
        """It is answered: with a body of Docker's kind if it is refused."""
        engine = self.at(where)
        who = {
            "TASK": lambda: self.first(f"{engine}/tasks", "ID"),
            "EXEC": lambda: self.executed(engine),
            "CONTAINER": lambda: self.first(f"{engine}/containers/json?all=1", "Id"),
        }.get(who, lambda: who)()
        if path.endswith("/update"):
            status, found = self.wire.ask("GET", engine + path.removesuffix("/update").format(quote(who)))
            if status == 200 and "Version" in found:
                query = {"version": str(found["Version"]["Index"])} | query
        path = f"{engine}{version}{path.format(quote(who))}?{urlencode(query)}"
        status, answer = self.wire.ask(verb, path, body, kind, frame)
        framed = frame == "broken" and status == 400  # that is no HTTP, so the answer is not the engine's
        assert status < 400 or framed or verb == "HEAD" or (answer.keys() == {"message"} and answer["message"]), path
        assert status != 500 or "simulation failed" not in answer["message"], (path, body[:300], answer)

    def first(self, path: str, key: str) -> str:
        status, found = self.wire.ask("GET", path)
        return found[0][key] if status == 200 and found else "none"

    def executed(self, engine: str) -> str:
        """The id of something new to execute."""
        container = self.first(f"{engine}/containers/json", "Id")
        status, made = self.wire.ask("POST", f"{engine}/containers/{container}/exec", b'{"Cmd":["true"]}')
        return made["Id"] if status == 201 else "none"

    def tasks(self) -> list[Json]:
        """The swarm's, if there is still a manager that knows them."""
        status, found = self.wire.ask("GET", f"{self.at('node1')}/tasks")
        return found if status == 200 else []

    def check(self, before: list[Json]) -> None:
        """It goes on as if nothing had been, and has nothing to say."""
        assert self.errors.read_text() == ""
        assert self.wire.ask("GET", "/_ping") == (200, b"OK")
        for path in ("/containers/json?all=1", "/networks", "/volumes", "/images/json", "/info"):
            self.wire.wish("GET", path)
        then, slots = {task["ID"]: task["Status"]["State"] for task in before}, set()
        for task in self.tasks():
            state = task["Status"]["State"]
            assert STATES.index(state) >= STATES.index(then.get(task["ID"], "new"))
            if task["DesiredState"] == "running" and task.get("Slot"):
                assert (task["ServiceID"], task["Slot"]) not in slots
                slots.add((task["ServiceID"], task["Slot"]))


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    errors = tmp_path_factory.mktemp("fuzz") / "stderr"
    command = [sys.executable, "-m", simulator.PROGRAM, "--attached", "--speed", str(SPEED)]
    with (
        errors.open("w") as said,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True) as process,
    ):
        yield Fuzzed(process, errors)
        process.terminate()
    assert errors.read_text() == ""


# What fails is said with the request itself, so that nothing has to be made smaller first.
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(REQUESTS, min_size=15, max_size=40))
def test_whatever_it_is_sent_it_answers_and_goes_on(fuzzed: Fuzzed, requests: list[tuple]):
    fuzzed.set_up()
    before = fuzzed.tasks()
    for request in requests:
        fuzzed.send(*request)
    fuzzed.check(before)
