"""The command `report`: whose work it takes, and what it says of answers and clusters before anything is written."""

from pathlib import Path

import pytest

from swarmkit_helpers import cli
from swarmkit_helpers.course import student_id, working_copy
from swarmkit_helpers.course.journal import Journal

SECTION = "04-scale"


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("SWARMLAB_CLUSTER", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def worked() -> None:
    """The student s001 has made a prediction."""
    Journal("course", "s001").note(SECTION, "spread", 3)


def test_before_it_is_written_it_says_how_many_answers_were_found_and_where(
    own_folder: Path, capsys: pytest.CaptureFixture[str]
):
    worked()
    assert cli.main(["report", "--student", "s001", "--yes"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"none of 21 was found in {own_folder}/swarm-practicum. If you have" in said
    assert "`report FOLDER`" in said
    working_copy.bring_up_to_date(own_folder / "work", "en")
    path = own_folder / "work" / "en" / f"{SECTION}.ipynb"
    path.write_text(path.read_text().replace("\\n\\n...", "\\n\\nBecause."))
    for folder in ("work", "work/en"):
        assert cli.main(["report", folder, "--student", "s001", "--yes"]) == 0
        said = " ".join(capsys.readouterr().out.split())
        assert f"3 of 21 were found in {own_folder}/work/en. Without an answer: 00, 01, 02, 03, 05, 06." in said
        assert said.index("3 of 21") < said.index("is your report")
    assert Path("report-s001.html").read_text().count('class="answer">Because.') == 3


def test_the_id_is_that_of_the_notebooks_and_not_of_another_working_copy(
    own_folder: Path, capsys: pytest.CaptureFixture[str]
):
    worked()
    student_id.remember("s001")
    working_copy.bring_up_to_date(own_folder / "work", "en")
    assert cli.main(["report", "work", "--yes"]) == 1
    assert "a report needs the student's id" in capsys.readouterr().err
    working_copy.write_student_id(own_folder / "work", "en", "s001", replace=True)
    assert cli.main(["report", "work", "--yes"]) == 0


def test_without_work_it_names_the_clusters_that_have_some(own_folder: Path, capsys: pytest.CaptureFixture[str]):
    worked()
    assert cli.main(["report", "--student", "s001", "--name", "other", "--yes"]) == 1
    assert "Fix: there is work in course: add --name course" in capsys.readouterr().err
