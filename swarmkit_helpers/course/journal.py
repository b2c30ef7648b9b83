"""What a student has done so far, kept between kernels and from one section to the next.

One JSON file for each cluster, in Jupyter's data folder: the predictions with their time, of each exercise the
best result, and what happened. It is written whole and in one step, so that it can never be half a file.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir

from ..file_lock import one_at_a_time
from ..language import _
from . import atomic_write

Kept = dict[str, Any]
EVENTS = 400  # of a section, at most; what is older is forgotten. Going through one makes thirty to a hundred


@dataclass(frozen=True)
class Note:
    """A prediction, and when it was made."""

    value: int | str
    at: float  # seconds since the epoch


@dataclass(frozen=True)
class Score:
    """The best result of an exercise so far."""

    outcome: str
    points: float
    of: int
    at: float = field(default=0.0, compare=False)  # when it was reached, in seconds since the epoch; 0: not known


@dataclass(frozen=True)
class Event:
    """Something that happened in a section: to the swarm, or by the student."""

    at: float  # seconds since the epoch
    what: str  # start, prediction, result, command; node, service, swarm
    name: str  # of the exercise, node or service; of a command: the machine it was for
    text: str


class Journal:
    """The journal of that student on that cluster. `say` tells the student what happened to a damaged file."""

    def __init__(self, cluster: str, student: str = "", say: Callable[[str], None] = print) -> None:
        self.path = folder() / f"progress-{cluster}.json"
        self._student = student
        self._say = say

    def notes(self, section: str) -> dict[str, Note]:
        """The predictions of that section, by their id."""
        return {id: Note(**note) for id, note in self._mine(self._read())["notes"].get(section, {}).items()}

    def scores(self, section: str) -> dict[str, Score]:
        """The best results of that section, by the exercise's id."""
        return {id: Score(**score) for id, score in self._mine(self._read())["scores"].get(section, {}).items()}

    def timeline(self, section: str) -> list[Event]:
        """What happened in that section, as it was told: the newest `EVENTS`."""
        return [Event(*event) for event in self._mine(self._read()).get("timeline", {}).get(section, ())]

    def sections(self) -> list[str]:
        """The sections of which anything is kept."""
        return sorted({section for part in self._mine(self._read()).values() for section in part})

    def note(self, section: str, id: str, value: int | str) -> None:
        """The prediction is noted, with the present time, in place of the one before."""
        with self._changed() as mine:
            mine["notes"].setdefault(section, {})[id] = vars(Note(value, time.time()))

    def score(self, section: str, id: str, score: Score) -> None:
        """The result is kept, unless there is a better one."""
        with self._changed() as mine:
            scores = mine["scores"].setdefault(section, {})
            if id not in scores or _rank(score) > _rank(Score(**scores[id])):
                scores[id] = vars(replace(score, at=time.time()))

    def tell(self, section: str, events: Sequence[Event]) -> None:
        """These have happened, too."""
        with self._changed() as mine:
            lines = mine.setdefault("timeline", {}).setdefault(section, [])
            lines += [[event.at, event.what, event.name, event.text] for event in events]
            del lines[:-EVENTS]

    def _mine(self, everything: Kept) -> Kept:
        return everything.setdefault(self._student, {"notes": {}, "scores": {}})

    @contextmanager
    def _changed(self) -> Iterator[Kept]:
        """What this student has, to be changed in the block; two notebooks may do so at the same time."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with one_at_a_time(self.path.with_suffix(".lock")):
            everything = self._read()
            yield self._mine(everything)
            atomic_write.write(self.path, json.dumps(everything, indent=1, sort_keys=True))

    def _read(self) -> Kept:
        """Everything in the file; nothing if there is none, or if it had to be set aside."""
        try:
            everything = json.loads(self.path.read_text(encoding="utf-8"))
            _check(everything)
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError, KeyError):
            aside = self.path.with_suffix(f".damaged-{time.time_ns()}")
            self.path.replace(aside)
            self._say(
                _(
                    "The file with your progress could not be read. It has been set aside as {file}, and your "
                    "progress is counted anew."
                ).format(file=aside.name)
            )
            return {}
        return everything


def folder() -> Path:
    """Where journals are kept."""
    return Path(jupyter_data_dir()) / "swarmlab"


def forget(cluster: str) -> None:
    """Nothing is kept of that cluster any more."""
    progress = folder() / f"progress-{cluster}.json"
    for path in (progress, progress.with_suffix(".lock"), atomic_write.new_file(progress)):
        path.unlink(missing_ok=True)
    for path in folder().glob(f"progress-{cluster}.damaged-*"):
        path.unlink(missing_ok=True)


def _check(everything: Kept) -> None:
    """Raises what the wrong shape leads to: `TypeError`, `AttributeError` or `KeyError`."""
    for mine in everything.values():
        for notes in mine["notes"].values():
            [Note(**note) for note in notes.values()]
        for scores in mine["scores"].values():
            [_rank(Score(**score)) for score in scores.values()]
        for events in mine.get("timeline", {}).values():
            [Event(*event) for event in events]


def _rank(score: Score) -> tuple[bool, float]:
    """What makes a result better than another: having passed, then the share of the points."""
    return score.outcome == "passed", score.points / (score.of or 1)
