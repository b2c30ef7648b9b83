"""The machines of a cluster: Docker Engines in containers, on one network.

`Cluster` acts on the machines, as a person beside them could: it starts them, switches them off and cuts their
network, without asking the swarm. `Swarm` sends requests to the swarm. The difference between `cluster.kill("node2")`
and `swarm.drain("node2")` is half of the course.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

from ..display.tables import Machines
from ..docker_commands import announce
from ..engine import exam_sockets, images
from ..engine.api import EngineAPI
from ..engine.discover import Engine, find_engine
from ..errors import BadInput, EngineUnavailable, NotFound, SwarmkitError
from ..language import _, ngettext
from ..machine import ClusterId, Machine
from ..progress import Progress, current
from . import docker_exec, exam_exec, init_join_leave, node_container, ownership, provision, surroundings
from .faults import FaultInjector
from .swarm import Swarm


class Cluster(FaultInjector):
    """The owner's machines node1 to nodeN of that name, on that engine. Get one with `Cluster.up` or `Cluster.adopt`.

    A name such as "anna/course" means Anna's cluster; a name without an owner means a cluster of this user.
    """

    _used: ClassVar[list[Self]] = []  # by this process, the latest at the end

    def __init__(self, name: str, engine: Engine, owner: str | None = None) -> None:
        """By default the owner is who uses this process."""
        self.name = name
        self.engine = engine
        self._user: str | None = None
        self.owner = self._me() if owner is None else owner
        self._apis: dict[str, EngineAPI] = {}

    def __repr__(self) -> str:
        return f"Cluster {self.name!r}"

    def _me(self) -> str:
        """The owner of clusters that this process makes on the engine. In a container it asks the engine, once."""
        if self._user is None:
            self._user = ownership.owner(self.engine)
        return self._user

    @property
    def id(self) -> ClusterId:
        """Its owner and name, by which its machines are found."""
        return ClusterId(self.owner, self.name)

    def full_name(self) -> str:
        """The name by which this process finds it: with its owner if that is another."""
        return ownership.full_name(self.id, self._me())

    # Life -----------------------------------------------------------------------------------------------

    @classmethod
    def up(cls, name: str | None = None, nodes: int = 3, progress: Progress | None = None, apart: bool = False) -> Self:
        """Start the machines node1 to nodeN, without a swarm, and return the cluster once their engines answer.

        Machines of that cluster that exist are adopted, and started again if they were stopped, paused or off the
        network; more machines than `nodes` are kept. If this fails or is interrupted, it removes the machines it
        created. With `apart` the programs on new machines do not reach this computer.
        Raises `BadInput` for an invalid name or number, `NotFound` if another owner has no such cluster,
        `EngineUnavailable`, `Refused`.
        """
        ownership.split_name(name)  # an invalid one starts no engine
        progress = progress or current()
        with progress.phase(_("find a Docker Engine")) as phase:
            engine = find_engine()
            phase.rename(str(engine))
        node_container.check_count(nodes)
        cluster = cls._find(name, engine)
        if cluster.owner not in ("", cluster._me()) and not cluster.machines():
            raise cluster._not_found()
        names = [f"node{number}" for number in range(1, nodes + 1)]
        cluster._apis = provision.assemble(engine, cluster.id, names, progress, apart)
        return cls._remember(cluster)

    @classmethod
    def adopt(cls, name: str | None = None, start: bool = True) -> Self:
        """Find the cluster of that name and change nothing; an engine is started only if `start` allows it.

        Raises `NotFound` if there is none, `NoEngine`.
        """
        cluster = cls.named(name, start)
        if not cluster.machines():
            raise cluster._not_found()
        return cls._remember(cluster)

    @classmethod
    def named(cls, name: str | None = None, start: bool = True) -> Self:
        """The cluster that the name means, which need not exist yet; an engine is started only if `start` allows it.

        Raises `BadInput` for an invalid name, `NoEngine`.
        """
        ownership.split_name(name)
        return cls._find(name, find_engine(start))

    @classmethod
    def latest(cls) -> Self:
        """The cluster this process used last; else the one of the default name. Raises `NotFound`."""
        return cls._used[-1] if cls._used else cls.adopt()

    @classmethod
    def _remember(cls, cluster: Self) -> Self:
        cls._used[:] = [*(each for each in cls._used if each.id != cluster.id), cluster]
        return cluster

    @classmethod
    def _find(cls, name: str | None, engine: Engine) -> Self:
        """The cluster that the name means; it need not exist. Raises `BadInput` for an invalid name."""
        found = ownership.find(name, ownership.owner(engine), provision.machines(engine))
        return cls(found.name, engine, found.owner)

    def _not_found(self) -> NotFound:
        return NotFound(
            _("no cluster is called {name!r}; there are: {known}"),
            _("make it with Cluster.up()") if self.owner in ("", self._me()) else _("use one of those names"),
            name=self.full_name(),
            known=", ".join(self.names(self.engine)) or _("none"),
        )

    @classmethod
    def all(cls, engine: Engine) -> "list[Self]":
        """The clusters that exist on the engine, of all owners, in the order of their names."""
        found = {machine.cluster_id for machine in provision.machines(engine)}
        return sorted((cls(each.name, engine, each.owner) for each in found), key=lambda cluster: cluster.full_name())

    @classmethod
    def names(cls, engine: Engine) -> list[str]:
        """The names of the clusters that exist on the engine; those of other owners begin with the owner."""
        return sorted({cluster.full_name() for cluster in cls.all(engine)})

    def is_mine(self) -> bool:
        """Whether it belongs to who uses this process."""
        return self.owner == self._me()

    def down(self) -> None:
        """Remove the cluster's containers, network and volumes, and so its swarm: at once, without a grace period."""
        provision.discard(self.engine, self.id, [machine.container for machine in self.machines()])
        self._apis.clear()
        self._used[:] = [each for each in self._used if each.id != self.id]

    # Machines -------------------------------------------------------------------------------------------

    def machines(self) -> Machines:
        """The machines, in any state, in the order of their names."""
        return Machines(provision.machines(self.engine, self.id))

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
        """Start one more machine and return its name. It is in no swarm yet. Raises `BadInput` if there is no room."""
        taken = {machine.name for machine in self.machines()}
        name = next(f"node{number}" for number in range(1, len(taken) + 2) if f"node{number}" not in taken)
        node_container.check_count(len(taken) + 1)
        self._apis |= provision.assemble(self.engine, self.id, [name], current())
        return name

    def load_image(self, name: str) -> None:
        """Load the image into every machine; the outer engine pulls it first if it has to. Raises `NotFound`."""
        images.ensure(self.engine, name, current())
        archive = images.archive(self.engine, (name,))
        with current().phase(_("load {name} into each node").format(name=name)) as phase:
            provision.for_each(
                self.machines(), lambda machine: images.load_into(self.api(machine.name), (name,), archive), phase
            )

    def remove_node(self, name: str) -> None:
        """Remove the machine for good; its swarm sees the node go down. Raises `NotFound`."""
        machine = self.machine(name)
        announce(f"docker rm --force --volumes {machine.container}")
        self._apis.pop(name, None)
        provision.discard(self.engine, self.id, [machine.container])

    # Inside a machine -----------------------------------------------------------------------------------------

    def api(self, name: str) -> EngineAPI:
        """The API of that machine's engine, reached through its container. Raises `NotFound`, `EngineUnavailable`."""
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
            self._apis[name] = provision.wait_for_engine(self.engine, machine.container, name)
        return self._apis[name]

    def execute(self, name: str, script: str, variables: Mapping[str, str] | None = None) -> docker_exec.RunningScript:
        """Start a shell script in that machine, with those variables. Iterate over the result for its output.

        A script that mentions $WORKER_TOKEN or $MANAGER_TOKEN finds the join token of that role there.
        """
        machine = self.machine(name)
        roles = [role for role in init_join_leave.ROLES if init_join_leave.variable(role) in script]
        tokens = {init_join_leave.variable(role): init_join_leave.token(self._manager(), role) for role in roles}
        variables = {**(variables or {}), **tokens}
        if docker_host := exam_sockets.url(machine.container):
            return exam_exec.Script(machine, docker_host, script, variables)
        return docker_exec.Execution(self.engine, machine.container, script, variables)

    def sh(self, name: str, command: str) -> docker_exec.Output:
        """Run the command in that machine and return its output. Raises `NotFound`, `Refused` if the machine is off."""
        return docker_exec.collect(self.execute(name, command))

    # The swarm of the machines --------------------------------------------------------------------------------

    def init_swarm(self, name: str = "node1") -> None:
        """Make that machine the first manager of a new swarm. Raises `Refused` if it is in one."""
        api, address = self.api(name), self.machine(name).address
        announce("docker swarm init --advertise-addr $(hostname -i)", on=name)
        init_join_leave.init(api, address)

    def join_swarm(self, name: str, role: str = "worker") -> None:
        """Let that machine join the swarm of the others, as worker or manager. Raises `BadInput`, `Refused`."""
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
        """Let that machine leave its swarm. A manager leaves only with `force`. Raises `Refused`."""
        api = self.api(name)
        announce(f"docker swarm leave{' --force' if force else ''}", on=name)
        init_join_leave.leave(api, force)

    def ensure_no_swarm(self) -> None:
        """Let every machine leave its swarm; all services and tasks are lost."""
        with current().phase(_("no swarm")):
            provision.for_each(self.machines(), lambda machine: init_join_leave.leave_any(self.api(machine.name)))

    def ensure_swarm(self, managers: int = 1) -> Swarm:
        """Make all machines one swarm, with at least the first `managers` of them as managers, and return it.

        Does only what is missing, and returns when all nodes are ready. Raises `BadInput`, `NotConverged`.
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
        text = ngettext("one swarm of {n} node", "one swarm of {n} nodes", len(machines))
        with current().phase(text.format(n=len(machines))):
            init_join_leave.ensure([(self.api(machine.name), machine.address) for machine in machines], managers)
        return self.swarm()

    def swarm(self) -> Swarm:
        """The swarm of these machines, through any manager that answers. Asks nothing yet."""
        # In an examination each stream of events would take one of the few connections that a kernel may have.
        around = None if exam_sockets.folder() else surroundings.of(self.engine, self.id)
        return Swarm(self._manager, self.full_name(), around)

    def _manager(self) -> EngineAPI:
        """The API of a manager; machines on the network are tried first. Raises `NotInSwarm`, `EngineUnavailable`."""
        machines = sorted(self.machines(), key=lambda machine: machine.state == "disconnected")
        apis = []
        for machine in machines:
            if machine.state not in ("running", "disconnected"):
                continue  # even if `self._apis` has it: another process may have stopped it
            try:
                apis.append(self.api(machine.name))
            except SwarmkitError:
                continue
        return init_join_leave.find_manager(apis, machines)
