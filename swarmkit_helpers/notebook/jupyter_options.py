"""How a Jupyter server is started that has the practicum's terminals and panel."""

from pathlib import Path
from typing import Any

# JupyterLab's defaults here: no question about news, no look for updates, and no debugger, which takes space in
# every notebook and reports an error when a kernel is restarted soon after it was started (JupyterLab 4.6). Nor what
# the tests' environment brings: nbgrader's buttons, and a second way to open each notebook.
SETTINGS = Path(__file__).parents[1] / "jupyter"


def settings() -> dict[str, dict[str, Any]]:
    """What a configuration file of Jupyter's server says, by the application that reads it."""
    return {
        "LabApp": {
            "app_settings_dir": str(SETTINGS),
            "extra_labextensions_path": [str(SETTINGS / "extensions")],
        },
        "ServerApp": {
            "jpserver_extensions": {"swarmkit_helpers.notebook.server": True},
            "kernel_spec_manager_class": "swarmkit_helpers.notebook.server.kernel_specs.KernelSpecs",
        },
        "TerminalsExtensionApp": {
            "terminal_manager_class": "swarmkit_helpers.notebook.server.terminals.NodeTerminals",
        },
    }


def options() -> list[str]:
    """The same as options of the command `jupyter lab`, or of a hub's `Spawner.args`."""
    return [
        f"--{application}.{name}={value}"
        for application, traits in settings().items()
        for name, trait in traits.items()
        for value in _values(trait)
    ]


def _values(trait: object) -> list[str]:
    """How the command line says it: an option for each entry of a list or a dictionary."""
    if isinstance(trait, dict):
        return [f"{key}={value}" for key, value in trait.items()]
    return [str(value) for value in (trait if isinstance(trait, list) else [trait])]
