"""Which student an entry is of: by the roster, by the name of the entry, or as --student-from says.

Two entries become one student only where the platform, the roster or the teacher says so. Where no more than the form
of a name does, nothing is graded, and the error names them.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from ...errors import BadInput
from ...language import _
from ..printable import shown
from .files import stem
from .layouts import Entry
from .notebook import ReadFile
from .roster import Person, Roster

STUDENT_MAX_CHARS, STUDENT_MAX_BYTES = 80, 200  # of an id; a folder's name has 255 bytes at most
UNKNOWN_STUDENT = "unknown"
NAMES_MAX = 6  # of entries that an error names
_KEPT = "._@ +-'’(),&\u200c\u200d"  # what an id may have besides letters, marks and digits


@dataclass
class Student:
    """A student, with all that was handed in under their name."""

    id: str
    person: Person | None = None  # None if the roster has no such student
    entries: list[Entry] = field(default_factory=list)
    files: list[tuple[Entry, ReadFile]] = field(default_factory=list)


Named = Callable[[Entry, ReadFile], str | None]  # the id of a file's student, if --student-from tells it


def students(entries: Sequence[Entry], student_from: str, roster: Roster | None) -> list[Student]:
    """The students whose entries these are. Raises `BadInput` for a wrong --student-from, and for two made one."""
    named = _named_by(student_from)
    found: dict[str, Student] = {}
    told = 0
    for entry in entries:
        names = [named(entry, file) for file in entry.files]
        first = next(filter(None, names), None)  # also of the files that tell none
        told += first is not None
        for file, name in zip(entry.files, names, strict=True):
            key, student_id, person = _identity(entry, name or first, roster)
            student = found.setdefault(key, Student(student_id, person))
            student.files.append((entry, file))
            if entry not in student.entries:
                student.entries.append(entry)
    _refuse_displaced(found.values(), student_from)
    _refuse_expression(student_from, entries, told, len(found))
    _join_assignments(found)
    _tell_apart(found)
    return [*found.values()]


def _identity(entry: Entry, own_name: str | None, roster: Roster | None) -> tuple[str, str, Person | None]:
    """A key that is the same for all files of one student, the student's id, and the student in the roster."""
    person = None
    if roster and own_name:
        person = roster.person(own_name) or roster.named_in(own_name)
    elif roster and entry.is_numbered:
        person = roster.person(entry.owner.name) or roster.numbered(entry.owner.number, entry.owner.name)
    elif roster:
        names = (entry.owner.name, stem(entry.name), entry.name)
        person = roster.person(*names) or roster.named_in(entry.owner.name)
    if person:
        return f"roster {person.id}", folder_name(person.id), person
    if own_name:
        return f"named {own_name}", folder_name(own_name), None
    name = entry.owner.name
    if entry.layout == "canvas" and entry.is_numbered:
        name = f"{name} {entry.owner.number}"  # Canvas's numbers are the same in every week
    key = f"{entry.given} {entry.owner.key}" if entry.layout == "moodle" else entry.owner.key
    return key, folder_name(name), None


def _named_by(student_from: str) -> Named:
    """The function that tells a file's student, for that value of --student-from. Raises `BadInput`."""
    if student_from == "folder":
        return lambda _entry, _file: None
    if student_from == "file":
        return lambda _entry, file: stem(_last(file)).partition("_")[0].strip() or None if file.is_notebook else None
    if student_from == "notebook":
        return lambda _entry, file: file.written_student or None
    try:
        pattern = re.compile(student_from)
    except re.error as error:
        raise BadInput(
            _("--student-from {text!r} is not a regular expression ({error})"),
            _("use folder, file, notebook, or an expression with one group"),
            text=student_from,
            error=error,
        ) from error
    if pattern.groups != 1:
        raise BadInput(
            _("--student-from {text!r} has {n} groups"),
            _("use folder, file, notebook, or an expression with one group such as 'week12/([^/]+)/'"),
            text=student_from,
            n=pattern.groups,
        )
    return lambda _entry, file: named[1] if (named := pattern.search(file.source)) and named[1] else None


def check(student_from: str) -> None:
    """Check the value of --student-from before anything is read. Raises `BadInput`."""
    _named_by(student_from)


def _refuse_expression(student_from: str, entries: Sequence[Entry], told: int, students: int) -> None:
    """Raise `BadInput` if the expression fits no file, or makes all entries one student's."""
    if student_from == "folder" or not entries:
        return
    fix = _("compare it with a path such as {path}")
    path = entries[0].files[0].source
    if not told:
        raise BadInput(_("--student-from {text!r} fits no file"), fix, text=student_from, path=path)
    if students == 1 and len(entries) > 1:
        raise BadInput(
            _("--student-from {text!r} makes all {n} entries one student's"),
            fix,
            text=student_from,
            n=len(entries),
            path=path,
        )


def _refuse_displaced(students: Iterable[Student], student_from: str) -> None:
    """Raise `BadInput` if a notebook would displace that of another entry, and only a form of names makes them one."""
    for student in students:
        numbers = {(entry.given, entry.owner.number): entry.name for entry in student.entries if entry.is_numbered}
        if student.person and len(numbers) > len({given for given, _number in numbers}):
            raise _one_student(student.id, [*numbers.values()])  # the platform says that these are two
        if student.person or student_from not in ("folder", "file", "notebook"):
            continue
        if student_from == "folder" and student.entries[0].layout != "flat":
            continue
        of_section: dict[str, list[str]] = {}
        for entry, file in student.files:
            if file.section and entry.name not in of_section.setdefault(file.section, []):
                of_section[file.section].append(entry.name)
        for names in of_section.values():
            if len(names) > 1:
                raise _one_student(student.id, names)


def _join_assignments(found: dict[str, Student]) -> None:
    """Make those one student whom Moodle calls the same in several assignments, and in none of them twice.

    Its numbers are of one assignment each, so only the name is left.
    """
    named: dict[str, list[str]] = {}
    for key, student in found.items():
        if student.person is None and all(each.layout == "moodle" and each.is_numbered for each in student.entries):
            named.setdefault(student.id, []).append(key)
    for keys in named.values():
        given = [place for key in keys for place in {entry.given for entry in found[key].entries}]
        if len(keys) > 1 and len(set(given)) == len(given):
            first = found[keys[0]]
            for other in (found.pop(key) for key in keys[1:]):
                first.entries += other.entries
                first.files += other.files


def _tell_apart(found: dict[str, Student]) -> None:
    """Give students of one name their platform's number. Raises `BadInput` if two remain that have one folder."""
    for number in (True, False):
        same: dict[str, list[Student]] = {}
        for student in found.values():
            same.setdefault(unicodedata.normalize("NFKC", student.id).casefold(), []).append(student)
        for alike in same.values():
            if len(alike) == 1:
                continue
            if not number:
                raise _one_student(alike[0].id, [entry.name for each in alike for entry in each.entries])
            for each in alike:
                if each.person is None and each.entries[0].is_numbered:
                    each.id = folder_name(f"{each.id} {each.entries[0].owner.number}")


def _one_student(id: str, names: Sequence[str]) -> BadInput:
    return BadInput(
        _("these would be one student, {id}: {names}"),
        _("rename them, or say whose they are: --roster class.csv, or --student-from with an expression"),
        id=id,
        names=", ".join(shown(name) for name in names[:NAMES_MAX]),
    )


def _last(file: ReadFile) -> str:
    return next((part for part in reversed(file.parts) if part), "")


def folder_name(name: str | None) -> str:
    """The name in a form that a folder and a table can have, in any script; what is cut off is replaced by a digest."""
    name = unicodedata.normalize("NFC", (name or "").encode(errors="replace").decode()).strip()
    kept = "".join(char if char in _KEPT or unicodedata.category(char)[0] in "LMN" else "_" for char in name)
    short = kept[:STUDENT_MAX_CHARS].encode()[:STUDENT_MAX_BYTES].decode(errors="ignore")
    if short != kept:
        digest = sha256(name.encode()).hexdigest()[:8]
        short = f"{short[: STUDENT_MAX_CHARS - 9].encode()[: STUDENT_MAX_BYTES - 9].decode(errors='ignore')} {digest}"
    return short.strip(". ") or UNKNOWN_STUDENT
