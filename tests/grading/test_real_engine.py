"""What --engine real adds: a proxy before a real engine, and machines with nearly this computer's rights."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from swarmkit_helpers import Cluster
from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.grading import leftovers
from swarmkit_helpers.grading.proxy import Proxy

EVIL = {"Image": "busybox", "HostConfig": {"Privileged": True, "Binds": ["/:/host"]}}


def asked(folder: Path, name: str, *requests: tuple[str, Any, str]) -> bytes:
    """The answers to those requests on one connection; each has a first line, a body and more headers."""
    with socket.socket(socket.AF_UNIX) as proxy:
        proxy.settimeout(2)
        proxy.connect(str(folder / f"{name}.sock"))
        answered = b""
        for line, body, head in requests:
            data = b"" if body is None else json.dumps(body).encode()
            proxy.sendall(f"{line} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
            try:
                while piece := proxy.recv(1 << 16):
                    answered += piece
            except TimeoutError:
                pass
    return answered


def test_a_real_engine_is_given_nothing_that_the_rules_did_not_read(cluster: Cluster, tmp_path: Path):
    machine = cluster.machines()[0]
    api = cluster.api(machine.name)
    api.post("containers", "create", body={"Image": "busybox", "Cmd": ["true"]}, name="plain")
    with Proxy(cluster.engine, cluster.name, tmp_path):
        for name, container in ((machine.container, "plain"), ("engine", machine.container)):
            for version in ("v1.23", "v1.41"):
                start = f"POST /{version}/containers/{container}/start"
                assert b" 403 " in asked(tmp_path, name, (start, EVIL["HostConfig"], "")).partition(b"\r\n")[0]
        said = asked(
            tmp_path,
            machine.container,
            ("POST /v1.41/exec/none/start", {}, "Upgrade: tcp\r\n"),
            ("POST /v1.41/containers/create?name=behind", EVIL, ""),
        )
    assert said.count(b"HTTP/1.1") == 1
    assert {each["Names"][0] for each in api.get("containers", "json", all=True)} & {"/behind"} == set()
    assert api.get("containers", "plain", "json")["HostConfig"]["Binds"] is None
    api.delete("containers", "plain")


def test_what_runs_on_an_examinations_machine_does_not_reach_this_computer(engine: Engine):
    cluster = Cluster.up(leftovers.new_cluster_name(), nodes=1, apart=True)
    with socket.create_server(("0.0.0.0", 0)) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward:
        outward.connect(("192.0.2.1", 9))  # nothing is sent: it only says which of our addresses is used
        own, gate = outward.getsockname()[0], f"{cluster.machines()[0].address.rpartition('.')[0]}.1"
        tries = "; ".join(f"nc -w 2 {address} {server.getsockname()[1]} </dev/null" for address in (own, gate))
        cluster.sh("node1", f"docker run --rm busybox sh -c '{tries}; true'")
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
    leftovers.remove_own(engine)  # as if an examiner had been killed before it removed its machines
    assert cluster.name not in Cluster.names(engine)
    assert not engine.api.get("networks", filters={"name": [cluster.name]})
