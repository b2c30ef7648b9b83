"""In which ways a reaction may end: where the scheduler chooses at random, and in whatever order things happen.

SwarmKit places the tasks of one service together, and takes the services in no order; tasks that found no place
are tried again whenever one that ends has left something behind (manager/scheduler/scheduler.go).
"""

import math
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from .. import rules
from . import Outcomes, Request
from .node_info import Books, Claim, Places, holds
from .orchestrators import Placing, Reaction

MOST = 3000  # ends, or states on the way to one, that are looked at when all are to be listed
MAX_RELEASES = 64  # ways to free places at one moment; of more, only each alone and all together are looked at

Tasks = Mapping[str, Places]  # the active tasks of each service, by the node's name
Allowed = Callable[[str, Places], bool]  # whether the service may have that many there, on the way to an end


@dataclass(frozen=True)
class End:
    """One way in which a reaction may end."""

    tasks: Tasks
    pending: Mapping[str, int]  # by service, how many of the tasks to place have found no node


@dataclass(frozen=True)
class State:
    """Somewhere between the reaction and an end."""

    books: Books
    todo: tuple[Placing, ...]  # tried next, in any order
    waiting: tuple[Placing, ...]  # found no place, or not for all
    releases: tuple[Claim, ...]

    @property
    def key(self) -> object:
        """What makes it the same as another, whatever the way to it."""
        return (
            tuple(
                sorted(
                    (service, tuple(sorted((+Counter(places)).items()))) for service, places in self.books.tasks.items()
                )
            ),
            tuple(
                (each.service, each.number, each.pending, each.blocked, tuple(sorted(Counter(each.instead_of).items())))
                for each in (*self.todo, *self.waiting)
            ),
            len(self.todo),
            tuple(sorted(Counter(map(repr, self.releases)).items())),
        )

    @property
    def is_end(self) -> bool:
        """Whether nothing more happens."""
        return all(_is_blocked(placing) for placing in self.todo) and not _next_releases(self)

    @property
    def pending(self) -> Counter[str]:
        """By service, how many tasks have no node."""
        found: Counter[str] = Counter()
        for placing in self.waiting:
            found[placing.service] += placing.number
        for placing in self.todo:
            found[placing.service] += placing.pending
        return found


def ends(reaction: Reaction) -> tuple[list[End], bool]:
    """The ends there are, and whether these are all: of very many, only some are listed."""
    found: dict[object, End] = {}
    looked = 0
    for state in _search(_start(reaction), lambda service, places: True, MOST):
        looked += 1
        if state.is_end:
            found.setdefault(state.key, End(_tasks(state.books), state.pending))
    return list(found.values()), looked < MOST


def single(reaction: Reaction) -> tuple[Placing, Outcomes] | None:
    """The only thing to place and the set of its outcomes, if there is but one, all at once; that set is exact."""
    if len(reaction.placing) != 1 or reaction.placing[0].at_once:
        return None
    [placing] = reaction.placing
    if reaction.releases and holds(placing.request):
        return None
    return placing, rules.outcomes(reaction.books.hosts(placing.service), placing.request, placing.number)


def is_end(reaction: Reaction, actual: Tasks, known: Container[str]) -> bool:
    """Whether the reaction can end with exactly these tasks, those that count, of the known services."""
    wanted = {service: +Counter(places) for service, places in actual.items() if any(places.values())}
    kept = _among(known, reaction.books)
    placed = {placing.service for placing in reaction.placing}
    if any(wanted.get(service, {}) != kept.get(service, {}) for service in {*wanted, *kept} - placed):
        return False

    def allowed(service: str, places: Places) -> bool:
        return all(number <= wanted.get(service, {}).get(node, 0) for node, number in places.items())

    plain = all(not placing.at_once for placing in reaction.placing)
    if plain and not (reaction.releases and any(holds(placing.request) for placing in reaction.placing)):
        return _in_some_order(reaction.books, reaction.placing, wanted)
    return any(state.is_end and _among(known, state.books) == wanted for state in _search(_start(reaction), allowed))


def _in_some_order(books: Books, placing: Sequence[Placing], wanted: Tasks) -> bool:
    """Whether the services can have been placed one after the other, each all at once, with that result.

    The books before a service depend on which ones were before it, not on their order.
    """
    reached = {frozenset(): books}
    for _step in placing:
        following: dict[frozenset[int], Books] = {}
        for done, before in reached.items():
            for number in {*range(len(placing))} - done:
                if (then := done | {number}) not in following:
                    after = _as_wanted(before, placing[number], wanted)
                    if after:
                        following[then] = after
        reached = following
    return bool(reached)


def _as_wanted(books: Books, placing: Placing, wanted: Tasks) -> Books | None:
    """The books after the tasks went where they are wanted, if they can go there."""
    new = Counter(wanted.get(placing.service, {}))
    new.subtract(books.tasks.get(placing.service, {}))
    if any(number < 0 for number in new.values()) or new.keys() - {node.name for node in books.nodes}:
        return None
    hosts = books.hosts(placing.service)
    if {host.id: new[host.name] for host in hosts} not in rules.outcomes(hosts, placing.request, placing.number):
        return None
    return books.with_tasks(placing.service, +new, placing.request)


def _start(reaction: Reaction) -> State:
    return State(reaction.books, reaction.placing, (), reaction.releases)


def _search(start: State, allowed: Allowed, most: float = math.inf) -> Iterator[State]:
    """All states on the way, each once; at most so many."""
    known, stack = {start.key}, [start]
    while stack:
        state = stack.pop()
        yield state
        for following in _following(state, allowed):
            if len(known) >= most:
                break
            if (key := following.key) not in known:
                known.add(key)
                stack.append(following)


def _following(state: State, allowed: Allowed) -> Iterator[State]:
    for number, placing in enumerate(state.todo):
        rest = replace(state, todo=(*state.todo[:number], *state.todo[number + 1 :]))
        yield from _replaced(rest, placing, allowed) if placing.at_once else _placed(rest, placing, allowed)
    # While an update goes on, what has ended goes; else only once all that is new has been tried.
    if all(placing.at_once for placing in state.todo):
        for claims in _next_releases(state):
            books, releases = state.books, list(state.releases)
            for claim in claims:
                books = books.released(claim)
                releases.remove(claim)
            yield State(books, (*state.waiting, *state.todo), (), tuple(releases))


def _placed(state: State, placing: Placing, allowed: Allowed) -> Iterator[State]:
    """The tasks of one service have been placed, all that can be."""
    hosts = state.books.hosts(placing.service)
    before = Counter(state.books.tasks.get(placing.service, {}))
    ending = sum((Counter(each.instead_of) for each in state.todo if each.service == placing.service), Counter[str]())
    for outcome in rules.outcomes(hosts, placing.request, placing.number):
        new = Counter({host.name: outcome[host.id] for host in hosts if outcome.get(host.id)})
        if allowed(placing.service, before + new - ending):
            left = placing.number - new.total()
            waiting = (replace(placing, number=left),) if left else ()
            todo = state.todo
            if placing.of_update:
                todo = tuple(_with_blocked(each, left - placing.number, placing.service) for each in todo)
            yield replace(
                state,
                books=state.books.with_tasks(placing.service, new, placing.request),
                todo=todo,
                waiting=(*state.waiting, *waiting),
            )


def _with_blocked(placing: Placing, number: int, service: str) -> Placing:
    """The rolling update of that service, with so many more that wait for a node."""
    if placing.service != service or not placing.at_once:
        return placing
    return replace(placing, blocked=placing.blocked + number)


def _is_blocked(placing: Placing) -> bool:
    """Whether a rolling update can go no further: each new task it may wait for finds no node."""
    return bool(placing.at_once) and placing.blocked >= placing.at_once


def _replaced(state: State, placing: Placing, allowed: Allowed) -> Iterator[State]:
    """The states after a rolling update has replaced some more tasks. One that finds no node blocks its place in it."""
    old = Counter(placing.instead_of)
    free = min(placing.at_once - placing.blocked, placing.number)
    # All begin together; later each goes on as soon as its new task runs, so that fewer may do so at the same moment.
    first = not placing.begun and free == placing.number
    for size in [free] if first else range(1, free + 1):
        for going, pending in _parts(old, placing.pending, placing.number - old.total() - placing.pending, size):
            left = replace(
                placing,
                number=placing.number - size,
                instead_of=old - going,
                pending=placing.pending - pending,
                blocked=placing.blocked + size,
                begun=True,
            )

            without = replace(
                state,
                books=state.books.without(placing.service, going),
                todo=(*state.todo, left) if left.number else state.todo,
                releases=(*state.releases, *_released(state, going, placing.request)),
            )
            new = Placing(placing.service, placing.request, size, of_update=True)
            yield from _placed(without, new, allowed)


def _parts(old: Counter[str], pending: int, empty: int, number: int) -> Iterator[tuple[Counter[str], int]]:
    """The ways to choose which slots are replaced first: from which nodes, and how many that are pending.

    The others are slots without a task.
    """

    def parts(nodes: Sequence[str], left: int) -> Iterator[tuple[Counter[str], int]]:
        if not nodes:
            for waiting in range(max(0, left - empty), min(pending, left) + 1):
                yield Counter(), waiting
            return
        for here in range(min(old[nodes[0]], left) + 1):
            for others, waiting in parts(nodes[1:], left - here):
                yield others + Counter({nodes[0]: here}), waiting

    return parts(sorted(old), number)


def _released(state: State, going: Places, request: Request) -> list[Claim]:
    """What the tasks that an update ends hold until they are gone, where others may use it."""
    left = list(state.books.claims)
    for claim in state.releases:
        left.remove(claim)
    takes_tasks = {node.name for node in state.books.nodes if node.takes_tasks}
    found = []
    for node, number in going.items():
        here = [claim for claim in left if claim.node == node and _same_hold(claim.request, request)]
        found += here[:number] if node in takes_tasks else []
    return found


def _same_hold(one: Request, other: Request) -> bool:
    """Whether tasks that ask this keep the same of their node from others."""
    return (one.cpus, one.memory, one.generic, one.ports) == (other.cpus, other.memory, other.generic, other.ports)


def _next_releases(state: State) -> list[list[Claim]]:
    """What may be released next, as far as a task waits for it: one claim or several at the same moment."""
    if not any(holds(placing.request) for placing in state.waiting):
        return []
    kinds: list[list[Claim]] = []  # equal claims together: of these only the number matters
    for claim in state.releases:
        equal = next((kind for kind in kinds if kind[0] == claim), None)
        if equal is None:
            kinds.append([claim])
        else:
            equal.append(claim)
    if math.prod(len(kind) + 1 for kind in kinds) > MAX_RELEASES:
        return [*([kind[0]] for kind in kinds), list(state.releases)]
    parts = ([kind[:number] for number in range(len(kind) + 1)] for kind in kinds)
    return [claims for chosen in product(*parts) if (claims := [claim for part in chosen for claim in part])]


def _among(known: Container[str], books: Books) -> dict[str, Counter[str]]:
    return {service: places for service, places in _tasks(books).items() if service in known}


def _tasks(books: Books) -> dict[str, Counter[str]]:
    return {service: counts for service, places in books.tasks.items() if (counts := +Counter(places))}
