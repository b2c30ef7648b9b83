"""Where a node listens and what it advertises, and where the swarm's networks get their addresses."""

import docker
import pytest
from support.simulated_api import SmallSwarmAPI, spec
from support.simulator_server import client, node_client, serving, start_node

from swarm_simulator import swarm_api
from swarm_simulator.errors import ApiError

OWN = "10.213.0.11"


@pytest.fixture
def node():
    with serving() as server, client(server) as host, node_client(host, start_node(host)) as node:
        yield node


@pytest.mark.parametrize(
    ("listen", "advertise", "address", "manager"),
    [
        ("0.0.0.0:2377", "127.0.0.1", "127.0.0.1", "127.0.0.1:2377"),
        ("0.0.0.0:12345", "127.0.0.5", "127.0.0.5", "127.0.0.5:12345"),
        ("0.0.0.0:2377", "lo", "127.0.0.1", "127.0.0.1:2377"),
        ("0.0.0.0:2377", "10.9.9.9", "10.9.9.9", "10.9.9.9:2377"),
        ("eth0", "eth0:4444", OWN, f"{OWN}:4444"),
        ("0.0.0.0", "", OWN, f"{OWN}:2377"),
        ("lo", "", "127.0.0.1", "127.0.0.1:2377"),
    ],
)
def test_a_swarm_has_the_addresses_that_its_first_manager_asked_for(node, listen, advertise, address, manager):
    node.init_swarm(advertise_addr=advertise, listen_addr=listen)
    info = node.info()["Swarm"]
    assert (info["NodeAddr"], info["RemoteManagers"][0]["Addr"]) == (address, manager)
    [found] = node.nodes()
    assert (found["Status"]["Addr"], found["ManagerStatus"]["Addr"]) == (address, manager)
    node.leave_swarm(force=True)


@pytest.mark.parametrize(
    ("listen", "advertise", "status", "words"),
    [
        ("0.0.0.0:2377", "nosuch0", 400, "advertise address must be a non-zero IP address"),
        ("0.0.0.0:2377", "0.0.0.0", 400, "advertise address must be a non-zero IP address"),
        ("nosuch0:2377", "", 400, "listen address must be an IP address or network interface"),
        ("1.2.3.4:2377", "", 500, "listen tcp 1.2.3.4:2377: bind: cannot assign requested address"),
    ],
)
def test_an_address_that_the_node_cannot_have_is_refused(node, listen, advertise, status, words):
    with pytest.raises(docker.errors.APIError, match=words) as refused:
        node.init_swarm(advertise_addr=advertise, listen_addr=listen)
    assert refused.value.status_code == status


def test_networks_get_their_addresses_from_the_swarms_pools():
    asked = {"DefaultAddrPool": ["10.20.0.0/24"], "SubnetSize": 26, "DataPathPort": 7777}
    small = SmallSwarmAPI(request_body=asked)
    told = small.api.swarm()
    assert (told["DefaultAddrPool"], told["SubnetSize"], told["DataPathPort"]) == (["10.20.0.0/24"], 26, 7777)
    assert small.api.info()["Cluster"]["DefaultAddrPool"] == ["10.20.0.0/24"]
    for name in "abcd":
        small.api.create_network({"Name": name, "Driver": "overlay"})
    small.run(2)
    plans = {network["Name"]: network["IPAM"]["Config"] for network in small.api.list_networks({})}
    assert plans["a"] == [{"Subnet": "10.20.0.64/26", "Gateway": "10.20.0.65"}]
    assert plans["c"][0]["Subnet"] == "10.20.0.192/26"
    assert plans["d"] == []  # the pool is used up


def test_tasks_get_addresses_of_a_small_network():
    small = SmallSwarmAPI(request_body={"DefaultAddrPool": ["10.20.0.0/16"], "SubnetSize": 29})
    small.api.create_network({"Name": "small", "Driver": "overlay"})
    small.run(1)
    service = small.store.services[small.api.create_service(spec(replicas=2, Networks=[{"Target": "small"}]))["ID"]]
    small.run(3)
    found = [task.networks[0]["Addresses"][0] for task in small.tasks(service)]
    assert found == ["10.20.0.12/29", "10.20.0.13/29"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"DefaultAddrPool": ["10.20.0.0/16"], "SubnetSize": 40}, "subnet size is out of range: 40"),
        (
            {"DefaultAddrPool": ["10.20.0.0/16"], "SubnetSize": 10},
            'invalid CIDR: "10.20.0.0/16". Subnet size is too small for pool: 10',
        ),
        ({"DefaultAddrPool": ["bogus"]}, "invalid base pool bogus: invalid CIDR address: bogus"),
        ({"DataPathPort": 80}, "Datapath port number is not in valid range (1024-49151) : 80"),
    ],
)
def test_pools_that_cannot_be_are_refused_in_dockers_words(asked, words):
    with pytest.raises(ApiError) as refused:
        swarm_api.swarm.init(SmallSwarmAPI().clock, SmallSwarmAPI().store.random, None, asked)
    assert (refused.value.status, refused.value.message) == (500, words)


def test_a_subnet_size_without_pools_counts_for_nothing():
    assert SmallSwarmAPI(request_body={"SubnetSize": 30}).api.swarm()["SubnetSize"] == 24
