"""Show the `docker` command for each request.

The command line is never hidden: before the helpers send a request to Docker, they show the command that one
could have typed instead. It is printed by default. A control shows it inside itself, and a recorder keeps its time.
Only what the course does for itself, such as the set-up of a section, is left out.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_READING = re.compile(r"docker (ps|info|version|images|logs|inspect|exec|\w+ (ls|ps|inspect|logs|join-token))\b")


@dataclass(frozen=True)
class Command:
    """A docker command, the machine on which it would be typed, and the time of the request."""

    text: str
    on: str | None  # the machine; None: any manager of the swarm
    at: float  # seconds since the epoch

    def __str__(self) -> str:
        return f"{self.on or ''}$ {self.text}"


# A join token is a secret, because any machine can join with it; so is the address of a simulated engine. They do not
# belong in a notebook that is handed in. A record is kept longer: it has no key that unlocks a swarm, and no password.
_SHOWN_NOWHERE = {
    re.compile(r"SWMTKN-1-[0-9a-z]+-[0-9a-z]+"): "SWMTKN-1-(secret)",
    re.compile(r"(tcp://127\.0\.0\.1:\d+/)[\w-]{20,}"): r"\1(secret)",
}
_NOT_KEPT = {
    re.compile(r"SWMKEY-1-[\w+/=-]+"): "SWMKEY-1-(secret)",
    re.compile(r"(docker login\b[^\n]*? (?:-p|--password)[ =]?)(?!-stdin)(?:\"[^\"]*\"|'[^']*'|\S+)"): r"\1(secret)",
}


def redacted(text: str) -> str:
    """The text without the secrets of its join tokens, and of a simulated engine's address."""
    return _without(_SHOWN_NOWHERE, text)


def recordable(text: str) -> str:
    """The text without those secrets, and without keys that unlock a swarm and passwords of registries."""
    return _without(_NOT_KEPT, redacted(text))


def _without(secrets: Mapping[re.Pattern[str], str], text: str) -> str:
    for secret, shown in secrets.items():
        text = secret.sub(shown, text)
    return text


Listener = Callable[[Command], None]

_show: ContextVar[Listener] = ContextVar("show", default=print)
_course_is_at_work: ContextVar[bool] = ContextVar("course_is_at_work", default=False)
_listeners: list[Listener] = []


def announce(text: str, on: str | None = None) -> None:
    """Show the command, and pass it to all listeners; do neither inside `housekeeping`."""
    if _course_is_at_work.get():
        return
    command = Command(text, on, time.time())
    _show.get()(command)
    _notify(command)


def note(text: str, on: str) -> None:
    """Pass a command that the user has typed, and so sees already, to all listeners."""
    _notify(Command(text, on, time.time()))


def _notify(command: Command) -> None:
    """Pass the command to all listeners."""
    for listener in tuple(_listeners):
        listener(command)


@contextmanager
def shown_by(listener: Listener) -> Iterator[None]:
    """Pass the commands of this thread to `listener` during the block, instead of printing them."""
    token = _show.set(listener)
    try:
        yield
    finally:
        _show.reset(token)


@contextmanager
def housekeeping() -> Iterator[None]:
    """Leave out the commands of this thread during the block: they are the course's own and no part of the lesson."""
    token = _course_is_at_work.set(True)
    try:
        yield
    finally:
        _course_is_at_work.reset(token)


def only_reads(text: str) -> bool:
    """Whether the docker command changes nothing, and so is no request."""
    return bool(_READING.match(text))


def listen(listener: Listener) -> Callable[[], None]:
    """Pass each command of this process to the listener from now on. Call the result to end that."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)
