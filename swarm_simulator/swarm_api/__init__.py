"""The swarm half of the Docker Engine API: see `ManagerAPI`.

orchestration = control.swarm.begin(clock, random, request.get("Spec"))  # POST /swarm/init
Control(orchestration, node_id)                                           # on each manager
SwarmEvents(orchestration, heard)                                         # on each manager, for GET /events
role = control.swarm.joins_as(orchestration.store.swarm, token)           # POST /swarm/join
"""

from . import swarm
from .events import SwarmEvents
from .logs import LogLine, LogOptions
from .manager_api import ManagerAPI

__all__ = ["LogLine", "LogOptions", "ManagerAPI", "SwarmEvents", "swarm"]
