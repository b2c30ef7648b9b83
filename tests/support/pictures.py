"""What the pictures of the course show, and how to read it."""

import re
from collections.abc import Iterator
from html import unescape

import nbformat

SEVEN = r"sleep-app: 7 of 7 replicas run, (?=.*3 on node)(?=.*2 on node).*after docker service update .*--replicas 7"
# By section, then by the id of a cell: its pictures, with their words and the note below.
PICTURES = {
    "01-orchestration": {
        "orchestrator-service": r"3 of 3 replicas run, 1 on node1, 1 on node2, 1 on node3.*after docker service create",
        "orchestrator-slots": r"3 of 3 replicas run.*failed.*after docker kill",
        "talk-picture": r"visitor: 1 of 1 replica runs, 1 on node1\. web: 2 of 2 replicas run, 1 on node2, 1 on node3",
    },
    "02-configure-swarm": {"join-node3": r"Tasks by node: 3 nodes and no service\..*after docker swarm join"},
    "03-deploy": {
        "where-chart": r"Tasks by node: sleep-app: 1 of 1 replica runs, 1 on node\d\. .*after docker service create",
        "task-where": r"sleep-app: 1 of 1 replica runs.*running.*failed.*running.*after docker kill",
    },
    "04-scale": {
        "up": f"Tasks by node: {SEVEN}",
        "up-replicas": rf"Replicas.*{SEVEN}",
        "down-slots": r"sleep-app: 4 of 4 replicas run, [^;]*2 on [^;]*\. .*stopping.*after .*scale.*=4\b",
        "slider": r"sleep-app: 4 of 4 replicas run, [^;]*2 on [^;]*\. .*after docker service scale.*=4\b",
        "newcomer-chart": r"sleep-app: 4 of 4 replicas run, (?!.*\d on node4).*after docker swarm join",
    },
    "05-drain": {
        "drain": r"sleep-app: 4 of 4 replicas run, (?!.*\d on node2).*node2 is drained\. .*after docker node update",
        "drain-slots": r"sleep-app: 4 of 4 replicas run.*stopping.*ended.*after docker node update.*drain node2",
        "back-chart": r"4 of 4 replicas run, (?!.*\d on node2)(?!.*drained).*after docker node update.*active node2",
        "control-chart": r"5 of 5 replicas run.*node3 is paused",
        "kill": r"4 of 4 replicas run, (?!.*\d on node3\b).*node3 is down\. .*after docker kill",
        "kill-chart": r"4 of 4 replicas run.*node3 is down\. .*unknown.*after docker kill",
    },
    "06-clean-up": {"service-rm": r"3 nodes and no service\. .*by hand: leftover on node1\. .*after docker service rm"},
}


def pictures(cell: nbformat.NotebookNode) -> Iterator[str]:
    """The alternative text, table and note of each still in the outputs of the cell."""
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            html = data["text/html"]
            yield " ".join([unescape(re.search(r'alt="([^"]*)"', html)[1]), said(html, "table"), said(html, "small")])


def said(html: str, tag: str) -> str:
    """The words inside the first element of that tag."""
    found = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", " ", found[1]).replace("  ", " ")) if found else ""


def wrong_pictures(section: str, notebook: nbformat.NotebookNode) -> dict[str, list[str]]:
    """The pictures, by cell, that do not show what the cell's text says."""
    cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    shown = {id: [re.sub(r"\s+", " ", picture) for picture in pictures(cells[id])] for id in PICTURES[section]}
    return {
        id: shown[id]
        for id, expected in PICTURES[section].items()
        if len(shown[id]) != 1 or not re.search(expected, shown[id][0])
    }
