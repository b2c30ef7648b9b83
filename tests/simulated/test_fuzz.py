"""The simulated engine answers or refuses every request over HTTP, as Docker does, and goes on."""

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
from support.fuzz_requests import CLUSTER, REQUESTS, FuzzRequest

from swarmkit_helpers.cluster import node_container
from swarmkit_helpers.engine import simulator
from swarmkit_helpers.machine import container_name, network_name

Json = Any
SPEED = 100
_JSON = "application/json"
ANSWER_SECONDS = 5
PREFIX = "10.213.0"
NAMES = ("node1", "node2", "node3")  # the first two are in a swarm
STATES = ("new", "allocated", "pending", "assigned", "accepted", "preparing", "ready", "starting", "running",
          "complete", "shutdown", "failed", "rejected", "remove", "orphaned")  # fmt: skip


class Client:
    """A client that can also send wrong HTTP."""

    def __init__(self, url: str) -> None:
        self.host, self.port, self.token = re.fullmatch(r"tcp://(.+):(\d+)/(.+)", url).groups()

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        content_type: str = "application/json",
        frame: str | None = None,
    ) -> tuple[int, Json]:
        """The status and the body of the response, decoded if it is JSON; no body if that is endless."""
        head = f"{method} /{self.token}{path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
        head += f"Content-Type: {content_type}\r\n" if content_type else ""
        body = body[:100] if frame == "broken" else body  # a rest that is not read would reset the connection
        if frame in ("chunked", "broken"):
            head += "Transfer-Encoding: chunked\r\n"
            size = b"%x" % len(body) if frame == "chunked" else b"zz"
            body = (size + b"\r\n" + body + b"\r\n" if body else b"") + b"0\r\n\r\n"
        else:
            head += f"Content-Length: {len(body) + 9 * (frame == 'short')}\r\n"
        with create_connection((self.host, int(self.port)), timeout=ANSWER_SECONDS) as connection:
            connection.sendall(head.encode() + b"\r\n" + body)
            if frame == "short":
                return 400, {"message": "never sent"}  # half a request gets no response
            response = HTTPResponse(connection, method=method)
            response.begin()
            endless = response.status < 400 and response.getheader("Content-Length") is None
            text = b"" if endless else response.read()
        is_json = response.getheader("Content-Type") == "application/json" and text
        return response.status, json.loads(text, parse_constant=pytest.fail) if is_json else text

    def succeed(self, method: str, path: str, body: Json = None) -> Json:
        """The body of the response to a request that is not refused."""
        status, found = self.send(method, path, b"" if body is None else json.dumps(body).encode())
        assert status < 400, (method, path, found)
        return found


class FuzzedEngine:
    """A simulated engine in a process, and what it writes to standard error, which should be nothing."""

    def __init__(self, process: "subprocess.Popen[str]", errors: Path) -> None:
        self.process, self.errors = process, errors
        self.client = Client(process.stdout.readline().strip())

    def set_up(self) -> None:
        """Make three nodes, two of them in a swarm with a service, whatever was there before."""
        succeed = self.client.succeed
        for container in succeed("GET", "/containers/json?all=1"):
            succeed("DELETE", f"/containers/{container['Id']}?force=1&v=1")
        succeed("POST", "/networks/prune")
        succeed("POST", "/networks/create", {"Name": network_name(CLUSTER), "Driver": "bridge",
                "IPAM": {"Config": [{"Subnet": f"{PREFIX}.0/24", "Gateway": f"{PREFIX}.1"}]}})  # fmt: skip
        for name in NAMES:
            body = node_container.create_body(CLUSTER, name, "swarmlab-node:local", PREFIX, "reduced", 2)
            succeed("POST", f"/containers/create?name={container_name(CLUSTER, name)}", body)
            succeed("POST", f"/containers/{container_name(CLUSTER, name)}/start")
        first, second = self.at("node1"), self.at("node2")
        succeed("POST", f"{first}/swarm/init", {"AdvertiseAddr": f"{PREFIX}.11", "ListenAddr": "0.0.0.0:2377"})
        token = succeed("GET", f"{first}/swarm")["JoinTokens"]["Worker"]
        succeed("POST", f"{second}/swarm/join", {"RemoteAddrs": [f"{PREFIX}.11:2377"], "JoinToken": token})
        succeed("POST", f"{first}/services/create", {"Name": "web", "Mode": {"Replicated": {"Replicas": 2}},
                "TaskTemplate": {"ContainerSpec": {"Image": "busybox", "Command": ["top"]}}})  # fmt: skip

    def at(self, name: str | None) -> str:
        """How the paths to that node's engine begin."""
        return f"/machines/{container_name(CLUSTER, name)}" if name else ""

    def send(self, request: FuzzRequest) -> None:
        """Send a request, and check that a refusal has a body of Docker's kind."""
        engine = self.at(request.node)
        object = {
            "TASK": lambda: self.first(f"{engine}/tasks", "ID"),
            "EXEC": lambda: self.new_exec(engine),
            "CONTAINER": lambda: self.first(f"{engine}/containers/json?all=1", "Id"),
        }.get(request.object, lambda: request.object)()
        query = request.query
        if request.path.endswith("/update"):
            path = engine + request.path.removesuffix("/update").format(quote(object))
            status, found = self.client.send("GET", path)
            if status == 200 and "Version" in found:
                query = {"version": str(found["Version"]["Index"])} | query
        path = f"{engine}{request.version}{request.path.format(quote(object))}?{urlencode(query)}"
        status, body = self.client.send(request.method, path, request.body, request.content_type, request.frame)
        # The response to a request that is no HTTP, or to HEAD, has no body from the engine.
        if status >= 400 and request.method != "HEAD" and (request.frame, status) != ("broken", 400):
            assert body.keys() == {"message"} and body["message"], path
        assert status != 500 or "simulation failed" not in body["message"], (path, request.body[:300], body)

    def first(self, path: str, key: str) -> str:
        """The id of the first object of a list."""
        status, found = self.client.send("GET", path)
        return found[0][key] if status == 200 and found else "none"

    def new_exec(self, engine: str) -> str:
        """The id of a new exec."""
        container = self.first(f"{engine}/containers/json", "Id")
        status, made = self.client.send("POST", f"{engine}/containers/{container}/exec", b'{"Cmd":["true"]}')
        return made["Id"] if status == 201 else "none"

    def tasks(self) -> list[Json]:
        """The swarm's tasks, if there is still a manager that knows them."""
        status, found = self.client.send("GET", f"{self.at('node1')}/tasks")
        return found if status == 200 else []

    def check(self, before: list[Json]) -> None:
        """Check that the engine goes on as always, and that each task's state only went up."""
        assert self.errors.read_text() == ""
        assert self.client.send("GET", "/_ping") == (200, b"OK")
        for path in ("/containers/json?all=1", "/networks", "/volumes", "/images/json", "/info"):
            self.client.succeed("GET", path)
        old_states = {task["ID"]: task["Status"]["State"] for task in before}
        slots = set()
        for task in self.tasks():
            state = task["Status"]["State"]
            assert STATES.index(state) >= STATES.index(old_states.get(task["ID"], "new"))
            if task["DesiredState"] == "running" and task.get("Slot"):
                assert (task["ServiceID"], task["Slot"]) not in slots
                slots.add((task["ServiceID"], task["Slot"]))


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FuzzedEngine]:
    errors = tmp_path_factory.mktemp("fuzz") / "stderr"
    command = [sys.executable, "-m", simulator.PROGRAM, "--attached", "--speed", str(SPEED)]
    with (
        errors.open("w") as stderr,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True) as process,
    ):
        yield FuzzedEngine(process, errors)
        process.terminate()
    assert errors.read_text() == ""


# The failing request is in the message, so no smaller example is needed.
@settings(
    max_examples=2 * settings().max_examples,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(REQUESTS, min_size=15, max_size=40))
def test_it_answers_every_request_and_goes_on(fuzzed: FuzzedEngine, requests: list[FuzzRequest]):
    fuzzed.set_up()
    before = fuzzed.tasks()
    for request in requests:
        fuzzed.send(request)
    fuzzed.check(before)
