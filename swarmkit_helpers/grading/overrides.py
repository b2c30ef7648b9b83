"""overrides.csv: what the teacher has decided by hand. It is theirs: only `mark` adds rows to it.

A row is about a student's section, or about one exercise of it: points that count instead, a comment, or that the
student is excused from the section. A row about a question is the mark of the student's answer in words; of several
rows about one answer the last counts, and one without points and comment takes the mark back.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..course import own_words
from ..course.checks import whole
from ..course.sections import SECTIONS
from ..errors import BadInput
from ..language import SOURCE, _, decimal
from ..records import Json
from .printable import of_cell
from .submissions.roster import folded, read_table

FILE = "overrides.csv"  # in the teacher's --out folder
COLUMNS = ("student", "section", "exercise", "points", "comment", "excused")
_YES = {"yes", "y", "x", "1", "true", "ya"}
_NO = {"", "no", "n", "0", "false", "tidak"}


@dataclass(frozen=True)
class Override:
    """A decision about a student's section, or about one exercise of it."""

    student: str
    section: str
    exercise: str  # or the question; empty: about the whole section
    points: float | None  # None: as graded
    comment: str
    excused: bool

    @property
    def is_mark(self) -> bool:
        """Whether it is the mark of an answer in words."""
        return self.exercise in own_words.questions(self.section, SOURCE)

    @property
    def text(self) -> str:
        """The decision as a sentence."""
        about, points = self.exercise or self.section, decimal(self.points or 0)
        if self.is_mark:
            about = _("question {n}").format(n=self.exercise.rpartition("-")[2])
        if self.excused:
            said = _("{about}: excused by your teacher.")
        elif self.points is None:
            said = _("{about}: your teacher says:")
        else:
            said = _("{about}: {points} points by your teacher.")
        return " ".join(filter(None, [said.format(about=about, points=points), self.comment]))

    def verdict(self, of: int) -> str:
        """The decision in the box of the exercise, which is worth `of` points."""
        if self.points is None:
            said = _("Your teacher says: {comment}")
        elif self.comment:
            said = _("{points} of {of} by your teacher: {comment}")
        else:
            said = _("{points} of {of} by your teacher")
        return said.format(points=decimal(self.points or 0), of=of, comment=self.comment)


def read(path: Path, students: Collection[str]) -> list[Override]:
    """Read the decisions; none if there is no file. Raises `BadInput` for a row that is wrong, before any is used."""
    if not path.exists():
        return []
    known = {folded(student): student for student in students}
    rows = [
        {folded(title): of_cell(str(value or "").strip()) for title, value in row.items()} for row in read_table(path)
    ]
    return _last_marks([_override(path, number, row, known) for number, row in enumerate(rows, 2) if any(row.values())])


def _last_marks(decided: Sequence[Override]) -> list[Override]:
    """The decisions; of those about one answer the last, if it was not taken back."""
    last = {(each.student, each.section, each.exercise): each for each in decided if each.is_mark}
    marks = [each for each in last.values() if each.points is not None or each.comment]
    return [*(each for each in decided if not each.is_mark), *marks]


def _override(path: Path, line: int, row: Json, known: dict[str, str]) -> Override:
    def wrong(problem: str, fix: str) -> BadInput:
        where = _("line {n} of {path}: {problem}").format(n=line, path=path, problem=problem)
        return BadInput(where, fix)

    if missing := [name for name in ("student", "section") if name not in row]:
        columns = ", ".join(COLUMNS)
        raise wrong(_("there is no column {name}").format(name=missing[0]), _("its columns are: {c}").format(c=columns))
    student = known.get(folded(row["student"]))
    if student is None:
        raise wrong(
            _("no student of the course is called {name!r}").format(name=row["student"]),
            _("write the id as grades.csv has it"),
        )
    section = next((id for id in SECTIONS if row["section"] in (id, id.partition("-")[0])), None)
    if section is None:
        raise wrong(
            _("there is no section {name!r}").format(name=row["section"]),
            _("write one of these: {sections}").format(sections=", ".join(SECTIONS)),
        )
    worth = {each.id: each.points for each in SECTIONS[section].EXERCISES}
    whole_section = sum(worth.values())
    worth |= dict.fromkeys(own_words.questions(section, SOURCE), own_words.QUESTION_POINTS)
    exercise = row.get("exercise", "")
    if exercise and exercise not in worth:
        raise wrong(
            _("{section} has no exercise {name!r}").format(section=section, name=exercise),
            _("write one of these: {exercises}").format(exercises=", ".join(worth)),
        )
    most = worth[exercise] if exercise else whole_section
    excused = folded(row.get("excused", ""))
    if excused not in _YES | _NO or (excused in _YES and exercise):
        raise wrong(_("excused is {text!r}").format(text=row["excused"]), _("write yes, for a section and no exercise"))
    return Override(
        student,
        section,
        exercise,
        _points(row.get("points", ""), most, wrong),
        row.get("comment", ""),
        excused in _YES,
    )


def _points(text: str, most: int, wrong: Callable[[str, str], BadInput]) -> float | None:
    if not text:
        return None
    try:
        points = float(text.replace(",", "."))
    except ValueError:
        points = -1.0
    if not 0 <= points <= most:
        raise wrong(_("points are {text!r}").format(text=text), _("write a number from 0 to {n}").format(n=most))
    return whole(points)
