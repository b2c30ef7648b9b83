"""The swarm half of the Docker Engine API: see `ManagerAPI`.

control_plane = swarm.init(clock, random, request.get("Spec"))   # POST /swarm/init
role = swarm.role_for_token(control_plane.store.swarm, token)    # POST /swarm/join
ManagerAPI(control_plane, node_id)                               # on each manager
SwarmEvents(control_plane, listener)                             # on each manager, for GET /events
"""

from . import swarm
from .events import SwarmEvents
from .logs import LogLine, LogOptions
from .manager_api import ManagerAPI

__all__ = ["LogLine", "LogOptions", "ManagerAPI", "SwarmEvents", "swarm"]
