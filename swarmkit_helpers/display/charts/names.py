"""What services and nodes are called in charts, also those that the swarm has removed: it tells only their ids."""

from collections.abc import Iterable
from dataclasses import replace

from ...language import _
from ...recorder import Gap
from ...records import Node, Observation, Service, Task
from . import palette
from .palette import ServiceStyle


class Names:
    """The names that services and nodes had in a history, and the letters and edges of the services."""

    def __init__(self, history: Iterable[Observation | Gap]) -> None:
        self._services: dict[str, str] = {}
        self._nodes: dict[str, str] = {}
        self._styles: dict[str, ServiceStyle] = {}
        services: tuple[Service, ...] = ()
        nodes: tuple[Node, ...] = ()
        for entry in history:
            if isinstance(entry, Observation):
                # Of a recorder, equal parts of two observations are one object.
                if entry.services is not services:
                    services = entry.services
                    for service in sorted(services, key=lambda service: service.created_at):
                        self._services[service.id] = service.name
                        self._styles.setdefault(service.name, palette.service_style(len(self._styles)))
                if entry.nodes is not nodes:
                    nodes = entry.nodes
                    self._nodes.update((node.id, node.name) for node in nodes)

    def style(self, service: str) -> ServiceStyle:
        """The letter and edge of the service of that name. They stay when other services come and go."""
        return self._styles.get(service) or palette.service_style(len(self._styles))

    @staticmethod
    def has_node(task: Task) -> bool:
        """Whether the swarm had the task's node when the task was seen."""
        return task.node != task.node_id

    def of(self, task: Task) -> Task:
        """The task with names in the place of ids."""
        service, node = task.service, task.node
        if service not in self._styles:
            service = self._services.get(service) or _("removed service")
        if node and not self.has_node(task):
            node = self._nodes.get(node) or _("removed node")
        return task if (service, node) == (task.service, task.node) else replace(task, service=service, node=node)
