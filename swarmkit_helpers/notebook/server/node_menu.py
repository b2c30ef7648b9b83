"""What can be done with a node: open a terminal on it, ask the swarm, or break its machine. And how it is done."""

from collections.abc import Callable, Mapping

from ...cluster.cluster import Cluster
from ...cluster.swarm import Swarm
from ...errors import BadInput
from ...language import _
from ...records import Json, Node
from .. import task_limit
from . import terminals

# The requests of the panel, by the word in the request.
AVAILABILITIES: Mapping[str, Callable[[Swarm, str], None]] = {
    "active": Swarm.activate,
    "pause": Swarm.pause,
    "drain": Swarm.drain,
}
FAULTS: Mapping[str, Callable[[Cluster, str], None]] = {
    "kill": Cluster.kill,
    "start": Cluster.start,
    "freeze": Cluster.pause,
    "unfreeze": Cluster.unpause,
    "cut": Cluster.disconnect,
    "reconnect": Cluster.reconnect,
}
# By the state of a machine: its plug, its freezing and its cable; a fault is undone where it was made.
_CHOICES = {
    "running": ("kill", "freeze", "cut"),
    "exited": ("start", None, None),
    "paused": (None, "unfreeze", None),
    "disconnected": (None, None, "reconnect"),
}
_IDLE = ("kill", "freeze", "cut")


def groups(name: str, node: Node | None, machine: str | None) -> list[list[Json]]:
    """The groups of the menu of a node whose machine is in that state; an item has a request, or is the terminal.

    Without a node no item asks the swarm, and without a machine none is about it.
    """
    shown: list[list[Json]] = []
    if machine:
        shown.append([{"label": terminal_title(name), "terminal": name}])
    if node:
        shown.append(
            [
                {
                    "label": text,
                    "request": {"verb": verb, "node": name},
                    "chosen": node.availability == verb,
                }
                for verb, text in _availability_texts().items()
            ]
        )
    if machine:
        texts = _fault_texts(name)
        shown.append(
            [
                {"label": texts[verb or idle], "request": {"verb": verb, "node": name} if verb else None}
                for verb, idle in zip(_CHOICES.get(machine, (None,) * 3), _IDLE, strict=True)
            ]
        )
    return shown


def terminal_title(name: str) -> str:
    """The words for a terminal on that node."""
    return _("Terminal on {node}").format(node=name)


def machine_word(state: str) -> str:
    """The word for the state of a machine."""
    words = {
        "running": _("switched on"),
        "exited": _("switched off"),
        "paused": _("frozen"),
        "disconnected": _("cut off"),
    }
    return words.get(state, state)


def send(request: Json, cluster: Cluster) -> None:
    """Send the request of a menu, or of a service's number. Raises `SwarmkitError`; `BadInput` for an unknown one."""
    verb, node, service = (str(request.get(field, "")) for field in ("verb", "node", "service"))
    if verb == "scale" and service:
        swarm, replicas = cluster.swarm(), request.get("replicas", 0)
        task_limit.check(replicas, service, swarm.observe())
        swarm.scale(service, replicas)
    elif verb in AVAILABILITIES and terminals.NODE.fullmatch(node):
        AVAILABILITIES[verb](cluster.swarm(), node)
    elif verb in FAULTS and terminals.NODE.fullmatch(node):
        FAULTS[verb](cluster, node)
    else:
        raise BadInput(_("the panel knows no such request: {request!r}"), _("load the page again"), request=request)


def _availability_texts() -> dict[str, str]:
    return {
        "active": _("active: it gets tasks"),
        "pause": _("pause: it keeps its tasks and gets no new ones"),
        "drain": _("drain: its tasks are replaced elsewhere"),
    }


def _fault_texts(machine: str) -> dict[str, str]:
    """The words of the fault control (notebook/controls/texts.py), by the panel's verbs."""
    return {
        "kill": _("Kill {machine}").format(machine=machine),
        "start": _("Start {machine}").format(machine=machine),
        "freeze": _("Freeze {machine}").format(machine=machine),
        "unfreeze": _("Unfreeze {machine}").format(machine=machine),
        "cut": _("Disconnect {machine}").format(machine=machine),
        "reconnect": _("Reconnect {machine}").format(machine=machine),
    }
