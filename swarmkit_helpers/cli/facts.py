"""The facts about this computer that `doctor` finds without a node."""

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .. import installation
from ..cluster import node_container, provision
from ..cluster.cluster import Cluster
from ..engine import apt
from ..engine.discover import Engine
from ..errors import NoEngine
from ..language import _, decimal, ngettext
from . import jupyterlab

if sys.platform == "linux":
    from ..engine import own_engine

SECTION_NODES = 3  # that the sections use
OLDEST_ENGINE = (20, 10)  # the first engine with jobs in a swarm (Docker Engine 20.10 release notes)


@dataclass(frozen=True)
class Fact:
    """A fact about this computer."""

    name: str
    ok: bool | None  # None: only partly, or it is not known
    detail: str
    fix: str = ""
    needed: bool = True  # by the practicum

    @property
    def mark(self) -> str:
        """The sign before it in a list."""
        return {True: "✓", False: "✗", None: "!"}[self.ok if self.ok or self.needed else None]


def python() -> Fact:
    """Python, and whether it has what the course requires."""
    where = _("the course's own environment") if Path(sys.prefix) == installation.environment_folder() else sys.prefix
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


def port() -> Fact:
    """The first port for JupyterLab, and whether it is free."""
    port = jupyterlab.PORTS[0]
    if jupyterlab.is_free(port):
        return Fact(_("Port for JupyterLab"), True, _("{port} is free").format(port=port))
    return Fact(
        _("Port for JupyterLab"),
        None,
        _("{port} is taken; lab takes the next free one").format(port=port),
        needed=False,
    )


def no_engine(error: NoEngine) -> Fact:
    """Whether the course can start or install an engine, if there is none."""
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


def engine_facts(engine: Engine) -> Iterator[Fact]:
    """The engine's version and memory, and the docker command."""
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
    max_nodes = min(engine.memory // node_container.IDLE_MEMORY_BYTES, node_container.MAX_NODES)
    enough = ngettext("{gb} GB, enough for {n} node", "{gb} GB, enough for {n} nodes", max_nodes)
    yield Fact(
        _("Memory"),
        max_nodes >= SECTION_NODES,
        enough.format(gb=decimal(engine.memory / 1e9, 1), n=max_nodes),
        _("give the engine more: {n} nodes need {gb} GB").format(
            n=SECTION_NODES, gb=decimal(SECTION_NODES * node_container.IDLE_MEMORY_BYTES / 1e9, 1)
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


def leftovers(engine: Engine) -> Fact:
    """What is left of removed clusters, or the clusters that are up."""
    if left := provision.leftovers(engine):
        return Fact(
            _("Leftovers"),
            None,
            _("of clusters that are gone: {names}").format(names=", ".join(left)),
            "python3 -m swarmkit_helpers down --all",
            needed=False,
        )
    there = []
    for cluster in Cluster.all(engine):
        machines = len(cluster.machines())
        text = ngettext("{name} ({n} machine)", "{name} ({n} machines)", machines)
        there.append(text.format(name=cluster.full_name(), n=machines))
    return Fact(
        _("Leftovers"), True, _("none; clusters that are up: {names}").format(names=", ".join(there) or _("none"))
    )
