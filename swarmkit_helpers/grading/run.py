"""`grade`: examine each notebook of a class once, store what was found, and write the tables and pages."""

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..course.pristine import pristine
from ..course.sections import SECTIONS
from ..errors import BadInput
from ..file_lock import one_at_a_time
from ..language import _, ngettext, temporarily
from . import (
    course_entries,
    course_state,
    graft,
    hand_ins,
    numbers,
    overrides,
    report,
    result_store,
    submissions,
    summary,
    workers,
)
from . import gradebook as grades_of_platform
from .entry import Entry
from .exam import EngineKind, ExamRequest
from .hand_ins import HandIn
from .lateness import LatePolicy, late_policy
from .parameters import own_parameters
from .result_store import ResultStore
from .submissions import Submission
from .submissions.layouts import Layout
from .submissions.roster import folded
from .submissions.roster import read as read_roster

SPEED = {"simulated": 20.0, "real": 1.0}  # of the swarm's clock; above 20 a notebook does not become quicker
CELL_MAX_SECONDS = {"simulated": 20.0, "real": 60.0}  # the longest cell of the lessons takes 3, and 25
OUTPUT_MAX_BYTES = 2 << 20  # of a cell's outputs: a live chart has a tenth of it
JOBS_A_PROCESSOR = 1.5  # an examination waits for a third of its time
EXAM_MAX_SECONDS = 24 * 3600  # the largest --timeout: a day for one notebook


@dataclass(frozen=True)
class Work:
    """A submission, and how it is to be examined."""

    submission: Submission
    remarks: list[str]  # on the notebook
    request: ExamRequest | None = None  # None if it cannot be examined
    for_teacher: tuple[str, ...] = ()  # what the student does not see
    empty: bool = False  # whether no answer was changed

    def hand_in(self, policy: LatePolicy | None) -> HandIn:
        """The record of it, with what being late costs."""
        remarks, told, share = [*self.remarks], [*self.for_teacher], 0.0
        if policy:
            share = policy.lost_share(self.submission) if self.submission.section else 0.0
            if self.submission.section:
                with temporarily(self.submission.language):
                    remarks += filter(None, [policy.remark(self.submission)])
            told += filter(None, [policy.remark_for_teacher(self.submission)])
        digest = self.request.digest if self.request else ""
        return hand_ins.record(self.submission, remarks, told, digest, share, self.empty)


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
    answers: bool = False,
    again: Sequence[str] = (),
    due: str | None = None,
    late: str | None = None,
    timeout: float = 300,
    engine: EngineKind = "simulated",
    scheduler: str | None = None,
) -> int:
    """Grade those submissions, and write grades, feedback and the executed notebooks of the course into `out`.

    Returns the exit status: 0 if every notebook that can be examined was, else 1. `timeout` is in seconds, for each
    notebook. With `answers` the points of answers in words count in the gradebook, too. Raises `BadInput`, `NoEngine`,
    and the errors of an engine.
    """
    if (jobs is not None and jobs < 1) or not 0 < timeout <= EXAM_MAX_SECONDS:
        raise BadInput(
            _("--jobs must be above 0, and --timeout above 0 and at most {longest} seconds"),
            _("leave them out, or give another number"),
            longest=EXAM_MAX_SECONDS,
        )
    policy = late_policy(due, late)
    if gradebook:
        grades_of_platform.check(gradebook, column)  # before an hour of grading
    class_list = roster or result_store.roster_of(out)
    handed_in = submissions.find(paths, student_from, layout, read_roster(class_list) if class_list else None)
    _print_layouts(handed_in)
    store = ResultStore.create(out, paths)
    with one_at_a_time(store.lock, _("Another run grades into {out}; waiting for it").format(out=out)):
        if roster:
            store.keep_roster(roster)
        told = numbers.remarks_for_teacher(handed_in)
        works = [_work(each, said, engine, timeout) for each, said in zip(handed_in, told, strict=True)]
        before = hand_ins.read(store.folder)
        given = {str(each) for each in submissions.places(paths)}
        course = hand_ins.merged(before, [work.hand_in(policy) for work in works], given)
        known = {each.student for each in course}
        overrides.read(out / overrides.FILE, known)  # a wrong row is said before anything is graded
        requests = {work.request.digest: work.request for work in works if work.request}
        students = {work.request.digest: work.submission.student for work in works if work.request}
        repeated = _repeated(again, requests, students)
        left = {
            digest: request
            for digest, request in requests.items()
            if digest in repeated or store.result(digest) is None
        }
        _print_known(requests, left, store, out)
        failed: dict[str, str] = {}
        try:
            if left:
                at_once = jobs or max(1, int((os.cpu_count() or 1) * JOBS_A_PROCESSOR))
                failed = workers.examine_all(left, store, at_once, scheduler, students)
        except KeyboardInterrupt:
            print("\n" + _("All results so far are kept; the same command goes on from here."), file=sys.stderr)
            raise
        hand_ins.write(store.folder, course)
        by_hand = overrides.read(out / overrides.FILE, known)  # the teacher may have marked answers in the meantime
        gone = {each.student for each in before} - {each.student for each in course}
        entries = report.write(out, course_entries.entries(course, by_hand, store, failed), gone)
        here = _of_run(entries, given, works)
        summary.print_summary(out, entries, here)
        report.write_feedback_zip(out, entries, here)
        if gradebook:
            grades_of_platform.fill(gradebook, column, out, here, with_answers=answers)
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
    empty = notebook == original
    begun = not empty or bool(used)  # all who have not begun share an examination: nothing of anybody is in it
    number = numbers.numbers_id(submission) if begun else ""
    request = ExamRequest(
        section=submission.section,
        student=number,
        language=submission.language,
        notebook=notebook,
        engine=engine,
        speed=SPEED[engine],
        timeout=timeout,
        cell_timeout=min(CELL_MAX_SECONDS[engine], timeout),
        output_max_bytes=OUTPUT_MAX_BYTES,
        parameters=used,
        of=submission.student if begun and submission.student != number else "",
    )
    return Work(submission, [*submission.notes, *remarks], request, told, empty)


def _repeated(again: Sequence[str], requests: Mapping[str, ExamRequest], students: Mapping[str, str]) -> set[str]:
    """The digests of what --again names. Raises `BadInput` if it names nothing that was handed in."""
    found: set[str] = set()
    for name in again:
        named = {
            digest
            for digest, request in requests.items()
            if name in (request.section, request.section.partition("-")[0]) or folded(students[digest]) == folded(name)
        }
        if not named:
            raise BadInput(
                _("--again {name!r} is no student and no section that was handed in here"),
                _("write a student's id, or one of these: {sections}"),
                name=name,
                sections=", ".join(id for id in SECTIONS if any(each.section == id for each in requests.values())),
            )
        found |= named
    return found


def _print_known(
    requests: Mapping[str, ExamRequest], left: Mapping[str, ExamRequest], store: ResultStore, out: Path
) -> None:
    """Print how many are graded already, and which of these with another check or another state of the course."""
    known = requests.keys() - left.keys()
    if known:
        text = ngettext(
            "{n} notebook is graded already, and did not change",
            "{n} notebooks are graded already, and did not change",
            len(known),
        )
        print(text.format(n=len(known)))
    elif left and store.is_of_another_version():
        print(_("The results in {out} are of another version of the course; grading again.").format(out=out))
    changed: Counter[tuple[str, bool]] = Counter()
    for digest in known:
        section = requests[digest].section
        then, now = store.state(digest), course_state.state_of(section)
        if then and then != now:
            changed[section, then.get("check") != now["check"]] += 1
    for (section, check), number in sorted(changed.items()):
        text = (
            ngettext(
                "{n} of them was graded with another check; to grade again: --again {section}",
                "{n} of them were graded with another check; to grade again: --again {section}",
                number,
            )
            if check
            else ngettext(
                "{n} of them was graded with another state of the course; to grade again: --again {section}",
                "{n} of them were graded with another state of the course; to grade again: --again {section}",
                number,
            )
        )
        print(text.format(n=number, section=section))


def _of_run(entries: Mapping[str, Sequence[Entry]], given: set[str], works: Sequence[Work]) -> dict[str, list[Entry]]:
    """The entries of the sections that were given to this run."""
    sections = {work.submission.section for work in works} - {""}
    found = {}
    for student, theirs in entries.items():
        here = [each for each in theirs if each.submission.section in sections]
        others = [each for each in theirs if (entry := each.submission.entry) and hand_ins.is_in(entry.given, given)]
        if here or others:  # what was handed in here stands first: a platform knows it by these names
            found[student] = [*others, *(each for each in here if each not in others)]
    return found


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
