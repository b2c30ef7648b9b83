"""Whose a cluster is: the hub's user, the login, sudo; and which cluster a name means."""

import os
import re

import pytest

from swarmkit_helpers import machine
from swarmkit_helpers.cluster import ownership
from swarmkit_helpers.errors import BadInput
from swarmkit_helpers.machine import ClusterId, Machine

LOGINS = ["anna", "S.001@uni.ac.id", "s-001-uni-ac-id", "s.001@uni.ac.id", "UNI\\budi", "Łukasz", "李", "x" * 40, "-"]


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable says who we are; the login is "gede"."""
    for name in (*machine.OWNER_VARIABLES, "SUDO_USER", machine.CLUSTER_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(machine.getpass, "getuser", lambda: "gede")


def one_of(owner: str, cluster: str = "course") -> Machine:
    name = machine.container_name(cluster, "node1", owner)
    return Machine(cluster, "node1", "running", "10.213.0.11", name, "image", "reduced", owner)


def test_the_owner_is_the_hubs_user_else_the_login(monkeypatch: pytest.MonkeyPatch):
    assert machine.current_user() == "gede"
    monkeypatch.setenv("SWARMLAB_OWNER", "lab-3")
    assert machine.current_user() == "lab-3"
    monkeypatch.setenv("JUPYTERHUB_USER", "S.001@uni.ac.id")
    assert machine.current_user() == "S.001@uni.ac.id"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no sudo with SUDO_USER")
def test_under_sudo_the_owner_is_the_login_before(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SUDO_USER", "anna")
    monkeypatch.setattr(machine.os, "geteuid", lambda: 0)
    assert machine.current_user() == "anna"
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)  # sudo -u gede
    assert machine.current_user() == "gede"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no user ids")
def test_an_id_without_a_login_is_an_owner_too(monkeypatch: pytest.MonkeyPatch):
    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found")

    monkeypatch.setattr(machine.getpass, "getuser", unknown)
    assert machine.current_user() == f"uid-{os.getuid()}"


def test_every_login_gives_valid_names_of_its_own():
    names = [machine.container_name("course", "node1", login) for login in LOGINS]
    assert len(set(names)) == len(LOGINS)
    assert all(re.fullmatch(r"swarmlab-[a-z0-9-]+\.course-node1", name) for name in names)
    assert max(map(len, names)) <= len("swarmlab-.course-node1") + machine.SLUG_MAX_CHARS
    assert machine.container_name("course", "node1") == "swarmlab-course-node1"


def test_no_two_clusters_have_one_network():
    assert machine.network_name("b-c", "a") != machine.network_name("c", "a-b") != machine.network_name("a-b-c")


@pytest.mark.parametrize(
    ("name", "there", "found"),
    [
        ("course", [], ClusterId("gede", "course")),
        ("course", ["anna"], ClusterId("gede", "course")),
        ("course", [""], ClusterId("", "course")),  # of version 0.1.0
        ("course", ["", "gede"], ClusterId("gede", "course")),
        ("anna/course", ["anna"], ClusterId("anna", "course")),
        ("S.001@uni.ac.id/course", [], ClusterId("S.001@uni.ac.id", "course")),
        ("/course", ["", "gede"], ClusterId("", "course")),
        (None, [], ClusterId("gede", "course")),
    ],
)
def test_a_name_without_an_owner_means_ones_own(name: str | None, there: list[str], found: ClusterId):
    assert ownership.find(name, "gede", map(one_of, there)) == found


def test_the_default_is_the_name_in_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SWARMLAB_CLUSTER", "anna/week-12")
    assert ownership.split_name(None) == ("anna", "week-12")
    monkeypatch.setenv("SWARMLAB_CLUSTER", "")
    assert ownership.split_name(None) == (None, "course")


@pytest.mark.parametrize("name", ["", "A", "anna/", "a_b", "a.b", "-a", "x" * 31, "course/x.y", 3])
def test_an_invalid_name_is_quoted(name: object):
    with pytest.raises(BadInput, match="is not a valid name for a cluster"):
        ownership.split_name(name)


@pytest.mark.parametrize(("owner", "shown"), [("gede", "course"), ("", "course"), ("anna", "anna/course")])
def test_another_owners_cluster_is_shown_with_the_owner(owner: str, shown: str):
    assert ownership.full_name(ClusterId(owner, "course"), "gede") == shown


def test_the_network_of_a_machine_is_read_off_its_container():
    assert one_of("anna").network == machine.network_name("course", "anna")
    assert one_of("").network == "swarmlab-course"


class Host:
    """An engine that knows one container, with that label."""

    def __init__(self, labels: dict[str, str] | None) -> None:
        self.api, self._labels = self, labels

    def get(self, *path: str) -> dict[str, dict[str, dict[str, str] | None]]:
        assert path[0] == "containers"
        return {"Config": {"Labels": self._labels}}


def test_in_a_container_the_owner_is_the_hosts_label(monkeypatch: pytest.MonkeyPatch, tmp_path):
    (tmp_path / ".dockerenv").touch()
    monkeypatch.setattr(ownership, "_IN_CONTAINER", (str(tmp_path / ".dockerenv"),))
    assert ownership.owner(Host({"swarmlab.owner": "anna"})) == "anna"
    assert ownership.owner(Host(None)) == "gede"
    monkeypatch.setenv("JUPYTERHUB_USER", "budi")
    assert ownership.owner(Host({"swarmlab.owner": "anna"})) == "budi"
