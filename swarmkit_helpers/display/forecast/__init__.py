"""What a swarm may do when it is asked something: all the outcomes its rules allow, before it is asked.

forecast = swarm.predict(scale=7)                   shows itself: a sentence, and a chart beside the present
swarm.scale("sleep-app", 7); swarm.converge()
forecast.compare(seen=swarm, student=[3, 2, 2])     the forecast, one's own prediction, and what came of it
"""

import reprlib
from collections import Counter
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from ... import rules
from ...constraints import satisfies
from ...errors import BadInput, unknown
from ...language import _, ngettext
from ...records import Observation
from ...rules import convergence, end_states
from ...rules.node_info import Books, Places, one_of_each, request_of
from . import comparison
from .comparison import Comparison, Own, Share, span
from .requests import PlannedChange

if TYPE_CHECKING:
    from ..charts import Chart

Range = tuple[int, int]  # the least and the most
SHAPES = 3  # different shapes that are told one by one


class Seen(Protocol):
    """A `Swarm`, or an observation's stand-in."""

    def observe(self) -> Observation: ...


class Forecast:
    """What follows from one request. It shows itself."""

    def __init__(self, change: PlannedChange) -> None:
        self.change = change

    # What may be ------------------------------------------------------------------------------------------

    @cached_property
    def services(self) -> tuple[str, ...]:
        """The services it tells of: the one that was named, else those with tasks that end or are placed, else all."""
        if self.change.service is not None:
            return (self.change.service,)
        reaction = self.change.reaction
        before, after = self._now, reaction.books.tasks
        moved = {
            *reaction.ending,
            *(placing.service for placing in reaction.placing),
            *(name for name in after if +Counter(after[name]) != before.get(name, Counter())),
        }
        every = [service.name for service in self.change.before.services if not service.is_job]
        return tuple(name for name in every if name in moved) or tuple(every)

    def _meant(self, service: str | None) -> str:
        """The name of the service that is meant. Raises `NotFound`."""
        known = [each.name for each in self.change.then.services if not each.is_job]
        name = service or next(iter(self.services), None)
        if name not in known:
            raise unknown("services", name, known)
        return name

    @property
    def unforeseen(self) -> list[str]:
        """The services with an update under way, which goes on whatever is asked: what that does is not foreseen."""
        return [
            service.name
            for service in self.change.before.services
            if service.update_state in convergence.RUNNING_UPDATES
        ]

    def allows(self, seen: Observation) -> bool:
        """Whether the rules allow that the swarm is like this afterwards. `seen` is a state in which all is settled."""
        known = {service.name for service in self.change.then.services if not service.is_job}
        return end_states.is_end(
            self.change.reaction,
            {name: places for name, places in self.task_counts(seen).items() if name in known},
            known,
        )

    def task_counts(self, seen: Observation) -> dict[str, Places]:
        """By service, how many of its tasks count on each node; a node that joins is called as in the forecast."""
        known = {node.name for node in self.change.then.nodes}
        new = [node.name for node in seen.nodes if node.name not in known]
        names = {new[0]: self.change.node} if len(new) == 1 and not seen.node(self.change.node or "") else {}
        return {
            service: {names.get(node, node): number for node, number in places.items()}
            for service, places in Books.of(seen).tasks.items()
        }

    def between(self, node: str, service: str | None = None) -> Range:
        """The least and the most tasks of the service that the node may have afterwards."""
        name = self._meant(service)
        shares = {share.node: share for share in self.shares(name)}
        return (shares[node].least, shares[node].most) if node in shares else (0, 0)

    def shares(self, service: str) -> list[Share]:
        """Node by node what the service has and may have, in the order of the nodes' names."""
        before, kept = self._now.get(service, {}), self.change.reaction.books.tasks.get(service, {})
        moving = next((each.instead_of for each in self.change.reaction.placing if each.service == service), {})
        able = self._able(service)
        return [
            Share(
                node.name,
                before.get(node.name, 0),
                kept.get(node.name, 0) - moving.get(node.name, 0),
                *self._range(service, node.name),
                node.name in able,
            )
            for node in one_of_each(self.change.then)
        ]

    def pending(self, service: str) -> Range:
        """The least and the most tasks of the service that will have no place."""
        sure = self.change.reaction.stuck.get(service, 0) + self.change.reaction.homeless.get(service, 0)
        placing = [each for each in self.change.reaction.placing if each.service == service]
        if not placing:
            return sure, sure
        if self._single:
            least, most = self._single[1].placed
            return sure + placing[0].number - most, sure + placing[0].number - least
        left = [end.pending.get(service, 0) for end in self._ends[0]]
        return sure + min(left), sure + max(left)

    @cached_property
    def _now(self) -> dict[str, Counter[str]]:
        return {name: Counter(places) for name, places in Books.of(self.change.before).tasks.items()}

    @cached_property
    def _single(self) -> tuple[end_states.Placing, rules.Outcomes] | None:
        return end_states.single(self.change.reaction)

    @cached_property
    def _ends(self) -> tuple[list[end_states.End], bool]:
        if self._single:
            placing, outcomes = self._single
            books = self.change.reaction.books
            names = {node.id: node.name for node in books.nodes}
            some = list(islice(outcomes, end_states.MOST + 1))
            listed = []
            for outcome in some:
                placed = Counter({names[host]: number for host, number in outcome.items() if number})
                after = books.with_tasks(placing.service, placed, placing.request)
                left = {placing.service: placing.number - placed.total()}
                listed.append(end_states.End(after.tasks, left))
            return listed, len(some) <= end_states.MOST
        return end_states.ends(self.change.reaction)

    def _range(self, service: str, node: str) -> Range:
        kept = self.change.reaction.books.tasks.get(service, {}).get(node, 0)
        if self._single:
            placing, outcomes = self._single
            if service != placing.service:
                return kept, kept
            least, most = outcomes.between(next(each.id for each in one_of_each(self.change.then) if each.name == node))
            return kept + least, kept + most
        numbers = [end.tasks.get(service, {}).get(node, 0) for end in self._ends[0]]
        return min(numbers), max(numbers)

    def _able(self, service: str) -> set[str]:
        """The nodes on which the service may have new tasks, as far as they are ready and meet its constraints."""
        constraints = self.change.then.service(service).constraints
        return {
            node.name for node in one_of_each(self.change.then) if node.takes_tasks and satisfies(node, constraints)
        }

    # What it says -----------------------------------------------------------------------------------------

    @property
    def sentence(self) -> str:
        """What is asked, what the swarm does about it, and how it will be; it names no node that chance has chosen."""
        told = [self._told(), *(self._shape(name) for name in self.services), *self._doubts()]
        return " ".join(f"{each}." for each in told if each)

    def _told(self) -> str:
        asked, node = self.change, self.change.node
        if asked.verb == "scale":
            before = asked.before.service(asked.service).replicas
            if asked.value > before:
                return _("The tasks of {service} that run stay as they are, and new ones come to them").format(
                    service=asked.service
                )
            return (
                _("Tasks end where {service} has most of them, and no other is touched").format(service=asked.service)
                if asked.value < before
                else _("Nothing changes")
            )
        if asked.verb == "constraint":
            if asked.then.service(asked.service).mode == "global":
                return _("Tasks of {service} on nodes that do not fit end, and nodes that fit have one each").format(
                    service=asked.service
                )
            return _("Tasks of {service} on nodes that do not fit are replaced, the others stay as they are").format(
                service=asked.service
            )
        known = asked.before.node(node) if asked.verb != "add_node" else None
        if known and known.availability == asked.then.node(node).availability:
            return _("The availability of {node} is {availability} already").format(
                node=node, availability=known.availability
            )
        if asked.verb == "drain":
            if not any(places.get(node) for places in asked.reaction.ending.values()):
                return _("No task has to leave {node}, and none comes to it").format(node=node)
            told = _("Each task on {node} ends, and a new one takes its slot on another node").format(node=node)
            over = [
                name
                for name, places in asked.reaction.ending.items()
                if places.get(node) and name not in {placing.service for placing in asked.reaction.placing}
            ]
            return told + (
                _("; but not for {services}, whose tasks are not to be replaced").format(services=", ".join(over))
                if over
                else ""
            )
        return _("{node} gets tasks when some have to be placed; none that runs moves to it").format(node=node)

    def _doubts(self) -> list[str]:
        """What it does not foresee."""
        moving = self.unforeseen
        return (
            [
                _("An update of {services} is under way: what that still replaces is not foreseen").format(
                    services=", ".join(moving)
                )
            ]
            if moving
            else []
        )

    def _shape(self, service: str) -> str:
        """How many tasks of the service the nodes will have, whichever they are."""
        shares = [share for share in self.shares(service) if share.able or share.most]
        names = [share.node for share in shares]
        if not names:
            return _("No node fits {service}").format(service=service) + self._waiting(service)
        ends, all_listed = self._ends
        shapes = {
            tuple(sorted((end.tasks.get(service, {}).get(name, 0) for name in names), reverse=True)) for end in ends
        }
        if all_listed and not any(any(shape) for shape in shapes):
            return _("{service} then has no task that runs").format(service=service) + self._waiting(service)
        if all_listed and len(shapes) <= SHAPES and len(names) <= 2 * SHAPES + 4:
            numbers = _(" or ").join(", ".join(map(str, shape)) for shape in sorted(shapes)) or "0"
        else:
            numbers = _("from {least} to {most}").format(
                least=min(share.least for share in shares), most=max(share.most for share in shares)
            )
        told = ngettext(
            "The tasks of {service} are then on {n} node: {numbers}",
            "The tasks of {service} are then on {n} nodes, the fullest first: {numbers}",
            len(names),
        ).format(service=service, numbers=numbers, n=len(names))
        if any(share.least < share.most for share in shares):
            told += _(", and chance decides which node has how many")
        return told + self._waiting(service)

    def _waiting(self, service: str) -> str:
        """How many tasks will be pending, if any."""
        least, most = self.pending(service)
        return (
            (
                ngettext("; {n} is pending", "; {n} are pending", most).format(n=span(least, most))
                + self._message(service)
            )
            if most
            else ""
        )

    def _message(self, service: str) -> str:
        """What Docker will say of its pending tasks, where that does not depend on chance."""
        reaction = self.change.reaction
        if stuck := reaction.stuck.get(service):
            return ngettext(
                ', of which {n} is not tried again unless swarm.rebalance("{service}") makes a new one',
                ', of which {n} are not tried again unless swarm.rebalance("{service}") makes new ones',
                stuck,
            ).format(n=stuck, service=service)
        ends, all_listed = self._ends
        if not all_listed or len(ends) != 1 or reaction.homeless.get(service):
            return ""
        request, books = request_of(self.change.then.service(service)), reaction.books
        new = Counter(ends[0].tasks.get(service, {}))
        new.subtract(books.tasks.get(service, {}))
        hosts = books.with_tasks(service, +new, request).hosts(service)
        return f": {rules.pending_message(hosts, request)}"

    def chart(self) -> "Chart":
        """The present beside what may be, node by node."""
        from .. import charts  # matplotlib is slow to import, and a forecast may never be drawn

        tables = [(name, self.shares(name), self._pending_now(name), self.pending(name)) for name in self.services]
        return charts.forecast(self._title(), tables, self.sentence)

    def _pending_now(self, service: str) -> int:
        return sum(task.wanted and task.node is None for task in self.change.before.tasks_of(service))

    def _title(self) -> str:
        asked = self.change
        value = ", ".join(asked.value) if asked.verb == "constraint" else asked.value
        return {
            "scale": _("{service} with {value} replicas"),
            "constraint": _("{service} where {value}"),
            "drain": _("{node} drained"),
            "activate": _("{node} active"),
            "add_node": _("{node} joins"),
        }[asked.verb].format(service=asked.service, node=asked.node, value=value)

    def compare(self, seen: "Observation | Seen", student: Own = None, service: str | None = None) -> "Comparison":
        """The forecast beside what the swarm did, and beside what the student said before.

        `seen` is the swarm, when all is settled, or an observation. `student` is the number of tasks by node,
        {"node1": 3}, or the numbers in any order, [3, 2, 2], or that on the fullest node, 3; `...` is none.
        Raises `BadInput`, `NotFound`.
        """
        name = self._meant(service)
        if not isinstance(seen, Observation) and not hasattr(seen, "observe"):
            raise BadInput(
                _("{seen} is neither a swarm nor an observation of one"),
                _("write forecast.compare(swarm)"),
                seen=reprlib.repr(seen),
            )
        observed = seen if isinstance(seen, Observation) else seen.observe()
        return Comparison(
            self.shares(name),
            name,
            self.task_counts(observed).get(name, {}),
            self.allows(observed),
            comparison.own(student),
        )

    def __repr__(self) -> str:
        return self.sentence

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.sentence)

    def _repr_html_(self) -> str:
        return self.chart().html()
