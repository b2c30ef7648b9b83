"""The papers of the project say what is there: files they name, the licence, the Pythons, the commands."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PACKAGES = (ROOT / "swarmkit_helpers", ROOT / "swarm_simulator")
README_MAX_LINES = 120


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def jobs(workflow: Path) -> dict[str, dict]:
    return yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))
def test_links_lead_to_files(paper: Path):
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", paper.read_text(encoding="utf-8"))
    assert [target for target in targets if not (paper.parent / target).exists()] == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))
def test_files_that_are_named_exist(paper: Path):
    if paper.name == "CHANGELOG.md":
        return  # it names what was, too
    named = set(
        re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|md|cfg|po|lock|yml|json))`", paper.read_text(encoding="utf-8"))
    )
    assert {name for name in named if not any((base / name).exists() for base in (ROOT, *PACKAGES))} == set()


def test_the_readme_is_short():
    assert len(read("README.md").splitlines()) < README_MAX_LINES


def test_both_licences_are_named_everywhere():
    assert PROJECT["license"] == "MIT AND CC-BY-4.0"
    assert yaml.safe_load(read("CITATION.cff"))["license"] == ["MIT", "CC-BY-4.0"]
    for paper in ("README.md", "LICENSE", "CONTRIBUTING.md"):
        assert "MIT" in read(paper)
        assert "CC BY 4.0" in read(paper)
    assert all((ROOT / name).exists() for name in PROJECT["license-files"])
    assert all((package / "py.typed").exists() for package in PACKAGES)


def test_the_versions_of_the_papers_agree():
    assert yaml.safe_load(read("CITATION.cff"))["version"] == PROJECT["version"]
    assert f"\n## {PROJECT['version']}\n" in read("CHANGELOG.md")


def test_the_tests_run_on_every_python_that_is_promised():
    promised = {name.rpartition(" ")[2] for name in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", name)}
    assert set(jobs(ROOT / ".github" / "workflows" / "tests.yml")["test"]["strategy"]["matrix"]["python"]) == promised


def test_github_runs_what_everybody_can_run():
    steps = {
        name: [step["run"] for step in job["steps"] if "run" in step]
        for name, job in jobs(ROOT / ".github" / "workflows" / "tests.yml").items()
    }
    assert steps["check"][1:] == ["ruff check", "ruff format --check", "mypy"]
    assert steps["test"] == ["python3 -m swarmkit_helpers test"]
    assert steps["elsewhere"] == ["python -m swarmkit_helpers test tests/unit tests/simulated"]
    assert steps["all"] == ["python3 -m swarmkit_helpers test --all"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_github_may_only_read(workflow: Path):
    assert yaml.safe_load(workflow.read_text(encoding="utf-8"))["permissions"] == {"contents": "read"}


def test_the_commits_that_only_change_layout_exist():
    lines = [line for line in read(".git-blame-ignore-revs").splitlines() if not line.startswith("#")]
    assert lines
    assert all(re.fullmatch("[0-9a-f]{40}", line) for line in lines)
