"""A user's server on a hub, as an extension of Jupyter's server: when it starts, it makes the user's working copy."""

from pathlib import Path

from jupyter_server.serverapp import ServerApp

from ..course import working_copy
from ..errors import SwarmkitError
from ..language import available
from .parser import WORKING_COPY


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Where Jupyter's server finds the extension."""
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Make the working copy in the folder that the server shows, or bring it up to date, in all languages.

    The server's log has what could not be done: a server that does not start helps no student.
    """
    for language in available():
        try:
            said = working_copy.bring_up_to_date(Path(server.root_dir, WORKING_COPY), language)
        except SwarmkitError as error:
            server.log.error("%s", error)
        else:
            for sentence in said:
                server.log.warning("%s", sentence)
