"""The course on a JupyterHub whose users share one Docker Engine. Each user has machines of their own.

Load it from your own configuration, which chooses the authenticator and the spawner:

    load_subconfig("/path/to/docs/hub/jupyterhub_config.py")

The Python of the hub and that of the users need swarmkit-helpers. Use it for people you trust: who can reach the engine
is root on its computer.
"""

import asyncio
import os
import sys

from swarmkit_helpers.notebook import jupyter_options

# The engine that all share. Empty: each server finds it. Not the course's own, which ends with the last cluster.
ENGINE = os.environ.get("DOCKER_HOST", "")
MAX_NODES = 6  # that all clusters of one user have together
START_PAGE = "/lab/tree/swarm-practicum/en/00-start.ipynb"  # of the working copy in the user's home

variables = {"SWARMLAB_MAX_NODES": str(MAX_NODES)}
if ENGINE:
    variables["DOCKER_HOST"] = ENGINE


async def remove_machines(spawner):
    """Remove the user's machines when their server has stopped, or was culled; and the simulated engine of their login.

    A spawner that starts servers under the users' own logins also runs this under them.
    """
    as_user = getattr(spawner, "make_preexec_fn", lambda name: None)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "swarmkit_helpers.cli", "down", "--all"),
        env=spawner.get_env(),
        preexec_fn=as_user(spawner.user.name),
    )
    if await process.wait():
        spawner.log.error("The machines of %s are still there: `swarmlab status` lists them", spawner.user.name)


c = get_config()  # noqa: F821
c.Spawner.environment.update(variables)
c.Spawner.default_url = START_PAGE
# JupyterLab as `swarmlab lab` has it: its settings, node terminals, the panel; and each user's working copy.
c.Spawner.args = [*jupyter_options.options(), "--ServerApp.jpserver_extensions=swarmkit_helpers.cli.hub=True"]
c.Spawner.post_stop_hook = remove_machines
