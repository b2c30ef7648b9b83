"""The form for the student's id: what it does where `lab` has opened a notebook, and that it does nothing elsewhere."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from support.widget_texts import shown

from swarmkit_helpers.course import student_form, student_id, working_copy
from swarmkit_helpers.course.checks import Card
from swarmkit_helpers.notebook import slips
from swarmkit_helpers.notebook.controls.student_form import StudentForm


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working copy, in which 00 is open; what is remembered is this test's own."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    working_copy.bring_up_to_date(tmp_path / "work", "en")
    monkeypatch.chdir(tmp_path / "work" / "en")
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "work" / "en" / "00-start.ipynb"))
    return tmp_path / "work" / "en"


@pytest.fixture
def lab() -> Iterator[None]:
    """This process is a kernel as `lab` starts them."""
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    shell.extension_manager.load_extension(slips.__name__)
    yield
    InteractiveShell.clear_instance()


class Taken(list[str]):
    """The ids that were taken; under the id before, points stand if `left` says so."""

    left: Sequence[str] = ()

    def take(self, student: str) -> Sequence[str]:
        self.append(student)
        return self.left


def say(form: StudentForm, student: str) -> None:
    form.field.value = student
    form.button.click()


def ids(folder: Path) -> dict[str, str]:
    return {path.stem: student_id.written(json.loads(path.read_text())) or "" for path in folder.glob("*.ipynb")}


@pytest.mark.usefixtures("lab")
def test_it_does_what_lab_with_an_id_does_but_for_its_own_notebook(folder: Path):
    taken = Taken()
    form = student_form.form("", taken.take)
    assert "No student id is known yet." in shown(form)
    say(form, " s042 ")
    assert "The notebooks are those of student s042." in shown(form)
    assert "All your notebooks have the id now." in shown(form)
    assert taken == ["s042"]
    assert student_id.remembered() == "s042"
    others = ids(folder)
    assert others.pop("00-start") == ""  # JupyterLab itself writes it
    assert {*others.values()} == {"s042"}
    form.close()


@pytest.mark.usefixtures("lab", "folder")
def test_points_that_stay_under_the_id_before_are_told():
    taken = Taken()
    taken.left = ["Student id s1: 4 points."]
    form = student_form.form("s1", taken.take)
    say(form, "s042")
    assert "Student id s1: 4 points." in shown(form)
    form.close()


@pytest.mark.usefixtures("lab")
def test_what_cannot_be_an_id_is_refused_and_nothing_changes(folder: Path):
    taken = Taken()
    form = student_form.form("", taken.take)
    say(form, "Ani & Budi")
    assert "Ani &amp; Budi" in shown(form)
    assert "cannot be a student id" in shown(form)
    assert (taken, student_id.remembered(), {*ids(folder).values()}) == ([], "", {""})
    form.close()


@pytest.mark.usefixtures("lab")
def test_an_id_that_was_said_in_another_working_copy_is_offered_and_not_taken(folder: Path):
    student_id.remember("s042")
    taken = Taken()
    form = student_form.form("", taken.take)
    assert "Are you s042?" in shown(form)
    assert ([*taken], {*ids(folder).values()}) == ([], {""})
    form.button.click()
    assert (taken, "Are you" in shown(form)) == (["s042"], False)
    form.close()
    assert "Are you s042?" not in shown(student_form.form("s7", taken.take))


@pytest.mark.usefixtures("lab")
def test_notebooks_with_another_id_or_none_are_named_and_the_button_writes_into_all(folder: Path):
    working_copy.write_student_id(folder.parent, "en", "s042", replace=True)
    assert "The notebooks are those of student s042." in shown(student_form.form("s042", Taken().take))
    for name, id in (("05-drain", ""), ("06-clean-up", "s7")):
        path = folder / f"{name}.ipynb"
        path.write_text(path.read_text().replace(r"student = \"s042\"", rf"student = \"{id}\""))
    form = student_form.form("s042", Taken().take)
    told = shown(form)
    assert "The notebooks are those" not in told
    for sentence in (
        "This notebook is that of student s042; others are not:",
        "05-drain.ipynb has no student id.<br>06-clean-up.ipynb has the student id s7.",
        "The button writes s042 into all of them.",
    ):
        assert sentence in told
    form.button.click()
    assert "The notebooks are those of student s042." in shown(form)
    assert {*ids(folder).values()} == {"s042"}
    form.close()


@pytest.mark.usefixtures("folder")
def test_a_kernel_that_lab_did_not_start_shows_a_text_and_takes_no_id():
    student_id.remember("s042")
    taken = Taken()
    shown_instead = student_form.form("", taken.take)
    assert isinstance(shown_instead, Card)
    assert "s042" not in repr(shown_instead)
    assert taken == []


@pytest.mark.usefixtures("lab")
def test_outside_of_a_working_copy_it_is_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert isinstance(student_form.form("", Taken().take), Card)
