"""`section.report()` says what the report holds; it is written only when the student has agreed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.section_histories import GIVEN, ONE

from swarmkit_helpers import BadInput, Section, recorder
from swarmkit_helpers.records import Observation


class Table:
    """A cluster whose swarm has one service."""

    name = "report-cluster"

    def swarm(self) -> "Table":
        return self

    def full_name(self) -> str:
        return self.name

    def observe(self) -> Observation:
        return ONE


@pytest.fixture
def section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Section]:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    table, section = Table(), Section("04-scale", student="s042", language="en")
    section.attend(table, GIVEN)
    yield section
    recorder.shared(table).stop()


def test_first_it_says_what_it_holds(section: Section, tmp_path: Path):
    said = repr(section.report())
    assert said.startswith("The report report-s042.html holds: your student id s042; ")
    assert 'section.report("s042", yes=True)' in said
    assert f"none of 21 was found in {tmp_path}." in said
    assert not (tmp_path / "report-s042.html").exists()


def test_the_report_of_another_student_is_refused(section: Section, tmp_path: Path):
    with pytest.raises(BadInput, match="this notebook is that of student s042, not of s043"):
        section.report("s043", yes=True)
    assert list(tmp_path.glob("report-*")) == []


def test_then_it_is_written_beside_the_notebook(section: Section, tmp_path: Path):
    section.predict("spread", 3)
    card = section.report(yes=True)
    assert re.match(
        r"report-s042.html is your report, signed with key \w+. Look at it in a browser.\nAnswers in ", repr(card)
    )
    assert '<a href="report-s042.html">report-s042.html</a> is' in card._repr_mimebundle_()["text/html"]
    assert "s042" in (tmp_path / "report-s042.html").read_text(encoding="utf-8")


def test_without_an_id_it_asks_for_one(section: Section):
    section.student = ""
    assert 'section.report("ID")' in repr(section.report())


def test_what_the_command_refuses_is_an_error_of_two_parts(section: Section):
    section.student = "a/b"
    with pytest.raises(BadInput) as raised:
        section.report(yes=True)
    assert raised.value.problem == "'a/b' cannot be a student id"
    assert raised.value.fix.startswith("use letters, digits")
