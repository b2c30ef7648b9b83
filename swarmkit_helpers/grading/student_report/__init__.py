"""The report that a student hands in: one page with the work, its pictures, the student's answers, and the evidence."""

import textwrap
from pathlib import Path

from ...cluster import ownership
from ...course import own_words, report_notice, student_id, working_copy
from ...errors import BadInput
from ...language import _, current
from ...notebook import kept_stills
from .. import evidence
from ..evidence import signed_file, signed_page
from .report_page import page

TERMINAL_WIDTH = 110  # characters of a line
REPORT_MAX_BYTES = 3_000_000
MARGIN_BYTES = 50_000  # of the words of pictures, whose letters may take more than a byte


def make(student: str | None, folder: Path, out: Path | None, cluster: str | None, sure: bool) -> int:
    """Write the report of this student's work, after a question; with `sure` without one.

    With None it is the student of the working copy that `folder` is, or else the one who was said last. The folder has
    the notebooks with the answers, in the language in use. Raises `BadInput` if there is no work, or no id.
    """
    student = _student(folder) if student is None else student_id.checked(student)
    if not student:
        raise BadInput(_("a report needs the student's id"), _("add --student ID"))
    name = ownership.split_name(cluster)[1]
    path = out or Path(report_notice.file_name(student))
    found = evidence.collect(student, name)
    notebooks = own_words.notebooks_in(folder, current())
    said = own_words.answers(notebooks, current())
    for text in (report_notice.contents(student, str(path)), report_notice.answers_found(said, notebooks)):
        print(textwrap.fill(text, TERMINAL_WIDTH, break_long_words=False, break_on_hyphens=False))
    if not sure and not report_notice.agreed():
        print(_("Nothing was written."))
        return 1
    text, bundle = with_pictures(found, kept_stills.read(name, found.worked_as), said)
    signed_file.save(text, path)
    print(_("{path} is your report, signed with key {key}. Look at it in a browser.").format(path=path, key=bundle.key))
    return 0


def _student(folder: Path) -> str:
    """The id that was said for this working copy; outside of one, the one that was said last."""
    copy = next(filter(working_copy.is_one, (folder, folder.resolve().parent)), None)
    return working_copy.student(copy) if copy else student_id.remembered()


def with_pictures(
    found: signed_file.Evidence,
    stills: dict[str, list[kept_stills.KeptStill]],
    said: dict[str, list[own_words.Answer]],
) -> tuple[str, signed_file.Bundle]:
    """The signed page, with as many of the pictures as it has room for."""
    bare, _bundle = signed_page.with_evidence(page(found, stills, said, 0), found)
    room = max(0, REPORT_MAX_BYTES - MARGIN_BYTES - len(bare.encode()))
    return signed_page.with_evidence(page(found, stills, said, room), found)
