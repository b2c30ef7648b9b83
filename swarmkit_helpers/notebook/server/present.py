"""The cluster of this server as it is now, for all pages that show it: one thread follows it, and pages wait for it."""

import asyncio
import threading
import time
from collections.abc import Mapping

from ... import recorder
from ...cluster.cluster import Cluster
from ...cluster.swarm import Swarm
from ...display import charts
from ...display.charts.ended_tasks import changes_at
from ...errors import NoEngine, NotFound, NotInSwarm, SwarmkitError
from ...language import _
from ...recorder import Gap, Recorder
from ...records import Json
from . import panel

NO_CLUSTER_PAUSE_SECONDS = 2.0  # until a cluster that is not there is looked for again
NO_MANAGER_PAUSE_SECONDS = 2.0  # until it is asked again why no manager answers
FRAME_MIN_SECONDS = 0.1  # between two states


class Present:
    """The state of the panel, with a number that grows when it changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number, self._state = 0, {**panel.state(charts.Record(()), {}, False), "others": ""}
        self._waiting: set[asyncio.Future[None]] = set()
        self._thread: threading.Thread | None = None
        self.recorder: Recorder | None = None  # of the cluster's swarm, while there is a cluster

    def start(self) -> None:
        """Start to follow the cluster. Nothing happens if it is followed already."""
        with self._lock:
            if not self._thread:
                # A daemon: it must not keep the server from ending.
                self._thread = threading.Thread(target=self._run, name="swarm-panel", daemon=True)
                self._thread.start()

    async def after(self, number: int, seconds: float) -> Json:
        """Wait until the state has another number, for so many seconds at most, and return it with its number."""
        changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._number != number:
                return {"number": self._number, **self._state}
            self._waiting.add(changed)
        try:
            await asyncio.wait([changed], timeout=seconds)
        finally:
            with self._lock:
                self._waiting.discard(changed)
                state = {"number": self._number, **self._state}
        return state

    def _run(self) -> None:
        while True:
            try:
                self._follow(Cluster.adopt(start=False))
            except (NoEngine, NotFound):
                self._show(charts.Record(()), {}, False)
            except SwarmkitError as error:  # the engine does not answer
                self._show(charts.Record((Gap(time.time(), error.problem),)), {}, False)
            time.sleep(NO_CLUSTER_PAUSE_SECONDS)

    def _follow(self, cluster: Cluster) -> None:
        """Show each state of the cluster until it is gone. Raises `SwarmkitError` if its engine does not answer."""
        swarm = cluster.swarm()
        followed = self.recorder = recorder.shared(swarm)
        followed.look()  # what the record has from an earlier day is not the present
        try:
            while machines := _machines(swarm, cluster):
                count = followed.wait(0, timeout=0)
                record = charts.Record.as_of(followed)
                no_swarm = bool(record.gap) and isinstance(followed.failure, NotInSwarm)
                self._show(record, machines, no_swarm, _others(cluster))
                time.sleep(FRAME_MIN_SECONDS)
                # The engines' events tell of machines and containers. Of a gap only its beginning is on the record.
                changes = changes_at(record)
                pause = max(0.0, changes - time.time()) if changes else None
                followed.wait(count, NO_MANAGER_PAUSE_SECONDS if record.gap else pause)
        finally:
            self.recorder = None
            followed.stop()

    def _show(self, record: charts.Record, machines: Mapping[str, str], no_swarm: bool, others: str = "") -> None:
        """Make the state, and give it to those who wait if it is another than before."""
        state = {**panel.state(record, machines, no_swarm), "others": others}
        with self._lock:
            if {**state, "at": ""} != {**self._state, "at": ""}:
                self._number, self._state = self._number + 1, state
                for changed in self._waiting:
                    changed.get_loop().call_soon_threadsafe(_set, changed)


def _set(changed: "asyncio.Future[None]") -> None:
    if not changed.done():
        changed.set_result(None)


def _machines(swarm: Swarm, cluster: Cluster) -> Mapping[str, str]:
    """The states of the machines by name, as last told by events; where an engine tells none, it is asked.

    Not as the record has them: without a swarm its next entry waits for each machine, also for one just frozen.
    """
    _by_hand, told = swarm.around()
    if told:
        return {machine.node: machine.state for machine in told}
    return {machine.name: machine.state for machine in cluster.machines()}


def _others(cluster: Cluster) -> str:
    """The sentence about this owner's other clusters, which are not shown; empty if there are none."""
    names = [each.name for each in Cluster.all(cluster.engine) if each.owner == cluster.owner and each.id != cluster.id]
    if not names:
        return ""
    return _(
        "You see the cluster {name}. There are others: {others}. To see another one, start lab with its name in "
        "SWARMLAB_CLUSTER."
    ).format(name=cluster.name, others=", ".join(names))
