"""A client for the managers of a swarm: it sends each request to one that answers, and changes one object safely."""

from collections.abc import Callable
from typing import Any

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
    ambiguous_node,
    locked_swarm,
    unknown,
)
from ..language import _
from ..polling import wait_until
from ..records import Json

Edit = Callable[[Json], None]  # changes a spec in place

# Enough managers elect a leader within this time: after 10 to 19 ticks of one second (SwarmKit, manager/state/raft).
ELECTION_SECONDS = 20
UPDATE_MAX_TRIES = 20  # of one change, while other changes of the same object come before it


class Managers:
    """The managers of one swarm. Each request goes to one of them."""

    def __init__(self, find_manager: Callable[[], EngineAPI]) -> None:
        """`find_manager` returns the API of a manager that answers, or raises."""
        self._find_manager = find_manager
        self._last: EngineAPI | None = None

    def api(self) -> EngineAPI:
        """The API of the manager that answered last."""
        self._last = self._last or self._find_manager()
        return self._last

    def get(self, *path: str, **query: Any) -> Any:
        """The answer of a manager to GET path. If the one that answered last is silent, ask another.

        Other requests need no second try: each begins with a read, and goes to the manager that answered it.
        """
        try:
            return self.api().get(*path, **query)
        except (EngineUnavailable, NotInSwarm):
            self._last = None
            return self.api().get(*path, **query)

    def list(self, kind: ObjectKind, name: str | None = None) -> list[Json]:
        """All bodies of that kind; with a name, those of that name or of that whole id. Raises `NotFound`.

        Lists all also for one name: the error then says which names exist.
        """
        bodies: list[Json] = self.get(kind, **({"filters": {"scope": {"swarm": True}}} if kind == "networks" else {}))
        if name is None:
            return bodies
        found = [body for body in bodies if name in (_name(kind, body), body.get("ID", body.get("Id")))]
        if not found:
            raise unknown(kind, name, [_name(kind, body) for body in bodies])
        return found

    def find(self, kind: ObjectKind, name: str, leaving: bool = False) -> Json:
        """The body of that name. Raises `NotFound`, and `Refused` if several ready nodes have the name.

        A machine that left and joined again has two nodes of its name: this is the one that is ready, or
        with `leaving` the one that is not.
        """
        return self.find_named(kind, name, leaving)[0]

    def find_named(self, kind: ObjectKind, name: str, leaving: bool = False) -> tuple[Json, str]:
        """What `find` gives, and how a docker command names it: by its id where several have the name."""
        found = self.list(kind, name)
        if kind == "nodes":
            found.sort(key=lambda body: (body["Status"]["State"] == "ready") == leaving)
            ready = [body["ID"] for body in found if body["Status"]["State"] == "ready"]
            if len(ready) > 1 and found[0]["ID"] in ready:
                raise ambiguous_node(name, ready)
        return found[0], found[0]["ID"] if len(found) > 1 else name

    def change(self, kind: ObjectKind, name: str, command: str, edit: Edit, **query: Any) -> None:
        """Edit the spec, show the docker command and send the spec. Raises `NotFound`, and what `edit` raises.

        The engine accepts a new spec only with the version of the one it replaces. If another change came
        first, of a user or of the swarm itself, edit the newer spec and send it again.
        """
        body, clear = self.find_named(kind, name)
        edit(body["Spec"])
        announce(command if clear == name else command.removesuffix(name) + clear)
        self._retry_if_leader_lost(lambda: self._update(kind, body, edit, query))

    def delete(self, kind: ObjectKind, id: str, **query: Any) -> None:
        """Delete the object. Raises `NotFound` if there is none."""
        tried = False

        def delete() -> None:
            nonlocal tried
            try:
                again, tried = tried, True
                self.api().delete(kind, id, **query)
            except NotFound:
                if not again:
                    raise

        self._retry_if_leader_lost(delete)

    def _retry_if_leader_lost(self, request: Callable[[], None]) -> None:
        """Send the request; if the swarm loses its leader meanwhile, wait for a new one and send it again."""
        lost: list[NoQuorum] = []

        def done() -> bool:
            try:
                request()
            except NoQuorum as error:
                if not lost and not isinstance(error, LeaderLost):
                    raise  # it had no leader before: too few managers are online
                lost[:] = [error]
                return False
            return True

        wait_until(done, ELECTION_SECONDS, lambda: lost[-1])

    def _update(self, kind: ObjectKind, body: Json, edit: Edit, query: Json) -> None:
        """Send the edited spec of the body; if another change came first, edit the newer spec and send that."""
        for tries_left in reversed(range(UPDATE_MAX_TRIES)):
            version = body["Version"]["Index"]
            try:
                self.api().post(kind, body["ID"], "update", body=body["Spec"], version=version, **query)
                return
            except Refused as error:
                if "update out of sequence" not in error.problem or not tries_left:
                    raise
            body = self.find(kind, body["ID"])
            edit(body["Spec"])


def reach(url_or_context: str) -> EngineAPI:
    """The manager at a URL (unix, tcp, ssh, npipe), or the one of a docker context.

    Raises `BadInput`, `NotFound`, `EngineUnavailable`, and `NotInSwarm` if that engine is not a manager.
    """
    if not isinstance(url_or_context, str) or not url_or_context.strip():
        raise BadInput(
            _("{name!r} names no engine"),
            _("name a docker context, or a URL such as ssh://user@machine"),
            name=url_or_context,
        )
    if "://" in url_or_context:
        url, tls, origin = url_or_context, None, _("the engine asked for")
    else:
        context, reason = discover.read_context(url_or_context)
        if context is None:
            raise NotFound(
                _("the docker context {name!r} cannot be used ({reason}); there are: {known}"),
                _("use one of those names, or a URL such as ssh://user@machine"),
                name=url_or_context,
                reason=reason,
                known=", ".join(discover.context_names()),
            )
        url, tls, origin = context.Host or "", context.TLSConfig, discover.context_origin(url_or_context)
    if error := discover.url_error(url):
        raise BadInput(
            _("{url!r} is not the URL of an engine: {error}"),
            _("write it like ssh://user@machine, tcp://machine:2376 or unix:///run/docker.sock"),
            url=url,
            error=error,
        )
    api = discover.connect(url, origin, tls).api
    state = api.get("info")["Swarm"]
    if state["LocalNodeState"] == "locked":
        raise locked_swarm(url)
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
        return str(body.get("Description", {}).get("Hostname", ""))
    return str(body["Spec"]["Name"] if kind == "services" else body["Name"])
