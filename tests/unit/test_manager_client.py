"""Managers that elect another leader while they are asked for something: the answers are an engine's own (20.10.24)."""

import io
import json

import docker
import pytest
from docker.transport.basehttpadapter import BaseHTTPAdapter
from requests import PreparedRequest, Response

from swarmkit_helpers import NoQuorum, NotFound, Refused
from swarmkit_helpers.cluster.manager_client import Managers
from swarmkit_helpers.engine.api import EngineAPI

LOST = 500, "rpc error: code = Unknown desc = raft: failed to process the request: node lost leader status"
NO_LEADER = (
    500,
    (
        "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few "
        "managers are online. Make sure more than half of the managers are online."
    ),
)
GONE = 404, "service x1jvz3fksw5bs65vxvjqx67yy not found"
DONE = 200, ""


class Listing:
    """A manager that lists these nodes: their names, ids and states."""

    def __init__(self, *nodes: tuple[str, str, str]) -> None:
        self.nodes = nodes

    def get(self, *_path: str, **_query: object) -> list[dict]:
        return [
            {"ID": id, "Description": {"Hostname": name}, "Status": {"State": state}} for name, id, state in self.nodes
        ]


class Answers(BaseHTTPAdapter):
    """Gives those answers, one after the other, and keeps what was asked."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        super().__init__()
        self.left = list(answers)
        self.asked: list[str] = []

    def send(self, request: PreparedRequest, *_args: object, **_options: object) -> Response:
        self.asked.append(f"{request.method} {request.path_url}")
        answer = Response()
        answer.status_code, message = self.left.pop(0)
        answer.raw = io.BytesIO(json.dumps({"message": message}).encode() if message else b"")
        return answer


def managers(*answers: tuple[int, str]) -> tuple[Managers, Answers]:
    client, given = docker.APIClient(base_url="http://node:80", version="1.41"), Answers(*answers)
    client.mount("http://node:80", given)
    return Managers(lambda: EngineAPI(client, "node1")), given


@pytest.mark.parametrize(
    "answers",
    [
        (LOST, DONE),
        (LOST, NO_LEADER, DONE),
        (LOST, GONE),  # it had been done before the leader was lost
    ],
    ids=["the new leader does it", "the election takes a moment", "it was done"],
)
def test_a_lost_leader_is_waited_for(answers: tuple[tuple[int, str], ...]):
    asked, given = managers(*answers)
    asked.delete("services", "x1jvz3fksw5bs65vxvjqx67yy")
    assert given.asked == ["DELETE /v1.41/services/x1jvz3fksw5bs65vxvjqx67yy"] * len(answers)


def test_without_a_majority_nothing_is_waited_for():
    asked, given = managers(NO_LEADER, DONE)
    with pytest.raises(NoQuorum, match="has no leader"):
        asked.delete("services", "x1jvz3fksw5bs65vxvjqx67yy")
    assert len(given.asked) == 1


def test_a_request_that_waited_for_the_majority_names_it():
    asked, given = managers((500, "rpc error: code = DeadlineExceeded desc = context deadline exceeded"), DONE)
    with pytest.raises(NoQuorum, match="too few of its managers are online"):
        asked.delete("services", "x1jvz3fksw5bs65vxvjqx67yy")
    assert len(given.asked) == 1


def test_a_name_that_two_ready_nodes_have_is_ambiguous():
    known = Managers(lambda: Listing(("node2", "a", "ready"), ("node2", "b", "ready"), ("node2", "c", "down")))
    with pytest.raises(Refused, match=r"node node2 is ambiguous \(2 matches found: a, b\)"):
        known.find("nodes", "node2")
    assert known.find("nodes", "b")["ID"] == "b"
    assert known.find("nodes", "node2", leaving=True)["ID"] == "c"


def test_of_two_nodes_of_one_name_the_ready_one_is_meant():
    known = Managers(lambda: Listing(("node2", "a", "down"), ("node2", "b", "ready")))
    assert known.find("nodes", "node2")["ID"] == "b"
    assert known.find("nodes", "node2", leaving=True)["ID"] == "a"


def test_what_never_was_is_not_found():
    asked, _given = managers(GONE)
    with pytest.raises(NotFound):
        asked.delete("services", "x1jvz3fksw5bs65vxvjqx67yy")
