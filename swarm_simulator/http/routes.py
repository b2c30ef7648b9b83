"""All routes of the simulated engine."""

from . import routes_containers, routes_exec, routes_images, routes_networks, routes_output, routes_swarm, routes_system
from .router import Router

ALL = Router()
for _module in (
    routes_system,
    routes_swarm,
    routes_containers,
    routes_output,
    routes_exec,
    routes_images,
    routes_networks,
):
    ALL.include(_module.ROUTES)
