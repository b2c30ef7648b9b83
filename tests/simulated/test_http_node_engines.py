"""Machines of the simulated engine: containers that have an engine of their own, reached through them."""

import docker
import pytest
import requests
from support.simulator_server import ask, client, inner, machine, serving

from swarmkit_helpers.machine import CLUSTER_LABEL, container_name, network_name

NETWORK = network_name("unit")


@pytest.fixture(scope="module")
def server():
    with serving() as server:
        yield server


@pytest.fixture
def outer(server):
    """The engine with no machine on it."""
    with client(server) as outer:
        for container in outer.containers(all=True):
            outer.remove_container(container["Id"], force=True, v=True)
        yield outer


@pytest.fixture
def pair(outer):
    """Two machines: their containers, and clients of the engines in them."""
    containers = [machine(outer, "node1"), machine(outer, "node2")]
    return containers, [inner(outer, container) for container in containers]


def swarm_of(pair) -> None:
    _, [first, second] = pair
    assert first.init_swarm(advertise_addr="10.213.0.11", listen_addr="0.0.0.0:2377")
    assert second.join_swarm(["node1:2377"], first.inspect_swarm()["JoinTokens"]["Worker"])


def test_each_machine_has_an_engine_of_its_own(pair):
    _, engines = pair
    assert [engine.info()["Name"] for engine in engines] == ["node1", "node2"]
    assert engines[0].info()["ID"] != engines[1].info()["ID"]


def test_a_machines_engine_is_also_at_a_path_of_its_own_for_the_docker_command(server, pair):
    name = container_name("unit", "node2")
    assert ask(server, "GET", f"/machines/{name}/v1.51/info")[2]["Name"] == "node2"


def test_what_runs_in_a_machine_is_gone_with_its_power_and_known_again_with_it(outer, pair):
    [container, _], [engine, _] = pair
    image = outer.get_image("busybox")
    engine.load_image(b"".join(image))
    made = engine.create_container("busybox", "sleep infinity", name="lonely")["Id"]
    engine.start(made)
    outer.kill(container)
    with pytest.raises((requests.exceptions.ConnectionError, docker.errors.APIError)):
        engine.info()
    outer.start(container)
    [seen] = inner(outer, container).containers(all=True)
    assert (seen["Names"], seen["State"]) == (["/lonely"], "exited")
    assert seen["Status"].startswith("Exited (255)")


def test_a_paused_machine_answers_nothing_until_it_goes_on(outer, pair):
    [container, _], [engine, _] = pair
    outer.pause(container)
    engine.timeout = 0.1
    with pytest.raises(requests.exceptions.RequestException):
        engine.info()
    with pytest.raises(docker.errors.APIError, match="is paused, unpause the container before exec"):
        outer.exec_create(container, "true")
    outer.unpause(container)
    assert inner(outer, container).info()["Name"] == "node1"


def test_machines_join_by_name_and_leave(pair):
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


def test_what_has_no_network_in_common_cannot_be_joined(outer, pair):
    [_, container], [first, second] = pair
    first.init_swarm(advertise_addr="10.213.0.11")
    token = first.inspect_swarm()["JoinTokens"]["Worker"]
    outer.disconnect_container_from_network(container, NETWORK)
    with pytest.raises(docker.errors.APIError, match="no route to host"):
        second.join_swarm(["10.213.0.11:2377"], token)
    outer.connect_container_to_network(container, NETWORK, ipv4_address="10.213.0.12")
    assert second.join_swarm(["10.213.0.11:2377"], token)


def test_a_swarms_network_is_listed_among_the_others(pair):
    swarm_of(pair)
    _, [first, second] = pair
    first.create_network("town", "overlay")
    assert {network["Name"] for network in first.networks()} >= {"bridge", "docker_gwbridge", "ingress", "town"}
    assert "town" not in {network["Name"] for network in second.networks()}


def test_subnets_do_not_overlap(outer):
    def create(name: str, subnet: str) -> str:
        pool = docker.types.IPAMPool(subnet)
        return outer.create_network(name, "bridge", ipam=docker.types.IPAMConfig(pool_configs=[pool]))["Id"]

    made = create("one", "10.9.0.0/24")
    with pytest.raises(docker.errors.APIError, match="Pool overlaps with other one on this address space"):
        create("two", "10.9.0.0/16")
    outer.remove_network(made)
    outer.remove_network(create("two", "10.9.0.0/16"))


def test_a_volume_without_a_name_goes_with_its_container(outer):
    container = machine(outer)
    [volume] = outer.volumes()["Volumes"]
    assert volume["Labels"][CLUSTER_LABEL] == "unit"
    outer.remove_container(container, force=True, v=True)
    assert outer.volumes()["Volumes"] == []


def test_a_container_may_be_on_a_swarms_network_only_if_that_is_attachable(outer, pair):
    swarm_of(pair)
    _, [first, _second] = pair
    first.load_image(b"".join(outer.get_image("busybox")))
    first.create_network("shut", driver="overlay")
    first.create_network("open", driver="overlay", attachable=True)

    def on(network: str) -> dict:
        config = first.create_host_config(network_mode=network)
        return first.create_container("busybox", ["sleep", "1d"], host_config=config)

    with pytest.raises(docker.errors.APIError, match="network shut not manually attachable") as refused:
        on("shut")
    assert refused.value.status_code == 403
    with pytest.raises(docker.errors.NotFound, match="network none-such not found"):
        on("none-such")
    place = first.inspect_container(on("open"))["NetworkSettings"]["Networks"]["open"]
    assert place["IPAddress"].endswith(".254")  # far from those that tasks are given


def test_who_waits_for_a_container_that_cannot_start_is_let_go(outer):
    config = outer.create_host_config(auto_remove=True)
    made = outer.create_container("busybox", ["nosuch"], host_config=config, name="broken")
    lines = outer.attach(made, stream=True)
    with pytest.raises(docker.errors.APIError, match="executable file not found"):
        outer.start(made)
    assert list(lines) == []
    with pytest.raises(docker.errors.NotFound):
        outer.inspect_container("broken")


def test_what_needs_files_is_refused_in_words(outer):
    made = outer.create_container("busybox", ["true"], name="plain")
    assert outer.diff(made) == []
    with pytest.raises(docker.errors.APIError, match="it has no files to make an image from"):
        outer.commit("plain")
    with pytest.raises(docker.errors.APIError, match="create v: volume name is too short"):
        outer.create_volume("v")
