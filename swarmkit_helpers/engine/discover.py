"""Find the Docker Engine that the course runs on.

First the engine that DOCKER_HOST or the current docker context names, as for the docker command. Else the
course's own engine, where that is possible. Else a simulated one.
"""

import os
import socket
import sys
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docker
from docker.context import Context, ContextAPI
from docker.context.config import get_current_context_name
from docker.utils import kwargs_from_env, parse_host

from ..errors import EngineUnavailable, NoEngine
from ..language import _
from . import simulator, ssh
from .api import EngineAPI
from .http_client import open_client

if sys.platform == "linux":
    from . import own_engine

ANSWER_MAX_SECONDS = 60  # how long an engine may take for one answer
_HOST = "DOCKER_HOST"


@dataclass(frozen=True)
class Engine:
    """A Docker Engine that has answered."""

    api: EngineAPI
    origin: str  # how it was found, in words
    url: str  # the value of DOCKER_HOST that reaches it
    version: str
    cpus: int  # how many; 0 where the kernel cannot limit a container's share of them
    memory: int  # bytes
    simulated: bool = False  # True: nothing runs in its containers

    @property
    def client(self) -> docker.APIClient:
        return self.api.client

    @property
    def name(self) -> str:
        """Its version, origin and address, without a secret."""
        kind = "Simulated Docker Engine" if self.simulated else "Docker Engine"
        return f"{kind} {self.version} ({self.origin}, {simulator.without_secret(self.url)})"

    def __str__(self) -> str:
        return f"{self.name}. {simulator.banner()}" if self.simulated else self.name


def find_engine(start: bool = True, simulate: bool = True) -> Engine:
    """Find the engine to use.

    If `start` allows it, start the course's own engine where one is needed and possible; where it is not, start a
    simulated one if `simulate` allows that too. Raises `NoEngine`, which names all that was tried, and the fix
    for this operating system.
    """
    tried: list[str] = []
    if engine := _docker_default(tried) or _own(tried, start) or _simulated(tried, start and simulate):
        return engine
    raise NoEngine(_("no Docker Engine was found: {tried}").format(tried="; ".join(tried)), _fix())


def connect(url: str, origin: str, tls: Any = None) -> Engine:
    """Connect to the engine at that URL. Raises `EngineUnavailable` if it is no URL, or if no engine answers there."""
    if reason := url_error(url):
        raise EngineUnavailable(
            _("{origin} is {url!r}, which is not the URL of an engine: {reason}"),
            _("write it like unix:///run/docker.sock, tcp://machine:2376 or ssh://user@machine; or unset DOCKER_HOST")
            if origin == _HOST
            else _("go back to the engine of this computer: docker context use default"),
            origin=origin,
            url=url,
            reason=reason,
        )
    try:
        api = EngineAPI(open_client(url, ANSWER_MAX_SECONDS, tls), _("the engine"))
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
            else _("this has to answer without any question: {login} docker version").format(login=ssh.login(url))
            if url.startswith("ssh://")
            else _("this has to answer: {command} version").format(command=f"docker --host {url}")
            if url.startswith(("tcp://", "http://", "https://"))
            else _fix(permission=_reason(error) == "permission denied")
        )
        raise EngineUnavailable(
            problem.format(origin=origin, url=simulator.without_secret(url), reason=_reason(error)), fix
        ) from error


def url_error(url: str) -> str | None:
    """Why the text cannot be the URL of an engine; None if it can."""
    try:
        parse_host(url)
        address = urlsplit(url)
    except (docker.errors.DockerException, ValueError) as error:
        return str(error)
    if address.scheme in ("unix", "http+unix") and not hasattr(socket, "AF_UNIX"):
        return _("Python on Windows has no Unix sockets: npipe:////./pipe/docker_engine is the engine there")
    if address.scheme == "npipe" and os.name != "nt":
        return _("only Windows has named pipes")
    if address.scheme == "ssh" and not address.hostname:
        return _("it names no machine")
    return None


def context_origin(name: str) -> str:
    """The words for the docker context of that name, as the origin of an engine."""
    return _("the docker context {name!r}").format(name=name)


def _docker_default(tried: list[str]) -> Engine | None:
    """The engine that the docker command would use.

    Raises `EngineUnavailable` if the user has named an engine and it does not answer. The default engine need not
    answer: the reason is added to `tried`.
    """
    if host := os.environ.get(_HOST):
        return connect(host, _HOST, _tls_of_environment())
    context, host = _current_context()
    named = context.Name != "default"
    origin = context_origin(context.Name) if named else _("the default engine")
    try:
        return connect(host, origin, context.TLSConfig)
    except EngineUnavailable as error:
        if named or ("permission denied" in error.problem and not _own_possible()):
            raise
        tried.append(error.problem)
    return None


def _tls_of_environment() -> Any:
    """The TLS settings that the environment asks for; None without any. Raises `EngineUnavailable`."""
    try:
        return kwargs_from_env().get("tls")
    except docker.errors.TLSParameterError as error:
        raise EngineUnavailable(
            _("DOCKER_TLS_VERIFY or DOCKER_CERT_PATH asks for TLS, but {folder} lacks cert.pem, key.pem or ca.pem"),
            _("put these files there, set DOCKER_CERT_PATH to their folder, or unset both variables"),
            folder=os.environ.get("DOCKER_CERT_PATH") or Path.home() / ".docker",
        ) from error


def _current_context() -> tuple[Context, str]:
    """The docker context that is chosen, and its URL. Raises `EngineUnavailable`."""
    chosen = os.environ.get("DOCKER_CONTEXT")
    name = chosen or get_current_context_name()
    context, reason = read_context(name)
    if context is None:
        raise EngineUnavailable(
            _("the current docker context is {name!r}, which cannot be used ({reason})"),
            _("choose one of: docker context ls; or unset DOCKER_CONTEXT")
            if chosen
            else _("go back to the engine of this computer: docker context use default"),
            name=name,
            reason=reason,
        )
    return context, context.Host or ""  # `read_context` refuses one without


def read_context(name: str) -> tuple[Context | None, str]:
    """The docker context of that name, which names an engine; or None and why there is none."""
    try:
        context: Context | None = ContextAPI.get_context(name)
        host = context.Host if context else None
    except (AttributeError, KeyError, TypeError):  # the SDK expects what docker writes, and checks nothing
        return None, _("its file is not as docker writes it")
    except Exception as error:  # the SDK raises a bare Exception for a broken file
        return None, str(error)
    if context is None:
        return None, _("there is no such context")
    return (context, "") if isinstance(host, str) else (None, _("it names no engine"))


def context_names() -> list[str]:
    """The names of the docker contexts that can be read."""
    try:
        return [each.Name for each in ContextAPI.contexts()]
    except Exception:  # the SDK raises a bare Exception for a broken file
        return ["default"]


def _own_possible() -> bool:
    return sys.platform == "linux" and own_engine.possible()


def _own(tried: list[str], start: bool) -> Engine | None:
    """The course's own engine if it runs, or if `start` allows to start it."""
    if not _own_possible():
        tried.append(_("the course's own engine needs Linux, root and an installed dockerd"))
        return None
    if start:
        own_engine.start()
    elif not own_engine.running():
        tried.append(_("the course's own engine is not running"))
        return None
    return connect(own_engine.URL, _("the course's own engine"))


def _simulated(tried: list[str], start: bool) -> Engine | None:
    """This user's simulated engine if it runs, or if `start` allows to start it."""
    url = simulator.start() if start else simulator.find()
    if url is None:
        tried.append(_("no simulated engine runs"))
        return None
    return connect(url, _("because no other engine can run here"))


def _reason(error: BaseException) -> str:
    """Why a connection failed: two or three words, from the operating system where it says them."""
    text = str(error).lower()
    for words in ("permission denied", "no such file or directory", "connection refused", "timed out"):
        if words in text:
            return words
    cause = _innermost(error)
    if isinstance(cause, (HTTPException, ValueError)):
        return _("what answers there is no Docker Engine")
    text = str(cause).strip()
    return text.splitlines()[0][:160] if text else type(cause).__name__


def _innermost(error: BaseException) -> BaseException:
    """The error that libraries have wrapped in this one."""
    inner = [getattr(error, "reason", None), *error.args]
    return next((_innermost(each) for each in inner if isinstance(each, BaseException)), error)


def _fix(permission: bool = False) -> str:
    """How to get an engine on this operating system; with `permission`, how to be allowed to use it."""
    if sys.platform != "linux":
        return _("install Docker Desktop, start it, wait until it says it is running, and try again")
    if permission:
        return _("allow your user to use Docker: sudo usermod -aG docker $USER, then log out and in again")
    return _(
        "install and start Docker: on Debian or Ubuntu sudo apt-get install docker.io, then sudo systemctl start docker"
    )
