"""The networks of one engine: their addresses, and what a container asks for on them."""

import docker
import pytest
from docker.types import IPAMConfig, IPAMPool
from support.simulator_server import client, node_client, serving, start_node

from swarmkit_helpers.polling import wait_until


@pytest.fixture
def host():
    with serving() as server, client(server) as host:
        yield host


def network(host, *pools: dict, **settings) -> dict:
    """The body of a new network with these pools."""
    ipam = IPAMConfig(pool_configs=[IPAMPool(**pool) for pool in pools])
    return host.inspect_network(host.create_network("net", ipam=ipam, **settings)["Id"])


def settings_of(host, **endpoint) -> dict:
    """The settings of a new container on the network that asks for these."""
    mac_address = endpoint.pop("container_mac_address", None)
    asked = host.create_networking_config({"net": host.create_endpoint_config(**endpoint)})
    made = host.create_container("busybox", "sleep 1000", networking_config=asked, mac_address=mac_address)
    host.start(made)
    return host.inspect_container(made)["NetworkSettings"]["Networks"]["net"]


def test_a_range_a_gateway_and_auxiliary_addresses_are_kept_and_used(host):
    pool = {"subnet": "10.92.0.0/24", "iprange": "10.92.0.128/25", "aux_addresses": {"a": "10.92.0.129"}}
    assert network(host, pool)["IPAM"]["Config"] == [
        {"Subnet": "10.92.0.0/24", "IPRange": "10.92.0.128/25", "AuxiliaryAddresses": {"a": "10.92.0.129"}}
    ]
    found = settings_of(host)
    assert (found["Gateway"], found["IPAddress"]) == ("10.92.0.128", "10.92.0.130")


def test_no_gateway_is_invented_in_the_settings_of_a_network(host):
    assert network(host, {"subnet": "10.92.0.0/24"})["IPAM"]["Config"] == [{"Subnet": "10.92.0.0/24"}]
    assert settings_of(host)["Gateway"] == "10.92.0.1"


def test_a_network_with_ipv6(host):
    body = network(host, {"subnet": "2001:db8:9::/64"}, enable_ipv6=True)
    assert body["EnableIPv6"] is True
    assert [pool["Subnet"] for pool in body["IPAM"]["Config"]] == ["172.18.0.0/16", "2001:db8:9::/64"]
    found = settings_of(host)
    assert (found["IPv6Gateway"], found["GlobalIPv6Address"]) == ("2001:db8:9::1", "2001:db8:9::2")
    assert settings_of(host, ipv6_address="2001:db8:9::f00d")["GlobalIPv6Address"] == "2001:db8:9::f00d"


def test_what_a_container_asks_for_on_a_network_is_kept(host):
    network(host, {"subnet": "10.92.0.0/24"})
    found = settings_of(
        host, links={"x": "y"}, aliases=["z"], link_local_ips=["169.254.8.8"], driver_opt={"a": "b"},
        ipv4_address="10.92.0.7", mac_address="02:42:ac:11:65:43",
    )  # fmt: skip
    assert (found["Links"], found["Aliases"], found["DriverOpts"]) == (["x:y"], ["z"], {"a": "b"})
    assert found["IPAMConfig"] == {"IPv4Address": "10.92.0.7", "LinkLocalIPs": ["169.254.8.8"]}
    assert (found["IPAddress"], found["MacAddress"]) == ("10.92.0.7", "02:42:ac:11:65:43")
    assert settings_of(host, container_mac_address="02:42:ac:11:00:0a")["MacAddress"] == "02:42:ac:11:00:0a"


@pytest.mark.parametrize(
    ("pools", "status", "words"),
    [
        ([{"subnet": "bogus"}], 400, "invalid subnet bogus: invalid CIDR block notation"),
        ([{"subnet": "172.17.0.0/24"}], 403, "Pool overlaps with other one on this address space"),
        ([{"subnet": "10.92.0.0/24"}, {"subnet": "10.93.0.0/24"}], 403, "bridge driver doesn't support multiple"),
        ([{"subnet": "10.92.0.0/24", "gateway": "10.93.0.1"}], 400, "parent subnet 10.92.0.0/24 doesn't contain"),
        ([{"subnet": "10.92.0.0/24", "aux_addresses": {"a": "10.99.0.5"}}], 400, "auxiliary address a"),
    ],
)
def test_addresses_that_cannot_be_are_refused(host, pools, status, words):
    with pytest.raises(docker.errors.APIError, match=words) as refused:
        network(host, *pools)
    assert refused.value.status_code == status


def test_a_network_that_is_not_there_stops_the_start(host):
    made = host.create_container("busybox", "true", host_config=host.create_host_config(network_mode="none-such"))
    with pytest.raises(docker.errors.NotFound, match="network none-such not found"):
        host.start(made)
    state = host.inspect_container(made)["State"]
    assert (state["Status"], state["ExitCode"], state["Error"]) == ("created", 128, "network none-such not found")
    host.create_network("none-such")
    host.start(made)


def test_the_default_bridge_has_its_options_and_gives_no_address_of_choice(host):
    assert host.inspect_network("bridge")["Options"]["com.docker.network.bridge.name"] == "docker0"
    asked = host.create_networking_config({"bridge": host.create_endpoint_config(ipv4_address="172.17.0.9")})
    made = host.create_container("busybox", "true", networking_config=asked)
    with pytest.raises(docker.errors.APIError, match="supported on user defined networks only"):
        host.start(made)


def test_an_overlay_shows_the_tasks_of_this_node_and_its_load_balancer(host):
    with node_client(host, start_node(host)) as node:
        node.load_image(b"".join(host.get_image("busybox")))
        node.init_swarm(advertise_addr="eth0")
        made = node.create_network("p2", "overlay")["Id"]
        assert not node.inspect_network("p2")["Containers"]
        container = {"Image": "busybox", "Command": ["sleep", "1000"]}
        node.create_service({"ContainerSpec": container, "Networks": [{"Target": made}]})
        wait_until(lambda: len(node.inspect_network("p2")["Containers"] or ()) == 2, 10, AssertionError)
        assert node.inspect_network("p2")["Containers"]["lb-p2"]["Name"] == "p2-endpoint"
        assert {"docker_gwbridge", "ingress"} < {each["Name"] for each in node.networks(filters={"type": "custom"})}
        with pytest.raises(docker.errors.NotFound):
            node.inspect_network("p2", scope="local")
