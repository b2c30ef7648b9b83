"""Charts of what a recorder has seen. Nothing here asks the swarm or waits.

    placement(record)            which task is on which node, now
    replicas(record, service)    how many should run and how many do, over time
    slots(record, service)       a row for each slot: its tasks, one after the other
    forecast(...)                the present and what may follow; a `Forecast` draws it

A record is a `Recorder`, a `Record`, or a `Swarm`, of which one observation is taken.
"""

from .by_node import placement
from .chart import Chart, Maker, Record
from .forecast import forecast
from .replica_counts import replicas
from .slot_rows import slots

__all__ = ["Chart", "Maker", "Record", "forecast", "placement", "replicas", "slots"]
