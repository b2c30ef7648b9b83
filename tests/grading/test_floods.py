"""A student's code that floods the examiner gets no second try, and leaves a notebook for the teacher to look at."""

import json

import pytest
from support.class_of_thirty import CLEAN, solved
from support.solutions import SOLUTIONS

from swarmkit_helpers.course.sections import SECTIONS
from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.grading import examination
from swarmkit_helpers.grading.exam import ExamRequest
from swarmkit_helpers.grading.observer import REMARKS_MAX

pytestmark = pytest.mark.exhaustive("a flood takes a minute; that lines count as output is tested without an engine")
LINES = """
def flood(*_): print("\\n" * 1_000_000)
get_ipython().events.register("post_run_cell", flood)
"""
ERRORS = """
kernel = get_ipython().kernel
def flood(*_):
    for number in range(1850):
        content = {"ename": "", "evalue": "\\U0001f600" * 260, "traceback": []}
        kernel.session.send(kernel.iopub_socket, "error", content=content, parent=kernel.get_parent("shell"))
get_ipython().events.register("post_run_cell", flood)
"""


@pytest.mark.parametrize("flood", [LINES, ERRORS], ids=["lines", "errors"])
def test_a_flood_costs_no_result_and_hides_nothing(engine: Engine, flood: str):
    answer = flood + SOLUTIONS[CLEAN]["predict-leftover"]
    request = ExamRequest(
        section=CLEAN,
        student="eve",
        language="en",
        notebook=solved(CLEAN, predict_leftover=answer),
        engine="simulated",
        speed=20.0,
        timeout=120,
        cell_timeout=30,
        output_max_bytes=2 << 20,
    )
    done = examination.examine(request, engine)
    assert [each.exercise for each in done.result.results] == [each.id for each in SECTIONS[CLEAN].EXERCISES]
    assert len(done.result.remarks) <= REMARKS_MAX + 1
    executed = json.loads(done.notebook)
    assert any("def flood" in "".join(cell["source"]) for cell in executed["cells"])
