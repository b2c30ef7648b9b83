"""Observations of a section's services, histories of them, and the section's answers about these."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from support.api_bodies import WHEN, seen, service, task

from swarmkit_helpers.course.checks import Exercise, Result
from swarmkit_helpers.course.scene import Scene
from swarmkit_helpers.course.sections import SECTIONS
from swarmkit_helpers.recorder import Gap
from swarmkit_helpers.records import Observation

GIVEN = {"nodes": 3, "image": "busybox", "up": 7, "down": 4, "node": "node2"}
LATER = (datetime.fromisoformat(WHEN) + timedelta(seconds=9)).isoformat()


def app(
    on: Iterable[str],
    replicas: int | None = None,
    version: int = 1,
    name: str = "sleep-app",
    nodes: list[dict] | None = None,
    tasks: Iterable[dict] = (),
    at: float = 0.0,
    **more,
) -> Observation:
    """A service with a running task on each of these nodes."""
    on = list(on)
    body = service(name, replicas=len(on) if replicas is None else replicas, **more)
    body["Version"]["Index"] = version
    if "args" in more:
        body["Spec"]["TaskTemplate"]["ContainerSpec"]["Args"] = more["args"]
    running = [task(slot, place, service=name) for slot, place in enumerate(on, 1)]
    return replace(seen(nodes=nodes, services=[body], tasks=[*running, *tasks]), at=at)


class Still:
    """A swarm in which nothing changes any more."""

    def __init__(self, observation: Observation) -> None:
        self.observe = lambda: observation


def ask(section: str, id: str, *history: Observation | Gap, noted: object = None, **given) -> Result:
    """What the section says of it, after that history."""
    [asked] = [each for each in SECTIONS[section].EXERCISES if each.id == id]
    scene = Scene(None, Still(history[-1]), history, GIVEN | given)
    if isinstance(asked, Exercise):
        assert asked.text(scene)
        return asked.result(section, scene)
    return asked.result(section, noted, lambda: asked.measure(scene), lambda: asked.unusual(scene))


NO_SERVICE = seen(services=[])
ONE, SEVEN = app(["node1"]), app([f"node{number % 3 + 1}" for number in range(7)])
FOUR = app(["node1", "node2", "node3", "node1"])
BROKEN = app([], 1, name="broken", args=["slep", "infinity"])
# A task that failed, and the one that took its place.
FAILED = task(1, "node1", "failed", "shutdown", service="sleep-app")
SUCCESSOR = task(1, "node3", service="sleep-app", created=LATER)
