"""What a class handed in: for each student and section one notebook, or the reason why there is none.

A fault in a file is a sentence in the `problems` of its submission, and never stops the run. What stops it is a doubt
about whose a notebook is.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import BadInput
from ...language import _, ngettext
from ...records import Json, natural_key
from ..printable import shown
from . import identity, layouts
from .files import is_zip, submitted_files
from .identity import Student
from .layouts import Entry, Layout
from .notebook import ReadFile
from .reader import NotebookReader
from .roster import Person, Roster
from .selection import chosen

FILES_MAX_NAMED = 5
UNREADABLE_MAX = 20  # files of one student that have a row each
_READER = NotebookReader()


@dataclass(frozen=True)
class Submission:
    """One notebook that was handed in, or the reason why a student has none."""

    student: str
    source: str  # its path, and in a zip also the path there, for messages
    section: str = ""  # empty if it is of none
    language: str = ""  # empty if it cannot be read
    notebook: Json | None = None  # without outputs; None if it is not to be examined
    problems: tuple[str, ...] = ()  # sentences that name the file, and what to do
    notes: tuple[str, ...] = ()  # sentences about what was handed in besides
    name: str = ""  # of the student, as the roster or the platform has it
    email: str = ""
    group: str = ""
    known: bool = False  # whether the roster has the student
    entry: Entry | None = None  # None of a student who handed in nothing
    handed_in: float = 0.0  # seconds since the epoch, by the time that the platform gives; 0: not known
    given: str = ""  # path of the folder or zip in which it was


def find(
    paths: Sequence[Path],
    student_from: str = "folder",
    layout: Layout | None = None,
    roster: Roster | None = None,
) -> list[Submission]:
    """Read everything in those folders, zips and files: each student has at least one submission.

    If a student handed in a section several times, the newest that is not empty counts. `student_from` is "folder",
    "file", "notebook", or a regular expression with one group, which is searched for in the path. Without a `layout` it
    is recognised. Raises `BadInput` if a path does not exist or has no notebook, or if it is in doubt whose one is.
    """
    identity.check(student_from)
    entries = [entry for given in _together(paths) for entry in _entries(given, layout)]
    submissions = [
        each for student in identity.students(entries, student_from, roster) for each in _submissions(student, roster)
    ]
    if roster:
        there = {each.student for each in submissions}
        missing = (person for person in roster.people if identity.folder_name(person.id) not in there)
        submissions += [_nothing(person) for person in missing]
    submissions.sort(key=lambda each: (natural_key(each.student), each.section or "~", each.source))
    return submissions


def places(paths: Sequence[Path]) -> list[Path]:
    """The folders and zips of these hand-ins; files of one folder are in that folder."""
    return [_place(given) for given in _together(paths)]


def layouts_of(submissions: Sequence[Submission]) -> Counter[Layout]:
    """How many entries have which layout."""
    return Counter({(entry.given, entry.name): entry.layout for each in submissions if (entry := each.entry)}.values())


def _together(paths: Sequence[Path]) -> list[list[Path]]:
    """The paths, those of several files in one folder together: as if the folder were given with no more in it."""
    groups: dict[tuple[Path, bool], list[Path]] = {}
    for path in paths:
        if not path.exists():
            raise BadInput(_("there is no {path}"), _("name a folder, a zip or a notebook that exists"), path=path)
        folder = path.resolve() if path.is_dir() else path.parent.resolve()
        groups.setdefault((folder, path.is_dir()), []).append(path)
    return [*groups.values()]


def _place(given: Sequence[Path]) -> Path:
    path = given[0]
    if path.is_dir():
        return path.resolve()
    alone = len(given) == 1 and is_zip(path.name)
    return path.parent.resolve() / path.name if alone else path.parent.resolve()


def _entries(given: Sequence[Path], layout: Layout | None) -> list[Entry]:
    """What each student handed in there. Raises `BadInput` if there is no notebook."""
    alone = len(given) == 1
    files: list[ReadFile] = []
    for path in given:
        for each in submitted_files(path):
            file = _READER.read(each)
            if not alone and is_zip(path.name):
                file = replace(file, parts=(path.name, *file.parts))
            files.append(file)
    if not any(file.is_notebook for file in files):
        raise BadInput(
            _("there is no notebook in {path}"), _("name a folder or a zip with .ipynb files"), path=given[0]
        )
    place = _place(given)
    return layouts.entries(files, place, layout, alone and is_zip(given[0].name))


def _submissions(student: Student, roster: Roster | None) -> list[Submission]:
    """The submissions of that student: a notebook of each section, and what could not be read."""
    person = student.person
    strange = roster is not None and person is None
    first = student.entries[0]
    name = person.name if person else first.owner.name if first.is_numbered else ""

    def submission(entry: Entry, source: str, **more: object) -> Submission:
        return Submission(
            student.id,
            source,
            name=name,
            email=person.email if person else "",
            group=person.group if person else "",
            known=person is not None,
            entry=entry,
            given=entry.given,
            **more,  # type: ignore[arg-type]  # each has the type of its field
        )

    of_section: dict[str, list[tuple[Entry, ReadFile]]] = defaultdict(list)
    found, others = [], []
    for entry, file in student.files:
        if file.section:
            of_section[file.section].append((entry, file))
        elif file.problem:
            found.append(submission(entry, file.source, problems=(f"{file.source}: {file.problem}",)))
        elif file.parts[-1]:
            others.append(file)
    if len(found) > UNREADABLE_MAX:
        more = _("{student}: {n} more files could not be read.")
        problem = more.format(student=student.id, n=len(found) - UNREADABLE_MAX)
        found[UNREADABLE_MAX:] = [submission(first, shown(first.name), problems=(problem,))]
    for section, theirs in of_section.items():
        entry, file = chosen(theirs)
        notes = [_left_out(file, [other.source for _entry, other in theirs if other is not file])]
        if entry.owner.late:
            notes.append(_("The platform marks it as late."))
        if strange:
            notes.append(_("The roster does not say which student this is."))
        found.append(
            submission(
                entry,
                file.source,
                section=section,
                language=file.language,
                notebook=file.notebook,
                notes=tuple(filter(None, notes)),
                handed_in=0.0 if entry.layout in ("canvas", "clones") else file.times[0],
            )
        )
    return found or [_without_notebook(submission(first, shown(first.name)), others)]


def _left_out(counts: ReadFile, others: Sequence[str]) -> str:
    if not others:
        return ""
    text = ngettext(
        "{n} more notebook of this section was handed in: {files}. {counts} counts: the newest that is not empty.",
        "{n} more notebooks of this section were handed in: {files}. {counts} counts: the newest that is not empty.",
        len(others),
    )
    return text.format(n=len(others), files=", ".join(others[:FILES_MAX_NAMED]), counts=counts.source)


def _without_notebook(submission: Submission, files: Sequence[ReadFile]) -> Submission:
    names = ", ".join(shown(file.parts[-1]) for file in files[:FILES_MAX_NAMED])
    problem = (
        _("{entry}: there is no notebook in it, but: {files}. Ask for the .ipynb file, or a zip of it.").format(
            entry=submission.source, files=names
        )
        if files
        else _("{entry}: it is empty. Ask for the .ipynb file.").format(entry=submission.source)
    )
    return replace(submission, problems=(problem,))


def _nothing(person: Person) -> Submission:
    id = identity.folder_name(person.id)
    problem = _("{student}: nothing was handed in.").format(student=id)
    return Submission(id, "", problems=(problem,), name=person.name, email=person.email, group=person.group, known=True)
