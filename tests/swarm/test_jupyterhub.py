"""A real JupyterHub: two of its users run section 04 at once on one engine, and nothing of either is touched."""

import asyncio
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from support import real_hub
from support.environments import run
from support.real_hub import Hub
from support.solutions import SOLUTIONS

from swarmkit_helpers import Cluster
from swarmkit_helpers.cluster import provision
from swarmkit_helpers.engine import simulator
from swarmkit_helpers.engine.discover import Engine, connect
from swarmkit_helpers.machine import Machine

ROOT = Path(__file__).parents[2]
SECTION = "04-scale"
EXERCISES = [cell.partition("-")[2] for cell in SOLUTIONS[SECTION]]
USERS = ("S.001@uni.ac.id", "pytest-budi")
RESULT = "application/vnd.swarmlab.result+json"
SPEED = 5  # of the simulated engine
pytestmark = [
    pytest.mark.exhaustive("it makes an environment of a gigabyte, and two owners on one engine are tested always"),
    pytest.mark.skipif(sys.platform != "linux", reason="a JupyterHub runs on Linux"),
]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return real_hub.environment(tmp_path_factory.mktemp("hub-environment"))


@pytest.fixture(params=["real", "simulated"])
def shared(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The engine that the users share."""
    if request.param == "real":
        yield request.getfixturevalue("engine")
    else:
        with simulator.temporary_simulator(SPEED) as url:
            yield connect(url, "the simulated engine of the hub")


@pytest.fixture
def neighbour(shared: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster of who runs the tests. It keeps up the course's own engine, which ends with the last cluster."""
    monkeypatch.setenv("DOCKER_HOST", shared.url)
    cluster = Cluster.up(f"pytest-{uuid.uuid4().hex[:8]}", nodes=1)
    yield cluster
    cluster.down()


@pytest.fixture
def hub(environment: Path, shared: Engine, neighbour: Cluster, tmp_path: Path) -> Iterator[Hub]:
    try:
        with real_hub.running(environment, tmp_path, shared.url) as found:
            yield found
    finally:
        for user in USERS:
            run(environment / "swarmlab", "down", "--all", cwd=tmp_path, JUPYTERHUB_USER=user)


def solved() -> list[str]:
    """The code cells of the section, with the answers of a student who knows them."""
    notebook = nbformat.read(ROOT / "notebooks" / "en" / f"{SECTION}.ipynb", as_version=4)
    return [SOLUTIONS[SECTION].get(cell.id, cell.source) for cell in notebook.cells if cell.cell_type == "code"]


def machines_of(engine: Engine, owner: str) -> list[Machine]:
    return [machine for machine in provision.machines(engine) if machine.owner == owner]


def test_two_users_run_section_04_at_once_and_nothing_of_either_is_touched(
    hub: Hub, shared: Engine, neighbour: Cluster
):
    own = list(neighbour.machines())
    sid, budi = USERS
    servers = [hub.start_server(user) for user in USERS]
    for server in servers:  # each has a working copy, whose notebook opens
        copy = hub.ask("GET", f"{server}api/contents/swarm-practicum/en/{SECTION}.ipynb")["content"]
        assert not [cell for cell in copy["cells"] if cell.get("outputs")]
    kernels = [hub.kernel(server) for server in servers]

    async def at_once() -> list[list[dict[str, Any]]]:
        async with asyncio.timeout(540):
            return await asyncio.gather(*(kernel.run(solved()) for kernel in kernels))

    for outputs in asyncio.run(at_once()):
        results = [each["data"][RESULT] for each in outputs if RESULT in each.get("data", {})]
        assert {each["exercise"]: each["outcome"] for each in results} == dict.fromkeys(EXERCISES, "passed")
    before = {owner: machines_of(shared, owner) for owner in (sid, budi)}
    for machines in before.values():
        assert [(each.cluster, each.name) for each in machines] == [("course", f"node{n}") for n in (1, 2, 3, 4)]
        assert {each.state for each in machines} == {"running"}

    # The kernel follows the record that the user's server keeps.
    follows = "from swarmkit_helpers import recorder; print(getattr(recorder.running(swarm.name), 'follows', None))"
    assert kernels[0].printed(follows) == "True\n"

    said = kernels[0].printed("!swarmlab status")
    assert "Cluster course: 4 machines, one swarm\n" in said.replace("\r", "")
    assert f"Cluster {budi}/course: 4 machines, one swarm (it belongs to {budi})" in said

    assert "SWARMLAB_MAX_NODES" in kernels[0].printed("!swarmlab up --name second --nodes 3")  # the limit of docs/hub
    assert machines_of(shared, sid) == before[sid]

    running = "print([task.id for task in swarm.tasks('sleep-app') if task.wanted and task.state == 'running'])"
    tasks = kernels[1].printed(running)
    assert tasks.count(",") >= len(before[budi])
    kernels[0].printed("!swarmlab down --all")
    assert machines_of(shared, sid) == []
    assert machines_of(shared, budi) == before[budi]
    assert kernels[1].printed(running) == tasks

    hub.kernel(servers[0]).printed("!swarmlab up --nodes 1")
    hub.stop_server(sid)
    assert machines_of(shared, sid) == []
    hub.cull(budi)
    assert machines_of(shared, budi) == []
    assert list(neighbour.machines()) == own
