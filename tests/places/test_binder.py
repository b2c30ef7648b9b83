"""Binder: what its repo2docker makes of the repository that students get, and the steps of that in a real container."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from support import debian_image, environments, lab_container, other_machine

from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.grading import student_edition

REPO2DOCKER = "jupyter-repo2docker==2026.4.0"
IMAGE = "swarmlab-test-binder"
SERVER_PATH = "/user/s001/"
# repo2docker's own recipe, with a Python of Debian in the place of conda's, which cannot be had from packages.
RECIPE = """
FROM {base}
RUN useradd --create-home --uid 1000 jovyan && chown -R jovyan /usr/local
USER jovyan
ENV USER=jovyan HOME=/home/jovyan REPO_DIR=/home/jovyan
WORKDIR /home/jovyan
RUN python3 -m pip install --no-cache-dir {packages}
COPY --chown=1000 repository /home/jovyan
RUN chmod +x .binder/postBuild && ./.binder/postBuild
RUN chmod +x .binder/start
ENV R2D_ENTRYPOINT=/home/jovyan/.binder/start
COPY python3-login repo2docker-entrypoint /usr/local/bin/
ENTRYPOINT ["/usr/local/bin/repo2docker-entrypoint"]
CMD ["jupyter", "notebook", "--ip", "0.0.0.0"]
"""
pytestmark = [
    pytest.mark.exhaustive("it makes a Debian and an environment in it, and Binder's files seldom change"),
    pytest.mark.skipif(other_machine.missing() is not None, reason=str(other_machine.missing())),
]


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository that students get, which a teacher publishes."""
    folder = tmp_path_factory.mktemp("teacher") / "edition"
    student_edition.write(folder)
    return folder


@pytest.fixture(scope="module")
def repo2docker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that Binder makes images with."""
    return environments.make(tmp_path_factory.mktemp("repo2docker"), REPO2DOCKER) / "repo2docker"


@pytest.fixture(scope="module")
def image(edition: Path, repo2docker: Path, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The image after its last step."""
    context = tmp_path_factory.mktemp("binder")
    shutil.copytree(edition, context / "repository")
    [packs] = repo2docker.parents[1].glob("lib/python3*/site-packages/repo2docker/buildpacks")
    for program in ("python3-login", "repo2docker-entrypoint"):
        shutil.copy(packs / program, context)
        (context / program).chmod(0o755)
    lock = (packs / "conda" / f"environment.py-{python(edition)}-linux-64.lock").read_text(encoding="utf-8")
    # What is in the environment before the course comes: Binder's versions, some of which the course replaces.
    names = ("jupyterlab", "notebook", "jupyter_server", "jupyterhub-base", "ipywidgets", "jupyter-resource-usage")
    versions = {name: re.search(rf"/{name}-(\d[\d.]*)-", lock)[1] for name in names}
    packages = " ".join(f"{name.removesuffix('-base')}=={version}" for name, version in versions.items())
    (context / "Dockerfile").write_text(RECIPE.format(base=debian_image.make(engine), packages=packages))
    debian_image.build(engine, IMAGE, str(context))
    yield IMAGE
    debian_image.docker(engine, "rmi", IMAGE)


def python(edition: Path) -> str:
    """The Python that Binder is asked for."""
    return re.search(r"python=(\S+)", (edition / ".binder" / "environment.yml").read_text(encoding="utf-8"))[1]


def test_repo2docker_takes_it(edition: Path, repo2docker: Path):
    recipe = environments.run(repo2docker, "--no-build", "--debug", edition, cwd=edition)
    assert f"Building conda environment for python={python(edition)}" in recipe
    assert 'env update -p ${NB_PYTHON_PREFIX} --file ".binder/environment.yml"' in recipe
    assert "RUN ./.binder/postBuild" in recipe
    assert 'ENV R2D_ENTRYPOINT="${REPO_DIR}/.binder/start"' in recipe


def test_the_practicum_opens_on_the_simulated_engine(image: str, engine: Engine):
    command = ("jupyter-lab", "--ip=0.0.0.0", f"--ServerApp.base_url={SERVER_PATH}")  # as Binder starts it
    with lab_container.running(engine, image, *command, path=SERVER_PATH) as lab:
        assert lab.ask("").url == f"{lab.url}lab/tree/swarm-practicum/en/00-start.ipynb"
        assert "swarm-panel" in {each["name"] for each in lab.page()["federated_extensions"]}
        assert "runs on a simulated Docker Engine" in lab.log()

        content = lab.ask("api/contents/swarm-practicum/en/00-start.ipynb").json()["content"]
        cells = [cell.source for cell in nbformat.from_dict(content).cells if cell.cell_type == "code"]
        said = lab.kernel().shown(*cells)
        assert "Simulated Docker Engine" in said
        assert "This is a simulation" in said


@pytest.mark.parametrize("command", ["jupyter notebook", "jupyterhub-singleuser"])
def test_what_binder_may_start_is_there(image: str, engine: Engine, command: str):
    started = debian_image.docker(engine, "run", "--rm", image, *command.split(), "--version")
    assert re.search(r"^\d+\.\d+\.\d+$", started, re.M)
