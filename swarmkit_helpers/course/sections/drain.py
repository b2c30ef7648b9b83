"""05 · Drain and reschedule: a node is emptied, comes back, and stays empty."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from ...cluster.cluster import Cluster
from ...language import _
from ...records import Observation
from ..checks import Exercise, Prediction, attempted, expect
from ..scene import Scene
from . import drain_measures, history_queries, setup

ID = "05-drain"


def title() -> str:
    return _("Drain and reschedule")


def start(cluster: Cluster, parameters: Mapping[str, Any]) -> None:
    setup.one_service(cluster, setup.whole_swarm(cluster), parameters["image"], parameters["down"])


def _victim(scene: Scene) -> str:
    """The node whose machine the section kills."""
    return "node2" if scene.parameters["node"] == "node3" else "node3"


def _returned(scene: Scene) -> Sequence[Observation]:
    """The looks since that node, once down, was first seen ready and active again."""
    down = False
    for number, look in enumerate(scene.looks):
        if node := look.node(_victim(scene)):
            down = down or node.state == "down"
            if down and node.takes_tasks:
                return scene.looks[number:]
    return ()


def _back_text(scene: Scene) -> str:
    return _(
        "Bring tasks back to {node}: it is done when {node} is active, has at least one task of `sleep-app`, and "
        "all replicas run."
    ).format(node=_victim(scene))


def _back(scene: Scene) -> str:
    place, looks, now = _victim(scene), _returned(scene), scene.now
    attempted(
        looks,
        _("{node} has not been off and come back yet: run the cells that kill it and start it first.").format(
            node=place
        ),
    )
    service = history_queries.asked(now, setup.SERVICE, _no_service())
    attempted(
        _asked(now, place) != _asked(looks[0], place),
        _(
            "The number of replicas has not been changed since {node} came back, and by itself no task goes there."
        ).format(node=place),
    )
    expect(
        history_queries.spread(now)[place],
        _("{node} still has no task of sleep-app.").format(node=place),
        history_queries.patience(now, service),
    )
    history_queries.expect_running(now, service, 3)
    return _("{node} has tasks again: new ones, not the old ones.").format(node=place)


def _asked(seen: Observation, place: str) -> object:
    """What was asked of the service, and of the other nodes: what may bring tasks to a node."""
    service = seen.service(setup.SERVICE)
    return service and service.version, {node.name: node.availability for node in seen.nodes if node.name != place}


def _rests(scene: Scene) -> str:
    others = [f"node{number}" for number in range(2, scene.parameters["nodes"] + 1)] or ["node1"]
    return scene.own("maintenance", others, "node3")


def _maintenance_text(scene: Scene) -> str:
    return _(
        "Somebody wants to look at {node} without stopping what it runs. See to it that {node} gets no new tasks "
        "but keeps those it has, then scale `sleep-app` to {n}. It is done when all {n} replicas run."
    ).format(node=_rests(scene), n=scene.parameters["up"])


def _maintenance(scene: Scene) -> str:
    place, now = _rests(scene), scene.now
    node = now.node(place)
    active = node is not None and node.availability == "active"
    others = [each.name for each in now.nodes if each.availability != "active" and each.name != place]
    expect(
        not active or not others,
        _("You changed {others}; the exercise is about {node}.").format(others=", ".join(others), node=place),
        _('`swarm.activate("{other}")` undoes it.').format(other="".join(others[:1])),
    )
    attempted(
        not active,
        _(
            "{node} is active and gets new tasks. Which availability lets it keep its tasks, but get no new ones?"
        ).format(node=place),
    )
    expect(
        node and node.state == "ready",
        _("{node} is {state}.").format(node=place, state=node.state if node else _("gone")),
        _('Bring the machine back with `cluster.start("{node}")`, and wait until it is ready.').format(node=place),
    )
    expect(
        node is not None and node.availability == "pause",
        _("{node} is drained, so it loses the tasks it has.").format(node=place),
        _("There is a third availability besides active and drain."),
    )
    service = history_queries.asked(now, setup.SERVICE, _no_service())
    number, since = scene.parameters["up"], _since_active(scene, place)
    kept = {
        task.id
        for task in next(look for look in since if drain_measures.is_paused(look, place)).tasks
        if task.node == place
    }
    expect(
        kept & drain_measures.tasks_on(now, place),
        _("{node} is paused, but it has no task that it had when you paused it.").format(node=place),
        _('`swarm.activate("{node}")` lets it get tasks again: give it some first, then begin again.').format(
            node=place
        ),
    )
    expect(
        service.replicas == number,
        _("{node} is paused. Replicas asked of sleep-app: {asked}; the exercise says {n}.").format(
            node=place, asked=service.replicas, n=number
        ),
        points=4,
    )
    history_queries.expect_running(now, service, 4)
    known, first = {task.id for task in since[0].tasks}, since[0].service(setup.SERVICE)
    expect(
        not all(task.id in known for task in history_queries.running(now))
        and first
        and first.version != service.version,
        _("{node} is paused and keeps its tasks, but no new task has been made since you paused it.").format(
            node=place
        ),
        _("Let {node} stay paused. Scale sleep-app to fewer replicas first, and then to {n}.").format(
            node=place, n=number
        ),
        4,
    )
    return _("{node} keeps what it has, and the new tasks run elsewhere.").format(node=place)


def _since_active(scene: Scene, place: str) -> Sequence[Observation]:
    """The looks since the node was paused, from the last one before that on."""
    paused = list(takewhile(lambda look: drain_measures.is_paused(look, place), reversed(scene.looks)))
    return [*scene.looks[-len(paused) - 1 :], scene.now]


def _no_service() -> str:
    return _("There is no service called sleep-app any more: run the two cells under Setup again.")


EXERCISES: tuple[Exercise | Prediction, ...] = (
    Prediction(
        "left",
        1,
        drain_measures.left,
        first=lambda: _("Run the cell that drains the node, and wait until all replicas run elsewhere."),
        why=lambda: _("a drained node is to run nothing of any service, so each of its tasks is replaced elsewhere."),
    ),
    Prediction(
        "seconds",
        1,
        drain_measures.seconds,
        choices=drain_measures.SECONDS,
        first=lambda: _("Run the cell that drains the node, and wait until its tasks have ended."),
        why=lambda: _(
            "a container is asked to end and killed 10 s later if it has not; as the first process of "
            "a container, `sleep` does not react to being asked."
        ),
    ),
    Prediction(
        "after-activate",
        1,
        drain_measures.after_activate,
        first=lambda: _(
            "Setup makes all nodes active. So run the cell that drains the node, and then the cell that activates it "
            "again."
        ),
        why=lambda: _("tasks never move; an active node only gets new ones."),
    ),
    Prediction(
        "paused",
        1,
        drain_measures.paused,
        choices=("yes", "no"),
        first=lambda: _("Run the cell that pauses a node, and wait until all replicas run."),
        why=lambda: _("a paused node only gets no new tasks; those it has go on running."),
    ),
    Prediction(
        "after-kill",
        1,
        drain_measures.after_kill,
        first=lambda: _("Run the cell that kills a machine, and wait until the swarm has noticed and reacted."),
        why=lambda: _("the swarm keeps up the number of replicas with the nodes that are left."),
    ),
    Exercise(
        "bring-tasks-back",
        7,
        _back_text,
        _back,
        hints=(
            lambda: _("Which tasks does the scheduler place: those that run, or new ones?"),
            lambda: _("A new task goes to the emptiest node that is ready and active. What makes new tasks?"),
            lambda: _("In section 04 a new node was empty, too. What gave it tasks there?"),
        ),
    ),
    Exercise(
        "maintenance",
        8,
        _maintenance_text,
        _maintenance,
        hints=(
            lambda: _(
                "Read the exercise twice: what is to become of the tasks that the node has, and what of new ones?"
            ),
            lambda: _("There is a third availability besides active and drain."),
            lambda: _("The availability comes first, and the number of replicas after it."),
        ),
    ),
)
