"""A container between two runs, its host ports, its mounts, its log, and the keys that detach a client."""

import docker
import pytest
from support.simulator_server import client, serving

from swarm_simulator.http.routes_output import detach_keys


@pytest.fixture
def host():
    with serving(speed=1) as server, client(server) as host:
        yield host


def started(host, command: str | list[str], **settings) -> str:
    made = host.create_container("busybox", command, **settings)["Id"]
    host.start(made)
    return made


def test_a_container_that_its_policy_starts_again_cannot_be_removed(host):
    policy = host.create_host_config(restart_policy={"Name": "always"})
    made = started(host, "true", host_config=policy)
    host.wait(made)
    state = host.inspect_container(made)["State"]
    assert (state["Status"], state["Restarting"], state["Running"]) == ("restarting", True, True)
    assert host.containers(filters={"status": "restarting"})[0]["Status"].startswith("Restarting (0)")
    with pytest.raises(docker.errors.APIError, match="stop the container before removing or force remove"):
        host.remove_container(made)
    host.stop(made)
    assert host.inspect_container(made)["State"]["Status"] == "exited"
    host.remove_container(made)


def test_ports_that_are_not_named_get_free_ones_while_it_runs(host):
    settings = host.create_host_config(port_bindings={80: None, 90: ("127.0.0.1", 1111)})
    made = started(host, "sleep 1000", ports=[80, 90], host_config=settings)
    assert host.inspect_container(made)["NetworkSettings"]["Ports"] == {
        "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "32768"}],
        "90/tcp": [{"HostIp": "127.0.0.1", "HostPort": "1111"}],
    }
    host.kill(made)
    assert host.inspect_container(made)["NetworkSettings"]["Ports"] == {}


def test_a_folder_of_the_host_is_shown_as_such(host):
    settings = host.create_host_config(binds=["/some/folder:/mnt:ro,rshared", "data:/data:ro"])
    made = host.create_container("busybox", "true", volumes=["/mnt"], host_config=settings)
    bind, volume = host.inspect_container(made)["Mounts"]
    assert (bind["Type"], bind["Source"], bind["Destination"], bind["RW"], bind["Propagation"]) == (
        "bind", "/some/folder", "/mnt", False, "rshared",
    )  # fmt: skip
    assert (volume["Name"], volume["RW"]) == ("data", False)
    assert len(host.volumes()["Volumes"]) == 1


def test_keys_that_cannot_be_are_refused(host):
    assert (detach_keys(""), detach_keys("ctrl-a,x")) == (b"\x10\x11", b"\x01x")
    made = started(host, "sleep 1000")
    with pytest.raises(docker.errors.APIError, match=r"Invalid escape keys \(ctrl-\) provided"):
        host.attach_socket(made, {"stdin": 1, "stream": 1, "detachKeys": "ctrl-"})


def test_each_line_of_an_output_is_a_line_of_the_log(host):
    made = started(host, ["echo", "one\ntwo"])
    host.wait(made)
    assert host.logs(made, tail=1) == b"two\n"
