"""A user's server that a hub, Binder or an image starts, not `lab`: its settings, and its user's working copy.

`python3 -m swarmkit_helpers.cli.hub` stores the settings in this environment, for all Jupyter servers that start in it.
"""

import json
from pathlib import Path

from jupyter_core.paths import ENV_CONFIG_PATH
from jupyter_server.serverapp import ServerApp

from ..course import working_copy
from ..course.pristine import languages, sections
from ..errors import SwarmkitError
from ..notebook import jupyter_options
from .parser import WORKING_COPY

EXTENSION = "swarmkit_helpers.cli.hub"


def store_settings() -> None:
    """Store the settings that `lab` has, this extension, and the page that opens, where Jupyter's server reads them."""
    language = languages()[0]
    settings = jupyter_options.settings()
    settings["ServerApp"]["jpserver_extensions"][EXTENSION] = True
    settings["LabApp"]["default_url"] = f"/lab/tree/{WORKING_COPY}/{language}/{sections(language)[0]}.ipynb"
    file = Path(ENV_CONFIG_PATH[0], "jupyter_server_config.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Where Jupyter's server finds the extension."""
    return [{"module": EXTENSION}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Make the working copy in the folder that the server shows, or bring it up to date, in all languages.

    The server's log has what could not be done: a server that does not start helps no student.
    """
    for language in languages():
        try:
            said = working_copy.bring_up_to_date(Path(server.root_dir, WORKING_COPY), language)
        except SwarmkitError as error:
            server.log.error("%s", error)
        else:
            for sentence in said:
                server.log.warning("%s", sentence)


if __name__ == "__main__":
    store_settings()
