"""The facts that `doctor` finds with a node: it starts one, looks from inside, and removes it."""

import re
import uuid
from collections.abc import Iterator

from .. import progress
from ..cluster import node_container
from ..cluster.cluster import Cluster
from ..docker_commands import housekeeping
from ..engine import images
from ..engine.discover import Engine
from ..errors import BadInput, SwarmkitError
from ..language import _
from .facts import Fact

DISK_GB = 2.0  # that images and services take
PROBE_SECONDS = 30  # in which a service must run on the node
NAMES_LOST_FIRST, NAMES_LOST_LAST = (29, 0, 0), (29, 6, 2)  # moby/moby#53141: the versions in which it was seen
PROBE_PORT = 8080  # in the node, where no other program listens
OVERLAY, IPVS = "Overlay networks", "IPVS"  # names of facts, in every language


def probe(engine: Engine) -> Iterator[Fact]:
    """The facts that a node shows, which is started for this and removed."""
    here = [name for name in (*images.NODES, *images.WORKLOADS) if images.has(engine.api, name)]
    if not (here and set(images.WORKLOADS) < set(here)):
        yield Fact(
            _("A node"),
            None,
            _("the course's images are not there yet; lab pulls or makes them"),
            _("start lab or up once, then doctor again"),
        )
        return
    cluster = Cluster(f"doctor-{uuid.uuid4().hex[:8]}", engine)
    try:
        with (
            progress.current().phase(_("start a node, to look from inside")),
            progress.shown_on(progress.Silent()),
            housekeeping(),
        ):
            cluster = Cluster.up(cluster.name, nodes=1)
            found = list(_node_facts(cluster))
    except BadInput as error:  # one node more would be too many: nothing is known of it, and nothing is broken
        found = [Fact(_("A node"), None, error.problem, error.fix)]
    except SwarmkitError as error:
        found = [Fact(_("A node"), False, error.problem, error.fix)]
    finally:
        cluster.down()
    yield from found


def _node_facts(cluster: Cluster) -> Iterator[Fact]:
    [machine] = cluster.machines()
    reduced = machine.rights == node_container.RIGHTS[0]
    how = (
        _("starts from {image} with less rights than --privileged")
        if reduced
        else _("starts from {image} with --privileged: with less it does not start here")
    )
    yield Fact(_("A node"), True if reduced else None, how.format(image=machine.image))
    yield from known_faults(cluster.api(machine.name).get("version")["Version"])
    free = int(cluster.sh(machine.name, "df -Pk /var/lib/docker | tail -1").stdout.split()[3]) * 1024 / 1e9
    yield Fact(
        _("Disk"),
        free >= DISK_GB,
        _("{gb:.0f} GB free where the engine keeps its data").format(gb=free),
        _("free some space there: the course needs {gb:.0f} GB").format(gb=DISK_GB),
    )
    yield from _network_facts(cluster, machine.name)


def known_faults(version: str) -> Iterator[Fact]:
    """The faults of the nodes' engine, of that version, that the course meets."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    if NAMES_LOST_FIRST <= numbers <= NAMES_LOST_LAST:
        yield Fact(
            _("Known fault"),
            None,
            _(
                "Docker {version} in the nodes: after a node was cut off for 10 to 30 s, names of services may get no "
                "answer (moby/moby#53141)"
            ).format(version=version),
            _(
                "docker service update --force NAME brings a name back; newer versions do not have the fault: "
                "docker pull {image}"
            ).format(image=images.OFFICIAL_NODE),
            needed=False,
        )


def _network_facts(cluster: Cluster, name: str) -> Iterator[Fact]:
    """Whether a service with a published port runs (overlay), and whether the port answers (IPVS)."""
    cluster.init_swarm(name)
    swarm = cluster.swarm()
    swarm.create_service("probe", image=images.WEB, ports=[f"{PROBE_PORT}:80"])
    try:
        swarm.converge("probe", timeout=PROBE_SECONDS)
    except SwarmkitError as error:
        yield Fact(OVERLAY, False, error.problem, _("use a kernel with VXLAN (module vxlan)"), needed=False)
        return
    yield Fact(OVERLAY, True, _("a service on such a network runs (VXLAN)"), needed=False)
    answers = cluster.sh(name, f"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 127.0.0.1 {PROBE_PORT}").stdout
    listed = cluster.sh(name, "ls /proc/net/ip_vs").status == 0
    if "200 OK" in answers:
        yield Fact(IPVS, True, _("a published port answers, through the routing mesh"), needed=False)
    else:
        why = (
            _("a published port gets no answer, though the kernel has IPVS")
            if listed
            else _("a published port gets no answer: the engine's kernel has no IPVS")
        )
        fix = _("use a kernel with IPVS (module ip_vs), as Docker Desktop and the usual Linux kernels have")
        yield Fact(IPVS, False, why, fix, needed=False)
