"""Slots without a running task: their tasks fail, end by themselves, or the restart policy gives them no other."""

from collections import defaultdict
from collections.abc import Sequence

from ...language import _, ngettext
from ...records import Observation, Service, Task
from ...rules.restart import should_restart
from ..summary import name_list
from . import pending


def failing(seen: Observation, service: Service) -> list[str]:
    """Which slots have no running task, and the fix."""
    slots = _troubled_slots(seen, service)
    final = [slot[0].name for slot in slots if is_final(seen, service, slot)]
    repeated = [slot[0].name for slot in slots if _has_failed(slot) and slot[0].name not in final]
    short = [slot[0].name for slot in slots if not _has_failed(slot) and slot[0].name not in final]
    texts = []
    if short:
        texts += [
            ngettext(
                "The program of {tasks} ends by itself, and the swarm puts a new task into its slot again and again",
                "The programs of {tasks} end by themselves, and the swarm puts new tasks into their slots again and "
                "again",
                len(short),
            ).format(tasks=name_list(short)),
            _("Fix: give {service} a command that keeps running, or make it a job").format(service=service.name),
        ]
    if repeated:
        texts.append(
            ngettext(
                "{tasks} fails, and the swarm puts a new task into its slot again and again, each after the delay of "
                "the restart policy",
                "{tasks} fail, and the swarm puts new tasks into their slots again and again, each after "
                "the delay of the restart policy",
                len(repeated),
            ).format(tasks=name_list(repeated))
        )
    if final:
        texts.append(
            ngettext(
                "{tasks} has ended, and the restart policy gives its slot no other task",
                "{tasks} have ended, and the restart policy gives their slots no others",
                len(final),
            ).format(tasks=name_list(final))
        )
    if final and not any(map(_has_failed, slots)):
        texts.append(_("Fix: {fix}").format(fix=pending.force_update(service)))
    elif (final or repeated) and not any(map(_has_run, slots)):
        texts.append(
            _(
                "The program never started, so there are no logs: the error says why. Fix: correct the image or the "
                'command with swarm.update_service("{service}", ...)'
            ).format(service=service.name)
        )
    elif final or repeated:
        texts.append(
            _(
                'Fix: look at swarm.logs("{service}"), then correct the image or the command with '
                'swarm.update_service("{service}", ...)'
            ).format(service=service.name)
        )
    return texts


def errors(seen: Observation, service: Service) -> list[str]:
    """The errors of the slots whose tasks fail; they may differ from run to run."""
    texts = []
    for slot in filter(_has_failed, _troubled_slots(seen, service)):
        error = next((task.error for task in slot if task.error), "")
        texts.append(_("{task} failed with: {error}").format(task=slot[0].name, error=error))
    return texts


def is_final(seen: Observation, service: Service, slot: Sequence[Task]) -> bool:
    """Whether the slot counts and the restart policy gives it no other task; `slot` has its tasks, newest first."""
    newest, node = slot[0], seen.node(slot[0].node or "")
    over = newest.ended or node is None or node.state == "down"
    done = service.is_job and newest.state == "complete"
    off_node = service.mode == "global" and (newest.state == "shutdown" or node is None or not node.takes_tasks)
    return (
        over
        and not newest.wanted
        and newest.desired_state != "remove"
        and not done
        and not off_node
        and not should_restart(service, list(slot))
    )


def _troubled_slots(seen: Observation, service: Service) -> list[list[Task]]:
    """The tasks, newest first, of each slot without a task that runs, is complete in a job, or is to be placed."""
    slots: dict[object, list[Task]] = defaultdict(list)
    for task in seen.tasks_of(service.name):
        slots[task.node if service.mode.startswith("global") else task.slot].append(task)
    return [
        slot
        for slot in slots.values()
        if is_final(seen, service, slot)
        or (
            slot[0].state not in ("running", "new", "pending")
            and slot[0].desired_state != "remove"
            and (_has_failed(slot) or _has_ended_by_itself(service, slot))
            and not (service.is_job and slot[0].state == "complete")
        )
    ]


def _has_failed(slot: Sequence[Task]) -> bool:
    return any(task.state in ("failed", "rejected") for task in slot)


def _has_run(slot: Sequence[Task]) -> bool:
    """Whether the program of one of the tasks that failed has run, and may have written logs."""
    return any(task.state == "failed" and not task.error.startswith("starting container failed") for task in slot)


def _has_ended_by_itself(service: Service, slot: Sequence[Task]) -> bool:
    return not service.is_job and any(task.state == "complete" for task in slot)
