"""What the swarm did in section 05, for its predictions: a node was drained, paused, killed."""

from collections.abc import Sequence
from itertools import pairwise

from ...errors import SwarmkitError
from ...language import _
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
    """Whether tasks that ran on a node when it was paused were replaced elsewhere. Raises if it had none."""
    idle = ""
    for number, look in enumerate(scene.looks):
        for node in look.nodes:
            if node.availability == "pause":
                if had := tasks_on(look, node.name):
                    later = [each for each in scene.looks[number:] if is_paused(each, node.name)]
                    end = history_queries.settled(later)
                    return None if end is None else "no" if had <= tasks_on(end, node.name) else "yes"
                idle = node.name
    if idle:
        raise SwarmkitError(
            _("{node} had no tasks of sleep-app when it was paused, so there is nothing to see"),
            _(
                'Give it tasks: `swarm.activate("{node}")`, `swarm.rebalance("sleep-app")` and '
                '`swarm.converge("sleep-app")`. Then pause it again'
            ),
            node=idle,
        )
    return None


def is_paused(look: Observation, place: str) -> bool:
    node = look.node(place)
    return node is not None and node.availability == "pause"


def tasks_on(look: Observation, place: str) -> set[str]:
    """The ids of the tasks that run on that node and are still wanted."""
    return {task.id for task in history_queries.running(look) if task.node == place and task.wanted}


def after_kill(scene: Scene) -> int | None:
    """How many tasks ran when a machine that had some was off and the swarm had reacted. Raises if it had none."""
    idle = ""
    for number, (before, look) in enumerate(pairwise(scene.looks), 1):
        for node in before.nodes:
            if node.state != "down" and _is_down(look, node.name):
                if tasks_on(before, node.name):
                    end = history_queries.settled([each for each in scene.looks[number:] if _is_down(each, node.name)])
                    return None if end is None else len(history_queries.running(end))
                idle = node.name
    if idle:
        raise SwarmkitError(
            _("{node} had no tasks of sleep-app when it was killed, so there is nothing to see"),
            _(
                'Bring it back with `cluster.start("{node}")`, and wait until it is ready. Give it tasks: '
                '`swarm.activate("{node}")`, `swarm.rebalance("sleep-app")` and `swarm.converge("sleep-app")`. '
                "Then kill it again"
            ),
            node=idle,
        )
    return None


def _is_down(look: Observation, place: str) -> bool:
    node = look.node(place)
    return node is not None and node.state == "down"
