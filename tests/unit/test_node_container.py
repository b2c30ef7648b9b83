"""What a node may and may not do is decided in one place; these are the promises it keeps."""

import pytest

from swarmkit_helpers.cluster import node_container
from swarmkit_helpers.errors import BadInput
from swarmkit_helpers.machine import Machine

GIB = 1 << 30


def body(rights: str = "reduced") -> dict:
    return node_container.create_body("course", "node2", "image", "10.213.0", rights, cpus=8)


def test_a_node_opens_no_port_and_is_not_privileged():
    made = body()
    assert "ExposedPorts" not in made
    assert "PortBindings" not in made["HostConfig"]
    assert not made["HostConfig"].get("Privileged")
    assert "tcp://" not in node_container.START


def test_a_node_has_limits():
    host = body()["HostConfig"]
    assert host["Memory"] == GIB
    assert host["NanoCpus"] == 2_000_000_000
    assert host["PidsLimit"] == 2000


def test_a_node_never_gets_more_processors_than_there_are():
    host = node_container.create_body("course", "node1", "image", "10.213.0", "reduced", cpus=1)["HostConfig"]
    assert host["NanoCpus"] == 1_000_000_000


def test_where_processors_cannot_be_limited_nothing_is_asked():
    host = node_container.create_body("course", "node1", "image", "10.213.0", "reduced", cpus=0)["HostConfig"]
    assert host["NanoCpus"] == 0


def test_what_an_engine_keeps_is_on_volumes():
    mounts = body()["HostConfig"]["Mounts"]
    assert [(mount["Type"], mount["Target"]) for mount in mounts] == [
        ("volume", "/var/lib/docker"),
        ("volume", "/var/lib/containerd"),
    ]


def test_privileged_is_the_last_resort():
    assert node_container.RIGHTS[-1] == "privileged"
    assert body("privileged")["HostConfig"]["Privileged"] is True


def test_a_node_keeps_its_address():
    made = body()
    endpoint = made["NetworkingConfig"]["EndpointsConfig"]["swarmlab-course"]
    assert endpoint["IPAMConfig"]["IPv4Address"] == "10.213.0.12" == made["Labels"][node_container.ADDRESS_LABEL]


@pytest.mark.parametrize(
    ("state", "networks", "seen"),
    [
        ("running", {"swarmlab-course": {}}, "running"),
        ("running", {}, "disconnected"),
        ("paused", {"swarmlab-course": {}}, "paused"),
        ("exited", {"swarmlab-course": {}}, "exited"),
        ("created", {}, "exited"),
    ],
)
def test_the_state_of_a_machine_is_read_off_its_container(state, networks, seen):
    entry = {
        "Labels": body()["Labels"],
        "State": state,
        "Names": ["/swarmlab-course-node2"],
        "Image": "image",
        "NetworkSettings": {"Networks": networks},
    }
    assert Machine.from_api(entry).state == seen


@pytest.mark.parametrize("count", [0, -1, 51, 500, "3", 2.0, True, None])
def test_an_impossible_number_of_nodes_is_named_with_the_possible_ones(count):
    with pytest.raises(BadInput, match="1 to 50") as caught:
        node_container.check_count(count)
    assert repr(count) in caught.value.problem
