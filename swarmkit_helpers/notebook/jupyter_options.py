"""How a Jupyter server is started that has the practicum's terminals and panel."""

from pathlib import Path

# JupyterLab's defaults here: no question about news, no look for updates, and no debugger, which takes space in
# every notebook and reports an error when a kernel is restarted soon after it was started (JupyterLab 4.6). Nor what
# the tests' environment brings: nbgrader's buttons, and a second way to open each notebook.
SETTINGS = Path(__file__).parents[1] / "jupyter"


def options() -> list[str]:
    """The options of the command `jupyter lab`, or of a hub's `Spawner.args`."""
    return [
        f"--LabApp.app_settings_dir={SETTINGS}",
        f"--LabApp.extra_labextensions_path={SETTINGS / 'extensions'}",
        "--ServerApp.jpserver_extensions=swarmkit_helpers.notebook.server=True",
        "--TerminalsExtensionApp.terminal_manager_class=swarmkit_helpers.notebook.server.terminals.NodeTerminals",
        "--ServerApp.kernel_spec_manager_class=swarmkit_helpers.notebook.server.kernel_specs.KernelSpecs",
    ]
