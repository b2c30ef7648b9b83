"""The results of examinations, kept in a hidden folder of the teacher's --out folder.

A result is stored as soon as it is there, under its request's digest. So a run that was interrupted continues where it
was, and a notebook that did not change is not examined again. One process writes: the grader.
"""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from ..course import atomic_write
from ..errors import BadInput
from ..language import _
from ..records import Json
from . import course_state
from .exam import FORMAT, Examined, ExamResult

FOLDER = ".swarmlab"  # in the teacher's --out folder
ROSTER = "roster.csv"  # in it: the class as the teacher last gave it


class ResultStore:
    """The stored results in that folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def create(cls, out: Path, handed_in: Sequence[Path]) -> Self:
        """Make the store in `out`. Raises `BadInput` if that is in a folder that was handed in, or read-only."""
        for path in handed_in:
            if path.is_dir() and out.resolve().is_relative_to(path.resolve()):
                raise BadInput(
                    _("{out} is in {path}: the grader would take its own files there for submissions"),
                    _("give a folder outside of it, such as --out ../graded"),
                    out=out,
                    path=path,
                )
        try:
            (out / FOLDER).mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=out / FOLDER):
                pass
        except OSError as error:
            raise BadInput(
                _("nothing can be written into {out} ({reason})"),
                _("give a folder that you may write to"),
                out=out,
                reason=error.strerror,
            ) from error
        return cls(out / FOLDER)

    @classmethod
    def existing(cls, out: Path) -> Self:
        """The store that an earlier run has made in `out`. Raises `BadInput` if there is none."""
        if not (out / FOLDER).is_dir():
            raise BadInput(
                _("{out} holds no graded course"),
                _("name the folder that you gave to `grade` as --out"),
                out=out,
            )
        return cls(out / FOLDER)

    @property
    def folder(self) -> Path:
        """The folder of the results."""
        return self._folder

    @property
    def lock(self) -> Path:
        """The file that only one grader at a time may lock."""
        return self._folder / "lock"

    def keep_roster(self, roster: Path) -> None:
        """Keep that roster for the weeks to come."""
        atomic_write.write_bytes(self._folder / ROSTER, roster.read_bytes())

    def save(self, digest: str, examined: Examined) -> None:
        """Store the result, and the executed notebook if there is one; each file is written in one step."""
        notebook = self._folder / f"{digest}.ipynb"
        if examined.notebook is None:
            notebook.unlink(missing_ok=True)
        else:
            atomic_write.write(notebook, examined.notebook)
        section = next((each.section for each in examined.result.results), None)
        state = course_state.state_of(section) if section else {}
        stored = {"format": FORMAT, "state": state, "result": examined.result.to_json()}
        atomic_write.write(self._folder / f"{digest}.json", json.dumps(stored))

    def result(self, digest: str, of_any_version: bool = False) -> ExamResult | None:
        """The stored result; None if there is none that can be read, of this version of the course or of any."""
        try:
            stored = _read(self._folder / f"{digest}.json")
            fits = of_any_version or stored["format"] == FORMAT
            return ExamResult.from_json(stored["result"]) if fits else None
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def state(self, digest: str) -> dict[str, str]:
        """The state of the course's code that made the result; an empty one if that is not known."""
        try:
            state = _read(self._folder / f"{digest}.json").get("state")
        except (OSError, ValueError, TypeError):
            return {}
        return state if isinstance(state, dict) else {}

    def notebook(self, digest: str) -> Path | None:
        """The file with the executed notebook of that result; None if there is none."""
        path = self._folder / f"{digest}.ipynb"
        return path if path.exists() else None

    def is_of_another_version(self) -> bool:
        """Whether there are results, and all of them are of another version of the course."""
        formats = [_format(path) for path in self._folder.glob("*.json")]
        return bool(formats) and FORMAT not in formats


def roster_of(out: Path) -> Path | None:
    """The roster that the course in that --out folder was last graded with; None if there was none."""
    path = out / FOLDER / ROSTER
    return path if path.exists() else None


def _read(path: Path) -> Json:
    """The JSON object in the file. Raises `OSError`, `ValueError`, `TypeError`."""
    body = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(body, dict):
        raise TypeError(f"{path} holds no object")
    return body


def _format(path: Path) -> object:
    """The form of the stored result; None for one without a name, as of version 0.1.0, and for a broken file."""
    try:
        return _read(path).get("format")
    except (OSError, ValueError, TypeError):
        return None
