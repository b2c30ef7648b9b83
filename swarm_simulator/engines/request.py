"""One request to an engine, and the answers it can get, without any HTTP."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import IO, Any

from ..errors import ApiError
from ..swarm_api.go_structs import Struct
from ..swarm_api.go_structs import body as read_body

Json = Any
Handler = Callable[["Call"], "Answer | Awaitable[Answer | None] | None"]
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_UNSIGNED = re.compile(r"[0-9]{1,20}")


@dataclass(slots=True)
class Answer:
    """A status and a body: bytes as they are, None for none, anything else as JSON."""

    status: int = 200
    body: Any = None
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        if self.body is None or isinstance(self.body, bytes):
            return self.body or b""
        return json.dumps(self.body, separators=(",", ":")).encode() + b"\n"


def ok(body: Json = None) -> Answer:
    return Answer(200, body)


def created(body: Json) -> Answer:
    return Answer(201, body)


def no_content() -> Answer:
    return Answer(204)


@dataclass(slots=True)
class Call:
    """A request: what for, of which engine, and the connection it came by, for what answers bit by bit."""

    verb: str
    path: str
    engine: Any  # a DockerEngine; the routes know which kind they need
    version: tuple[int, int]
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: IO[bytes] | None = None
    parts: Mapping[str, str] = field(default_factory=dict)  # of the path, by the names of its pattern
    connection: Any = None  # tornado's, see streams.py
    server: Any = None  # the Server, for what runs on this computer

    def text(self, key: str, default: str = "") -> str:
        return self.query[key][-1] if self.query.get(key) else default

    def flag(self, key: str, default: bool = False) -> bool:
        """A Boolean of the query, as Docker reads it (moby, httputils.BoolValue)."""
        value = self.text(key).strip().lower()
        if not value:
            return default and key not in self.query
        return value not in ("0", "no", "false", "none")

    def number(self, key: str, default: int | None = None) -> int | None:
        """A whole number of the query. Raises `ApiError` 400."""
        if not (text := self.text(key)):
            return default
        if not _WHOLE.fullmatch(text):
            raise ApiError(400, f'strconv.Atoi: parsing "{text}": invalid syntax')
        return int(text)

    def index(self, what: str) -> int:
        """The version of an object that is to be updated. Raises `ApiError` 400 in Go's own words."""
        text = self.text("version")
        if not _UNSIGNED.fullmatch(text) or int(text) >= 1 << 64:
            problem = "value out of range" if _UNSIGNED.fullmatch(text) else "invalid syntax"
            raise ApiError(400, f"invalid {what} version '{text}': strconv.ParseUint: parsing \"{text}\": {problem}")
        return int(text)

    def filters(self) -> dict[str, list[str]]:
        """The filters, in whichever of the two forms they are written. Raises `ApiError` 400."""
        if not (text := self.text("filters")):
            return {}
        try:
            found = json.loads(text)
            if not isinstance(found, dict):
                raise ValueError("not an object")
            return {key: _values(value) for key, value in found.items()}
        except (ValueError, RecursionError):
            raise ApiError(400, "invalid filter") from None

    def raw(self) -> bytes:
        if self.body is None:
            return b""
        self.body.seek(0)
        return self.body.read()

    def asked(self, shape: Struct, needed: bool = True) -> Json:
        """The body, read by its shape. Raises `ApiError` 400."""
        return read_body(shape, self.json(needed))

    def json(self, needed: bool = True) -> Json:
        """The body, an object. Raises `ApiError` 400 as moby's httputils.ReadJSON does."""
        raw = self.raw()
        kind = self.headers.get("Content-Type", "")
        if raw and kind.partition(";")[0].strip().lower() != "application/json":
            raise ApiError(400, f"unsupported Content-Type header ({kind}): must be 'application/json'")
        if not raw.strip():
            if needed:
                raise ApiError(400, "invalid JSON: got EOF while reading request body")
            return {}
        try:
            found = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise ApiError(400, f"invalid JSON: {error}") from None
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise ApiError(400, f"invalid JSON: json: cannot unmarshal {_go_kind(found)} into Go value")
        return found


def _values(value: Json) -> list[str]:
    """The values of one filter: ["a"] or {"a": true}."""
    if isinstance(value, dict):
        return [key for key, wanted in value.items() if wanted]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value
    raise ValueError(value)


def _go_kind(found: Json) -> str:
    return {bool: "bool", str: "string", list: "array"}.get(type(found), "number")


class Routes:
    """What answers which path."""

    def __init__(self) -> None:
        self._by_start: dict[str, list[tuple[str, re.Pattern[str], Handler]]] = {}

    def add(self, verb: str, pattern: str) -> Callable[[Handler], Handler]:
        """The decorated function answers that; {name} is one part of the path, {name:path} may be several."""
        expression = re.sub(r"\{(\w+):path\}", r"(?P<\1>.+)", pattern)
        expression = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", expression))

        def keep(handler: Handler) -> Handler:
            self._by_start.setdefault(pattern.split("/")[1], []).append((verb, expression, handler))
            return handler

        return keep

    def include(self, other: "Routes") -> None:
        for start, routes in other._by_start.items():
            self._by_start.setdefault(start, []).extend(routes)

    def find(self, verb: str, path: str) -> tuple[Handler, dict[str, str]]:
        """Who answers, and the named parts of the path. Raises `ApiError` 404."""
        for known, expression, handler in self._by_start.get(path.split("/")[1] if "/" in path else "", ()):
            if known == verb and (found := expression.fullmatch(path)):
                return handler, found.groupdict()
        raise ApiError(404, "page not found")


def reason(status: int) -> str:
    return HTTPStatus(status).phrase
