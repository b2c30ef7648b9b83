"""A release goes through nbgrader as it is: generate_assignment, autograde, generate_feedback, export."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.nbgraderformat import MetadataValidator, read
from support.class_of_thirty import CLEAN, solved

from swarmkit_helpers.engine import simulator
from swarmkit_helpers.grading.release import release


@pytest.mark.exhaustive("it is another program, which runs a section on a simulation")
def test_a_release_goes_through_nbgrader_unchanged(tmp_path: Path):
    release(tmp_path, ["en"])
    for path in (tmp_path / "source" / "swarm-en").glob("*.ipynb"):
        MetadataValidator().validate_nb(read(str(path), as_version=4))
        if path.stem != CLEAN:
            path.unlink()  # one section is enough for the rest, and takes a few seconds
    nbgrader(tmp_path, "generate_assignment", "swarm-en")
    released = json.loads((tmp_path / "release" / "swarm-en" / f"{CLEAN}.ipynb").read_text(encoding="utf-8"))
    sources = {cell["id"]: "".join(cell["source"]) for cell in released["cells"]}
    assert sources["predict-leftover"] == 'section.predict("leftover", ...)'
    handed_in = tmp_path / "submitted" / "ani" / "swarm-en"
    handed_in.mkdir(parents=True)
    answers = {
        cell["id"]: cell["source"]
        for cell in solved(CLEAN, predict_leftover='section.predict("leftover", 5)', answer_empty="...")["cells"]
    }
    for cell in released["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = answers[cell["id"]]
    (handed_in / f"{CLEAN}.ipynb").write_text(json.dumps(released), encoding="utf-8")

    with simulator.temporary_simulator(speed=20) as url:
        nbgrader(tmp_path, "autograde", "swarm-en", DOCKER_HOST=url, JUPYTER_DATA_DIR=str(tmp_path / "jupyter"))
    nbgrader(tmp_path, "generate_feedback", "swarm-en")
    nbgrader(tmp_path, "export")

    assert (tmp_path / "feedback" / "ani" / "swarm-en" / f"{CLEAN}.html").exists()
    [row] = csv.DictReader((tmp_path / "grades.csv").open(encoding="utf-8"))
    assert (row["student_id"], row["score"], row["max_score"]) == ("ani", "2.0", "10.0")


def nbgrader(course: Path, *command: str, **environment: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # it calls a program, alembic
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=course,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path, **environment},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
