"""The environment of a script that runs on this computer for a simulated node: its programs and its variables.

The node has no file system. The script runs in an empty folder, and its `hostname` and `sleep` answer as the node's.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from swarmkit_helpers.machine import shim_environment, write_shims

from ..engines.node_engine import NodeEngine

NO_DOCKER = """\
#!/bin/sh
echo 'The docker command is not installed on this computer, so a script on a simulated node cannot use it.' >&2
echo 'Install it (on Debian or Ubuntu: docker-cli or docker.io), or use the functions of the helpers instead.' >&2
exit 127
"""


class ExecEnvironment:
    """A folder with the programs that a script finds first in its PATH; removed when the simulation ends."""

    def __init__(self, speed: float) -> None:
        """`speed` is the clock speed factor of the simulation."""
        self._speed = speed
        self._folder = tempfile.TemporaryDirectory(prefix="swarmlab-simulation-")
        self.root = Path(self._folder.name)
        self.programs, self.docker_config = self.root / "bin", self.root / "docker"
        self.programs.mkdir()
        self.docker_config.mkdir()  # empty: without the user's contexts, credentials and plugins
        # Background jobs of a terminal stay in its shell's process group, and so they end with the shell.
        self.profile = self.root / "profile"
        self.profile.write_text("set +m\n", encoding="utf-8")
        write_shims(self.programs)
        if not shutil.which("docker"):
            (self.programs / "docker").write_text(NO_DOCKER)
            (self.programs / "docker").chmod(0o755)

    def variables(self, engine: NodeEngine, url: str, given: Sequence[str]) -> dict[str, str]:
        """The variables of a script on that node: those `given`, and of this computer's only the path and language."""
        inherited = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TERM") if name in os.environ}
        return (
            inherited
            | dict(line.partition("=")[::2] for line in given)
            | {
                "PATH": os.pathsep.join([str(self.programs), os.environ.get("PATH", os.defpath)]),
                "HOME": str(self.root),
                "DOCKER_HOST": url,
                "DOCKER_CONFIG": str(self.docker_config),
                "ENV": str(self.profile),  # read by an interactive shell
            }
            # Time in a simulated node goes as fast as in the rest of the simulation.
            | shim_environment(engine.name, engine.address, str(self._speed))
        )

    def close(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()
