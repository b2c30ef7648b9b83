"""`grade`: examine each notebook of a class once, store what was found, and write the tables and pages."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..course.pristine import pristine
from ..errors import BadInput
from ..file_lock import one_at_a_time
from ..language import _, ngettext, temporarily
from . import gradebook as grades_of_platform
from . import graft, numbers, report, submissions, workers
from .entry import Entry
from .exam import EngineKind, ExamRequest
from .parameters import own_parameters
from .result_store import ResultStore
from .submissions import Submission
from .submissions.layouts import Layout
from .submissions.roster import read as read_roster

SPEED = {"simulated": 20.0, "real": 1.0}  # of the swarm's clock; above 20 a notebook does not become quicker
CELL_MAX_SECONDS = {"simulated": 20.0, "real": 60.0}  # the longest cell of the lessons takes 3, and 25
OUTPUT_MAX_BYTES = 2 << 20  # of a cell's outputs: a live chart has a tenth of it
EXAM_MAX_SECONDS = 24 * 3600  # the largest --timeout: a day for one notebook


@dataclass(frozen=True)
class Work:
    """A submission, and how it is to be examined."""

    submission: Submission
    remarks: list[str]  # on the notebook
    request: ExamRequest | None = None  # None if it cannot be examined
    for_teacher: tuple[str, ...] = ()  # what the student does not see

    def entry(self, store: ResultStore, failed: dict[str, str]) -> Entry:
        """The submission with its stored result, or with the reason why there is none."""
        if self.request is None:
            return Entry(self.submission, self.remarks, for_teacher=self.for_teacher)
        digest = self.request.digest
        return Entry(
            self.submission,
            self.remarks,
            store.result(digest),
            store.notebook(digest),
            failed.get(digest, ""),
            self.for_teacher,
        )


def grade(
    paths: Sequence[Path],
    out: Path,
    *,
    jobs: int | None = None,
    layout: Layout | None = None,
    student_from: str = "folder",
    roster: Path | None = None,
    gradebook: Path | None = None,
    column: str | None = None,
    timeout: float = 300,
    engine: EngineKind = "simulated",
    scheduler: str | None = None,
) -> int:
    """Grade those submissions, and write grades, feedback and the executed notebooks into `out`.

    Returns the exit status: 0 if every notebook that can be examined was, else 1. `timeout` is in seconds, for each
    notebook. Raises `BadInput`, `NoEngine`, and the errors of an engine.
    """
    if (jobs is not None and jobs < 1) or not 0 < timeout <= EXAM_MAX_SECONDS:
        raise BadInput(
            _("--jobs must be above 0, and --timeout above 0 and at most {longest} seconds"),
            _("leave them out, or give another number"),
            longest=EXAM_MAX_SECONDS,
        )
    handed_in = submissions.find(paths, student_from, layout, read_roster(roster) if roster else None)
    _print_layouts(handed_in)
    store = ResultStore.create(out, paths)
    with one_at_a_time(store.lock, _("Another run grades into {out}; waiting for it").format(out=out)):
        told = numbers.remarks_for_teacher(handed_in)
        works = [_work(each, said, engine, timeout) for each, said in zip(handed_in, told, strict=True)]
        requests = {work.request.digest: work.request for work in works if work.request}
        left = {digest: request for digest, request in requests.items() if store.result(digest) is None}
        if known := len(requests) - len(left):
            print(
                ngettext(
                    "{n} notebook is graded already, and did not change",
                    "{n} notebooks are graded already, and did not change",
                    known,
                ).format(n=known)
            )
        elif left and store.is_of_another_version():
            print(_("The results in {out} are of another version of the course; grading again.").format(out=out))
        failed: dict[str, str] = {}
        try:
            if left:
                failed = workers.examine_all(
                    left,
                    store,
                    jobs or max(1, (os.cpu_count() or 2) // 2),
                    scheduler,
                    {work.request.digest: work.submission.student for work in works if work.request},
                )
        except KeyboardInterrupt:
            print("\n" + _("All results so far are kept; the same command goes on from here."), file=sys.stderr)
            raise
        students = report.write(out, [work.entry(store, failed) for work in works])
        if gradebook:
            grades_of_platform.fill(gradebook, column, out, students)
    return 1 if failed else 0


def _work(submission: Submission, for_teacher: str, engine: EngineKind, timeout: float) -> Work:
    told = (for_teacher,) if for_teacher else ()
    if submission.notebook is None:
        return Work(submission, [*submission.notes], for_teacher=told)
    original = pristine(submission.section, submission.language)
    with temporarily(submission.language):  # the remarks are for the student
        notebook, remarks = graft.graft(original, submission.notebook)
        used, parameter_remarks = own_parameters(original, submission.notebook)
        remarks += [*parameter_remarks, *filter(None, [numbers.remark(submission)])]
    request = ExamRequest(
        section=submission.section,
        student=numbers.numbers_id(submission),
        language=submission.language,
        notebook=notebook,
        engine=engine,
        speed=SPEED[engine],
        timeout=timeout,
        cell_timeout=min(CELL_MAX_SECONDS[engine], timeout),
        output_max_bytes=OUTPUT_MAX_BYTES,
        parameters=used,
    )
    return Work(submission, [*submission.notes, *remarks], request, told)


def _print_layouts(handed_in: Sequence[Submission]) -> None:
    """Print how the hand-ins were read, so that a layout taken wrongly shows."""
    names = {
        "folders": _("a folder, zip or file for each student"),
        "moodle": _("as Moodle gives them"),
        "canvas": _("as Canvas gives them"),
        "flat": _("a file for each student"),
        "clones": _("a clone for each student"),
    }
    for layout, number in submissions.layouts_of(handed_in).items():
        text = ngettext("{n} hand-in: {layout}", "{n} hand-ins: {layout}", number)
        print(text.format(n=number, layout=names[layout]))
