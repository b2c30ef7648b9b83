"""The swarm itself, its nodes, and who may ask, through the simulated control API."""

import re

import pytest
from support.simulated_api import SmallSwarmAPI

from swarm_simulator import swarm_api
from swarm_simulator.errors import ApiError

MONTHS = 7_776_000_000_000_000  # nanoseconds


@pytest.fixture
def office() -> SmallSwarmAPI:
    return SmallSwarmAPI()


def version(office: SmallSwarmAPI) -> int:
    return office.api.swarm()["Version"]["Index"]


def node_version(office: SmallSwarmAPI, name: str) -> int:
    return office.api.inspect_node(name)["Version"]["Index"]


def test_join_tokens_have_one_digest_and_a_secret_each(office: SmallSwarmAPI):
    tokens = office.api.swarm()["JoinTokens"]
    parts = [re.fullmatch(r"SWMTKN-1-([0-9a-z]{50})-([0-9a-z]{25})", token).groups() for token in tokens.values()]
    assert parts[0][0] == parts[1][0]
    assert parts[0][1] != parts[1][1]


def test_a_token_says_what_a_machine_becomes(office: SmallSwarmAPI):
    tokens, swarm = office.api.swarm()["JoinTokens"], office.store.swarm
    assert swarm_api.swarm.role_for_token(swarm, tokens["Worker"]) == "worker"
    assert swarm_api.swarm.role_for_token(swarm, tokens["Manager"]) == "manager"


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ("abc", "500: invalid join token"),
        (f"SWMTKN-1-{'a' * 50}-{'b' * 25}", "400: .*InvalidArgument desc = A valid join token is necessary to join"),
    ],
)
def test_another_token_lets_nobody_in(office: SmallSwarmAPI, token: str, problem: str):
    with pytest.raises(ApiError, match=problem):
        swarm_api.swarm.role_for_token(office.store.swarm, token)


def test_a_rotated_token_is_another_and_its_old_one_is_worth_nothing(office: SmallSwarmAPI):
    before = office.api.swarm()
    office.api.update_swarm(version(office), before["Spec"], rotate_worker=True)
    after = office.api.swarm()["JoinTokens"]
    assert after["Worker"] != before["JoinTokens"]["Worker"]
    assert after["Manager"] == before["JoinTokens"]["Manager"]
    with pytest.raises(ApiError):
        swarm_api.swarm.role_for_token(office.store.swarm, before["JoinTokens"]["Worker"])


def test_what_an_update_of_the_swarm_does_not_name_becomes_zero(office: SmallSwarmAPI):
    assert office.api.swarm()["Spec"]["Orchestration"] == {"TaskHistoryRetentionLimit": 5}
    office.api.update_swarm(version(office), {"CAConfig": {"NodeCertExpiry": MONTHS}}, rotate_worker=True)
    spec = office.api.swarm()["Spec"]
    assert (spec["Orchestration"], spec["Dispatcher"]) == ({"TaskHistoryRetentionLimit": 0}, {})


def test_a_new_swarm_keeps_what_its_request_does_not_name():
    spec = SmallSwarmAPI(request={"Orchestration": {"TaskHistoryRetentionLimit": 2}}).api.swarm()["Spec"]
    assert spec["Orchestration"] == {"TaskHistoryRetentionLimit": 2}
    assert spec["Dispatcher"] == {"HeartbeatPeriod": 5_000_000_000}
    assert spec["Raft"]["ElectionTick"] == 10


def test_locking_makes_a_key_rotating_another_and_unlocking_none(office: SmallSwarmAPI):
    spec = office.api.swarm()["Spec"]
    keys = [office.api.unlock_key()["UnlockKey"]]
    for lock, rotate in ((True, False), (True, False), (True, True), (False, False)):
        office.api.update_swarm(
            version(office), spec | {"EncryptionConfig": {"AutoLockManagers": lock}}, rotate_unlock=rotate
        )
        keys.append(office.api.unlock_key()["UnlockKey"])
    assert re.fullmatch(r"SWMKEY-1-[0-9a-zA-Z+/]{43}", keys[1])
    assert [keys[0], keys[2], keys[4]] == ["", keys[1], ""]
    assert keys[3] not in ("", keys[1])


def test_the_spec_of_a_node_is_replaced_labels_and_all(office: SmallSwarmAPI):
    office.api.update_node(
        "node2", node_version(office, "node2"), {"Role": "worker", "Availability": "drain", "Labels": {"rack": "a"}}
    )
    assert office.api.inspect_node("node2")["Spec"] == {
        "Labels": {"rack": "a"},
        "Role": "worker",
        "Availability": "drain",
    }
    office.api.update_node("node2", node_version(office, "node2"), {"Role": "worker", "Availability": "active"})
    assert office.api.inspect_node("node2")["Spec"]["Labels"] == {}


def test_nodes_are_found_by_name_role_and_label(office: SmallSwarmAPI):
    office.api.update_node(
        "node2", node_version(office, "node2"), {"Role": "worker", "Availability": "active", "Labels": {"rack": "a"}}
    )

    def names(**filters: list[str]) -> list[str]:
        return sorted(
            body["Description"]["Hostname"]
            for body in office.api.list_nodes({key.replace("_", "."): values for key, values in filters.items()})
        )

    assert names(name=["node"]) == names() == names(membership=["accepted"]) == ["node1", "node2"]
    assert names(role=["worker"]) == names(node_label=["rack=a"]) == ["node2"]
    assert names(label=["rack"]) == []  # those are labels of the engine


def test_a_node_that_a_machine_left_behind_makes_its_name_ambiguous(office: SmallSwarmAPI):
    office.nodes[1].hostname = "node1"
    with pytest.raises(ApiError, match=r"400: node node1 is ambiguous \(2 matches found\)"):
        office.api.inspect_node("node1")


def test_only_managers_have_a_manager_status(office: SmallSwarmAPI):
    assert office.api.inspect_node("node1")["ManagerStatus"] == {
        "Leader": True,
        "Reachability": "reachable",
        "Addr": "172.28.0.2:2377",
    }
    assert "ManagerStatus" not in office.api.inspect_node("node2")


def test_two_managers_are_warned_of():
    assert "two-manager configuration" in SmallSwarmAPI(managers=2).api.info()["Warnings"][0]
    assert "Warnings" not in SmallSwarmAPI(managers=1).api.info()


def test_without_a_quorum_everything_is_refused_and_info_says_why():
    office = SmallSwarmAPI(nodes=3, managers=3)
    for agent in office.agents[1:]:
        agent.off()
    office.run(30)
    with pytest.raises(ApiError, match=r"500: rpc error: code = Unknown desc = The swarm does not have a leader\."):
        office.api.list_nodes({})
    info = office.api.info()
    assert info["Error"].startswith("rpc error: code = Unknown desc = The swarm does not have a leader.")
    assert (info["ControlAvailable"], len(info["RemoteManagers"])) == (True, 3)
