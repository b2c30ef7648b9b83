"""The journal of a student's work: it outlives kernels, and serves all sections.

One JSON file for each cluster, in Jupyter's data folder: the predictions with their time, the best result of each
exercise, and the events of each section.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir

from ..file_lock import one_at_a_time
from ..language import _
from ..notebook import kept_stills
from ..records import Json
from . import atomic_write

_OUTCOMES = {"not as predicted": 1, "passed": 2}  # the larger, the better; of any other outcome 0
MAX_EVENTS = 400  # of a section; older ones are dropped. Working through a section makes thirty to a hundred


@dataclass(frozen=True)
class Note:
    """A prediction and its time."""

    value: int | str
    at: float  # seconds since the epoch


@dataclass(frozen=True)
class Score:
    """The best result of an exercise so far."""

    outcome: str
    points: float
    of: int
    at: float = field(default=0.0, compare=False)  # seconds since the epoch; 0: not known


@dataclass(frozen=True)
class Event:
    """Something that happened in a section: to the swarm, or by the student."""

    at: float  # seconds since the epoch
    what: str  # start, prediction, result, command, take-over; node, service, swarm
    name: str  # of the exercise, node or service; of a command: the machine it was for; of a take-over: the other id
    text: str


class Journal:
    """The journal of that student on that cluster. `say` shows the student a message about a damaged file."""

    def __init__(self, cluster: str, student: str = "", say: Callable[[str], None] = print) -> None:
        self.path = folder() / f"progress-{cluster}.json"
        self._cluster = cluster
        self.student = student
        self._say = say

    def notes(self, section: str) -> dict[str, Note]:
        """The predictions of that section, by their id."""
        return {id: Note(**note) for id, note in self._of_student(self._read())["notes"].get(section, {}).items()}

    def scores(self, section: str) -> dict[str, Score]:
        """The best results of that section, by the exercise's id."""
        return {id: Score(**score) for id, score in self._of_student(self._read())["scores"].get(section, {}).items()}

    def timeline(self, section: str) -> list[Event]:
        """The newest `MAX_EVENTS` events of that section, in the order in which they were added."""
        return [Event(*event) for event in self._of_student(self._read()).get("timeline", {}).get(section, ())]

    def sections(self) -> list[str]:
        """The ids of the sections with saved work."""
        return sorted({section for part in self._of_student(self._read()).values() for section in part})

    def note(self, section: str, id: str, value: int | str) -> None:
        """Save the prediction with the present time; it replaces the one before."""
        with self._changed() as work:
            work["notes"].setdefault(section, {})[id] = vars(Note(value, time.time()))

    def score(self, section: str, id: str, score: Score) -> None:
        """Save the result, unless there is a better one."""
        with self._changed() as work:
            scores = work["scores"].setdefault(section, {})
            if _is_better(vars(score), scores.get(id)):
                scores[id] = vars(replace(score, at=time.time()))

    def add_events(self, section: str, events: Sequence[Event]) -> None:
        """Add these events to that section."""
        with self._changed() as work:
            lines = work.setdefault("timeline", {}).setdefault(section, [])
            lines += [[event.at, event.what, event.name, event.text] for event in events]
            del lines[:-MAX_EVENTS]

    def others(self) -> "list[Journal]":
        """The journals of other student ids on that cluster with results that are worth more than this one's."""
        everything = self._read()
        mine = self._of_student(everything)
        return [
            Journal(self._cluster, other, self._say)
            for other, work in sorted(everything.items())
            if any(_better(work, mine, section) for section in work["scores"])
        ]

    def take_over(self, other: str) -> int:
        """Copy the results of that student id that are better, and return how many those are.

        Their predictions come with them, and the events of all sections. What the other id has stays.
        """
        taken = 0
        with self._changed() as work:
            theirs = self._read().get(other, {"notes": {}, "scores": {}})
            for section in sorted({*theirs["scores"], *theirs["notes"], *theirs.get("timeline", ())}):
                better, notes = _better(theirs, work, section), theirs["notes"].get(section, {})
                if better:
                    work["scores"].setdefault(section, {}).update(better)
                mine = work["notes"].get(section, {})
                if new := {id: note for id, note in notes.items() if id in better or id not in mine}:
                    work["notes"][section] = {**mine, **new}
                _join_events(work, theirs, section, [time.time(), "take-over", other, ""], better or new)
                taken += len(better)
        return taken

    def _of_student(self, everything: Json) -> Json:
        work: Json = everything.setdefault(self.student, {"notes": {}, "scores": {}})
        return work

    @contextmanager
    def _changed(self) -> Iterator[Json]:
        """Let the block change this student's work, and write the file; two notebooks may do so at the same time."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with one_at_a_time(self.path.with_suffix(".lock")):
            everything = self._read()
            yield self._of_student(everything)
            atomic_write.write(self.path, json.dumps(everything, indent=1, sort_keys=True))

    def _read(self) -> Json:
        """Read the file; return an empty dict if there is none, or if it is damaged and was set aside."""
        try:
            everything: Json = json.loads(self.path.read_text(encoding="utf-8"))
            _check(everything)
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError, KeyError):
            aside = self.path.with_suffix(f".damaged-{time.time_ns()}")
            self.path.replace(aside)
            self._say(
                _(
                    "The file with your progress could not be read. It has been renamed to {file}, and your "
                    "progress starts again from zero."
                ).format(file=aside.name)
            )
            return {}
        return everything


def folder() -> Path:
    """The folder of the journals."""
    return Path(jupyter_data_dir()) / "swarmlab"


def clusters(student: str) -> list[str]:
    """The clusters with saved work of that student id, or of none."""
    names = sorted(path.stem.removeprefix("progress-") for path in folder().glob("progress-*.json"))
    return [name for name in names if any(Journal(name, id).sections() for id in (student, ""))]


def last_section(cluster: str) -> str | None:
    """The section of the newest event on that cluster, of any student; None if there is none."""
    everything = Journal(cluster)._read()
    events = [
        (events[-1][0], section)
        for work in everything.values()
        for section, events in work.get("timeline", {}).items()
        if events
    ]
    return max(events)[1] if events else None


def forget(cluster: str) -> None:
    """Delete the saved progress of that cluster, its stills, and what is known of sections started on it."""
    kept_stills.forget(cluster)
    progress = folder() / f"progress-{cluster}.json"
    for path in (progress, progress.with_suffix(".lock"), atomic_write.new_file(progress)):
        path.unlink(missing_ok=True)
    for path in (*folder().glob(f"progress-{cluster}.damaged-*"), *folder().glob(f"start-{cluster}.*")):
        path.unlink(missing_ok=True)


def _check(everything: Json) -> None:
    """Raise `TypeError`, `AttributeError` or `KeyError` if the file does not have the shape of a journal."""
    for work in everything.values():
        for notes in work["notes"].values():
            [Note(**note) for note in notes.values()]
        for scores in work["scores"].values():
            [_rank(Score(**score)) for score in scores.values()]
        for events in work.get("timeline", {}).values():
            [Event(*event) for event in events]


def _better(theirs: Json, mine: Json, section: str) -> Json:
    """The results of one work in that section that are worth more than the other's, by the exercise's id."""
    known = mine["scores"].get(section, {})
    return {
        id: score
        for id, score in theirs["scores"].get(section, {}).items()
        if (score["points"] or score["outcome"] == "passed") and _is_better(score, known.get(id))
    }


def _is_better(score: Json, known: Json | None) -> bool:
    return known is None or _rank(Score(**score)) > _rank(Score(**known))


def _join_events(work: Json, theirs: Json, section: str, last: list[object], more: object) -> None:
    """Put the events of the other work in that section among those of this one, by their times, and one at the end.

    If none of them is new, and there is no `more` that was taken over, change nothing.
    """
    known = work.get("timeline", {}).get(section, ())
    new = [event for event in theirs.get("timeline", {}).get(section, ()) if event not in known]
    if not new and not more:
        return
    lines = work.setdefault("timeline", {}).setdefault(section, [])
    lines += new
    lines.sort(key=lambda event: event[0])
    lines.append(last)
    del lines[:-MAX_EVENTS]


def _rank(score: Score) -> tuple[float, int]:
    """A sort key for results: more points are better, then being right."""
    return score.points, _OUTCOMES.get(score.outcome, 0)
