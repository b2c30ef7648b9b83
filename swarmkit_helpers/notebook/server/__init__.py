"""The practicum inside Jupyter's server: terminals on the nodes, and the panel beside the notebook.

`lab` and docs/hub switch it on with `jupyter_options`. All that it offers is behind the server's own authentication.
"""

from jupyter_server.serverapp import ServerApp

from . import panel_handlers


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Where Jupyter's server finds the extension."""
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Add the addresses of the extension to the server."""
    panel_handlers.add_to(server.web_app)
