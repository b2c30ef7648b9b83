"""A student's code that keeps the simulated engine busy ends with the time of the examination, and hides nothing."""

import json

import pytest
from support.class_of_thirty import CLEAN, solved
from support.solutions import SOLUTIONS

from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.grading import examination
from swarmkit_helpers.grading.exam import ExamRequest

TIMEOUT = 60
# The engine in the simulation searches the names of networks for the expression, as a real one does.
BACKTRACKING = """
cluster.sh("node1", "docker network create " + "a" * 40 + "X")
cluster.sh("node1", "docker network ls --filter 'name=(a+)+$'")
"""


@pytest.mark.exhaustive("it takes the whole time of an examination")
def test_a_regular_expression_does_not_outlast_the_limit(engine: Engine):
    request = ExamRequest(
        section=CLEAN,
        student="eve",
        language="en",
        notebook=solved(CLEAN, answer_empty=SOLUTIONS[CLEAN]["answer-empty"] + BACKTRACKING),
        engine="simulated",
        speed=20.0,
        timeout=TIMEOUT,
        cell_timeout=20,
        output_max_bytes=2 << 20,
    )
    done = examination.examine(request, engine)
    assert done.result.ended != "examiner"  # what a container's limit ends has no notebook
    assert sum(each.points for each in done.result.results) == 2  # both predictions; the exercise ran out of time
    assert any("name=(a+)+$" in "".join(cell["source"]) for cell in json.loads(done.notebook)["cells"])
    assert done.result.charts
    assert done.result.timeline
