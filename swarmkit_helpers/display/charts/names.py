"""The names of services and nodes that the swarm has removed: it tells only the ids of those."""

from collections.abc import Iterable
from dataclasses import replace

from ...language import _
from ...recorder import Gap
from ...records import Node, Observation, Service, Task


class Names:
    """The names that services and nodes had in a history, by id."""

    def __init__(self, history: Iterable[Observation | Gap]) -> None:
        self._services: dict[str, str] = {}
        self._nodes: dict[str, str] = {}
        services: tuple[Service, ...] = ()
        nodes: tuple[Node, ...] = ()
        for entry in history:
            if isinstance(entry, Observation):
                # Of a recorder, equal parts of two observations are one object.
                if entry.services is not services:
                    services = entry.services
                    self._services.update((service.id, service.name) for service in services)
                if entry.nodes is not nodes:
                    nodes = entry.nodes
                    self._nodes.update((node.id, node.name) for node in nodes)
        self._service_names = frozenset(self._services.values())

    @staticmethod
    def has_node(task: Task) -> bool:
        """Whether the swarm had the task's node when the task was seen."""
        return task.node != task.node_id

    def of(self, task: Task) -> Task:
        """The task with names in the place of ids."""
        service, node = task.service, task.node
        if service not in self._service_names:
            service = self._services.get(service) or _("removed service")
        if node and not self.has_node(task):
            node = self._nodes.get(node) or _("removed node")
        return task if (service, node) == (task.service, task.node) else replace(task, service=service, node=node)
