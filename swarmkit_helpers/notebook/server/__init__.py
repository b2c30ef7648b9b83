"""The practicum inside Jupyter's server: terminals on the nodes, the record, and the panel.

`lab` and docs/hub switch it on with `jupyter_options`. All that it offers is behind the server's own authentication.
"""

import os

from jupyter_server.serverapp import ServerApp

from ...recorder import registry
from ..record_client import SERVER_VARIABLE
from . import panel_handlers, record_handlers, records
from .present import Present


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Where Jupyter's server finds the extension."""
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Add the addresses of the extension to the server."""
    panel_handlers.add_to(server.web_app, Present())
    record_handlers.add_to(server.web_app)
    registry.make_with(records.stored)
    os.environ[SERVER_VARIABLE] = str(os.getpid())  # its kernels inherit it, and follow the record
