"""The panel's state of real machines that are in no swarm."""

from pathlib import Path
from typing import Any

from support.jupyter_server import JupyterServer, serving

from swarmkit_helpers.polling import wait_until

SECONDS = 8  # an engine that stands still is waited for 20


def wait_until_marked(server: JupyterServer, node: str, mark: str, seconds: float) -> None:
    def seen() -> bool:
        state: Any = server.ask("GET", "swarmlab/panel/state?after=-1").json()
        return [each["word"] for found in state["nodes"] if found["name"] == node for each in found["marks"]] == [mark]

    wait_until(seen, seconds, lambda: AssertionError(f"{node} is not shown as {mark}"), every=0.1)


def test_a_machine_that_is_frozen_without_a_swarm_is_seen(make_cluster, tmp_path: Path, monkeypatch):
    cluster = make_cluster(2)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SWARMLAB_CLUSTER", cluster.name)
    with serving(tmp_path) as server:
        wait_until_marked(server, "node2", "switched on", 30)
        for verb, mark in (("freeze", "frozen"), ("unfreeze", "switched on")):
            answer = server.ask("POST", "swarmlab/panel/request", {"verb": verb, "node": "node2"}).json()
            assert answer["commands"], answer
            wait_until_marked(server, "node2", mark, SECONDS)
