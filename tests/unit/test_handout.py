"""What is handed out: the recipe for CI, the image, the link, the wheels. Each says what the others say."""

import re
import sys
import tomllib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from jupyter_core.paths import jupyter_path
from support import guides

from swarmkit_helpers.bootstrap import installers
from swarmkit_helpers.cli.parser import WORKING_COPY
from swarmkit_helpers.course import pristine
from swarmkit_helpers.engine.images import OFFICIAL_NODE
from swarmkit_helpers.grading import container_files, student_edition
from swarmkit_helpers.language import available

ROOT = Path(__file__).parents[2]
GUIDE = "".join(map(guides.text, guides.ENGLISH))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
WORKFLOW = (ROOT / ".github" / "workflows" / "notebooks.yml").read_text(encoding="utf-8")
BINDER = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / ".binder").iterdir()}
SCRIPT = ROOT / ".ci" / "notebooks"


# The recipe for CI ----------------------------------------------------------------------------------------


def test_what_github_runs_is_the_script_that_everybody_can_run():
    [job] = yaml.safe_load(WORKFLOW)["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/notebooks"]
    assert SCRIPT.stat().st_mode & 0o111


def test_what_github_keeps_of_a_failure_is_what_the_script_leaves():
    [job] = yaml.safe_load(WORKFLOW)["jobs"].values()
    [kept] = [step for step in job["steps"] if "upload-artifact" in step.get("uses", "")]
    assert kept["if"] == "failure()"
    assert f"\nout={kept['with']['path']}\n" in SCRIPT.read_text(encoding="utf-8")


def test_github_may_only_read():
    assert yaml.safe_load(WORKFLOW)["permissions"] == {"contents": "read"}


# The image ------------------------------------------------------------------------------------------------


def copied() -> list[str]:
    """What the Dockerfile takes from the repository."""
    lines = re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
    return [word for line in lines for word in line.split()[:-1] if not word.startswith("--")]


def test_the_image_gets_nothing_but_what_the_dockerfile_copies():
    assert IGNORED[1] == "*"
    assert {line[1:] for line in IGNORED if line.startswith("!")} == set(copied())
    assert all((ROOT / name).exists() for name in copied())


def test_no_solution_is_in_the_image():
    solutions = [path.relative_to(ROOT) for path in ROOT.rglob("solutions*") if ".git" not in path.parts]
    assert solutions
    assert not [path for path in solutions for name in copied() if path.is_relative_to(name)]


def test_the_image_has_the_versions_of_the_lock_and_runs_as_nobody_in_particular():
    assert "pip install --no-deps -r /tmp/lab.lock" in DOCKERFILE
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE)[-1] == "${NB_UID}"
    assert re.findall(r"^ARG (NB_.*)$", DOCKERFILE, re.MULTILINE) == ["NB_USER=jovyan", "NB_UID=1000"]  # as at Binder


def test_its_docker_command_is_of_the_version_of_the_nodes():
    [cli] = re.findall(r"^ARG CLI=(.*)$", DOCKERFILE, re.MULTILINE)
    assert cli.removesuffix("-cli") == OFFICIAL_NODE.removesuffix("-dind")


@pytest.mark.parametrize("text", [DOCKERFILE, GUIDE])
def test_the_image_of_the_class_is_called_what_grading_calls_it(text: str):
    assert set(re.findall(r"swarmlab-class:[\w.]+", text)) == {container_files.CLASS_IMAGE}


def test_the_image_has_the_users_of_grading():
    users = {int(number) for number in re.findall(r"useradd --no-create-home --uid (\d+)", DOCKERFILE)}
    assert users == {container_files.KERNEL_USER, container_files.EXAMINER_USER}


def test_the_guide_and_the_dockerfile_name_the_same_hub():
    assert set(re.findall(r'HUB="(j[^"]+)"', GUIDE)) <= set(re.findall(r'HUB="(j[^"]+)"', DOCKERFILE))


def test_its_labels_name_the_version_and_the_licence():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', DOCKERFILE))
    assert (labels["version"], labels["licenses"]) == (project["version"], project["license"])


# Binder and the development container ---------------------------------------------------------------------


def test_binder_installs_the_versions_of_the_lock_and_a_docker_command_of_the_version_of_the_nodes():
    assert "pip install --no-cache-dir --no-deps -r requirements/lab.lock" in BINDER["postBuild"]
    [python, pip, docker] = yaml.safe_load(BINDER["environment.yml"])["dependencies"]
    assert python.replace("=", " :: ").title() in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert pip == "pip"
    assert docker.replace("docker-cli=", "docker:") == OFFICIAL_NODE.removesuffix("-dind")


def test_what_starts_on_binder_runs_what_it_is_given():
    assert BINDER["start"].splitlines()[-1] == 'exec "$@"'


def test_students_get_what_binder_and_a_development_container_read():
    hidden = [path for folder in (".binder", ".devcontainer") for path in (ROOT / folder).iterdir()]
    assert {path.relative_to(ROOT).as_posix() for path in hidden} <= set(student_edition.FILES)


def test_the_line_for_a_badge_opens_the_first_notebook_of_the_working_copy():
    [page] = re.findall(r"mybinder\.org/v2/gh/YOUR-NAME/student-edition/main\?urlpath=lab/tree/([^)]+)\)", GUIDE)
    folder, notebook = page.split("/", 1)
    assert folder == WORKING_COPY
    assert (ROOT / "notebooks" / notebook).is_file()


# The wheel ------------------------------------------------------------------------------------------------


def test_the_wheel_has_the_notebooks_of_all_languages_where_the_course_looks_for_them():
    """A hub installs the wheel and has no clone."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    put = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    share = "share/jupyter/swarmlab"
    wanted = [pristine.GLOSSARY, *(f"notebooks/{language}" for language in available())]
    assert put == {each: f"{share}/{each}" for each in wanted}
    assert str(Path(sys.prefix, share)) in jupyter_path("swarmlab")


# The link -------------------------------------------------------------------------------------------------


def test_the_link_opens_the_first_notebook_of_the_folder_that_is_pulled(capsys: pytest.CaptureFixture[str]):
    exec(guides.python_with("git-pull"), {})
    link = urlsplit(capsys.readouterr().out.strip())
    assert link.path == "/hub/user-redirect/git-pull"
    given = {name: value for name, [value] in parse_qs(link.query, strict_parsing=True).items()}
    assert set(given) == {"repo", "branch", "targetpath", "urlpath"}  # as nbgitpuller's handlers read them
    lab, tree, target, *notebook = given["urlpath"].split("/")
    assert (lab, tree, target) == ("lab", "tree", given["targetpath"])
    assert (ROOT / Path(*notebook)).is_file()
    assert urlsplit(given["repo"]).scheme == "https"


# A room without internet ----------------------------------------------------------------------------------


def test_packages_come_from_the_folder_wheels_only_if_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(installers, "ROOT", tmp_path)
    assert installers._wheels() == []
    (tmp_path / "wheels").mkdir()
    assert installers._wheels() == ["--no-index", "--find-links", str(tmp_path / "wheels")]


def test_wheels_for_another_computer_are_no_fault_of_the_internet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(installers, "ROOT", tmp_path)
    (tmp_path / "wheels").mkdir()
    assert "fill the folder wheels" in str(
        installers.pip_problem("ERROR: No matching distribution found for x==1", tmp_path)
    )


def test_wheels_are_not_committed():
    assert "/wheels/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
