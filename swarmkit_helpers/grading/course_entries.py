"""All that counts of a course: the hand-ins with their results, their answers in words and the teacher's decisions."""

from collections.abc import Mapping, Sequence

from ..course import own_words
from ..language import _
from ..records import natural_key
from . import hand_ins, overrides
from .entry import Entry
from .hand_ins import HandIn
from .overrides import Override
from .result_store import ResultStore
from .submissions import Submission


def entries(
    course: Sequence[HandIn], by_hand: Sequence[Override], store: ResultStore, failed: Mapping[str, str]
) -> list[Entry]:
    """The entries of the course, by student and section; `failed` says why a notebook has no result, by digest."""
    decided: dict[tuple[str, str], list[Override]] = {}
    for decision in by_hand:
        decided.setdefault((decision.student, decision.section), []).append(decision)
    found = []
    for each in hand_ins.counting(course):
        theirs = decided.pop((each.student, each.section), []) if each.section else []
        found.append(_entry(each, theirs, store, failed.get(each.digest, "")))
    of_student = {each.student: each.submission for each in course}
    for (student, section), theirs in decided.items():  # nothing was handed in for these
        who = of_student[student]
        submission = Submission(student, overrides.FILE, section, name=who.name, email=who.email, group=who.group)
        found.append(Entry(submission, (), overrides=theirs))
    return sorted(found, key=lambda entry: (natural_key(entry.submission.student), entry.submission.section or "~"))


def _entry(hand_in: HandIn, by_hand: Sequence[Override], store: ResultStore, why: str) -> Entry:
    result = store.result(hand_in.digest, of_any_version=True) if hand_in.digest else None
    if hand_in.digest and result is None and not why:
        why = _("its result is of another version of the course; grade {given} again").format(given=hand_in.given)
    notebook = store.notebook(hand_in.digest) if hand_in.digest else None
    return Entry(
        hand_in.submission,
        hand_in.notes,
        result,
        notebook,
        why if result is None else "",
        hand_in.for_teacher,
        by_hand,
        hand_in.late_share,
        own_words.in_notebook(notebook, hand_in.section, hand_in.language) if notebook else {},
    )
