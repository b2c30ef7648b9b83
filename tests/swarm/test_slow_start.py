"""Nodes that had too little time are started once more, one after the other."""

import threading
from collections.abc import Iterator

import pytest

from swarmkit_helpers import Cluster
from swarmkit_helpers.cluster import provision
from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.errors import TooSlow
from swarmkit_helpers.machine import CLUSTER_LABEL


@pytest.fixture
def frozen(engine: Engine, cluster_name: str) -> Iterator[None]:
    """Freeze each machine of the cluster as soon as it starts: it is as slow as a machine can be."""
    filters = {"type": "container", "event": "start", "label": f"{CLUSTER_LABEL}={cluster_name}"}
    events = engine.client.events(decode=True, filters=filters)

    def freeze() -> None:
        for event in events:
            engine.client.pause(event["Actor"]["ID"])

    thread = threading.Thread(target=freeze)
    thread.start()
    yield
    events.close()
    thread.join()


@pytest.mark.exhaustive("it starts nodes twice, for which no other test waits")
@pytest.mark.usefixtures("frozen")
def test_nodes_without_time_are_started_again_one_by_one_and_then_given_up(
    engine: Engine, cluster_name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(provision, "START_SECONDS", 3)
    with pytest.raises(TooSlow, match="did not answer within"):
        Cluster.up(cluster_name, nodes=2)
    said = capsys.readouterr().out
    assert "✗ start node1, node2 (" in said
    assert "✗ start node1, node2, one after the other: at once they had too little time" in said
    assert not provision.machines(engine, cluster_name)
