"""The texts, boxes and edges of a figure; and records to draw."""

from dataclasses import replace

from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from support.api_bodies import node, seen, service, task

from swarmkit_helpers.display.charts import Chart, Record, palette
from swarmkit_helpers.docker_commands import Command
from swarmkit_helpers.recorder import Gap
from swarmkit_helpers.records import Observation

HEADER = 50  # pixels; what is above is the legend


def at(moment: float, observation: Observation) -> Observation:
    return replace(observation, at=moment)


def texts(chart: Chart) -> list[Text]:
    return [artist for artist in chart.figure.artists if isinstance(artist, Text)]


def shapes(figure: Figure) -> list[PathCollection]:
    return [artist for artist in figure.artists if isinstance(artist, PathCollection)]


def words(chart: Chart) -> list[str]:
    return [text.get_text() for text in texts(chart)]


def boxes(figure: Figure, kind: str) -> list[tuple[float, float]]:
    """The corners of the boxes of that kind, the legend's left out."""
    fill = (*to_rgb(palette.STYLES[kind].fill), 1.0)
    return [
        (float(x), float(y))
        for drawn in shapes(figure)
        for (x, y), color in zip(drawn.get_offsets(), drawn.get_facecolors(), strict=False)
        if tuple(color) == fill and y > HEADER and not drawn.get_hatch()
    ]


def edged(figure: Figure) -> list[tuple[float, float, str]]:
    """What has an edge below the legend, from the left: from where to where it goes, and its edge's colour."""
    return sorted(
        (float(x), float(x) + drawn.get_paths()[0].get_extents().width, to_hex(color))
        for drawn in shapes(figure)
        for (x, y), color in zip(drawn.get_offsets(), drawn.get_edgecolors(), strict=False)
        if y > HEADER and color[3] and not drawn.get_hatch()
    )


def outlines(figure: Figure) -> list[tuple[float, float, float, float]]:
    """What has a grey outline below the legend: left, top, right, bottom."""
    return [
        (float(x), float(y), float(x) + size.width, float(y) + size.height)
        for drawn in shapes(figure)
        for size in [drawn.get_paths()[0].get_extents()]
        for (x, y), color in zip(drawn.get_offsets(), drawn.get_edgecolors(), strict=False)
        if y > HEADER and color[3] and to_hex(color) == palette.QUIET and not drawn.get_hatch()
    ]


def replaced() -> Record:
    """Node 2 is drained at 20 s; the task of slot 2 is replaced, after ten seconds in which it stops."""
    drained = [node("node1", role="manager"), node("node2", availability="drain")]
    old = {**task(2, "node2", "running", "shutdown"), "ID": "old"}
    new = {**task(2, "node1", "ready", "ready"), "ID": "new"}
    return Record(
        (
            at(0, seen(services=[])),
            at(5, seen(tasks=[task(1), {**task(2, "node2"), "ID": "old"}])),
            at(20, seen(nodes=drained, tasks=[task(1), old, new])),
            Gap(24.0, "away"),
            at(26, seen(nodes=drained, tasks=[task(1), old, new])),
            at(
                30,
                seen(
                    nodes=drained,
                    tasks=[
                        task(1),
                        {**task(2, "node2", "shutdown", "shutdown"), "ID": "old"},
                        {**task(2, "node1"), "ID": "new"},
                    ],
                ),
            ),
        ),
        (
            Command("docker service create web", None, 4.9),
            Command("docker node update --availability drain node2", None, 19.9),
        ),
        40.0,
    )


def big(replicas: int = 200, nodes: int = 40, **more: dict) -> Observation:
    return seen(
        nodes=[node(f"node{number}", **more.get(f"node{number}", {})) for number in range(1, nodes + 1)],
        services=[service("sleep-app", replicas=replicas)],
        tasks=[
            task(slot, f"node{slot % nodes + 1}", "running" if slot % 9 else "preparing", service="sleep-app")
            for slot in range(1, replicas + 1)
        ],
    )
