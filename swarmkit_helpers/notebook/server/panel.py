"""What the panel shows, as plain data: nodes and tasks in reading order, with the words of the lab's language."""

import time
from collections.abc import Mapping, Sequence
from html import escape

from ...display import charts, summary
from ...display.charts import palette
from ...display.charts.boxes import Box, ContainerBox
from ...display.charts.chart import LOCK, caption
from ...display.charts.node_layout import NodeColumn, boxes_by_hand, node_layout
from ...display.charts.palette import ServiceStyle
from ...display.explain import explain
from ...errors import SwarmkitError
from ...language import _, ngettext
from ...recorder import Gap
from ...records import Container, Json, Node, Observation, Service
from ...rules import convergence
from . import node_menu

GOOD, BAD = "✓", "▲"


def state(record: charts.Record, machines: Mapping[str, str], no_swarm: bool, live: bool = True) -> Json:
    """The state at the end of the record, with the states of the machines by name. What is past offers no requests."""
    gap, by_hand = record.gap, boxes_by_hand(record)
    if no_swarm:
        record = charts.Record((), record.markers, record.now)
    seen = record.last or Observation(record.now, (), (), ())
    with LOCK:
        layout = node_layout(record)
    columns = {column.node.name: column for column in layout.columns}
    answers = record.last is not None and not record.gap
    return {
        "at": time.strftime("%H:%M:%S", time.localtime(record.now)),
        "sentence": _sentence(record, machines, gap),
        "answers": answers or no_swarm,
        "nodes": [
            _node(name, columns.get(name), machines.get(name), by_hand.get(name, ()), live, answers)
            for name in dict.fromkeys([*machines, *columns])
        ],
        "waiting": [_task(placed.box) for placed in layout.strip.boxes],
        "services": [_service(seen, service, layout.services) for service in seen.services],
        "command": str(record.markers[-1]) if record.markers else "",
    }


def machines_of(record: charts.Record) -> dict[str, str]:
    """The states of the machines by name, as the engines' events have told them until the end of the record."""
    return {machine.node: machine.state for seen in record.history[-1:] for machine in seen.machines}


def texts() -> Json:
    """The panel's own words, and the looks of the kinds of tasks."""
    return {
        "title": _("Swarm"),
        "open": _("Swarm panel"),
        "nodes": _("Nodes and their tasks"),
        "services": _("Services"),
        "waiting": _("Not on a node"),
        "noTasks": _("no tasks"),
        "why": _("Why here?"),
        "askWhy": _("Choose a task to read why it is where it is."),
        "replicas": _("Replicas of {service}"),
        "fewer": _("One replica less of {service}"),
        "more": _("One replica more of {service}"),
        "command": _("The latest command"),
        "noCommand": _("Each click shows its docker command here."),
        "accepted": _("accepted"),
        "fix": _("Fix:"),
        "serverAway": _("JupyterLab's server does not answer. The panel goes on when it does."),
        "replay": _("Replay"),
        "play": _("Play the record"),
        "pausePlay": _("Stop playing"),
        "stepBack": _("One step back"),
        "stepForward": _("One step forward"),
        "commandBefore": _("To the command before"),
        "commandAfter": _("To the next command"),
        "now": _("Now"),
        "then": _("as of {time}"),
        "changed": _("last change: {time}"),
        "kinds": {
            kind: {"sign": style.sign, "edge": style.edge, "dashed": style.dashed, "hatched": bool(style.hatch)}
            for kind, style in palette.STYLES.items()
        },
    }


def explanation(record: charts.Record, task: str) -> str:
    """Why the task of that id or name, or the container of that id, is where it is, as HTML."""
    history = [seen for seen in record.history if isinstance(seen, Observation)]
    by_hand = (each for seen in record.history[-1:] for each in seen.containers if each.id == task)
    tasks = (each for seen in history[-1:] for each in seen.tasks if each.id == task)
    named = next(by_hand, None) or next(tasks, task)
    if not history and not isinstance(named, Container):
        return f"<p>{escape(_('Nothing was seen yet.'))}</p>"
    try:
        found = explain(named, history)
    except SwarmkitError:  # it is gone, or it never was
        gone = next((each for seen in reversed(history) for each in seen.tasks if each.id == task), None)
        # A task whose service was removed has only the service's id left, which says nothing.
        text = (
            _("{task} is no longer there: the swarm has forgotten it").format(task=gone.name)
            if gone and history[-1].service(gone.service)
            else _("Choose a task to read why it is where it is.")
        )
        return f"<p>{escape(text)}</p>"
    return found.html()


def _sentence(record: charts.Record, machines: Mapping[str, str], around: Gap | None) -> str:
    """What runs, or why that is not known."""
    if not machines and not record.last:
        return record.gap.error if record.gap else _("No machines yet: the cells under Setup start them.")
    if not record.last:
        on = sum(state == "running" for state in machines.values())
        text = ngettext(
            "{n} machine is on, and there is no swarm.", "{n} machines are on, and there is no swarm.", on
        ).format(n=on)
        by_hand = summary.by_hand(around.containers if around else ())
        return f"{text} {by_hand}." if by_hand else text
    off = [name for name, state in machines.items() if state != "running"]
    said = [caption(record, None)]
    if record.gap and off:
        said.append(_("Bring back {names}.").format(names=", ".join(off)))
    ready = {node.name for node in record.last.nodes if node.state == "ready"}
    if not record.gap and (unnoticed := [name for name in off if name in ready]):
        said.append(_("The managers have not noticed yet what happened to {names}.").format(names=", ".join(unnoticed)))
    return " ".join(said)


def _task(box: Box) -> Json:
    task = box.task
    place = _("on {node}").format(node=task.node) if task.node else _("on no node")
    return {
        "id": task.id,
        "service": task.service,
        "slot": task.name.removeprefix(task.service),
        "kind": box.kind,
        "word": box.word,
        "edge": box.service.edge,
        "label": f"{task.name}, {box.word}, {place}: {_('why here?')}",
    }


def _container(box: ContainerBox) -> Json:
    container = box.container
    place, how = _("on {node}").format(node=container.node), _("run by hand")
    return {
        "id": container.id,
        "service": container.name,
        "slot": "",
        "kind": box.kind,
        "word": box.word,
        "byHand": True,
        "label": f"{container.name}, {box.word}, {place}, {how}: {_('why here?')}",
    }


def _node(
    name: str,
    column: NodeColumn | None,
    machine: str | None,
    by_hand: Sequence[ContainerBox],
    live: bool,
    answers: bool,
) -> Json:
    node = column.node if column else None
    tasks = [_task(placed.box) for placed in column.boxes] if column else []
    marks = _marks(node, machine)
    running = sum(task["kind"] == "running" for task in tasks)
    facts = (_("manager, leader") if node.leader else node.role) if node else _("in no swarm")
    count = ngettext("{n} task runs", "{n} tasks run", running).format(n=running)
    return {
        "name": name,
        "facts": facts,
        "marks": marks,
        "tasks": [*tasks, *map(_container, by_hand)],
        "label": ", ".join([name, facts, *(mark["word"] for mark in marks), *([count] if node else [])]),
        "terminal": node_menu.terminal_title(name) if machine and live else None,
        "menu": node_menu.groups(name, node if answers else None, machine) if live else [],
    }


def _marks(node: Node | None, machine: str | None) -> list[Json]:
    """The states of the node as the swarm sees it, and of its machine where that is not simply on."""
    marks = []
    if node:
        ready = node.state == "ready"
        marks.append({"sign": GOOD if ready else BAD, "word": node.state, "good": ready})
        if node.availability != "active":
            marks.append({"sign": "◫", "word": node.availability, "good": False})
    if machine and (machine != "running" or not node):
        on = machine == "running"
        marks.append({"sign": GOOD if on else BAD, "word": node_menu.machine_word(machine), "good": on})
    return marks


def _service(seen: Observation, service: Service, styles: Mapping[str, ServiceStyle]) -> Json:
    running = len(convergence.running_tasks(seen, service))
    replicas = service.replicas if service.mode == "replicated" else None
    return {
        "name": service.name,
        "edge": styles[service.name].edge if service.name in styles else "",
        "replicas": replicas,
        "text": _("{running} of {all} run").format(running=running, all=replicas)
        if replicas is not None
        else f"{service.mode}: " + ngettext("{n} task runs", "{n} tasks run", running).format(n=running),
    }
