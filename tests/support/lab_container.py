"""A container in which a Jupyter server runs, as Binder, a hub or `docker run` starts it."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.polling import wait_until

from .debian_image import docker
from .remote_kernel import RemoteKernel

START_SECONDS = 120


class LabContainer:
    """A container with a server that answers under this path."""

    def __init__(self, engine: Engine, id: str, path: str, token: str) -> None:
        self._engine, self.id, self._token = engine, id, token
        address = docker(engine, "inspect", "--format", "{{.NetworkSettings.IPAddress}}", id)
        self.url = f"http://{address}:8888{path}"

    def ask(self, path: str) -> requests.Response:
        """What the server answers under that path."""
        return requests.get(f"{self.url}{path}", headers={"Authorization": f"token {self._token}"}, timeout=60)

    def page(self) -> dict[str, object]:
        """The settings of JupyterLab's page."""
        text = self.ask("lab").text
        return json.loads(text.partition('type="application/json">')[2].partition("</script>")[0])

    def kernel(self) -> RemoteKernel:
        return RemoteKernel(self.url, self._token)

    def sh(self, script: str) -> str:
        """What a shell script prints in the container."""
        return docker(self._engine, "exec", self.id, "sh", "-c", script)

    def log(self) -> str:
        return docker(self._engine, "logs", self.id)


@contextmanager
def running(engine: Engine, image: str, *command: str, path: str = "/", **variables: str) -> Iterator[LabContainer]:
    """Run a server in a container of that image during the block; `command` is another than the image's own."""
    token = secrets.token_hex(16)
    given = [f"--env={name}={value}" for name, value in {"JUPYTER_TOKEN": token, **variables}.items()]
    id = docker(engine, "run", "--detach", *given, image, *command)
    try:
        container = LabContainer(engine, id, path, token)

        def answers() -> bool:
            try:
                return container.ask("api").ok
            except requests.ConnectionError:
                return False

        wait_until(answers, START_SECONDS, lambda: AssertionError(container.log()))
        yield container
    finally:
        docker(engine, "rm", "--force", "--volumes", id)
