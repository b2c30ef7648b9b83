"""The swarm half of the Docker Engine API: see `Control`.

orchestration = control.swarm.begin(clock, random, request.get("Spec"))  # POST /swarm/init
Control(orchestration, node_id)                                           # on each manager
SwarmEvents(orchestration, heard)                                         # on each manager, for GET /events
role = control.swarm.joins_as(orchestration.store.swarm, token)           # POST /swarm/join
"""

from . import swarm
from .events import SwarmEvents
from .logs import Line, Wanted
from .manager_api import Control

__all__ = ["Control", "Line", "SwarmEvents", "Wanted", "swarm"]
