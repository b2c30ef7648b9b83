"""The layouts in which a class hands in: which of the files belong together, and what the platform calls their student.

An entry is what one student has handed in: a folder, a zip, or a file, at the top of what was given. What is inside of
it says nothing of whose it is, so that no student hands in for another.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from ...course.sections import SECTIONS
from ...errors import BadInput
from ...language import _
from .files import is_notebook, is_zip, stem
from .notebook import ReadFile

Layout = Literal["folders", "moodle", "canvas", "flat", "clones"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
# assign/locallib.php, download_submissions: name, number of the participant, plug-in; a file's name outside of folders
_MOODLE = re.compile(r"^(?P<name>.*)_(?P<number>\d+)_assignsubmission_(?P<plugin>[a-z]+)(_(?P<file>.*))?$", re.DOTALL)
# canvas-lms, lib/content_zipper.rb: the name's letters, LATE, number of the user, of the attachment, the file's name
_CANVAS = re.compile(
    r"^(?P<name>[^_]+)(?P<late>_LATE)?_(?P<number>\d+)_((?P<attachment>\d+)_)?(?P<file>.+)$", re.DOTALL
)
# Folders of the course, of nbgrader and of `release`: never a student's name.
_COURSE_FOLDER = re.compile(r"swarm-[a-z]{2}|en|id|notebooks|source|release|submitted|swarm-practicum|swarm-course")
_CLONED = ("notebooks", "swarmkit_helpers", "source")  # one of them is in every clone of the course
_SECTION_NAME = re.compile("|".join(SECTIONS))
_COPY = re.compile(r"\(\d+\)|[-_ ]copy\d*|copy of|salinan( dari)?", re.IGNORECASE)  # of browsers and JupyterLab
ENTRIES_MAX_NAMED = 5


@dataclass(frozen=True)
class Owner:
    """The student of an entry, as the entry's name says."""

    key: str  # the same for all entries of one student
    name: str  # the student's name or id
    number: str = ""  # of the participant or user; empty if the platform gives none
    attachment: str = ""  # number of the newest file, at Canvas
    late: bool = False  # whether the platform says so


@dataclass(frozen=True)
class Entry:
    """What one student handed in."""

    given: str  # the folder or zip in which it was, or the platform's zip within
    name: str  # of the folder, zip or file
    layout: Layout
    owner: Owner
    files: tuple[ReadFile, ...]

    @property
    def is_numbered(self) -> bool:
        """Whether a platform has given the student a number, by which it tells students apart."""
        return bool(self.owner.number)


def entries(files: Sequence[ReadFile], given: Path, layout: Layout | None, one_zip: bool) -> list[Entry]:
    """What each student handed in, from all files below what was given; without a layout it is recognised.

    `given` is the folder or zip; `one_zip` whether it is a zip. Raises `BadInput` if folders seem to hold a
    class each.
    """
    files, depth = _top(files, given.name, one_zip)
    named = {part: _is_file(files, part, depth) for part in dict.fromkeys(_part(each, depth) for each in files)}
    chosen = layout or _recognised(files, named, depth)
    if chosen is None:  # all of it is one student's
        _refuse_copies(files, depth)
        owner = Owner(stem(given.name), stem(given.name))
        return [Entry(str(given), given.name, "folders", owner, tuple(files))]
    if layout is None and chosen == "folders":
        _refuse_classes_within(files, named, depth)
    owner_of = _owners(chosen, named)
    found: dict[tuple[str, str], list[ReadFile]] = {}
    for each in files:
        place = str(given.joinpath(*each.parts[:depth]))
        found.setdefault((place, _part(each, depth)), []).append(each)
    made = []
    for (place, name), theirs in found.items():
        download = _download(theirs, depth) if chosen == "folders" else ()
        made.append(Entry(place, name, chosen, owner_of(name), download or tuple(theirs)))
    return made


def _download(files: Sequence[ReadFile], depth: int) -> tuple[ReadFile, ...]:
    """What stands for the files of an entry that is a platform's download of a class; empty if it is none."""
    inner = {each.parts[depth + 1] for each in files if len(each.parts) > depth + 1}
    if len(inner) < 2 or not _platform(inner):
        return ()
    source = files[0].source.removesuffix("/".join(("", *files[0].parts[depth + 1 :])))
    problem = _("it seems to be a platform's download of a class. Grade it by itself: name it as what was handed in.")
    return (ReadFile(files[0].parts[: depth + 1], source, files[0].times, True, problem),)


def _top(files: Sequence[ReadFile], given: str, one_zip: bool) -> tuple[list[ReadFile], int]:
    """The files that were handed in, and how deep below what was given the entries are."""
    first = {each.parts[0] for each in files}
    if "submitted" in first and first & {"nbgrader_config.py", "gradebook.db", "source", "release", "autograded"}:
        return [each for each in files if each.parts[0] == "submitted"], 1  # a course folder of nbgrader
    second = {each.parts[1] for each in files if len(each.parts) > 1}
    inside = len(second) > 0 and all(len(each.parts) > 1 for each in files)
    if inside and _platform(second) and (len(first) == 1 or all(map(is_zip, first))):
        return list(files), 1  # the platform's zip, in a folder
    if inside and len(first) == 1 and one_zip and (_classes(files, 0) or stem(given) in first):
        return list(files), 1  # a zip of the folder around the students
    return list(files), 0


def _recognised(files: Sequence[ReadFile], named: dict[str, bool], depth: int) -> Layout | None:
    """The layout that the names show; None if all is one student's."""
    if platform := _platform(named):
        return platform
    loose = [name for name, is_file in named.items() if is_file and is_notebook(name)]
    holders = {_part(each, depth) for each in files if each.is_notebook} - set(loose)
    if loose and all(map(is_zip, holders)):
        if len(loose) > 1 and 2 * len({_rest(name) for name in loose} - {""}) > len(loose):
            return "flat"
        return "folders" if holders else None
    if all(_COURSE_FOLDER.fullmatch(name) for name in holders or {""}) and not loose and holders:
        return None
    clones = {_part(each, depth) for each in files if set(each.parts[depth + 1 : depth + 2]) & set(_CLONED)}
    return "clones" if holders and clones >= holders and len(holders) > 1 and _shared_prefix(holders) else "folders"


def _platform(names: Sequence[str] | dict[str, bool] | set[str]) -> Layout | None:
    """The platform that has given these names; None if it is none."""
    if any(_MOODLE.match(name) for name in names):
        return "moodle"
    files = [name for name in names if is_notebook(name) or is_zip(name)]
    return "canvas" if files and all(_CANVAS.match(name) for name in files) else None


def _owners(layout: Layout, named: dict[str, bool]) -> Callable[[str], Owner]:
    """The function that tells the owner of an entry of that name."""
    prefix = _shared_prefix(set(named)) if layout == "clones" else ""

    def owner(name: str) -> Owner:
        plain = stem(name) if named[name] or is_zip(name) else name
        if layout == "moodle" and (found := _MOODLE.match(name)):
            # A participant's number is of one assignment only; in another the name has to do.
            return Owner(f"moodle {found['number']}", found["name"], found["number"])
        if layout == "canvas" and (found := _CANVAS.match(name)):
            return Owner(
                f"canvas {found['number']}",
                found["name"],
                found["number"],
                found["attachment"] or "",
                bool(found["late"]),
            )
        if layout == "flat":
            return Owner(f"file {_rest(name) or plain}", _rest(name) or plain)
        return Owner(f"entry {name}", plain.removeprefix(prefix) or plain)

    return owner


def _refuse_classes_within(files: Sequence[ReadFile], named: dict[str, bool], depth: int) -> None:
    """Raise `BadInput` if each entry holds several folders with the same section, as a class does."""
    classes = _classes(files, depth)
    holders = {_part(each, depth) for each in files if each.is_notebook}
    if holders and classes >= holders:
        raise BadInput(
            _("each of these seems to hold several students: {entries}"),
            _("name the folders around the students; or add --layout folders, if each is one student"),
            entries=", ".join(sorted(classes)[:ENTRIES_MAX_NAMED]),
        )


def _refuse_copies(files: Sequence[ReadFile], depth: int) -> None:
    """Raise `BadInput` if the same section is there twice at the top: it may be one student's, or a class's."""
    loose: dict[str, list[str]] = {}
    for each in files:
        if each.section and len(each.parts) == depth + 1:
            loose.setdefault(each.section, []).append(each.parts[-1])
    for names in loose.values():
        if len(names) > 1:
            raise BadInput(
                _("these may be of one student or of several: {names}"),
                _(
                    "if of several, add --layout flat or --student-from notebook; if of one, put them into a folder "
                    "with the student's id, and name the folder around it"
                ),
                names=", ".join(names[:ENTRIES_MAX_NAMED]),
            )


def _classes(files: Sequence[ReadFile], depth: int) -> set[str]:
    """The entries in which several folders hold the same section."""
    seen: dict[tuple[str, str], set[str]] = {}
    for each in files:
        if each.section:
            inner = [part for part in each.parts[depth + 1 : -1] if not _COURSE_FOLDER.fullmatch(part)]
            if inner:
                seen.setdefault((_part(each, depth), each.section), set()).add(inner[0])
    return {entry for (entry, _section), inner in seen.items() if len(inner) > 1}


def _part(file: ReadFile, depth: int) -> str:
    return file.parts[depth] if len(file.parts) > depth else file.parts[-1]


def _is_file(files: Sequence[ReadFile], name: str, depth: int) -> bool:
    """Whether the entry of that name is a file."""
    return any(_part(each, depth) == name and len(each.parts) == depth + 1 for each in files)


def _rest(name: str) -> str:
    """What is left of a file's name without the section and without the marks of a copy: the student's name or id."""
    rest = _COPY.sub(" ", _SECTION_NAME.sub(" ", stem(name)))
    return re.sub(r"^[\s_.-]+|[\s_.-]+$", "", rest)


def _shared_prefix(names: set[str]) -> str:
    """What all names begin with, up to a hyphen: the assignment's name, where a clone is called so."""
    if len(names) < 2:
        return ""
    first, last = min(names), max(names)
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[: first.rfind("-", 0, same) + 1]
