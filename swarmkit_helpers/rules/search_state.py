"""States between the orchestrators' decision and an end state, and how they follow each other.

SwarmKit places the tasks of one service together, and takes the services in no fixed order. Tasks that could not be
placed are tried again whenever a task that ends has released what it held (manager/scheduler/scheduler.go).
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from .hosts import Host, Request
from .node_info import NodeCounts, NodeInfo, Reservation, reserves_anything
from .orchestrators import TaskGroup
from .outcomes import HostCounts, outcomes

MAX_RELEASES = 64  # choices of what is released at one moment; of more, only each alone and all together are tried

Allowed = Callable[[str, NodeCounts], bool]  # whether the service may have these tasks, on the way to an end state
Placements = Callable[[Sequence[Host], Request, int], Iterable[HostCounts]]  # all of a group, or some


@dataclass(frozen=True)
class SearchState:
    """A state somewhere between the orchestrators' decision and an end state."""

    node_info: NodeInfo
    todo: tuple[TaskGroup, ...]  # tried next, in any order
    waiting: tuple[TaskGroup, ...]  # could not be placed, or not all of their tasks
    releases: tuple[Reservation, ...]
    services: tuple[str, ...]  # whose tasks are placed on the way; those of others stay as they are

    @property
    def key(self) -> object:
        """The same for states of one search that are the same, whatever led to them."""
        nothing: NodeCounts = {}
        return (
            tuple(
                frozenset(each for each in self.node_info.tasks.get(service, nothing).items() if each[1])
                for service in self.services
            ),
            tuple(
                (each.service, each.number, each.pending, each.blocked, tuple(sorted(Counter(each.replaced).items())))
                for each in (*self.todo, *self.waiting)
            ),
            len(self.todo),
            tuple(sorted(Counter(map(repr, self.releases)).items())),
        )

    @property
    def is_end(self) -> bool:
        """Whether nothing more happens."""
        return all(_is_blocked(group) for group in self.todo) and not _next_releases(self)

    @property
    def pending(self) -> Mapping[str, int]:
        """By service, how many tasks have no node."""
        found: Counter[str] = Counter()
        for group in self.waiting:
            found[group.service] += group.number
        for group in self.todo:
            found[group.service] += group.pending
        return found


def following(state: SearchState, allowed: Allowed, placements: Placements = outcomes) -> Iterator[SearchState]:
    """The states that can follow directly, when groups are placed in these ways: by default all of them."""
    for number, group in enumerate(state.todo):
        rest = replace(state, todo=(*state.todo[:number], *state.todo[number + 1 :]))
        after = _after_batch if group.parallelism else _after_placement
        yield from after(rest, group, allowed, placements)
    # During a rolling update, reservations can be released at any time; else only after every group was tried.
    if all(group.parallelism for group in state.todo):
        for reservations in _next_releases(state):
            node_info, releases = state.node_info, list(state.releases)
            for reservation in reservations:
                node_info = node_info.released(reservation)
                releases.remove(reservation)
            yield SearchState(node_info, (*state.waiting, *state.todo), (), tuple(releases), state.services)


def _after_placement(
    state: SearchState, group: TaskGroup, allowed: Allowed, placements: Placements
) -> Iterator[SearchState]:
    """The states after as many tasks of the group as possible have been placed."""
    hosts = state.node_info.hosts(group.service)
    before = Counter(state.node_info.tasks.get(group.service, {}))
    ending = sum((Counter(each.replaced) for each in state.todo if each.service == group.service), Counter[str]())
    for outcome in placements(hosts, group.request, group.number):
        new = Counter({host.name: outcome[host.id] for host in hosts if outcome.get(host.id)})
        if allowed(group.service, before + new - ending):
            left = group.number - new.total()
            waiting = (replace(group, number=left),) if left else ()
            todo = state.todo
            if group.of_update:
                todo = tuple(_with_blocked(each, group.service, left - group.number) for each in todo)
            yield replace(
                state,
                node_info=state.node_info.with_tasks(group.service, new, group.request),
                todo=todo,
                waiting=(*state.waiting, *waiting),
            )


def _with_blocked(group: TaskGroup, service: str, number: int) -> TaskGroup:
    """The group with `number` more blocked tasks, if it is the rolling update of that service."""
    if group.service != service or not group.parallelism:
        return group
    return replace(group, blocked=group.blocked + number)


def _is_blocked(group: TaskGroup) -> bool:
    """Whether a rolling update cannot continue: as many new tasks as it waits for find no node."""
    return bool(group.parallelism) and group.blocked >= group.parallelism


def _after_batch(
    state: SearchState, group: TaskGroup, allowed: Allowed, placements: Placements
) -> Iterator[SearchState]:
    """The states after a rolling update has replaced some more tasks. Each that finds no node blocks one of them."""
    old = Counter(group.replaced)
    empty = group.number - old.total() - group.pending  # slots without a task
    free = min(group.parallelism - group.blocked, group.number)
    # If all fit into the first batch, they begin together. Later, each task is followed by another as soon as it runs.
    sizes = [free] if not group.begun and free == group.number else range(1, free + 1)
    for size in sizes:
        for batch, pending in _batches(old, group.pending, empty, size):
            left = replace(
                group,
                number=group.number - size,
                replaced=old - batch,
                pending=group.pending - pending,
                blocked=group.blocked + size,
                begun=True,
            )
            ended = replace(
                state,
                node_info=state.node_info.without_tasks(group.service, batch),
                todo=(*state.todo, left) if left.number else state.todo,
                releases=(*state.releases, *_releases_of_batch(state, batch, group.request)),
            )
            new = TaskGroup(group.service, group.request, size, of_update=True)
            yield from _after_placement(ended, new, allowed, placements)


def _batches(old: Counter[str], pending: int, empty: int, size: int) -> Iterator[tuple[Counter[str], int]]:
    """The batches of that size: how many of the old tasks of each node, and how many pending tasks.

    The rest of a batch are slots without a task.
    """

    def batches(nodes: Sequence[str], left: int) -> Iterator[tuple[Counter[str], int]]:
        if not nodes:
            for waiting in range(max(0, left - empty), min(pending, left) + 1):
                yield Counter(), waiting
            return
        for here in range(min(old[nodes[0]], left) + 1):
            for others, waiting in batches(nodes[1:], left - here):
                yield others + Counter({nodes[0]: here}), waiting

    return batches(sorted(old), size)


def _releases_of_batch(state: SearchState, batch: NodeCounts, request: Request) -> list[Reservation]:
    """The reservations of the old tasks in a batch, on nodes where others may use them afterwards."""
    left = list(state.node_info.reservations)
    for reservation in state.releases:
        left.remove(reservation)
    takes_tasks = {node.name for node in state.node_info.nodes if node.takes_tasks}
    found: list[Reservation] = []
    for node, number in batch.items():
        here = [each for each in left if each.node == node and _reserve_the_same(each.request, request)]
        found += here[:number] if node in takes_tasks else []
    return found


def _reserve_the_same(one: Request, other: Request) -> bool:
    """Whether tasks that ask these keep the same of their node from others."""
    return (one.cpus, one.memory, one.generic, one.ports) == (other.cpus, other.memory, other.generic, other.ports)


def _next_releases(state: SearchState) -> list[list[Reservation]]:
    """The reservations that can be released next, one or several at the same moment, if a waiting task needs any."""
    if not any(reserves_anything(group.request) for group in state.waiting):
        return []
    kinds: list[list[Reservation]] = []  # equal reservations together: only their number matters
    for reservation in state.releases:
        equal = next((kind for kind in kinds if kind[0] == reservation), None)
        if equal is None:
            kinds.append([reservation])
        else:
            equal.append(reservation)
    if math.prod(len(kind) + 1 for kind in kinds) > MAX_RELEASES:
        return [*([kind[0]] for kind in kinds), list(state.releases)]
    parts = ([kind[:number] for number in range(len(kind) + 1)] for kind in kinds)
    return [released for chosen in product(*parts) if (released := [each for part in chosen for each in part])]
