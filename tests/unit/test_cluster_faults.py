"""What breaks or repairs a machine, on an outer engine whose list of containers lags behind."""

from collections import deque
from types import SimpleNamespace
from typing import Any, cast

import pytest

from swarmkit_helpers import Cluster, NotConverged
from swarmkit_helpers.cluster import faults, provision
from swarmkit_helpers.engine.discover import Engine

STATES = {"kill": "exited", "stop": "exited", "start": "running", "pause": "paused", "unpause": "running"}


class LaggingEngine:
    """An outer engine with one machine; its list shows each change only `lag` answers later."""

    def __init__(self, lag: int, state: str = "running", connected: bool = True) -> None:
        self.lag = lag
        self.listed: deque[tuple[str, bool]] = deque([(state, connected)])

    def get(self, *path: str, **query: Any) -> Any:
        if len(self.listed) > 1:
            state, connected = self.listed.popleft()
        else:
            state, connected = self.listed[0]
        labels = {
            "swarmlab.cluster": "c",
            "swarmlab.node": "node1",
            "swarmlab.address": "10.213.0.11",
            "swarmlab.rights": "reduced",
        }
        networks = {"swarmlab-c": {}} if connected else {}
        body = {"Labels": labels, "State": state, "Names": ["/swarmlab-c-node1"], "Image": "node"}
        return [body | {"NetworkSettings": {"Networks": networks}}]

    def post(self, *path: str, **query: Any) -> None:
        state, connected = self.listed[-1]
        after = (STATES.get(path[-1], state), {"connect": True, "disconnect": False}.get(path[-1], connected))
        self.listed.extend([(state, connected)] * self.lag + [after])


def cluster_on(engine: LaggingEngine) -> Cluster:
    return Cluster("c", cast("Engine", SimpleNamespace(api=engine)), owner="")


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [
        ("kill", ("running", True), "exited"),
        ("stop", ("running", True), "exited"),
        ("start", ("exited", True), "running"),
        ("start", ("exited", False), "disconnected"),
        ("pause", ("running", True), "paused"),
        ("unpause", ("paused", True), "running"),
        ("disconnect", ("running", True), "disconnected"),
        ("reconnect", ("running", False), "running"),
    ],
)
def test_a_change_returns_once_the_list_shows_it(
    verb: str, before: tuple[str, bool], after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provision, "wait_for_engine", lambda *_: None)
    cluster = cluster_on(LaggingEngine(3, *before))
    getattr(cluster, verb)("node1")
    assert cluster.machine("node1").state == after


def test_a_list_that_never_shows_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "LIST_SECONDS", 0.2)
    with pytest.raises(NotConverged, match="its list shows node1 as running, not exited"):
        cluster_on(LaggingEngine(1000)).kill("node1")
