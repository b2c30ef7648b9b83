"""The panel's state of real machines that are in no swarm."""

import asyncio
import time
from pathlib import Path

from swarmkit_helpers.docker_commands import Command
from swarmkit_helpers.notebook.server.present import Present
from swarmkit_helpers.polling import wait_until

SECONDS = 5  # an engine that stands still is waited for four times as long


def marks(present: Present, node: str) -> list[str]:
    state = asyncio.run(present.after(-1, 0))
    return [mark["word"] for each in state["nodes"] if each["name"] == node for mark in each["marks"]]


def test_a_machine_that_is_frozen_without_a_swarm_is_seen(make_cluster, tmp_path: Path, monkeypatch):
    cluster = make_cluster(2)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SWARMLAB_CLUSTER", cluster.name)
    present = Present()
    present.start()
    wait_until(lambda: marks(present, "node2") == ["switched on"], 20, lambda: AssertionError("not seen"))
    recorder = present.recorder
    assert recorder
    # As a control does: the record looks at all machines at once, while this one is frozen.
    recorder.mark(Command("docker pause", "node2", time.time()))
    cluster.pause("node2")
    wait_until(lambda: marks(present, "node2") == ["frozen"], SECONDS, lambda: AssertionError("not seen"))
    cluster.unpause("node2")
    wait_until(lambda: marks(present, "node2") == ["switched on"], SECONDS, lambda: AssertionError("not seen"))
