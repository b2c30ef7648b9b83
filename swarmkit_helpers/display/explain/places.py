"""What is to be said of a node, and of a container that a person runs by hand: of what is no service and no task."""

from ...language import _, ngettext
from ...records import Container, Node, Observation
from .. import machine_states
from ..summary import name_list
from .explanation import Explanation


def explain_node(node: Node, seen: Observation) -> Explanation:
    """Explain what the node's state means for its tasks; what runs there now stands in the notes."""
    machine = seen.machine(node.name)
    tasks = [task.name for task in seen.tasks if task.node == node.name and task.state == "running"]
    hand = [each.name for each in seen.containers if each.node == node.name and each.runs]
    notes = machine_states.faults([machine] if machine else [])
    if node.keeps_tasks and tasks:
        told = ngettext("{n} task runs there: {names}", "{n} tasks run there: {names}", len(tasks))
        notes.append(told.format(n=len(tasks), names=name_list(tasks)))
    if hand:
        told = ngettext(
            "{n} container there was run by hand: {names}",
            "{n} containers there were run by hand: {names}",
            len(hand),
        )
        notes.append(told.format(n=len(hand), names=name_list(hand)))
    return Explanation(node.name, (f"{_state(node)}.",), notes=tuple(f"{each}." for each in notes))


def explain_container(container: Container) -> Explanation:
    """Explain why the swarm does nothing for the container."""
    sentences = (
        _("{name} was run by hand on {node}: no service owns it").format(name=container.name, node=container.node),
        _("No swarm knows of it: it is not counted, not started again, and not started on another node"),
    )
    return Explanation(container.name, tuple(f"{each}." for each in sentences))


def _state(node: Node) -> str:
    """The node's state and availability, and what follows from them."""
    if node.state == "down":
        text = _("{node} is down: its manager hears nothing from it, and replaces its tasks on other nodes")
    elif node.state != "ready":
        text = _("The state of {node} is {state}: it gets no tasks until its manager hears from it")
    elif node.availability == "drain":
        text = _("{node} is drained: it gets no tasks, and those that it had were stopped")
    elif node.availability == "pause":
        text = _("{node} is paused: it keeps its tasks, and gets no others")
    else:
        text = _("{node} is ready and active: it may get tasks")
    return text.format(node=node.name, state=node.state)
