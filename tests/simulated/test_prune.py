"""A prune request removes what its filters name, and nothing else."""

import json
from urllib.parse import quote

import pytest
from support.simulated_api import SmallSwarmAPI, spec
from support.simulator_server import ask, client, serving

from swarm_simulator.swarm_api.prune_filters import PruneFilters


@pytest.fixture(scope="module")
def server():
    with serving() as server:
        yield server


@pytest.fixture
def host(server):
    with client(server) as host:
        yield host


def prune(server, kind: str, version: str = "1.51", **filters: list[str]):
    """The answer to a prune request. A filter `not_label` is the API's "label!"."""
    named = {key.replace("not_label", "label!"): values for key, values in filters.items()}
    return ask(server, "POST", f"/v{version}/{kind}/prune?filters={quote(json.dumps(named))}")[2]


def test_containers_with_a_label_are_kept(server, host):
    kept = host.create_container("busybox", "true", labels={"keep": "yes"})["Id"]
    gone = host.create_container("busybox", "true")["Id"]
    assert prune(server, "containers", not_label=["keep"])["ContainersDeleted"] == [gone]
    assert prune(server, "containers", label=["keep=no"])["ContainersDeleted"] is None
    assert prune(server, "containers", label=["keep=yes"])["ContainersDeleted"] == [kept]


def test_containers_of_the_last_hour_are_kept(server, host):
    made = host.create_container("busybox", "true")["Id"]
    assert prune(server, "containers", until=["1h"])["ContainersDeleted"] is None
    assert prune(server, "containers", until=["0s"])["ContainersDeleted"] == [made]


def test_networks_with_a_label_are_kept(server, host):
    host.create_network("kept", labels={"keep": ""})
    host.create_network("gone")
    host._result(host._post_json(host._url("/networks/create"), {"Name": "settings", "ConfigOnly": True}))
    assert prune(server, "networks", not_label=["keep"])["NetworksDeleted"] == ["gone"]
    assert prune(server, "networks")["NetworksDeleted"] == ["kept"]
    host.remove_network("settings")


def test_volumes_without_the_label_are_kept(server, host):
    anonymous = host._post_json(host._url("/volumes/create"), {}).json()["Name"]
    host.create_volume("named")
    host.create_volume("labelled", labels={"test": "1"})
    assert prune(server, "volumes", label=["test"])["VolumesDeleted"] == []
    assert prune(server, "volumes")["VolumesDeleted"] == [anonymous]
    assert prune(server, "volumes", all=["true"], label=["test"])["VolumesDeleted"] == ["labelled"]
    assert prune(server, "volumes", version="1.41")["VolumesDeleted"] == ["named"]


@pytest.mark.parametrize(
    ("kind", "filters", "words"),
    [
        ("containers", {"bogus": ["1"]}, "invalid filter 'bogus'"),
        ("volumes", {"until": ["1h"]}, "invalid filter 'until'"),
        ("networks", {"until": ["soon"]}, "failed to parse value as time or duration: soon"),
        ("networks", {"until": ["1h", "2h"]}, "more than one until filter specified"),
    ],
)
def test_a_filter_that_cannot_be_removes_nothing(server, host, kind, filters, words):
    assert prune(server, kind, **filters)["message"] == words


def test_the_times_of_until():
    def includes(until: str) -> bool:
        return PruneFilters({"until": [until]}, ["until"], now=10_000.0).include({}, 9_000.0)

    assert [includes(until) for until in ("10m", "1h30m", "9500", "8999.5")] == [True, False, True, False]
    assert [includes(until) for until in ("1970-01-01T02:35:00Z", "1970-01-01T00:00:00")] == [True, False]


def test_the_swarms_networks_go_too_unless_they_are_used():
    small = SmallSwarmAPI()
    for name, labels in (("used", {}), ("unused", {}), ("kept", {"keep": ""})):
        small.api.create_network({"Name": name, "Driver": "overlay", "Labels": labels})
    small.api.create_service(spec(Networks=[{"Target": "used"}]))
    wanted = PruneFilters({"label!": ["keep"]}, ["label!"], small.clock.now)
    assert small.api.prune_networks(wanted) == ["unused"]
    assert {network["Name"] for network in small.api.list_networks({})} == {"ingress", "used", "kept"}


def test_a_volume_that_the_settings_name_outlives_its_container(server, host):
    named = host._post_json(host._url("/volumes/create"), {}).json()["Name"]
    settings = host.create_host_config(binds=[f"{named}:/x"])
    made = host.create_container("busybox", "true", volumes=["/x", "/y"], host_config=settings)["Id"]
    assert len(host.volumes()["Volumes"]) == 2
    host.remove_container(made, v=True)  # as `docker run --rm` does
    assert [volume["Name"] for volume in host.volumes()["Volumes"]] == [named]
