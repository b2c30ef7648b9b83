"""Which slots ended when a service was scaled down, and by what rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...language import _, ngettext
from ...records import Observation, Service
from ...rules import Slot, excess
from .placements import were_made


@dataclass(frozen=True)
class ScaleDown:
    """The last change of a service's number of replicas, to fewer."""

    seen: Observation  # the last one before the change was seen
    before: int  # replicas
    after: int


def scaled_down(service: Service, history: Sequence[Observation]) -> list[str]:
    """How many tasks ended in the last scale-down, and the rule; empty if there was none since tasks were made."""
    found = _last_scale_down(service, history)
    if found is None:
        return []
    number = found.before - found.after
    return [
        ngettext(
            "{n} task went when {before} replicas became {after}",
            "{n} tasks went when {before} replicas became {after}",
            number,
        ).format(n=number, before=found.before, after=found.after)
        + _(
            ". Those without a node go first, then those on the nodes with the most tasks of {service}. Among equals, "
            "the highest slots go"
        ).format(service=service.name)
    ]


def ended_slots(service: Service, history: Sequence[Observation]) -> list[str]:
    """The slots that ended in the last scale-down and their nodes; they may differ from run to run."""
    found = _last_scale_down(service, history)
    if found is None:
        return []
    slots = {task.slot: task for task in found.seen.tasks_of(service.name) if task.wanted}
    live = [Slot(number, task.node, task.state == "running") for number, task in slots.items()]
    earlier = excess(live, found.before)  # of a request just before, whose tasks had not ended yet
    ended = excess([slot for slot in live if slot.number not in earlier], found.after)
    return [
        _("The slots that went: {slots}").format(
            slots=", ".join(_("{slot} on {node}").format(slot=slot, node=slots[slot].node or "-") for slot in ended)
        )
    ]


def _last_scale_down(service: Service, history: Sequence[Observation]) -> ScaleDown | None:
    """The last change of the number of replicas, if it was to fewer and no task was made since."""
    if service.mode != "replicated":
        return None  # fewer completions of a job end no slot: the job starts again
    present = [task for task in history[-1].tasks_of(service.name) if task.wanted]
    for after, before in pairwise(reversed(history)):
        now, then = after.service(service.name), before.service(service.name)
        if now is None or then is None or then.id != now.id:
            return None
        if not were_made(present, after):
            return None  # the new tasks have another cause
        replicas, former = now.replicas or 0, then.replicas or 0
        if replicas != former:
            return ScaleDown(before, former, replicas) if replicas < former else None
    return None
