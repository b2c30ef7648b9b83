"""Saying which `docker` command a request stands for.

The command line is never hidden: whatever the helpers ask of Docker is announced first, in the words one
could have typed. By default it is printed; a control shows it inside itself; a recorder marks it in time.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A docker command, where it would be typed, and when it was asked for."""

    text: str
    on: str | None  # the machine it is for; None is any manager of the swarm
    at: float  # seconds since the epoch

    def __str__(self) -> str:
        return f"{self.on or ''}$ {self.text}"


Sink = Callable[[Command], None]

_show: ContextVar[Sink] = ContextVar("show", default=print)
_listeners: list[Sink] = []


def announce(text: str, on: str | None = None) -> None:
    """The command has been shown, and every listener knows of it."""
    command = Command(text, on, time.time())
    _show.get()(command)
    _tell(command)


def note(text: str, on: str) -> None:
    """Every listener knows of a command that somebody typed; it stands on the screen already."""
    _tell(Command(text, on, time.time()))


def _tell(command: Command) -> None:
    for listener in tuple(_listeners):
        listener(command)


@contextmanager
def shown_by(sink: Sink) -> Iterator[None]:
    """Inside the block, commands of this thread go to `sink` and are not printed."""
    token = _show.set(sink)
    try:
        yield
    finally:
        _show.reset(token)


def listen(listener: Sink) -> Callable[[], None]:
    """From now on the listener hears each command of this process; calling the result ends that."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)
