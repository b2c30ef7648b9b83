"""The files of a graded class: a table for the gradebook, the same in JSON for programs, and pages for people."""

import csv
import io
import json
import re
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from .. import __version__
from ..course import atomic_write, own_words
from ..course.checks import whole
from ..course.sections import SECTIONS
from ..records import Json, natural_key
from . import feedback_page, feedback_zip, nbgrader_table, overview_page, work_page
from .entry import Entry, maximum
from .overview_page import MissedExercise
from .printable import cell

ANSWER_COLUMNS = ("answers", "answers of")  # once one is marked
STUDENT_COLUMNS = ("student", "name", "e-mail", "group")
EXERCISE_COLUMNS = ("student", "section", "exercise", "points", "of", "outcome", "message", "by hand")
MESSAGES_MAX = 8  # that the overview shows


def write(out: Path, entries: Sequence[Entry], gone: Collection[str] = ()) -> dict[str, list[Entry]]:
    """Write the tables, the pages and the executed notebooks into `out`.

    The pages of students who are `gone` are removed. Returns the entries by their students.
    """
    atomic_write.write(out / "grades.json", json.dumps(json_table(entries), indent=1, ensure_ascii=False))
    students: dict[str, list[Entry]] = {}
    for entry in entries:
        students.setdefault(entry.submission.student, []).append(entry)
    points_of, answers_of = section_points(entries), answers_points(entries)
    # The mark tells Excel that it is UTF-8.
    atomic_write.write(out / "grades.csv", "\ufeff" + student_table(students, points_of, answers_of))
    atomic_write.write(out / "exercises.csv", "\ufeff" + exercise_table(entries))
    atomic_write.write(out / nbgrader_table.FILE, nbgrader_table.table(students, points_of, answers_of))
    for student, theirs in students.items():
        folder = out / "students" / student
        folder.mkdir(parents=True, exist_ok=True)
        for entry in theirs:
            if entry.notebook:
                text = entry.notebook.read_text(encoding="utf-8")
                atomic_write.write(folder / f"{entry.submission.section}.ipynb", text)
        with_report = work_page.has_sections(theirs)
        if with_report:
            atomic_write.write(folder / feedback_page.REPORT, work_page.page(student, theirs, answers_of))
        else:
            (folder / feedback_page.REPORT).unlink(missing_ok=True)
        page = feedback_page.page(student, theirs, points_of, answers_of, with_report=with_report)
        atomic_write.write(folder / feedback_zip.PAGE, page)
    for student in gone:
        _remove_pages(out / "students" / student)
    atomic_write.write(out / "overview.html", overview_page.page(students, points_of, answers_of, most_missed(entries)))
    return students


def write_feedback_zip(out: Path, students: Mapping[str, Sequence[Entry]], here: Mapping[str, Sequence[Entry]]) -> None:
    """Write feedback.zip for those who are `here`: the students of one run, with what they handed in there.

    The feedback is about the whole course, the report beside it about the sections of this run.
    """
    entries = [entry for theirs in students.values() for entry in theirs]
    points_of, answers_of = section_points(entries), answers_points(entries)
    there = {student: theirs for student, theirs in here.items() if any(entry.submission.entry for entry in theirs)}

    def pages() -> Iterator[feedback_zip.Page]:
        for student, theirs in there.items():
            # Without links to files beside it: a platform gives each file another name.
            text = feedback_page.page(student, students[student], points_of, answers_of, with_notebooks=False)
            yield student, feedback_zip.PAGE, text
            if work_page.has_sections(theirs):
                yield student, feedback_page.REPORT, work_page.page(student, theirs, answers_of)

    feedback_zip.write(out / "feedback.zip", pages(), there)


def _remove_pages(folder: Path) -> None:
    """Remove what was written for a student who is no longer in the class; what the teacher has put there stays."""
    for name in (feedback_zip.PAGE, feedback_page.REPORT, *(f"{section}.ipynb" for section in SECTIONS)):
        (folder / name).unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def student_table(
    students: Mapping[str, Sequence[Entry]], points_of: Mapping[str, int], answers_of: Mapping[str, int]
) -> str:
    """grades.csv: a row for each student, with the points of each section and of all, and those of the answers."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        [
            *STUDENT_COLUMNS,
            *points_of,
            "total",
            "of",
            *(ANSWER_COLUMNS if answers_of else ()),
            "late",
            "by hand",
            "problems",
        ]
    )
    for student in sorted(students, key=natural_key):
        theirs = students[student]
        who = theirs[0].submission
        by_section: dict[str, object] = {each.submission.section: each.points for each in theirs if each.counts}
        by_section |= {each.submission.section: "excused" for each in theirs if each.excused}
        row = [student, who.name, who.email, who.group, *(by_section.get(section, "") for section in points_of)]
        row += [whole(sum(each.points for each in theirs)), maximum(theirs, points_of)]
        if answers_of:
            row += [whole(sum(each.answer_points for each in theirs)), maximum(theirs, answers_of)]
        row.append(
            " ".join(f"{each.submission.section}: -{100 * each.late_share:g}%" for each in theirs if each.late_share)
        )
        row.append(" ".join(decided.text for each in theirs for decided in each.decisions))
        row.append(" ".join(problem for entry in theirs for problem in (*entry.problems, entry.out_of_time) if problem))
        writer.writerow([cell(value) for value in row])
    return text.getvalue()


def exercise_table(entries: Sequence[Entry]) -> str:
    """exercises.csv: a row for each exercise, each marked answer, and each notebook that could not be examined."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(EXERCISE_COLUMNS)
    for entry in entries:
        submission = (entry.submission.student, entry.submission.section)
        by_hand = {id: decision.text for id, decision in entry.decided.items()}
        whole_section = [each for each in entry.decisions if not each.exercise]
        rows: list[tuple[object, ...]] = [
            (
                *submission,
                each.exercise,
                each.points,
                each.of,
                each.outcome,
                entry.message(each),
                by_hand.get(each.exercise, ""),
            )
            for each in entry.results
        ]
        rows += [(*submission, "", entry.points, "", "by hand", "", each.text) for each in whole_section]
        rows += [
            (*submission, id, mark.points, own_words.QUESTION_POINTS, "marked", "", mark.text)
            for id, mark in entry.marks.items()
        ]
        rows += [(*submission, "", 0, "", "problem", problem, "") for problem in entry.problems]
        writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def json_table(entries: Sequence[Entry]) -> Json:
    """grades.json: all results of every notebook, without its charts."""
    return {
        "swarmkit_helpers": __version__,
        "written": _utc(time.time()),
        "notebooks": [_notebook(entry) for entry in entries],
    }


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _notebook(entry: Entry) -> Json:
    notebook = {
        "student": entry.submission.student,
        "section": entry.submission.section or None,
        "source": entry.submission.source,
        "language": entry.submission.language or None,
        "points": entry.points,
        "handed_in": _utc(entry.submission.handed_in) if entry.submission.handed_in else None,
        "late_share": entry.late_share,
        "by_hand": [asdict(each) for each in entry.overrides],
        "answer_points": entry.answer_points,
        "of": sum(each.of for each in entry.results),
        "results": [asdict(each) for each in entry.results],
        "problems": entry.problems,
        "notes": entry.notes,
        "for_teacher": list(entry.for_teacher),
    }
    if entry.result:
        result = entry.result.to_json()
        notebook |= {name: result[name] for name in ("remarks", "timeline", "ended", "memory", "seconds")}
    return notebook


def section_points(entries: Sequence[Entry]) -> dict[str, int]:
    """The sections that the class handed in, in the course's order, with the points that each gives."""
    seen = {entry.submission.section for entry in entries}
    return {id: sum(each.points for each in module.EXERCISES) for id, module in SECTIONS.items() if id in seen}


def answers_points(entries: Sequence[Entry]) -> dict[str, int]:
    """The sections of which an answer in words is marked, with the points that their answers give."""
    seen = {entry.submission.section for entry in entries if entry.marks}
    return {id: own_words.maximum(id) for id in SECTIONS if id in seen}


def most_missed(entries: Sequence[Entry]) -> list[MissedExercise]:
    """The messages of checks that did not pass, the most frequent first; numbers in them make no difference."""
    times: Counter[tuple[str, str, str]] = Counter()
    example: dict[tuple[str, str, str], str] = {}
    for entry in entries:
        for each in entry.results:
            if each.outcome != "passed":
                key = each.section, each.exercise, re.sub(r"\d+(\.\d+)?", "N", each.message)
                times[key] += 1
                example.setdefault(key, each.message)
    ranked = sorted(times.items(), key=lambda entry: (-entry[1], entry[0]))[:MESSAGES_MAX]
    return [MissedExercise(key[0], key[1], example[key], number) for key, number in ranked]
