"""What `grade` prints at its end: the points of the course, the problems of this run, and what is left to do."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..language import _, ngettext
from ..records import natural_key
from .entry import Entry, maximum
from .report import section_points


def print_summary(out: Path, students: Mapping[str, Sequence[Entry]], here: Mapping[str, Sequence[Entry]]) -> None:
    """Print the points of each student, what was wrong in this run, and what is left to mark.

    `here` are the students of this run, with what they handed in there.
    """
    entries = [entry for theirs in students.values() for entry in theirs]
    points_of = section_points(entries)
    width = max(map(len, students), default=0)
    for student in sorted(students, key=natural_key):
        points = sum(entry.points for entry in students[student])
        problems = sum(bool(_problems(entry)) for entry in here.get(student, ()))
        note = "  " + ngettext("{n} problem", "{n} problems", problems).format(n=problems) if problems else ""
        print(f"   {student:{width}}  {points:5g} / {maximum(students[student], points_of)}{note}")
    for problem in (problem for theirs in here.values() for entry in theirs for problem in _problems(entry)):
        print(f" ✗ {problem}")
    for section in section_points([entry for theirs in here.values() for entry in theirs]):
        if missing := _without(section, students, here):
            text = _("{section}: {n} handed in nothing").format(section=section.partition("-")[0], n=missing)
            print(f" ✗ {text}")
    if unmarked := sum(len(entry.unmarked) for entry in entries):
        text = ngettext(
            "{n} answer in words has no points yet; to mark it: python3 -m swarmkit_helpers mark --out {out}",
            "{n} answers in words have no points yet; to mark them: python3 -m swarmkit_helpers mark --out {out}",
            unmarked,
        )
        print(text.format(n=unmarked, out=out))
    print(_("Grades are in {table}; look at {page}").format(table=out / "grades.csv", page=out / "overview.html"))


def _problems(entry: Entry) -> list[str]:
    """Why it has no results, or not all; of one who handed in nothing none, as these are counted."""
    return [] if entry.missing else [*entry.problems, *filter(None, [entry.out_of_time])]


def _without(section: str, students: Mapping[str, Sequence[Entry]], here: Mapping[str, Sequence[Entry]]) -> int:
    """How many have handed in nothing for that section, and are not excused from it."""
    there = {
        student
        for student, theirs in here.items()
        if any(each.submission.entry and each.submission.section in (section, "") for each in theirs)
    }
    excused = {
        student
        for student, theirs in students.items()
        if any(each.excused and each.submission.section == section for each in theirs)
    }
    return len(students.keys() - there - excused)
