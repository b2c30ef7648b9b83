"""A real JupyterHub: two of its users run section 04 at once on one engine, and nothing of either is touched."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
import pytest
import requests
from support import environments
from support.environments import run
from support.remote_kernel import RemoteKernel
from support.solutions import SOLUTIONS

from swarmkit_helpers import Cluster
from swarmkit_helpers.cluster import provision
from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.machine import Machine
from swarmkit_helpers.polling import wait_until

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "docs" / "hub" / "jupyterhub_config.py"
SECTION = "04-scale"
HUB, PROXY = "jupyterhub==6.1.1", "configurable-http-proxy@5.3.0"
TOKEN = uuid.uuid4().hex
USERS = ("S.001@uni.ac.id", "pytest-budi")
RESULT = "application/vnd.swarmlab.result+json"
# What the administrator adds: here, whoever says a name is let in, and servers run as the user of the test.
TEST_CONFIG = """
load_subconfig({config!r})
c.JupyterHub.bind_url = "http://127.0.0.1:{port}/jup/"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.args += ["--allow-root"]
c.Spawner.cmd = [{bin!r} + "/jupyterhub-singleuser"]
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.services = [{{"name": "test", "api_token": {token!r}}}]
c.JupyterHub.load_roles = [
    {{"name": "test", "services": ["test"], "scopes": ["admin:users", "admin:servers", "access:servers"]}}
]
"""
pytestmark = [
    pytest.mark.exhaustive("it makes an environment of a gigabyte, and two owners on one engine are tested always"),
    pytest.mark.skipif(sys.platform != "linux", reason="a JupyterHub runs on Linux"),
]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of an environment with the hub, its proxy, and the course as it is here.

    npm keeps what it has fetched, so that only the first time takes long.
    """
    if not shutil.which("npm"):
        pytest.skip("the proxy of a JupyterHub is installed with npm")
    folder = tmp_path_factory.mktemp("hub-environment")
    programs = environments.make(folder, HUB, course=True)
    run("npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", folder, PROXY, cwd=folder)
    return programs


class Hub:
    """A hub that runs, and its API as an administrator uses it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, verb: str, path: str, **more: Any) -> Any:
        answer = requests.request(
            verb, f"{self.url}{path}", headers={"Authorization": f"token {TOKEN}"}, timeout=120, **more
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def start_server(self, user: str) -> str:
        """Let the user in and start their server; its path."""
        name = quote(user)
        self.ask("POST", f"hub/api/users/{name}")
        self.ask("POST", f"hub/api/users/{name}/server")

        def ready() -> str | None:
            [server] = self.ask("GET", f"hub/api/users/{name}")["servers"].values()
            return str(server["url"]) if server["ready"] else None

        path = wait_until(ready, 60, lambda: AssertionError(f"no server of {user}"))
        return path.removeprefix("/jup/")

    def stop_server(self, user: str) -> None:
        """Stop it, and wait until it has stopped."""
        self.ask("DELETE", f"hub/api/users/{quote(user)}/server")
        wait_until(
            lambda: not self.ask("GET", f"hub/api/users/{quote(user)}")["servers"],
            60,
            lambda: AssertionError(f"the server of {user} does not stop"),
        )


@pytest.fixture
def neighbour(make_cluster: Callable[..., Cluster]) -> Cluster:
    """A cluster of who runs the tests. It keeps up the course's own engine, which ends with the last cluster."""
    return make_cluster(1)


@pytest.fixture
def hub(environment: Path, engine: Engine, neighbour: Cluster, tmp_path: Path) -> Iterator[Hub]:
    ports = []
    for _each in range(2):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ports.append(free.getsockname()[1])
    config = tmp_path / "jupyterhub_config.py"
    config.write_text(
        TEST_CONFIG.format(
            config=str(CONFIG),
            port=ports[0],
            hub_port=ports[1],
            homes=str(tmp_path / "homes"),
            bin=str(environment),
            proxy=str(environment.parent / "node_modules" / ".bin" / "configurable-http-proxy"),
            token=TOKEN,
        )
    )
    log = tmp_path / "hub.log"
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("SWARMLAB_", "PYTHON"))}
    mine |= {"PATH": f"{environment}:{os.environ['PATH']}", "DOCKER_HOST": engine.url}
    with (
        log.open("w") as file,
        subprocess.Popen(
            [environment / "jupyterhub", "-f", config], cwd=tmp_path, env=mine, stdout=file, stderr=file
        ) as process,
    ):
        found = Hub(f"http://127.0.0.1:{ports[0]}/jup/")
        try:

            def answers() -> bool:
                assert process.poll() is None, log.read_text()[-3000:]
                try:
                    return bool(found.ask("GET", "hub/api/"))
                except requests.RequestException:
                    return False

            wait_until(answers, 60, lambda: AssertionError(log.read_text()[-3000:]))
            yield found
        finally:
            process.terminate()  # it ends its proxy and the servers of its users
            process.wait(60)
            for user in USERS:
                run(
                    *(environment / "swarmlab", "down", "--all"),
                    cwd=tmp_path,
                    DOCKER_HOST=engine.url,
                    JUPYTERHUB_USER=user,
                )


def solved() -> list[str]:
    """The code cells of the section, with the answers of a student who knows them."""
    notebook = nbformat.read(ROOT / "notebooks" / "en" / f"{SECTION}.ipynb", as_version=4)
    return [SOLUTIONS[SECTION].get(cell.id, cell.source) for cell in notebook.cells if cell.cell_type == "code"]


def machines_of(engine: Engine, owner: str) -> list[Machine]:
    return [machine for machine in provision.machines(engine) if machine.owner == owner]


def test_two_users_run_section_04_at_once_and_nothing_of_either_is_touched(
    hub: Hub, engine: Engine, neighbour: Cluster
):
    own = list(neighbour.machines())
    sid, budi = USERS
    servers = [hub.start_server(user) for user in USERS]
    for server in servers:  # each has a working copy, whose notebook opens
        copy = hub.ask("GET", f"{server}api/contents/swarm-practicum/en/{SECTION}.ipynb")["content"]
        assert not [cell for cell in copy["cells"] if cell.get("outputs")]
    kernels = [RemoteKernel(f"{hub.url}{server}", TOKEN) for server in servers]

    async def at_once() -> list[list[dict[str, Any]]]:
        async with asyncio.timeout(540):
            return await asyncio.gather(*(kernel.run(solved()) for kernel in kernels))

    for outputs in asyncio.run(at_once()):
        results = [each["data"][RESULT] for each in outputs if RESULT in each.get("data", {})]
        assert {each["exercise"]: each["outcome"] for each in results} == dict.fromkeys(
            ("spread", "restarted", "emptiest", "newcomer", "even", "own-number"), "passed"
        )
    before = {owner: machines_of(engine, owner) for owner in (sid, budi)}
    for machines in before.values():
        assert [(each.cluster, each.name) for each in machines] == [("course", f"node{n}") for n in (1, 2, 3, 4)]
        assert {each.state for each in machines} == {"running"}

    # The kernel follows the record that the user's server keeps.
    follows = "from swarmkit_helpers import recorder; print(getattr(recorder.running(swarm.name), 'follows', None))"
    assert kernels[0].printed(follows) == "True\n"

    said = kernels[0].printed("!swarmlab status")
    assert "Cluster course: 4 machines, one swarm\n" in said.replace("\r", "")
    assert f"Cluster {budi}/course: 4 machines, one swarm (it belongs to {budi})" in said

    kernels[0].printed("!swarmlab down --all")
    assert machines_of(engine, sid) == []
    assert machines_of(engine, budi) == before[budi]
    still = "[(task.slot, task.state) for task in swarm.tasks('sleep-app') if task.wanted]"
    assert kernels[1].printed(f"print(sum(state == 'running' for _, state in {still}))") == "9\n"

    hub.stop_server(USERS[1])  # as when it is culled
    assert machines_of(engine, budi) == []
    assert list(neighbour.machines()) == own
