"""What the panel and the Launcher ask the server. Every answer needs the server's token or login."""

import asyncio
import json
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from ...cluster.cluster import Cluster
from ...errors import SwarmkitError
from ...language import _


class NodesHandler(APIHandler):
    """The nodes that have a terminal."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the names of the cluster's machines, and the words for the Launcher."""
        names = await asyncio.to_thread(_machine_names)
        titles = {name: _("Terminal on {node}").format(node=name) for name in names}
        self.finish(json.dumps({"category": _("Swarm"), "terminals": titles}))


def add_to(application: Any) -> None:
    """Add the addresses to the server's application."""
    base = application.settings["base_url"]
    application.add_handlers(".*$", [(url_path_join(base, "swarmlab", "nodes"), NodesHandler)])


def _machine_names() -> list[str]:
    """The machines of the cluster of this server; none while there is no cluster, or no engine."""
    try:
        return [machine.name for machine in Cluster.adopt(start=False).machines()]
    except SwarmkitError:
        return []
