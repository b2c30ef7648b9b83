"""All the states in which a swarm can end after the orchestrators have decided.

They differ where the scheduler chooses at random, and by the order of events.
"""

import math
import random
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .filters import rejected
from .hosts import Host, Request
from .node_info import NodeCounts, NodeInfo, reserves_anything
from .orchestrators import Reconciliation, TaskGroup
from .outcomes import HostCounts, Outcomes, outcomes
from .placement import place
from .search_state import Allowed, SearchState, following

MAX_STATES = 3000  # that are looked at, on the way or at the end, when all end states are to be listed
MAX_HOSTS = 30_000  # that are looked at for these, one node in one state each: an answer is to come within a second
# End states that are drawn at random where there are more. If all differ, there are most likely more than 3000.
DRAWN_STATES = 150

ServiceCounts = Mapping[str, NodeCounts]  # the active tasks of each service, by the node's name


@dataclass(frozen=True)
class EndState:
    """One state in which the swarm can end."""

    tasks: ServiceCounts
    pending: Mapping[str, int]  # by service, how many of the tasks to place have found no node


def without_hopeless(start: Reconciliation) -> tuple[Reconciliation, dict[str, int]]:
    """The same without the groups that no node can ever take, and how many tasks these are, by service.

    Such tasks stay pending in every end state, and no other task's node depends on them.
    """
    updates = {group.service: group for group in start.groups if group.parallelism}
    empty = replace(start.node_info, reservations=())  # whatever is released, a node has no more room than this
    hopeless: dict[str, int] = {}
    for group in start.groups:
        hosts = empty.hosts(group.service)
        waits_for_nothing = not updates or not reserves_anything(group.request)
        if group.service not in updates and waits_for_nothing and len(rejected(hosts, group.request)) == len(hosts):
            hopeless[group.service] = group.number
    return replace(start, groups=tuple(each for each in start.groups if each.service not in hopeless)), hopeless


def list_end_states(start: Reconciliation) -> tuple[list[EndState], bool]:
    """The end states, and whether these are all: of very many, only some are drawn at random."""
    draws = _draws(start)
    drawn: dict[object, SearchState] = {}
    for number, state in enumerate(draws, 1):
        drawn[state.key] = state
        if len(drawn) < number:  # one came twice: there may be few
            break
    else:
        return _as_end_states(drawn.values()), False
    most = min(MAX_STATES, MAX_HOSTS // max(1, len(start.node_info.nodes)))
    looked = list(_search(_start(start), lambda service, counts: True, most))
    if len(looked) < most:
        return _as_end_states(state for state in looked if state.is_end), True
    drawn.update((state.key, state) for state in draws)
    return _as_end_states(drawn.values()), False


def _as_end_states(states: Iterable[SearchState]) -> list[EndState]:
    return [EndState(_task_counts(state.node_info), state.pending) for state in states]


def single_group(start: Reconciliation) -> tuple[TaskGroup, Outcomes] | None:
    """The only group to place, with the set of its outcomes; None if there are others or it is a rolling update.

    The set of outcomes is then exactly the set of end states.
    """
    if len(start.groups) != 1 or start.groups[0].parallelism:
        return None
    [group] = start.groups
    if start.releases and reserves_anything(group.request):
        return None
    return group, outcomes(start.node_info.hosts(group.service), group.request, group.number)


def is_end_state(start: Reconciliation, actual: ServiceCounts, known: Container[str]) -> bool:
    """Whether the swarm can end with exactly these active tasks of the known services."""
    start, _hopeless = without_hopeless(start)
    wanted = {service: +Counter(counts) for service, counts in actual.items() if any(counts.values())}
    kept = _of_services(known, start.node_info)
    placed = {group.service for group in start.groups}
    nothing: Counter[str] = Counter()
    if any(wanted.get(service, nothing) != kept.get(service, nothing) for service in {*wanted, *kept} - placed):
        return False

    def allowed(service: str, counts: NodeCounts) -> bool:
        return all(number <= wanted.get(service, nothing)[node] for node, number in counts.items())

    whole = all(not group.parallelism for group in start.groups)
    if whole and not (start.releases and any(reserves_anything(group.request) for group in start.groups)):
        return _in_some_order(start.node_info, start.groups, wanted)
    return any(
        state.is_end and _of_services(known, state.node_info) == wanted for state in _search(_start(start), allowed)
    )


def _in_some_order(node_info: NodeInfo, groups: Sequence[TaskGroup], wanted: ServiceCounts) -> bool:
    """Whether the groups can have been placed one after the other, each as a whole, with that result.

    The node info before a group depends on which groups were placed before it, not on their order.
    """
    reached: dict[frozenset[int], NodeInfo] = {frozenset(): node_info}
    for _step in groups:
        then: dict[frozenset[int], NodeInfo] = {}
        for done, before in reached.items():
            for number in {*range(len(groups))} - done:
                if (now_done := done | {number}) not in then:
                    after = _as_wanted(before, groups[number], wanted)
                    if after:
                        then[now_done] = after
        reached = then
    return bool(reached)


def _as_wanted(node_info: NodeInfo, group: TaskGroup, wanted: ServiceCounts) -> NodeInfo | None:
    """The node info after the group's tasks went where they are wanted; None if they cannot go there."""
    new = Counter(wanted.get(group.service, {}))
    new.subtract(node_info.tasks.get(group.service, {}))
    if any(number < 0 for number in new.values()) or new.keys() - {node.name for node in node_info.nodes}:
        return None
    hosts = node_info.hosts(group.service)
    if {host.id: new[host.name] for host in hosts} not in outcomes(hosts, group.request, group.number):
        return None
    return node_info.with_tasks(group.service, +new, group.request)


def _start(start: Reconciliation) -> SearchState:
    services = tuple(dict.fromkeys(group.service for group in start.groups))
    return SearchState(start.node_info, start.groups, (), start.releases, services)


def _search(start: SearchState, allowed: Allowed, max_states: float = math.inf) -> Iterator[SearchState]:
    """All states on the way and at the end, each once; at most so many."""
    known, stack = {start.key}, [start]
    yield start
    while stack:
        for then in following(stack.pop(), allowed):
            if (key := then.key) not in known:
                known.add(key)
                stack.append(then)
                yield then
                if len(known) >= max_states:
                    return


def _draws(start: Reconciliation) -> Iterator[SearchState]:
    """End states, each after the swarm has chosen at random wherever it may; always the same ones."""
    chance = random.Random(0)

    def drawn(hosts: Sequence[Host], request: Request, number: int) -> list[HostCounts]:
        return [Counter(place(hosts, request, number, chance))]

    for _draw in range(DRAWN_STATES):
        state = _start(start)
        then: SearchState | None = state
        while then:
            state = then
            shuffled = replace(state, todo=tuple(chance.sample(state.todo, len(state.todo))))
            then = next(following(shuffled, lambda service, counts: True, drawn), None)
        yield state


def _of_services(known: Container[str], node_info: NodeInfo) -> dict[str, Counter[str]]:
    return {service: counts for service, counts in _task_counts(node_info).items() if service in known}


def _task_counts(node_info: NodeInfo) -> dict[str, Counter[str]]:
    return {service: counts for service, every in node_info.tasks.items() if (counts := +Counter(every))}
