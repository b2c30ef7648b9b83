"""Which Docker Engine the course runs on.

In this order: what DOCKER_HOST or the current docker context names, as for the docker command; else an
engine of our own, where that is possible; else a simulated one.
"""

import os
import sys
from dataclasses import dataclass
from typing import Any

import docker
from docker.context import ContextAPI

from ..errors import EngineUnavailable, NoEngine
from ..language import _
from . import simulator
from .api import EngineAPI

if sys.platform == "linux":
    from . import own_engine

TIMEOUT = 60  # seconds an engine may take for one answer


@dataclass(frozen=True)
class Engine:
    """A Docker Engine that answered."""

    api: EngineAPI
    origin: str  # how it was found, in words
    url: str  # what DOCKER_HOST would be to reach it
    version: str
    cpus: int  # that a container's share can be limited to; 0 where the kernel cannot limit it
    memory: int  # bytes
    simulated: bool = False  # nothing runs in its containers

    @property
    def client(self) -> docker.APIClient:
        return self.api.client

    @property
    def name(self) -> str:
        """Which one it is, without what is secret."""
        kind = "Simulated Docker Engine" if self.simulated else "Docker Engine"
        return f"{kind} {self.version} ({self.origin}, {simulator.without_secret(self.url)})"

    def __str__(self) -> str:
        return f"{self.name}. {simulator.banner()}" if self.simulated else self.name


def find_engine(start: bool = True, simulate: bool = True) -> Engine:
    """The engine to use; ours is started if it is needed and possible, and `start` allows it.

    Where there is none, it is this user's simulated one; one is started if `simulate` allows that too. Raises
    `NoEngine` that names each thing tried and the fix on this operating system.
    """
    tried: list[str] = []
    if engine := _named(tried) or _ours(tried, start) or _simulated(tried, start and simulate):
        return engine
    raise NoEngine(_("no Docker Engine was found: {tried}").format(tried="; ".join(tried)), _fix())


def running_engine() -> Engine | None:
    """The engine that is there now, if any; nothing is started."""
    try:
        return find_engine(start=False)
    except EngineUnavailable:
        return None


def connect(url: str, origin: str, tls: Any = None) -> Engine:
    """The engine at that URL. Raises `EngineUnavailable` if it does not answer."""
    try:
        client = docker.APIClient(
            base_url=url,
            version="auto",
            timeout=TIMEOUT,
            tls=tls or False,
            use_ssh_client=url.startswith("ssh://"),
            max_pool_size=64,
        )
        api = EngineAPI(client, _("the engine"))
        info = api.get("info")
        cpus = info["NCPU"] if info["CpuCfsQuota"] else 0
        return Engine(
            api,
            origin,
            url,
            info["ServerVersion"],
            cpus,
            info["MemTotal"],
            info["OperatingSystem"].startswith("Simulated"),
        )
    except (docker.errors.DockerException, OSError) as error:
        problem = _("{origin} is {url}, where no engine answers ({reason})")
        fix = (
            _(
                "that was a simulation, and it has ended: start it again with the command that you started it with, "
                "or unset DOCKER_HOST"
            )
            if simulator.is_simulated(url)
            else _fix(permission=_reason(error) == "permission denied")
        )
        raise EngineUnavailable(
            problem.format(origin=origin, url=simulator.without_secret(url), reason=_reason(error)), fix
        ) from error


def context_origin(name: str) -> str:
    """What to call the docker context of that name, as the place an engine was looked for."""
    return _("the docker context {name!r}").format(name=name)


def _named(tried: list[str]) -> Engine | None:
    """What the docker command would use. One named on purpose has to answer; the default need not."""
    if host := os.environ.get("DOCKER_HOST"):
        return connect(host, "DOCKER_HOST", docker.utils.kwargs_from_env().get("tls"))
    name = os.environ.get("DOCKER_CONTEXT")
    context = ContextAPI.get_context(name)
    if context is None:
        raise EngineUnavailable(
            _("there is no docker context called {name!r}"), _("choose one of: docker context ls"), name=name
        )
    on_purpose = context.Name != "default"
    origin = context_origin(context.Name) if on_purpose else _("the default engine")
    try:
        return connect(context.Host, origin, context.TLSConfig)
    except EngineUnavailable as error:
        if on_purpose or ("permission denied" in error.problem and not _can_be_ours()):
            raise
        tried.append(error.problem)
    return None


def _can_be_ours() -> bool:
    return sys.platform == "linux" and own_engine.possible()


def _ours(tried: list[str], start: bool) -> Engine | None:
    """Our own engine: the one that runs, or with `start` one that is started."""
    if not _can_be_ours():
        tried.append(_("an engine of the course's own needs Linux, root and an installed dockerd"))
        return None
    if start:
        own_engine.start()
    elif not own_engine.running():
        tried.append(_("the course's own engine does not run"))
        return None
    return connect(own_engine.URL, _("the course's own engine"))


def _simulated(tried: list[str], start: bool) -> Engine | None:
    """This user's simulated engine: the one that runs, or with `start` one that is started."""
    url = simulator.start() if start else simulator.find()
    if url is None:
        tried.append(_("no simulated engine runs"))
        return None
    return connect(url, _("as no other can run here"))


def _reason(error: BaseException) -> str:
    """Why a connection failed, in the two or three words of the operating system."""
    text = str(error).lower()
    for words in ("permission denied", "no such file or directory", "connection refused", "timed out"):
        if words in text:
            return words
    return text.splitlines()[0][-120:] if text else type(error).__name__


def _fix(permission: bool = False) -> str:
    """What to do about a missing engine on this operating system."""
    if sys.platform != "linux":
        return _("install Docker Desktop, start it, wait until it says it is running, and try again")
    if permission:
        return _("allow your user to use Docker: sudo usermod -aG docker $USER, then log out and in again")
    return _(
        "install and start Docker: on Debian or Ubuntu sudo apt-get install docker.io, then sudo systemctl start docker"
    )
