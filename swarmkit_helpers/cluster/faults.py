"""The methods of a `Cluster` that break a machine and repair it. The swarm is not asked, and finds out by itself."""

from abc import ABC, abstractmethod

from ..docker_commands import announce
from ..engine.api import EngineAPI
from ..engine.discover import Engine
from ..errors import NotConverged, Refused
from ..language import _
from ..machine import REPAIRS, Machine
from ..polling import wait_until
from . import provision

STOP_SECONDS = 20  # a machine gets to stop what it runs: its own engine gives each container 10
LIST_SECONDS = 5  # until the outer engine's list shows a change; it answers from a copy that lags under load


class FaultInjector(ABC):
    """The half of `Cluster` that switches machines off and on, freezes them and cuts their network."""

    name: str
    engine: Engine
    _apis: dict[str, EngineAPI]

    @abstractmethod
    def machine(self, name: str) -> Machine:
        """The machine of that name. Raises `NotFound`."""

    @abstractmethod
    def api(self, name: str) -> EngineAPI:
        """The API of that machine's engine. Raises `NotFound`, `EngineUnavailable`."""

    def kill(self, name: str) -> None:
        """Switch the machine off at once, as a power cut does. Raises `NotFound`, and `Refused` if it does not run."""
        self._change_state("kill", name, "running", "exited")

    def stop(self, name: str) -> None:
        """Switch the machine off after its engine has stopped what it runs. Raises `NotFound`, `Refused`."""
        self._change_state("stop", name, "running", "exited", t=STOP_SECONDS)

    def start(self, name: str) -> None:
        """Switch the machine on again and wait until its engine answers; it has kept all its data.

        Does nothing if it runs already. Raises `NotFound`, `Refused`, `EngineUnavailable`.
        """
        if self.machine(name).state in ("running", "disconnected"):
            self.api(name)
            return
        self._send("start", self._machine_in_state(name, "exited"))
        self._apis[name] = provision.wait_for_engine(self.engine, self.machine(name).container, name)
        self._wait_for_state(name, "running", "disconnected")

    def pause(self, name: str) -> None:
        """Freeze the machine, as `docker pause` does: it keeps everything and answers nothing.

        `swarm.pause` is another thing: it asks the swarm to give a node no new tasks. Raises `NotFound`, `Refused`.
        """
        self._change_state("pause", name, "running", "paused")

    def unpause(self, name: str) -> None:
        """Let a paused machine go on. Does nothing if it runs already. Raises `NotFound`, `Refused`."""
        if self.machine(name).state != "running":
            self._change_state("unpause", name, "paused", "running", "disconnected")

    def disconnect(self, name: str) -> None:
        """Cut the machine's network: it runs, and reaches no other machine. Raises `NotFound`, `Refused`."""
        machine = self._machine_in_state(name, "running")
        announce(f"docker network disconnect {machine.network} {machine.container}")
        self.engine.api.post("networks", machine.network, "disconnect", body={"Container": machine.container})
        self._wait_for_state(name, "disconnected")

    def reconnect(self, name: str) -> None:
        """Connect the machine to the others again, at its old address. Raises `NotFound`, `Refused`."""
        machine = self._machine_in_state(name, "disconnected")
        announce(f"docker network connect --ip {machine.address} {machine.network} {machine.container}")
        provision.connect(self.engine, machine)
        self._wait_for_state(name, "running")

    def _machine_in_state(self, name: str, state: str) -> Machine:
        """The machine, if it is in that state. Raises `NotFound`, `Refused`."""
        machine = self.machine(name)
        if machine.state != state:
            repair = REPAIRS.get(machine.state)
            raise Refused(
                _("the machine {name} is {state}; this needs one that is {needed}"),
                _("bring it back first: cluster.{back}({name!r})") if repair else _("do that first"),
                name=name,
                state=machine.state,
                needed=state,
                back=repair,
            )
        return machine

    def _change_state(self, verb: str, name: str, before: str, *after: str, **query: object) -> None:
        """Send the container of a machine in the state `before` the docker command; wait for a state of `after`."""
        self._send(verb, self._machine_in_state(name, before), **query)
        self._wait_for_state(name, *after)

    def _send(self, verb: str, machine: Machine, **query: object) -> None:
        """Send the machine's container the docker command of that name."""
        announce(f"docker {verb} {machine.container}")
        self._apis.pop(machine.name, None)  # its connection is lost
        self.engine.api.post("containers", machine.container, verb, **query)

    def _wait_for_state(self, name: str, *states: str) -> None:
        """Wait until the outer engine's list shows the machine in one of the states. Raises `NotConverged`."""
        wait_until(
            lambda: self.machine(name).state in states,
            LIST_SECONDS,
            lambda: NotConverged(
                _("the engine did it, but after {seconds} s its list shows {name} as {state}, not {states}"),
                _("the computer is very busy: wait a moment, and look again with cluster.machines()"),
                seconds=LIST_SECONDS,
                name=name,
                state=self.machine(name).state,
                states=" / ".join(states),
            ),
        )
