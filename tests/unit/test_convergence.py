"""Each state in which a swarm looks settled and is not, or is and does not look so."""

import pytest
from support.api_bodies import node, seen, service, task

from swarmkit_helpers.cluster.converge import StateWaiter
from swarmkit_helpers.errors import Interrupted
from swarmkit_helpers.records import Observation
from swarmkit_helpers.rules import convergence

TWO = [task(1, "node1"), task(2, "node2")]
GLOBAL, GLOBAL_JOB = {"Global": {}}, {"GlobalJob": {}}
JOB = {"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 2}}


def everywhere(*names: str) -> list[dict]:
    return [task(0, name) for name in names]


CONVERGED = {
    "as many as asked": seen(tasks=TWO),
    "none asked": seen(services=[service(replicas=0)]),
    "what ended stays in the history": seen(
        tasks=[*TWO, task(1, "node3", "failed", "shutdown", error="exit 1"), task(2, "node3", "shutdown", "remove")]
    ),
    "a node that is down tells nothing of its tasks": seen(
        nodes=[node("node1"), node("node2"), node("node3", "down")],
        tasks=[*TWO, task(2, "node3", "running", "shutdown")],
    ),
    "a machine that joined anew has its old name": seen(
        nodes=[node("node1"), node("node2"), node("node2", "down", id="id-old")],
        tasks=[*TWO, task(2, "old", "running", "shutdown")],
    ),
    "tasks stay on a paused node": seen(nodes=[node("node1", availability="pause"), node("node2")], tasks=TWO),
    "constraints are not enforced on a paused node": seen(
        nodes=[node("node1", availability="pause"), node("node2")],
        tasks=TWO,
        services=[service(constraints=["node.hostname==node2"])],
    ),
    "an update is completed": seen(services=[service(update="completed")], tasks=TWO),
    "a rollback is completed": seen(services=[service(update="rollback_completed")], tasks=TWO),
    "global: one on each node": seen(services=[service(mode=GLOBAL)], tasks=everywhere("node1", "node2", "node3")),
    "global: not on a drained node": seen(
        nodes=[node("node1"), node("node2", availability="drain")],
        services=[service(mode=GLOBAL)],
        tasks=[*everywhere("node1"), task(0, "node2", "shutdown", "shutdown")],
    ),
    "global: where its constraints let it": seen(
        services=[service(mode=GLOBAL, constraints=["node.role==worker"])], tasks=everywhere("node2", "node3")
    ),
    "global: a paused node gets none and keeps one": seen(
        nodes=[node("node1", availability="pause"), node("node2", availability="pause"), node("node3")],
        services=[service(mode=GLOBAL)],
        tasks=everywhere("node1", "node3"),
    ),
    "job: as many completions as asked": seen(
        services=[service(mode=JOB, iteration=3)],
        tasks=[task(slot, state="complete", desired="complete", iteration=3) for slot in (0, 1)],
    ),
    "global job: done on each node": seen(
        services=[service(mode=GLOBAL_JOB)], tasks=[task(0, f"node{n}", "complete", "complete") for n in (1, 2, 3)]
    ),
    "a removed job, whose tasks nobody stops": seen(services=[], tasks=[task(1, desired="complete")]),
}

NOT_CONVERGED = {
    "nothing yet": (seen(), "0 of 2 replicas of web run"),
    "one starts": (seen(tasks=[task(1), task(2, "node2", "starting")]), "1 of 2 replicas of web run"),
    "scaled down, and nobody has reacted": (seen(services=[service(replicas=1)], tasks=TWO), "2 of 1 replicas"),
    "scaled down, and one still stops": (
        seen(services=[service(replicas=1)], tasks=[task(1), task(2, "node2", "running", "remove")]),
        "1 task of web is still stopping",
    ),
    "scaled to nothing, and two still stop": (
        seen(services=[service(replicas=0)], tasks=[task(1, desired="remove"), task(2, desired="remove")]),
        "2 tasks of web are still stopping",
    ),
    "drained, and nobody has reacted": (
        seen(nodes=[node("node1"), node("node2", availability="drain")], tasks=TWO),
        "1 of 2 replicas of web run",
    ),
    "drained, and the old one still stops": (
        seen(
            nodes=[node("node1"), node("node2", availability="drain")],
            tasks=[*TWO[:1], task(2, "node2", "running", "shutdown"), task(2, "node1", "ready", "ready")],
        ),
        "1 of 2 replicas of web run",
    ),
    "down, and nobody has reacted": (
        seen(nodes=[node("node1"), node("node2", "down")], tasks=TWO),
        "1 of 2 replicas of web run",
    ),
    "a label is gone, and nobody has reacted": (
        seen(services=[service(constraints=["node.labels.disk==ssd"])], tasks=TWO),
        "0 of 2 replicas of web run",
    ),
    "a new leader has not heard of a node yet": (
        seen(nodes=[node("node1", "unknown"), node("node2")], tasks=TWO),
        "node1 has not said yet whether its tasks of web run",
    ),
    "an update goes on": (seen(services=[service(update="updating")], tasks=TWO), "the update of web is going on"),
    "a rollback goes on": (
        seen(services=[service(update="rollback_started")], tasks=TWO),
        "the rollback of web is going on",
    ),
    "two tasks of one slot": (
        seen(tasks=[task(1, "node1"), task(1, "node2"), task(2, "node3", "ready", "ready")]),
        "1 of 2 replicas",
    ),
    "global: just created": (seen(services=[service(mode=GLOBAL)]), "web runs on 0 of the 3 nodes it is for"),
    "global: one node is new": (
        seen(services=[service(mode=GLOBAL)], tasks=everywhere("node1", "node2")),
        "web runs on 2 of the 3 nodes",
    ),
    "global: drained, and nobody has reacted": (
        seen(
            nodes=[node("node1"), node("node2", availability="drain")],
            services=[service(mode=GLOBAL)],
            tasks=everywhere("node1", "node2"),
        ),
        "web runs on 1 of the 1 nodes it is for",
    ),
    "global: drained, and it still stops": (
        seen(
            nodes=[node("node1"), node("node2", availability="drain")],
            services=[service(mode=GLOBAL)],
            tasks=[*everywhere("node1"), task(0, "node2", "running", "shutdown")],
        ),
        "1 task of web is still stopping",
    ),
    "job: one of two is done": (
        seen(services=[service(mode=JOB)], tasks=[task(0, state="complete", desired="complete")]),
        "1 of 2 completions of web are done",
    ),
    "job: done, but before it was started anew": (
        seen(
            services=[service(mode=JOB, iteration=4)],
            tasks=[task(slot, state="complete", desired="complete", iteration=3) for slot in (0, 1)],
        ),
        "0 of 2 completions of web are done",
    ),
    "global job: one node left": (
        seen(services=[service(mode=GLOBAL_JOB)], tasks=[task(0, f"node{n}", "complete", "complete") for n in (1, 2)]),
        "web is done on 2 of the 3 nodes it is for",
    ),
    "a service was removed, and nobody has reacted": (
        seen(services=[], tasks=TWO),
        "2 tasks of a removed service are still stopping",
    ),
    "a removed service still stops": (
        seen(services=[], tasks=[task(1, desired="remove")]),
        "1 task of a removed service is still stopping",
    ),
}


@pytest.mark.parametrize("observation", CONVERGED.values(), ids=CONVERGED.keys())
def test_converged(observation):
    assert convergence.reasons(observation) == []


@pytest.mark.parametrize(("observation", "reason"), NOT_CONVERGED.values(), ids=NOT_CONVERGED.keys())
def test_not_converged(observation, reason):
    assert reason in "; ".join(convergence.reasons(observation))


def test_only_the_service_that_was_asked_about_counts():
    observation = seen(services=[service("web", replicas=0), service("db")])
    assert convergence.reasons(observation, "web") == []
    assert convergence.reasons(observation) == ["0 of 2 replicas of db run"]


def paused(state: str = "paused", image: str = "nosuch:1", force: int = 0) -> dict:
    """A service whose update to nosuch:1 is paused, and which had that image before its last change."""
    body = service(update=state)
    spec = body["Spec"]
    before = {**spec["TaskTemplate"], "ContainerSpec": {"Image": image}, "ForceUpdate": force}
    spec["TaskTemplate"] = {**spec["TaskTemplate"], "ContainerSpec": {"Image": "nosuch:1"}}
    return body | {"PreviousSpec": {**spec, "TaskTemplate": before}}


@pytest.mark.parametrize(
    ("body", "helps"),
    [
        (paused(image="busybox:latest"), True),
        (paused(), False),  # it was scaled meanwhile: going back leads to the same image
        (paused(force=1), False),
        (paused("rollback_paused", "busybox:latest"), False),  # going back leads to what failed before
    ],
)
def test_going_back_is_advised_only_where_it_helps(body: dict, helps: bool):
    fix = convergence.halt_error(seen(services=[body])).fix
    assert ("go back with swarm.rollback('web')" in fix) == helps
    assert helps or "swarm.rollback('web') does not help here" in fix


@pytest.mark.parametrize(
    ("state", "advice"), [("rejected", "another image than nosuch:1"), ("failed", "look at swarm.logs('web'), then")]
)
def test_the_advice_names_what_the_tasks_fail_with(state: str, advice: str):
    tasks = [task(1, state=state, error="as it says")]
    assert advice in convergence.halt_error(seen(services=[paused()], tasks=tasks)).fix


def test_a_paused_update_is_told_with_its_cause():
    observation = seen(
        services=[paused(image="busybox:latest")],
        tasks=[
            task(1),
            task(2, "node2", "rejected", "shutdown", error="No such image: x"),
            task(2, None, "pending", "ready", created="2026-11-23T05:00:00Z"),
        ],
    )
    error = convergence.halt_error(observation)
    assert error.problem == (
        "the update of web is paused; 1 of 2 replicas of web run; web.2 is new after a rejected one: No such image: x"
    )
    assert "swarm.rollback('web')" in error.fix
    assert convergence.halt_error(seen(services=[service(update="updating")])) is None


def test_it_is_said_what_is_missing_and_why():
    tasks = [task(slot, None, "pending", error="no suitable node") for slot in (1, 2)]
    observation = seen(tasks=tasks)
    error = convergence.timeout_error(observation, "web", 5, convergence.reasons(observation, "web"))
    assert error.problem == "after 5 s 0 of 2 replicas of web run; web.1, web.2 are pending: no suitable node"
    assert "swarm.rebalance('web')" in error.fix


def test_where_no_node_is_active_it_is_said_how_one_takes_tasks_again():
    nodes = [node("node10", availability="drain"), node("node2", availability="pause"), node("node1", state="down")]
    waiting = task(1, None, "pending", error="no suitable node")
    found = seen(nodes=nodes, services=[service(replicas=1)], tasks=[waiting])
    error = convergence.timeout_error(found, "web", 60, convergence.reasons(found, "web"))
    assert error.problem.endswith("; no node is active")
    assert error.fix == 'a node has to take tasks again: swarm.activate("node2")'
    found = seen(services=[service(replicas=1)], tasks=[waiting])
    assert "make a node that fits" in convergence.timeout_error(found, "web", 60, ["0 of 1"]).fix


def test_a_task_that_starts_waits_for_its_health_check():
    checked = {"ContainerSpec": {"Healthcheck": {"Test": ["CMD-SHELL", "test -f /ready"]}}}
    tasks = [task(slot, "node1", "starting") | {"Spec": checked} for slot in (1, 2)]
    observation = seen(tasks=tasks)
    error = convergence.timeout_error(observation, "web", 5, convergence.reasons(observation, "web"))
    assert error.problem.endswith(
        "web.1, web.2 are starting: its container runs, and its health check has not passed yet"
    )


def test_a_state_is_not_said_twice():
    starting = task(1, "node1", "starting")
    starting["Status"]["Message"] = "starting"
    observation = seen(services=[service(replicas=1)], tasks=[starting])
    error = convergence.timeout_error(observation, "web", 5, convergence.reasons(observation, "web"))
    assert error.problem == "after 5 s 0 of 1 replicas of web run; web.1 is starting"


def test_an_update_that_starts_new_tasks_first_without_room_is_told_to_stop_old_ones_first():
    new = task(1, None, "pending", error="no suitable node (...)", created="2026-11-23T05:00:00Z")
    observation = seen(services=[service(update="updating")], tasks=[*TWO, new])
    error = convergence.timeout_error(observation, "web", 5, convergence.reasons(observation, "web"))
    assert "swarm.update_service('web', update_order='stop-first')" in error.fix


def test_a_global_task_on_a_paused_node_need_not_be_up_to_date():
    observation = seen(
        nodes=[node("node1", availability="pause"), node("node2")],
        services=[service(mode=GLOBAL)],
        tasks=everywhere("node1", "node2"),
    )
    assert convergence.tasks_to_confirm(observation) == {"web.0@node2:running-running"}


class Impatient(StateWaiter):
    """A swarm whose user interrupts while it is observed."""

    def observe(self) -> Observation:
        raise KeyboardInterrupt


def test_an_interrupted_wait_gets_one_line():
    with pytest.raises(Interrupted) as caught:
        Impatient().converge("sleep-app")
    assert caught.value._render_traceback_() == ["Interrupted: the swarm goes on by itself, only the wait is over"]
