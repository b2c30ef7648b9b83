"""The methods of a `Swarm` that wait: for the desired state of a service, and for the state of a node."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from .. import progress, service_settings, setting_types
from ..errors import EngineUnavailable, Interrupted, NoQuorum, NotConverged, SwarmkitError, unknown
from ..language import _
from ..polling import wait_until
from ..progress import Phase
from ..records import Observation
from ..rules import convergence
from .manager_client import Managers

NODE_STATES = ("ready", "down", "unknown", "disconnected")

_listeners: list[Callable[[], None]] = []


def listen(listener: Callable[[], None]) -> None:
    """Call the listener at the end of each `converge` from now on, also of one that gave up."""
    _listeners.append(listener)


class StateWaiter(ABC):
    """The waiting half of `Swarm`, which has the managers and `observe`."""

    _managers: Managers

    @abstractmethod
    def observe(self) -> Observation:
        """Read nodes, services and tasks from a manager."""

    def converge(self, service: str | None = None, timeout: float = 60) -> None:
        """Wait until the observed state is the desired state: of that service, or of all.

        Returns at the first look that finds it so. The docker command watches five more seconds whether it
        lasts; this does not. An update lasts until the swarm calls it completed. `timeout` is in seconds.
        Raises `NotFound`, and `NotConverged`: at once if an update is paused, else after the timeout.
        """
        filters = {"_up-to-date": {"true": True}} | ({"service": {service: True}} if service else {})

        def unmet(phase: Phase) -> NotConverged | None:
            seen = self.observe()
            check_service(seen, service)
            # Look twice: the tasks, which tell why, were read before the service said that it is paused.
            if convergence.halt_error(seen, service) and (halted := convergence.halt_error(self.observe(), service)):
                raise halted
            missing = convergence.reasons(seen, service)
            # Just after the request for an update nothing may have changed: the old tasks run, as many as desired.
            # So ask the engine which tasks are up to date, with the filter that the docker command uses.
            if not missing and (running := convergence.tasks_to_confirm(seen, service)):
                current = {body["ID"] for body in self._managers.get("tasks", filters=filters)}
                missing = convergence.outdated_reason(len(running - current))
            if missing:
                phase.note("; ".join(missing))
            return convergence.timeout_error(seen, service, timeout, missing) if missing else None

        what = (
            _("wait until {service} has converged").format(service=service)
            if service
            else _("wait until every service has converged")
        )
        try:
            self._wait(what, unmet, timeout)
        except (NotConverged, EngineUnavailable, NoQuorum):
            _tell_listeners()
            raise
        _tell_listeners()

    def wait_for_node(self, name: str, state: str = "ready", timeout: float = 60) -> None:
        """Wait until the swarm sees the node in that state: ready, down, unknown or disconnected.

        `timeout` is in seconds. Raises `BadInput`, `NotFound` and `NotConverged`.
        """
        service_settings.read("state", setting_types.one_of(*NODE_STATES), state)

        def unmet(phase: Phase) -> NotConverged | None:
            states = [body["Status"]["State"] for body in self._managers.list("nodes", name)]
            if state in states:
                return None
            phase.note(_("it is {state}").format(state=" / ".join(states)))
            return NotConverged(
                _("after {timeout:g} s {name} is {seen}, not {state}"),
                _("look at swarm.nodes(), and at the machine: cluster.machines()"),
                timeout=timeout,
                name=name,
                seen=" / ".join(states),
                state=state,
            )

        self._wait(_("wait until {name} is {state}").format(name=name, state=state), unmet, timeout)

    def _wait(self, what: str, unmet: Callable[[Phase], NotConverged | None], timeout: float) -> None:
        """Poll `unmet()` until it returns None, and show what is waited for; after the timeout raise its last error.

        Raises `Interrupted` at Ctrl-C.
        """
        errors: list[SwarmkitError] = []

        def met(phase: Phase) -> bool:
            error: SwarmkitError | None
            try:
                error = unmet(phase)
            except (EngineUnavailable, NoQuorum) as absence:  # a manager may come back, the others may elect a leader
                error = absence
                phase.note(absence.problem)
            errors[:] = [error] if error else []
            return error is None

        try:
            with progress.current().phase(what) as phase:
                wait_until(lambda: met(phase), timeout, lambda: errors[-1])
        except KeyboardInterrupt as interrupt:
            raise Interrupted(_("Interrupted: the swarm goes on by itself, only the wait is over")) from interrupt


def check_service(seen: Observation, service: str | None) -> None:
    """Raise `NotFound` if there is no service of that name; None means every service."""
    if service is not None and seen.service(service) is None:
        raise unknown("services", service, [each.name for each in seen.services])


def _tell_listeners() -> None:
    for listener in tuple(_listeners):
        listener()
