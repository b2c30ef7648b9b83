"""Which handler answers which method and path."""

import re
from collections.abc import Awaitable, Callable, Iterator

from ..errors import ApiError
from .request import Request, Response

Handler = Callable[[Request], "Response | Awaitable[Response | None] | None"]


class Router:
    """The handlers of a group of routes. One that returns no response has streamed it already."""

    def __init__(self) -> None:
        # By the first part of the path: method, pattern, its regular expression, handler.
        self._routes: dict[str, list[tuple[str, str, re.Pattern[str], Handler]]] = {}

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """The method and the pattern of each route."""
        return ((method, pattern) for routes in self._routes.values() for method, pattern, _, _ in routes)

    def add(self, method: str, pattern: str) -> Callable[[Handler], Handler]:
        """Register the decorated function; {name} is one part of the path, {name:path} one or several."""
        expression = re.sub(r"\{(\w+):path\}", r"(?P<\1>.+)", pattern)
        compiled = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", expression))

        def register(handler: Handler) -> Handler:
            self._routes.setdefault(pattern.split("/")[1], []).append((method, pattern, compiled, handler))
            return handler

        return register

    def include(self, other: "Router") -> None:
        """Take over all routes of another router."""
        for start, routes in other._routes.items():
            self._routes.setdefault(start, []).extend(routes)

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]]:
        """The handler of a path, and the named parts of the path. Raises `ApiError` 404."""
        for known, _, expression, handler in self._routes.get(path.split("/")[1] if "/" in path else "", ()):
            if known == method and (found := expression.fullmatch(path)):
                return handler, found.groupdict()
        raise ApiError(404, "page not found")
