"""The dispatcher between managers and agents: sessions, heartbeats, assignments, reports.

Follows SwarmKit's manager/dispatcher (dispatcher.go, nodes.go, assignments.go). A heartbeat that arrives changes
nothing, so only the missing ones are simulated.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from ..clock import Timer
from ..objects import Node, State, StoreObject, Task
from ..store import Action
from .agent import Agent
from .leadership import DebouncedCall, LeaderTerm

EPSILON_SECONDS = 0.5  # s: SwarmKit's defaultHeartBeatEpsilon
GRACE_PERIODS = (
    3  # periods: defaultGracePeriodMultiplier; twice that for nodes that have not registered with a new leader
)
BATCH_SECONDS = 0.1  # s: maxBatchInterval of reports, and batchingWaitTime of assignments
ASSIGNMENT_MAX_SECONDS = 1.0  # s: the longest wait of assignments; SwarmKit counts a hundred changes instead
REGISTRATION_SECONDS = (0.1, 0.8)  # s: from reaching the leader until the agent has registered
ORPHAN_AFTER_SECONDS = 24 * 3600.0  # s: SwarmKit's defaultNodeDownPeriod
UNKNOWN_MESSAGE = 'Node moved to "unknown" state due to leadership change in cluster'


@dataclass(slots=True)
class Session:
    """The session of an agent that has registered."""

    agent: Agent
    sent: dict[str, State] = field(default_factory=dict)  # by task id: the desired state that was sent
    dirty: dict[str, Task] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    send_when_quiet: DebouncedCall | None = None


class Dispatcher:
    """The leader's connection to the agents. `reaches` says whether it can reach an agent."""

    def __init__(
        self, term: LeaderTerm, agents: dict[str, Agent], reaches: Callable[[Agent], bool], new_leader: bool
    ) -> None:
        self._term, self._store, self._clock, self._random = term, term.store, term.clock, term.random
        self._agents, self._reaches = agents, reaches
        self._sessions: dict[str, Session] = {}  # by node id
        self._registering: set[str] = set()
        self._expiry: dict[str, Timer] = {}  # by node id: the timer at which the node goes down
        self._reports: dict[str, Agent] = {}  # by task id: the agent with a new status of it
        self._flushing = False
        term.watch_tasks(self._task_changed)
        term.watch(self._changed)
        self._start(new_leader)

    def _start(self, new_leader: bool) -> None:
        for node in self._store.nodes.values():
            if node.state == "down":
                self._orphan_later(node)
        nodes = [node for node in self._store.nodes.values() if node.state != "down"]
        for node in nodes:
            if new_leader and node.described:
                node.state, node.message = "unknown", UNKNOWN_MESSAGE
            self._expire(node.id, 2 * GRACE_PERIODS * self._period(), 'heartbeat failure for node in "unknown" state')
        if nodes and new_leader:
            self._store.save(*nodes)
        for agent in list(self._agents.values()):
            self.check_session(agent)

    def _period(self) -> float:
        """A heartbeat period in seconds, as the dispatcher tells it to an agent."""
        nanoseconds = self._store.swarm.spec.get("Dispatcher", {}).get("HeartbeatPeriod") or 5e9
        return nanoseconds / 1e9 + self._random.uniform(-EPSILON_SECONDS, EPSILON_SECONDS)

    # Sessions

    def check_session(self, agent: Agent) -> None:
        """Let the agent register, or end its session, as the leader can reach it now or not."""
        if self._reaches(agent):
            if not (agent.node_id in self._sessions or agent.node_id in self._registering):
                self._registering.add(agent.node_id)
                self._term.after(self._random.uniform(*REGISTRATION_SECONDS), lambda: self._register(agent))
        elif agent.node_id in self._sessions:
            del self._sessions[agent.node_id]
            period = self._period()
            self._expire(agent.node_id, GRACE_PERIODS * period - self._random.uniform(0, period), "heartbeat failure")

    def _register(self, agent: Agent) -> None:
        self._registering.discard(agent.node_id)
        node = self._store.nodes.get(agent.node_id)  # it may have been removed
        if node is None or not self._reaches(agent) or self._agents.get(agent.node_id) is not agent:
            return
        if timer := self._expiry.pop(node.id, None):
            timer.cancel()
        node.state, node.message, node.described = "ready", "", True
        self._store.save(node)
        session = self._sessions[node.id] = Session(agent)
        session.send_when_quiet = DebouncedCall(
            self._term, BATCH_SECONDS, lambda: self._send(session), ASSIGNMENT_MAX_SECONDS
        )
        for task_id in agent.tasks():
            self.report(agent, task_id)
        tasks = [task for task in self._store.tasks_on.get(node.id, {}).values() if task.state >= State.ASSIGNED]
        session.sent = {task.id: task.desired for task in tasks}
        agent.assign([(task, task.desired) for task in tasks], complete=True)

    def _expire(self, node_id: str, seconds: float, message: str) -> None:
        if timer := self._expiry.pop(node_id, None):
            timer.cancel()
        self._expiry[node_id] = self._term.after(seconds, lambda: self._down(node_id, message))

    def _down(self, node_id: str, message: str) -> None:
        self._expiry.pop(node_id, None)
        if node := self._store.nodes.get(node_id):
            node.state, node.message = "down", message
            self._store.save(node)
            self._orphan_later(node)

    def _orphan_later(self, node: Node) -> None:
        self._term.after(ORPHAN_AFTER_SECONDS, lambda: self._orphan(node))

    def _orphan(self, node: Node) -> None:
        if node.state != "down" or node.id not in self._store.nodes:
            return
        tasks = [
            task
            for task in self._store.tasks_on.get(node.id, {}).values()
            if State.ASSIGNED <= task.state <= State.RUNNING
        ]
        for task in tasks:
            task.state, task.reported = State.ORPHANED, self._clock.now
        if tasks:
            self._store.save(*tasks)

    # Reports

    def report(self, agent: Agent, task_id: str) -> None:
        """Note that the agent has a new status of the task. Without a session, it reports again when it has one."""
        if agent.node_id not in self._sessions:
            return
        self._reports[task_id] = agent
        if not self._flushing:
            self._flushing = True
            # The dispatcher writes reports ten times a second, counted from the start of the term.
            self._term.after(BATCH_SECONDS - (self._clock.now - self._term.began) % BATCH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._flushing = False
        reports, self._reports = self._reports, {}
        changed: list[Task] = []
        for task_id, agent in reports.items():
            task, report = self._store.tasks.get(task_id), agent.report(task_id)
            if task is None or report is None or agent.node_id not in self._sessions or task.state > report.state:
                continue
            if (task.state, task.error) == (report.state, report.error):
                continue
            task.state, task.message, task.error = report.state, report.message, report.error
            task.reported, task.container_id = report.at, report.container_id
            task.pid, task.exit_code = report.pid, report.exit_code
            changed.append(task)
        if changed:
            self._store.save(*changed)

    # Assignments

    def _changed(self, action: Action, obj: StoreObject) -> None:
        if isinstance(obj, Node) and action == "remove":
            self._sessions.pop(obj.id, None)
            if timer := self._expiry.pop(obj.id, None):
                timer.cancel()

    def _task_changed(self, action: Action, task: Task) -> None:
        session = self._sessions.get(task.node_id)
        if session is None or session.send_when_quiet is None:
            return
        if action == "remove":
            session.dirty.pop(task.id, None)
            if session.sent.pop(task.id, None) is not None:
                session.removed.append(task.id)
                session.send_when_quiet()
        elif task.state >= State.ASSIGNED and session.sent.get(task.id) != task.desired:
            if task.id not in session.sent and task.ended:
                return
            session.dirty[task.id] = task
            session.send_when_quiet()

    def _send(self, session: Session) -> None:
        if self._sessions.get(session.agent.node_id) is not session:
            return
        tasks, session.dirty = session.dirty, {}
        removed, session.removed = session.removed, []
        session.sent |= {task.id: task.desired for task in tasks.values()}
        session.agent.assign([(task, task.desired) for task in tasks.values()], removed)
