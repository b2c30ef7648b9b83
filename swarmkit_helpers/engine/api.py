"""One Docker Engine, spoken to in the words of the Docker Engine API: get, post, delete.

The transport (a Unix socket, a named pipe, TLS, ssh, or the tunnel into a node) is a client of the Docker
SDK. Bodies go and come as the engine writes them: the SDK's own service and node calls rewrite specs on
the way (a first `scale()` restarts every task), and a lesson about desired state cannot afford that.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

import docker
import requests

from ..errors import EngineUnavailable, LeaderLost, NoQuorum, NotFound, NotInSwarm, Refused, SwarmkitError
from ..language import _


class EngineAPI:
    """The HTTP API of the engine that `client` reaches; `name` is what to call it in a message."""

    def __init__(self, client: docker.APIClient, name: str) -> None:
        self.client = client
        self.name = name

    def get(self, *path: str, **query: Any) -> Any:
        """The body that GET path answers, decoded."""
        return self._call("GET", path, query).json()

    def post(self, *path: str, body: Any = None, **query: Any) -> Any:
        """What POST path answers, decoded; None where it answers nothing."""
        answer = self._call("POST", path, query, json=body)
        return answer.json() if answer.content else None

    def delete(self, *path: str, **query: Any) -> None:
        """The object at the path is gone, or asked to go."""
        self._call("DELETE", path, query)

    def send(self, *path: str, data: Iterable[bytes], **query: Any) -> None:
        """The engine has read a tar archive and taken it in."""
        answer = self._call("POST", path, query, data=data, headers={"Content-Type": "application/x-tar"}, timeout=600)
        # Loading reports a failure in the stream of a "200 OK".
        for line in answer.text.splitlines():
            if problem := json.loads(line).get("error"):
                raise Refused(
                    _("{name} refused: {said}"),
                    _("check the archive, and the space left on the disk"),
                    name=self.name,
                    said=problem,
                )

    def stream(self, *path: str, **query: Any) -> Iterator[bytes]:
        """The chunks of a body that comes bit by bit, until the engine ends it."""
        with self._call("GET", path, query, stream=True, timeout=None) as answer:
            yield from answer.iter_content(None)

    def _call(self, verb: str, path: tuple[str, ...], query: dict[str, Any], **request: Any) -> requests.Response:
        url = "/".join([f"{self.client.base_url}/v{self.client.api_version}", *(quote(part, safe="") for part in path)])
        params = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in query.items()}
        request.setdefault("timeout", self.client.timeout)
        try:
            answer = self.client.request(verb, url, params=params, **request)
        except (requests.exceptions.RequestException, OSError) as error:
            raise EngineUnavailable(
                _("{name} does not answer ({reason})"),
                _("see whether {name} is running: python3 -m swarmkit_helpers status"),
                name=self.name,
                reason=type(error).__name__,
            ) from error
        if answer.status_code >= 400:
            raise self._error(answer)
        return answer

    def _error(self, answer: requests.Response) -> SwarmkitError:
        """The engine's refusal as one of our errors, in its own words."""
        try:
            said = answer.json()["message"]
        except (ValueError, KeyError):
            said = answer.text.strip() or answer.reason
        # What the manager's gRPC layer adds in front says nothing to a reader.
        said = said.rpartition(" desc = ")[2]
        if "not a swarm manager" in said or "not part of a swarm" in said:
            return NotInSwarm(
                _("{name} is not a manager of a swarm"),
                _("make one with cluster.init_swarm(), or ask a node that is a manager"),
                name=self.name,
            )
        if "does not have a leader" in said:
            return NoQuorum(
                _("the swarm has no leader: too few of its managers are online to agree"),
                _("bring managers back until more than half of them are online"),
            )
        if "lost leader status" in said:  # SwarmKit, manager/state/raft, ErrLostLeadership
            return LeaderLost(_("the swarm's managers are electing another leader"), _("wait a moment, and ask again"))
        if answer.status_code == 404:
            return NotFound(
                _("{name} answers: {said}"), _("list what exists, and use a name from there"), name=self.name, said=said
            )
        if "no space left" in said:
            return Refused(
                _("{name} has no disk space left ({said})"),
                _("free some; what takes it is shown by: docker system df"),
                name=self.name,
                said=said,
            )
        return Refused(
            _("{name} refused: {said}"), _("change what the sentence names, and ask again"), name=self.name, said=said
        )


def answers(url: str) -> bool:
    """Whether an engine answers at that URL. It is asked without a version of the API: each engine refuses some."""
    client = docker.APIClient(base_url=url, version=docker.constants.DEFAULT_DOCKER_API_VERSION, timeout=5)
    try:
        return client.get(f"{client.base_url}/_ping").text == "OK"
    except (docker.errors.DockerException, OSError):
        return False
    finally:
        client.close()
