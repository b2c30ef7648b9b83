"""From whose id the numbers of a student's exercises are made: the id in the notebook. Who they are it does not say."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence

from ..language import _
from .printable import shown
from .submissions import Submission
from .submissions.notebook import written_student

ID_MAX_CHARS = 200
ID_SHOWN_CHARS = 40
OTHERS_MAX_NAMED = 3


def numbers_id(submission: Submission) -> str:
    """The id from which the numbers are made; the student's own if the notebook has no line for one."""
    written = written_student(submission.notebook) if submission.notebook else None
    return submission.student if written is None else written[:ID_MAX_CHARS]


def remark(submission: Submission) -> str:
    """What the student should know of their numbers; empty if there is nothing."""
    number = numbers_id(submission)
    if not number or _same(number, submission.student) or not _has_id(submission):
        return ""
    return _("The numbers of its exercises were those of the student id in the notebook: {id}.").format(
        id=shown(number, ID_SHOWN_CHARS)
    )


def remarks_for_teacher(submissions: Sequence[Submission]) -> list[str]:
    """For each of these, what only the teacher should know of whose numbers it has; empty if there is nothing."""
    students: dict[str, set[str]] = defaultdict(set)  # with that id in a notebook, or as their own
    for each in submissions:
        students[_folded(each.student)].add(each.student)
        if each.notebook and (number := numbers_id(each)):
            students[_folded(number)].add(each.student)
    return [_remark_for_teacher(each, students) if each.notebook else "" for each in submissions]


def _remark_for_teacher(submission: Submission, students: dict[str, set[str]]) -> str:
    number = numbers_id(submission)
    if others := sorted(students[_folded(number)] - {submission.student}) if number else []:
        text = _("The student id in the notebook is {id}, which is also in or of the hand-in of {others}.")
        return text.format(id=shown(number, ID_SHOWN_CHARS), others=", ".join(others[:OTHERS_MAX_NAMED]))
    return ""


def _has_id(submission: Submission) -> bool:
    """Whether the student is known by an id, and not only by a platform's name for them."""
    return bool(submission.entry and not (submission.entry.is_numbered and not submission.known))


def _same(one: str, other: str) -> bool:
    return _folded(one) == _folded(other)


def _folded(id: str) -> str:
    return " ".join(unicodedata.normalize("NFC", id).casefold().split())
