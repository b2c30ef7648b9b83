"""nbgrader.csv: the grades in the form of nbgrader's own export, for programs that read that.

Each section is an assignment; so are the answers in words of a section, once any of them is marked.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from ..records import natural_key
from .entry import Entry
from .printable import cell

FILE = "nbgrader.csv"  # in the teacher's --out folder
COLUMNS = (  # nbgrader, plugins/export.py
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
)  # fmt: skip
ANSWERS = "-answers"  # follows the section's name


def table(students: Mapping[str, Sequence[Entry]], points_of: Mapping[str, int], answers_of: Mapping[str, int]) -> str:
    """A row for each assignment and student: also for one who handed in nothing, but for none who is excused."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for section, of in points_of.items():
        for student, entry in _of_section(students, section):
            earned, points = (entry.earned, entry.points) if entry else (0, 0)
            writer.writerow(_row(section, student, students[student][0], entry, earned, points, of))
    for section, of in answers_of.items():
        for student, entry in _of_section(students, section):
            points = entry.answer_points if entry else 0
            writer.writerow(_row(section + ANSWERS, student, students[student][0], entry, points, points, of))
    return text.getvalue()


def _of_section(students: Mapping[str, Sequence[Entry]], section: str) -> Iterator[tuple[str, Entry | None]]:
    """Each student with their entry of the section; without those who are excused."""
    for student in sorted(students, key=natural_key):
        entry = next((each for each in students[student] if each.submission.section == section), None)
        if entry is None or not entry.excused:
            yield student, entry


def _row(
    assignment: str, student: str, of_student: Entry, entry: Entry | None, earned: float, points: float, of: int
) -> list[object]:
    first, _space, last = of_student.submission.name.rpartition(" ")
    handed_in = entry.submission.handed_in if entry else 0.0
    row = [
        assignment,
        "",
        datetime.fromtimestamp(handed_in, UTC).replace(tzinfo=None) if handed_in else "",
        student,
        last,
        first,
        of_student.submission.email,
        float(earned),
        round(float(earned - points), 2),
        float(points),
        float(of),
    ]
    return [cell(value) for value in row]
