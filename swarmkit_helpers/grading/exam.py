"""What an examination is asked to do, and what it answers: the forms in which both are sent and stored."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Literal, Self

from .. import __version__
from ..course.checks import Outcome, Result
from ..course.journal import Event
from ..records import Json
from .json_records import read_record

EngineKind = Literal["simulated", "real"]
Ending = Literal["completed", "time", "kernel", "examiner"]  # what ended it: its last cell, or one of these
FORMAT = f"swarmlab-exam-3 {__version__}"  # of stored results; those of another version of the course are not read


@dataclass(frozen=True)
class ExamRequest:
    """A student's notebook, and how to examine it."""

    section: str
    student: str  # from whose id its numbers are made: the id that is written in the notebook
    language: str
    notebook: Json  # the course's own, with the student's answers in it
    engine: EngineKind
    speed: float  # of the swarm's clock: 20 is twenty times as fast as ours
    timeout: float  # seconds of all cells together
    cell_timeout: float  # seconds of a cell
    output_max_bytes: int  # of a cell's outputs, as the kernel sends them
    cluster: str = "exam"
    parameters: dict[str, int] = field(default_factory=dict)  # the student's own, under their names in the notebook
    of: str = ""  # the student who handed it in, if their id is another: no two who have begun share an examination

    @property
    def digest(self) -> str:
        """The name of the stored result: the same for all requests whose result must be the same.

        The name of the cluster makes no difference; the version of the course and of the stored form does.
        """
        same = {name: value for name, value in self.to_json().items() if name != "cluster"}
        for name in ("parameters", "of"):
            if not same[name]:  # as before there were any: what is graded stays graded
                del same[name]
        return hashlib.sha256(json.dumps([same, FORMAT], sort_keys=True).encode()).hexdigest()[:32]

    def to_json(self) -> Json:
        """The request as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: object) -> Self:
        """The request in this JSON object. Raises `ValueError` or `TypeError` for any other."""
        return read_record(cls, body)


@dataclass(frozen=True)
class ExerciseResult:
    """The result of an exercise or a prediction, as the examiner found it."""

    section: str
    exercise: str
    outcome: Outcome
    points: float
    of: int
    message: str
    hint: str
    language: str
    claimed: float | None  # the points that the notebook says it has; None if it says nothing, or no number

    @classmethod
    def of_check(cls, result: Result, claimed: float | None = None) -> Self:
        """The result of a check, with what the notebook claims."""
        return cls(
            section=result.section,
            exercise=result.exercise,
            outcome=result.outcome,
            points=result.points,
            of=result.of,
            message=result.message,
            hint=result.hint,
            language=result.language,
            claimed=claimed,
        )


@dataclass(frozen=True)
class Remark:
    """A sentence for the student and the teacher."""

    cell: str | None  # id of the cell it is about; None: about the whole notebook
    text: str


@dataclass(frozen=True)
class SavedChart:
    """A chart of what the swarm did, as a page shows it."""

    title: str
    html: str


@dataclass(frozen=True)
class ExamResult:
    """What an examination found."""

    results: tuple[ExerciseResult, ...]  # in the section's order
    remarks: tuple[Remark, ...]
    charts: tuple[SavedChart, ...]
    timeline: tuple[Event, ...]
    seconds: dict[str, float]  # of the start, the cells, and in total
    memory: int  # bytes that the examiner had, at most
    ended: Ending

    @property
    def points(self) -> float:
        """The points of all results."""
        return sum(each.points for each in self.results)

    def to_json(self) -> Json:
        """The result as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: object) -> Self:
        """The result in this JSON object. Raises `ValueError` or `TypeError` for any other."""
        return read_record(cls, body)


@dataclass(frozen=True)
class Examined:
    """An examination that has ended."""

    result: ExamResult
    notebook: str | None  # as it was executed; None if no cell ran


@dataclass(frozen=True)
class NotExamined:
    """An examination that could not be made: nothing of it is stored."""

    reason: str
