"""Each section, solved, has all its points in an examination: what its cells need is there, too."""

import json

import pytest
from support.class_of_thirty import CLEAN, solved
from support.solutions import SOLUTIONS

from swarmkit_helpers.course.sections import SECTIONS
from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.grading import examination
from swarmkit_helpers.grading.exam import Examined, ExamRequest

SPEED = 20.0  # simulated seconds in one of ours
TYPED = "02-configure-swarm"  # most of it is typed as docker commands
AGAIN = pytest.mark.exhaustive("the class of a killed grader has some of its notebooks")
# The programs of a script that answer as in its machine: what they say, and the seconds that they take.
SCRIPT = """import time
began = time.monotonic()
get_ipython().run_cell_magic("node", "node2", "hostname\\nhostname -i\\nsleep 40")
print("seconds", time.monotonic() - began)
"""


def examined(engine: Engine, section: str, **answers: str) -> Examined:
    request = ExamRequest(
        section=section,
        student="",  # the numbers of the solutions
        language="en",
        notebook=solved(section, **answers),
        engine="simulated",
        speed=SPEED,
        timeout=300,
        cell_timeout=30,
        output_max_bytes=1 << 20,
    )
    return examination.examine(request, engine)


@pytest.mark.parametrize(
    "section", [section if section == TYPED else pytest.param(section, marks=AGAIN) for section in list(SECTIONS)[1:]]
)
def test_a_solved_section_has_all_its_points(engine: Engine, section: str) -> None:
    result = examined(engine, section).result
    assert {each.exercise: each.message for each in result.results if each.points < each.of} == {}
    assert sum(each.of for each in result.results) == sum(each.points for each in SECTIONS[section].EXERCISES)
    assert result.remarks == ()


def test_a_script_finds_the_programs_of_its_machine(engine: Engine) -> None:
    done = examined(engine, CLEAN, answer_empty=SCRIPT + SOLUTIONS[CLEAN]["answer-empty"])
    assert done.notebook
    [cell] = [each for each in json.loads(done.notebook)["cells"] if each["id"] == "answer-empty"]
    said = "".join(text for output in cell["outputs"] for text in output.get("text", "")).splitlines()
    assert said[0] == "node2"
    assert said[1].endswith(".12")  # the last part of the address of the second machine
    assert 40 / SPEED <= float(said[2].removeprefix("seconds ")) < 20
