"""The allow-list of an examination's proxy. Pure functions: from a request as it came, the request to send.

A request that is not on a list here is refused. A request that passes is written again from what was read, so that an
engine cannot read something else in it than these rules did.

There are two lists. On the outer engine, which the machines run on, an examination may add, start, stop, pause and
remove machines of its own. On a machine's own engine it may do swarm work.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from ..engine.images import WORKLOADS
from ..machine import CLUSTER_LABEL, container_name, network_name
from ..records import Json
from . import proxy_bodies

MAX_MACHINES = 8  # of an examination; the lessons need four


class Forbidden(Exception):
    """The request is refused; the message says why."""


@dataclass(frozen=True)
class Request:
    """A request as it came, or as it is to be sent."""

    method: str
    path: str  # without the query
    query: str = ""
    body: bytes = b""
    hijacked: bool = False  # the connection becomes a stream in both directions
    new_machine: str = ""  # the container of the machine that it creates


@dataclass(frozen=True)
class ExamCluster:
    """The examination's cluster, with functions for what only its engine knows."""

    name: str
    machine: Callable[[str, Json], Json | None]  # the body with which a machine of that name may be created
    endpoint: Callable[[str], Json | None]  # the EndpointConfig of the machine in that container
    network_driver: Callable[[str, str], str]  # of the network of that name or id, on the machine in that container


Query = list[tuple[str, str]]
Body = Any  # a JSON value; None if there is no body

_NAME = r"[\w.:@+-]+"
_IMAGE = rf"({_NAME}/)*{_NAME}"
_STATE_CHANGES = "start|stop|restart|kill|pause|unpause"
# Until version 1.23 the start of a container takes what its creation takes (moby, postContainersStart).
_VERSION = re.compile(r"/v1\.(2[4-9]|[3-9]\d|1\d\d)(?=/)")
_SWARM_WORK = re.compile(
    "|".join(
        (
            "(GET|HEAD) /_ping",
            "GET /(version|info|events|system/df|swarm)",
            rf"GET /(containers|images)/json|GET /containers/{_NAME}/(json|logs|top|changes)|GET /exec/{_NAME}/json",
            rf"POST /containers/(create|{_NAME}/({_STATE_CHANGES}|wait|rename|resize|attach|exec))",
            rf"POST /exec/{_NAME}/(start|resize)|GET /images/{_IMAGE}/(json|history)|POST /images/load",
            rf"DELETE /(containers|networks|volumes|services|nodes|secrets|configs)/{_NAME}|DELETE /images/{_IMAGE}",
            rf"GET /(networks|volumes|services|tasks|nodes|secrets|configs)(/{_NAME})?",
            rf"GET /(services|tasks)/{_NAME}/logs",
            rf"POST /networks/(create|{_NAME}/(connect|disconnect))|POST /volumes/create|POST /nodes/{_NAME}/update",
            rf"POST /(services|secrets|configs)/(create|{_NAME}/update)|POST /swarm/(init|join|leave|update)",
        )
    ),
    re.ASCII,
)
_STREAM = re.compile(rf"POST /(containers/{_NAME}/attach|exec/{_NAME}/start)", re.ASCII)
_START = re.compile(rf"POST /containers/{_NAME}/start", re.ASCII)


def to_machine(exam: ExamCluster, container: str, request: Request) -> Request:
    """The request to send to the engine of the machine in that container. Raises `Forbidden`."""
    version, path, query = _read(request)
    asked = f"{request.method} {path}"
    if not _SWARM_WORK.fullmatch(asked):
        raise Forbidden(f"{asked} is not swarm work")
    if asked == "POST /images/load":
        return Request(request.method, version + path, urlencode(query), request.body)
    body = _body(request.body)
    _check_start(asked, query)
    if problem := proxy_bodies.problem(path, body, lambda network: exam.network_driver(container, network)):
        raise Forbidden(problem)
    return _rewritten(request.method, version, path, query, body, hijacked=bool(_STREAM.fullmatch(asked)))


def to_outer_engine(exam: ExamCluster, request: Request) -> Request:
    """The request to send to the engine that the machines run on. Raises `Forbidden`."""
    version, path, query = _read(request)
    body, asked = _body(request.body), f"{request.method} {path}"
    own, network = re.escape(container_name(exam.name, "node")) + r"[1-9]\d?", re.escape(network_name(exam.name))
    if re.fullmatch(r"GET /(containers/json|networks|volumes|events)", asked):
        query = [*((key, value) for key, value in query if key != "filters"), ("filters", _filters(exam, dict(query)))]
    elif asked == "GET /images/get":
        if {value for key, value in query if key == "names"} - set(WORKLOADS):
            raise Forbidden("only the images of the lessons can be read")
    elif asked == "POST /containers/create":
        name = dict(query).get("name", "")
        if (
            len(query) != 1
            or not re.fullmatch(own, name)
            or int(name.rpartition("node")[2]) > MAX_MACHINES
            or body is None
            or body != exam.machine(name, body)
        ):
            raise Forbidden("only another machine of this cluster, as the course makes it, can be created")
        return replace(_rewritten(request.method, version, path, query, body), new_machine=name)
    elif re.fullmatch(rf"POST /networks/{network}/(connect|disconnect)", asked):
        container = body.get("Container") if isinstance(body, dict) else None
        endpoint = exam.endpoint(container) if isinstance(container, str) else None
        if endpoint is None or body not in (
            {"Container": container},
            {"Container": container, "EndpointConfig": endpoint},
        ):
            raise Forbidden("only machines of this cluster go on its network, at their own address")
    elif (
        not re.fullmatch(
            rf"(GET|HEAD) /_ping|GET /(version|info)|GET /images/{_IMAGE}/json"
            rf"|GET /containers/{own}/(json|logs)|DELETE /containers/{own}"
            rf"|POST /containers/{own}/({_STATE_CHANGES})",
            asked,
        )
        or body
    ):
        raise Forbidden(f"the lessons do not do {asked}")
    _check_start(asked, query)
    return _rewritten(request.method, version, path, query, body)


def _check_start(asked: str, query: Query) -> None:
    """Raise `Forbidden` for a container that is to start as another, such as from a checkpoint in a folder."""
    if _START.fullmatch(asked) and {key for key, _value in query} - {"detachKeys"}:
        raise Forbidden("a container is started as it was created")


def _rewritten(method: str, version: str, path: str, query: Query, body: Body, hijacked: bool = False) -> Request:
    return Request(
        method,
        version + quote(path, safe="/:@+"),
        urlencode(query),
        b"" if body is None else json.dumps(body).encode(),
        hijacked,
    )


def _read(request: Request) -> tuple[str, str, Query]:
    """The version, the path without it, and the query. Raises `Forbidden` for what could be read in two ways."""
    found = _VERSION.match(request.path)
    version = found[0] if found else ""
    parts = [unquote(part) for part in request.path[len(version) :].split("/")]
    if parts[0] or not all(re.fullmatch(_NAME, part, re.ASCII) and part.strip(".") for part in parts[1:]):
        raise Forbidden("the path is not one of an engine's")
    try:
        query = parse_qsl(request.query, keep_blank_values=True, strict_parsing=bool(request.query), max_num_fields=50)
    except ValueError as error:
        raise Forbidden("the query cannot be read") from error
    once = [key for key, _value in query if key != "names"]
    if len(set(once)) != len(once):
        raise Forbidden("the query has a key twice")
    return version, "/".join(parts), query


def _body(text: bytes) -> Body:
    """The JSON value of the body. Raises `Forbidden` for a body in which Go would read something else than Python.

    Go ignores the case of keys, by Unicode's folding, and takes the last of equal keys (package encoding/json).
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if not all(key.isascii() for key, _value in pairs):
            raise Forbidden("the body has a key with other than ASCII characters")
        if len({key.casefold() for key, _value in pairs}) != len(pairs):
            raise Forbidden("the body has a key twice")
        return dict(pairs)

    def no_number(text: str) -> None:
        raise Forbidden(f"{text} is not a number in JSON")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=no_number) if text.strip() else None
    except (ValueError, RecursionError) as error:
        raise Forbidden("the body is not JSON") from error


def _filters(exam: ExamCluster, query: dict[str, str]) -> str:
    """The filters of the query, with one more: only objects of this cluster are found."""
    filters = _body(query.get("filters", "{}").encode())
    if not isinstance(filters, dict) or not all(isinstance(values, dict | list) for values in filters.values()):
        raise Forbidden("the filters cannot be read")
    kept = {key.casefold(): list(values) for key, values in filters.items()}  # Go's {"label": {"x": true}}, too
    kept["label"] = [*kept.get("label", ()), f"{CLUSTER_LABEL}={exam.name}"]
    return json.dumps(kept)
