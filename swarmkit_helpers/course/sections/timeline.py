"""The events of a section, in few words: commands, and what the swarm did."""

from collections import Counter
from collections.abc import Sequence

from ...docker_commands import Command, recordable
from ...recorder import Gap
from ...records import Node, Observation
from ...rules import convergence
from ..journal import Event

COMMAND_MAX_CHARS = 200  # of a command in an event
Facts = dict[tuple[str, str], str]  # text of an Event, by its `what` and `name`


class Timeline:
    """Reports each change once. The words are the same in every language, because any teacher reads the evidence."""

    def __init__(self) -> None:
        self._known: Facts = {}
        self._reported = 0.0  # the time up to which all events were reported

    def news(self, looks: Sequence[Observation | Gap], commands: Sequence[Command]) -> list[Event]:
        """Events from these looks and commands that were not reported yet, in the order of time."""
        events = [
            Event(command.at, "command", command.on or "", recordable(command.text)[:COMMAND_MAX_CHARS])
            for command in commands
            if command.at > self._reported
        ]
        for look in looks:
            if look.at > self._reported:
                facts = _facts(look)
                changed = {
                    **dict.fromkeys(self._known.keys() - facts.keys(), "gone"),
                    **{key: text for key, text in facts.items() if self._known.get(key) != text},
                }
                events += [Event(look.at, *key, text) for key, text in sorted(changed.items())]
                self._known = facts
        events.sort(key=lambda event: event.at)
        self._reported = events[-1].at if events else self._reported
        return events


def _facts(look: Observation | Gap) -> Facts:
    if isinstance(look, Gap):
        return {("swarm", ""): "no manager answers"}
    facts = {("node", node.name): _node(look.node(node.name) or node) for node in look.nodes}
    for service in look.services:
        nodes = Counter(task.node for task in convergence.running_tasks(look, service))
        asked = service.mode if service.replicas is None else str(service.replicas)
        running = ", ".join(f"{number} on {node}" for node, number in sorted(nodes.items())) or "none"
        facts["service", service.name] = f"asked {asked}; running {running}"
    return facts


def _node(node: Node) -> str:
    facts = [node.state, node.availability, "leader" if node.leader else node.role]
    return ", ".join([*facts, f"Docker {node.engine}"] if node.engine else facts)
