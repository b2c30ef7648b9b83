"""The swarm: reading its state, sending requests to it, and waiting for the result.

A `Swarm` speaks the Docker Engine API to a manager. Reads return records. Requests change the desired state and return
at once; only if the swarm loses its leader meanwhile, they wait up to 20 s for a new one. `converge` waits for the
observed state. Each request shows its docker command first.
"""

import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Unpack

from .. import recorder, service_settings, setting_types
from ..display.explain import Explanation, explain
from ..display.forecast import Forecast
from ..display.forecast.requests import Action, plan_change
from ..display.tables import Nodes, Services, Tasks
from ..docker_commands import announce
from ..engine.api import EngineAPI
from ..engine.simulator import without_secret
from ..errors import BadInput, Refused
from ..language import _
from ..records import Container, Json, MachineState, Node, Observation, Service, Task
from ..service_settings import ServiceChanges, ServiceSettings
from . import service_logs
from .converge import StateWaiter, check_service
from .manager_client import Managers, reach
from .node_requests import NodeRequests
from .surroundings import Surroundings


class Swarm(StateWaiter, NodeRequests):
    """A swarm, through any of its managers that answers. Get one from a `Cluster`, or with `Swarm.connect`."""

    def __init__(
        self, find_manager: Callable[[], EngineAPI], name: str, surroundings: Surroundings | None = None
    ) -> None:
        """`find_manager` returns the API of a manager that answers, or raises; it is not called yet."""
        self.name = name
        self._surroundings = surroundings
        self._managers = Managers(find_manager)

    def __repr__(self) -> str:
        return f"Swarm {without_secret(self.name)!r}"

    @classmethod
    def connect(cls, url_or_context: str) -> "Swarm":
        """Connect to the manager at that URL (unix, tcp, ssh, npipe) or docker context. Raises as `reach` does."""
        manager = reach(url_or_context)
        return cls(lambda: manager, url_or_context)

    # Reads ----------------------------------------------------------------------------------------------

    def observe(self) -> Observation:
        """Read nodes, services and tasks from a manager now: three GET requests.

        While the swarm is recorded, the machines and the containers run by hand are there too, without a request.
        """
        at = time.time()
        # Tasks first: their nodes and services are then sure to be in the lists that follow.
        tasks, services, nodes = map(self._managers.get, ("tasks", "services", "nodes"))
        seen = Observation.from_api(at, nodes, services, tasks)
        containers, machines = self.around()
        return replace(seen, containers=containers, machines=machines)

    def around(self) -> tuple[tuple[Container, ...], tuple[MachineState, ...]]:
        """The containers run by hand and the machines, while the swarm is recorded; else none. Sends no request."""
        return self._surroundings.now() if self._surroundings else ((), ())

    def follow(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` when a machine or a container run by hand changes, until the result is called."""
        return self._surroundings.follow(changed) if self._surroundings else lambda: None

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
        """The tasks, also those that ended; of all services, or of one. Raises `NotFound`."""
        seen = self.observe()
        check_service(seen, service)
        return Tasks(seen.tasks if service is None else seen.tasks_of(service))

    def networks(self) -> tuple[str, ...]:
        """The names of the networks between the nodes."""
        return tuple(sorted(network["Name"] for network in self._managers.list("networks")))

    def logs(self, service: str, tail: int | None = None) -> str:
        """The output of the service's tasks, each line after its task and node; `tail`: only the last lines of each.

        If a node gives no lines, a sentence at the end names it. Raises `BadInput`, `NotFound`.
        """
        if tail is not None:
            service_settings.read("tail", setting_types.COUNT, tail)
        body = self._managers.find("services", service)
        announce("docker service logs " + (f"--tail {tail} " if tail is not None else "") + shlex.quote(service))
        seen = self.observe()
        stream = self._managers.api().stream(
            "services",
            body["ID"],
            "logs",
            max_silence=service_logs.SILENCE_SECONDS,
            stdout=1,
            stderr=1,
            details=1,
            tail="all" if tail is None else tail,
        )
        return "\n".join(service_logs.lines(stream, seen, body["Spec"]["Name"]))

    def explain(self, what: str | Service | Task) -> Explanation:
        """Explain why the tasks of a service, or one task ("sleep-app.3"), are on their nodes; or a node's state.

        Uses the recorded history of this swarm, for example of a chart that watches it. What was not recorded is
        reconstructed from the tasks' times, and the explanation says so. In a notebook, at the end of a cell:

            swarm.explain("sleep-app")

        Raises `BadInput`, `NotFound`.
        """
        recorded = recorder.running(self.name)
        if recorded:
            recorded.look()  # in a notebook of `lab`, only the server's recorder knows machines and containers
            if recorded.sees():
                return explain(what, recorder.seen(self.name))
        return explain(what, [*recorder.seen(self.name), self.observe()])

    def predict(self, service: str | None = None, **action: Unpack[Action]) -> Forecast:
        """Work out every result that one request could have. Changes nothing.

        The request is scale=7, drain="node2", activate="node2", add_node=True (or the name of the new node), or
        constraint="node.labels.disk==ssd", which is then the service's only one. `service` may be left out if there
        is only one. In a notebook the forecast shows a sentence, and a chart beside the present:

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
        """Ask the swarm to create a service and return at once; `ServiceSettings` lists the settings.

        Raises `BadInput` for an invalid setting, `NotFound` for an unknown network, `Refused` if the name is taken.
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
        """Ask for that many replicas and return at once. Running tasks are not restarted.

        Raises `BadInput`, `NotFound`.
        """

        def set_replicas(spec: Json) -> None:
            mode = service_settings.mode_of(spec)
            if mode != "replicated":
                raise BadInput(
                    _("{name!r} is a {mode} service, which has no number of replicas to change"),
                    _("run it on more or fewer nodes with constraints")
                    if mode == "global"
                    else _("start the job again with swarm.update_service({name!r}, ...)"),
                    name=name,
                    mode=mode,
                )
            service_settings.change(spec, {"replicas": replicas})

        self._managers.change("services", name, f"docker service scale {name}={replicas}", set_replicas)

    def update_service(self, name: str, **settings: Unpack[ServiceChanges]) -> None:
        """Ask for those settings and return at once; the other settings stay as they are.

        A change of the tasks' settings replaces running tasks. Raises `BadInput`, `NotFound`, `Refused`.
        """
        self._check_networks(settings)
        names: dict[str, str] = {}  # of networks, by id: the engine keeps the id, a person gives the name
        if "networks" in settings:
            names = {network["Id"]: network["Name"] for network in self._managers.list("networks")}

        def name_networks(spec: Json) -> Json:
            for network in (spec["TaskTemplate"].get("Networks") or ()) if names else ():
                network["Target"] = names.get(network["Target"], network["Target"])
            return spec

        def set_fields(spec: Json) -> None:
            service_settings.change(name_networks(spec), settings)

        present = name_networks(self._managers.find("services", name)["Spec"])
        self._managers.change("services", name, service_settings.change(present, settings), set_fields)

    def rebalance(self, name: str) -> None:
        """Ask the swarm to replace all tasks of the service, and so to choose their nodes again. Raises `NotFound`."""

        def force_update(spec: Json) -> None:
            spec["TaskTemplate"]["ForceUpdate"] = spec["TaskTemplate"].get("ForceUpdate", 0) + 1

        self._managers.change("services", name, f"docker service update --force {name}", force_update)

    def rollback(self, name: str) -> None:
        """Go back to the settings before the last change. Raises `NotFound`, and `Refused` if there was no change."""
        if "PreviousSpec" not in self._managers.find("services", name):
            raise Refused(
                _("{name!r} has not changed since it was created, so there is nothing to go back to"),
                _("change it with swarm.update_service() first, or remove it"),
                name=name,
            )
        command = f"docker service rollback {name}"
        self._managers.change("services", name, command, lambda spec: None, rollback="previous")

    def remove_service(self, name: str) -> None:
        """Remove the service; its tasks stop soon after. Raises `NotFound`."""
        body = self._managers.find("services", name)
        announce(f"docker service rm {name}")
        self._managers.delete("services", body["ID"])

    # Networks -------------------------------------------------------------------------------------------

    def create_network(self, name: str, attachable: bool = False) -> None:
        """Create an overlay network between the nodes; if attachable, containers may join it too.

        Raises `BadInput`, and `Refused` if the name is taken.
        """
        service_settings.check_name(name)
        announce(f"docker network create --driver overlay {'--attachable ' if attachable else ''}{name}")
        body = {"Name": name, "Driver": "overlay", "Attachable": attachable}
        self._managers.api().post("networks", "create", body=body)

    def remove_network(self, name: str) -> None:
        """Remove the network. Raises `NotFound`, and `Refused` while a service uses it."""
        body = self._managers.find("networks", name)
        announce(f"docker network rm {name}")
        self._managers.delete("networks", body["Id"])

    def _check_networks(self, settings: ServiceSettings) -> None:
        """Raise `NotFound` for a network that does not exist."""
        for name in settings.get("networks") or ():
            self._managers.find("networks", name)
