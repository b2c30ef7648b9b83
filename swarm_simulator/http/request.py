"""A request to an engine and the response to it: query, filters and body, read as the engine reads them."""

import asyncio
import json
import re
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import IO, Any, Protocol

from tornado.http1connection import HTTP1Connection
from tornado.iostream import IOStream

from ..engines.engine import DockerEngine
from ..engines.node_engine import NodeEngine
from ..engines.world import World
from ..errors import ApiError
from ..swarm_api.go_structs import Json, Struct
from ..swarm_api.go_structs import body as read_body
from ..swarm_api.prune_filters import PruneFilters
from .exec_environment import ExecEnvironment

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}
_UNSIGNED = re.compile(r"[0-9]{1,20}")


@dataclass(slots=True)
class Response:
    """A status and a body: bytes as they are, None for none, anything else as JSON."""

    status: int = 200
    body: Any = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The bytes of the body."""
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return json.dumps(self.body, separators=(",", ":")).encode() + b"\n"


def ok(body: object = None) -> Response:
    """The response 200."""
    return Response(200, body)


def created(body: object) -> Response:
    """The response 201."""
    return Response(201, body)


def no_content() -> Response:
    """The response 204."""
    return Response(204)


class Server(Protocol):
    """What a route asks of the server, where the engine alone cannot answer."""

    world: World
    exec_environment: ExecEnvironment

    def tick(self) -> None:
        """Let the world catch up with our time."""

    def next_tick(self) -> asyncio.Event:
        """The event that is set when the state may have changed."""

    def start_task(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it while other requests are answered."""

    def url_of(self, engine: NodeEngine) -> str:
        """The DOCKER_HOST of that node's engine."""

    def serve(self, stream: IOStream, engine: NodeEngine) -> None:
        """Answer the requests of that stream for the node's engine."""


@dataclass(slots=True)
class Request:
    """One request: its engine, what it asks for, and its connection, for responses that are streamed."""

    method: str
    path: str
    engine: DockerEngine
    version: tuple[int, int]  # of the API
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: IO[bytes] | None
    params: Mapping[str, str]  # the named parts of the path, by the route's pattern
    connection: HTTP1Connection
    server: Server

    def text(self, key: str, default: str = "") -> str:
        """A value of the query; the last one, if there are several."""
        return self.query[key][-1] if self.query.get(key) else default

    def flag(self, key: str, default: bool = False) -> bool:
        """A Boolean of the query, as Docker reads it (moby, httputils.BoolValue)."""
        value = self.text(key).strip().lower()
        if not value:
            return default and key not in self.query
        return value not in ("0", "no", "false", "none")

    def number(self, key: str) -> int | None:
        """An integer of the query; None if it is not given. Raises `ApiError` 400."""
        if not (text := self.text(key)):
            return None
        if not _INTEGER.fullmatch(text):
            raise ApiError(400, f'strconv.Atoi: parsing "{text}": invalid syntax')
        return int(text)

    def strict_flag(self, key: str) -> bool:
        """A Boolean of the query, as Go's strconv.ParseBool reads it. Raises `ApiError` 400."""
        value = self.text(key)
        if value and value not in _BOOLEANS:
            raise ApiError(400, f"invalid value for {key}: {value}")
        return bool(value) and _BOOLEANS[value]

    def object_version(self, kind: str) -> int:
        """The version of the object to update. Raises `ApiError` 400 in Go's words."""
        text = self.text("version")
        if kind in ("secret", "config") and not _UNSIGNED.fullmatch(text):
            raise ApiError(400, f"invalid {kind} version")
        if not _UNSIGNED.fullmatch(text) or int(text) >= 1 << 64:
            problem = "value out of range" if _UNSIGNED.fullmatch(text) else "invalid syntax"
            raise ApiError(400, f"invalid {kind} version '{text}': strconv.ParseUint: parsing \"{text}\": {problem}")
        return int(text)

    def filters(self) -> dict[str, list[str]]:
        """The filters of the query, in either of their two forms. Raises `ApiError` 400."""
        if not (text := self.text("filters")):
            return {}
        try:
            found = json.loads(text)
            if not isinstance(found, dict):
                raise ValueError("not an object")
            return {key: _filter_values(value) for key, value in found.items()}
        except (ValueError, RecursionError):
            raise ApiError(400, "invalid filter") from None

    def prune_filters(self, *accepted: str) -> PruneFilters:
        """The filters of a request that removes what is unused. Raises `ApiError` 400."""
        return PruneFilters(self.filters(), accepted, self.engine.clock.now, self.server.world.simulated_time)

    def content(self) -> bytes:
        """The whole body."""
        if self.body is None:
            return b""
        self.body.seek(0)
        return self.body.read()

    def parse(self, struct: Struct, required: bool = True) -> Json:
        """The body, read into that struct. Raises `ApiError` 400."""
        return read_body(struct, self.json(required))

    def json(self, required: bool = True) -> Json:
        """The body, a JSON object. Raises `ApiError` 400 as moby's httputils.ReadJSON does."""
        content = self.content()
        content_type = self.headers.get("Content-Type", "")
        if content and content_type.partition(";")[0].strip().lower() != "application/json":
            raise ApiError(400, f"unsupported Content-Type header ({content_type}): must be 'application/json'")
        if not content.strip():
            if required:
                raise ApiError(400, "invalid JSON: got EOF while reading request body")
            return {}
        try:
            found = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise ApiError(400, f"invalid JSON: {error}") from None
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise ApiError(400, f"invalid JSON: json: cannot unmarshal {_go_type(found)} into Go value")
        return found


def _filter_values(value: object) -> list[str]:
    """The values of one filter: ["a"] or {"a": true}."""
    if isinstance(value, dict):
        return [key for key, wanted in value.items() if wanted]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    raise ValueError(value)


def _go_type(found: object) -> str:
    return {bool: "bool", str: "string", list: "array"}.get(type(found), "number")


def reason(status: int) -> str:
    """The phrase of an HTTP status."""
    return HTTPStatus(status).phrase
