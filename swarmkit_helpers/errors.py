"""The errors of this package. Each has two parts: the problem, and its fix.

Every error is a `SwarmkitError`. A notebook shows it as two lines, without a traceback: the fault is not in the
calls inside this package.
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
        if values:  # else both are complete, and a text that they quote may have braces
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
    """The input is not valid: the wrong type, an impossible number, an unknown setting."""


class NotFound(SwarmkitError):
    """Nothing has that name; the problem lists the names that exist."""


class EngineUnavailable(SwarmkitError):
    """A Docker Engine does not answer, or there is none."""


class TooSlow(EngineUnavailable):
    """A Docker Engine did not start in the time that it has. On a slow or busy computer it may with less beside it."""


class NoEngine(EngineUnavailable):
    """No Docker Engine is configured, and the course's own cannot run: one has to be installed."""


class Refused(SwarmkitError):
    """An engine understood the request and refused it; the problem quotes the engine."""


class NotInSwarm(SwarmkitError):
    """The engine is not a manager of a swarm, so it cannot answer for the swarm."""


class NoQuorum(SwarmkitError):
    """Too few managers are online to agree: the tasks go on, but the swarm accepts no requests."""


class LeaderLost(NoQuorum):
    """The leader stepped down during the request, which may have been carried out or not."""


class NotConverged(SwarmkitError):
    """The observed state did not reach the desired state in the time given."""


class Interrupted(KeyboardInterrupt):
    """A person interrupted what waits or runs in a cell: no error, so no trace is shown."""

    def _render_traceback_(self) -> list[str]:
        """The lines IPython shows for it."""
        return [str(self)]


@contextmanager
def expect_error(kind: type[SwarmkitError]) -> Iterator[None]:
    """Run the block, which has to fail with an error of this kind, and print that error.

    For lessons about a refusal. Raises `BadInput` if the block succeeds.
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


def locked_swarm(name: str) -> EngineUnavailable:
    """The error for a manager of that name whose part of the swarm is locked until it gets the key."""
    return EngineUnavailable(
        _("the swarm on {name} is locked: nothing is lost, but it needs its key (docker swarm unlock)"),
        _("give {name} the key: cluster.sh({name!r}, 'echo SWMKEY-... | docker swarm unlock')"),
        name=name,
    )


def unknown(kind: ObjectKind, name: object, known: list[str]) -> NotFound:
    """The error for a name that no object of that kind has; `known` are the names that exist."""
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
    if kind == "services" and not known:
        fix = _("create it with swarm.create_service(), or run the two cells under Setup again")
    return NotFound(problem, fix, name=name, known=", ".join(sorted(known, key=natural_key)) or _("none"))


def ambiguous_node(name: str, ids: list[str]) -> Refused:
    """The error for a name that several ready nodes have; a docker command refuses it in the same way."""
    return Refused(
        _("node {name} is ambiguous ({n} matches found: {ids})"),
        _("name the node that you mean by its id, for example {id!r}"),
        name=name,
        n=len(ids),
        ids=", ".join(ids),
        id=ids[0],
    )
