"""Waiting until a swarm is as it was asked to be: what a `Swarm` can do besides reading and asking."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from .. import service_settings, setting_types
from ..errors import EngineUnavailable, NoQuorum, NotConverged, SwarmkitError, unknown
from ..language import _
from ..polling import wait_until
from ..records import Observation
from ..rules import convergence
from .manager_client import Managers

NODE_STATES = ("ready", "down", "unknown", "disconnected")


class Waits(ABC):
    """The waits of a swarm, which brings its managers and `observe`."""

    _managers: Managers

    @abstractmethod
    def observe(self) -> Observation:
        """Everything a manager says now."""

    def converge(self, service: str | None = None, timeout: float = 60) -> None:
        """What was asked for is observed: of that service, or of all.

        Returns at the first look that finds it so, and does not watch for five seconds whether it lasts, as
        the docker command does; an update lasts until the swarm calls it completed. `timeout` is in seconds.
        Raises `NotFound`, and `NotConverged`: at once if an update is paused, else when the time is over.
        """
        filters = {"_up-to-date": {"true": True}} | ({"service": {service: True}} if service else {})

        def lack() -> NotConverged | None:
            seen = self.observe()
            check_service(seen, service)
            # Looked at twice, because the tasks, which tell why, were read before the service said that it is paused.
            if convergence.halt_error(seen, service) and (halted := convergence.halt_error(self.observe(), service)):
                raise halted
            missing = convergence.reasons(seen, service)
            # Just after an update was asked for, all may still be quiet: the old tasks run, as many as wanted.
            # So the engine is asked which tasks are up to date, with the filter that the docker command uses.
            if not missing and (running := convergence.tasks_to_confirm(seen, service)):
                current = {body["ID"] for body in self._managers.get("tasks", filters=filters)}
                missing = convergence.outdated_reason(len(running - current))
            return convergence.timeout_error(seen, service, timeout, missing) if missing else None

        self._until_nothing_lacks(lack, timeout)

    def wait_for_node(self, name: str, state: str = "ready", timeout: float = 60) -> None:
        """The swarm sees the node in that state: ready, down, unknown or disconnected. `timeout` is in seconds.

        Raises `BadInput`, `NotFound` and `NotConverged`.
        """
        service_settings.read("state", setting_types.one_of(*NODE_STATES), state)

        def lack() -> NotConverged | None:
            states = [body["Status"]["State"] for body in self._managers.list("nodes", name)]
            if state in states:
                return None
            return NotConverged(
                _("after {timeout:g} s {name} is {seen}, not {state}"),
                _("look at swarm.nodes(), and at the machine: cluster.machines()"),
                timeout=timeout,
                name=name,
                seen=" / ".join(states),
                state=state,
            )

        self._until_nothing_lacks(lack, timeout)

    def _until_nothing_lacks(self, lack: Callable[[], NotConverged | None], timeout: float) -> None:
        """What `lack()` finds lacking is there; else the last it found is raised."""
        last: list[SwarmkitError | None] = []

        def look() -> bool:
            try:
                last[:] = [lack()]
            except (EngineUnavailable, NoQuorum) as error:  # a manager may come back, the others may find a leader
                last[:] = [error]
            return last == [None]

        wait_until(look, timeout, lambda: last[0])


def check_service(seen: Observation, service: str | None) -> None:
    """Raises `NotFound` if there is no service of that name; None is every service."""
    if service is not None and seen.service(service) is None:
        raise unknown("services", service, [each.name for each in seen.services])
