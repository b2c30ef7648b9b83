"""The nodes' engines, reached through their containers on the host's engine."""

import socket
from contextlib import closing

import docker
import pytest
import requests
from support.engine_socket import engine_socket
from support.simulator_server import ask, client, node_client, serving, start_node, streaming

from swarmkit_helpers.engine import tunnel
from swarmkit_helpers.machine import CLUSTER_LABEL, container_name, network_name

NETWORK = network_name("unit")


@pytest.fixture(scope="module")
def server():
    with serving() as server:
        yield server


@pytest.fixture
def host(server):
    """A client of the host's engine, which has no nodes."""
    with client(server) as host:
        for container in host.containers(all=True):
            host.remove_container(container["Id"], force=True, v=True)
        yield host


@pytest.fixture
def pair(host):
    """Two nodes: their containers, and clients of their engines."""
    containers = [start_node(host, "node1"), start_node(host, "node2")]
    return containers, [node_client(host, container) for container in containers]


def swarm_of(pair) -> None:
    _, [first, second] = pair
    assert first.init_swarm(advertise_addr="10.213.0.11", listen_addr="0.0.0.0:2377")
    assert second.join_swarm(["node1:2377"], first.inspect_swarm()["JoinTokens"]["Worker"])


def test_each_node_has_its_own_engine(pair):
    _, engines = pair
    assert [engine.info()["Name"] for engine in engines] == ["node1", "node2"]
    assert engines[0].info()["ID"] != engines[1].info()["ID"]


def test_a_nodes_engine_also_has_a_path_for_the_docker_command(server, pair):
    name = container_name("unit", "node2")
    assert ask(server, "GET", f"/machines/{name}/v1.51/info")[2]["Name"] == "node2"


def test_the_containers_of_a_node_end_with_its_power_and_are_kept(host, pair):
    [container, _], [engine, _] = pair
    image = host.get_image("busybox")
    engine.load_image(b"".join(image))
    made = engine.create_container("busybox", "sleep infinity", name="lonely")["Id"]
    engine.start(made)
    host.kill(container)
    with pytest.raises((requests.exceptions.ConnectionError, docker.errors.APIError)):
        engine.info()
    host.start(container)
    [seen] = node_client(host, container).containers(all=True)
    assert (seen["Names"], seen["State"]) == (["/lonely"], "exited")
    assert seen["Status"].startswith("Exited (255)")


def test_a_paused_node_answers_nothing_until_it_goes_on(host, pair):
    [container, _], [engine, _] = pair
    host.pause(container)
    engine.timeout = 0.1
    with pytest.raises(requests.exceptions.RequestException):
        engine.info()
    with pytest.raises(docker.errors.APIError, match="is paused, unpause the container before exec"):
        host.exec_create(container, "true")
    host.unpause(container)
    assert node_client(host, container).info()["Name"] == "node1"


def test_what_has_no_more_to_send_still_reads(host, pair):
    """As `echo hello | docker exec -i web cat` does: it ends its input, and then waits for the output."""
    [container, _], [engine, _] = pair
    engine.load_image(b"".join(host.get_image("busybox")))
    web = engine.create_container("busybox", "sleep infinity")["Id"]
    engine.start(web)
    body = b'{"Detach":false}'
    with closing(tunnel.open_stream(host, container, 10)) as stream:
        stream.sendall(
            f"POST /v1.51/exec/{engine.exec_create(web, 'cat', stdin=True)['Id']}/start HTTP/1.1\r\nHost: x\r\n"
            "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        stream.shutdown(socket.SHUT_WR)
        assert b"nowhere to run cat" in b"".join(iter(lambda: stream.recv(1000), b""))


def test_an_upgraded_answer_passes_a_socket_without_loss(host, pair):
    """The Docker SDK loses what comes in one piece with the head of such an answer."""
    [container, _], [engine, _] = pair
    engine.load_image(b"".join(host.get_image("busybox")))
    made = engine.create_container("busybox", "echo hello")["Id"]
    engine.start(made)
    engine.wait(made)
    with engine_socket(host, container) as url, closing(docker.APIClient(base_url=url, version="1.51")) as other:
        assert other.attach(made, logs=True) == b"hello\n"


def test_nodes_join_by_name_and_leave(pair):
    swarm_of(pair)
    _, [first, second] = pair
    assert {body["Description"]["Hostname"]: body["Status"]["State"] for body in first.nodes()} == {
        "node1": "ready",
        "node2": "ready",
    }
    with pytest.raises(docker.errors.APIError, match="Worker nodes can't be used to view or modify cluster state"):
        second.nodes()
    assert second.leave_swarm()
    assert second.info()["Swarm"]["LocalNodeState"] == "inactive"
    with pytest.raises(docker.errors.APIError, match="Removing the last manager erases all current state"):
        first.leave_swarm()


def test_a_node_cannot_join_a_manager_on_another_network(host, pair):
    [_, container], [first, second] = pair
    first.init_swarm(advertise_addr="10.213.0.11")
    token = first.inspect_swarm()["JoinTokens"]["Worker"]
    host.disconnect_container_from_network(container, NETWORK)
    with pytest.raises(docker.errors.APIError, match="no route to host"):
        second.join_swarm(["10.213.0.11:2377"], token)
    host.connect_container_to_network(container, NETWORK, ipv4_address="10.213.0.12")
    assert second.join_swarm(["10.213.0.11:2377"], token)


def test_a_manager_lists_the_swarms_networks_with_its_own(pair):
    swarm_of(pair)
    _, [first, second] = pair
    first.create_network("town", "overlay")
    assert {network["Name"] for network in first.networks()} >= {"bridge", "docker_gwbridge", "ingress", "town"}
    assert "town" not in {network["Name"] for network in second.networks()}


def test_subnets_do_not_overlap(host):
    def create(name: str, subnet: str) -> str:
        pool = docker.types.IPAMPool(subnet)
        return host.create_network(name, "bridge", ipam=docker.types.IPAMConfig(pool_configs=[pool]))["Id"]

    made = create("one", "10.9.0.0/24")
    with pytest.raises(docker.errors.APIError, match="Pool overlaps with other one on this address space"):
        create("two", "10.9.0.0/16")
    host.remove_network(made)
    host.remove_network(create("two", "10.9.0.0/16"))


def test_an_anonymous_volume_is_removed_with_its_container(host):
    container = start_node(host)
    volumes = host.volumes()["Volumes"]
    assert [volume["Labels"][CLUSTER_LABEL] for volume in volumes] == ["unit", "unit"]
    host.remove_container(container, force=True, v=True)
    assert host.volumes()["Volumes"] == []


def test_a_container_joins_a_swarms_network_only_if_it_is_attachable(host, pair):
    swarm_of(pair)
    _, [first, _second] = pair
    first.load_image(b"".join(host.get_image("busybox")))
    first.create_network("shut", driver="overlay")
    first.create_network("open", driver="overlay", attachable=True)

    def create_on(network: str) -> dict:
        config = first.create_host_config(network_mode=network)
        return first.create_container("busybox", ["sleep", "1d"], host_config=config)

    with pytest.raises(docker.errors.APIError, match="network shut not manually attachable") as refused:
        create_on("shut")
    assert refused.value.status_code == 403
    with pytest.raises(docker.errors.NotFound, match="network none-such not found"):
        first.start(create_on("none-such"))
    endpoint = first.inspect_container(create_on("open"))["NetworkSettings"]["Networks"]["open"]
    assert endpoint["IPAddress"].endswith(".254")  # far from the addresses of tasks


def test_attaching_to_a_container_that_cannot_start_ends(host):
    config = host.create_host_config(auto_remove=True)
    made = host.create_container("busybox", ["nosuch"], host_config=config, name="broken")
    with streaming(host.attach(made, stream=True)) as lines:
        with pytest.raises(docker.errors.APIError, match="executable file not found"):
            host.start(made)
        assert list(lines) == []
    with pytest.raises(docker.errors.NotFound):
        host.inspect_container("broken")


def test_requests_that_need_files_are_refused_with_a_reason(host):
    made = host.create_container("busybox", ["true"], name="plain")
    with pytest.raises(docker.errors.APIError, match="it has no files"):
        host.diff(made)
    with pytest.raises(docker.errors.APIError, match="it has no files to make an image from"):
        host.commit("plain")
    with pytest.raises(docker.errors.APIError, match="create v: volume name is too short"):
        host.create_volume("v")
