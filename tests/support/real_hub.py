"""A real JupyterHub from the package index, with the configuration of docs/hub, and its API."""

import os
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from swarmkit_helpers.polling import wait_until

from . import environments
from .remote_kernel import RemoteKernel

CONFIG = Path(__file__).parents[2] / "docs" / "hub" / "jupyterhub_config.py"
HUB, CULLER, PROXY = "jupyterhub==6.1.1", "jupyterhub-idle-culler==2.0.0", "configurable-http-proxy@5.3.0"
TOKEN = uuid.uuid4().hex
CHANGE_SECONDS = 180  # that the hub or a server gets to start or to stop, on a busy machine too
# What the administrator adds: here, whoever says a name is let in, and servers run as the user of the test.
ADDED = """
load_subconfig({config!r})
c.JupyterHub.bind_url = "http://127.0.0.1:{port}/jup/"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.args += ["--allow-root"]
c.Spawner.start_timeout = c.Spawner.http_timeout = {change_seconds}
c.Spawner.cmd = [{programs!r} + "/jupyterhub-singleuser"]
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.JupyterHub.services = [{{"name": "test", "api_token": {token!r}}}]
c.JupyterHub.load_roles = [
    {{"name": "test", "services": ["test"], "scopes": ["admin:users", "admin:servers", "access:servers", "list:users"]}}
]
"""


def environment(folder: Path) -> Path:
    """The folder of the programs of an environment with the hub, its culler, its proxy, and the course as it is here.

    npm keeps what it has fetched, so that only the first time takes long.
    """
    if not shutil.which("npm"):
        pytest.skip("the proxy of a JupyterHub is installed with npm")
    programs = environments.make(folder, HUB, CULLER, course=True)
    environments.run("npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", folder, PROXY, cwd=folder)
    return programs


class Hub:
    """A hub that runs, and its API as an administrator uses it."""

    def __init__(self, url: str, programs: Path) -> None:
        self.url, self._programs = url, programs

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

        path = wait_until(ready, CHANGE_SECONDS, lambda: AssertionError(f"no server of {user}"))
        return path.removeprefix("/jup/")

    def kernel(self, server: str) -> RemoteKernel:
        """A new kernel of the server with that path."""
        return RemoteKernel(f"{self.url}{server}", TOKEN)

    def stop_server(self, user: str) -> None:
        """Stop it, and wait until it has stopped."""
        self.ask("DELETE", f"hub/api/users/{quote(user)}/server")
        self._wait_until_stopped(user)

    def cull(self, user: str) -> None:
        """Let the culler stop each server that has been idle for two seconds, and wait until that of the user has."""
        limits = ("--timeout=2", "--cull-every=1")
        culler = subprocess.Popen(
            [self._programs / "python", "-m", "jupyterhub_idle_culler", f"--url={self.url}hub/api", *limits],
            env=os.environ | {"JUPYTERHUB_API_TOKEN": TOKEN},
        )
        try:
            self._wait_until_stopped(user)
        finally:
            culler.terminate()
            culler.wait()

    def _wait_until_stopped(self, user: str) -> None:
        wait_until(
            lambda: not self.ask("GET", f"hub/api/users/{quote(user)}")["servers"],
            CHANGE_SECONDS,
            lambda: AssertionError(f"the server of {user} does not stop"),
        )


@contextmanager
def running(programs: Path, folder: Path, docker_host: str) -> Iterator[Hub]:
    """Run a hub in the folder during the block, whose users share that engine."""
    port, hub_port, proxy_port = _free_ports(3)
    config = folder / "jupyterhub_config.py"
    config.write_text(
        ADDED.format(
            config=str(CONFIG),
            port=port,
            hub_port=hub_port,
            proxy_port=proxy_port,
            homes=str(folder / "homes"),
            programs=str(programs),
            proxy=str(programs.parent / "node_modules" / ".bin" / "configurable-http-proxy"),
            token=TOKEN,
            change_seconds=CHANGE_SECONDS,
        )
    )
    log = folder / "hub.log"
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("SWARMLAB_", "PYTHON"))}
    mine |= {"PATH": f"{programs}:{os.environ['PATH']}", "DOCKER_HOST": docker_host}
    with (
        log.open("w") as file,
        subprocess.Popen(
            [programs / "jupyterhub", "-f", config], cwd=folder, env=mine, stdout=file, stderr=file
        ) as process,
    ):
        hub = Hub(f"http://127.0.0.1:{port}/jup/", programs)

        def answers() -> bool:
            assert process.poll() is None, log.read_text()[-3000:]
            try:
                return bool(hub.ask("GET", "hub/api/"))
            except requests.RequestException:
                return False

        try:
            wait_until(answers, CHANGE_SECONDS, lambda: AssertionError(log.read_text()[-3000:]))
            yield hub
        finally:
            process.terminate()  # it ends its proxy and the servers of its users
            process.wait(CHANGE_SECONDS)


def _free_ports(number: int) -> list[int]:
    with ExitStack() as probes:
        opened = [probes.enter_context(socket.socket()) for _each in range(number)]
        for probe in opened:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in opened]
