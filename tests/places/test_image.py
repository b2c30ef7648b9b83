"""The image of the Dockerfile, on a base made from Debian's packages, as `docker run`, a hub and Binder use it."""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from support import debian_image, lab_container, other_machine
from support.debian_image import docker

from swarmkit_helpers import __version__
from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.polling import wait_until

ROOT = Path(__file__).parents[2]
IMAGE = "swarmlab-test-image"
HEALTHY_SECONDS = 60
pytestmark = [
    pytest.mark.exhaustive("it makes a Debian and an environment in it, and the Dockerfile seldom changes"),
    pytest.mark.skipif(other_machine.missing() is not None, reason=str(other_machine.missing())),
]


@pytest.fixture(scope="module")
def image(engine: Engine) -> Iterator[str]:
    base = debian_image.make(engine)
    debian_image.build(engine, IMAGE, f"--build-arg=BASE={base}", f"--build-arg=CLI={base}", str(ROOT))
    yield IMAGE
    docker(engine, "rmi", IMAGE)


def test_the_practicum_opens_and_runs_and_the_server_is_healthy(image: str, engine: Engine):
    with lab_container.running(engine, image) as lab:
        assert lab.ask("").url == f"{lab.url}lab/tree/swarm-practicum/en/00-start.ipynb"
        assert "swarm-panel" in {each["name"] for each in lab.page()["federated_extensions"]}
        content = lab.ask("api/contents/swarm-practicum/en/00-start.ipynb").json()["content"]
        cells = [cell.source for cell in nbformat.from_dict(content).cells if cell.cell_type == "code"]
        assert "Simulated Docker Engine" in lab.kernel().shown(*cells)
        wait_until(
            lambda: docker(engine, "inspect", "--format={{.State.Health.Status}}", lab.id) == "healthy",
            HEALTHY_SECONDS,
            lambda: AssertionError(docker(engine, "inspect", "--format={{json .State.Health}}", lab.id)),
        )


def test_a_server_that_does_not_answer_is_not_healthy(image: str, engine: Engine):
    [check] = re.findall("CMD python3 .*", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    with pytest.raises(AssertionError, match="Connection refused"):
        docker(engine, "run", "--rm", image, "sh", "-c", check.removeprefix("CMD "))


def test_it_keeps_to_binder_s_rules(image: str, engine: Engine):
    """binder-examples/minimal-dockerfile: who runs it, where, and what can be started."""
    who = docker(engine, "run", "--rm", image, "sh", "-c", 'id -un; id -u; echo "$USER $HOME"; pwd; test -w "$HOME"')
    assert who.split("\n") == ["jovyan", "1000", "jovyan /home/jovyan", "/home/jovyan"]
    for program in ("jupyter notebook", "jupyter lab", "jupyterhub-singleuser"):
        assert re.fullmatch(r"[\d.]+", docker(engine, "run", "--rm", image, *program.split(), "--version"))
    assert docker(engine, "inspect", "--format={{json .Config.Entrypoint}}", image) in ("null", "[]")


def test_its_labels_say_what_it_is(image: str, engine: Engine):
    version = docker(engine, "inspect", '--format={{index .Config.Labels "org.opencontainers.image.version"}}', image)
    assert version == __version__
