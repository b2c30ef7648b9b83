"""Raft: which managers are members, which one leads, and whether there is a quorum.

Follows SwarmKit's manager/state/raft with its default times (one tick a second, an election after 10 to 19). The logs
of the members are not simulated: there is one store.
"""

from collections.abc import Callable
from random import Random

from ..clock import Clock, Timer
from ..errors import NO_LEADER, rpc
from .agent import Agent

ELECTION_SECONDS = (10, 19)  # s, drawn by each member for itself
SINGLE_ELECTION_SECONDS = 0.3  # s: the only member elects itself at once


class Raft:
    """The members of Raft.

    `elected` is called when a leader can act: with True for a new one, with False for the same as before that has its
    quorum again. `lost` is called when there is none any more.
    """

    def __init__(self, clock: Clock, random: Random, elected: Callable[[bool], None], lost: Callable[[], None]) -> None:
        self._clock, self._random = clock, random
        self._elected, self._lost = elected, lost
        self.members: dict[str, Agent] = {}  # by node id
        self.removed: set[str] = set()  # ids of nodes that were members before a new cluster was forced
        self._leader: str | None = None  # elected last, and has not stepped down
        self._has_quorum = False  # whether the leader can act
        self._election: Timer | None = None
        self._stepping_down: Timer | None = None

    @property
    def leader(self) -> str | None:
        """The id of the leading node; None without a leader or a quorum."""
        return self._leader if self._has_quorum else None

    def join(self, node_id: str, agent: Agent) -> None:
        """Add a member."""
        self.members[node_id] = agent
        self.removed.discard(node_id)
        if len(self.members) == 1:
            self._become_leader(node_id)
        self.connections_changed()

    def leave(self, node_id: str) -> None:
        """Remove a member. A leader hands over first."""
        self.members.pop(node_id, None)
        if node_id == self._leader:
            self._step_down()
            others = [other for other, agent in self.members.items() if agent.connected]
            if len(others) >= self._quorum():
                self._become_leader(self._random.choice(others))
        self.connections_changed()

    def keep_only(self, node_id: str) -> None:
        """Remove all other members, reachable or not; then this one elects itself (raft/storage.go, loadAndStart)."""
        self._step_down()
        self.removed |= self.members.keys() - {node_id}
        self.members = {node_id: self.members[node_id]}
        self.connections_changed()

    def goes_on_without(self, node_id: str) -> bool:
        """Whether others have a quorum, and that member cannot reach them."""
        others = sum(agent.connected for other, agent in self.members.items() if other != node_id)
        return others >= self._quorum() and not self.members[node_id].connected

    def can_remove(self, node_id: str) -> bool:
        """Whether the others have a quorum without it (raft.go, CanRemoveMember)."""
        others = [agent for other, agent in self.members.items() if other != node_id]
        reachable = sum(self.reaches(agent) for agent in others)
        return reachable >= len(others) // 2 + 1

    def reaches(self, agent: Agent) -> bool:
        """Whether the leader can reach that node."""
        if self._leader is None or not self._has_quorum:
            return False
        leader = self.members[self._leader]
        return agent.awake if agent is leader else agent.connected and leader.connected

    def require_leader(self, asked: str | None) -> None:
        """Raise `ApiError` if there is no leader, or if the manager that was asked cannot reach it."""
        agent = self.members.get(asked or "")
        if self.leader is None or (agent is not None and not self.reaches(agent)):
            raise rpc("Unknown", NO_LEADER)

    def connections_changed(self) -> None:
        """Work out leader, quorum and elections after a change in what can be reached."""
        governs = self._leader is not None and self._reaches_quorum(self.members[self._leader])
        if governs:
            self._stop_timers()
            if not self._has_quorum:
                self._has_quorum = True
                self._elected(False)
            return
        if self._has_quorum:
            self._has_quorum = False
            self._lost()
        if self._leader is not None and not self.members[self._leader].running:
            self._step_down()
        elif self._leader is not None and self._stepping_down is None and len(self.members) > 1:
            # A leader without a majority steps down after as many ticks as an election waits.
            self._stepping_down = self._clock.after(ELECTION_SECONDS[0], self._resign)
        candidates = self._candidates()
        if len(candidates) < self._quorum():
            self._cancel_election()
        elif self._election is None:
            waits = [(self._random.uniform(*ELECTION_SECONDS), node_id) for node_id in candidates]
            wait, winner = min(waits) if len(self.members) > 1 else (SINGLE_ELECTION_SECONDS, candidates[0])
            self._election = self._clock.after(wait, lambda: self._elect(winner))

    def _quorum(self) -> int:
        return len(self.members) // 2 + 1

    def _candidates(self) -> list[str]:
        """The members that can reach each other."""
        if len(self.members) == 1:
            return [node_id for node_id, agent in self.members.items() if agent.awake]
        return [node_id for node_id, agent in self.members.items() if agent.connected]

    def _reaches_quorum(self, leader: Agent) -> bool:
        reached = sum(agent is leader or (agent.connected and leader.connected) for agent in self.members.values())
        return leader.awake and reached >= self._quorum()

    def _elect(self, winner: str) -> None:
        self._election = None
        candidates = self._candidates()
        if len(candidates) >= self._quorum():
            self._become_leader(winner if winner in candidates else self._random.choice(candidates))

    def _become_leader(self, node_id: str) -> None:
        self._stop_timers()
        self._leader, self._has_quorum = node_id, True
        self._elected(True)

    def _resign(self) -> None:
        self._stepping_down = None
        self._leader = None
        self.connections_changed()

    def _step_down(self) -> None:
        if self._has_quorum:
            self._has_quorum = False
            self._lost()
        self._stop_timers()
        self._leader = None

    def _stop_timers(self) -> None:
        self._cancel_election()
        if self._stepping_down is not None:
            self._stepping_down.cancel()
            self._stepping_down = None

    def _cancel_election(self) -> None:
        if self._election is not None:
            self._election.cancel()
            self._election = None
