"""What a notebook may send to its examiner is bounded as it is written: its lines count, and so do its remarks."""

import json

import pytest

from swarmkit_helpers.course.sections import Section
from swarmkit_helpers.grading import kernel
from swarmkit_helpers.grading.observer import REMARK_MAX_CHARS, REMARKS_MAX, Observer


@pytest.mark.parametrize("text", ["x" * 1000, "é" * 500, "\n" * 1000, "a line\n" * 1000])
def test_an_output_counts_at_least_what_its_file_takes(text: str):
    content = json.dumps({"name": "stdout", "text": text}, ensure_ascii=False).encode()
    lines = text.splitlines(keepends=True)
    assert kernel.size_as_written(content) >= len(json.dumps(lines, indent=8, ensure_ascii=False).encode())


def test_remarks_are_bounded_and_the_last_says_so():
    observer = Observer(Section("06-clean-up", student="eve", language="en"), None, lambda _observer: None)
    for _number in range(3 * REMARKS_MAX):
        observer.remark("cell", "x" * 9_999)
    assert len(observer.remarks) == REMARKS_MAX + 1
    assert "more remarks" in observer.remarks[-1].text
    assert len(observer.remarks[0].text) == REMARK_MAX_CHARS


@pytest.mark.parametrize(
    ("completed", "said"), [(False, "stopped before it came to this check"), (True, "never checked")]
)
def test_a_check_that_was_not_come_to_says_so(completed: bool, said: str):
    observer = Observer(Section("06-clean-up", student="eve", language="en"), None, lambda _observer: None)
    observer.completed = completed
    assert all(each.outcome == "not attempted" and said in each.message for each in observer.results)
    assert observer.results
