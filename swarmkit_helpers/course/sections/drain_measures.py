"""What the swarm did in section 05, for its predictions: a node was drained, paused, killed."""

from collections.abc import Sequence

from ...records import Observation
from ..scene import Scene
from . import history_queries, setup

SECONDS = ("0", "10", "60")  # the answers to choose from


def _drained(scene: Scene) -> Sequence[Observation]:
    """The looks since the node was first seen drained."""
    for number, look in enumerate(scene.looks):
        if (node := look.node(scene.parameters["node"])) and node.availability == "drain":
            return scene.looks[number:]
    return ()


def left(scene: Scene) -> int | None:
    """How many tasks still ran on the drained node when all was settled."""
    place: str = scene.parameters["node"]
    drained = [
        look for look in _drained(scene) if (node := look.node(place)) is not None and node.availability == "drain"
    ]
    look = history_queries.settled(drained)
    if look is None:
        return None
    return sum(task.node == place and task.state == "running" for task in look.tasks_of(setup.SERVICE))


def seconds(scene: Scene) -> str | None:
    """How long the drained node's tasks took to end, as the nearest of the answers."""
    looks, place = _drained(scene), scene.parameters["node"]
    if not looks:
        return None
    before = scene.looks[: -len(looks)] or scene.looks[:1]
    drained_tasks = {
        task.id: task for task in before[-1].tasks_of(setup.SERVICE) if task.node == place and task.state == "running"
    }
    for look in looks:
        ended = [task.since for task in look.tasks if task.id in drained_tasks and task.ended]
        # A drained task's replacement is made at once. Both times are the engine's own: its clock need not be ours.
        drained = [
            new.created_at
            for new in look.tasks_of(setup.SERVICE)
            for old in drained_tasks.values()
            if new.slot == old.slot and new.created_at > old.created_at
        ]
        if drained and len(ended) == len(drained_tasks):
            took = (max(ended) - min(drained)).total_seconds()
            return min(SECONDS, key=lambda answer: abs(int(answer) - took))
    return None


def _activated(scene: Scene) -> Sequence[Observation]:
    """The looks since the node, once drained, was first seen ready and active again."""
    looks = _drained(scene)
    for number, look in enumerate(looks):
        if (node := look.node(scene.parameters["node"])) and node.takes_tasks:
            return looks[number:]
    return ()


def after_activate(scene: Scene) -> int | None:
    """How many tasks ran on the node when it was just active again."""
    looks = _activated(scene)
    if not looks or not looks[0].service(setup.SERVICE):
        return None
    return history_queries.spread(looks[0])[scene.parameters["node"]]


def paused(scene: Scene) -> str | None:
    """Whether tasks that ran on a node when it was paused were replaced elsewhere."""
    for number, look in enumerate(scene.looks):
        for node in look.nodes:
            had = tasks_on(look, node.name)
            if node.availability == "pause" and had:
                later = [each for each in scene.looks[number:] if is_paused(each, node.name)]
                end = history_queries.settled(later)
                return None if end is None else "no" if had <= tasks_on(end, node.name) else "yes"
    return None


def is_paused(look: Observation, place: str) -> bool:
    node = look.node(place)
    return node is not None and node.availability == "pause"


def tasks_on(look: Observation, place: str) -> set[str]:
    """The ids of the tasks that run on that node and are still wanted."""
    return {task.id for task in history_queries.running(look) if task.node == place and task.wanted}


def after_kill(scene: Scene) -> int | None:
    """How many tasks ran when a machine was off and the swarm had done what it could."""
    off = [look for look in scene.looks if any(node.state == "down" for node in look.nodes)]
    look = history_queries.settled(off)
    return None if look is None else len(history_queries.running(look))
