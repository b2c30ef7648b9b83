"""A newer course and a student's notebook become one: whose cell is taken, and where it stands."""

import json

import pytest

from swarmkit_helpers.course.merge import Merged, is_related, merge, working
from swarmkit_helpers.records import Json


def code(id: str, source: str, *tags: str) -> Json:
    metadata = {"tags": [*tags]} if tags else {}
    return {
        "cell_type": "code",
        "id": id,
        "source": source,
        "metadata": metadata,
        "outputs": [],
        "execution_count": None,
    }


def prose(id: str, source: str) -> Json:
    return {"cell_type": "markdown", "id": id, "source": source, "metadata": {}}


def notebook(*cells: Json) -> Json:
    return {"cells": [*cells], "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}


TITLE, SETUP = prose("title", "# 04 Scale"), code("setup", "section.start()", "setup")
ANSWER, CHECK = code("answer-own", "...", "answer"), code("check-own", 'section.check("own")', "check")
COURSE = notebook(TITLE, SETUP, ANSWER, CHECK)


def ran(cell: Json, **changes: object) -> Json:
    """The cell after the student has changed and run it."""
    output = {"output_type": "stream", "name": "stdout", "text": "7"}
    return {**cell, "outputs": [output], "execution_count": 1, **changes}


def students(*cells: Json, course: Json = COURSE) -> Json:
    """The student's notebook, as JupyterLab saves it: made from that version of the course, with these cells now."""
    return json.loads(json.dumps({**working(course), "cells": [*cells]}, sort_keys=True))


def merged(mine: Json, course: Json) -> Merged:
    found = merge(mine, course)
    assert found is not None
    return found


def sources(found: Merged) -> list[str]:
    return [cell["source"] for cell in found.notebook["cells"]]


def test_where_the_course_has_not_changed_nothing_is_done():
    assert merge(students(TITLE, SETUP, ran(ANSWER, source="9"), code("x1", "mine")), COURSE) is None


def test_a_cell_that_only_the_course_has_changed_is_the_new_one_without_its_old_output():
    new = notebook(TITLE, code("setup", "section.start(cluster)", "setup"), ANSWER, CHECK)
    found = merged(students(TITLE, ran(SETUP), ANSWER, ran(CHECK)), new)
    assert sources(found) == ["# 04 Scale", "section.start(cluster)", "...", 'section.check("own")']
    assert [bool(cell.get("outputs")) for cell in found.notebook["cells"]] == [False, False, False, True]
    assert found.conflicts == ()


def test_an_answer_stays_though_the_course_asks_for_it_in_other_words():
    new = notebook(TITLE, SETUP, code("answer-own", "swarm.scale(...)", "answer"), CHECK)
    found = merged(students(TITLE, SETUP, ran(ANSWER, source="swarm.scale('web', 9)"), CHECK), new)
    assert sources(found)[2] == "swarm.scale('web', 9)"
    assert found.notebook["cells"][2]["outputs"]
    assert found.conflicts == ()


@pytest.mark.parametrize("begun", ["swarm.scale(...)", "# ... how?\n..."])
def test_an_answer_that_was_begun_stays(begun: str):
    new = notebook(TITLE, SETUP, code("answer-own", "... # a number", "answer"), CHECK)
    assert sources(merged(students(TITLE, SETUP, {**ANSWER, "source": begun}, CHECK), new))[2] == begun


def test_an_empty_answer_becomes_the_new_stub():
    new = notebook(TITLE, SETUP, code("answer-own", "swarm.scale(...)", "answer"), CHECK)
    assert sources(merged(students(TITLE, SETUP, ANSWER, CHECK), new))[2] == "swarm.scale(...)"


def test_an_answer_in_words_stays_though_the_question_is_reworded():
    asked, again = ({**prose("words-1", f"**{text}**\n\n..."), "metadata": {"tags": ["answer"]}} for text in "ab")
    course, new = notebook(TITLE, asked), notebook(TITLE, again)
    found = merged(students(TITLE, {**asked, "source": "**a**\n\nBecause."}, course=course), new)
    assert sources(found)[1] == "**a**\n\nBecause."
    assert found.conflicts == ()
    assert sources(merged(students(TITLE, asked, course=course), new))[1] == "**b**\n\n..."


def test_a_cell_that_only_the_student_has_changed_stays():
    mine = students({**TITLE, "source": "# 04, my notes"}, SETUP, ANSWER, CHECK)
    new = notebook(TITLE, code("setup", "section.start(cluster)", "setup"), ANSWER, CHECK)
    found = merged(mine, new)
    assert sources(found)[:2] == ["# 04, my notes", "section.start(cluster)"]
    assert found.conflicts == ()


def test_where_both_have_changed_a_cell_it_is_the_courses_and_that_is_said():
    mine = students(TITLE, {**SETUP, "source": "section.start(mine)"}, ANSWER, CHECK)
    new = notebook(TITLE, code("setup", "section.start(cluster)", "setup"), ANSWER, CHECK)
    found = merged(mine, new)
    assert sources(found)[1] == "section.start(cluster)"
    assert found.conflicts == ("setup",)


def test_parameters_are_the_courses_with_the_students_values():
    old = code("parameters", 'nodes = 3  # type: int Number\nstudent = ""  # type: str Student id', "parameters")
    asked = 'nodes = 3  # type: int Number of machines\nimage = "busybox"\nstudent = ""  # type: str Your id'
    mine = students({**old, "source": old["source"].replace('""', '"s#01"')}, course=notebook(old))
    found = merged(mine, notebook({**old, "source": asked}))
    assert sources(found) == [asked.replace('""', '"s#01"')]
    assert found.conflicts == ()


def test_the_students_own_cells_stay_below_the_cell_that_they_were_below():
    mine = students(code("x1", "first"), TITLE, SETUP, prose("x2", "note"), code("x3", "try"), ANSWER, CHECK)
    new = notebook(TITLE, prose("why", "Why?"), SETUP, ANSWER, CHECK, prose("end", "End"))
    assert sources(merged(mine, new)) == [
        *("first", "# 04 Scale", "Why?", "section.start()", "note", "try", "...", 'section.check("own")', "End")
    ]


def test_a_cell_that_the_course_has_no_more_goes_unless_the_student_has_worked_in_it():
    course = notebook(TITLE, SETUP, ANSWER, CHECK, prose("end", "End"))
    mine = students(TITLE, SETUP, {**ANSWER, "source": "9"}, CHECK, prose("end", "End"), course=course)
    assert sources(merged(mine, notebook(TITLE, SETUP))) == ["# 04 Scale", "section.start()", "9"]


def test_a_cell_that_the_student_has_removed_comes_back_only_if_the_course_has_changed_it():
    new = notebook(TITLE, code("setup", "section.start(cluster)", "setup"), ANSWER, CHECK)
    assert sources(merged(students(ANSWER, CHECK), new)) == ["section.start(cluster)", "...", 'section.check("own")']


def test_after_a_merge_the_next_one_begins_with_what_the_course_has_now():
    new = notebook(TITLE, code("setup", "section.start(cluster)", "setup"), ANSWER, CHECK)
    once = merged(students(TITLE, SETUP, ran(ANSWER, source="9"), CHECK), new).notebook
    assert merge(once, new) is None
    assert sources(merged(once, COURSE)) == ["# 04 Scale", "section.start()", "9", 'section.check("own")']


def test_a_copy_that_was_made_by_hand_keeps_its_answers_and_names_what_differs():
    mine = notebook(TITLE, {**SETUP, "source": "section.start(mine)"}, {**ANSWER, "source": "9"}, CHECK)
    found = merged(mine, COURSE)
    assert sources(found) == ["# 04 Scale", "section.start()", "9", 'section.check("own")']
    assert found.conflicts == ("setup",)


def test_a_notebook_with_no_cell_of_the_course_has_nothing_to_do_with_it():
    assert not is_related(notebook(code("x1", "1 + 1")), COURSE)
    assert is_related(notebook(code("setup", "mine")), COURSE)
