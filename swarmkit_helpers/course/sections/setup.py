"""Bringing machines and swarm to where a section begins, whatever has been done to them before.

What is as it should be is left alone. What old tasks are busy with matters to no lesson, so their containers
are killed instead of waiting the ten seconds that `sleep` takes to be stopped.
"""

from collections import Counter
from collections.abc import Callable

from ... import service_settings
from ...cluster import init_join_leave
from ...cluster.cluster import Cluster
from ...cluster.provision import for_each
from ...cluster.swarm import Swarm
from ...docker_commands import shown_by
from ...engine import images
from ...engine.api import EngineAPI
from ...errors import NotConverged, NotFound, Refused, SwarmkitError
from ...language import _, ngettext
from ...polling import wait_until
from ...progress import current
from ...records import Json, Observation
from ...rules import convergence

SERVICE, COMMAND = "sleep-app", "sleep infinity"
LEFTOVER = "leftover"  # the container of section 06 that no swarm knows of
TIME = 60  # seconds for what should take two

_SERVICE_LABEL = "com.docker.swarm.service.name"


def machines(cluster: Cluster, nodes: int, image: str) -> None:
    """Exactly the machines node1 to that number run, are on the network and have the image."""
    back = {"exited": cluster.start, "paused": cluster.unpause, "disconnected": cluster.reconnect}

    def revive(name: str) -> None:
        with shown_by(_quietly):
            if do := back.get(cluster.machine(name).state):
                do(name)
            cluster.api(name)

    with current().phase(ngettext("{n} machine", "{n} machines", nodes).format(n=nodes)):
        names = [f"node{number}" for number in range(1, nodes + 1)]
        for machine in cluster.machines():
            if machine.name not in names:
                cluster.remove_node(machine.name)
        while len(cluster.machines()) < nodes:
            cluster.add_node()
        for_each(names, revive)
    if not all(for_each(names, lambda name: images.has(cluster.api(name), image))):
        cluster.load_image(image)


def no_swarm(cluster: Cluster) -> None:
    """No machine is in a swarm, and none has a container, running or not."""
    cluster.ensure_no_swarm()
    empty(cluster)


def whole_swarm(cluster: Cluster) -> Swarm:
    """All machines are one swarm, with node1 as the manager; all are active, unlabelled, and no others are known."""
    try:
        swarm = cluster.ensure_swarm()
    except SwarmkitError:  # too few of its managers are left to agree on anything: only a new swarm helps
        cluster.ensure_no_swarm()
        swarm = cluster.ensure_swarm()
    present = set(
        for_each(cluster.machines(), lambda machine: init_join_leave.state(cluster.api(machine.name))["NodeID"])
    )
    for node in swarm.nodes():
        if node.role == "manager" and node.name != "node1":
            swarm.demote(node.name)
    for node in swarm.nodes():
        if node.id not in present:
            wait_until(lambda id=node.id: _forgotten(swarm, id), TIME, lambda: _late(_("an old node is still known")))
            continue
        if node.availability != "active":
            swarm.activate(node.name)
        if node.labels:
            swarm.unlabel(node.name, *node.labels)
    return swarm


def _forgotten(swarm: Swarm, id: str) -> bool:
    """Whether the swarm has let go of the node; one that was a manager is let go of once it is demoted."""
    try:
        swarm.remove_node(id, force=True)
    except NotFound:
        return True
    except Refused:
        return False
    return True


def no_services(cluster: Cluster, swarm: Swarm) -> None:
    """The swarm has no service, and no machine has a container."""
    with current().phase(_("no services")):
        _only(cluster, swarm, None)
    empty(cluster)


def one_service(cluster: Cluster, swarm: Swarm, image: str, replicas: int) -> None:
    """The swarm has only sleep-app, which runs with that many replicas, evenly spread and with no past."""
    with current().phase(
        ngettext("{service} with {n} replica", "{service} with {n} replicas", replicas).format(
            service=SERVICE, n=replicas
        )
    ):
        keep = SERVICE if _as_new(swarm.observe(), image, replicas) else None
        _only(cluster, swarm, keep)
        if not keep:
            swarm.create_service(SERVICE, image=image, command=COMMAND, replicas=replicas)
        swarm.converge(SERVICE, timeout=TIME)
    empty(cluster, keep=SERVICE)


def container(cluster: Cluster, machine: str, name: str, image: str) -> None:
    """On that machine a container of that name runs, which no swarm knows of."""
    api = cluster.api(machine)
    body = {"Image": image, "Cmd": COMMAND.split(), "Tty": True}
    found = api.post("containers", "create", body=body, name=name)
    api.post("containers", found["Id"], "start")


def containers(api: EngineAPI) -> list[Json]:
    """All containers of that machine, running or not: docker ps --all."""
    return api.get("containers", "json", all=True)


def empty(cluster: Cluster, keep: str | None = None) -> None:
    """No machine has a container, but for those of the service that is kept."""

    def clear(name: str) -> None:
        api = cluster.api(name)
        for found in containers(api):
            if found["Labels"].get(_SERVICE_LABEL) != keep or keep is None:
                _tolerant(lambda id=found["Id"]: api.delete("containers", id, force=True, v=True))

    with current().phase(_("no leftover containers")):
        for_each([machine.name for machine in cluster.machines()], clear)


def _as_new(seen: Observation, image: str, replicas: int) -> bool:
    """Whether sleep-app is as if it had just been created so."""
    service = seen.service(SERVICE)
    if service is None or service.changed or convergence.reasons(seen, SERVICE):
        return False
    spec, _command = service_settings.create(SERVICE, image, COMMAND, {"replicas": replicas})
    image = spec["TaskTemplate"]["ContainerSpec"]["Image"]  # with its tag, as the engine keeps it
    asked = (service.mode, service.replicas, service.image, service.command, service.constraints)
    if asked != ("replicated", replicas, image, tuple(COMMAND.split()), ()):
        return False
    running = Counter({node.name: 0 for node in seen.nodes})
    running.update(task.node for task in seen.tasks_of(SERVICE))
    return sum(running.values()) == replicas and max(running.values()) - min(running.values()) <= 1


def _only(cluster: Cluster, swarm: Swarm, keep: str | None) -> None:
    """No service but the one to keep is there, nor any task of another."""
    for service in swarm.services():
        if service.name != keep:
            swarm.remove_service(service.name)
    names = [machine.name for machine in cluster.machines()]

    def kill(name: str) -> None:
        api = cluster.api(name)
        for found in api.get("containers", "json"):
            if found["Labels"].get(_SERVICE_LABEL, keep) != keep:
                _tolerant(lambda id=found["Id"]: api.post("containers", id, "kill"))

    def gone() -> bool:
        seen = swarm.observe()
        if all(task.service == keep for task in seen.tasks):
            return True
        for_each(names, kill)
        # What a node that is down reported last stays for a day (SwarmKit, dispatcher); there is nothing to wait for.
        ready = {node.name for node in seen.nodes if node.state == "ready"}
        return all(task.service == keep or task.ended or task.node not in ready for task in seen.tasks)

    wait_until(gone, TIME, lambda: _late(_("tasks of removed services still run")))


def _tolerant(do: Callable[[], object]) -> None:
    """It is done, unless somebody was quicker: the swarm removes containers too."""
    try:
        do()
    except NotFound:
        return
    except Refused as error:
        if "in progress" not in error.problem and "not running" not in error.problem:
            raise


def _late(what: str) -> NotConverged:
    return NotConverged(what, _("run the set-up again; if that does not help, start anew: cluster.down()"))


def _quietly(command: object) -> None:
    """Set-up is no part of the lesson, so its commands are not shown."""
