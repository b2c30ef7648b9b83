"""One environment, described for pip (pyproject.toml), for conda (environment.yml), and exactly (the locks)."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from swarmkit_helpers import __version__, installation

ROOT = Path(__file__).parents[2]
CONDA_NAMES = {"docker": "docker-py", "matplotlib": "matplotlib-base"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("lab", "test")


def split(requirement: str) -> tuple[str, str]:
    """Its name, and its bounds."""
    name, bounds = re.fullmatch(r"([\w.-]+)(.*)", requirement).groups()
    return re.sub(r"[-_.]+", "-", name).lower(), bounds


def locked(which: str) -> dict[str, list[str]]:
    """The lock's lines by the name of the package: several where the version depends on the platform."""
    lines: dict[str, list[str]] = {}
    for line in (ROOT / "requirements" / f"{which}.lock").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            lines.setdefault(split(line.partition("==")[0])[0], []).append(line)
    return lines


def test_conda_and_pip_ask_for_the_same():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    of_conda = dict(split(entry) for entry in listed["dependencies"] if isinstance(entry, str))
    python, _ = of_conda.pop("python"), of_conda.pop("pip")
    of_pip = dict(map(split, PROJECT["project"]["dependencies"]))
    assert of_conda == {CONDA_NAMES.get(name, name): bounds for name, bounds in of_pip.items()}
    assert python.startswith(PROJECT["project"]["requires-python"])
    assert listed["channels"] == ["conda-forge", "nodefaults"]
    assert listed["dependencies"][-1] == {"pip": ["-e ."]}


@pytest.mark.parametrize("which", LOCKS)
def test_the_lock_has_what_is_asked_for_within_its_bounds(which: str):
    lines = locked(which)
    for requirement in [*installation.requirements(which), *PROJECT["build-system"]["requires"]]:
        name, bounds = split(requirement)
        for line in lines[name]:
            version = re.search(r"==([\d.]+)", line)[1]
            assert installation.within(version, bounds), f"{line} is not within {bounds}"


def test_the_tests_run_with_the_versions_of_the_lab():
    lab, test = locked("lab"), locked("test")
    assert lab.items() <= test.items()
    assert {split(requirement)[0] for requirement in PROJECT["project"]["optional-dependencies"]["test"]} <= test.keys()


@pytest.mark.parametrize("path", ["pyproject.toml", "environment.yml", *(f"requirements/{it}.lock" for it in LOCKS)])
def test_no_file_names_a_place_to_download_from(path: str):
    text = (ROOT / path).read_text(encoding="utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


def test_versions_agree():
    assert PROJECT["project"]["version"] == __version__
    assert PROJECT["project"]["requires-python"] == ">={}.{}".format(*installation.OLDEST_PYTHON)
    assert PROJECT["dependency-groups"]["build"] == PROJECT["build-system"]["requires"]
