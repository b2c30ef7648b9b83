"""The platform's own table of grades, given back with the points filled in, every other byte as it was.

Moodle's is the offline grading worksheet, Canvas's the export of the gradebook. Any other CSV will do if it has a
column by which the students are known, and --column names the one for the points.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..course import atomic_write
from ..course.checks import whole
from ..course.sections import SECTIONS
from ..errors import BadInput
from ..language import _, ngettext
from .entry import Entry
from .gradebook_maxima import MAXIMUM_TITLES, Maximum, maximum, print_maxima
from .submissions.roster import Person, Roster, folded

FOLDER = "gradebook"  # in the teacher's --out folder
NAMES_MAX = 8  # that a line names
_PARTICIPANT = re.compile(r"\D+ (\d+)")  # Moodle's "Participant 1001", in any language
_GRADE_TITLES = ("grade", "nilai")  # Moodle's column for it
NAMED_MIN_COLUMNS = 3  # before the points, if the students' names are there: where marking is blind, there are two
_CANVAS_TITLES = {"student", "id", "section"}
_CANVAS_ASSIGNMENT = re.compile(r".*\(\d+\)")  # each title of an assignment ends with its number
_COMMA = re.compile(r"\d+,\d+")  # a number as many languages write it


@dataclass(frozen=True)
class Cell:
    """A cell of a CSV file: where in the text it stands, and its value."""

    start: int
    end: int
    value: str


def check(path: Path, column: str | None) -> None:
    """Raise `BadInput` if that is no table of a platform, or has no column for the points."""
    _table(path, read_text(path)[0], column)


def fill(
    path: Path, column: str | None, out: Path, entries: Mapping[str, Sequence[Entry]], *, with_answers: bool = False
) -> None:
    """Fill the points of these students into a copy of the table, in out/gradebook; say who is not in it.

    `with_answers` adds the points of their answers in words.
    Raises `BadInput` if it is no such table, or has no column for the points.
    """
    text, encoding = read_text(path)
    rows, titles, columns = _table(path, text, column)
    student_of = _Students(titles, min(columns), entries)
    of_row = student_of.of_rows(rows[1:])
    twice = {student for student, number in Counter(filter(None, of_row)).items() if number > 1}
    changes: list[tuple[Cell, str]] = []
    seen: set[str] = set()
    maxima: list[Maximum] = []
    comma = any(_COMMA.fullmatch(row[place].value) for row in rows[1:] for place in _numbers(titles, columns, row))
    for row, student in zip(rows[1:], of_row, strict=True):
        for place, section in columns.items() if student and student not in twice else ():
            theirs = [each for each in entries[student] if section in ("", each.submission.section)]
            got = whole(sum(_points(each, with_answers) for each in theirs))
            maxima += filter(None, [maximum(titles, row, theirs, got, with_answers=with_answers)])
            if place < len(row) and any(each.counts for each in theirs):
                seen.add(student)
                points = f"{got:g}"
                changes.append((row[place], points.replace(".", ",") if comma else points))
    for cell, points in reversed(changes):
        quoted = text[cell.start : cell.start + 1] == '"' or "," in points
        text = text[: cell.start] + (f'"{points}"' if quoted else points) + text[cell.end :]
    (out / FOLDER).mkdir(parents=True, exist_ok=True)
    atomic_write.write_bytes(out / FOLDER / path.name, text.encode(encoding))
    _print(out / FOLDER / path.name, seen, entries)
    print_maxima(out / FOLDER / path.name, maxima)


def _points(entry: Entry, with_answers: bool) -> float:
    return entry.points + (entry.answer_points if with_answers else 0)


def parsed(text: str, delimiter: str) -> list[list[Cell]]:
    """The rows of a CSV text, each cell with its place."""
    rows: list[list[Cell]] = []
    pattern = re.compile(rf'("(?:[^"]|"")*"|[^{re.escape(delimiter)}\r\n]*)({re.escape(delimiter)}|\r\n|\n|\r|$)')
    at, row = 0, list[Cell]()
    while at < len(text):
        found = pattern.match(text, at)
        if found is None or found.end() == at:  # something behind a closing quotation mark
            return []
        value = found[1]
        plain = value[1:-1].replace('""', '"') if value.startswith('"') and len(value) > 1 else value
        row.append(Cell(found.start(1), found.end(1), plain))
        at = found.end()
        if found[2] != delimiter:
            rows.append(row)
            row = []
    return [*rows, row] if row else rows


def _table(path: Path, text: str, column: str | None) -> tuple[list[list[Cell]], list[str], dict[int, str]]:
    """The rows of the table, the titles of its columns, and which columns get the points of which section."""
    rows = parsed(text, max(",;\t", key=text.partition("\n")[0].count))
    if len(rows) < 2:
        raise BadInput(_("{path} has no rows"), _("give the table as the platform has exported it"), path=path)
    titles = [folded(cell.value.strip("\ufeff")) for cell in rows[0]]
    return rows, titles, _columns(path, [cell.value.strip("\ufeff").strip() for cell in rows[0]], titles, column)


class _Students:
    """Which of the graded students a row of the table is about."""

    def __init__(self, titles: Sequence[str], names: int, entries: Mapping[str, Sequence[Entry]]) -> None:
        """Know those students; the first `names` columns may say who a row is about."""
        self._names = names
        self._by_number: dict[str, set[str]] = {}
        self._called: dict[str, set[str]] = {}  # by the platform
        people = []
        for student, theirs in entries.items():
            submission = theirs[0].submission
            people.append(Person(student, submission.name, submission.email))
            for each in theirs:
                if each.submission.entry and (number := each.submission.entry.owner.number):
                    self._by_number.setdefault(number, set()).add(student)
                    self._called.setdefault(student, set()).add(folded(each.submission.entry.owner.name))
        self._people = Roster(people)
        canvas = set(titles) >= _CANVAS_TITLES
        self._number_place = titles.index("id") if canvas else 0

    def of_rows(self, rows: Sequence[Sequence[Cell]]) -> list[str]:
        """The student of each row; empty if it is about none of them. The platform's number is surer than a name."""
        numbered = [self._numbered(row) for row in rows]
        sure = set(numbered)
        return [number or self._named(row, sure) for number, row in zip(numbered, rows, strict=True)]

    def _numbered(self, row: Sequence[Cell]) -> str:
        if self._number_place >= len(row):
            return ""
        value = row[self._number_place].value.strip()
        participant = _PARTICIPANT.fullmatch(value)
        students = self._by_number.get(participant[1] if participant else value, set())
        if participant and self._names >= NAMED_MIN_COLUMNS:  # the number is of one assignment only
            names = {folded(cell.value) for cell in row[: self._names]}
            students = {student for student in students if self._called[student] & names}
        return next(iter(students)) if len(students) == 1 else ""

    def _named(self, row: Sequence[Cell], but: Collection[str]) -> str:
        person = self._people.person(*(cell.value.strip() for cell in row[: self._names]))
        return person.id if person and person.id not in but else ""


def _columns(path: Path, names: Sequence[str], titles: Sequence[str], column: str | None) -> dict[int, str]:
    """The columns to fill, with their sections; a section that is empty means all points."""
    if column is not None:
        if folded(column) in titles:
            return {titles.index(folded(column)): _section(column)}
        raise BadInput(
            _("{path} has no column {column!r}; its columns are: {columns}"),
            _("name one of these with --column"),
            path=path,
            column=column,
            columns=", ".join(names),
        )
    grade = next((titles.index(title) for title in _GRADE_TITLES if title in titles), None)
    if grade is not None:
        return {grade: ""}
    assignments = [place for place, name in enumerate(names) if _CANVAS_ASSIGNMENT.fullmatch(name)]
    of_sections = {place: section for place in assignments if (section := _section(names[place]))}
    if of_sections:
        return of_sections
    if len(assignments) == 1:
        return {assignments[0]: ""}
    raise BadInput(
        _("{path} has no column that is surely the one for the points; its columns are: {columns}"),
        _("name it with --column"),
        path=path,
        columns=", ".join(names),
    )


def _section(title: str) -> str:
    """The section that the title of a column names, by its id or number; empty if it names none."""
    for id in SECTIONS:
        if id in title or re.match(rf"\W*{id.partition('-')[0]}\b", title):
            return id
    return ""


def _numbers(titles: Sequence[str], columns: Mapping[int, str], row: Sequence[Cell]) -> list[int]:
    """The places of that row's cells that hold numbers of points."""
    maxima = [place for place, title in enumerate(titles) if title in MAXIMUM_TITLES]
    return [place for place in (*columns, *maxima) if place < len(row)]


def read_text(path: Path) -> tuple[str, str]:
    """The text, and the encoding that gives back the same bytes. Raises `BadInput`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(
            _("{path} cannot be read ({reason})"), _("name a CSV file"), path=path, reason=error.strerror
        ) from error
    encodings = {b"\xff\xfe": ["utf-16-le"], b"\xfe\xff": ["utf-16-be"]}.get(content[:2], ["utf-8"])
    for encoding in encodings:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            pass
    return content.decode("latin-1"), "latin-1"


def _print(path: Path, seen: set[str], entries: Mapping[str, Sequence[Entry]]) -> None:
    text = ngettext("{path} has the points of {n} student", "{path} has the points of {n} students", len(seen))
    print(text.format(path=path, n=len(seen)))
    left = sorted(
        student for student, theirs in entries.items() if student not in seen and any(each.counts for each in theirs)
    )
    if left:
        names = ", ".join(left[:NAMES_MAX]) + (" …" if len(left) > NAMES_MAX else "")
        print(_("Not filled in, as they are not in it or more than once: {students}").format(students=names))
