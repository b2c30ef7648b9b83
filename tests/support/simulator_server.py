"""A simulated engine in a thread of this process, and clients of it."""

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker
from docker.types import CancellableStream

from swarm_simulator.engines.world import World
from swarm_simulator.http.server import Server
from swarmkit_helpers.cluster import node_container
from swarmkit_helpers.engine import tunnel
from swarmkit_helpers.machine import container_name, network_name

SPEED = 50


@contextmanager
def serving(speed: float = SPEED) -> Iterator[Server]:
    """A simulated engine that runs until the block ends."""
    loop, ready, found = asyncio.new_event_loop(), threading.Event(), []

    async def serve() -> None:
        found.append((Server(World(1, speed)), asyncio.Event()))
        ready.set()
        await found[0][1].wait()
        found[0][0].close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait()
    try:
        yield found[0][0]
    finally:
        loop.call_soon_threadsafe(found[0][1].set)
        thread.join()
        loop.close()


def ask(
    server: Server, verb: str, path: str, body: Any = None, token: str | None = None, **headers: str
) -> tuple[int, dict[str, str], Any]:
    """The status, the headers and the body of the response, decoded if it is JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        headers.setdefault("Content-Type", "application/json")
    connection.request(verb, f"/{server.token if token is None else token}{path}", data, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    kind = answer.headers.get("Content-Type", "")
    return answer.status, dict(answer.headers), json.loads(text) if kind == "application/json" and text else text


def client(server: Server) -> docker.APIClient:
    """A client of the host's engine, from the Docker SDK."""
    return docker.APIClient(base_url=server.url, version="auto", timeout=20)


@contextmanager
def streaming(stream: CancellableStream) -> Iterator[CancellableStream]:
    """A stream of the SDK; at the end its answer is closed, and with it what it reads from.

    The SDK's own `close` closes the socket under the answer, which a finalizer then reports at any later time.
    """
    try:
        yield stream
    finally:
        stream._response.close()


def start_node(host: docker.APIClient, name: str = "node1", cluster: str = "unit") -> str:
    """Start a node's container, made as by `Cluster`, and return its id."""
    network = network_name(cluster)
    if not host.networks([network]):
        pool = docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool("10.213.0.0/24", gateway="10.213.0.1")])
        host.create_network(network, "bridge", ipam=pool)
    body = node_container.create_body(cluster, name, "swarmlab-node:local", "10.213.0", "reduced", 2)
    answer = host._post_json(
        f"{host.base_url}/v1.51/containers/create", data=body, params={"name": container_name(cluster, name)}
    )
    id = answer.json()["Id"]
    host.start(id)
    return id


def node_client(host: docker.APIClient, container: str) -> docker.APIClient:
    """A client of the node's engine, through its container."""
    return tunnel.connect(host, container)
