"""Notebooks that were handed in are read in a process of its own: one that takes too much costs only itself."""

import json

from swarmkit_helpers.course.pristine import pristine
from swarmkit_helpers.grading.submissions.files import SubmittedFile
from swarmkit_helpers.grading.submissions.reader import NotebookReader

LESSON = json.dumps(pristine("06-clean-up", "en")).encode()
CELL = {"cell_type": "code", "metadata": {}, "input": "1", "outputs": [], "language": "python", "collapsed": False}
OLD = json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [CELL] * 100_000}]})


def handed_in(content: bytes) -> SubmittedFile:
    return SubmittedFile(("ani", "06.ipynb"), "in/ani/06.ipynb", (0.0,), content)


def test_a_notebook_that_takes_too_much_memory_costs_only_itself():
    objects = b'{"nbformat": 4, "cells": [' + b'{"a":1},' * 900_000 + b"{}]}"
    reader = NotebookReader(max_bytes=220 << 20)
    found = [reader.read(handed_in(content)) for content in (LESSON, objects, LESSON)]
    assert [each.section for each in found] == ["06-clean-up", "", "06-clean-up"]
    assert "memory" in found[1].problem


def test_a_notebook_that_takes_too_much_time_costs_only_itself():
    reader = NotebookReader(max_seconds=1)
    found = [reader.read(handed_in(content)) for content in (LESSON, OLD.encode(), LESSON)]
    assert [each.section for each in found] == ["06-clean-up", "", "06-clean-up"]
    assert found[1].problem.startswith("reading it takes more than 1 s")
