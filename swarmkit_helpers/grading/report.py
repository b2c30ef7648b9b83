"""What a graded class leaves behind: a table for the gradebook, its twin for programs, and pages for people."""

import csv
import io
import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from .. import __version__
from ..course import atomic_write
from ..course.sections import SECTIONS
from ..language import _, ngettext
from ..records import Json, natural_key
from . import html_pages
from .entry import Entry

COLUMNS = ("student", "section", "exercise", "points", "of", "outcome", "message")
COMMONEST = 8  # messages that the overview shows


def write(out: Path, entries: Sequence[Entry], kept: Path) -> None:
    """The tables, the pages and the executed notebooks are in `out`, and their summary has been printed."""
    atomic_write.write(out / "grades.csv", "\ufeff" + table(entries))  # Excel takes it for UTF-8 by that mark
    atomic_write.write(out / "grades.json", json.dumps(twin(entries), indent=1, ensure_ascii=False))
    students: dict[str, list[Entry]] = {}
    for entry in entries:
        students.setdefault(entry.submission.student, []).append(entry)
    asked = sections(entries)
    for student, theirs in students.items():
        folder = out / "students" / student
        folder.mkdir(parents=True, exist_ok=True)
        for entry in theirs:
            if entry.found and (notebook := kept / f"{entry.found['key']}.ipynb").exists():
                atomic_write.write(folder / f"{entry.submission.section}.ipynb", notebook.read_text(encoding="utf-8"))
        atomic_write.write(folder / "feedback.html", html_pages.feedback(student, theirs, asked))
    atomic_write.write(out / "overview.html", html_pages.overview(students, asked, commonest(entries)))
    _summarise(out, entries, students, asked)


def table(entries: Sequence[Entry]) -> str:
    """grades.csv: a row for each exercise, and for each notebook that could not be examined."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for entry in entries:
        about = (entry.submission.student, entry.submission.section or "")
        rows = [
            (*about, each["exercise"], each["points"], each["of"], each["outcome"], each["message"])
            for each in entry.results
        ]
        rows += [(*about, "", 0, "", "problem", problem) for problem in entry.problems]
        writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV Injection)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def twin(entries: Sequence[Entry]) -> Json:
    """grades.json: all that is known of every notebook, but its pictures."""
    written = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {
        "swarmkit_helpers": __version__,
        "written": written,
        "notebooks": [
            {
                "student": entry.submission.student,
                "section": entry.submission.section,
                "source": entry.submission.source,
                "language": entry.submission.language,
                "points": entry.points,
                "of": sum(each["of"] for each in entry.results),
                "results": entry.results,
                "problems": entry.problems,
                "notes": entry.notes,
                **(
                    {name: entry.found["result"][name] for name in ("remarks", "timeline", "ended", "memory")}
                    | {"seconds": entry.found["result"]["seconds"] | {"total": entry.found["seconds"]}}
                    if entry.found
                    else {}
                ),
            }
            for entry in entries
        ],
    }


def sections(entries: Sequence[Entry]) -> dict[str, int]:
    """The sections that anybody handed in, in the course's order, with their points."""
    seen = {entry.submission.section for entry in entries}
    return {id: sum(each.points for each in module.EXERCISES) for id, module in SECTIONS.items() if id in seen}


def commonest(entries: Sequence[Entry]) -> list[tuple[str, str, str, int]]:
    """Section, exercise, message and how often: of what was not met, numbers aside, the commonest first."""
    told: Counter[tuple[str, str, str]] = Counter()
    example: dict[tuple[str, str, str], str] = {}
    for entry in entries:
        for each in entry.results:
            if each["outcome"] != "passed":
                key = each["section"], each["exercise"], re.sub(r"\d+(\.\d+)?", "N", each["message"])
                told[key] += 1
                example.setdefault(key, each["message"])
    ranked = sorted(told.items(), key=lambda entry: (-entry[1], entry[0]))[:COMMONEST]
    return [(key[0], key[1], example[key], number) for key, number in ranked]


def _summarise(out: Path, entries: Sequence[Entry], students: dict[str, list[Entry]], asked: dict[str, int]) -> None:
    most = sum(asked.values())
    width = max(map(len, students), default=0)
    for student in sorted(students, key=natural_key):
        points = sum(entry.points for entry in students[student])
        problems = sum(bool(entry.problems) for entry in students[student])
        note = "  " + ngettext("{n} problem", "{n} problems", problems).format(n=problems) if problems else ""
        print(f"   {student:{width}}  {points:5g} / {most}{note}")
    for entry in entries:
        for problem in entry.problems:
            print(f" ✗ {problem}")
    print(_("Grades are in {table}; look at {page}").format(table=out / "grades.csv", page=out / "overview.html"))
