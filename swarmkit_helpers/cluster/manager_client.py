"""A swarm's managers: asking whichever answers, finding what has a name, and changing one object safely."""

from collections.abc import Callable
from typing import Any

import docker
from docker.context import ContextAPI

from ..docker_commands import announce
from ..engine import discover
from ..engine.api import EngineAPI
from ..errors import (
    BadInput,
    EngineUnavailable,
    LeaderLost,
    NoQuorum,
    NotFound,
    NotInSwarm,
    ObjectKind,
    Refused,
    unknown,
)
from ..language import _
from ..polling import wait_until
from ..records import Json

Edit = Callable[[dict[str, Any]], str]  # changes a spec in place; the result is the docker command for that

# Seconds in which enough managers have a leader again: an election is held after 10 to 19 ticks of one second.
ELECTION = 20  # SwarmKit, manager/state/raft
TRIES = 20  # for a change that somebody else's overtakes: more than one who keeps changing will manage in a row


class Managers:
    """The managers of one swarm, of which one is asked."""

    def __init__(self, find: Callable[[], EngineAPI]) -> None:
        self._find_one = find
        self._last: EngineAPI | None = None

    def api(self) -> EngineAPI:
        """The manager that answered last."""
        self._last = self._last or self._find_one()
        return self._last

    def get(self, *path: str, **query: Any) -> Any:
        """What a manager says to GET path; if the one that answered last does not, another is asked.

        Other requests need no second try: each begins with a read, and goes to the manager that answered it.
        """
        try:
            return self.api().get(*path, **query)
        except (EngineUnavailable, NotInSwarm):
            self._last = None
            return self.api().get(*path, **query)

    def list(self, kind: ObjectKind, name: str | None = None) -> list[Json]:
        """The bodies of that kind; with a name, those it names: by name, or by the whole id. Raises `NotFound`."""
        bodies = self.get(kind, **({"filters": {"scope": {"swarm": True}}} if kind == "networks" else {}))
        if name is None:
            return bodies
        found = [body for body in bodies if name in (_name(kind, body), body.get("ID", body.get("Id")))]
        if not found:
            raise unknown(kind, name, [_name(kind, body) for body in bodies])
        return found

    def find(self, kind: ObjectKind, name: str, leaving: bool = False) -> Json:
        """The body of that name. Raises `NotFound`.

        Where a machine has joined anew there are two nodes of its name: this is the one that is ready, or
        with `leaving` the one that is not.
        """
        found = self.list(kind, name)
        if kind == "nodes":
            found.sort(key=lambda body: (body["Status"]["State"] == "ready") == leaving)
        return found[0]

    def change(self, kind: ObjectKind, name: str, edit: Edit, **query: Any) -> None:
        """The spec, as the engine keeps it, has been edited; the docker command for that has been shown.

        The engine takes a new spec only with the version of the one it replaces. If somebody else's change,
        or the swarm's own, came in between, the edit is made again on what is there now.
        """
        body = self.find(kind, name)
        announce(edit(body["Spec"]))
        self._led(lambda: self._update(kind, body, edit, query))

    def delete(self, kind: ObjectKind, id: str, **query: Any) -> None:
        """The object is gone. Raises `NotFound` if there was none."""
        tried = False

        def delete() -> None:
            nonlocal tried
            try:
                again, tried = tried, True
                self.api().delete(kind, id, **query)
            except NotFound:
                if not again:
                    raise

        self._led(delete)

    def _led(self, request: Callable[[], None]) -> None:
        """The request has been carried out. It is made again where the leader was lost meanwhile."""
        lost: NoQuorum | None = None

        def done() -> bool:
            nonlocal lost
            try:
                request()
            except NoQuorum as error:
                if not lost and not isinstance(error, LeaderLost):
                    raise  # it had no leader before: too few managers are online
                lost = error
                return False
            return True

        wait_until(done, ELECTION, lambda: lost)

    def _update(self, kind: ObjectKind, body: Json, edit: Edit, query: Json) -> None:
        """The spec of the body, which is edited, is the engine's; edited anew where another came in between."""
        for left in reversed(range(TRIES)):
            version = body["Version"]["Index"]
            try:
                self.api().post(kind, body["ID"], "update", body=body["Spec"], version=version, **query)
                return
            except Refused as error:
                if "update out of sequence" not in error.problem or not left:
                    raise
            body = self.find(kind, body["ID"])
            edit(body["Spec"])


def reach(url_or_context: str) -> EngineAPI:
    """The manager at a URL (unix, tcp, ssh, npipe), or the one a docker context names.

    Raises `BadInput`, `NotFound`, `EngineUnavailable`, and `NotInSwarm` if that engine is no manager.
    """
    if "://" in url_or_context:
        url, tls, origin = url_or_context, None, _("the engine asked for")
    elif context := ContextAPI.get_context(url_or_context):
        url, tls, origin = context.Host, context.TLSConfig, discover.context_origin(url_or_context)
    else:
        raise NotFound(
            _("there is no docker context called {name!r}; there are: {known}"),
            _("use one of those names, or a URL such as ssh://user@machine"),
            name=url_or_context,
            known=", ".join(each.Name for each in ContextAPI.contexts()),
        )
    try:
        docker.utils.parse_host(url)
    except docker.errors.DockerException as error:
        raise BadInput(
            _("{url!r} is not the URL of an engine: {error}"),
            _("write it like ssh://user@machine, tcp://machine:2376 or unix:///run/docker.sock"),
            url=url,
            error=error,
        ) from error
    api = discover.connect(url, origin, tls).api
    state = api.get("info")["Swarm"]
    if not state["ControlAvailable"]:
        others = ", ".join(manager["Addr"] for manager in state.get("RemoteManagers") or ())
        raise NotInSwarm(
            _("the engine at {url} does not manage a swarm"),
            _("connect to a manager of the swarm it is in: {others}")
            if others
            else _("make it a manager with docker swarm init, or connect to one that is"),
            url=url,
            others=others,
        )
    return api


def _name(kind: ObjectKind, body: Json) -> str:
    if kind == "nodes":
        return body.get("Description", {}).get("Hostname", "")
    return body["Spec"]["Name"] if kind == "services" else body["Name"]
