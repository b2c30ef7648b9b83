"""The orchestrator: what it says, what one asks of it, and waiting until it is so.

A `Swarm` speaks the Docker Engine API to a manager. Reads return records; requests change the desired state
and return at once; `converge` waits for the observed state. Each request shows its docker command first.
"""

import shlex
import time
from collections.abc import Callable, Sequence
from typing import Any, Unpack

from .. import recorder, service_settings, setting_types
from ..display.explain import Explanation, explain
from ..display.forecast import Forecast
from ..display.forecast.requests import Action, plan_change
from ..display.tables import Nodes, Services, Tasks
from ..docker_commands import announce
from ..engine.api import EngineAPI
from ..errors import BadInput, NotFound, Refused
from ..language import _
from ..records import Node, Observation, Service, Task
from ..service_settings import ServiceChanges, ServiceSettings
from . import service_logs
from .converge import Waits, check_service
from .manager_client import Managers, reach


class Swarm(Waits):
    """A swarm, through whichever of its managers answers. Get one from a `Cluster`, or with `Swarm.connect`."""

    def __init__(self, find_manager: Callable[[], EngineAPI], name: str) -> None:
        """`find_manager` gives the API of a manager that answers, or raises; nothing is asked yet."""
        self.name = name
        self._managers = Managers(find_manager)

    def __repr__(self) -> str:
        return f"Swarm {self.name!r}"

    @classmethod
    def connect(cls, url_or_context: str) -> "Swarm":
        """The swarm of the manager at that URL (unix, tcp, ssh, npipe) or docker context. Raises as `reach` does."""
        manager = reach(url_or_context)
        return cls(lambda: manager, url_or_context)

    # Reads ----------------------------------------------------------------------------------------------

    def observe(self) -> Observation:
        """Everything a manager says now: three GET requests."""
        at = time.time()
        # Tasks first: whatever they belong to is then sure to be in the lists that follow.
        tasks, services, nodes = map(self._managers.get, ("tasks", "services", "nodes"))
        return Observation.from_api(at, nodes, services, tasks)

    def nodes(self) -> Nodes:
        """The nodes, in the order of their names."""
        return Nodes(Observation.from_api(time.time(), self._managers.get("nodes"), (), ()).nodes)

    def node(self, name: str) -> Node:
        """The node of that name. Raises `NotFound`."""
        return Node.from_api(self._managers.find("nodes", name))

    def services(self) -> Services:
        """The services, in the order of their names."""
        return Services(Observation.from_api(time.time(), (), self._managers.get("services"), ()).services)

    def service(self, name: str) -> Service:
        """The service of that name. Raises `NotFound`."""
        return Service.from_api(self._managers.find("services", name))

    def tasks(self, service: str | None = None) -> Tasks:
        """The tasks, those of the past included; of all services, or of one. Raises `NotFound`."""
        seen = self.observe()
        check_service(seen, service)
        return Tasks(seen.tasks if service is None else seen.tasks_of(service))

    def networks(self) -> tuple[str, ...]:
        """The names of the networks that span the nodes."""
        return tuple(sorted(network["Name"] for network in self._managers.list("networks")))

    def logs(self, service: str, tail: int | None = None) -> str:
        """What the service's tasks wrote, each line after the task and its node; with `tail` the last lines of each."""
        if tail is not None:
            service_settings.read("tail", setting_types.COUNT, tail)
        body = self._managers.find("services", service)
        announce("docker service logs " + (f"--tail {tail} " if tail is not None else "") + shlex.quote(service))
        names = {task.id: f"{task.name}@{task.node}" for task in self.observe().tasks}
        stream = self._managers.api().stream(
            "services", body["ID"], "logs", stdout=1, stderr=1, details=1, tail="all" if tail is None else tail
        )
        return "\n".join(f"{names.get(task, task)} | {text}" for task, text in service_logs.lines(stream))

    def explain(self, what: str | Service | Task) -> Explanation:
        """Why the tasks are where they are: of a service by its name, or one task, by its name ("sleep-app.3").

        What is recorded of this swarm in this process is used, as while something is watched; what was not seen
        is reconstructed from the tasks' times, and says so. In a notebook, at the end of a cell:

            swarm.explain("sleep-app")

        Raises `BadInput`, `NotFound`.
        """
        return explain(what, [*recorder.seen(self.name), self.observe()])

    def predict(self, service: str | None = None, **action: Unpack[Action]) -> Forecast:
        """All that the swarm may do if it is asked for one thing, which is not asked now: no task is touched.

        That thing is scale=7, drain="node2", activate="node2", add_node=True (or the name it will have), or
        constraint="node.labels.disk==ssd", which is then the service's only one. `service` may be left out where
        there is only one. In a notebook the forecast shows a sentence, and a chart beside the present:

            forecast = swarm.predict(scale=7)
            forecast                                  (then swarm.scale("sleep-app", 7), swarm.converge(), and)
            forecast.compare(swarm, student=[3, 2, 2])

        Raises `BadInput`, `NotFound`.
        """
        return Forecast(plan_change(self.observe(), service, **action))

    # Services -------------------------------------------------------------------------------------------

    def create_service(
        self, name: str, image: str, command: str | Sequence[str] | None = None, **settings: Unpack[ServiceSettings]
    ) -> None:
        """A service of that name is asked for; `specs.ServiceSettings` lists the settings.

        Raises `BadInput` for a setting that cannot be, `Refused` if the name is taken.
        """
        spec, command_line = service_settings.create(name, image, command, settings)
        self._check_networks(settings)
        if name in [body["Spec"]["Name"] for body in self._managers.get("services")]:
            raise Refused(
                _("there is a service called {name!r} already"),
                _(
                    "remove it first with swarm.remove_service({name!r}), change it with "
                    "swarm.update_service({name!r}, ...), or take another name"
                ),
                name=name,
            )
        announce(command_line)
        self._managers.api().post("services", "create", body=spec)

    def scale(self, name: str, replicas: int) -> None:
        """That many replicas are asked for. No task is restarted. Raises `BadInput`, `NotFound`."""

        def scaled(spec: service_settings.Spec) -> str:
            mode = service_settings.mode_of(spec)
            if mode != "replicated":
                raise BadInput(
                    _("{name!r} is a {mode} service, which has no number of replicas to change"),
                    _("run it on more or fewer nodes with constraints")
                    if mode == "global"
                    else _("ask for it anew with swarm.update_service({name!r}, ...)"),
                    name=name,
                    mode=mode,
                )
            service_settings.change(spec, {"replicas": replicas})
            return f"docker service scale {name}={replicas}"

        self._managers.change("services", name, scaled)

    def update_service(self, name: str, **settings: Unpack[ServiceChanges]) -> None:
        """Those settings are asked for; the others stay as they are. Raises `BadInput`, `NotFound`, `Refused`."""
        self._check_networks(settings)
        by_id = {}
        if "networks" in settings:  # the engine keeps networks by their id, people know them by their name
            by_id = {network["Id"]: network["Name"] for network in self._managers.list("networks")}

        def updated(spec: service_settings.Spec) -> str:
            for network in (spec["TaskTemplate"].get("Networks") or ()) if by_id else ():
                network["Target"] = by_id.get(network["Target"], network["Target"])
            return service_settings.change(spec, settings)

        self._managers.change("services", name, updated)

    def rebalance(self, name: str) -> None:
        """All the service's tasks are replaced, which places them anew."""

        def forced(spec: service_settings.Spec) -> str:
            spec["TaskTemplate"]["ForceUpdate"] = spec["TaskTemplate"].get("ForceUpdate", 0) + 1
            return f"docker service update --force {name}"

        self._managers.change("services", name, forced)

    def rollback(self, name: str) -> None:
        """What was asked for before the last change is asked for again. Raises `Refused` if there was nothing."""
        if "PreviousSpec" not in self._managers.find("services", name):
            raise Refused(
                _("{name!r} is as it was created: there is nothing before to go back to"),
                _("change it with swarm.update_service() first, or remove it"),
                name=name,
            )
        self._managers.change("services", name, lambda spec: f"docker service rollback {name}", rollback="previous")

    def remove_service(self, name: str) -> None:
        """The service is gone, and its tasks are asked to stop."""
        body = self._managers.find("services", name)
        announce(f"docker service rm {name}")
        self._managers.delete("services", body["ID"])

    # Nodes ----------------------------------------------------------------------------------------------

    def drain(self, node: str) -> None:
        """The node is to run no service's tasks: those it has are replaced on others."""
        self._set(node, "docker node update --availability drain", Availability="drain")

    def pause(self, node: str) -> None:
        """The node is to get no new tasks; those it has stay."""
        self._set(node, "docker node update --availability pause", Availability="pause")

    def activate(self, node: str) -> None:
        """The node may get tasks again. Nothing moves back by itself."""
        self._set(node, "docker node update --availability active", Availability="active")

    def promote(self, node: str) -> None:
        """The node is to be a manager."""
        self._set(node, "docker node promote", Role="manager")

    def demote(self, node: str) -> None:
        """The node is to be a worker. Raises `Refused` where the swarm would lose its quorum."""
        body = self._managers.find("nodes", node)
        if body["Spec"]["Role"] == "manager" and "ManagerStatus" not in body:
            raise Refused(
                _("{node} is still becoming a manager"),
                _("ask again when swarm.node() knows its reachability"),
                node=node,
            )
        self._set(node, "docker node demote", Role="worker")

    def label(self, node: str, **labels: str | int | float) -> None:
        """The node has those labels besides those it has, e.g. label("node2", rack="a")."""
        self._label(node, labels, ())

    def unlabel(self, node: str, *keys: str) -> None:
        """The node has those labels no more. Raises `NotFound`."""
        self._label(node, {}, keys)

    def remove_node(self, node: str, force: bool = False) -> None:
        """The swarm forgets the node. Raises `Refused` for a manager, and without `force` for a node not down."""
        body = self._managers.find("nodes", node, leaving=True)
        announce(f"docker node rm {'--force ' if force else ''}{node}")
        self._managers.delete("nodes", body["ID"], force=force)

    def _set(self, node: str, command: str, **fields: str) -> None:
        def edited(spec: service_settings.Spec) -> str:
            spec.update(fields)
            return f"{command} {node}"

        self._managers.change("nodes", node, edited)

    def _label(self, node: str, add: dict[str, Any], remove: tuple[str, ...]) -> None:
        if not add and not remove:
            raise BadInput(_("no label was named"), _("name at least one, e.g. swarm.label('node2', rack='a')"))
        service_settings.read("labels", setting_types.LABELS, add)
        flags = [f"--label-add {shlex.quote(f'{key}={value}')}" for key, value in add.items()]
        flags += [f"--label-rm {shlex.quote(key)}" for key in remove]

        def labelled(spec: service_settings.Spec) -> str:
            labels = spec.get("Labels") or {}
            for key in remove:
                if key not in labels:
                    raise NotFound(
                        _("{node} has no label {key!r}; it has: {known}"),
                        _("use one of those labels"),
                        node=node,
                        key=key,
                        known=", ".join(sorted(labels)) or _("none"),
                    )
            kept = {key: value for key, value in labels.items() if key not in remove}
            spec["Labels"] = kept | {key: str(value) for key, value in add.items()}
            return f"docker node update {' '.join(flags)} {node}"

        self._managers.change("nodes", node, labelled)

    # Networks -------------------------------------------------------------------------------------------

    def create_network(self, name: str, attachable: bool = False) -> None:
        """An overlay network of that name spans the nodes; if attachable, containers may join it too."""
        service_settings.check_name(name)
        announce(f"docker network create --driver overlay {'--attachable ' if attachable else ''}{name}")
        body = {"Name": name, "Driver": "overlay", "Attachable": attachable}
        self._managers.api().post("networks", "create", body=body)

    def remove_network(self, name: str) -> None:
        """The network is gone. Raises `Refused` while a service uses it."""
        body = self._managers.find("networks", name)
        announce(f"docker network rm {name}")
        self._managers.delete("networks", body["Id"])

    def _check_networks(self, settings: ServiceChanges) -> None:
        for name in settings.get("networks") or ():
            self._managers.find("networks", name)
