"""What can go wrong, said in two parts: what happened, and what to do about it.

Every error of this package is a `SwarmkitError`. In a notebook it shows as those two lines, not as a
stack of our calls: the calls are not what the reader has to mend.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from .language import _
from .records import natural_key

ObjectKind = Literal["nodes", "services", "networks"]


class SwarmkitError(Exception):
    """A problem and its fix, each one sentence without a full stop; the values fill the {placeholders} of both."""

    def __init__(self, problem: str, fix: str, **values: object) -> None:
        if values:  # else the two are complete, and what they quote may have braces
            problem, fix = problem.format(**values), fix.format(**values)
        super().__init__(problem, fix)
        self.problem = problem
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.problem}\n{self._fix_line}"

    def _render_traceback_(self) -> list[str]:
        """The lines IPython shows for this error (its hook for exceptions that explain themselves)."""
        return [f"{type(self).__name__}: {self.problem}", self._fix_line]

    @property
    def _fix_line(self) -> str:
        return "  " + _("Fix: {fix}").format(fix=self.fix)


class BadInput(SwarmkitError):
    """Something typed cannot be meant: the wrong type, an impossible number, an unknown setting."""


class NotFound(SwarmkitError):
    """A name that nothing here has; the problem lists the names that exist."""


class EngineUnavailable(SwarmkitError):
    """A Docker Engine does not answer, or there is none."""


class NoEngine(EngineUnavailable):
    """Nothing names a Docker Engine and none of ours can run: one has to be installed."""


class Refused(SwarmkitError):
    """An engine understood the request and said no; the problem quotes it."""


class NotInSwarm(SwarmkitError):
    """The engine asked is not a manager of a swarm, so it cannot answer for one."""


class NoQuorum(SwarmkitError):
    """Too few managers are online to agree on anything: the swarm runs on, but takes no orders."""


class LeaderLost(NoQuorum):
    """The leader stepped down while it dealt with the request: whether that was carried out is open."""


class NotConverged(SwarmkitError):
    """The observed state did not reach the desired state in the time given."""


@contextmanager
def expect_error(kind: type[SwarmkitError]) -> Iterator[None]:
    """Let the block fail with an error of this kind, and print it as a sentence.

    For lessons in which the refusal is the point. Raises `BadInput` if the block did not fail that way.
    """
    try:
        yield
    except kind as error:
        print(f"{type(error).__name__}: {error}")
    else:
        raise BadInput(
            _("expected {kind}, but nothing was refused"),
            _("look at the state before this cell: it is not the state that the cell expects"),
            kind=kind.__name__,
        )


def unknown(kind: ObjectKind, name: object, known: list[str]) -> NotFound:
    """The error for a name that nothing of that kind has."""
    problem, fix = {
        "nodes": (
            _("no node is called {name!r}; this swarm has: {known}"),
            _("use one of those names, or see them with swarm.nodes()"),
        ),
        "services": (
            _("no service is called {name!r}; this swarm has: {known}"),
            _("use one of those names, or create it with swarm.create_service()"),
        ),
        "networks": (
            _("no network is called {name!r}; this swarm has: {known}"),
            _("use one of those names, or create it with swarm.create_network()"),
        ),
    }[kind]
    return NotFound(problem, fix, name=name, known=", ".join(sorted(known, key=natural_key)) or _("none"))
