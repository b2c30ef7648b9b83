"""What is slow to import is imported only where it is needed: a kernel starts for each student, and each notebook."""

import json
import subprocess
import sys

import pytest

SLOW = {"jsonschema", "matplotlib", "nbformat", "papermill"}


def modules_after(code: str) -> dict[str, bool]:
    """The modules that a Python knows after that code, and whether each was really imported."""
    code += "\nimport json, sys\nprint(json.dumps({name: bool(module) for name, module in sys.modules.items()}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    known: dict[str, bool] = json.loads(done.stdout.splitlines()[-1])
    return known


def test_a_set_up_imports_nothing_slow():
    known = modules_after(
        "from swarmkit_helpers import Cluster, Section, charts, watch\nsection = Section('04-scale', language='en')"
    )
    assert "swarmkit_helpers.course.sections" in known
    assert known.keys() & SLOW == set()


@pytest.mark.parametrize(
    "module",
    [
        "swarmkit_helpers.cli.lab",
        "swarmkit_helpers.cli.translate",
        "swarmkit_helpers.course.student_form",
        "swarmkit_helpers.course.working_copy",
        "swarmkit_helpers.grading.examiner",
        "swarmkit_helpers.grading.run",
        "swarmkit_helpers.grading.submissions.notebook",
    ],
)
def test_no_grammar_of_addresses_is_built_for_a_notebook(module: str):
    known = modules_after(f"import {module}")
    assert known["nbformat"]
    assert known["rfc3987_syntax"] is False
