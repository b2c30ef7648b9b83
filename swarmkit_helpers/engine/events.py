"""The events of an engine as they happen: `docker events`, in a stream that another thread can end."""

import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from ..records import Json
from .api import EngineAPI


class Events:
    """The events since this object was made, as the engine sends them. Iterate over it inside a `with` block."""

    def __init__(self, api: EngineAPI, filters: Mapping[str, Sequence[str]]) -> None:
        """Begin to listen. Raises `EngineUnavailable`, and `Refused` if the engine tells no events."""
        self._api = api
        self._answer = api.open("events", filters=dict(filters))
        # Kept now: the answer forgets its connection when it has ended.
        self._socket = getattr(self._answer.raw.connection, "sock", None)

    def __iter__(self) -> Iterator[Json]:
        """Yield each event; end with the stream. Raises `EngineUnavailable` if it is cut off."""
        rest = b""
        for chunk in self._api.chunks(self._answer):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from map(json.loads, filter(None, lines))

    def end(self) -> None:
        """End the stream, from any thread: what waits for an event waits no longer."""
        if self._socket is not None:
            with suppress(OSError):  # it has ended already
                self._socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        self._answer.close()


def moment(event: Json) -> datetime:
    """When it happened, by the engine's clock."""
    return datetime.fromtimestamp(event["timeNano"] / 1e9, UTC)
