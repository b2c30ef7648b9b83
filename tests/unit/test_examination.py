"""What a notebook shows of `doctor`: one sentence, what is missing with its fix, and the rest folded."""

import pytest

from swarmkit_helpers.cli import doctor
from swarmkit_helpers.cli.examination import Examination
from swarmkit_helpers.cli.facts import Fact

ENGINE = Fact("Docker Engine", True, "Docker Engine 28.5.2")
MEMORY = Fact("Memory", False, "1 GB, enough for 1 node", "give the engine more")
COMMAND = Fact("docker command", None, "not on the PATH", "install docker-cli", needed=False)


def examined(*facts: Fact) -> Examination:
    return Examination(facts, doctor.outlook([*facts])[0])


def test_an_able_computer_is_one_line_and_its_facts_are_folded():
    found = examined(ENGINE, COMMAND)
    assert repr(found).startswith("✓ Your computer is able. Sections 00 to 06 should work")
    shown, folded = found._repr_html_().split("<details>")
    assert "docker command" not in shown
    assert "! docker command: not on the PATH" in folded
    assert "Fix: install docker-cli" in folded


def test_what_is_missing_stands_open_with_its_fix():
    found = examined(ENGINE, MEMORY)
    assert repr(found).splitlines() == [
        "Sections 00 to 06 cannot run yet; missing: Memory.",
        "✗ Memory: 1 GB, enough for 1 node",
        "  Fix: give the engine more",
    ]
    assert "Fix: give the engine more" in found._repr_html_().split("<details>")[0]


def test_where_a_notebook_runs_it_looks_at_the_engine_and_at_no_port(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")  # no engine answers there
    assert [fact.name for fact in doctor.facts()] == ["Python", "JupyterLab", "Port for JupyterLab", "Docker Engine"]
    assert [fact.name for fact in doctor.examine().facts] == ["Docker Engine"]
