"""The points of a section: what its results earn, also results of earlier versions, with the points of that time.

At first a right prediction earned two or three points and a wrong one half of them, and there were fewer exercises.
What was earned then keeps its points; no section gives more than its sum.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from .checks import Exercise, Prediction, whole

FORMER_POINTS = {
    "01-orchestration": {"after-kill": 2, "elsewhere": 2, "replaced": 2, "mine": 4},
    "02-configure-swarm": {"nodes-before": 2, "nodes-after": 2, "joined-role": 2, "worker-answers": 3, "bring-back": 6},
    "03-deploy": {"nodes-used": 2, "slot-after": 2, "rows": 2, "pinned": 7, "repair": 7},
    "04-scale": {"spread": 3, "restarted": 3, "emptiest": 3, "newcomer": 3, "own-number": 6, "even": 7},
    "05-drain": {
        "left": 2, "seconds": 3, "after-activate": 3, "after-kill": 2, "bring-tasks-back": 5, "maintenance": 5,
    },
    "06-clean-up": {"leftover": 2, "manager-leaves": 2, "empty": 6},
}  # fmt: skip


class Earned(Protocol):
    """A result with its points."""

    @property
    def points(self) -> float: ...
    @property
    def of(self) -> int: ...


def section_points(section: str, asked: Sequence[Exercise | Prediction], results: Mapping[str, Earned]) -> float:
    """The points of these results, by the id of what was asked; each earns at most what the course gives for it."""
    earned = sum(_earned(section, each, results[each.id]) for each in asked if each.id in results)
    return whole(min(earned, sum(each.points for each in asked)))


def is_possible(section: str, asked: Exercise | Prediction, of: int) -> bool:
    """Whether a result of what was asked may be one of that many points."""
    return of in (asked.points, FORMER_POINTS.get(section, {}).get(asked.id))


def _earned(section: str, asked: Exercise | Prediction, result: Earned) -> float:
    return min(result.points, result.of if is_possible(section, asked, result.of) else asked.points)
