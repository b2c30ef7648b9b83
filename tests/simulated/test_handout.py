"""What the course promises, from end to end: evidence of work, and notebooks that run with plain papermill."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from swarmkit_helpers import Cluster, Section, charts, cli, recorder, watch
from swarmkit_helpers.course import working_copy
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.engine.simulator import temporary_simulator

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a simulated engine."""
    with temporary_simulator(speed=20) as url:
        yield url


@pytest.fixture
def elsewhere(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, where that engine is found and all data is kept."""
    monkeypatch.setenv("DOCKER_HOST", url)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_work_leaves_evidence_without_remarks(elsewhere: Path, capsys: pytest.CaptureFixture[str]):
    with shown_by(lambda command: None):
        cluster = Cluster.up("evidence", nodes=3)
        section = Section("04-scale", "s001", "en")
        section.start(cluster)
        section.predict("spread", 3)
        swarm = cluster.swarm()
        swarm.scale("sleep-app", 7)
        swarm.converge("sleep-app")
        result = section.check("spread")
        recorder.shared(swarm).stop()
        cluster.down()
    assert result.outcome == "passed"
    assert cli.main(["evidence", "--student", "s001", "--name", "evidence"]) == 0
    assert cli.main(["evidence", "verify", "evidence-s001.json"]) == 0
    shown = capsys.readouterr().out
    assert "1 of 100" in shown
    assert "-simulated" in shown
    told = (elsewhere / "evidence-s001.json").read_text(encoding="utf-8")
    assert "docker service scale sleep-app=7" in told
    assert "asked 7; running 2 on node1" in told or "asked 7; running 3 on node1" in told


def test_the_report_shows_what_was_seen_and_a_change_of_it_is_refused(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
):
    working_copy.bring_up_to_date(elsewhere / "copy", "en")
    notebook = elsewhere / "copy" / "en" / "04-scale.ipynb"
    question = "How does the swarm choose the nodes for new tasks when you scale up?"
    answered = notebook.read_text(encoding="utf-8").replace(
        f"{question}**\\n\\n...", f"{question}**\\n\\nThe emptiest."
    )
    notebook.write_text(answered, encoding="utf-8")
    with shown_by(lambda command: None):
        cluster = Cluster.up("report", nodes=3)
        section = Section("04-scale", "s001", "en")
        section.start(cluster)
        section.predict("spread", 3)
        section.predict("restarted", "yes")
        swarm = cluster.swarm()
        watch(swarm, charts.placement, "sleep-app")
        swarm.scale("sleep-app", 7)
        swarm.converge("sleep-app")
        section.check("spread")
        section.check("restarted")
        recorder.shared(swarm).stop()
        cluster.down()
    assert cli.main(["report", str(elsewhere / "copy"), "--student", "s001", "--name", "report", "--yes"]) == 0
    page = (elsewhere / "report-s001.html").read_text(encoding="utf-8")
    shown = ["docker service scale sleep-app=7", "sleep-app: 7 of 7 replicas run", 'type="range"', "as predicted"]
    assert [each for each in [*shown, "no (not as predicted)", "The emptiest."] if each not in page] == []
    assert str(elsewhere) not in page
    assert cli.main(["evidence", "verify", "report-s001.html"]) == 0
    (elsewhere / "report-s001.html").write_text(page.replace("The emptiest.", "By chance."), encoding="utf-8")
    capsys.readouterr()
    assert cli.main(["evidence", "verify", "report-s001.html"]) == 1
    assert "report-s001.html was changed after it was signed" in capsys.readouterr().out


def test_papermill_runs_section_04_with_other_numbers(elsewhere: Path):
    notebook = ROOT / "notebooks" / "en" / "04-scale.ipynb"
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", notebook, "out.ipynb", "-p", "replicas", "9"]
    ran = subprocess.run(command, env=os.environ | {"SWARMLAB_CLUSTER": "papermill"}, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-2000:]
    cells = nbformat.read("out.ipynb", as_version=4).cells
    said = "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", ()))
    assert re.search(r"sleep-app +replicated +9/9 ", said)
    assert "sleep-app=7" not in said
