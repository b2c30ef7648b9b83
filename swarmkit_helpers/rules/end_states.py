"""In which ways a reaction may end: where the scheduler chooses at random, and in whatever order things happen.

SwarmKit places the tasks of one service together, and takes the services in no order; tasks that found no place
are tried again whenever one that ends has left something behind (manager/scheduler/scheduler.go).
"""

import math
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .. import rules
from . import Outcomes
from .node_info import Books, Claim, Places, holds
from .orchestrators import Placing, Reaction

MOST = 3000  # ends, or states on the way to one, that are looked at when all are to be listed

Ends = Mapping[str, Places]  # the active tasks of each service, by the node's name
Allowed = Callable[[str, Places], bool]  # whether the service may have that many there, on the way to an end


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
            tuple((each.service, each.number) for each in (*self.todo, *self.waiting)),
            len(self.todo),
            tuple(sorted(Counter(map(repr, self.releases)).items())),
        )


def ends(reaction: Reaction) -> tuple[list[Ends], bool]:
    """The ends there are, and whether these are all: of very many, only some are listed."""
    found: dict[object, Ends] = {}
    looked = 0
    for state in _search(_start(reaction), lambda service, places: True, MOST):
        looked += 1
        if not state.todo and not _next_release(state):
            found.setdefault(state.key, _tasks(state.books))
    return list(found.values()), looked < MOST


def single(reaction: Reaction) -> tuple[Placing, Outcomes] | None:
    """The only thing to place and the set of its outcomes, if there is but one, all at once; that set is exact."""
    if len(reaction.placing) != 1 or reaction.placing[0].at_once:
        return None
    [placing] = reaction.placing
    if reaction.releases and holds(placing.request):
        return None
    return placing, rules.outcomes(reaction.books.hosts(placing.service), placing.request, placing.number)


def is_end(reaction: Reaction, actual: Ends, known: Container[str]) -> bool:
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
    return any(
        not state.todo and not _next_release(state) and _among(known, state.books) == wanted
        for state in _search(_start(reaction), allowed)
    )


def _in_some_order(books: Books, placing: Sequence[Placing], wanted: Ends) -> bool:
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


def _as_wanted(books: Books, placing: Placing, wanted: Ends) -> Books | None:
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
    if not state.todo:
        for claim in _next_release(state):
            releases = list(state.releases)
            releases.remove(claim)
            yield State(state.books.released(claim), state.waiting, (), tuple(releases))


def _placed(state: State, placing: Placing, allowed: Allowed) -> Iterator[State]:
    """The tasks of one service have been placed, all that can be."""
    hosts = state.books.hosts(placing.service)
    before = Counter(state.books.tasks.get(placing.service, {}))
    for outcome in rules.outcomes(hosts, placing.request, placing.number):
        new = Counter({host.name: outcome[host.id] for host in hosts if outcome.get(host.id)})
        if allowed(placing.service, before + new):
            left = placing.number - new.total()
            waiting = (replace(placing, number=left),) if left else ()
            yield replace(
                state,
                books=state.books.with_tasks(placing.service, new, placing.request),
                waiting=(*state.waiting, *waiting),
            )


def _replaced(state: State, placing: Placing, allowed: Allowed) -> Iterator[State]:
    """Some of the tasks of a rolling update have ended and been placed anew. One that finds no place holds it up."""
    old = Counter(placing.instead_of)
    homeless = placing.number - old.total()  # those that are replaced have no node yet
    # Whoever is done goes on at once, so later fewer than at first may be under way at the same moment.
    sizes = range(1, placing.at_once + 1) if placing.at_once < placing.number else [placing.number]
    for number, going in ((size, part) for size in sizes for part in _parts(old, homeless, size)):
        left = replace(placing, number=placing.number - number, instead_of=old - going)

        def anew(service: str, places: Places, left: Placing = left) -> bool:
            return allowed(service, Counter(places) - Counter(left.instead_of))

        without = replace(state, books=state.books.without(placing.service, going))
        for after in _placed(without, replace(placing, number=number, at_once=0), anew):
            if not left.number:
                yield after
            elif len(after.waiting) == len(state.waiting):
                yield replace(after, todo=(*after.todo, left))
            elif allowed(placing.service, after.books.tasks[placing.service]):
                yield after


def _parts(old: Counter, homeless: int, number: int) -> Iterator[Counter]:
    """Which of the tasks may go first: so many of them, from which nodes; some may have none."""

    def parts(nodes: Sequence[str], left: int) -> Iterator[Counter]:
        if not nodes:
            if left <= homeless:
                yield Counter()
            return
        for here in range(min(old[nodes[0]], left) + 1):
            for others in parts(nodes[1:], left - here):
                yield others + Counter({nodes[0]: here})

    return parts(sorted(old), number)


def _next_release(state: State) -> set[Claim]:
    """What may be released next, as far as somebody waits for such things."""
    if not any(holds(placing.request) for placing in state.waiting):
        return set()
    return set(state.releases)


def _among(known: Container[str], books: Books) -> dict[str, Counter]:
    return {service: places for service, places in _tasks(books).items() if service in known}


def _tasks(books: Books) -> dict[str, Counter]:
    return {service: counts for service, places in books.tasks.items() if (counts := +Counter(places))}
