"""Which node a request means, where several nodes have one name: machines that were cloned, or that joined again."""

from collections import Counter
from dataclasses import replace

from ...errors import ambiguous_node, unknown
from ...records import Node, Observation


def find_node(seen: Observation, name: str) -> Node:
    """The node of that name or whole id; of several, the one that is ready. Raises `NotFound`, `Refused`."""
    named = [node for node in seen.nodes if name in (node.name, node.id)]
    ready = [node for node in named if node.state == "ready"]
    if not named:
        raise unknown("nodes", name, [node.name for node in seen.nodes])
    if len(ready) > 1:
        raise ambiguous_node(name, [node.id for node in ready])
    return (ready or named)[0]


def with_distinct_names(seen: Observation) -> Observation:
    """The same observation; ready nodes of one name have their ids in their names, since forecasts go by name."""
    count = Counter(node.name for node in seen.nodes if node.state == "ready")
    new = {
        node.id: f"{node.name} ({node.id[:5]})" for node in seen.nodes if node.state == "ready" and count[node.name] > 1
    }
    if not new:
        return seen
    return replace(
        seen,
        nodes=tuple(replace(node, name=new.get(node.id, node.name)) for node in seen.nodes),
        tasks=tuple(replace(task, node=new.get(task.node_id, task.node)) for task in seen.tasks),
    )
