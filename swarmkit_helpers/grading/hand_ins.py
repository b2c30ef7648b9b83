"""All that a course has handed in, kept in the --out folder: what a later run grades is added to it.

What was given at one place (a folder, a zip) replaces what was given there before of the same sections.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ..course import atomic_write
from ..language import _
from .json_records import read_record
from .submissions import Submission
from .submissions.layouts import Entry, Layout, Owner

FILE = "hand-ins.jsonl"  # beside the results; one of these in a line


@dataclass(frozen=True)
class HandIn:
    """A submission as it was graded: all that the tables and pages need besides its result."""

    given: str  # path of the folder or zip in which it was
    student: str
    name: str
    email: str
    group: str
    section: str
    language: str
    source: str
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    for_teacher: tuple[str, ...]
    digest: str  # of its result; empty if it was not examined
    handed_in: float
    late_share: float
    empty: bool  # whether no answer was changed
    entry: str  # its name; empty if nothing was handed in
    layout: Layout
    owner: str
    number: str
    attachment: str

    @property
    def submission(self) -> Submission:
        """The submission, without its notebook."""
        owner = Owner(self.owner, self.owner, self.number, self.attachment)
        return Submission(
            self.student,
            self.source,
            self.section,
            self.language,
            problems=self.problems,
            name=self.name,
            email=self.email,
            group=self.group,
            entry=Entry(self.given, self.entry, self.layout, owner, ()) if self.entry else None,
            handed_in=self.handed_in,
        )


def record(
    submission: Submission,
    notes: Sequence[str],
    for_teacher: Sequence[str],
    digest: str,
    late_share: float,
    empty: bool,
) -> HandIn:
    """The record of that submission."""
    entry = submission.entry
    return HandIn(
        given=submission.given,
        student=submission.student,
        name=submission.name,
        email=submission.email,
        group=submission.group,
        section=submission.section,
        language=submission.language,
        source=submission.source,
        problems=submission.problems,
        notes=tuple(notes),
        for_teacher=tuple(for_teacher),
        digest=digest,
        handed_in=submission.handed_in,
        late_share=late_share,
        empty=empty,
        entry=entry.name if entry else "",
        layout=entry.layout if entry else "folders",
        owner=entry.owner.name if entry else "",
        number=entry.owner.number if entry else "",
        attachment=entry.owner.attachment if entry else "",
    )


def read(folder: Path) -> list[HandIn]:
    """The records of earlier runs; a line that is none of this version's is left out."""
    try:
        lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            found.append(read_record(HandIn, json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found


def write(folder: Path, hand_ins: Sequence[HandIn]) -> None:
    """Write all records in one step."""
    lines = (json.dumps(asdict(each), ensure_ascii=False) for each in hand_ins)
    atomic_write.write(folder / FILE, "".join(f"{line}\n" for line in lines))


def merged(before: Sequence[HandIn], now: Sequence[HandIn], given: Collection[str]) -> list[HandIn]:
    """The records of the whole course. A student who has handed in anything is not one who handed in nothing."""
    sections = {"", *(each.section for each in now)}  # a folder may be used again, with another week's work in it
    kept = [each for each in before if each.entry and not (each.section in sections and is_in(each.given, given))]
    kept += now
    there = {each.student for each in kept if each.entry}
    return [each for each in kept if each.entry or each.student not in there]


def is_in(place: str, given: Collection[str]) -> bool:
    """Whether the folder or zip is one of those that were given, or in one of them."""
    return not {str(each) for each in (Path(place), *Path(place).parents)}.isdisjoint(given)


def counting(hand_ins: Sequence[HandIn]) -> list[HandIn]:
    """For each student and section the one that counts: the newest that is not empty; the others are named there."""
    by_section: dict[tuple[str, str], list[HandIn]] = {}
    found: list[HandIn] = []
    for each in hand_ins:
        if each.section:
            by_section.setdefault((each.student, each.section), []).append(each)
        else:
            found.append(each)
    for several in by_section.values():
        best = max(enumerate(several), key=lambda each: (not each[1].empty, each[1].handed_in, each[0]))[1]
        # Who hands in the whole folder each week hands in the same notebook again: that is nothing to remark.
        differ = (each for each in several if each is not best and (each.digest != best.digest or not each.digest))
        others = ", ".join(each.source for each in differ)
        if others:
            said = _("It was also handed in as {files}; {counts} counts: the newest that is not empty.")
            best = replace(best, notes=(*best.notes, said.format(files=others, counts=best.source)))
        found.append(best)
    return found
