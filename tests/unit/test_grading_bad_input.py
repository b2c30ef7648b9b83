"""What is wrong with a call of grade is said in a sentence, before anything runs."""

import json
from pathlib import Path

import pytest

from swarmkit_helpers import cli
from swarmkit_helpers.course.pristine import pristine

ANY = "class"


@pytest.mark.parametrize(("said", "arguments"), [
    ("there is no nothing", ["nothing", "--out", "out"]), ("no notebook in empty", ["empty", "--out", "out"]),
    ("is in class", [ANY, "--out", "class"]), ("is in class", [ANY, "--out", "class/s01/graded"]),
    ("nothing can be written into file", [ANY, "--out", "file"]), ("/proc/x", [ANY, "--out", "/proc/x"]),
    *(("--jobs must be above 0, and --timeout", [ANY, "--out", "out", *wrong]) for wrong in (
        ["--jobs", "0"], ["--timeout", "-1"], ["--timeout", "nan"], ["--timeout", "inf"], ["--timeout", "1e9"])),
    ("--student-from '('", [ANY, "--out", "out", "--student-from", "("]),
    ("no Dask scheduler answers at nowhere", [ANY, "--out", "out", "--scheduler", "nowhere"]),
    ("--jobs: invalid int value", [ANY, "--out", "out", "--jobs", "many"]), ("required: SUBMISSIONS, --out", []),
])  # fmt: skip
def test_bad_input_is_named_with_its_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], said: str, arguments: list[str]
):
    monkeypatch.chdir(tmp_path)
    for folder in ("class/s01", "empty"):
        Path(folder).mkdir(parents=True)
    Path("file").touch()
    Path("class/s01/x.ipynb").write_text(json.dumps(pristine("06-clean-up", "en")), encoding="utf-8")
    try:
        status = cli.main(["grade", *arguments])
    except SystemExit as ended:
        status = ended.code
    problem, fix = capsys.readouterr().err.splitlines()
    assert status in (1, 2)
    assert said in problem
    assert fix.startswith("  Fix: ")
