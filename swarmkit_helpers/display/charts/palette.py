"""The colours of the charts, and the words, signs and letters that mean the same.

The fill of a box is the state of its task; its edge is its service, which also has a letter. The hues are Okabe and
Ito's, which people with any colour vision can distinguish. Boxes have light tints, so that dark text on them is easy to
read. The card is light on a dark page, too.
"""

from dataclasses import dataclass
from string import ascii_uppercase

from ...language import _
from ...records import Node, Observation, Task
from .. import summary

INK, QUIET = "#1f2328", "#57606a"  # text, and less important text
CARD, BORDER = "#ffffff", "#d0d7de"
COLUMN, RULE = "#f6f8fa", "#e4e8ec"
BLUE, GREEN, RED, ORANGE = "#0072b2", "#009e73", "#d55e00", "#e69f00"


@dataclass(frozen=True)
class Style:
    """The look of tasks of one kind."""

    sign: str
    fill: str
    edge: str
    dashed: bool = False
    dotted: bool = False
    hatch: str | None = None


# In the order of a task's life. Engines have more states; one kind has all that look the same.
STYLES = {
    "pending": Style("…", "#fff3d1", ORANGE, dashed=True),
    "starting": Style("↗", "#d9eefb", BLUE),
    "running": Style("✓", "#c3e9dc", GREEN),
    "complete": Style("■", "#cfdff0", BLUE),
    "stopping": Style("↘", "#f3dcea", "#a8497f", dashed=True),
    "failed": Style("✗", "#fbd5c0", RED),
    "ended": Style("–", "#fcfcfd", "#8c959f", dashed=True),
    "unknown": Style("?", "#eef0f2", "#6e7781", hatch="////"),
}


HAND_STYLE = Style("", CARD, INK, dotted=True)  # of containers that no service owns; the fill is their state


@dataclass(frozen=True)
class ServiceStyle:
    """What distinguishes the tasks of a service from those of others."""

    letter: str
    edge: str


# Dark, so that they are seen on every fill.
SERVICE_EDGES = (BLUE, "#c44e00", "#00785a", "#a8497f", "#8a6d00", "#24292f")


def service_style(number: int) -> ServiceStyle:
    """The look of a service by its number, from 0 in the order in which services were made."""
    letter = ascii_uppercase[number] if number < len(ascii_uppercase) else "*"
    return ServiceStyle(letter, SERVICE_EDGES[number % len(SERVICE_EDGES)])


def kind(seen: Observation, task: Task) -> str:
    """The key of `STYLES` for the task."""
    if task.state in summary.FAILED_STATES:
        return "failed"
    if task.ended:
        return "complete" if task.state == "complete" else "ended"
    if summary.stopping(seen, task):
        return "stopping"
    if task.node and not _is_ready(seen, task.node):
        return "unknown"
    if task.state in ("new", "pending"):
        return "pending"
    return "running" if task.state == "running" else "starting"


def container_kind(state: str) -> str:
    """The key of `STYLES` for a container run by hand, by its state."""
    kinds = {"running": "running", "created": "starting", "restarting": "starting", "paused": "unknown"}
    return kinds.get(state, "ended")


class Kinds:
    """The kinds of tasks in a series of observations. It keeps the kind of a task that has not changed."""

    def __init__(self) -> None:
        self._nodes: tuple[Node, ...] | None = None
        self._known: dict[str, tuple[Task, str]] = {}

    def of(self, seen: Observation, task: Task) -> str:
        """The same as `kind`, for the next observation of the series."""
        if seen.nodes is not self._nodes:
            self._nodes, self._known = seen.nodes, {}
        known = self._known.get(task.id)
        if known is None or known[0] is not task:
            known = self._known[task.id] = task, kind(seen, task)
        return known[1]


def title(kind: str) -> str:
    """The word for the kind, in the language in use."""
    return {
        "pending": _("pending"),
        "starting": _("starting"),
        "running": _("running"),
        "complete": _("complete"),
        "stopping": _("stopping"),
        "failed": _("failed"),
        "ended": _("ended"),
        "unknown": _("unknown"),
    }[kind]


def word(kind: str, task: Task) -> str:
    """The word on the task's box: its state where the engine's word for it says more, else the word for its kind."""
    more = kind in ("pending", "starting", "failed") and task.state != kind
    return task.state if more else title(kind)


def _is_ready(seen: Observation, name: str) -> bool:
    node = seen.node(name)
    return node is not None and node.state == "ready"
