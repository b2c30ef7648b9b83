"""What is said of a machine that does not simply run, and the call that brings it back."""

from collections.abc import Iterable
from datetime import datetime

from ..language import _
from ..machine import REPAIRS
from ..records import MachineState


def fault(node: str, state: str) -> str:
    """What is wrong with the node's machine; empty if it runs."""
    texts = {
        "exited": _("{node}'s machine is off"),
        "paused": _("{node}'s machine is frozen"),
        "disconnected": _("{node}'s machine is cut off from the network"),
    }
    return texts[state].format(node=node) if state in texts else ""


def repair(node: str, state: str) -> str:
    """The call that brings the machine back from that state."""
    return f"cluster.{REPAIRS.get(state, 'start')}({node!r})"


def faults(machines: Iterable[MachineState]) -> list[str]:
    """For each machine that does not simply run: what is wrong, since when, and the call that brings it back."""
    return [
        _fault_since(machine.node, machine.state, machine.since) for machine in machines if machine.state in REPAIRS
    ]


def _fault_since(node: str, state: str, since: datetime | None) -> str:
    what, call = fault(node, state), repair(node, state)
    if since is None:
        return f"{what}: {call}"
    return _("{what} since {time}: {call}").format(what=what, time=f"{since.astimezone():%H:%M:%S}", call=call)
