"""Observations of the service web: its slots on given nodes, some seconds after its tasks were made."""

from dataclasses import replace
from datetime import datetime

from support.api_bodies import WHEN, node, seen, service, task

from swarmkit_helpers.records import Observation

NODES = ("node1", "node2", "node3")
START = datetime.fromisoformat(WHEN).timestamp()


def look(places: dict[int, str | None], after: float = 0.0, nodes: tuple[dict, ...] = (), **more) -> Observation:
    """An observation so many seconds after the tasks were made: the service web with its slots on those nodes."""
    known = nodes or tuple(node(name) for name in NODES)
    body = service("web", replicas=more.get("replicas", len(places)), constraints=more.get("constraints", ()))
    if "updated" in more:
        body |= {"UpdatedAt": more["updated"], "PreviousSpec": {}}
    tasks = []
    for slot, place in places.items():
        made = task(slot, place, *(() if place else ("pending",)), error=more.get("error", ""))
        made["Spec"] = body["Spec"]["TaskTemplate"]
        tasks.append(made)
    return replace(seen(nodes=list(known), services=[body], tasks=tasks), at=START + after)
