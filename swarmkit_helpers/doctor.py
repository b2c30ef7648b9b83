"""`doctor`: is this machine able? One line for each fact, and under each failure what to do.

Nothing is installed or started, but for one node, which tells what the engine's own kernel can do (with
Docker Desktop that is another kernel than this computer's). It is gone afterwards.
"""

import platform
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version

from . import assembly, bootstrap, images, lab, node, progress
from .announce import shown_by
from .cluster import Cluster
from .engine import install
from .engine.discover import Engine, find_engine
from .errors import EngineUnavailable, NoEngine, SwarmkitError
from .tables import count

if sys.platform == "linux":
    from .engine import embedded

NODES = 3  # what the sections use
OLDEST = (20, 10)  # the engine that brought jobs to swarm (Docker Engine 20.10 release notes)
SPACE = 2.0  # GB that images and services take
PROBE_TIME = 30  # seconds until a service must run on the node
PORT = 8080  # in the node, where nothing else listens
MARKS = {True: "✓", False: "✗", None: "!"}


@dataclass(frozen=True)
class Fact:
    """Something that is so on this machine."""

    name: str
    ok: bool | None  # None: with reservations, or it could not be looked at
    detail: str
    fix: str = ""
    needed: bool = True  # whether the practicum does without it


def run() -> int:
    """Prints the facts; the value is 1 if something needed is missing."""
    seen = []
    for fact in facts():
        seen.append(fact)
        print(f" {MARKS[fact.ok]} {fact.name}: {fact.detail}", flush=True)
        if fact.fix and not fact.ok:
            print(f"     Fix: {fact.fix}", flush=True)
    lacking = [fact.name for fact in seen if fact.needed and fact.ok is False]
    print()
    for line in outlook(seen):
        print(line)
    return 1 if lacking else 0


def outlook(seen: list[Fact]) -> list[str]:
    """What this means for the sections, in sentences."""
    lacking = [fact.name for fact in seen if fact.needed and fact.ok is False]
    if lacking:
        return [f"Sections 00 to 06 cannot run yet; missing: {', '.join(lacking)}."]
    network = {fact.name: fact.ok for fact in seen if fact.name in ("Overlay networks", "IPVS")}
    if not network:
        return ["Nothing stands in the way of sections 00 to 06, as far as could be seen without a node."]
    lines = ["Sections 00 to 06 will work."]
    if network.get("IPVS") is False:
        lines += ["Reduced: virtual addresses of services, and ports published the usual way, get no answer, and no",
                  'error tells so. endpoint_mode="dnsrr" and ports with mode=host work.']
    if network["Overlay networks"] is False:
        lines.append("Reduced: services on different nodes cannot reach each other.")
    return lines


def facts() -> Iterator[Fact]:
    """What is so, the quick things first."""
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
    yield from _engine(engine)
    yield _leftovers(engine)
    yield from _probe(engine)


def _python() -> Fact:
    detail = f"{platform.python_version()} in {sys.prefix}"
    wanted = bootstrap.requirements("lab") if bootstrap.is_clone() else []
    lacks = [requirement for requirement in wanted if not bootstrap.satisfied([requirement])]
    if lacks:
        return Fact("Python", False, f"{detail} lacks {', '.join(lacks)}", "let the course make its own environment: "
                    "deactivate this one, then python3 -m swarmkit_helpers doctor")
    return Fact("Python", True, detail)


def _port() -> Fact:
    port = lab.PORTS[0]
    if lab.is_free(port):
        return Fact("Port for JupyterLab", True, f"{port} is free")
    return Fact("Port for JupyterLab", None, f"{port} is taken; lab takes the next free one", needed=False)


def _no_engine(error: NoEngine) -> Fact:
    if sys.platform == "linux" and embedded.possible():
        return Fact("Docker Engine", None, "none runs now; lab starts one of its own, with the dockerd installed here",
                    "to see what such an engine can do: python3 -m swarmkit_helpers up, then doctor again")
    if install.can_apt():
        return Fact("Docker Engine", None, "none is installed; lab offers to install one with apt")
    return Fact("Docker Engine", False, error.problem, error.fix)


def _engine(engine: Engine) -> Iterator[Fact]:
    info = engine.api.get("info")
    new = tuple(int(part) for part in engine.version.split(".")[:2]) >= OLDEST
    yield Fact("Docker Engine", new, str(engine), "update Docker: the course needs Docker Engine 20.10 or newer")
    yield Fact("cgroup", True, f"version {info.get('CgroupVersion', '1')}, {info.get('CgroupDriver')} driver")
    most = min(engine.memory // node.MEMORY_IDLE, node.MOST)
    yield Fact("Memory", most >= NODES, f"{engine.memory / 1e9:.1f} GB, enough for {count(most, 'node')}",
               f"give the engine more: {NODES} nodes need {NODES * node.MEMORY_IDLE / 1e9:.1f} GB")
    if program := shutil.which("docker"):
        yield Fact("docker command", True, program)
    else:
        yield Fact("docker command", None, "not on the PATH; only swarmlab shell needs it",
                   "install docker-cli, or use %%node in a notebook", needed=False)


def _leftovers(engine: Engine) -> Fact:
    if left := assembly.leftovers(engine):
        return Fact("Leftovers", None, f"of clusters that are gone: {', '.join(left)}",
                    "python3 -m swarmkit_helpers down --all", needed=False)
    there = [f"{name} ({count(len(assembly.machines(engine, name)), 'machine')})" for name in Cluster.names(engine)]
    return Fact("Leftovers", True, f"none; clusters that are up: {', '.join(there) or 'none'}")


def _probe(engine: Engine) -> Iterator[Fact]:
    """What one node, started for this, finds."""
    here = [name for name in (images.OFFICIAL_NODE, images.OWN_NODE, *images.WORKLOADS) if images.has(engine.api, name)]
    if not (here and set(images.WORKLOADS) < set(here)):
        yield Fact("A node", None, "the course's images are not there yet; lab pulls or makes them",
                   "start lab or up once, then doctor again")
        return
    cluster = Cluster(f"doctor-{uuid.uuid4().hex[:8]}", engine)
    try:
        with progress.current().phase("start a node, to look from inside"), shown_by(lambda command: None):
            cluster = Cluster.up(cluster.name, nodes=1, progress=_Quiet())
            found = list(_inside(cluster))
    except SwarmkitError as error:
        found = [Fact("A node", False, error.problem, error.fix)]
    finally:
        cluster.down()
    yield from found


def _inside(cluster: Cluster) -> Iterator[Fact]:
    [machine] = cluster.machines()
    reduced = machine.rights == node.RIGHTS[0]
    yield Fact("A node", True if reduced else None, f"starts from {machine.image} with "
               + ("less rights than --privileged" if reduced else "--privileged: with less it does not start here"))
    free = int(cluster.sh(machine.name, "df -Pk /var/lib/docker | tail -1").stdout.split()[3]) * 1024 / 1e9
    yield Fact("Disk", free >= SPACE, f"{free:.0f} GB free where the engine keeps its data",
               f"free some space there: the course needs {SPACE:.0f} GB")
    yield from _network(cluster, machine.name)


def _network(cluster: Cluster, name: str) -> Iterator[Fact]:
    """Whether a service with a published port runs (overlay), and whether the port answers (IPVS)."""
    cluster.init_swarm(name)
    swarm = cluster.swarm()
    swarm.create_service("probe", image=images.WEB, ports=[f"{PORT}:80"])
    try:
        swarm.converge("probe", timeout=PROBE_TIME)
    except SwarmkitError as error:
        yield Fact("Overlay networks", False, error.problem, "use a kernel with VXLAN (module vxlan)", needed=False)
        return
    yield Fact("Overlay networks", True, "a service on one runs (VXLAN)", needed=False)
    answers = cluster.sh(name, f"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 127.0.0.1 {PORT}").stdout
    listed = cluster.sh(name, "ls /proc/net/ip_vs").status == 0
    if "200 OK" in answers:
        yield Fact("IPVS", True, "a published port answers, through the routing mesh", needed=False)
    else:
        why = "though the kernel has IPVS" if listed else "the engine's kernel has no IPVS"
        fix = "use a kernel with IPVS (module ip_vs), as Docker Desktop and the usual Linux kernels have"
        yield Fact("IPVS", False, f"a published port gets no answer: {why}", fix, needed=False)


class _Quiet:
    """A place where phases are not shown: the facts say it all."""

    def phase(self, text: str) -> AbstractContextManager[progress.Phase]:
        return nullcontext(self)

    def advance(self, done: float, total: float) -> None: ...

    def rename(self, text: str) -> None: ...
