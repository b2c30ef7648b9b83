"""Random requests to a Docker engine: right ones, with something in them replaced by a value that may be wrong."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from hypothesis import strategies as st

from swarmkit_helpers.machine import container_name

Json = Any
CLUSTER = "fuzz"


class FuzzRequest(NamedTuple):
    """One request. {} in its path is the id or name of the object; TASK, EXEC and CONTAINER mean one that is there."""

    node: str | None  # None: to the host's engine
    method: str
    version: str  # of the API, as the path begins
    path: str
    object: str
    query: dict[str, str]
    body: bytes
    content_type: str
    frame: str | None  # how the body is sent, if not as usual


# Bodies of right requests.
CONTAINER = {
    "Image": "busybox", "Cmd": ["sleep", "9"], "Env": ["A=1"], "Labels": {"a": "1"}, "Hostname": "h", "StopTimeout": 1,
    "ExposedPorts": {"80/tcp": {}}, "Tty": False,
    "HostConfig": {
        "NanoCpus": 10**9, "Memory": 1 << 26, "RestartPolicy": {"Name": "always"},
        "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]},
        "Mounts": [{"Type": "volume", "Source": "v", "Target": "/v"}], "NetworkMode": "bridge",
    },
    "NetworkingConfig": {"EndpointsConfig": {"bridge": {"IPAMConfig": {"IPv4Address": "172.17.0.9"}}}},
}  # fmt: skip
SERVICE = {
    "Name": "web", "Labels": {"a": "1"}, "Mode": {"Replicated": {"Replicas": 3}},
    "TaskTemplate": {
        "ContainerSpec": {"Image": "busybox", "Command": ["sleep", "9"], "Env": ["A=1"], "StopGracePeriod": 0,
                          "Labels": {}, "Hostname": "{{.Node.Hostname}}"},
        "Resources": {"Limits": {"MemoryBytes": 1 << 25}, "Reservations": {"NanoCPUs": 10**8}},
        "RestartPolicy": {"Condition": "any", "Delay": 10**9, "MaxAttempts": 3, "Window": 0},
        "Placement": {"Constraints": ["node.role==worker"], "MaxReplicas": 2,
                      "Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.a"}}]},
        "LogDriver": {"Name": "json-file", "Options": {}}, "ForceUpdate": 1,
    },
    "UpdateConfig": {"Parallelism": 1, "Delay": 0, "FailureAction": "pause", "Monitor": 10**9, "MaxFailureRatio": 0.5},
    "EndpointSpec": {
        "Mode": "vip",
        "Ports": [{"Protocol": "tcp", "TargetPort": 80, "PublishedPort": 8080, "PublishMode": "ingress"}],
    },
}  # fmt: skip
NODE = {"Labels": {"a": "1"}, "Role": "worker", "Availability": "drain"}
SWARM = {
    "Name": "default", "Labels": {}, "Orchestration": {"TaskHistoryRetentionLimit": 5},
    "Raft": {"SnapshotInterval": 10000, "ElectionTick": 10, "HeartbeatTick": 1},
    "Dispatcher": {"HeartbeatPeriod": 5 * 10**9}, "CAConfig": {"NodeCertExpiry": 7776 * 10**12},
    "EncryptionConfig": {"AutoLockManagers": False},
}  # fmt: skip
NETWORK = {
    "Name": "net", "Driver": "overlay", "Attachable": True, "Options": {}, "Labels": {"a": "1"},
    "IPAM": {"Driver": "default", "Config": [{"Subnet": "10.9.0.0/24", "Gateway": "10.9.0.1"}]},
}  # fmt: skip
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
# Requests without a body, and some paths that are no routes.
PLAIN = """
GET /_ping /version /info /plugins /system/df /events /containers/json /containers/{}/json /containers/{}/top
/containers/{}/changes /containers/{}/stats /containers/{}/logs /exec/{}/json /images/json /images/get
/images/search /images/{}/get /images/{}/json /images/{}/history /distribution/{}/json /networks /networks/{}
/volumes /volumes/{} /swarm /swarm/unlockkey /nodes /nodes/{} /services /services/{} /services/{}/logs /tasks
/tasks/{} /tasks/{}/logs /secrets /secrets/{} /configs /configs/{} /nothing /
POST /containers/prune /containers/{}/start /containers/{}/stop /containers/{}/restart /containers/{}/kill
/containers/{}/rename /containers/{}/resize /containers/{}/unpause /containers/{}/wait /containers/{}/attach
/exec/{}/resize /images/load /images/create /images/prune /images/{}/tag /images/{}/push /build /build/prune
/networks/prune /volumes/prune /swarm/leave
DELETE /containers/{} /images/{} /networks/{} /volumes/{} /nodes/{} /services/{} /secrets/{} /configs/{}
"""
VERSIONS = ("", "", "", "/v1.51", "/v1.41", "/v1.1", "/v9.99", "/v1", "/vx.y")
OBJECTS = [
    "web", "s", "c", "v", "net", "bridge", "ingress", "busybox", "node2", "TASK", "CONTAINER", "EXEC", "a", "a/b",
    container_name(CLUSTER, "node3"), "x" * 300, "0" * 64, "..", "é☃", "%", "\0", " ", "-",
]  # fmt: skip
RIGHT_OBJECT = {
    "services": "web", "nodes": "node2", "tasks": "TASK", "containers": "CONTAINER", "exec": "EXEC",
    "images": "busybox", "networks": "bridge", "secrets": "s", "configs": "c", "volumes": "v",
}  # fmt: skip
KEYS = [
    "all", "filters", "force", "name", "tail", "since", "until", "timestamps", "follow", "stream", "signal",
    "size", "limit", "fromImage", "tag", "repo", "status", "insertDefaults", "rollback", "details", "stdout",
    "stderr", "h", "w", "condition", "verbose", "noprune", "link", "v", "logs", "type", "version", "digests",
    "rotateWorkerToken", "rotateManagerToken", "names", "ps_args", "term", "one-shot", "platform",
]  # fmt: skip
VALUES = [
    "", "0", "1", "true", "-1", "x", "9" * 20, "9" * 5000, "1e999", "nan", "-inf", "1700000000.000000001", "é☃",
    "\0", "%", "previous", "KILL", "15", "next-exit",
]  # fmt: skip
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
_SCALARS = [
    0, -1, 1, 3, 2**31, 2**63, -(2**63), 2**64, 10**30, 0.5, 1e308, float("inf"), float("nan"), "", "x", "é☃",
    "\0", "\ud800", "a" * 3000, "host", "ingress", "global", "start", "node.id==", "x:y:z", "{{", "10.9.0.0/8",
    "::1/200",
]  # fmt: skip
SCALARS = st.none() | st.booleans() | st.sampled_from(_SCALARS)
FIELD_NAMES = st.sampled_from(["", "a", "Name", "Replicas", "é"])
JUNK = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(FIELD_NAMES, inner, max_size=2), max_leaves=3
)
BYTES = st.sampled_from([
    b"", b" ", b"{", b"[]", b"null", b'"x"', b"0", b"\xff\xfe", b'{"Image":1e999}', b'{"Name":"a","Name":{}}', b"{}{}",
    b"[" * 100_000, b'{"a":' * 5000, b"9" * 5000, b"\0" * 2000,
])  # fmt: skip
CONTENT_TYPES = ("application/json",) * 8 + ("", "text/plain", "application/json; charset=x", "application/x-tar", "é")


def paths(body: Json) -> Iterator[tuple[Json, ...]]:
    """The path to each value in the body: keys and indexes."""
    yield ()
    inside = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in inside:
        yield from ((key, *path) for path in paths(value))


def replaced(body: Json, path: tuple[Json, ...], value: Json) -> Json:
    """The body with that value at that path, if it still has the path."""
    if not path:
        return value
    key, *rest = path
    known = body if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()
    if key not in known:
        return body
    changed = body.copy()
    changed[key] = replaced(body[key], tuple(rest), value)
    return changed


def wrong_bodies(body: Json) -> st.SearchStrategy[bytes]:
    """The body as JSON, with up to two values replaced; or other bytes."""

    def write(changes: list[tuple[tuple[Json, ...], Json]]) -> bytes:
        changed = body
        for path, value in changes:
            changed = replaced(changed, path, value)
        return json.dumps(changed).encode()

    changes = st.lists(st.tuples(st.sampled_from(list(paths(body))), JUNK), max_size=2)
    return st.one_of(*[changes.map(write)] * 4, BYTES)


def requests() -> Iterator[tuple[str, str, st.SearchStrategy[bytes]]]:
    """Method, path and bodies of each kind of request."""
    for line, body in BODIES.items():
        for _ in range(3):  # more can be wrong in these
            yield *line.split(), wrong_bodies(body)
    method = ""
    for word in PLAIN.split():
        if word.startswith("/"):
            yield method, word, st.just(b"") | BYTES
        else:
            method = word


def objects(path: str) -> st.SearchStrategy[str]:
    """The objects of a request; every second one is there."""
    return st.just(RIGHT_OBJECT.get(path.split("/")[1], "x")) | st.sampled_from(OBJECTS)


METHODS = st.sampled_from([None] * 12 + ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "X"])
NODES = st.sampled_from([None, None, *["node1"] * 5, "node2", "node3", "nobody"])
QUERY = st.one_of(
    st.just({}),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES + FILTERS), max_size=3),
    st.fixed_dictionaries({}, optional={"filters": st.sampled_from(FILTERS), "version": st.sampled_from(VALUES)}),
)
FRAMES = st.sampled_from([None] * 12 + ["chunked", "broken", "short"])
REQUESTS = st.one_of(
    *(
        st.tuples(
            NODES,
            METHODS.map(lambda other, method=method: other or method),
            st.sampled_from(VERSIONS),
            st.just(path),
            objects(path),
            QUERY,
            body,
            st.sampled_from(CONTENT_TYPES),
            FRAMES,
        ).map(FuzzRequest._make)
        for method, path, body in requests()
    )
)
