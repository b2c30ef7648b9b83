"""What a check may use: the swarm, its machines, and the history since the section began; never the student's code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, TypeVar

from ..cluster.cluster import Cluster
from ..cluster.swarm import Swarm
from ..errors import NotInSwarm
from ..recorder import Gap
from ..records import Observation

Option = TypeVar("Option")


@dataclass(frozen=True)
class Scene:
    """The swarm, its machines and its history since the section began: what a check may use."""

    cluster: Cluster
    swarm: Swarm
    history: Sequence[Observation | Gap]  # since the section began, the state it began with first
    parameters: Mapping[str, Any]  # of `Section.start`, with its defaults
    student: str = ""

    @cached_property
    def looks(self) -> tuple[Observation, ...]:
        """The observations of the history, without its gaps."""
        return tuple(seen for seen in self.history if isinstance(seen, Observation))

    @cached_property
    def now(self) -> Observation:
        """The state of the swarm now. Raises `NotInSwarm`, `EngineUnavailable`."""
        return self.swarm.observe()

    @cached_property
    def now_or_none(self) -> Observation | None:
        """The state of the swarm now; None if the machines are not a swarm."""
        try:
            return self.now
        except NotInSwarm:
            return None

    def own(self, exercise: str, options: Sequence[Option], default: Option) -> Option:
        """The student's own value for that exercise, one of the options; the default without a student id."""
        return own_value(self.student, exercise, options, default)


def own_value(student: str, exercise: str, options: Sequence[Option], default: Option) -> Option:
    """One of the options, the same each time for the same student and exercise; the default for no student."""
    if not student:
        return default if default in options else options[-1]
    return options[int(sha256(f"{student}/{exercise}".encode()).hexdigest(), 16) % len(options)]
