"""Bringing machines and swarm to the state in which a section begins.

Only what differs is changed. No lesson needs the work of old tasks, so their containers are killed: to stop `sleep`
would take ten seconds.
"""

from collections import Counter
from collections.abc import Callable, Container
from functools import partial

from ... import service_settings
from ...cluster import init_join_leave
from ...cluster.cluster import Cluster
from ...cluster.container_watch import TASK_LABEL
from ...cluster.provision import for_each
from ...cluster.swarm import Swarm
from ...docker_commands import housekeeping
from ...engine import images
from ...engine.api import EngineAPI
from ...errors import NotConverged, NotFound, Refused, SwarmkitError
from ...language import _, ngettext
from ...polling import wait_until
from ...progress import Silent, current, shown_on
from ...records import Json, Observation
from ...rules import convergence

SERVICE, COMMAND = "sleep-app", "sleep infinity"
LEFTOVER = "leftover"  # the container of section 06 that belongs to no swarm
SETUP_MAX_SECONDS = 60  # for a step that takes about two

_SERVICE_LABEL = "com.docker.swarm.service.name"


def machines(cluster: Cluster, nodes: int, image: str) -> None:
    """Make sure that exactly the machines node1 to that number exist, run, are connected and have the image."""
    back = {"exited": cluster.start, "paused": cluster.unpause, "disconnected": cluster.reconnect}

    def revive(name: str) -> None:
        with housekeeping():
            if repair := back.get(cluster.machine(name).state):
                repair(name)
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
    """Let every machine leave its swarm, and remove all containers."""
    cluster.ensure_no_swarm()
    empty(cluster)


def whole_swarm(cluster: Cluster) -> Swarm:
    """Make all machines one swarm with node1 as its manager: all active, without labels, and no other nodes."""
    try:
        swarm = cluster.ensure_swarm()
    except SwarmkitError:  # the swarm has no quorum: only a new one helps
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
            wait_until(
                partial(_try_to_remove, swarm, node.id),
                SETUP_MAX_SECONDS,
                lambda: _too_late(_("an old node is still known")),
            )
            continue
        if node.availability != "active":
            swarm.activate(node.name)
        if node.labels:
            swarm.unlabel(node.name, *node.labels)
    return swarm


def _try_to_remove(swarm: Swarm, id: str) -> bool:
    """Remove the node, and return whether it is gone: a former manager goes only once it is demoted."""
    try:
        swarm.remove_node(id, force=True)
    except NotFound:
        return True
    except Refused:
        return False
    return True


def no_services(cluster: Cluster, swarm: Swarm) -> None:
    """Remove all services and all containers."""
    with current().phase(_("no services")):
        _only(cluster, swarm, None)
    empty(cluster)


def one_service(cluster: Cluster, swarm: Swarm, image: str, replicas: int) -> None:
    """Make sleep-app the only service: with that many replicas, evenly spread and without ended tasks."""
    with current().phase(
        ngettext("{service} with {n} replica", "{service} with {n} replicas", replicas).format(
            service=SERVICE, n=replicas
        )
    ):
        keep = SERVICE if _as_new(swarm.observe(), image, replicas) else None
        _only(cluster, swarm, keep)
        if not keep:
            swarm.create_service(SERVICE, image=image, command=COMMAND, replicas=replicas)
        with shown_on(Silent()):
            swarm.converge(SERVICE, timeout=SETUP_MAX_SECONDS)
    empty(cluster, {task.id for task in swarm.observe().tasks_of(SERVICE)})


def container(cluster: Cluster, machine: str, name: str, image: str) -> None:
    """Run a container of that name on that machine, outside of any swarm."""
    api = cluster.api(machine)
    body = {"Image": image, "Cmd": COMMAND.split(), "Tty": True}
    found = api.post("containers", "create", body=body, name=name)
    api.post("containers", found["Id"], "start")


def containers(api: EngineAPI) -> list[Json]:
    """All containers of that machine, running or not: docker ps --all."""
    bodies: list[Json] = api.get("containers", "json", all=True)
    return bodies


def empty(cluster: Cluster, keep: Container[str] = ()) -> None:
    """Remove all containers on all machines, except those of the tasks to keep.

    An engine may have containers of a service that no task owns any more: made, and never started.
    """

    def clear(name: str) -> None:
        api = cluster.api(name)
        for found in containers(api):
            if found["Labels"].get(TASK_LABEL) not in keep:
                _unless_gone(partial(api.delete, "containers", found["Id"], force=True, v=True))

    with current().phase(_("no containers from before")):
        for_each([machine.name for machine in cluster.machines()], clear)


def _as_new(seen: Observation, image: str, replicas: int) -> bool:
    """Whether sleep-app is as if it had just been created with that image and number of replicas."""
    service = seen.service(SERVICE)
    if service is None or service.changed or convergence.reasons(seen, SERVICE):
        return False
    spec, _command = service_settings.create(SERVICE, image, COMMAND, {"replicas": replicas})
    image = spec["TaskTemplate"]["ContainerSpec"]["Image"]  # with its tag, as the engine keeps it
    asked = (service.mode, service.replicas, service.image, service.command, service.constraints)
    if asked != ("replicated", replicas, image, tuple(COMMAND.split()), ()):
        return False
    running = Counter({node.name: 0 for node in seen.nodes})
    running.update(task.node or "" for task in seen.tasks_of(SERVICE))
    return sum(running.values()) == replicas and max(running.values()) - min(running.values()) <= 1


def _only(cluster: Cluster, swarm: Swarm, keep: str | None) -> None:
    """Remove all services except the one to keep, and wait until their tasks are gone."""
    for service in swarm.services():
        if service.name != keep:
            swarm.remove_service(service.name)
    names = [machine.name for machine in cluster.machines()]

    def kill(name: str) -> None:
        api = cluster.api(name)
        for found in api.get("containers", "json"):
            if found["Labels"].get(_SERVICE_LABEL, keep) != keep:
                _unless_gone(partial(api.post, "containers", found["Id"], "kill"))

    def gone() -> bool:
        seen = swarm.observe()
        if all(task.service == keep for task in seen.tasks):
            return True
        for_each(names, kill)
        # Tasks of a node that is down stay listed for a day (SwarmKit, dispatcher), so do not wait for them.
        ready = {node.name for node in seen.nodes if node.state == "ready"}
        return all(task.service == keep or task.ended or task.node not in ready for task in seen.tasks)

    wait_until(gone, SETUP_MAX_SECONDS, lambda: _too_late(_("tasks of removed services still run")))


def _unless_gone(request: Callable[[], object]) -> None:
    """Send the request; do nothing if the container is gone, because the swarm removes containers too."""
    try:
        request()
    except NotFound:
        return
    except Refused as error:
        if "in progress" not in error.problem and "not running" not in error.problem:
            raise


def _too_late(problem: str) -> NotConverged:
    return NotConverged(
        problem,
        _("run the two cells under Setup again; if that does not help, start again: cluster.down(), then Cluster.up()"),
    )
