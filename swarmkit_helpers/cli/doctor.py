"""`doctor`: whether this computer is ready. It prints one line for each fact, and a fix under each problem.

It installs nothing, and starts only one node, which it removes again. The node shows what the engine's own kernel can
do; with Docker Desktop that is another kernel than this computer's.
"""

import platform
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from .. import installation, progress
from ..cluster import node_container, provision
from ..cluster.cluster import Cluster
from ..docker_commands import shown_by
from ..engine import apt, images
from ..engine.discover import Engine, find_engine
from ..engine.simulator import banner
from ..errors import EngineUnavailable, NoEngine, SwarmkitError
from ..language import _, ngettext
from . import jupyterlab

if sys.platform == "linux":
    from ..engine import own_engine

SECTION_NODES = 3  # that the sections use
OLDEST_ENGINE = (20, 10)  # the first engine with jobs in a swarm (Docker Engine 20.10 release notes)
DISK_GB = 2.0  # that images and services take
PROBE_SECONDS = 30  # in which a service must run on the node
PROBE_PORT = 8080  # in the node, where no other program listens
OVERLAY, IPVS = "Overlay networks", "IPVS"  # names of facts, in every language
MARKS = {True: "✓", False: "✗", None: "!"}


@dataclass(frozen=True)
class Fact:
    """A fact about this computer."""

    name: str
    ok: bool | None  # None: only partly, or it is not known
    detail: str
    fix: str = ""
    needed: bool = True  # by the practicum


def run() -> int:
    """Print the facts; the exit status is 1 if something is missing that the practicum needs."""
    seen = []
    for fact in facts():
        seen.append(fact)
        print(f" {MARKS[fact.ok if fact.ok or fact.needed else None]} {fact.name}: {fact.detail}", flush=True)
        if fact.fix and not fact.ok:
            print("     " + _("Fix: {fix}").format(fix=fact.fix), flush=True)
    lacking = [fact.name for fact in seen if fact.needed and fact.ok is False]
    print()
    for line in outlook(seen):
        print(line)
    return 1 if lacking else 0


def outlook(seen: list[Fact]) -> list[str]:
    """Sentences that say what the facts mean for the sections."""
    lacking = [fact.name for fact in seen if fact.needed and fact.ok is False]
    if lacking:
        return [_("Sections 00 to 06 cannot run yet; missing: {facts}.").format(facts=", ".join(lacking))]
    network = {fact.name: fact.ok for fact in seen if fact.name in (OVERLAY, IPVS)}
    if not network:
        return [_("Sections 00 to 06 should work, as far as can be seen without a node.")]
    lines = [_("Sections 00 to 06 will work.")]
    if network.get(IPVS) is False:
        lines += [
            _(
                "Reduced: virtual addresses of services, and ports published the usual way, get no answer, and no\n"
                'error says so. endpoint_mode="dnsrr" and ports with mode=host work.'
            )
        ]
    if network[OVERLAY] is False:
        lines.append(_("Reduced: services on different nodes cannot reach each other."))
    return lines


def facts() -> Iterator[Fact]:
    """The facts about this computer, the quick ones first."""
    yield _python()
    yield Fact("JupyterLab", True, version("jupyterlab"))
    yield _port()
    try:
        engine = find_engine(start=False)
    except NoEngine as error:
        yield _no_engine(error)
        return
    except EngineUnavailable as error:
        yield Fact("Docker Engine", False, error.problem, error.fix)
        return
    yield from _engine_facts(engine)
    yield _leftovers(engine)
    if engine.simulated:
        yield Fact(
            _("Simulation"), None, banner(), _("for a real swarm, start Docker and unset DOCKER_HOST"), needed=False
        )
    else:
        yield from _probe(engine)


def _python() -> Fact:
    where = _("the course's own environment") if Path(sys.prefix) == installation.VENV else sys.prefix
    detail = _("{version} in {folder}").format(version=platform.python_version(), folder=where)
    wanted = installation.requirements("lab") if installation.is_clone() else []
    lacks = [requirement for requirement in wanted if not installation.satisfied([requirement])]
    if lacks:
        return Fact(
            "Python",
            False,
            _("{python} lacks {packages}").format(python=detail, packages=", ".join(lacks)),
            _("let the course make its own environment: deactivate this one, then python3 -m swarmkit_helpers doctor"),
        )
    return Fact("Python", True, detail)


def _port() -> Fact:
    port = jupyterlab.PORTS[0]
    if jupyterlab.is_free(port):
        return Fact(_("Port for JupyterLab"), True, _("{port} is free").format(port=port))
    return Fact(
        _("Port for JupyterLab"),
        None,
        _("{port} is taken; lab takes the next free one").format(port=port),
        needed=False,
    )


def _no_engine(error: NoEngine) -> Fact:
    if sys.platform == "linux" and own_engine.possible():
        return Fact(
            "Docker Engine",
            None,
            _("none runs now; lab starts one of its own, with the dockerd installed here"),
            _("to see what such an engine can do: python3 -m swarmkit_helpers up, then doctor again"),
        )
    if apt.can_apt():
        return Fact("Docker Engine", None, _("none is installed; lab offers to install one with apt"))
    return Fact("Docker Engine", False, error.problem, error.fix)


def _engine_facts(engine: Engine) -> Iterator[Fact]:
    info = engine.api.get("info")
    is_new = tuple(int(part) for part in engine.version.split(".")[:2]) >= OLDEST_ENGINE
    yield Fact("Docker Engine", is_new, engine.name, _("update Docker: the course needs Docker Engine 20.10 or newer"))
    yield Fact(
        "cgroup",
        True,
        _("version {version}, {driver} driver").format(
            version=info.get("CgroupVersion", "1"), driver=info.get("CgroupDriver")
        ),
    )
    max_nodes = min(engine.memory // node_container.MEMORY_IDLE, node_container.MOST)
    enough = ngettext("{gb:.1f} GB, enough for {n} node", "{gb:.1f} GB, enough for {n} nodes", max_nodes)
    yield Fact(
        _("Memory"),
        max_nodes >= SECTION_NODES,
        enough.format(gb=engine.memory / 1e9, n=max_nodes),
        _("give the engine more: {n} nodes need {gb:.1f} GB").format(
            n=SECTION_NODES, gb=SECTION_NODES * node_container.MEMORY_IDLE / 1e9
        ),
    )
    if program := shutil.which("docker"):
        yield Fact(_("docker command"), True, program)
    elif engine.simulated:
        yield Fact(
            _("docker command"),
            False,
            _("not on the PATH; a simulated node has none of its own"),
            _("install docker-cli, which needs no engine"),
        )
    else:
        yield Fact(
            _("docker command"),
            None,
            _("not on the PATH; only swarmlab shell needs it"),
            _("install docker-cli, or use %%node in a notebook"),
            needed=False,
        )


def _leftovers(engine: Engine) -> Fact:
    if left := provision.leftovers(engine):
        return Fact(
            _("Leftovers"),
            None,
            _("of clusters that are gone: {names}").format(names=", ".join(left)),
            "python3 -m swarmkit_helpers down --all",
            needed=False,
        )
    there = []
    for name in Cluster.names(engine):
        machines = len(provision.machines(engine, name))
        there.append(ngettext("{name} ({n} machine)", "{name} ({n} machines)", machines).format(name=name, n=machines))
    return Fact(
        _("Leftovers"), True, _("none; clusters that are up: {names}").format(names=", ".join(there) or _("none"))
    )


def _probe(engine: Engine) -> Iterator[Fact]:
    """The facts that a node shows, which is started for this and removed."""
    here = [name for name in (images.OFFICIAL_NODE, images.OWN_NODE, *images.WORKLOADS) if images.has(engine.api, name)]
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
        with progress.current().phase(_("start a node, to look from inside")), shown_by(lambda command: None):
            cluster = Cluster.up(cluster.name, nodes=1, progress=_NoProgress())
            found = list(_node_facts(cluster))
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
    free = int(cluster.sh(machine.name, "df -Pk /var/lib/docker | tail -1").stdout.split()[3]) * 1024 / 1e9
    yield Fact(
        _("Disk"),
        free >= DISK_GB,
        _("{gb:.0f} GB free where the engine keeps its data").format(gb=free),
        _("free some space there: the course needs {gb:.0f} GB").format(gb=DISK_GB),
    )
    yield from _network_facts(cluster, machine.name)


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


class _NoProgress:
    """A `Progress` that shows nothing: the facts say enough."""

    def phase(self, text: str) -> AbstractContextManager[progress.Phase]:
        return nullcontext(self)

    def advance(self, done: float, total: float) -> None: ...

    def rename(self, text: str) -> None: ...
