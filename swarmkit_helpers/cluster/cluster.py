"""The machines: engines in containers, on one network.

`Cluster` is what one could touch with one's hands: it starts machines, pulls their plugs and cuts their
network, and the swarm is not asked. What the swarm is asked for is `Swarm`. `cluster.kill("node2")` against
`swarm.drain("node2")` is half of the course.
"""

import os
import re
from collections.abc import Mapping
from typing import ClassVar, Self

from ..display.tables import Machines
from ..docker_commands import announce
from ..engine import exam_sockets, images
from ..engine.api import EngineAPI
from ..engine.discover import Engine, find_engine
from ..errors import BadInput, EngineUnavailable, NotFound, Refused, SwarmkitError
from ..language import _, ngettext
from ..machine import Machine, network_name
from ..progress import Progress, current
from . import docker_exec, exam_exec, init_join_leave, node_container, provision
from .swarm import Swarm

STOP_TIME = 20  # seconds a machine gets to stop what it runs: its own engine gives each container 10


class Cluster:
    """Machines node1..nodeN of that name, on that engine. Get one with `Cluster.up` or `Cluster.adopt`."""

    _opened: ClassVar[list[Self]] = []  # by this process, the one used last at the end

    def __init__(self, name: str, engine: Engine) -> None:
        self.name = name
        self.engine = engine
        self._apis: dict[str, EngineAPI] = {}

    def __repr__(self) -> str:
        return f"Cluster {self.name!r}"

    # Life -----------------------------------------------------------------------------------------------

    @classmethod
    def up(cls, name: str | None = None, nodes: int = 3, progress: Progress | None = None, apart: bool = False) -> Self:
        """The cluster, with node1 to nodeN running and answering; machines only, no swarm.

        Machines of that name that exist are adopted, and revived if they were stopped, paused or off the
        network; further ones are kept. If it fails or is interrupted, the machines it created are gone. With
        `apart` what runs on new machines does not reach this computer.
        Raises `BadInput` for a name or a number that cannot be, `EngineUnavailable`, `Refused`.
        """
        name = checked_name(name)
        progress = progress or current()
        with progress.phase(_("find a Docker Engine")) as phase:
            engine = find_engine()
            phase.rename(str(engine))
        node_container.check_count(nodes, engine.memory)
        cluster = cls(name, engine)
        names = [f"node{number}" for number in range(1, nodes + 1)]
        cluster._apis = provision.assemble(engine, name, names, progress, apart)
        return cls._used(cluster)

    @classmethod
    def adopt(cls, name: str | None = None) -> Self:
        """The cluster of that name as it is. Raises `NotFound` if there is none."""
        name, engine = checked_name(name), find_engine()
        if not provision.machines(engine, name):
            raise NotFound(
                _("no cluster is called {name!r}; there are: {known}"),
                _("make it with Cluster.up()"),
                name=name,
                known=", ".join(cls.names(engine)) or _("none"),
            )
        return cls._used(cls(name, engine))

    @classmethod
    def latest(cls) -> Self:
        """The cluster this process used last; else the one of the default name. Raises `NotFound`."""
        return cls._opened[-1] if cls._opened else cls.adopt()

    @classmethod
    def _used(cls, cluster: Self) -> Self:
        cls._opened[:] = [*(each for each in cls._opened if each.name != cluster.name), cluster]
        return cluster

    @staticmethod
    def names(engine: Engine) -> list[str]:
        """The clusters that exist on the engine."""
        return sorted({machine.cluster for machine in provision.machines(engine)})

    def down(self) -> None:
        """The cluster's containers, network and volumes are gone, and its swarm with them."""
        provision.discard(self.engine, self.name, [machine.container for machine in self.machines()])
        self._apis.clear()
        self._opened[:] = [each for each in self._opened if each.name != self.name]

    # Machines -------------------------------------------------------------------------------------------

    def machines(self) -> Machines:
        """The machines, whatever their state, in the order of their names."""
        return Machines(provision.machines(self.engine, self.name))

    def machine(self, name: str) -> Machine:
        """The machine of that name. Raises `NotFound`."""
        known = {machine.name: machine for machine in self.machines()}
        if name not in known:
            raise NotFound(
                _("no machine is called {name!r}; this cluster has: {known}"),
                _("use one of those names, or add one with cluster.add_node()"),
                name=name,
                known=", ".join(known) or _("none"),
            )
        return known[name]

    def add_node(self) -> str:
        """The name of a new machine, which runs; it is in no swarm yet."""
        taken = {machine.name for machine in self.machines()}
        name = next(f"node{number}" for number in range(1, len(taken) + 2) if f"node{number}" not in taken)
        node_container.check_count(len(taken) + 1, self.engine.memory)
        self._apis |= provision.assemble(self.engine, self.name, [name], current())
        return name

    def load_image(self, name: str) -> None:
        """Every machine has the image, pulled to the student's engine if need be. Raises `NotFound`."""
        images.ensure(self.engine, name, current())
        archive = images.archive(self.engine, (name,))
        with current().phase(_("load {name} into each node").format(name=name)) as phase:
            provision.for_each(
                self.machines(), lambda machine: images.load_into(self.api(machine.name), (name,), archive), phase
            )

    def remove_node(self, name: str) -> None:
        """The machine is gone for good; a swarm it was in sees it go down."""
        machine = self.machine(name)
        announce(f"docker rm --force --volumes {machine.container}")
        self._apis.pop(name, None)
        provision.discard(self.engine, self.name, [machine.container])

    # Faults: the swarm is not asked, and finds out by itself --------------------------------------------------

    def kill(self, name: str) -> None:
        """The machine is off at once, as by a power cut."""
        self._do("kill", name, "running")

    def stop(self, name: str) -> None:
        """The machine is off; its engine ended what it ran first."""
        self._do("stop", name, "running", t=STOP_TIME)

    def start(self, name: str) -> None:
        """The machine runs and its engine answers, with all it knew before. Nothing happens if it ran already."""
        self._undo("start", name, "exited")
        self.api(name)

    def pause(self, name: str) -> None:
        """The machine stands still: it holds everything and answers nothing."""
        self._do("pause", name, "running")

    def unpause(self, name: str) -> None:
        """The machine goes on where it stood. Nothing happens if it ran already."""
        self._undo("unpause", name, "paused")

    def disconnect(self, name: str) -> None:
        """The machine runs, and reaches no other machine."""
        machine = self._machine(name, "running")
        network = network_name(self.name)
        announce(f"docker network disconnect {network} {machine.container}")
        self.engine.api.post("networks", network, "disconnect", body={"Container": machine.container})

    def reconnect(self, name: str) -> None:
        """The machine reaches the others again, at its old address."""
        machine = self._machine(name, "disconnected")
        announce(f"docker network connect --ip {machine.address} {network_name(self.name)} {machine.container}")
        provision.connect(self.engine, machine)

    def _machine(self, name: str, state: str) -> Machine:
        """The machine, if it is in that state. Raises `NotFound`, `Refused`."""
        machine = self.machine(name)
        if machine.state != state:
            back = {"exited": "start", "paused": "unpause", "disconnected": "reconnect"}.get(machine.state)
            raise Refused(
                _("{name} is {state}; this needs a machine that is {needed}"),
                _("bring it back first: cluster.{back}({name!r})") if back else _("do that first"),
                name=name,
                state=machine.state,
                needed=state,
                back=back,
            )
        return machine

    def _undo(self, verb: str, name: str, state: str) -> None:
        if self.machine(name).state != "running":
            self._do(verb, name, state)

    def _do(self, verb: str, name: str, state: str, **query: object) -> None:
        machine = self._machine(name, state)
        announce(f"docker {verb} {machine.container}")
        self._apis.pop(name, None)  # what was connected before is not any more
        self.engine.api.post("containers", machine.container, verb, **query)

    # Inside a machine -----------------------------------------------------------------------------------------

    def api(self, name: str) -> EngineAPI:
        """The engine of that machine, reached through its container. Raises `NotFound`, `EngineUnavailable`."""
        if name not in self._apis:
            machine = self.machine(name)
            if machine.state in ("paused", "exited"):
                verb = "unpause" if machine.state == "paused" else "start"
                raise EngineUnavailable(
                    _("{name} is {state}"),
                    _("bring it back: cluster.{verb}({name!r})"),
                    name=name,
                    state=machine.state,
                    verb=verb,
                )
            self._apis[name] = provision.answering(self.engine, self.name, name)
        return self._apis[name]

    def execute(self, name: str, script: str, variables: Mapping[str, str] | None = None) -> docker_exec.Running:
        """The shell script, started in that machine with those variables; iterate over it for what it prints.

        A script that mentions $WORKER_TOKEN or $MANAGER_TOKEN finds the join token of that role there.
        """
        machine = self.machine(name)
        roles = [role for role in init_join_leave.ROLES if init_join_leave.variable(role) in script]
        tokens = {init_join_leave.variable(role): init_join_leave.token(self._manager(), role) for role in roles}
        variables = {**(variables or {}), **tokens}
        if exam_sockets.folder():
            return exam_exec.Script(machine, script, variables)
        return docker_exec.Execution(self.engine, machine.container, script, variables)

    def sh(self, name: str, command: str) -> docker_exec.Output:
        """What the command printed in that machine. Raises `NotFound`, `Refused` if the machine is off."""
        return docker_exec.collect(self.execute(name, command))

    # A swarm of them ------------------------------------------------------------------------------------------

    def init_swarm(self, name: str = "node1") -> None:
        """That machine is the first manager of a new swarm. Raises `Refused` if it is in one."""
        api, address = self.api(name), self.machine(name).address
        announce("docker swarm init --advertise-addr $(hostname -i)", on=name)
        init_join_leave.init(api, address)

    def join_swarm(self, name: str, role: str = "worker") -> None:
        """That machine is in the swarm of the others, as worker or manager."""
        if role not in init_join_leave.ROLES:
            raise BadInput(
                _("a node joins as worker or manager, not as {role!r}"),
                _("say role='worker' or role='manager'"),
                role=role,
            )
        api, address, manager = self.api(name), self.machine(name).address, self._manager()
        announce(
            f"docker swarm join --token ${init_join_leave.variable(role)} {manager.name}:{init_join_leave.PORT}",
            on=name,
        )
        init_join_leave.join(api, address, manager, role)

    def leave_swarm(self, name: str, force: bool = False) -> None:
        """That machine is in no swarm. A manager leaves only with `force`. Raises `Refused`."""
        api = self.api(name)
        announce(f"docker swarm leave{' --force' if force else ''}", on=name)
        init_join_leave.leave(api, force)

    def ensure_no_swarm(self) -> None:
        """No machine is in a swarm; whatever ran in one is gone."""
        with current().phase(_("no swarm")):
            provision.for_each(self.machines(), lambda machine: init_join_leave.leave_any(self.api(machine.name)))

    def ensure_swarm(self, managers: int = 1) -> Swarm:
        """The swarm of all machines, of which at least the first `managers` are managers, all ready.

        Whatever is missing is done and nothing is redone. Raises `BadInput`, `NotConverged`.
        """
        machines = self.machines()
        if not 1 <= managers <= len(machines):
            raise BadInput(
                ngettext(
                    "{n} machine can have 1 manager, not {managers!r}",
                    "{n} machines can have 1 to {n} managers, not {managers!r}",
                    len(machines),
                ),
                _("ask for fewer managers, or add machines with cluster.add_node()"),
                n=len(machines),
                managers=managers,
            )
        said = ngettext("one swarm of {n} node", "one swarm of {n} nodes", len(machines))
        with current().phase(said.format(n=len(machines))):
            init_join_leave.ensure([(self.api(machine.name), machine.address) for machine in machines], managers)
        return self.swarm()

    def swarm(self) -> Swarm:
        """The swarm of these machines, through whichever manager answers. Nothing is asked yet."""
        return Swarm(self._manager, self.name)

    def _manager(self) -> EngineAPI:
        """A machine that manages the swarm, one that is on the network first."""
        machines = sorted(self.machines(), key=lambda machine: machine.state == "disconnected")
        apis = []
        for machine in machines:
            if machine.state not in ("running", "disconnected"):
                continue  # also where it was reached before: somebody else may have stopped it
            try:
                apis.append(self.api(machine.name))
            except SwarmkitError:
                continue
        return init_join_leave.find_manager(apis)


def checked_name(name: str | None) -> str:
    """A cluster's name; by default the one the environment gives, else "course". Raises `BadInput`."""
    name = os.environ.get("SWARMLAB_CLUSTER", "course") if name is None else name
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?", name):
        raise BadInput(
            _("a cluster cannot be called {name!r}"),
            _("use 1 to 30 lower-case letters, digits and hyphens, such as 'course'"),
            name=name,
        )
    return name
