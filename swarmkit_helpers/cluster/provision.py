"""Creating the machines of a cluster, and removing them.

A cluster *is* the containers with its labels (cluster and owner): there is no state file. Machines that exist are
adopted. If two processes assemble the same cluster at once, the second waits, and adopts the machines of the first.
"""

import re
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import docker

from .. import file_lock
from ..engine import daemon_log, images, tunnel
from ..engine.api import EngineAPI, timed_out
from ..engine.discover import Engine
from ..errors import EngineUnavailable, NotFound, Refused, TooSlow
from ..language import _, ngettext
from ..machine import CLUSTER_LABEL, NODE_LABEL, ClusterId, Machine, cluster_of, owner_slug
from ..polling import wait_until
from ..progress import Phase, Progress
from ..records import natural_key
from . import capacity, node_container, node_network

MAX_THREADS = 8  # machines worked on at the same time; more gains nothing and strains a laptop
START_SECONDS = 60  # until a node's engine has to answer
LOG_LINES = 200  # of a node's log in which errors are looked for
ERRORS = 3  # of that log that an error shows at most
NAMES_MAX = 5  # names of machines in the line of progress; more machines are counted

# Words with which an engine, or a node's log, says that something was not allowed.
_TOO_FEW_RIGHTS = re.compile("permitted|permission|denied|capabilit|seccomp|apparmor|must be root", re.IGNORECASE)

Item = TypeVar("Item")
Result = TypeVar("Result")


def machines(engine: Engine, cluster: str | ClusterId | None = None) -> list[Machine]:
    """The machines of the cluster, of all of that name, or of all; in any state, in the order of their names."""
    name = cluster.name if isinstance(cluster, ClusterId) else cluster
    label = CLUSTER_LABEL if name is None else f"{CLUSTER_LABEL}={name}"
    found = map(
        Machine.from_api, engine.api.get("containers", "json", all=True, filters={"label": [label, NODE_LABEL]})
    )
    return sorted(
        (each for each in found if not isinstance(cluster, ClusterId) or each.cluster_id == cluster),
        key=lambda machine: (machine.cluster, machine.owner, natural_key(machine.name)),
    )


def assemble(
    engine: Engine, cluster: ClusterId, names: list[str], progress: Progress, apart: bool = False
) -> dict[str, EngineAPI]:
    """Start the named machines, load the workload images and return the machines' engines by name.

    Machines that exist are kept. A new one gets the fewest rights that work. If this fails or is interrupted,
    it removes what it created. With `apart` a new network has no way to this computer either.
    Raises `BadInput` if the machines are too many for the owner or the engine.
    """
    lock = Path(file_lock.SHARED) / f"swarmlab-{owner_slug(cluster.owner)}.{cluster.name}.lock"
    with file_lock.one_at_a_time(lock):
        return _assemble(engine, cluster, names, progress, apart)


def _assemble(
    engine: Engine, cluster: ClusterId, names: list[str], progress: Progress, apart: bool
) -> dict[str, EngineAPI]:
    capacity.check(engine, cluster, names, machines(engine))
    image = images.ensure_node_image(engine, progress)
    images.ensure_workloads(engine, progress)
    archive = images.archive(engine, images.WORKLOADS)
    namesakes = machines(engine, cluster.name)  # of all owners
    taken = {machine.network for machine in namesakes if machine.cluster_id != cluster}
    known = {machine.rights for machine in namesakes if machine.cluster_id == cluster}

    def attempt(rights: str, threads: int = MAX_THREADS) -> dict[str, EngineAPI]:
        present = {machine.name: machine for machine in machines(engine, cluster)}
        created: list[str] = []  # names of containers

        def provide(name: str) -> EngineAPI:
            if name in present:
                revive(engine, present[name])
            else:
                _create(engine, cluster, network, name, image, prefix, rights, created)
            api = wait_for_engine(engine, f"{network}-{name}", name)
            images.load_into(api, images.WORKLOADS, archive)
            return api

        who = ", ".join(names)
        if len(names) > NAMES_MAX:
            who = ngettext("{n} node", "{n} nodes", len(names)).format(n=len(names))
        said = (
            _("start {nodes}, one after the other: at once they had too little time")
            if threads == 1
            else _("start {nodes}")
            if rights == node_container.RIGHTS[0]
            else _("start {nodes} ({rights}: with fewer rights they do not start here)")
        )
        try:
            with progress.phase(said.format(nodes=who, rights=rights)) as phase:
                network, prefix = node_network.ensure(engine, cluster, taken, apart)
                return dict(zip(names, for_each(names, provide, phase, threads), strict=True))
        except BaseException as error:
            discard(engine, cluster, created)
            if threads > 1 and len(names) > 1 and _lacked_time(error):
                return attempt(rights, threads=1)
            raise

    if known:
        return attempt(max(known, key=node_container.RIGHTS.index))
    try:
        return attempt(node_container.RIGHTS[0])
    except (Refused, EngineUnavailable) as error:
        if not _TOO_FEW_RIGHTS.search(error.problem):
            raise
        with suppress(Refused, EngineUnavailable):
            return attempt(node_container.RIGHTS[1])
        raise


def _lacked_time(error: BaseException) -> bool:
    """Whether the error says that an engine did not start, or did not answer, in the time that it has."""
    return isinstance(error, TooSlow) or timed_out(error)


def for_each(
    items: Iterable[Item], do: Callable[[Item], Result], phase: Phase | None = None, threads: int = MAX_THREADS
) -> list[Result]:
    """Call `do` with each item, a few at a time, and return the results; after an error start no more calls."""
    items = list(items)
    pool = ThreadPoolExecutor(threads)
    try:
        futures = [pool.submit(do, item) for item in items]
        for done, future in enumerate(as_completed(futures), 1):
            future.result()
            if phase:
                phase.advance(done, len(items))
        return [future.result() for future in futures]
    finally:
        pool.shutdown(cancel_futures=True)


def wait_for_engine(
    engine: Engine, container: str, name: str, every: float = 0.05, sleep: Callable[[float], None] = time.sleep
) -> EngineAPI:
    """Wait until the engine of the node in that container answers, and return its API; ask `every` so many seconds.

    Raises `EngineUnavailable` if the engine ends, with the errors in its log; `TooSlow` if time was what it lacked.
    """
    why = _("it gave no reason")

    def read_log() -> str:
        return engine.client.logs(container, tail=LOG_LINES).decode(errors="replace")

    def look() -> docker.APIClient | None:
        nonlocal why
        try:
            return tunnel.connect(engine.client, container)
        except (docker.errors.DockerException, OSError) as error:
            why = str(error)
        if not engine.api.get("containers", container, "json")["State"]["Running"]:
            log = read_log()
            kind = TooSlow if daemon_log.lacked_time(log) else EngineUnavailable
            raise kind(
                _("the engine of {name} ended as soon as it started: {log}"),
                _("fix the error shown in its log; python3 -m swarmkit_helpers doctor checks more"),
                name=name,
                log="\n".join(daemon_log.errors(log)[-ERRORS:]) or _("it gave no reason"),
            )
        return None

    def too_late() -> TooSlow:
        return TooSlow(
            _("the engine of {name} did not answer within {seconds} s: {why}"),
            _(
                "end other programs that keep this computer busy, and try again; python3 -m swarmkit_helpers doctor "
                "checks more"
            ),
            name=name,
            seconds=START_SECONDS,
            why="\n".join(daemon_log.errors(read_log())[-ERRORS:]) or why,  # the container is removed after this
        )

    return EngineAPI(wait_until(look, START_SECONDS, too_late, every, sleep=sleep), name)


def _create(
    engine: Engine,
    cluster: ClusterId,
    network: str,
    name: str,
    image: str,
    prefix: str,
    rights: str,
    created: list[str],
) -> None:
    """Create and start the node's container, and add its name to `created`."""
    container = f"{network}-{name}"
    try:
        body = node_container.create_body(
            cluster.name, name, image, prefix, rights, engine.cpus, cluster.owner, network
        )
        engine.api.post("containers", "create", body=body, name=container)
        created.append(container)
    except Refused as error:
        if "already in use" not in error.problem:
            raise
        raise Refused(
            _("a container called {container} exists that is not the course's"),
            _("give the cluster another name, or remove that container"),
            container=container,
        ) from error
    engine.api.post("containers", container, "start")


def revive(engine: Engine, machine: Machine) -> None:
    """Start, unpause or reconnect the machine, as its state requires."""
    if machine.state == "paused":
        engine.api.post("containers", machine.container, "unpause")
    elif machine.state == "exited":
        engine.api.post("containers", machine.container, "start")
    elif machine.state == "disconnected":
        connect(engine, machine)


def connect(engine: Engine, machine: Machine) -> None:
    """Connect the machine to its cluster's network, at its address."""
    engine.api.post(
        "networks",
        machine.network,
        "connect",
        body={"Container": machine.container, "EndpointConfig": node_container.endpoint(machine.name, machine.address)},
    )


def discard(engine: Engine, cluster: ClusterId, containers: Iterable[str]) -> None:
    """Remove the containers and their volumes; the network too, if no machine of the cluster is left."""

    def remove(name: str) -> None:
        _delete_if_present(engine.api, "containers", name, force=True, v=True)

    for_each(containers, remove)
    if not machines(engine, cluster):
        labelled = {"label": [f"{CLUSTER_LABEL}={cluster.name}"]}
        for network in engine.api.get("networks", filters=labelled):
            if cluster_of(network["Labels"]) == cluster:
                _delete_if_present(engine.api, "networks", network["Id"])
        for volume in engine.api.get("volumes", filters=labelled)["Volumes"] or ():
            if cluster_of(volume["Labels"]) == cluster:
                _delete_if_present(engine.api, "volumes", volume["Name"])


def _delete_if_present(api: EngineAPI, *path: str, **query: object) -> None:
    """Delete the object; do nothing if it is gone already."""
    with suppress(NotFound):
        api.delete(*path, **query)


def leftovers(engine: Engine, owner: str | None = None) -> dict[str, ClusterId]:
    """Networks and volumes with our label that belong to no machine: by name, with their cluster.

    With an owner, only those of that owner and those without one.
    """
    clusters = {machine.cluster_id for machine in machines(engine)}
    labelled = {"label": [CLUSTER_LABEL]}
    networks, volumes = engine.api.get("networks", filters=labelled), engine.api.get("volumes", filters=labelled)
    bodies = networks + (volumes["Volumes"] or [])
    found = {body["Name"]: cluster_of(body["Labels"]) for body in bodies}
    wanted = {each for each in found.values() if owner is None or each.owner in ("", owner)} - clusters
    return {name: cluster for name, cluster in found.items() if cluster in wanted}
