"""A graded course on disk, as `grade` leaves it: made without an engine, with answers in the students' own words."""

import json
from collections.abc import Mapping
from pathlib import Path

from swarmkit_helpers.course.pristine import pristine
from swarmkit_helpers.course.sections import SECTIONS
from swarmkit_helpers.grading import hand_ins
from swarmkit_helpers.grading.exam import Examined, ExamResult, ExerciseResult, SavedChart
from swarmkit_helpers.grading.hand_ins import HandIn
from swarmkit_helpers.grading.result_store import ResultStore

CLEAN = "06-clean-up"


def write(
    out: Path,
    words: Mapping[str, Mapping[str, str]],
    section: str = CLEAN,
    language: str = "en",
    code: Mapping[str, str] | None = None,
    charts: tuple[SavedChart, ...] = (),
) -> Path:
    """Add a section to the course: each of these students with all points, and these answers by their questions.

    `code` is that of all students' executed notebooks, by the ids of the cells; `charts` are those of their swarms.
    """
    store = ResultStore.create(out, [])
    results = tuple(
        ExerciseResult(section, each.id, "passed", each.points, each.points, "", "", language, None)
        for each in SECTIONS[section].EXERCISES
    )
    course = hand_ins.read(store.folder)
    for number, (student, answers) in enumerate(words.items()):
        digest = f"{section}-{number}"
        notebook = answered(section, language, answers)
        for cell in notebook["cells"]:
            if code and cell["id"] in code:
                cell["source"] = code[cell["id"]]
        store.save(
            digest, Examined(ExamResult(results, (), charts, (), {"total": 1.0}, 0, "completed"), json.dumps(notebook))
        )
        course.append(_hand_in(student, section, language, digest))
    hand_ins.write(store.folder, course)
    return out


def answered(section: str, language: str, answers: Mapping[str, str]) -> dict:
    """The section's notebook with these answers below its questions."""
    notebook = pristine(section, language)
    for cell in notebook["cells"]:
        if cell["id"] in answers:
            cell["source"] = cell["source"].replace("...", answers[cell["id"]])
    return notebook


def _hand_in(student: str, section: str, language: str, digest: str) -> HandIn:
    return HandIn(
        given="class",
        student=student,
        name=f"Name of {student}",
        email="",
        group="",
        section=section,
        language=language,
        source=f"class/{student}/{section}.ipynb",
        problems=(),
        notes=(),
        for_teacher=(),
        digest=digest,
        handed_in=1_800_000_000.0,
        late_share=0.0,
        empty=False,
        entry=student,
        layout="folders",
        owner=student,
        number="",
        attachment="",
    )
