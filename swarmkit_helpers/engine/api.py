"""The HTTP API of one Docker Engine: get, post, delete.

The transport (a Unix socket, a named pipe, TLS, ssh, or the tunnel into a node) is a client of the Docker
SDK. Bodies are sent and returned unchanged. The SDK's own service and node calls rewrite specs on the way
(a first `scale()` restarts every task), which would spoil a lesson about desired state.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

import docker
import requests
from docker.constants import DEFAULT_DOCKER_API_VERSION

from ..errors import EngineUnavailable, LeaderLost, NoQuorum, NotFound, NotInSwarm, Refused, SwarmkitError, locked_swarm
from ..language import _
from .http_client import open_client
from .sdk_client import pipe_errors

PING_SECONDS = 5  # that an engine gets to answer whether it is there


class EngineAPI:
    """The HTTP API of the engine that `client` reaches; messages call that engine `name`."""

    def __init__(self, client: docker.APIClient, name: str) -> None:
        self.client = client
        self.name = name

    def get(self, *path: str, **query: Any) -> Any:
        """Send GET to the path, and return the decoded body."""
        return self._call("GET", path, query).json()

    def post(self, *path: str, body: Any = None, **query: Any) -> Any:
        """Send POST to the path, and return the decoded body, or None where it is empty."""
        answer = self._call("POST", path, query, json=body)
        return answer.json() if answer.content else None

    def delete(self, *path: str, **query: Any) -> None:
        """Send DELETE to the path. Some objects disappear only after the call has returned."""
        self._call("DELETE", path, query)

    def send(self, *path: str, data: Iterable[bytes] | bytes, **query: Any) -> None:
        """Send a tar archive to the path. Raises `Refused` if the engine cannot use it."""
        answer = self._call("POST", path, query, data=data, headers={"Content-Type": "application/x-tar"}, timeout=600)
        # The engine reports a failed load inside the body of a "200 OK".
        for line in answer.text.splitlines():
            if problem := json.loads(line).get("error"):
                raise Refused(
                    _("{name} refused: {said}"),
                    _("check the archive, and the space left on the disk"),
                    name=self.name,
                    said=problem,
                )

    def stream(self, *path: str, max_silence: float | None = None, **query: Any) -> Iterator[bytes]:
        """Send GET to the path, and yield the body in chunks as it arrives, until the engine ends it.

        Raises `EngineUnavailable` if the connection is lost, or if nothing comes for `max_silence` seconds.
        """
        with self.open(*path, max_silence=max_silence, **query) as answer:
            yield from self.chunks(answer)

    def open(self, *path: str, max_silence: float | None = None, **query: Any) -> requests.Response:
        """Send GET to the path at once, and return the answer as soon as it begins; its body is for `chunks`."""
        return self._call("GET", path, query, stream=True, timeout=max_silence)

    def chunks(self, answer: requests.Response) -> Iterator[bytes]:
        """Yield the body in chunks as it arrives. Raises `EngineUnavailable` if the connection is lost."""
        try:
            with pipe_errors():
                yield from answer.iter_content(None)
        except (requests.exceptions.RequestException, OSError) as error:
            raise self._no_answer(error) from error

    def _call(self, verb: str, path: tuple[str, ...], query: dict[str, Any], **request: Any) -> requests.Response:
        url = "/".join([f"{self.client.base_url}/v{self.client.api_version}", *(quote(part, safe="") for part in path)])
        params = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in query.items()}
        request.setdefault("timeout", self.client.timeout)
        try:
            answer = self.client.request(verb, url, params=params, **request)
        except (requests.exceptions.RequestException, OSError) as error:
            raise self._no_answer(error) from error
        if answer.status_code >= 400:
            raise self._error(answer)
        return answer

    def _no_answer(self, error: Exception) -> EngineUnavailable:
        return EngineUnavailable(
            _("{name} does not answer ({reason})"),
            _("check whether {name} is running: python3 -m swarmkit_helpers status"),
            name=self.name,
            reason=type(error).__name__,
        )

    def _error(self, answer: requests.Response) -> SwarmkitError:
        """The engine's refusal as an error of this package, with the engine's own message."""
        try:
            said = answer.json()["message"]
        except (ValueError, KeyError):
            said = answer.text.strip() or answer.reason
        # The manager's gRPC layer puts codes in front of the message, which do not help a reader.
        said = said.rpartition(" desc = ")[2]
        if "not a swarm manager" in said or "not part of a swarm" in said:
            return NotInSwarm(
                _("{name} is not a manager of a swarm"),
                _("make one with cluster.init_swarm(), or ask a node that is a manager"),
                name=self.name,
            )
        if "needs to be unlocked" in said:
            return locked_swarm(self.name)
        # The second: of a request that waited for managers, while the leader had not noticed that they are gone.
        if "does not have a leader" in said or said == "context deadline exceeded":
            return NoQuorum(
                _("the swarm has no leader: too few of its managers are online to agree"),
                _("bring managers back until more than half of them are online"),
            )
        if "lost leader status" in said:  # SwarmKit, manager/state/raft, ErrLostLeadership
            return LeaderLost(_("the swarm's managers are electing another leader"), _("wait a moment, and ask again"))
        if answer.status_code == 404:
            return NotFound(
                _("{name} answers: {said}"),
                _("list the names that exist, and use one of them"),
                name=self.name,
                said=said,
            )
        if "no space left" in said:
            return Refused(
                _("{name} has no disk space left ({said})"),
                _("free some space; this shows what uses it: docker system df"),
                name=self.name,
                said=said,
            )
        return Refused(
            _("{name} refused: {said}"), _("correct what this message names, and try again"), name=self.name, said=said
        )


def timed_out(error: BaseException) -> bool:
    """Whether the error comes from an answer that took too long."""
    return isinstance(error.__cause__, requests.exceptions.Timeout)


def answers(url: str) -> bool:
    """Whether an engine answers at that URL. The ping is valid for every engine, whatever API versions it refuses."""
    client = open_client(url, PING_SECONDS, api_version=DEFAULT_DOCKER_API_VERSION)
    try:
        # The SDK's own time limit holds only for the requests that it makes itself.
        return client.get(f"{client.base_url}/_ping", timeout=PING_SECONDS).text == "OK"
    except (docker.errors.DockerException, OSError):
        return False
    finally:
        client.close()
